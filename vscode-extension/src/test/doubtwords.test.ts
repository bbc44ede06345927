import assert from "node:assert/strict";
import test from "node:test";
import { code, inStatusBar, likelihood, places, proposed } from "../doubtwords";

const MARK = {
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 2 } },
  probability: 0.08,
  alternatives: ["-=", "="],
};

test("a probability is told in words", () => {
  assert.equal(likelihood(0.08, true), "about 1 in 13 such places is wrong (8 %)");
  assert.equal(likelihood(0.4, true), "about 4 in 10 such places are wrong (40 %)");
  assert.equal(likelihood(0.63, true), "likelier wrong than right (63 %)");
  assert.match(likelihood(0.63, false), /not measured/);
});

test("a text is code, whatever is in it", () => {
  assert.equal(code(" limits"), "`limits`");
  assert.equal(code("a`` b"), "``` a`` b ```");
  assert.equal(code("(\n"), "`(`");
  assert.equal(code("\n"), "`⏎`");
});

test("each alternative has a link that puts it in", () => {
  const words = places("+=", MARK, true, (text) => `command:put?${text.length}`);
  assert.match(words, /^editdiff: `\+=`: about 1 in 13/);
  assert.match(words, /\n- `-=` — \[put it here\]\(command:put\?2\)\n- `=` — /);
  assert.doesNotMatch(places("+=", { ...MARK, alternatives: [] }, true, String), /rather/);
});

test("of a proposal the most doubtful tokens are told", () => {
  const token = (text: string, probability: number): { text: string; probability: number; alternatives: string[] } => ({
    text,
    probability,
    alternatives: text === "b" ? ["c", "d"] : [],
  });
  const words = proposed([token("a", 0.1), token("b", 0.3), token("e", 0.2), token("f", 0.01)], true, 0.05, 2);
  assert.deepEqual(words.split("\n").slice(2), [
    "- `b`: about 3 in 10 such places are wrong (30 %); rather `c` · `d`",
    "- `e`: about 1 in 5 such places is wrong (20 %); rather nothing in particular",
  ]);
  assert.match(proposed([token("f", 0.01)], true, 0.05, 2), /doubts no token/);
});

test("the status bar counts doubts, and says how far it is", () => {
  assert.equal(inStatusBar(1, undefined), "$(flame) 1 doubt");
  assert.equal(inStatusBar(12, 40), "$(loading~spin) 12 doubts, 40 %");
});
