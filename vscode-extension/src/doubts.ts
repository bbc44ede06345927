/** The heat-map: what the model doubts of a file, tinted while it is on.
 *
 * What is shown is read first, then the lines around it. The server reads when nothing more urgent is to be done. An
 * edit takes away what was said of its lines at once; they are read again when the user pauses.
 */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { LSPErrorCodes, ResponseError, WorkDoneProgress, type LanguageClient } from "vscode-languageclient/node";
import { inStatusBar } from "./doubtwords";
import { around, Heat, wanted, type Lines } from "./heat";
import { HeatPainter } from "./heatpainter";
import type { Logger } from "./logger";
import { REVIEW, REVIEW_PART, type ReviewPart, type ReviewResult } from "./protocol";
import type { Server } from "./server";
import { SECTION } from "./settings";

/** Milliseconds without an edit after which its lines are read again. */
const PAUSE = 1000;
/** Milliseconds without scrolling after which what is shown then is read first. */
const REST = 300;

/** A file whose heat-map is on. */
interface Watched {
  document: vscode.TextDocument;
  heat: Heat;
  calibrated: boolean;
  /** The request under way. */
  reading: vscode.CancellationTokenSource | undefined;
  /** How far it is. */
  percent: number;
  /** Until the next look at what is to be read. */
  timer: NodeJS.Timeout | undefined;
  /** The lines that are read at most, as things are shown now. */
  near: Lines;
}

