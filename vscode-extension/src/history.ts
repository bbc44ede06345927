/** What was typed, the last one first. */

/** Instructions that are remembered. */
export const MOST = 30;

/** The same with one more, which stands there once. */
export function latest(before: readonly string[], one: string): string[] {
  return [one, ...before.filter((each) => each !== one)].slice(0, MOST);
}
