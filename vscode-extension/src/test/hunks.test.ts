import assert from "node:assert/strict";
import { test } from "node:test";
import { actionsOf, hunkAt, hunksOf } from "../hunks";
import type { Gap } from "../protocol";

function gap(line: number, hunk?: number): Gap {
  const range = { start: { line, character: 4 }, end: { line, character: 7 } };
  return { range, text: "new", ...(hunk !== undefined && { hunk }) };
}

const said = (gaps: Gap[], confidence: number | null = null): string[] =>
  actionsOf(gaps, confidence).map(
    ({ line, title, command, arguments: hunk }) =>
      `${line}: ${title.replace(/^\$\([^)]*\)./, "")} -> ${[command, ...hunk].join(" ")}`,
  );

test("a proposal that is taken as a whole has its actions above the first gap", () => {
  assert.deepEqual(said([gap(3)]), [
    "3: Accept (Tab) -> editdiff.accept",
    "3: Other draft (Alt+]) -> editdiff.other",
    "3: Reject (Esc) -> editdiff.reject",
  ]);
  assert.match(said([gap(3), gap(5)])[0] ?? "", /Accept 2 gaps/);
});

test("how likely it is right is told with what takes it", () => {
  assert.match(said([gap(3)], 0.724)[0] ?? "", /^3: Accept \(Tab\), 72 % sure ->/);
  assert.equal(said([gap(3, 0), gap(9, 2)], 0.5).filter((title) => title.includes("sure")).length, 1);
});

test("of several hunks each has its own, and the first also those of all", () => {
  assert.deepEqual(said([gap(3, 0), gap(4, 0), gap(9, 2)]), [
    "3: Accept (Tab) -> editdiff.acceptHunk 0",
    "3: Reject -> editdiff.rejectHunk 0",
    "9: Accept (Tab) -> editdiff.acceptHunk 2",
    "9: Reject -> editdiff.rejectHunk 2",
    "3: Accept all (Ctrl+Enter) -> editdiff.accept",
    "3: Other draft (Alt+]) -> editdiff.other",
    "3: Reject all (Esc) -> editdiff.reject",
  ]);
});

test("the only hunk that is left is taken as a whole", () => {
  assert.deepEqual(said([gap(9, 2)]), said([gap(9)]));
});

test("hunks are numbered by the server, and known by their lines", () => {
  const gaps = [gap(3, 0), gap(4, 0), gap(9, 2)];
  assert.deepEqual(hunksOf(gaps), [0, 2]);
  assert.deepEqual([3, 4, 5, 9].map((line) => hunkAt(gaps, line)), [0, 0, undefined, 2]);
  assert.deepEqual(hunksOf([gap(1), gap(2)]), []);
});
