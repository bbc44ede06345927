import assert from "node:assert/strict";
import { it } from "node:test";
import { latest, MOST } from "../history";

it("what is typed stands first, and once", () => {
  assert.deepEqual(latest([], "a"), ["a"]);
  assert.deepEqual(latest(["a", "b"], "c"), ["c", "a", "b"]);
  assert.deepEqual(latest(["a", "b"], "b"), ["b", "a"]);
});

it("only so many are remembered, and the list itself stays", () => {
  const before = Array.from({ length: MOST }, (_, i) => `${i}`);
  const now = latest(before, "new");
  assert.deepEqual([now.length, now[0], now.at(-1)], [MOST, "new", `${MOST - 2}`]);
  assert.equal(before.length, MOST);
});
