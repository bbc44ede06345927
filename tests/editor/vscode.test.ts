/**
 * The plugin in a real VS Code, with the real server and the built-in model.
 *
 * One window, one document for each scenario. The settings make the model slow on purpose: many drafts, many places
 * and nearly no place settled before its turn, so that a draft can be watched and stopped on the way.
 */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { Code } from "./code.ts";
import { BLOCK, BOOK, COUNTING, DOUBTFUL, DOUBTS, GAPS, HIGHER, SUMS, WRITER } from "./documents.ts";
import { FAILED, PYTHON, SCRIPTED, TESTS, VSIX } from "./places.ts";
import { hosts, servers, until } from "./processes.ts";
import type { Window } from "./window.ts";

const SETTINGS = {
  "editdiff.server.interpreter": PYTHON,
  "editdiff.offerModel": false,
  "editdiff.canvas": 64,
  "editdiff.drafts": 16,
  "editdiff.threshold": 0.999,
  // the built-in model is small and seldom sure: show whatever it would write
  "editdiff.ghostText.languages": ["python"],
  "editdiff.ghostText.confidence": 0,
};
const FILES = ["infill", "reject", "other", "cancel", "moved", "gaps", "markers", "ghost", "killed", "shared"];
const LENS = "Accept";
/** What the status bar says where something is proposed. */
const TO_TAKE = "Tab accepts";

const code = new Code();
let window: Window;

before(async () => {
  await code.start(SETTINGS, VSIX);
  const texts: Record<string, string> = { gaps: GAPS, markers: GAPS, ghost: WRITER };
  const folder = code.workspace({
    ...Object.fromEntries(FILES.map((name) => [`${name}.py`, texts[name] ?? COUNTING])),
    "sums.md": SUMS,
    "changed.md": SUMS.slice(0, SUMS.indexOf("Later")),
  });
  window = await code.window(folder, "infill.py");
});
after(() => code.stop());

function scenario(name: string, body: () => Promise<void>): void {
  test(`VS Code: ${name}`, { timeout: 120_000 }, async () => {
    try {
      await body();
    } catch (error) {
      mkdirSync(FAILED, { recursive: true });
      await window.page.screenshot({ path: join(FAILED, `${name.replaceAll(/\W+/g, "-")}.png`) });
      await window.tidy().catch(() => undefined); // the next one begins as if this had not been
      throw error;
    }
  });
}

/** Leaves a picture, where the variable SCREENSHOTS names a folder for them. */
async function picture(name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder) await window.page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Opens a file, and selects the body of its function. */
async function selectBody(file: string): Promise<void> {
  await window.open(file);
  await window.selectLines(6, 12);
}

/** What stands in the file instead of the body that was selected. */
function body(text: string): string {
  const lines = COUNTING.split("\n");
  const head = `${lines.slice(0, 5).join("\n")}\n    `;
  const tail = `\n${lines.slice(12).join("\n")}`;
  assert.ok(text.startsWith(head) && text.endsWith(tail), `changed outside the region:\n${text}`);
  return text.slice(head.length, text.length - tail.length);
}

/** Without white space and our own signs: what a label and the text it stands for have in common. */
function letters(text: string): string {
  return text.replaceAll(/[\s⏎∅]/g, "");
}

/** Whether a proposal is shown. The lens of one before it stands for a moment yet after its text has gone. */
async function offered(): Promise<boolean> {
  return (await window.lens()).includes(LENS) && (await window.status()).includes(TO_TAKE);
}

/** Resolves when a proposal is shown; gives the texts that were drawn until then, each once. */
async function proposed(): Promise<string[]> {
  const drawn = new Set<string>();
  await until("a proposal", async () => {
    const there = await offered();
    if (!there) drawn.add(await window.drawn());
    assert.deepEqual(await window.toasts(), []);
    return there;
  }, 60_000);
  drawn.delete("");
  return [...drawn];
}

/** Resolves when nothing is drawn, offered or changed any more. */
async function untouched(file: string): Promise<void> {
  await until("the drawing to go", async () => (await window.drawn()) === "" && (await window.lens()) === "");
  assert.equal(await window.dirty(), false);
  assert.equal(window.saved(file), COUNTING);
  assert.equal(await window.text(), COUNTING);
}

