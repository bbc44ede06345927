/** Neovim's own language client, of the version that Debian has: no plugin, no configuration. */

import test from "node:test";
import { BROKEN, COUNTING, WRITER } from "./documents.ts";
import { headless } from "./headless.ts";

const run = (script: string, document: string): Promise<void> =>
  headless("neovim", script, document, (_, path) => [
    ...["--headless", "-u", "NONE", "-i", "NONE", "-n"],
    // the second command is reached only if the first fails
    ...["-c", `luafile ${path}`, "-c", "cquit 1"],
  ]);

test("Neovim: a code action fills the region behind an emoji, and one undo takes it back", () =>
  run("infill.lua", COUNTING.replace("count)", "counted)")));

test("Neovim: ghost text comes as a completion, and what is typed shrinks it", () =>
  run("completion.lua", WRITER));

test("Neovim: what does not parse is reported, and mended by the quick fix", () =>
  run("fix.lua", BROKEN));
