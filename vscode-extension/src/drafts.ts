/** The decorations of a region that is being resolved, and of what is proposed for it. */

import * as vscode from "vscode";
import { labels, struck, visible, type Label, type Line, type Style } from "./draw";

/** A gap as it is to be seen: the old text struck out, the lines of the new behind it. */
export interface Shown {
  range: vscode.Range;
  lines: Line[];
  /** The new text, for the pointer that rests on the old; undefined while it is a draft. */
  text?: string;
}

/** What is shown in one document. */
export interface Picture {
  uri: string;
  gaps: Shown[];
}

const COLORS: Record<Style, string> = {
  settled: "editdiff.settledForeground",
  guessed: "editdiff.guessedForeground",
  masked: "editdiff.maskedForeground",
  proposed: "editdiff.proposedForeground",
  sign: "editdiff.guessedForeground",
};
/** Room between old text and new at the end of a line. */
const MARGIN = "0 0 0 1ch";

/** Most runs of different looks in one label. */
const SLOTS = 32;

export class Painter implements vscode.Disposable {
  private readonly replaced = vscode.window.createTextEditorDecorationType({
    textDecoration: "line-through",
    color: new vscode.ThemeColor("editdiff.replacedForeground"),
    backgroundColor: new vscode.ThemeColor("editdiff.replacedBackground"),
    overviewRulerColor: new vscode.ThemeColor("editdiff.settledForeground"),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });
  /** One for each run of a label: what stands at one place is drawn in the order of these keys. */
  private readonly slots = Array.from({ length: SLOTS }, () =>
    vscode.window.createTextEditorDecorationType({
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  ).sort((a, b) => (`${a.key}-` < `${b.key}-` ? -1 : 1));
  private readonly used = new WeakMap<vscode.TextEditor, number>();
  private picture: Picture | undefined;
  private readonly watch = vscode.window.onDidChangeVisibleTextEditors((editors) => {
    editors.forEach((editor) => this.draw(editor));
  });

  /** Show a picture in all editors of its document, instead of the one before; undefined clears. */
  show(picture: Picture | undefined): void {
    this.picture = picture;
    vscode.window.visibleTextEditors.forEach((editor) => this.draw(editor));
  }

  dispose(): void {
    vscode.Disposable.from(this.watch, this.replaced, ...this.slots).dispose();
  }

  private draw(editor: vscode.TextEditor): void {
    const ours = this.picture?.uri === editor.document.uri.toString();
    const gaps = ours && this.picture ? this.picture.gaps : [];
    editor.setDecorations(
      this.replaced,
      gaps.flatMap((gap) => replacedOptions(gap, editor.document)),
    );
    const found = gaps.flatMap((gap) => labelsOf(gap, editor.document));
    const needed = Math.max(0, ...found.map(({ runs }) => runs.length));
    for (const [index, slot] of this.slots.entries()) {
      if (index < needed || index < (this.used.get(editor) ?? 0)) {
        const options = found.flatMap((label) => runOptions(label, index, editor));
        editor.setDecorations(slot, options);
      }
    }
    this.used.set(editor, needed);
  }
}

function linesOf(gap: Shown, document: vscode.TextDocument): [vscode.Position, string[]] {
  const range = document.validateRange(gap.range);
  return [range.start, document.getText(range).split(/\r\n|\r|\n/)];
}

function labelsOf(gap: Shown, document: vscode.TextDocument): Label[] {
  return labels(...linesOf(gap, document), gap.lines, SLOTS);
}

function replacedOptions(gap: Shown, document: vscode.TextDocument): vscode.DecorationOptions[] {
  const hover = new vscode.MarkdownString().appendCodeblock(gap.text ?? "", document.languageId);
  return struck(...linesOf(gap, document)).map(({ line, character, end }) => ({
    range: new vscode.Range(line, character, line, end),
    ...(gap.text !== undefined && { hoverMessage: hover }),
  }));
}

function runOptions(
  { line, character, runs }: Label,
  index: number,
  editor: vscode.TextEditor,
): vscode.DecorationOptions[] {
  const run = runs[index];
  if (run === undefined) {
    return [];
  }
  const { text } = editor.document.lineAt(line);
  const apart = index === 0 && character === text.length && text.trim() !== "";
  const after: vscode.ThemableDecorationAttachmentRenderOptions = {
    contentText: visible(run.text, Number(editor.options.tabSize)),
    color: new vscode.ThemeColor(COLORS[run.style]),
    ...(run.style === "proposed" && {
      backgroundColor: new vscode.ThemeColor("editdiff.proposedBackground"),
    }),
    ...(apart && { margin: MARGIN }),
  };
  return [{ range: new vscode.Range(line, character, line, character), renderOptions: { after } }];
}
