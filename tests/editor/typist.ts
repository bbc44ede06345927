/** Types lines into the editor as a person does, looks at the ghost text, and takes what is right. */

import { setTimeout as sleep } from "node:timers/promises";
import { choose, isExact, type Sight } from "./reader.ts";
import type { Window } from "./window.ts";

/** Milliseconds. */
export interface Pace {
  /** Between two keys: any time between these two alike. */
  shortest: number;
  longest: number;
  /** How long a suggestion is waited for after a line break, a jump, and some of the other keys. */
  pause: number;
  /** Share of the other keys after which it is. */
  pauses: number;
}

/** What was pressed, and what came of it. */
export interface Key {
  kind: "typed" | "line" | "jump";
  /** When, in milliseconds of the system's clock. */
  at: number;
  /** Whether a suggestion was waited for. */
  waited: boolean;
  /** When a new suggestion was seen after it; null where there was none. */
  seen: number | null;
  /** When the typist went on. */
  until: number;
}

/** Something that stood on the screen. */
export interface Suggestion {
  kind: Key["kind"];
  /** The line as it would be with it, and the lines below. */
  shown: string[];
  exact: boolean;
  /** Characters that were taken of it. */
  accepted: number;
}

/** Milliseconds in which what a key does is on the screen. */
const PATIENCE = 2_000;
/** Milliseconds between two looks at the screen. */
const LOOK = 30;

export class Typist {
  readonly keys: Key[] = [];
  readonly suggestions: Suggestion[] = [];
  /** Characters of all lines, indentation and what the editor itself writes apart. */
  characters = 0;
  accepted = 0;
  /** Lines that had to be written again. */
  mended = 0;
  private readonly window: Window;
  private readonly pace: Pace;
  private readonly random: () => number;
  /** The line that the last suggestion makes. */
  private last = "";

  /** `random` draws the pace, between 0 and 1. */
  constructor(window: Window, pace: Pace, random: () => number) {
    this.window = window;
    this.pace = pace;
    this.random = random;
  }

  /** Types lines where the cursor is: behind the indentation of the first one, on a line of its own. */
  async type(lines: readonly string[]): Promise<void> {
    const bodies = lines.map((line) => line.trimStart());
    this.characters += bodies.join("").length;
    let kind: Key["kind"] = "jump";
    for (let at = 0; at < lines.length; ) {
      this.last = "";
      at += await this.line(lines.slice(at), bodies.slice(at), kind);
      if (at < lines.length) {
        await this.press("line", "Enter");
        kind = "line";
      }
    }
  }

  /** Types the first of the lines; gives how many are there then. */
  private async line(lines: readonly string[], bodies: readonly string[], first: Key["kind"]): Promise<number> {
    const [line = ""] = lines;
    const [body = ""] = bodies;
    let typed = 0;
    if (first === "line") {
      const sight = await this.look("", this.pace.pause);
      this.note(sight, bodies, "line");
      if (sight.plain.length === width(line) && sight.plain.trim() === "" && choose(sight, bodies, 0) !== "type") {
        const taken = await this.take(sight, lines, bodies, 0);
        if (taken.lines > 1) return taken.lines;
        typed = taken.typed;
      }
      if (typed === 0) typed = await this.indent(line);
    }
    while (typed < body.length) {
      const character = body[typed] ?? "";
      const kind = typed === 0 && first === "jump" ? "jump" : "typed";
      const waited = kind === "jump" || this.random() < this.pace.pauses;
      await this.press(kind, character, waited);
      typed += 1;
      const gap = this.pace.shortest + this.random() * (this.pace.longest - this.pace.shortest);
      const sight = await this.look(body.slice(0, typed), waited ? this.pace.pause : gap, !waited);
      if (!sight.plain.trimStart().startsWith(body.slice(0, typed))) {
        await this.mend(line, typed);
        continue;
      }
      this.note(sight, bodies, kind);
      if (choose(sight, bodies, typed) !== "type") {
        const taken = await this.take(sight, lines, bodies, typed);
        if (taken.lines > 1) return taken.lines;
        typed = taken.typed;
      }
    }
    await this.end(line);
    return 1;
  }

  /** Takes what is right of a suggestion: the lines that are there then, and the characters of the first of them. */
  private async take(
    sight: Sight,
    lines: readonly string[],
    bodies: readonly string[],
    typed: number,
  ): Promise<{ lines: number; typed: number }> {
    const [line = ""] = lines;
    const [body = ""] = bodies;
    const { keyboard } = this.window.page;
    const count = 1 + sight.below.length;
    if (choose(sight, bodies, typed) === "all") {
      await keyboard.press("Tab");
      const last = bodies[count - 1] ?? "";
      const after = await this.look(last, PATIENCE, true, (now) => now.plain.trim() === last);
      if (after.plain.trim() === last) {
        this.count(bodies.slice(0, count).join("").length - typed);
        if (count > 1) await this.end(lines[count - 1] ?? "");
        return { lines: count, typed: body.length };
      }
      await this.mend(line, typed);
      return { lines: 1, typed };
    }
    for (let now = sight; choose(now, bodies, typed) === "words"; ) {
      await keyboard.press("Control+ArrowRight");
      const before = now.plain;
      now = await this.look("", PATIENCE, true, (next) => next.plain !== before);
      const there = typed + now.plain.length - before.length;
      if (there <= typed || now.plain.trimStart().slice(0, there) !== body.slice(0, there)) {
        await this.mend(line, typed);
        break;
      }
      this.count(there - typed);
      typed = there;
    }
    return { lines: 1, typed };
  }