/** Resolves when the status bar names the model. */
async function ready(): Promise<void> {
  await until("the model", async () => /editdiff nano/.test(await window.status()), 60_000);
}

scenario("the server starts, away from the workspace, and its model is named", async () => {
  await ready();
  const [server, ...more] = servers();
  assert.ok(server && more.length === 0);
  assert.match(server.command, / -I -m editdiff lsp/);
  assert.ok(!readlinkSync(`/proc/${server.pid}/cwd`).startsWith(window.folder));
});

scenario("a region resolves in place, is accepted, and one undo restores the file", async () => {
  const file = "infill.py";
  await selectBody(file);
  await window.command("Infill Selection");
  const drafts = await proposed();
  assert.ok(drafts.length >= 3, `drawn on the way: ${JSON.stringify(drafts)}`);
  assert.equal(await window.text(), COUNTING, "nothing changes before it is accepted");
  const shown = await window.drawn();

  await window.page.keyboard.press("Tab");
  await until("the edit", () => window.dirty());
  const after = await window.save(file);
  assert.notEqual(after, COUNTING);
  assert.equal(letters(body(after)), letters(shown));
  assert.equal(await window.drawn(), "");

  await window.page.keyboard.press("Control+z");
  await until("the undo", async () => (await window.text()) === COUNTING);
  assert.equal(await window.save(file), COUNTING);
});

scenario("a rejected proposal leaves the file as it was", async () => {
  await selectBody("reject.py");
  await window.command("Infill Selection");
  await proposed();
  await window.page.keyboard.press("Escape");
  await untouched("reject.py");
});

scenario("another draft takes the place of the first", async () => {
  const file = "other.py";
  await selectBody(file);
  await window.command("Infill Selection");
  await proposed();
  const first = await window.drawn();
  await window.page.keyboard.press("Alt+]");
  const other = await until("another draft", async () => {
    const drawn = await window.drawn();
    return drawn !== first && (await offered()) && drawn === (await window.drawn()) && drawn;
  }, 60_000);
  await window.page.keyboard.press("Tab");
  await until("the edit", () => window.dirty());
  assert.equal(letters(body(await window.save(file))), letters(other));
});

scenario("a draft that is stopped on the way leaves the file as it was", async () => {
  await selectBody("cancel.py");
  await window.command("Infill Selection");
  await until("a draft", async () => (await window.drawn()).includes("░"));
  assert.doesNotMatch(await window.lens(), /Accept/, "it was stopped too late to show anything");
  await window.page.keyboard.press("Escape");
  await untouched("cancel.py");
});

scenario("what is typed elsewhere moves a proposal with its text", async () => {
  const file = "moved.py";
  await selectBody(file);
  await window.command("Infill Selection");
  await proposed();
  const shown = await window.drawn();
  await window.goTo(1);
  await window.page.keyboard.type("# 😀\n");
  await until("the line", async () => (await window.text()) === `# 😀\n${COUNTING}`);
  await window.command("editdiff: Accept");
  await until("the edit", async () => (await window.drawn()) === "" && (await window.lens()) === "");
  const after = await window.save(file);
  assert.ok(after.startsWith("# 😀\n"));
  assert.equal(letters(body(after.slice("# 😀\n".length))), letters(shown));
});

/** Accepts what is proposed for the two gaps of a file, checks it, and takes it back. */
async function acceptGaps(file: string): Promise<void> {
  await proposed();
  const shown = (await window.drawn()).split("\n");
  assert.equal(shown.length, 2, "a text for each gap");
  await window.page.keyboard.press("Tab");
  await until("the edit", () => window.dirty());
  const expected = GAPS.split("???").flatMap((piece, index) => [piece, shown[index] ?? ""]);
  assert.equal(letters(await window.save(file)), letters(expected.join("")));
  await window.page.keyboard.press("Control+z");
  await until("the undo", async () => (await window.text()) === GAPS);
}

scenario("several cursors are several gaps, accepted together and undone together", async () => {
  await window.open("gaps.py");
  await window.goTo(2, GAPS.split("\n")[1]?.indexOf("???"));
  await window.page.keyboard.press("ArrowRight");
  for (let i = 0; i < 3; i++) await window.page.keyboard.press("Shift+ArrowRight");
  await window.page.keyboard.press("Control+Shift+l");
  await until("two selections", async () => (await window.status()).includes("2 selections"));
  await window.command("Infill Selection");
  await acceptGaps("gaps.py");
});

