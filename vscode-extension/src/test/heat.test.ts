import assert from "node:assert/strict";
import test from "node:test";
import { around, Heat, tint, wanted, type Mark, type Range } from "../heat";

function range(line: number, character: number, endLine = line, endCharacter = character): Range {
  return { start: { line, character }, end: { line: endLine, character: endCharacter } };
}

function mark(line: number, character = 0, probability = 0.1): Mark {
  return { range: range(line, character, line, character + 1), probability, alternatives: [] };
}

function lines(heat: Heat): number[] {
  return heat.marks.map((each) => each.range.start.line);
}

/** A heat-map of ten lines, all read, with a mark in each. */
function full(): Heat {
  const heat = new Heat();
  heat.take({ first: 0, end: 10 }, Array.from({ length: 10 }, (_, line) => mark(line)));
  return heat;
}

test("what was read is not wanted any more, and the rest in parts", () => {
  const heat = new Heat();
  heat.take({ first: 2, end: 4 }, []);
  heat.take({ first: 4, end: 5 }, []);
  heat.take({ first: 7, end: 8 }, []);
  assert.deepEqual(heat.unread({ first: 0, end: 10 }), [
    { first: 0, end: 2 },
    { first: 5, end: 7 },
    { first: 8, end: 10 },
  ]);
  assert.deepEqual(heat.unread({ first: 3, end: 5 }), []);
});

test("what is found in lines takes the place of what was found there before", () => {
  const heat = full();
  heat.take({ first: 3, end: 5 }, [mark(4, 9), mark(4, 2)]);
  assert.deepEqual(lines(heat), [0, 1, 2, 4, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(heat.marks.slice(3, 5).map((each) => each.range.start.character), [2, 9]);
});

test("an edit takes away the marks of its line at once, and the line is to be read again", () => {
  const heat = full();
  heat.edit(range(4, 3), "x");
  assert.deepEqual(lines(heat), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
  assert.deepEqual(heat.unread({ first: 0, end: 10 }), [{ first: 4, end: 5 }]);
});

test("new lines push what follows down, removed ones pull it up", () => {
  const heat = full();
  heat.edit(range(4, 3), "\r\nx\n");
  assert.deepEqual(lines(heat), [0, 1, 2, 3, 7, 8, 9, 10, 11]);
  assert.deepEqual(heat.unread({ first: 0, end: 12 }), [{ first: 4, end: 7 }]);
  heat.edit(range(2, 0, 6, 1), "");
  assert.deepEqual(lines(heat), [0, 1, 3, 4, 5, 6, 7]);
  assert.deepEqual(heat.unread({ first: 0, end: 8 }), [{ first: 2, end: 3 }]);
});

test("what VS Code gives as places is carried over, too", () => {
  class Position {
    constructor(private readonly at: [number, number]) {}
    get line(): number {
      return this.at[0];
    }
    get character(): number {
      return this.at[1];
    }
  }
  const heat = new Heat();
  const given = { start: new Position([3, 4]), end: new Position([3, 6]) };
  heat.take({ first: 0, end: 5 }, [{ ...mark(0), range: given }]);
  heat.edit(range(0, 0), "\n");
  assert.deepEqual(heat.marks[0]?.range, range(4, 4, 4, 6));
});

test("a mark over two lines goes with either of them", () => {
  const heat = new Heat();
  heat.take({ first: 0, end: 3 }, [{ ...mark(0), range: range(0, 5, 1, 2) }]);
  heat.edit(range(1, 9), "x");
  assert.deepEqual(heat.marks, []);
});

test("what is shown is read first, then what follows, then what stands before", () => {
  const heat = new Heat();
  heat.take({ first: 45, end: 50 }, []);
  const near = around({ first: 40, end: 60 }, 60, 1000);
  assert.deepEqual(near, { first: 20, end: 80 });
  assert.deepEqual(wanted(heat, { first: 40, end: 60 }, near), [
    { first: 40, end: 45 },
    { first: 50, end: 60 },
    { first: 60, end: 80 },
    { first: 20, end: 40 },
  ]);
});

test("at an end of the file as many lines are near as elsewhere, in a small one all, and what is shown always", () => {
  assert.deepEqual(around({ first: 0, end: 20 }, 60, 1000), { first: 0, end: 60 });
  assert.deepEqual(around({ first: 980, end: 1000 }, 60, 1000), { first: 940, end: 1000 });
  assert.deepEqual(around({ first: 0, end: 20 }, 60, 30), { first: 0, end: 30 });
  assert.deepEqual(around({ first: 100, end: 200 }, 60, 1000), { first: 100, end: 200 });
});

test("tints grow with the probability", () => {
  assert.deepEqual([0, 0.049, 0.05, 0.12, 0.2, 1].map(tint), [0, 0, 1, 2, 3, 3]);
});
