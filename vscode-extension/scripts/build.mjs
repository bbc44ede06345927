/** Bundle the extension into out/extension.js; with --tests, its unit tests into out/test/. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const HERE = new URL("../", import.meta.url);
const SHARED = { bundle: true, platform: "node", target: "node20", logLevel: "warning" };

/** Name and hash of the wheel in the folder `wheel`; null without one. */
function carried() {
  const folder = new URL("wheel/", HERE);
  const files = readdirSync(HERE).includes("wheel") ? readdirSync(folder) : [];
  const file = files.find((name) => name.endsWith(".whl"));
  if (file === undefined) {
    return null;
  }
  const sha256 = createHash("sha256").update(readFileSync(new URL(file, folder))).digest("hex");
  return { file, sha256 };
}

/** Bundle the extension; the hash of the wheel is written into it. */
export async function bundle() {
  const wheel = carried();
  await build({
    ...SHARED,
    absWorkingDir: fileURLToPath(HERE),
    entryPoints: ["src/extension.ts"],
    outfile: "out/extension.js",
    format: "cjs",
    external: ["vscode"],
    minify: true,
    define: { __WHEEL__: JSON.stringify(wheel) },
  });
  return wheel;
}

/** Bundle each test with what it tests: parts that know no editor. */
async function bundleTests() {
  rmSync(new URL("out/test", HERE), { recursive: true, force: true });
  const names = readdirSync(new URL("src/test/", HERE));
  await build({
    ...SHARED,
    absWorkingDir: fileURLToPath(HERE),
    entryPoints: names.map((name) => `src/test/${name}`),
    outdir: "out/test",
    format: "cjs",
    sourcemap: "inline",
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await (process.argv.includes("--tests") ? bundleTests() : bundle());
}