scenario("one command fills every marked gap of a file", async () => {
  await window.open("markers.py");
  await window.goTo(2);
  await window.command("Fill All Gaps in File");
  await acceptGaps("markers.py");
});

scenario("ghost text appears while typing, and Tab accepts it", async () => {
  const file = "ghost.py";
  await window.open(file);
  await window.goTo(5, 23);
  await window.page.keyboard.press("Backspace"); // the space after the sign, typed anew
  await window.page.keyboard.type(" ");
  const ghost = await until("ghost text", async () => (await window.ghost()) || undefined);
  assert.equal(window.saved(file), WRITER);
  await window.page.keyboard.press("Tab");
  const expected = WRITER.replace("self.indent = \n", `self.indent = ${ghost}\n`);
  await until("the text to be taken", async () => (await window.text()) === expected);
  assert.equal(await window.save(file), expected);
});

scenario("an equation that does not hold is underlined, and its quick fix is taken and undone", async () => {
  const file = "sums.md";
  await window.open(file);
  await until("both sums to be underlined", async () => (await window.underlined()) === 2);
  await window.goTo(3, 20);
  const [first] = await window.quickFixes();
  assert.match(first ?? "", /editdiff: There are 3 \* 4 = 12 of them\./);
  await window.page.keyboard.press("Enter");
  const expected = SUMS.replace("13", "12");
  await until("the fix", async () => (await window.text()) === expected);
  assert.equal(await window.save(file), expected);
  await until("its line to go", async () => (await window.underlined()) === 1);

  await window.page.keyboard.press("Control+z");
  await until("the undo", async () => (await window.text()) === SUMS);
  assert.equal(await window.save(file), SUMS);
});

scenario("what changed since the last commit is fixed, and nothing else", async () => {
  const git = (...more: string[]): void => {
    const as = ["-c", "user.name=a", "-c", "user.email=a@b"];
    execFileSync("git", [...as, ...more], { cwd: window.folder });
  };
  git("init", "-q");
  git("add", "changed.md");
  git("commit", "-qm", "first");
  const file = "changed.md";
  await window.open(file);
  await window.goTo(5);
  await window.page.keyboard.type("Later there are 5 * 5 = 26 of them.\n");
  await until("the text", async () => (await window.text()) === SUMS);
  await window.command("Fix What I Changed");
  const expected = SUMS.replace("26", "25");
  await until("the fix", async () => (await window.text()) === expected, 30_000);
  assert.equal(await window.save(file), expected);
});

scenario("ghost text sleeps in a file until it is woken", async () => {
  const struck = async (): Promise<boolean> =>
    (await window.page.locator(".statusbar-item .codicon-bell-slash").count()) > 0;
  await window.open("ghost.py");
  await window.command("Snooze Ghost Text in This File");
  await until("the bell", struck);
  await window.open("killed.py");
  await until("another file to be awake", async () => !(await struck()));
  await window.open("ghost.py");
  await until("the bell again", struck);
  await window.command("Wake Ghost Text");
  await until("it to be awake", async () => !(await struck()));
});

scenario("a server that is killed comes back, and fills again", async () => {
  const [killed] = servers();
  assert.ok(killed);
  process.kill(killed.pid, "SIGKILL");
  await until("a new server", () => servers().some(({ pid }) => pid !== killed.pid), 30_000);
  assert.equal(servers().length, 1);
  await infilled("killed.py");
});

scenario("one process serves two windows, and when it dies both go on with another", async () => {
  const first = window;
  const host = (await until("one process for all", () => hosts().length === 1 && hosts()))[0];
  try {
    window = await code.window(code.workspace({ "second.py": COUNTING }), "second.py");
    await ready();
    assert.deepEqual(hosts(), [host]);
    assert.equal(servers().length, 2);
    await infilled("second.py");
    if (!host) throw new Error("there is none");
    process.kill(host.pid, "SIGKILL");
    await until("another one", () => hosts().length === 1 && hosts()[0]?.pid !== host.pid, 30_000);
    await until("both windows to be served", () => servers().length === 2, 30_000);
    await window.page.keyboard.press("Control+z");
    await until("the undo", async () => (await window.text()) === COUNTING);
    await infilled("second.py");
  } finally {
    await window.page.close();
    window = first;
  }
  await infilled("shared.py");
});