  /** Counts what was taken of the last suggestion. */
  private count(characters: number): void {
    this.accepted += characters;
    const suggestion = this.suggestions.at(-1);
    if (suggestion) suggestion.accepted += characters;
  }

  /** Notes a suggestion that was not seen before. */
  private note(sight: Sight, bodies: readonly string[], kind: Key["kind"]): void {
    const shown = [sight.shown, ...sight.below];
    if (sight.seen === null || shown.join("\n").trim() === this.last) return;
    this.last = shown.join("\n").trim();
    this.suggestions.push({ kind, shown, exact: isExact(sight, bodies), accepted: 0 });
    const key = this.keys.at(-1);
    if (key) key.seen = sight.seen;
  }

  /** Makes the indentation of a new line what it should be; gives the characters that the editor wrote itself. */
  private async indent(line: string): Promise<number> {
    const sight = await this.look("", 0);
    const body = line.trimStart();
    const given = sight.plain.trim();
    if (given !== "" && body.startsWith(given) && sight.plain.trimEnd().length - given.length === width(line)) {
      this.characters -= given.length; // as it goes on with a comment
      const left = sight.plain.trimStart();
      return body.startsWith(left) ? left.length : this.mend(line, given.length);
    }
    if (given !== "" || sight.plain.length !== width(line)) await this.write(line, 0);
    return 0;
  }

  /**
   * Takes away what the editor has closed behind the cursor at the end of a line; writes a wrong line again. Behind a
   * suggestion that was taken VS Code leaves the cursor before what was closed there already.
   */
  private async end(line: string): Promise<void> {
    const body = line.trimStart();
    const { keyboard } = this.window.page;
    let sight = await this.look(body, 0);
    if (sight.plain.trimStart().length > body.length) {
      await keyboard.press("Shift+End");
      await keyboard.press("Delete");
      sight = await this.look(body, PATIENCE, true, (now) => now.plain.trimStart() === body);
    }
    const before = sight.plain.length - sight.plain.trimStart().length;
    if (sight.plain.trimStart() !== body || before !== width(line)) await this.mend(line, body.length);
    else await keyboard.press("End");
  }

  /** Writes a line again, up to `typed` characters of its body. */
  private async mend(line: string, typed: number): Promise<number> {
    this.mended += 1;
    await this.write(line, typed);
    return typed;
  }

  private async write(line: string, typed: number): Promise<void> {
    const { keyboard } = this.window.page;
    const text = line.slice(0, line.length - line.trimStart().length + typed);
    await keyboard.press("Escape");
    await keyboard.press("End");
    // first to the text, then to the margin; the line may hold nothing but white space
    await keyboard.press("Shift+Home");
    await keyboard.press("Shift+Home");
    await keyboard.press(text === "" ? "Delete" : "Backspace");
    if (text !== "") await keyboard.insertText(text);
    await this.look("", PATIENCE, true, (now) => now.plain.trimEnd() === expanded(text).trimEnd());
  }

  private async press(kind: Key["kind"], key: string, waited = true): Promise<void> {
    this.keys.push({ kind, at: Date.now(), waited, seen: null, until: 0 });
    await this.window.page.keyboard.press(key === " " ? "Space" : key);
  }

  /**
   * The line of the cursor once it begins with `text`, and what ghost text stands there: as soon as there is some, or
   * `done` says so, at most after `patience` milliseconds; where it is `whole` and nothing is `done`, after these.
   */
  private async look(text: string, patience: number, whole = false, done?: (sight: Sight) => boolean): Promise<Sight> {
    const end = performance.now() + patience;
    const slow = performance.now() + Math.max(PATIENCE, patience);
    if (whole && !done) await sleep(patience);
    for (;;) {
      const sight = await this.window.sight();
      const there = sight.plain.trimStart().startsWith(text);
      const enough = done?.(sight) || performance.now() >= end || (!whole && sight.seen !== null);
      if ((there && enough) || performance.now() > slow) {
        const key = this.keys.at(-1);
        if (key?.until === 0) key.until = Date.now();
        return sight;
      }
      await sleep(LOOK);
    }
  }
}

/** How wide the indentation of a line is on the screen. */
function width(line: string): number {
  return expanded(line).length - line.trimStart().length;
}

/** A line as the screen shows it. */
function expanded(line: string): string {
  return line.replaceAll("\t", " ".repeat(TAB));
}

/** Columns of a tab. */
export const TAB = 4;
