/** What a typist makes of what the screen shows: nothing here touches the editor. */

/** The line of the cursor, as it stands on the screen. */
export interface Sight {
  /** The line with the ghost text in it. */
  shown: string;
  /** The line without it. */
  plain: string;
  /** The lines of the ghost text below it. */
  below: string[];
  /** When the ghost text was first seen, in milliseconds of the system's clock; null where there is none. */
  seen: number | null;
}

/** What to do next: take all, take words as long as they are right, or type on. */
export type Choice = "all" | "words" | "type";

/** Characters of a suggestion that are too few to be worth a key of their own. */
const WORTH = 3;

/** How much of what is shown is right: characters of `body` behind the `typed` ones. Indentation does not count. */
export function right(sight: Sight, body: string, typed: number): number {
  const shown = sight.shown.trimStart();
  let at = typed;
  while (at < body.length && shown[at] === body[at]) at += 1;
  return at - typed;
}

/** Whether all that is shown is what would be typed: this line, and those below it. */
export function isExact(sight: Sight, bodies: readonly string[]): boolean {
  const lines = [sight.shown, ...sight.below].map((line) => line.trim());
  return lines.length <= bodies.length && lines.every((line, index) => line === bodies[index]);
}

/**
 * What to do with the ghost text at a cursor behind `typed` characters of the first of `bodies`, which are the lines
 * that are still to be typed, without their indentation.
 */
export function choose(sight: Sight, bodies: readonly string[], typed: number): Choice {
  if (sight.seen === null) return "type";
  if (isExact(sight, bodies)) return "all";
  const [body = ""] = bodies;
  const word = nextWord(sight.shown.trimStart(), typed);
  const worth = right(sight, body, typed) >= WORTH && word === nextWord(body, typed);
  return worth ? "words" : "type";
}

/** The next word of a line behind `typed` characters, with what stands before it. */
export function nextWord(line: string, typed: number): string {
  const [word] = /^\W*\w+|^.+/.exec(line.slice(typed)) ?? [""];
  return word;
}
