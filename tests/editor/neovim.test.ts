/** Neovim's own language client, of the version that Debian has: no plugin, no configuration. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { COUNTING, WRITER } from "./documents.ts";
import { PYTHON } from "./places.ts";
import { allGone } from "./processes.ts";

const SCRIPTS = join(import.meta.dirname, "neovim");

/** Runs a script on a document and checks that nothing is left of it; its messages, if it fails. */
async function run(script: string, document: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "editdiff-"));
  try {
    const path = join(home, "document.py");
    writeFileSync(path, document);
    const nvim = spawn(
      "nvim",
      // the second command is reached only if the first fails
      ["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", `luafile ${SCRIPTS}/${script}`, "-c", "cquit 1"],
      {
        cwd: home,
        stdio: ["ignore", "ignore", "pipe"],
        timeout: 90_000,
        env: {
          ...process.env,
          EDITOR_TEST_DOCUMENT: path,
          EDITOR_TEST_PYTHON: PYTHON,
          EDITOR_TEST_SCRIPTS: SCRIPTS,
          XDG_CACHE_HOME: join(home, "cache"),
          XDG_CONFIG_HOME: join(home, "config"),
          XDG_DATA_HOME: join(home, "data"),
        },
      },
    );
    let messages = "";
    nvim.stderr.setEncoding("utf8").on("data", (text: string) => (messages += text));
    const code = await new Promise<number | null>((done) => nvim.on("close", done));
    assert.equal(code, 0, messages);
    await allGone();
    const log = join(home, "cache/nvim/lsp.log");
    assert.doesNotMatch(existsSync(log) ? readFileSync(log, "utf8") : "", /\[ERROR\]/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test("Neovim: a code action fills the region behind an emoji, and one undo takes it back", () =>
  run("infill.lua", COUNTING.replace("count)", "counted)")));

test("Neovim: ghost text comes as a completion, and what is typed shrinks it", () =>
  run("completion.lua", WRITER));
