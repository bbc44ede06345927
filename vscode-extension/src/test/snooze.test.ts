import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { MINUTES, Snooze, type Place } from "../snooze";

const PYTHON: Place = { uri: "file:///a.py", language: "python" };
const OTHER: Place = { uri: "file:///b.py", language: "python" };
const RUST: Place = { uri: "file:///a.rs", language: "rust" };

describe("ghost text that sleeps", () => {
  let now = 0;
  let changes = 0;
  let snooze: Snooze;
  beforeEach(() => {
    now = changes = 0;
    snooze = new Snooze(() => (changes += 1), () => now);
  });
  const asleep = (): string[] => [PYTHON, OTHER, RUST].map((place) => snooze.at(place));

  it("is awake at first, without an editor as well", () => {
    assert.deepEqual([...asleep(), snooze.at(undefined)], ["", "", "", ""]);
  });

  it("sleeps everywhere for some minutes, and says how many are left", () => {
    snooze.forMinutes();
    assert.equal(snooze.at(undefined), `for ${MINUTES} minutes`);
    now = (MINUTES - 1) * 60_000;
    assert.equal(snooze.at(RUST), "for a minute");
    now = MINUTES * 60_000;
    assert.equal(snooze.at(RUST), "");
  });

  it("sleeps in one file, or in one language", () => {
    snooze.inFile(PYTHON);
    assert.deepEqual(asleep(), ["in this file", "", ""]);
    snooze.inLanguage(RUST);
    assert.deepEqual(asleep(), ["in this file", "", "in rust"]);
  });

  it("is woken everywhere, and tells of each change", () => {
    snooze.forMinutes();
    snooze.inFile(PYTHON);
    snooze.inLanguage(PYTHON);
    snooze.wake();
    assert.deepEqual(asleep(), ["", "", ""]);
    assert.equal(changes, 4);
  });
});
