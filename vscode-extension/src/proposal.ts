/** A region from the time it is asked for until what is proposed for it is accepted, rejected or dropped. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import {
  CodeActionRequest,
  ExecuteCommandRequest,
  LSPErrorCodes,
  ResponseError,
  WorkDoneProgress,
  type CodeAction,
  type LanguageClient,
  type Range,
  type RequestType,
} from "vscode-languageclient/node";
import { draftLines, textLines } from "./draw";
import { Painter, type Picture } from "./drafts";
import { hunkAt, hunksOf } from "./hunks";
import { complain, type Logger } from "./logger";
import {
  ACCEPT,
  DRAFT,
  DROPPED,
  FILL,
  FILL_ALL,
  MOVED,
  OTHER,
  REJECT,
  REVISE,
  REWRITE,
  type Draft,
  type Dropped,
  type FillParams,
  type FillResult,
  type Gap,
  type Moved,
  type None,
  type OtherParams,
  type Proposal,
  type ReviseParams,
  type RewriteParams,
} from "./protocol";

/** What a request for a first draft is asked with. */
type Asking = FillParams | ReviseParams | RewriteParams;

/** A request under way. */
interface Filling {
  kind: "filling";
  client: LanguageClient;
  uri: string;
  /** Names its drafts and its progress. */
  token: string;
  stop: vscode.CancellationTokenSource;
  /** How far it has come, in the server's words. */
  progress: string;
  /** What is proposed until there is another. */
  before: Proposed | undefined;
}

interface Proposed {
  kind: "proposed";
  client: LanguageClient;
  proposal: Proposal;
}

export type State = { kind: "idle" } | Filling | Proposed;

const IDLE: State = { kind: "idle" };
const OTHER_DRAFT = "Other Draft";
/** Milliseconds that a word in the status bar stays. */
const BRIEFLY = 5000;

