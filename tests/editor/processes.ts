/** What this run has started, told from everything else on the machine by a mark in its environment. */

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Inherited by every process that a test starts, directly or not. (EDITDIFF_ would be a setting of the server.) */
export const MARK = `EDITOR_TEST_RUN=${process.pid}`;
process.env["EDITOR_TEST_RUN"] = String(process.pid);

export interface Process {
  pid: number;
  command: string;
}

/** The processes of this run that are alive, this one apart. */
export function alive(): Process[] {
  const found: Process[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, "latin1").split("\0").includes(MARK)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      if (command) found.push({ pid, command }); // a zombie has none
    } catch {
      // ended meanwhile, or another user's
    }
  }
  return found;
}

/** The language servers of this run, as windows know them: one each. */
export function servers(): Process[] {
  return alive().filter(({ command }) => / -m editdiff lsp\b/.test(command));
}

/** What serves all windows in truth. */
export function hosts(): Process[] {
  return alive().filter(({ command }) => / -m editdiff_lsp\.host\b/.test(command));
}

/**
 * The first value of `read` that is not undefined, null or false, asked for every 50 ms.
 * Throws after `limit` milliseconds, naming `what` was waited for.
 */
export async function until<T>(
  what: string,
  read: () => T | Promise<T>,
  limit = 20_000,
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + limit;
  while (performance.now() < end) {
    const value = await read();
    if (value !== undefined && value !== null && value !== false) {
      return value as Exclude<T, undefined | null | false>;
    }
    await sleep(50);
  }
  throw new Error(`waited ${limit / 1000} s for ${what}`);
}

/** Resolves when nothing of this run is alive any more. */
export async function allGone(limit = 15_000): Promise<void> {
  const names = (): string => alive().map(({ pid, command }) => `${pid} ${command}`).join("\n");
  await until("every process to end", () => alive().length === 0, limit).catch(() => {
    throw new Error(`left behind after ${limit / 1000} s:\n${names()}`);
  });
}
