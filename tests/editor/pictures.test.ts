/** Pictures of the plugin at work, in each theme, with the model that is there. SCREENSHOTS names the folder for them. */

import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "./code.ts";
import { BLOCK, CHOICES, SHAPES, SLIP, WRITER } from "./documents.ts";
import { PYTHON, SCRIPTED, VSIX } from "./places.ts";
import { hosts, until } from "./processes.ts";
import type { Window } from "./window.ts";

const FOLDER = process.env["SCREENSHOTS"] || "screenshots";
/** Each theme's name, and what VS Code calls its file. */
const THEMES = {
  dark: ["Default Dark Modern", "dark_modern"],
  light: ["Default Light Modern", "light_modern"],
  "high-contrast": ["Default High Contrast", "hc_black"],
  "high-contrast-light": ["Default High Contrast Light", "hc_light"],
};
/** Milliseconds after which the last that a server said is drawn. */
const SETTLING = 300;
/** Slow and talkative, as in the scenarios; large enough to be read, with nothing around the text. */
const SETTINGS = {
  "editdiff.server.interpreter": PYTHON,
  "editdiff.offerModel": false,
  "editdiff.canvas": 32,
  "editdiff.drafts": 16,
  "editdiff.threshold": 0.999,
  "editdiff.ghostText.languages": ["python"],
  "editdiff.ghostText.confidence": 0,
  // the built-in model doubts little
  "editdiff.doubts.least": 0.01,
  "breadcrumbs.enabled": false,
  "editor.fontSize": 18,
  "workbench.activityBar.location": "hidden",
  "workbench.sideBar.location": "right",
};

let window: Window;

async function picture(name: string): Promise<void> {
  await window.page.screenshot({ path: join(FOLDER, `${name}.png`) });
}

async function take(theme: string): Promise<void> {
  await window.open("ghost.py");
  await window.goTo(5, 23);
  await window.page.keyboard.press("Backspace");
  await window.page.keyboard.type(" ");
  await until("ghost text", async () => (await window.ghost()) || undefined);
  await picture(`ghost-${theme}`);

  await window.open("shapes.py");
  await window.selectLines(12, 15);
  await window.command("Infill Selection");
  await halfway(() => picture(`draft-${theme}`));
  await until("a proposal", async () => (await window.lens()).includes("Accept"), 60_000);
  await window.goTo(12, 9); // the selection hides the colours
  await picture(`proposal-${theme}`);
  await window.page.keyboard.press("Escape");

  await window.open("slip.py");
  await window.command("Toggle Heat-Map of Doubts");
  await until("all to be read", async () => /\d doubts?\b(?!,)/.test(await window.status()), 60_000);
  await picture(`doubts-${theme}`);

  await window.open("choices.py");
  await until("the problem", async () => (await window.underlined()) > 0);
  await window.goTo(2, 14);
  await until("several fixes", async () => {
    // what was asked before the server knew the problem stays without an answer; `fix “…”` is still looking
    const rows = await window.quickFixes(5_000).catch(() => []);
    const found = rows.filter((row) => row.startsWith("editdiff: ") && !row.includes("fix “")).length >= 2;
    if (!found) await window.page.keyboard.press("Escape");
    return found;
  }, 60_000);
  await picture(`fixes-${theme}`);
  await window.page.keyboard.press("Escape");
}

/** The built-in model writes one line: several come from the server whose answers stand in the documents. */
async function takeSeveralLines(theme: string): Promise<void> {
  await window.goTo(1, 18);
  await window.page.keyboard.press("Enter");
  await until("ghost text of two lines", async () => (await window.ghost()).includes("return sorted(found)"));
  await picture(`ghost-lines-${theme}`);
}

/** Does something while a draft has words already, and masks still. */
async function halfway(something: () => Promise<void>): Promise<void> {
  const half = async (): Promise<boolean> => /self.*░/.test(await window.drawn());
  // a picture takes as long as a draft: meanwhile the server stands still
  const [server] = hosts();
  if (!server) throw new Error("there is no server");
  await until("a draft", async () => {
    if ((await window.lens()).includes("Accept")) await window.page.keyboard.press("Alt+]"); // it was too quick
    if (!(await half())) return false;
    process.kill(server.pid, "SIGSTOP");
    try {
      await sleep(SETTLING);
      if (!(await half())) return false;
      await something();
      return true;
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
  }, 60_000);
}

const code = new Code();
let told: string;
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  await code.start(SETTINGS, VSIX);
  told = join(code.workspace({ editdiff: SCRIPTED }), "editdiff");
  chmodSync(told, 0o755);
});
after(() => code.stop());
for (const [name, [theme, file]] of Object.entries(THEMES)) {
  test(`pictures: ${name}`, { timeout: 240_000 }, async () => {
    const settings = { ...SETTINGS, "workbench.colorTheme": theme };
    const open = async (texts: Record<string, string>, first: string): Promise<void> => {
      window = await code.window(code.workspace(texts), first);
      await window.page.locator(`.monaco-workbench[class*="themes-${file}"]`).waitFor();
      await window.command("View: Close Primary Side Bar");
      await until("the model", async () => /editdiff \w+/.test(await window.status()), 60_000);
    };
    code.configure(settings);
    await open({ "shapes.py": SHAPES, "ghost.py": WRITER, "slip.py": SLIP, "choices.py": CHOICES }, "shapes.py");
    await take(name);
    await window.page.close();

    code.configure({ ...settings, "editdiff.server.interpreter": "", "editdiff.server.path": told });
    await open({ "block.py": BLOCK }, "block.py");
    await takeSeveralLines(name);
    await window.page.close();
  });
}