/** Has the body of a file filled, takes that and saves it. */
async function infilled(file: string): Promise<void> {
  await selectBody(file);
  await window.command("Infill Selection");
  await proposed();
  await window.page.keyboard.press("Tab");
  await until("the edit", async () => (await window.text()) !== COUNTING);
  assert.notEqual(body(await window.save(file)), body(COUNTING));
}

/** Opens a file of these in a new window, over a server whose answers stand in the documents. */
async function scripted(texts: Record<string, string>, file: string, settings = {}): Promise<void> {
  const folder = code.workspace(texts);
  const program = join(code.workspace({ editdiff: SCRIPTED }), "editdiff");
  chmodSync(program, 0o755);
  await window.page.close();
  code.configure({ "editdiff.server.path": program, "editdiff.offerModel": false, ...settings });
  window = await code.window(folder, file);
  await until("the model", async () => /editdiff told/.test(await window.status()), 60_000);
}

scenario("ghost text of several lines is taken by a word, typed with a bracket that closes itself, taken whole", async () => {
  await scripted({ "block.py": BLOCK, "heat.py": DOUBTFUL }, "block.py", {
    "editor.autoClosingBrackets": "always",
    "editor.autoClosingOvertype": "always",
    "editor.hover.enabled": "on",
  });
  await window.goTo(1, 18);
  await window.page.keyboard.press("Enter");
  // which of several brackets is the one that stands there already, the editor decides
  const unclosed = (text: string): string => letters(text).replaceAll(")", "");
  const ghost = async (...pieces: string[]): Promise<void> => {
    const text = pieces.join("");
    await until(`the ghost text ${text}`, async () => unclosed(await window.ghost()) === unclosed(text));
  };
  await ghost("found = list(map(len, items))", "return sorted(found)");
  await window.page.keyboard.press("Control+ArrowRight");
  await ghost(" = list(map(len, items))", "return sorted(found)");
  await window.page.keyboard.type(" = list(");
  await ghost("map(len, items)", "return sorted(found)");
  await window.page.keyboard.type("ma");
  await ghost("p(len, items)", "return sorted(found)");
  await window.page.keyboard.press("Tab");
  const [head, ...rest] = BLOCK.split("\n");
  const lines = ["    found = list(map(len, items))", "    return sorted(found)"];
  await until("the lines to be taken", async () => (await window.dirty()) && (await window.ghost()) === "");
  assert.equal(await window.save("block.py"), [head, ...lines, ...rest].join("\n"));
});

scenario("what is doubtful is tinted, told to the pointer, put right, followed while somebody types, and cleared", async () => {
  const file = "heat.py";
  const tinted = async (count: number): Promise<void> => {
    await until(`${count} tinted places`, async () => (await window.tinted()) === count);
    const words = count === 1 ? "1 doubt" : `${count} doubts`;
    await until("the status bar to say so", async () => (await window.status()).includes(words));
  };
  await window.open(file);
  await window.command("Toggle Heat-Map of Doubts");
  await tinted(2);
  const told = await window.hover("wrong", "about 4 in 10 such places are wrong");
  assert.match(await told.innerText(), /The model would rather read:\s+right .*put it here\s+better/s);
  await told.getByRole("link", { name: "put it here" }).first().click();
  const mended = DOUBTFUL.replace("wrong", "right");
  await until("the word to be put in", async () => (await window.text()) === mended);
  await tinted(1);

  await window.goTo(2, 10);
  await window.page.keyboard.type("\ne = wrong");
  await tinted(2);
  await window.page.keyboard.type("er");
  await until("its mark to go", async () => (await window.tinted()) === 1, 1_000);
  await window.command("Toggle Heat-Map of Doubts");
  await until("the tints to go", async () => (await window.tinted()) === 0);
  assert.doesNotMatch(await window.status(), /doubt/);
});

