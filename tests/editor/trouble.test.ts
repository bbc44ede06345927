/** The plugin in a real VS Code, where something is not as it is every day. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { after, before } from "node:test";
import { Code } from "./code.ts";
import { COUNTING } from "./documents.ts";
import { FAILED, PYTHON, TESTS, VSCE, VSIX } from "./places.ts";
import { alive, until } from "./processes.ts";
import type { Window } from "./window.ts";

const NOWHERE = `
const vscode = require("vscode");
const text = Buffer.from(${JSON.stringify(COUNTING)});
exports.activate = (context) => {
  const changed = new vscode.EventEmitter();
  const files = {
    onDidChangeFile: changed.event,
    watch: () => ({ dispose() {} }),
    stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: text.length }),
    readFile: () => text,
    readDirectory: () => [["far.py", vscode.FileType.File]],
    writeFile() {}, createDirectory() {}, delete() {}, rename() {},
  };
  const open = () => vscode.window.showTextDocument(vscode.Uri.parse("nowhere:/far.py"));
  context.subscriptions.push(
    vscode.workspace.registerFileSystemProvider("nowhere", files),
    vscode.commands.registerCommand("nowhere.open", open),
  );
};
`;
const NOWHERE_PACKAGE = {
  name: "nowhere", publisher: "test", version: "1.0.0", main: "./main.js", engines: { vscode: "^1.80.0" },
  activationEvents: ["onFileSystem:nowhere"],
  contributes: { commands: [{ command: "nowhere.open", title: "Open a File That Is Nowhere" }] },
};

const code = new Code();
let window: Window;

before(async () => {
  const nowhere = code.workspace({ "main.js": NOWHERE, "package.json": JSON.stringify(NOWHERE_PACKAGE) });
  const packed = join(nowhere, "nowhere.vsix");
  const flags = ["--no-dependencies", "--skip-license", "--allow-missing-repository"];
  const made = spawnSync(process.execPath, [VSCE, "package", ...flags, "-o", packed], { cwd: nowhere, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  await code.start({}, VSIX, packed);
});
after(() => code.stop());

function scenario(name: string, body: () => Promise<void>): void {
  test(`VS Code in trouble: ${name}`, { timeout: 180_000 }, async () => {
    try {
      await body();
    } catch (error) {
      mkdirSync(FAILED, { recursive: true });
      await window.page.screenshot({ path: join(FAILED, `${name.replaceAll(/\W+/g, "-")}.png`) });
      throw error;
    } finally {
      await window.page.close();
    }
  });
}

scenario("an extension host that restarts in the middle of a fetch goes on with it by itself", async () => {
  const models = code.workspace({});
  const env = { ...process.env, PYTHONPATH: TESTS };
  const made = spawnSync(PYTHON, [join(TESTS, "editor/write_models.py"), models], { env, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const hub = spawn(PYTHON, [join(TESTS, "editor/serve_hub.py"), join(models, "coder.gguf")], { env });
  const said: string[] = [];
  createInterface({ input: hub.stdout }).on("line", (line) => said.push(line));
  try {
    const [endpoint] = await until("the hub", () => said.length > 0 && said);
    const program = join(models, "editdiff");
    const over = `'${join(TESTS, "editdiff_of_folder.py")}' '${join(models, "models")}'`;
    const variables = `HF_ENDPOINT='${endpoint}' EDITDIFF_MODELS='${join(models, "kept")}'`;
    writeFileSync(program, `#!/bin/sh\n${variables} exec '${PYTHON}' -I ${over} "$@"\n`, { mode: 0o755 });
    code.configure({ "editdiff.server.path": program, "editdiff.server.shared": false });
    window = await code.window(code.workspace({ "a.py": COUNTING }), "a.py");
    const offer = window.page.locator(".notification-list-item", { hasText: "editdiff uses nano" });
    await offer.waitFor({ timeout: 60_000 });
    const servers = (): string =>
      alive().filter(({ command }) => command.includes("editdiff_of_folder.py")).map(({ pid }) => pid).join();
    await offer.getByRole("button", { name: "Get coder", exact: true }).click();
    await until("the hub to fall silent", () => said.includes("silent"), 60_000);
    const first = servers();
    const extensions = alive().filter(({ command }) => command.includes("--type=extensionHost"));
    assert.equal(extensions.length, 1);
    extensions.forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    await until("the fetch to end", () => said.includes("left"), 60_000);
    await until("another server", () => servers() !== "" && servers() !== first, 60_000);
    await until("the model in use", async () => /editdiff coder/.test(await window.status()), 60_000);
    assert.equal(await window.text(), COUNTING);
  } finally {
    hub.stdin.end();
  }
});

scenario("what is no file on a disk is left alone, and that is said", async () => {
  code.configure({ "editdiff.server.interpreter": PYTHON, "editdiff.offerModel": false });
  window = await code.window(code.workspace({ "a.py": COUNTING }), "a.py");
  await until("the model", async () => /editdiff nano/.test(await window.status()), 60_000);
  await window.command("Open a File That Is Nowhere");
  await window.shown("far.py");
  await window.selectLines(6, 12);
  for (const command of ["Infill Selection", "Revise Selection", "Toggle Heat-Map of Doubts"]) {
    await window.command(command);
    const said = window.page.locator(".notification-list-item", { hasText: "editdiff works in the text editor, on files" });
    await said.waitFor({ timeout: 10_000 });
    await window.command("Notifications: Clear All Notifications");
    await said.waitFor({ state: "detached" });
  }
  assert.equal(await window.text(), COUNTING);
  assert.equal(await window.drawn(), "");
});
