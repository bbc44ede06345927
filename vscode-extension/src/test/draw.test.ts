import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { draftLines, labels, struck, textLines, visible, type Line } from "../draw";

const settled = (text: string) => ({ text, committed: true, confidence: 1 });
const guess = (text: string, confidence: number) => ({ text, committed: false, confidence });
const plain = (lines: readonly Line[]) => lines.map((line) => line.map(({ text }) => text).join(""));

describe("a draft", () => {
  it("shows settled places, faint guesses, and masks as wide as the guess", () => {
    const places = [settled("    "), settled("return"), guess(" value", 0.6), guess(" + 1", 0.1)];
    assert.deepEqual(draftLines(places), [
      [
        { text: "    return", style: "settled" },
        { text: " value", style: "guessed" },
        { text: " ░░░", style: "masked" },
      ],
    ]);
  });

  it("keeps a guessed line break masked until it is settled", () => {
    assert.deepEqual(plain(draftLines([settled("a"), guess("\n    ", 0.99), settled("b")])), ["a░b"]);
    assert.deepEqual(plain(draftLines([settled("a"), settled("\n    "), settled("b")])), ["a", "    b"]);
  });

  it("draws a place of no text as one mask, and a long one as no more than twelve", () => {
    assert.deepEqual(plain(draftLines([guess("", 0.1)])), ["░"]);
    assert.deepEqual(plain(draftLines([guess("x".repeat(40), 0.1)])), ["░".repeat(12)]);
  });

  it("draws no more than forty masks in all", () => {
    const places = [settled("a"), ...Array.from({ length: 30 }, () => guess("xx", 0)), settled("b")];
    assert.deepEqual(plain(draftLines(places)), [`a${"░".repeat(40)}b`]);
  });

  it("counts an emoji as one", () => {
    assert.deepEqual(plain(draftLines([guess("😀😀", 0)])), ["░░"]);
  });

  it("says so where nothing is proposed", () => {
    assert.deepEqual(textLines(" \n "), [[{ text: "∅", style: "sign" }]]);
  });

  it("breaks lines at \\n, \\r\\n and \\r only", () => {
    assert.deepEqual(plain(textLines("a\r\nb\rc\nd\u2028e\ff")), ["a", "b", "c", "d\u2028e\ff"]);
  });
});

describe("labels", () => {
  const start = { line: 7, character: 4 };

  it("stand behind the old lines that they replace", () => {
    const found = labels(start, ["x = 1", "    y = 2"], textLines("a = 1\n    b = 2"));
    assert.deepEqual(found, [
      { line: 7, character: 9, runs: [{ text: "a = 1", style: "proposed" }] },
      { line: 8, character: 9, runs: [{ text: "b = 2", style: "proposed" }] },
    ]);
  });

  it("keep the indentation where there is no old text", () => {
    const found = labels({ line: 0, character: 0 }, ["", ""], textLines("if a:\n    b"));
    assert.deepEqual(plain(found.map(({ runs }) => runs)), ["if a:", "    b"]);
  });

  it("hold what is left over on the last line", () => {
    const found = labels(start, ["pass"], textLines("a = 1\n    b = 2\n    c = 3"));
    assert.equal(found.length, 1);
    assert.deepEqual(plain(found.map(({ runs }) => runs)), ["a = 1 ⏎ b = 2 ⏎ c = 3"]);
  });

  it("are fewer where the new text has fewer lines", () => {
    const found = labels(start, ["x", "y", "z"], textLines("a"));
    assert.deepEqual(found, [{ line: 7, character: 5, runs: [{ text: "a", style: "proposed" }] }]);
  });

  it("have no more runs than can be drawn, and lose no text by it", () => {
    const lines: Line[] = [["a", "b", "c", "d", "e"].map((text, index) => ({ text, style: index % 2 ? "masked" : "settled" }))];
    const found = labels(start, [""], lines, 3);
    assert.deepEqual(
      found[0]?.runs.map(({ text, style }) => [text, style]),
      [["a", "settled"], ["b", "masked"], ["cde", "settled"]],
    );
    assert.equal(labels(start, [""], lines, 5)[0]?.runs.length, 5);
  });

  it("are none while there is no draft, and a sign for a proposal to delete", () => {
    assert.deepEqual(labels(start, ["x"], []), []);
    assert.deepEqual(plain(labels(start, ["x"], textLines("")).map(({ runs }) => runs)), ["∅"]);
  });
});

describe("old text", () => {
  it("is struck out line by line, but for indentation and blank lines", () => {
    const old = ["x = 1  ", "", "   ", "    y"];
    assert.deepEqual(struck({ line: 3, character: 4 }, old), [
      { line: 3, character: 4, end: 9 },
      { line: 6, character: 4, end: 5 },
    ]);
  });
});

describe("what a label says", () => {
  it("swallows no space and hides no control character", () => {
    assert.equal(visible("a  b\tc\f\u007f", 4), "a\u00a0\u00a0b\u00a0\u00a0\u00a0\u00a0c␌␡");
  });
});
