/** Where things lie that the tests run. */

import { join } from "node:path";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");

/** The tests in Python, whose stand-ins serve here, too. */
export const TESTS = join(ROOT, "tests");

/** The project's own Python, with editdiff in it. */
export const PYTHON = join(ROOT, ".venv/bin/python");

/** What starts a language server over an engine whose answers stand in the documents. */
export const SCRIPTED_SERVER = [PYTHON, "-I", join(ROOT, "tests/lsp/scripted_server.py")];

/** A language server over an engine whose answers stand in the documents, as the program `editdiff`. */
export const SCRIPTED = `#!/bin/sh
[ "$1" = lsp ] || exec '${PYTHON}' -I -m editdiff "$@"
exec '${PYTHON}' -I '${join(ROOT, "tests/lsp/scripted_server.py")}'
`;

/** What starts VS Code's server, in Node. */
export const SERVER = join(HERE, "node_modules/code-server/lib/vscode/out/server-main.js");

/** Where a failed scenario leaves its picture. */
export const FAILED = join(ROOT, ".cache/editor/failed");

/** The packed extension. */
export const VSIX = join(ROOT, ".cache/editor/editdiff.vsix");

/** What packs an extension, in Node. */
export const VSCE = join(ROOT, "vscode-extension/node_modules/@vscode/vsce/vsce");
