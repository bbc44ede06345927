/** The study of typing: every file of a plan, typed beside every server of it, by turns. `study.sh` starts it. */

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, type Settings } from "./code.ts";
import { FAILED, VSIX } from "./places.ts";
import { until } from "./processes.ts";
import { TAB, Typist, type Pace } from "./typist.ts";
import type { Window } from "./window.ts";

interface File {
  name: string;
  language: string;
  /** Without the lines that are to be typed. */
  text: string;
  finished: string;
  /** In the order of the file; `line` is that of the finished file, from 0. */
  regions: { line: number; lines: string[] }[];
}

interface Plan {
  seed: number;
  pace: Pace;
  sides: { name: string; settings: Settings }[];
  files: File[];
}

const SETTINGS: Settings = {
  "editdiff.offerModel": false,
  "editdiff.unloadAfter": 0,
  "editor.autoClosingBrackets": "languageDefined",
  "editor.autoClosingQuotes": "languageDefined",
  "editor.stickyScroll.enabled": false,
  "editor.tabSize": TAB,
  "files.associations": { "*.h": "c" }, // else they are C++
};
/** Milliseconds between a file's opening and its first key. */
const SETTLED = 3_000;

/** Numbers between 0 and 1 that a text decides: xorshift, seeded by its hash (FNV-1a). */
function drawn(text: string): () => number {
  let state = 2166136261;
  for (const character of text) state = Math.imul(state ^ character.charCodeAt(0), 16777619);
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Types what is missing of a file; what is told of it. */
async function typed(window: Window, file: File, plan: Plan): Promise<Record<string, unknown>> {
  await window.open(file.name);
  await sleep(SETTLED);
  const typist = new Typist(window, plan.pace, drawn(`${plan.seed} ${file.name}`));
  for (const region of file.regions) {
    await window.goTo(region.line + 1);
    await window.page.keyboard.press("End");
    await typist.type(region.lines);
  }
  await sleep(plan.pace.longest);
  await window.page.keyboard.press("Escape");
  const whole = (await window.save(file.name)) === file.finished;
  const { keys, suggestions, characters, accepted, mended } = typist;
  return { file: file.name, language: file.language, whole, characters, accepted, mended, suggestions, keys };
}

async function main(plan: Plan, told: string): Promise<void> {
  const code = new Code();
  const windows: [string, Window][] = [];
  writeFileSync(told, "");
  try {
    await code.start(SETTINGS, VSIX);
    for (const { name, settings } of plan.sides) {
      const files = Object.fromEntries(plan.files.map((file) => [file.name, file.text]));
      const folder = code.workspace({ ...files, ".vscode/settings.json": JSON.stringify(settings) });
      const window = await code.window(folder, plan.files[0]?.name ?? "");
      windows.push([name, window]);
      await until(`the server of ${name}`, async () => {
        const status = await window.status();
        return /editdiff \S/.test(status) && !status.includes("loading");
      }, 120_000);
    }
    for (const [number, file] of plan.files.entries()) {
      // who is first alternates, too
      for (const [side, window] of number % 2 ? [...windows].reverse() : windows) {
        const outcome = await typed(window, file, plan);
        appendFileSync(told, `${JSON.stringify({ side, ...outcome })}\n`);
        const { characters, accepted, whole } = outcome;
        console.error(`${file.name}, ${side}: ${accepted} of ${characters} characters taken; whole: ${whole}`);
      }
    }
  } catch (error) {
    for (const [side, window] of windows) await window.page.screenshot({ path: join(FAILED, `study-${side}.png`) });
    throw error;
  } finally {
    await code.stop();
  }
}

const [plan, told] = process.argv.slice(2);
if (plan === undefined || told === undefined) throw new Error("usage: study.sh PLAN TOLD");
await main(JSON.parse(readFileSync(plan, "utf8")) as Plan, told);
