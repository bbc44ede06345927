/** Drafts and proposals as labels that stand behind the lines they would replace. */

import type { Place } from "./protocol";

export const MASK = "░";
/** A guess below this probability stays a mask: its text would only flicker. */
export const SHOWN_FROM = 0.25;
/** Most glyphs drawn for one masked place. */
export const WIDEST_MASK = 12;
/** Most glyphs drawn for all masked places of a draft: a longer row says nothing more. */
export const MOST_MASKS = 40;
/** Stands for a text that is proposed and shows nothing. */
export const NOTHING = "∅";
/** Stands for a line break where several lines of a draft share one line of the editor. */
export const BREAK = " ⏎ ";

/** Settled in the loop, guessed, still a mask; part of a proposal; our own sign. */
export type Style = "settled" | "guessed" | "masked" | "proposed" | "sign";

export interface Run {
  text: string;
  style: Style;
}

export type Line = Run[];

export interface Point {
  line: number;
  character: number;
}

/** A line of the draft, and the end of the old line that it stands behind. */
export interface Label extends Point {
  runs: Line;
}

/** Draw places: settled text, faint guesses, and masks about as wide as the guess. */
export function draftLines(places: readonly Place[]): Line[] {
  let room = MOST_MASKS;
  const runs = places.flatMap(placeRuns).map((run): Run => {
    if (run.style !== "masked") {
      return run;
    }
    const glyphs = Array.from(run.text).slice(0, room);
    room -= glyphs.length;
    return { ...run, text: glyphs.join("") };
  });
  return merged(runs);
}

/** Draw what is proposed. */
export function textLines(text: string): Line[] {
  return text.trim() === "" ? [[{ text: NOTHING, style: "sign" }]] : merged([{ text, style: "proposed" }]);
}

function placeRuns({ text, committed, confidence }: Place): Run[] {
  if (committed) {
    return [{ text, style: "settled" }];
  }
  // a guessed line break stays masked until it is settled, so that the lines hold still
  if (confidence >= SHOWN_FROM && !/[\r\n]/.test(text)) {
    return [{ text, style: "guessed" }];
  }
  const indent = /[\r\n]/.test(text) ? "" : (/^\s*/.exec(text)?.[0] ?? "");
  const width = Math.max(1, Math.min(Array.from(text.trim()).length, WIDEST_MASK));
  return [{ text: indent + MASK.repeat(width), style: "masked" }];
}

/** Cut runs at their line breaks and join neighbours of one style. */
function merged(runs: readonly Run[]): Line[] {
  let line: Line = [];
  const lines = [line];
  for (const { text, style } of runs) {
    for (const [index, part] of text.split(/\r\n|\r|\n/).entries()) {
      if (index > 0) {
        line = [];
        lines.push(line);
      }
      const last = line.at(-1);
      if (last?.style === style) {
        last.text += part;
      } else if (part !== "") {
        line.push({ text: part, style });
      }
    }
  }
  return lines;
}

/** Put each line behind the old line that it replaces, and those left over behind the last.
 *
 * @param start where the old text begins
 * @param old lines of the old text, at least one
 * @param most runs in one label; what is over them joins the last in its style
 */
export function labels(
  start: Point,
  old: readonly string[],
  lines: readonly Line[],
  most = Infinity,
): Label[] {
  const last = old.length - 1;
  const found = old.map((text, index): Label => {
    const shown = lines.slice(index, index === last ? undefined : index + 1);
    const character = (index === 0 ? start.character : 0) + text.length;
    // behind old text its indentation says nothing
    const runs = limited(joined(text.trim() === "" ? shown : shown.map(unindented)), most);
    return { line: start.line + index, character, runs };
  });
  return found.filter((label) => label.runs.length > 0);
}

function joined(lines: readonly Line[]): Line {
  return lines.flatMap((line, index) => {
    const broken: Run = { text: BREAK, style: "sign" };
    return index === 0 ? line : [broken, ...unindented(line)];
  });
}

function limited(line: Line, most: number): Line {
  const [last, ...over] = line.slice(most - 1);
  if (last === undefined) {
    return line;
  }
  const text = over.reduce((whole, run) => whole + run.text, last.text);
  return [...line.slice(0, most - 1), { ...last, text }];
}

function unindented(line: Line): Line {
  const [first, ...rest] = line;
  if (first === undefined) {
    return [];
  }
  const text = first.text.trimStart();
  return text === "" ? unindented(rest) : [{ ...first, text }, ...rest];
}

/** The old text without its indentation, line by line; none where a line is blank. */
export function struck(start: Point, old: readonly string[]): (Point & { end: number })[] {
  const found = old.map((text, index) => {
    const character = index === 0 ? start.character : 0;
    const indent = text.length - text.trimStart().length;
    const end = character + text.trimEnd().length;
    return { line: start.line + index, character: character + indent, end };
  });
  return found.filter(({ character, end }) => character < end);
}

/** Text as a label can carry it: no space is swallowed, no control character is hidden.
 *
 * @param tabSize width of a tab, in columns
 */
export function visible(text: string, tabSize: number): string {
  return text
    .replaceAll("\t", " ".repeat(tabSize))
    .replaceAll(" ", "\u00a0")
    .replace(/[\u0000-\u001f\u007f]/g, (control) => {
      const code = control.charCodeAt(0);
      return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
    });
}
