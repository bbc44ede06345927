/** What the typist of the study takes, and what it types on against. */

import assert from "node:assert/strict";
import test from "node:test";
import { choose, nextWord, right, type Sight } from "./reader.ts";

function sight(plain: string, shown: string, ...below: string[]): Sight {
  return { plain, shown, below, seen: shown === plain && below.length === 0 ? null : 1 };
}

test("without ghost text the typist types on", () => {
  assert.equal(choose(sight("    re", "    re"), ["return 1"], 2), "type");
});

test("a suggestion that is the rest of the line is taken whole, whatever the indentation", () => {
  assert.equal(choose(sight("    re", "    return 1"), ["return 1"], 2), "all");
});

test("what the editor has closed behind the cursor is part of the line", () => {
  assert.equal(choose(sight("f()", "f(x, y):"), ["f(x, y):"], 2), "all");
  assert.equal(choose(sight("f()", "f(x, y)"), ["f(x, y):"], 2), "words");
});

test("several lines are taken whole where all of them are right, else by words", () => {
  const shown = sight("    ", "    a = first", "    b = 2");
  assert.equal(choose(shown, ["a = first", "b = 2", "c"], 0), "all");
  assert.equal(choose(shown, ["a = first", "b = 3"], 0), "words");
  assert.equal(choose(shown, ["a = first"], 0), "words");
});

test("a suggestion of which the first word is wrong is typed on against", () => {
  assert.equal(choose(sight("x = ", "x = other()"), ["x = others()"], 4), "type");
});

test("a bracket alone is not worth a key", () => {
  assert.equal(choose(sight("f", "f()"), ["f(x)"], 1), "type");
});

test("how much is right is counted from the cursor on", () => {
  const shown = sight("  if a", "  if a.b < c");
  assert.equal(right(shown, "if a.b > c", 4), 3);
  assert.equal(nextWord("if a.b < c", 4), ".b");
});
