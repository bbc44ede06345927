/** An editor without a window that runs a script of its own language on a document. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PYTHON } from "./places.ts";
import { allGone } from "./processes.ts";

/** Runs a script of the folder that is named as the editor, over a server that is started as given, and checks that
 * nothing is left of it; its messages, if it fails. */
export async function headless(
  editor: string,
  script: string,
  document: string,
  argumentsOf: (folder: string, script: string) => string[],
  server: readonly string[] = [PYTHON, "-I", "-m", "editdiff", "lsp"],
): Promise<void> {
  const scripts = join(import.meta.dirname, editor);
  const home = mkdtempSync(join(tmpdir(), "editdiff-"));
  try {
    const path = join(home, "document.py");
    writeFileSync(path, document);
    const child = spawn(editor === "neovim" ? "nvim" : editor, argumentsOf(scripts, join(scripts, script)), {
      cwd: home,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 90_000,
      env: {
        ...process.env,
        EDITOR_TEST_DOCUMENT: path,
        EDITOR_TEST_SERVER: server.join("\n"),
        EDITOR_TEST_SCRIPTS: scripts,
        HOME: home,
        XDG_CACHE_HOME: join(home, "cache"),
        XDG_CONFIG_HOME: join(home, "config"),
        XDG_DATA_HOME: join(home, "data"),
      },
    });
    let messages = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (messages += text));
    const code = await new Promise<number | null>((done) => child.on("close", done));
    assert.equal(code, 0, messages);
    await allGone();
    const log = join(home, "cache/nvim/lsp.log");
    assert.doesNotMatch(existsSync(log) ? readFileSync(log, "utf8") : "", /\[ERROR\]/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
