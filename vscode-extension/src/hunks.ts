/** The parts of a proposal, and what can be done with each of them. */

import type { Gap } from "./protocol";

/** Numbers of the hunks of a proposal, in the order of the text; none where it is taken as a whole. */
export function hunksOf(gaps: readonly Gap[]): number[] {
  return [...new Set(gaps.flatMap(({ hunk }) => (hunk === undefined ? [] : [hunk])))];
}

/** The hunk in whose lines a line lies. */
export function hunkAt(gaps: readonly Gap[], line: number): number | undefined {
  return gaps.find(({ range }) => range.start.line <= line && line <= range.end.line)?.hunk;
}

/** What is offered above a line, to click on. */
export interface Action {
  line: number;
  title: string;
  command: string;
  arguments: number[];
}

/**
 * Above the first hunk what can be done with all of them, and above each what with it alone.
 *
 * `confidence` is the probability that what is proposed is right, where that was measured.
 */
export function actionsOf(gaps: readonly Gap[], confidence: number | null = null): Action[] {
  const hunks = hunksOf(gaps);
  const several = hunks.length > 1;
  const what = several ? "Accept all" : gaps.length > 1 ? `Accept ${gaps.length} gaps` : "Accept";
  const key = several ? "Ctrl+Enter" : "Tab";
  const sure = confidence === null ? "" : `, ${Math.round(100 * confidence)} % sure`;
  const first = gaps[0]?.range.start.line ?? 0;
  const whole = [
    action(first, several ? "check-all" : "check", `${what} (${key})${sure}`, "accept"),
    action(first, "refresh", "Other draft (Alt+])", "other"),
    action(first, several ? "close-all" : "close", several ? "Reject all (Esc)" : "Reject (Esc)", "reject"),
  ];
  if (!several) {
    return whole;
  }
  const each = hunks.flatMap((hunk) => {
    const line = gaps.find((gap) => gap.hunk === hunk)?.range.start.line ?? first;
    return [
      action(line, "check", "Accept (Tab)", "acceptHunk", hunk),
      action(line, "close", "Reject", "rejectHunk", hunk),
    ];
  });
  return [...each, ...whole];
}

function action(line: number, icon: string, words: string, name: string, ...hunk: number[]): Action {
  return { line, title: `$(${icon})\u00a0${words}`, command: `editdiff.${name}`, arguments: hunk };
}
