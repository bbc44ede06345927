/** Emacs with eglot, of the versions that Debian has: nothing configured but the server. */

import test from "node:test";
import { BROKEN, COUNTING, DOUBTS, WRITER } from "./documents.ts";
import { headless } from "./headless.ts";
import { SCRIPTED_SERVER } from "./places.ts";

const started = (folder: string, script: string): string[] => [
  "--no-init-file",
  "--batch",
  ...["--directory", folder, "--funcall", "package-initialize", "--load", script],
];
const run = (script: string, document: string, server?: readonly string[]): Promise<void> =>
  headless("emacs", script, document, started, server);

test("Emacs: a code action fills the region behind an emoji, and one undo takes it back", () =>
  run("infill.el", COUNTING.replace("count)", "counted)")));

test("Emacs: ghost text comes as a completion", () => run("completion.el", WRITER));

test("Emacs: what does not parse is reported, and mended by the quick fix", () =>
  run("fix.el", BROKEN));

test("Emacs: what is doubted in a selection is done again", () =>
  run("revise.el", DOUBTS, SCRIPTED_SERVER));