export class Doubts implements vscode.Disposable {
  private readonly files = new Map<string, Watched>();
  private readonly painter = new HeatPainter();
  private readonly item = vscode.window.createStatusBarItem("editdiff.doubts", vscode.StatusBarAlignment.Right, 99);
  private readonly watches: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private readonly logger: Logger,
  ) {
    this.item.name = "editdiff: doubts";
    this.item.command = "editdiff.toggleDoubts";
    this.watches = vscode.Disposable.from(
      server.onDidChange(({ kind }) => this.onServer(kind === "running")),
      vscode.workspace.onDidChangeTextDocument((change) => this.onEdit(change)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.off(uri.toString())),
      vscode.workspace.onDidChangeConfiguration((change) => this.onSettings(change)),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => this.onScroll(textEditor)),
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((each) => this.onShown(each))),
      vscode.window.onDidChangeActiveTextEditor(() => this.say()),
    );
  }

  /** Turn the heat-map of an editor's file on, or off. */
  async toggle(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const uri = document.uri.toString();
    if (this.off(uri) || (await this.server.require()) === undefined) {
      return;
    }
    const near = { first: 0, end: 0 };
    const rest = { calibrated: true, reading: undefined, percent: 0, timer: undefined, near };
    const file: Watched = { document, heat: new Heat(), ...rest };
    this.files.set(uri, file);
    this.say();
    void this.read(file);
    if (document.lineCount > most()) {
      void vscode.window.showInformationMessage(
        `editdiff: of the ${document.lineCount} lines of this file the ${most()} nearest to what is shown are read for doubts (editdiff.doubts.lines)`,
      );
    }
  }

  dispose(): void {
    [...this.files.keys()].forEach((uri) => this.off(uri));
    vscode.Disposable.from(this.watches, this.painter, this.item).dispose();
  }

  /** Turn a file's heat-map off; whether it was on. */
  private off(uri: string): boolean {
    const file = this.files.get(uri);
    if (file === undefined) {
      return false;
    }
    this.files.delete(uri);
    stop(file);
    editorsOf(file).forEach((editor) => this.painter.draw(editor, [], true));
    this.say();
    return true;
  }

  /** Read what is to be read of a file, until nothing is left, or something happens to it. */
  private async read(file: Watched): Promise<void> {
    const { current } = this.server;
    const [editor] = editorsOf(file);
    if (current.kind !== "running" || editor === undefined) {
      return; // it goes on when the server runs, and the file is shown
    }
    const shown = linesOf(editor);
    if (file.reading !== undefined && file.heat.unread(shown).length === 0) {
      return;
    }
    stop(file);
    file.near = around(shown, most(), file.document.lineCount);
    const lines = wanted(file.heat, shown, file.near);
    if (lines.length > 0) {
      const reading = new vscode.CancellationTokenSource();
      Object.assign(file, { reading, percent: 0 });
      this.say();
      await this.ask(current.client, file, lines, reading);
    }
  }

  private async ask(
    client: LanguageClient,
    file: Watched,
    lines: readonly Lines[],
    reading: vscode.CancellationTokenSource,
  ): Promise<void> {
    const { document } = file;
    const { version } = document;
    const [partialResultToken, workDoneToken] = [randomUUID(), randomUUID()];
    const holds = (): boolean => file.reading === reading && document.version === version;
    const watches = vscode.Disposable.from(
      client.onProgress(REVIEW_PART, partialResultToken, ({ parts }) => {
        if (holds()) {
          parts.forEach((part) => this.take(client, file, part));
        }
      }),
      client.onProgress(WorkDoneProgress.type, workDoneToken, (step) => {
        if (file.reading === reading && step.kind === "report") {
          file.percent = step.percentage ?? file.percent;
          this.say();
        }
      }),
    );
    const params = {
      textDocument: client.code2ProtocolConverter.asVersionedTextDocumentIdentifier(document),
      ranges: lines.map(({ first, end }) => ({ start: { line: first, character: 0 }, end: { line: end, character: 0 } })),
      least: vscode.workspace.getConfiguration(SECTION, document).get<number>("doubts.least", 0.03),
      partialResultToken,
      workDoneToken,
    };
    try {
      const result = await client.sendRequest(REVIEW, params, reading.token);
      if (holds()) {
        this.onResult(file, lines, result);
      }
    } catch (error) {
      const ended = error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled;
      if (!ended && !reading.token.isCancellationRequested) {
        this.logger.warn(`doubts: ${String(error)}`); // the server has ended: its next start goes on
      }
    } finally {
      watches.dispose();
      if (file.reading === reading) {
        file.reading = undefined;
        this.say();
      }
    }
  }

  private onResult(file: Watched, lines: readonly Lines[], result: ReviewResult): void {
    if (result.kind === "none") {
      this.off(file.document.uri.toString());
      const hint = result.hint === "" ? "" : `; ${result.hint}`;
      void vscode.window.showInformationMessage(`editdiff: ${result.reason}${hint}`);
      return;
    }
    file.calibrated = result.calibrated;
    for (const each of lines.flatMap((asked) => file.heat.unread(asked))) {
      file.heat.take(each, []); // an empty last line, or what is too long to be read
    }
    this.draw(file);
    this.later(file, 0); // something else may be shown by now
  }

  private take(client: LanguageClient, file: Watched, { range, doubts }: ReviewPart): void {
    const marks = doubts.map((doubt) => ({ ...doubt, range: client.protocol2CodeConverter.asRange(doubt.range) }));
    const end = range.end.character > 0 ? range.end.line + 1 : range.end.line;
    file.heat.take({ first: range.start.line, end }, marks);
    this.draw(file);
  }

  private draw(file: Watched): void {
    editorsOf(file).forEach((editor) => this.painter.draw(editor, file.heat.marks, file.calibrated));
    this.say();
  }

  private onEdit({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const file = this.files.get(document.uri.toString());
    if (file !== undefined && contentChanges.length > 0) {
      stop(file);
      contentChanges.forEach(({ range, text }) => file.heat.edit(range, text));
      this.draw(file);
      this.later(file, PAUSE);
    }
  }

  private onScroll(editor: vscode.TextEditor): void {
    const file = this.files.get(editor.document.uri.toString());
    if (file !== undefined) {
      this.later(file, REST);
    }
  }

  private onShown(editor: vscode.TextEditor): void {
    const file = this.files.get(editor.document.uri.toString());
    if (file !== undefined) {
      this.draw(file); // an editor that was hidden has lost its decorations
      this.later(file, REST);
    }
  }

  private onServer(runs: boolean): void {
    for (const file of this.files.values()) {
      stop(file);
      if (runs) {
        this.later(file, 0);
      }
    }
    this.say();
  }

  /** Other places count from now on: begin again. */
  private onSettings(change: vscode.ConfigurationChangeEvent): void {
    if (change.affectsConfiguration(`${SECTION}.doubts`) || change.affectsConfiguration(`${SECTION}.model`)) {
      for (const file of this.files.values()) {
        file.heat = new Heat();
        this.draw(file);
        this.later(file, REST);
      }
    }
  }

  private later(file: Watched, milliseconds: number): void {
    clearTimeout(file.timer);
    file.timer = setTimeout(() => void this.read(file), milliseconds);
  }

  /** Say in the status bar what the active editor's heat-map has. */
  private say(): void {
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    const file = uri === undefined ? undefined : this.files.get(uri);
    if (file === undefined) {
      this.item.hide();
      return;
    }
    const { heat, reading, percent, near, calibrated, document } = file;
    this.item.text = inStatusBar(heat.marks.length, reading && percent);
    const part = near.end - near.first < document.lineCount;
    this.item.tooltip = [
      "The heat-map of doubts is on; a click turns it off",
      part ? `Of ${document.lineCount} lines those near to what is shown are read, now ${near.first + 1} to ${near.end}` : "",
      calibrated ? "" : "How often such a doubt is right was not measured of this model",
    ]
      .filter((line) => line !== "")
      .join("\n");
    this.item.show();
  }
}

function stop(file: Watched): void {
  clearTimeout(file.timer);
  file.reading?.cancel();
  file.reading?.dispose();
  file.reading = undefined;
}

function most(): number {
  return vscode.workspace.getConfiguration(SECTION).get<number>("doubts.lines", 600);
}

/** The editors that show a file, the active one first. */
function editorsOf({ document }: Watched): vscode.TextEditor[] {
  const { visibleTextEditors, activeTextEditor } = vscode.window;
  const found = visibleTextEditors.filter((editor) => editor.document === document);
  return found.sort((a, b) => Number(b === activeTextEditor) - Number(a === activeTextEditor));
}

/** The lines that an editor shows. */
function linesOf({ visibleRanges, document }: vscode.TextEditor): Lines {
  const first = Math.min(document.lineCount - 1, ...visibleRanges.map(({ start }) => start.line));
  const last = Math.max(first, ...visibleRanges.map(({ end }) => end.line));
  return { first, end: Math.min(last + 1, document.lineCount) };
}
