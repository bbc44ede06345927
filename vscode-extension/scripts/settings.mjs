/** Write the settings table of README.md from package.json; with --check, only compare. */

import { readFileSync, writeFileSync } from "node:fs";

const README = new URL("../README.md", import.meta.url);
const MANIFEST = new URL("../package.json", import.meta.url);
const TABLE = /(<!-- settings -->\n)[^]*?(<!-- end -->)/;

const { properties } = JSON.parse(readFileSync(MANIFEST, "utf8")).contributes.configuration;
const rows = Object.entries(properties).map(([name, setting]) => {
  const value = JSON.stringify(setting.default).replaceAll('","', '", "');
  return `| \`${name}\` | \`${value}\` | ${setting.markdownDescription} |`;
});
const table = ["| setting | default | |", "|---|---|---|", ...rows, ""].join("\n");

const before = readFileSync(README, "utf8");
const after = before.replace(TABLE, (_, begin, end) => begin + table + end);
if (!process.argv.includes("--check")) {
  writeFileSync(README, after);
} else if (before !== after) {
  console.error("the settings table of README.md is not that of package.json: run `npm run docs`");
  process.exitCode = 1;
}
