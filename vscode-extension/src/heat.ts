/** What was read of a document for doubts, and what was found, carried over its edits line by line. */

/** A place of a document, as VS Code counts. */
export interface Place {
  line: number;
  character: number;
}

export interface Range {
  start: Place;
  end: Place;
}

/** A doubtful place. */
export interface Mark {
  range: Range;
  /** That something else should stand there, 0 to 1. */
  probability: number;
  /** What the model would rather read, the likeliest first. */
  alternatives: string[];
}

/** Some lines, the last one not among them. */
export interface Lines {
  first: number;
  end: number;
}

/** From which probability on a place is tinted more strongly; the first tint is that of all others. */
export const STEPS = [0, 0.05, 0.1, 0.2] as const;
/** From which tint on a place is marked in the ruler, too. */
export const IN_RULER = 1;

export class Heat {
  /** Doubtful places, in the order of the text. */
  marks: Mark[] = [];
  /** Lines that were read: apart from each other, in order. */
  private read: Lines[] = [];

  /** Take what was found in lines that were read. */
  take(lines: Lines, marks: readonly Mark[]): void {
    const kept = this.marks.filter(({ range }) => !holds(lines, range.start.line));
    this.marks = [...kept, ...marks].sort((a, b) => compare(a.range.start, b.range.start));
    this.read = joined([...this.read, lines]);
  }

  /** Follow an edit: what stands in its lines is neither read nor doubtful any more, what follows moves. */
  edit(range: Range, text: string): void {
    const touched = { first: range.start.line, end: range.end.line + 1 };
    const grown = text.split(/\r\n|\r|\n/).length - (touched.end - touched.first);
    const moved = (line: number): number => (line >= touched.end ? line + grown : line);
    this.marks = this.marks.filter((mark) => !meets(touched, mark.range)).map((mark) => {
      const { start, end } = mark.range;
      const place = ({ line, character }: Place): Place => ({ line: moved(line), character });
      return { ...mark, range: { start: place(start), end: place(end) } };
    });
    this.read = this.read.flatMap((lines) => without(lines, touched)).map(({ first, end }) => ({
      first: moved(first),
      end: moved(end - 1) + 1,
    }));
  }

  /** What of some lines was not read yet. */
  unread(lines: Lines): Lines[] {
    let left = [lines];
    for (const each of this.read) {
      left = left.flatMap((part) => without(part, each));
    }
    return left;
  }
}

/** The nearest lines around what is shown, about `most` of them. */
export function around(shown: Lines, most: number, count: number): Lines {
  const room = Math.max(0, most - (shown.end - shown.first)) / 2;
  const first = Math.max(0, Math.floor(shown.first - room));
  const end = Math.min(count, Math.max(shown.end, first + most));
  return { first: Math.max(0, Math.min(first, shown.first, end - most)), end };
}

/** What is not read yet of the nearest lines: first what is shown, then what follows, then what stands before. */
export function wanted(heat: Heat, shown: Lines, near: Lines): Lines[] {
  return [
    ...heat.unread(shown),
    ...heat.unread({ first: shown.end, end: near.end }),
    ...heat.unread({ first: near.first, end: shown.first }),
  ];
}

/** Number of the tint of a probability. */
export function tint(probability: number): number {
  return STEPS.filter((step) => step > 0 && probability >= step).length;
}

function holds({ first, end }: Lines, line: number): boolean {
  return first <= line && line < end;
}

function meets(lines: Lines, { start, end }: Range): boolean {
  return start.line < lines.end && lines.first <= end.line;
}

function without({ first, end }: Lines, other: Lines): Lines[] {
  const parts = [
    { first, end: Math.min(end, other.first) },
    { first: Math.max(first, other.end), end },
  ];
  return parts.filter((part) => part.first < part.end);
}

function joined(parts: Lines[]): Lines[] {
  const found: Lines[] = [];
  for (const part of parts.sort((a, b) => a.first - b.first)) {
    const last = found.at(-1);
    if (last !== undefined && part.first <= last.end) {
      last.end = Math.max(last.end, part.end);
    } else if (part.first < part.end) {
      found.push({ ...part });
    }
  }
  return found;
}

function compare(a: Place, b: Place): number {
  return a.line - b.line || a.character - b.character;
}
