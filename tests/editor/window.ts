/** One window of VS Code, driven as a person does: keys, mouse, and what stands on the screen. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { until } from "./processes.ts";
import type { Sight } from "./reader.ts";

/** A line of the screen: its text, and what decorations add after it. */
export interface Line {
  text: string;
  after: string;
}

export class Window {
  readonly page: Page;
  readonly folder: string;

  constructor(page: Page, folder: string) {
    this.page = page;
    this.folder = folder;
  }

  /** The file as it lies on the disk. */
  saved(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Resolves when the editor shows `file`. */
  async shown(file: string): Promise<void> {
    const name = file.split("/").at(-1);
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: 60_000 });
    await this.page.locator(".editor-instance .view-lines .view-line").first().waitFor();
  }

  /** Opens a file of the folder by its name, and has the cursor in it. */
  async open(file: string): Promise<void> {
    await this.quick("Control+p", file, file);
    await this.shown(file);
  }

  /** Runs a command by its title, from the palette. */
  async command(title: string): Promise<void> {
    await this.quick("F1", `>${title}`, title);
  }

  /** Runs a command by its title, and takes the row of this text from what it then asks. */
  async commandRow(title: string, row: string): Promise<void> {
    await this.choose("F1", `>${title}`, title);
    await this.page.locator(".quick-input-widget .monaco-list-row", { hasText: row }).click();
  }

  /** Puts the cursor at a line and column, both counted from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.quick("Control+g", `:${line}:${column}`, `line ${line} at column ${column}`);
    await until("the cursor", async () => (await this.status()).includes(`Ln ${line}, Col ${column}`));
  }

  /** Chooses a row as `choose` does; then the box is gone. */
  private async quick(key: string, typed: string, text: string): Promise<void> {
    await this.choose(key, typed, text);
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Types into a box that opens with `key`, and takes the row of this text once it is the chosen one. */
  private async choose(key: string, typed: string, text: string): Promise<void> {
    const box = this.page.locator(".quick-input-widget");
    const row = box.locator(".monaco-list-row.focused", { hasText: text });
    // an open list does not learn of commands that are contributed late, and a window that is still
    // being built takes the focus away: begin again
    await until(`"${text}" to choose`, async () => {
      await this.page.keyboard.press(key);
      const filled = box.locator("input.input").fill(typed, { timeout: 2_000 });
      const there = filled.then(() => row.waitFor({ timeout: 2_000 }));
      if (await there.then(() => true, () => false)) return true;
      await this.page.keyboard.press("Escape");
      return false;
    }, 30_000);
    await this.page.keyboard.press("Enter");
  }

  /** Selects whole lines, from the indentation of the first to the end of the last, both counted from 1. */
  async selectLines(first: number, last: number): Promise<void> {
    await this.goTo(first);
    await this.page.keyboard.press("Home");
    for (let line = first; line < last; line++) await this.page.keyboard.press("Shift+ArrowDown");
    await this.page.keyboard.press("Shift+End");
    await until("the selection", async () => (await this.status()).includes("selected"));
  }

  /** The lines on the screen, from top to bottom. */
  async lines(): Promise<Line[]> {
    return this.page.evaluate(() => {
      const lines = [...document.querySelectorAll<HTMLElement>(".editor-instance .view-lines .view-line")];
      const top = (line: HTMLElement): number => Number.parseFloat(line.style.top);
      return lines.sort((a, b) => top(a) - top(b)).map((line) => {
        const spans = [...line.querySelectorAll<HTMLElement>('span[class*="ced-"]')];
        const contents = spans.map((span) => getComputedStyle(span, "::after").content);
        const after = contents.filter((c) => c.startsWith('"')).map((c) => JSON.parse(c) as string);
        return {
          text: (line.textContent ?? "").replaceAll("\u00a0", " "),
          after: after.join("").replaceAll("\u00a0", " "),
        };
      });
    });
  }

  /** The document as the screen shows it, ghost text included; it must fit the screen. */
  async text(): Promise<string> {
    return (await this.lines()).map((line) => line.text).join("\n");
  }

  /** What decorations write, on all lines. */
  async drawn(): Promise<string> {
    return (await this.lines()).map((line) => line.after).filter(Boolean).join("\n");
  }

  /** What can be clicked on above the lines. */
  async lens(): Promise<string> {
    return (await this.page.locator(".codelens-decoration").allInnerTexts()).join(" | ");
  }

  /** The suggestion at the cursor, empty without one; its lines stand below each other, without their breaks. */
  async ghost(): Promise<string> {
    return this.page.evaluate(() => {
      const spans = [...document.querySelectorAll<HTMLElement>(".ghost-text, .ghost-text-decoration")];
      const leaves = spans.filter((span) => !span.querySelector(".ghost-text, .ghost-text-decoration"));
      const placed = leaves.map((span) => {
        const { left } = span.getBoundingClientRect();
        const { top } = (span.closest(".view-line") ?? span).getBoundingClientRect();
        return { top, left, text: span.textContent ?? "" };
      });
      // the lines below the first one come first in the page
      placed.sort((one, other) => one.top - other.top || one.left - other.left);
      return placed.map(({ text }) => text).join("").replaceAll("\u00a0", " ");
    });
  }

  /** How many places decorations tint, on the screen. */
  async tinted(): Promise<number> {
    return this.page.evaluate(() => {
      const marks = [...document.querySelectorAll<HTMLElement>('.view-overlays .cdr[class*="ced-"]')];
      return marks.filter((mark) => getComputedStyle(mark).backgroundColor !== "rgba(0, 0, 0, 0)").length;
    });
  }

  /** Rests the pointer on a word, and gives the box that then tells of it. */
  async hover(word: string, says: string): Promise<Locator> {
    const box = this.page.locator(".monaco-resizable-hover, .monaco-hover").filter({ hasText: says }).first();
    await until(`what is told of ${word}`, async () => {
      await this.page.mouse.move(0, 0);
      await this.page.locator(".view-line span span", { hasText: word }).first().hover({ timeout: 2_000 });
      return box.waitFor({ timeout: 2_000 }).then(() => true, () => false);
    });
    return box;
  }

  /** The line of the cursor with its ghost text, and without it. */
  async sight(): Promise<Sight> {
    return this.page.evaluate(() => {
      const ghosts = ".ghost-text, .ghost-text-decoration";
      const written = (element: Element): string => (element.textContent ?? "").replaceAll("\u00a0", " ");
      const cursor = document.querySelector(".editor-instance .cursors-layer .cursor")?.getBoundingClientRect();
      const middle = cursor ? cursor.top + cursor.height / 2 : -1;
      const lines = [...document.querySelectorAll(".editor-instance .view-lines .view-line")];
      const line = lines.find((each) => {
        const { top, bottom } = each.getBoundingClientRect();
        return top <= middle && middle < bottom;
      });
      if (!line) return { shown: "", plain: "", below: [], seen: null };
      const bare = line.cloneNode(true) as Element;
      for (const ghost of bare.querySelectorAll(ghosts)) ghost.remove();
      const [shown, plain] = [written(line), written(bare)];
      const below = [...document.querySelectorAll(".editor-instance .view-zones .view-line")]
        .filter((each) => each.matches(ghosts) || each.querySelector(ghosts) || each.closest(ghosts))
        .map((each) => ({ top: each.getBoundingClientRect().top, text: written(each) }))
        .sort((one, other) => one.top - other.top)
        .map(({ text }) => text);
      return { shown, plain, below, seen: shown !== plain || below.length > 0 ? Date.now() : null };
    });
  }

  /** How many places are underlined as wrong. */
  async underlined(): Promise<number> {
    return this.page.locator(".editor-instance").locator(".squiggly-error, .squiggly-warning").count();
  }

  /** Opens the menu of what can be done at the cursor, within so many milliseconds; gives its rows. */
  async quickFixes(patience = 30_000): Promise<string[]> {
    await this.page.keyboard.press("Control+.");
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    await rows.first().waitFor({ timeout: patience });
    return rows.allInnerTexts();
  }

  /** The words of the status bar. */
  async status(): Promise<string> {
    return (await this.page.locator(".statusbar-item").allInnerTexts()).join(" | ");
  }

  /** The texts of the messages on the screen. */
  async toasts(): Promise<string[]> {
    return this.page.locator(".notification-list-item").allInnerTexts();
  }

  /** Takes back what is proposed or asked, the changes to the open file and what is told. */
  async tidy(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.command("File: Revert File");
    await this.command("Notifications: Clear All Notifications");
  }

  /** Saves, and gives the file as it then lies on the disk. */
  async save(file: string): Promise<string> {
    await this.page.keyboard.press("Control+s");
    await until("the file to be saved", async () => !(await this.dirty()));
    return this.saved(file);
  }

  /** Whether the open file has changes that are not on the disk. */
  async dirty(): Promise<boolean> {
    return (await this.page.locator(".tab.active.dirty").count()) > 0;
  }
}