scenario("a selection is revised: masks, hunks, one of them rejected, the others accepted, one undo", async () => {
  const file = "doubts.py";
  await scripted({ [file]: DOUBTS }, file);
  await window.selectLines(1, 7);
  await window.command("Revise Selection");
  await until("masks at the doubted places", async () => /░/.test(await window.drawn()), 30_000);
  await picture("revision-resolving");
  await until("three hunks", async () => {
    const drawn = (await window.drawn()).split("\n");
    return drawn.length === 3 && drawn.every((text) => text === "total") && (await window.lens()).includes("Accept all");
  }, 30_000);
  assert.deepEqual((await window.lens()).match(/Reject(?! all)/g)?.length, 3);
  assert.equal(await window.text(), DOUBTS, "nothing changes before it is accepted");
  await picture("revision-hunks");

  await window.goTo(1);
  await window.command("Reject This Hunk");
  await until("two hunks", async () => (await window.drawn()) === "total\ntotal");
  await window.goTo(4);
  await window.page.keyboard.press("Tab");
  const lines = DOUBTS.split("\n");
  const one = lines.with(3, "count = total * 2").join("\n");
  await until("one hunk in the text", async () => (await window.text()) === one);
  await until("the last one", async () => (await window.drawn()) === "total");
  await window.page.keyboard.press("Control+z");
  await until("the undo", async () => (await window.text()) === DOUBTS);
  await until("it to be proposed again", async () => (await window.drawn()) === "total\ntotal");

  await window.page.keyboard.press("Control+Enter");
  const both = lines.with(3, "count = total * 2").with(6, "print(total)").join("\n");
  await until("both in the text", async () => (await window.text()) === both);
  await until("nothing to be drawn", async () => (await window.drawn()) === "" && (await window.lens()) === "");
  await window.page.keyboard.press("Control+z");
  await until("one undo", async () => (await window.text()) === DOUBTS);
});

scenario("a selection is rewritten as it is asked for, in words that are typed once and picked again", async () => {
  const file = "words.py";
  await scripted({ [file]: HIGHER }, file);
  const { page } = window;
  const box = page.locator(".quick-input-widget");
  const rows = box.locator(".monaco-list-row");
  await window.selectLines(1, 5);
  await page.keyboard.press("Control+Alt+r");
  await box.waitFor({ state: "visible" });
  await page.keyboard.type("count higher");
  await until("what was typed", async () => (await rows.first().textContent())?.includes("count higher") === true);
  await picture("rewrite-asked");
  await page.keyboard.press("Enter");
  await until("two hunks", async () => (await window.drawn()) === "4\n5" && (await offered()), 30_000);
  assert.equal(await window.text(), HIGHER, "nothing changes before it is accepted");
  await picture("rewrite-hunks");
  await page.keyboard.press("Control+Enter");
  const done = HIGHER.replace("a = 1", "a = 4").replace("c = 3", "c = 5");
  await until("both in the text", async () => (await window.text()) === done);
  await page.keyboard.press("Control+z");
  await until("one undo", async () => (await window.text()) === HIGHER);

  await window.selectLines(1, 5);
  await page.keyboard.press("Control+Alt+r");
  await box.waitFor({ state: "visible" });
  await until("what was asked before", async () => (await rows.first().textContent())?.includes("count higher") === true);
  await page.keyboard.press("Enter");
  await until("two hunks", async () => (await window.drawn()) === "4\n5" && (await offered()), 30_000);
  await window.command("Reject");
  await until("nothing to be drawn", async () => (await window.drawn()) === "" && (await window.lens()) === "");

  await window.selectLines(1, 5);
  await page.keyboard.press("Control+Alt+r");
  await box.waitFor({ state: "visible" });
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "hidden" });
  assert.equal(await window.text(), HIGHER);
});

scenario("ghost text in a notebook's cell sees the cell above", async () => {
  await scripted({ "beside.py": "x = 1\n", "book.ipynb": BOOK }, "beside.py");
  const { page } = window;
  await page.keyboard.press("Control+p");
  await page.keyboard.type("book.ipynb");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "book.ipynb" }).first().click();
  const lines = page.locator(".code-cell-row .view-line");
  await lines.filter({ hasText: "total" }).click();
  await page.keyboard.press("End");
  await page.keyboard.type("(");
  const ghost = page.locator(".code-cell-row .ghost-text, .code-cell-row .ghost-text-decoration");
  await until("the ghost text", async () => (await ghost.allInnerTexts()).join("") === "items)");
  await page.keyboard.press("Tab");
  await until("it to be taken", async () => (await ghost.count()) === 0);
  assert.equal((await lines.last().innerText()).replaceAll("\u00a0", " "), "total = sum(items)");
});

