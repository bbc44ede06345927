/** Where things lie that the tests run. */

import { join } from "node:path";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");

/** The tests in Python, whose stand-ins serve here, too. */
export const TESTS = join(ROOT, "tests");

/** The project's own Python, with editdiff in it. */
export const PYTHON = join(ROOT, ".venv/bin/python");

/** What starts VS Code's server, in Node. */
export const SERVER = join(HERE, "node_modules/code-server/lib/vscode/out/server-main.js");

/** Where a failed scenario leaves its picture. */
export const FAILED = join(ROOT, ".cache/editor/failed");

/** The packed extension. */
export const VSIX = join(ROOT, ".cache/editor/editdiff.vsix");
