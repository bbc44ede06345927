/** Where ghost text sleeps, until it is woken or the window is closed. */

export const MINUTES = 5;
const MINUTE = 60_000;

/** A document, as far as sleep goes. */
export interface Place {
  uri: string;
  language: string;
}

export class Snooze {
  private until = 0;
  private readonly uris = new Set<string>();
  private readonly languages = new Set<string>();

  /**
   * @param changed is called after each change, and when the minutes are over
   * @param now milliseconds of a clock
   */
  constructor(
    private readonly changed: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Sleep everywhere for some minutes. */
  forMinutes(): void {
    this.until = this.now() + MINUTES * MINUTE;
    setTimeout(this.changed, MINUTES * MINUTE).unref();
    this.changed();
  }

  inFile({ uri }: Place): void {
    this.uris.add(uri);
    this.changed();
  }

  inLanguage({ language }: Place): void {
    this.languages.add(language);
    this.changed();
  }

  /** Wake up everywhere. */
  wake(): void {
    this.until = 0;
    this.uris.clear();
    this.languages.clear();
    this.changed();
  }

  /** For how long, or where, it sleeps at a place; empty where it is awake. */
  at(place: Place | undefined): string {
    const left = this.until - this.now();
    if (left > 0) {
      const minutes = Math.ceil(left / MINUTE);
      return minutes === 1 ? "for a minute" : `for ${minutes} minutes`;
    }
    if (place !== undefined && this.uris.has(place.uri)) {
      return "in this file";
    }
    return place !== undefined && this.languages.has(place.language) ? `in ${place.language}` : "";
  }
}