/** One region at a time; all that is decided about its text is decided by the server. */
export class Proposals implements vscode.Disposable {
  private state: State = IDLE;
  private readonly context = new Map<string, boolean>();
  private readonly painter = new Painter();
  private readonly changed = new vscode.EventEmitter<State>();
  readonly onDidChange = this.changed.event;
  private readonly watches = vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(() => this.setContext()),
    vscode.window.onDidChangeTextEditorSelection(() => this.setContext()),
  );

  constructor(private readonly logger: Logger) {}

  get current(): State {
    return this.state;
  }

  /** Hear what a new client's server says, and forget what the one before proposed. */
  attach(client: LanguageClient): void {
    this.set(IDLE);
    client.onNotification(DRAFT, (draft) => this.onDraft(draft));
    client.onNotification(MOVED, (moved) => this.onMoved(moved));
    client.onNotification(DROPPED, (dropped) => this.onDropped(dropped));
  }

  /** The server is gone, and with it what it proposed. */
  forget(): void {
    this.set(IDLE);
  }

  /** Ask for the text of an editor's selections; an empty one is a place to insert. */
  async fillSelections(client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
    const convert = client.code2ProtocolConverter;
    const ranges = editor.selections.map((each) => convert.asRange(each));
    const textDocument = convert.asVersionedTextDocumentIdentifier(editor.document);
    await this.overSelections(editor, () => this.fill(client, { textDocument, ranges }));
  }

  /** Ask which parts of an editor's selection are done again, and how. */
  async reviseSelection(client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
    const convert = client.code2ProtocolConverter;
    const range = convert.asRange(editor.selection);
    const textDocument = convert.asVersionedTextDocumentIdentifier(editor.document);
    await this.overSelections(editor, () =>
      this.begin(client, REVISE, { textDocument, range }, []),
    );
  }

  /** Ask for an editor's selection, or the line of its cursor, as somebody wants it. */
  async rewriteSelection(
    client: LanguageClient,
    editor: vscode.TextEditor,
    ask: string,
  ): Promise<void> {
    const { document, selection } = editor;
    const convert = client.code2ProtocolConverter;
    const whole = selection.isEmpty ? document.lineAt(selection.active.line).range : selection;
    const range = convert.asRange(whole);
    const textDocument = convert.asVersionedTextDocumentIdentifier(document);
    await this.overSelections(editor, () =>
      this.begin(client, REWRITE, { textDocument, range, ask }, []),
    );
  }

  /** Ask for the text of all gaps that the server finds in a document, and go to the first. */
  async fillAll(client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const end = document.lineAt(document.lineCount - 1).range.end;
    const whole = new vscode.Range(new vscode.Position(0, 0), end);
    const actions = await client.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: client.code2ProtocolConverter.asUri(document.uri) },
      range: client.code2ProtocolConverter.asRange(whole),
      context: { diagnostics: [], only: [FILL_ALL] },
    });
    const [params] = (actions ?? []).flatMap((action) => paramsOf(action as CodeAction));
    if (params === undefined) {
      void vscode.window.showInformationMessage(
        "editdiff: this file has no gaps; the setting editdiff.markers says what marks one, and inside of strings and comments nothing does",
      );
      return;
    }
    const [first] = params.ranges.map((range) => client.protocol2CodeConverter.asRange(range));
    if (first !== undefined) {
      editor.selection = new vscode.Selection(first.start, first.start);
      editor.revealRange(first, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    await this.fill(client, params);
  }

  /** Ask for another draft of what is proposed. */
  async other(): Promise<void> {
    if (this.state.kind === "proposed") {
      const { client, proposal } = this.state;
      await this.ask(client, proposal.uri, OTHER, { id: proposal.id }, this.state);
    }
  }

  /** Have the server put what is proposed, or one hunk of it, into the document. */
  async accept(hunk?: number): Promise<void> {
    if (this.state.kind === "proposed") {
      const { client, proposal } = this.state;
      const { gaps, version } = proposal;
      this.hide(hunk); // before the edit: what it replaces is not struck out any more
      const applied: unknown = await client.sendRequest(ExecuteCommandRequest.type, {
        command: ACCEPT,
        arguments: hunk === undefined ? [proposal.id] : [proposal.id, hunk],
      });
      if (applied !== true) {
        vscode.window.setStatusBarMessage("editdiff: the proposal was not applied", BRIEFLY);
        const now = this.current;
        if (now.kind === "proposed" && now.proposal === proposal && proposal.version === version) {
          proposal.gaps = gaps;
          this.set(now);
        }
      }
    }
  }

  async reject(hunk?: number): Promise<void> {
    if (this.state.kind === "proposed") {
      const { client, proposal } = this.state;
      this.hide(hunk);
      await client.sendNotification(REJECT, {
        id: proposal.id,
        ...(hunk !== undefined && { hunk }),
      });
    }
  }

  /** Accept one hunk; unless it is named, that in the line of the cursor. */
  async acceptHunk(hunk = this.hunkHere()): Promise<void> {
    if (hunk !== undefined) {
      await this.accept(hunk);
    }
  }

  /** Reject one hunk; unless it is named, that in the line of the cursor. */
  async rejectHunk(hunk = this.hunkHere()): Promise<void> {
    if (hunk !== undefined) {
      await this.reject(hunk);
    }
  }

  /** The number of the hunk in the line of the cursor, where parts of a proposal can be taken alone. */
  private hunkHere(): number | undefined {
    const line = vscode.window.activeTextEditor?.selection.active.line;
    const { state } = this;
    return state.kind === "proposed" && line !== undefined
      ? hunkAt(state.proposal.gaps, line)
      : undefined;
  }

  /** End the request under way; what was proposed before it is shown again. */
  cancel(): void {
    if (this.state.kind === "filling") {
      this.state.stop.cancel();
      this.set(this.state.before ?? IDLE);
    }
  }

  dispose(): void {
    this.set(IDLE);
    this.painter.dispose();
    this.changed.dispose();
    this.watches.dispose();
  }

  /** Do something with an editor's selections, which become carets unless nothing comes of it. */
  private async overSelections(
    editor: vscode.TextEditor,
    work: () => Promise<void>,
  ): Promise<void> {
    const { selections } = editor;
    const carets = selections.map(({ active }) => new vscode.Selection(active, active));
    editor.selections = carets; // the colour of a selection would hide what is drawn over it
    await work();
    if (this.state.kind === "idle" && same(editor.selections, carets)) {
      editor.selections = selections; // it was cancelled, or nothing came of it
    }
  }

  private async fill(client: LanguageClient, params: FillParams): Promise<void> {
    await this.begin(client, FILL, params, params.ranges);
  }

  /** Ask for a first draft, in place of what is proposed; until it comes the `hidden` ranges are struck out. */
  private async begin<P extends Asking>(
    client: LanguageClient,
    request: RequestType<P, FillResult, void>,
    params: P,
    hidden: Range[],
  ): Promise<void> {
    this.cancel();
    await this.reject();
    const { uri, version } = params.textDocument;
    const asked = this.ask(client, uri, request, params, undefined);
    if (versionOf(uri) === version) {
      const gaps = hidden.map((range) => ({ range, lines: [] }));
      this.painter.show(picture(client, uri, gaps));
    }
    await asked;
  }

  /** Draw no more what is taken or rejected: all, or one of several hunks. */
  private hide(hunk?: number): void {
    if (this.state.kind !== "proposed") {
      return;
    }
    const { proposal } = this.state;
    const left = proposal.gaps.filter((gap) => hunk !== undefined && gap.hunk !== hunk);
    proposal.gaps = left;
    this.set(left.length === 0 ? IDLE : this.state);
  }

  /** Send a request for a proposal, show its drafts, and what comes of it. */
  private async ask<P extends Asking | OtherParams>(
    client: LanguageClient,
    uri: string,
    { method }: RequestType<P, FillResult, void>,
    params: P,
    before: Proposed | undefined,
  ): Promise<void> {
    const token = randomUUID();
    const stop = new vscode.CancellationTokenSource();
    const filling: Filling = { kind: "filling", client, uri, token, stop, progress: "", before };
    const progress = client.onProgress(WorkDoneProgress.type, token, (step) => {
      if (this.state === filling && "message" in step) {
        filling.progress = step.message ?? "";
        this.changed.fire(filling);
      }
    });
    this.set(filling);
    try {
      const asked = { ...params, draftToken: token, workDoneToken: token };
      const result = await client.sendRequest<FillResult>(method, asked, stop.token);
      this.onResult(filling, result);
    } catch (error) {
      this.onFailure(filling, error);
    } finally {
      progress.dispose();
      stop.dispose();
    }
  }

  private onResult(filling: Filling, result: FillResult): void {
    if (this.state !== filling) {
      if (result.kind === "proposal" && result.id !== filling.before?.proposal.id) {
        void filling.client.sendNotification(REJECT, { id: result.id });
      }
    } else if (result.kind === "proposal") {
      this.set({ kind: "proposed", client: filling.client, proposal: result });
    } else {
      this.set(filling.before ?? IDLE);
      void this.tellNone(filling, result);
    }
  }

  private onFailure(filling: Filling, error: unknown): void {
    const cancelled =
      error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled;
    if (!cancelled && !filling.stop.token.isCancellationRequested) {
      void complain(this.logger, `editdiff: the request failed: ${String(error)}`);
    }
    if (this.state === filling) {
      this.set(filling.before ?? IDLE);
    }
  }

  /** Say why there is no proposal. */
  private async tellNone({ client, uri }: Filling, { id, reason, hint }: None): Promise<void> {
    const sentence = `editdiff: ${reason}${hint === "" ? "" : `; ${hint}`}`;
    this.logger.info(sentence);
    if (versionOf(uri) === undefined) {
      return; // who closed the document knows
    }
    const buttons = id === null ? [] : [OTHER_DRAFT];
    const chosen = await vscode.window.showInformationMessage(sentence, ...buttons);
    if (chosen === OTHER_DRAFT && id !== null && this.state.kind !== "filling") {
      const before = this.state.kind === "proposed" ? this.state : undefined;
      await this.ask(client, uri, OTHER, { id }, before);
    }
  }

  private onDraft(draft: Draft): void {
    if (this.state.kind !== "filling" || this.state.token !== draft.token) {
      return;
    }
    const { client, uri } = this.state;
    if (versionOf(uri) === draft.version) {
      const gaps = draft.gaps.map(({ range, places }) => ({ range, lines: draftLines(places) }));
      this.painter.show(picture(client, uri, gaps));
    }
  }

  private onMoved({ id, version, gaps }: Moved): void {
    const proposed = this.state.kind === "filling" ? this.state.before : this.state;
    if (proposed?.kind === "proposed" && proposed.proposal.id === id) {
      Object.assign(proposed.proposal, { version, gaps });
      this.set(this.state);
    }
  }

  private onDropped({ id, reason }: Dropped): void {
    if (this.state.kind === "filling" && this.state.before?.proposal.id === id) {
      this.state.before = undefined;
    } else if (this.state.kind === "proposed" && this.state.proposal.id === id) {
      this.set(IDLE);
      vscode.window.setStatusBarMessage(`editdiff: ${reason}`, BRIEFLY);
    }
  }

  private set(state: State): void {
    this.state = state;
    if (state.kind === "idle") {
      this.painter.show(undefined);
    } else if (state.kind === "proposed") {
      const { client, proposal } = state;
      // where the user typed since, the editor moves what is drawn until the server does
      if (versionOf(proposal.uri) === proposal.version) {
        this.painter.show(picture(client, proposal.uri, proposal.gaps.map(shown)));
      }
    }
    this.setContext();
    this.changed.fire(state);
  }

  /** Say to the key bindings what they can act on in the active editor. */
  private setContext(): void {
    const { state } = this;
    const editor = vscode.window.activeTextEditor;
    const uri = editor?.document.uri.toString();
    const proposed = state.kind === "proposed" && state.proposal.uri === uri;
    const line = editor?.selection.active.line ?? -1;
    const near =
      proposed &&
      state.proposal.gaps.some(({ range }) => range.start.line <= line && line <= range.end.line);
    this.say("editdiff.busy", state.kind === "filling" && state.uri === uri);
    this.say("editdiff.proposal", proposed);
    this.say("editdiff.atProposal", near);
    this.say("editdiff.hunks", proposed && hunksOf(state.proposal.gaps).length > 1);
  }

  private say(key: string, value: boolean): void {
    if (this.context.get(key) !== value) {
      this.context.set(key, value);
      void vscode.commands.executeCommand("setContext", key, value);
    }
  }
}

function same(a: readonly vscode.Selection[], b: readonly vscode.Selection[]): boolean {
  return a.length === b.length && a.every((each, index) => b[index]?.isEqual(each));
}

function picture(
  client: LanguageClient,
  uri: string,
  gaps: { range: Range; lines: ReturnType<typeof textLines>; text?: string }[],
): Picture {
  const convert = client.protocol2CodeConverter;
  return { uri, gaps: gaps.map((gap) => ({ ...gap, range: convert.asRange(gap.range) })) };
}

function shown(gap: Gap): Gap & { lines: ReturnType<typeof textLines> } {
  return { ...gap, lines: textLines(gap.text) };
}

function versionOf(uri: string): number | undefined {
  const { textDocuments } = vscode.workspace;
  return textDocuments.find((document) => document.uri.toString() === uri)?.version;
}

/** What an action of the server would fill. */
function paramsOf(action: CodeAction): FillParams[] {
  const data = action.data as { params?: FillParams } | undefined;
  return data?.params === undefined ? [] : [data.params];
}
