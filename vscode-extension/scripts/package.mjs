/** Pack the extension, and the wheel of the same version inside it, into one .vsix.
 *
 *     npm run package                          builds the wheel from the repository around
 *     npm run package -- --wheel PATH          takes that wheel
 *     npm run package -- --out PATH            default: editdiff-VERSION.vsix, here
 *     npm run package -- --python PATH         builds with it; default: the repository's .venv
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";

const HERE = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const { values } = parseArgs({
  options: { wheel: { type: "string" }, out: { type: "string" }, python: { type: "string" } },
});

/** Run a program to its end; its failure is ours. */
function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) {
    throw new Error(`this failed: ${[command, ...args].join(" ")}${error ? `: ${error.message}` : ""}`);
  }
}

/** Put the wheel into the folder `wheel`, alone. */
function fetchWheel(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  if (values.wheel === undefined) {
    const bin = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
    const python = values.python ?? join(HERE, "..", ".venv", bin);
    run(python, ["-m", "hatchling", "build", "-t", "wheel", "-d", folder], join(HERE, ".."));
  } else {
    copyFileSync(values.wheel, join(folder, basename(values.wheel)));
  }
  const names = readdirSync(folder);
  if (names.length !== 1 || !names[0].startsWith(`editdiff-${version}-`)) {
    throw new Error(`the wheel of editdiff ${version} was expected, found: ${names.join(", ") || "none"}`);
  }
}

fetchWheel(join(HERE, "wheel"));
rmSync(join(HERE, "out"), { recursive: true, force: true });
const wheel = await bundle();
const out = resolve(values.out ?? join(HERE, `editdiff-${version}.vsix`));
mkdirSync(dirname(out), { recursive: true });
const vsce = join(HERE, "node_modules", "@vscode", "vsce", "vsce");
// the bundle holds the one dependency; links of the readme stay as they are
const flags = ["--no-dependencies", "--no-rewrite-relative-links", "--allow-missing-repository"];
run(process.execPath, [vsce, "package", ...flags, "-o", out], HERE);
console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(1)} MB, with ${wheel.file}, sha256 ${wheel.sha256}`);
