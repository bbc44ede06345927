/** Neovim's own language client, of the version that Debian has: no plugin, no configuration. */

import test from "node:test";
import { BROKEN, COUNTING, DOUBTS, HIGHER, WRITER } from "./documents.ts";
import { headless } from "./headless.ts";
import { SCRIPTED_SERVER } from "./places.ts";

const started = (_: string, script: string): string[] => [
  ...["--headless", "-u", "NONE", "-i", "NONE", "-n"],
  // the second command is reached only if the first fails
  ...["-c", `luafile ${script}`, "-c", "cquit 1"],
];
const run = (script: string, document: string, server?: readonly string[]): Promise<void> =>
  headless("neovim", script, document, started, server);

test("Neovim: a code action fills the region behind an emoji, and one undo takes it back", () =>
  run("infill.lua", COUNTING.replace("count)", "counted)")));

test("Neovim: ghost text comes as a completion, and what is typed shrinks it", () =>
  run("completion.lua", WRITER));

test("Neovim: what does not parse is reported, and mended by the quick fix", () =>
  run("fix.lua", BROKEN));

test("Neovim: what is doubted in a selection is done again, and one undo takes it back", () =>
  run("revise.lua", DOUBTS, SCRIPTED_SERVER));

test("Neovim: a selection is changed as it is asked for, and one undo takes it back", () =>
  run("rewrite.lua", HIGHER, SCRIPTED_SERVER));