scenario("a workspace that is not trusted chooses no interpreter", async () => {
  const spy = (folder: string): string => join(folder, "python");
  const folder = code.workspace({ "a.py": COUNTING });
  const chosen = { "editdiff.server.interpreter": spy(folder), "editdiff.model": join(folder, "model") };
  mkdirSync(join(folder, ".vscode"));
  writeFileSync(join(folder, ".vscode/settings.json"), JSON.stringify(chosen));
  writeFileSync(spy(folder), `#!/bin/sh\ntouch '${join(folder, "ran")}'\n`, { mode: 0o755 });
  const ran = (): boolean => existsSync(join(folder, "ran"));

  await window.page.close();
  code.configure({ ...SETTINGS, "security.workspace.trust.enabled": true });
  window = await code.window(folder, "a.py");
  await ready();
  await selectBody("a.py");
  await window.command("Infill Selection");
  await proposed();
  assert.equal(ran(), false);

  // that it would have been run, had the workspace been trusted, is what the answer is worth
  await window.command("Workspaces: Manage Workspace Trust");
  await window.page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
  await until("the interpreter of the trusted workspace", ran);
});

scenario("a model is offered, taken from a file, and in use", async () => {
  const folder = code.workspace({ "a.py": COUNTING });
  const models = code.workspace({});
  const env = { ...process.env, PYTHONPATH: TESTS };
  const made = spawnSync(PYTHON, [join(TESTS, "editor/write_models.py"), models], { env, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const program = join(models, "editdiff");
  const over = `'${join(TESTS, "editdiff_of_folder.py")}' '${join(models, "models")}'`;
  writeFileSync(program, `#!/bin/sh\nexec '${PYTHON}' -I ${over} "$@"\n`, { mode: 0o755 });

  await window.page.close();
  code.configure({
    "editdiff.server.path": program,
    "editdiff.server.shared": false, // another one would be of the models that are installed
    "editdiff.unloadAfter": 0.05,
  });
  window = await code.window(folder, "a.py");
  const offer = window.page.locator(".notification-list-item", { hasText: "editdiff uses nano" });
  await offer.waitFor({ timeout: 60_000 });
  assert.match(await offer.innerText(), /coder is right far more often: .* \(licence Apache-2\.0\)/s);
  for (const name of ["Get coder", "From File…", "Not Now", "Never"]) {
    await offer.getByRole("button", { name, exact: true }).waitFor();
  }
  await picture("offer");
  await offer.getByRole("button", { name: "From File…" }).click();
  const dialog = window.page.locator(".quick-input-widget");
  await dialog.waitFor();
  // while it reads the folder it forgets what is typed: type it again
  await until("the file to be taken", async () => {
    await dialog.locator("input.input").fill(join(models, "coder.gguf"), { timeout: 2_000 });
    await window.page.keyboard.press("Enter");
    return dialog.waitFor({ state: "hidden", timeout: 3_000 }).then(() => true, () => false);
  });
  await until("the model in use", async () => /editdiff coder/.test(await window.status()), 60_000);
  await until("to be told", async () => (await window.toasts()).some((t) => /coder is there, and in use/.test(t)));

  // after three seconds without a request it sleeps, and a request wakes it
  const item = window.page.locator('[id="editdiff.editdiff.editdiff.status"]');
  await until("it to sleep", async () => (await item.locator(".codicon-clock").count()) > 0, 30_000);
  await window.command("Notifications: Clear All Notifications");
  await window.selectLines(6, 12);
  await window.command("Infill Selection");
  await until("it to wake", async () => (await item.locator(".codicon-clock").count()) === 0, 30_000);
});

scenario("the walkthrough tells how to begin", async () => {
  await window.commandRow("Welcome: Open Walkthrough...", "Editing with editdiff");
  const step = window.page.locator(".getting-started-step", { hasText: "Get a model" });
  await step.waitFor();
  assert.equal(await window.page.locator(".getting-started-step").count(), 5);
  await until("its picture and words", async () => (await step.innerText()).includes("coder is right far more often"));
  // the model was fetched before it was opened
  await step.locator(".codicon.complete").waitFor();
  assert.equal(await window.page.locator(".getting-started-step .codicon.complete").count(), 1);
  await picture("walkthrough");
});

scenario("nothing is left behind", () => code.stop());
