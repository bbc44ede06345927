/** The words of doubt: for the pointer that rests on a place, and for the status bar. */

import type { Mark } from "./heat";
import type { DoubtfulToken } from "./protocol";

/** From which probability on a place is likelier wrong than right. */
const LIKELY = 0.5;
/** From which probability on tenths tell it better than one in a number. */
const OFTEN = 0.25;

/** A probability in words. */
export function likelihood(probability: number, calibrated: boolean): string {
  if (!calibrated) {
    return "doubtful; how often such a place is wrong was not measured";
  }
  const percent = `${Math.round(100 * probability)} %`;
  if (probability >= LIKELY) {
    return `likelier wrong than right (${percent})`;
  }
  if (probability >= OFTEN) {
    return `about ${Math.round(10 * probability)} in 10 such places are wrong (${percent})`;
  }
  return `about 1 in ${Math.round(1 / Math.max(probability, 0.001))} such places is wrong (${percent})`;
}

/** A text as code in Markdown; white space at both ends is not shown, line breaks and tabs by a sign. */
export function code(text: string): string {
  const shown = (text.trim() || text).replace(/\r\n|\r|\n/g, "⏎").replaceAll("\t", "⇥");
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const room = longest > 0 ? " " : "";
  return `${fence}${room}${shown}${room}${fence}`;
}

/** What the pointer over a doubtful place tells, in Markdown.
 *
 * @param link the command that puts a text in its place
 */
export function places(
  text: string,
  { probability, alternatives }: Mark,
  calibrated: boolean,
  link: (alternative: string) => string,
): string {
  const said = `editdiff: ${code(text)}: ${likelihood(probability, calibrated)}`;
  if (alternatives.length === 0) {
    return said;
  }
  const offers = alternatives.map((each) => `- ${code(each)} — [put it here](${link(each)})`);
  return `${said}\n\nThe model would rather read:\n\n${offers.join("\n")}`;
}

/** What the pointer over a proposal tells of its doubtful tokens, at most `most`, the most doubtful first. */
export function proposed(tokens: readonly DoubtfulToken[], calibrated: boolean, least: number, most: number): string {
  const likely = tokens.filter(({ probability }) => probability >= least);
  const rows = likely
    .sort((a, b) => b.probability - a.probability)
    .slice(0, most)
    .map(({ text, probability, alternatives }) => {
      const rather = alternatives.map(code).join(" · ") || "nothing in particular";
      return `- ${code(text)}: ${likelihood(probability, calibrated)}; rather ${rather}`;
    });
  if (rows.length === 0) {
    return "editdiff: the model doubts no token of what is proposed";
  }
  return `editdiff: what the model doubts of its proposal\n\n${rows.join("\n")}`;
}

/** What the status bar says while the heat-map is on; `percent` is undefined when nothing is being read. */
export function inStatusBar(count: number, percent: number | undefined): string {
  const doubts = count === 1 ? "1 doubt" : `${count} doubts`;
  return percent === undefined ? `$(flame) ${doubts}` : `$(loading~spin) ${doubts}, ${percent} %`;
}
