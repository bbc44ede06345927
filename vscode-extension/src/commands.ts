/** The commands of package.json. The server's own have other ids: the language client registers those. */

import * as vscode from "vscode";
import { ExecuteCommandRequest, type LanguageClient } from "vscode-languageclient/node";
import type { Asking } from "./asking";
import type { Doubts } from "./doubts";
import { placeOf } from "./ghost";
import { PUT, put } from "./heatpainter";
import type { Logger } from "./logger";
import type { Models } from "./models";
import type { Proposals } from "./proposal";
import { FIX, FIX_CHANGED } from "./protocol";
import { SELECTOR, type Server } from "./server";
import { SECTION } from "./settings";
import type { Place, Snooze } from "./snooze";
import type { StatusView } from "./status";

type Fill = (client: LanguageClient, editor: vscode.TextEditor) => Promise<void>;

export function registerCommands(
  server: Server,
  proposals: Proposals,
  doubts: Doubts,
  status: StatusView,
  models: Models,
  snooze: Snooze,
  asking: Asking,
  logger: Logger,
): vscode.Disposable[] {
  const inEditor = (fill: Fill) => async (): Promise<void> => {
    const editor = editorOfFile();
    const client = editor && (await server.require());
    if (editor !== undefined && client !== undefined) {
      await fill(client, editor);
    }
  };
  const toggleDoubts = async (): Promise<void> => {
    const editor = editorOfFile();
    if (editor !== undefined) {
      await doubts.toggle(editor);
    }
  };
  const here = (sleep: (place: Place) => void) => (): void => {
    const editor = vscode.window.activeTextEditor;
    if (editor !== undefined) {
      sleep(placeOf(editor.document));
    }
  };
  /** With `ask`, as a key binding may have it, nobody is asked what is wanted. */
  const rewrite = async (said?: { ask?: unknown }): Promise<void> => {
    const editor = editorOfFile();
    if (editor === undefined) {
      return;
    }
    const host = status.last?.endpoint?.host ?? "";
    const ask = typeof said?.ask === "string" ? said.ask : await asking.ask(host);
    const client = ask === undefined ? undefined : await server.require();
    if (ask !== undefined && client !== undefined) {
      await proposals.rewriteSelection(client, editor, ask);
    }
  };
  const commands: Record<string, (hunk?: number) => unknown> = {
    infill: inEditor((client, editor) => proposals.fillSelections(client, editor)),
    fillAll: inEditor((client, editor) => proposals.fillAll(client, editor)),
    revise: inEditor((client, editor) => proposals.reviseSelection(client, editor)),
    fixProblem: inEditor(fixProblem),
    fixChanged: inEditor(fixChanged),
    accept: () => proposals.accept(),
    acceptHunk: (hunk?: number) => proposals.acceptHunk(hunk),
    rejectHunk: (hunk?: number) => proposals.rejectHunk(hunk),
    other: () => proposals.other(),
    reject: () => proposals.reject(),
    cancel: () => proposals.cancel(),
    toggleDoubts,
    toggleGhostText,
    getModel: () => models.choose(),
    snooze: () => snooze.forMinutes(),
    snoozeFile: here((place) => snooze.inFile(place)),
    snoozeLanguage: here((place) => snooze.inLanguage(place)),
    wake: () => snooze.wake(),
    install: () => server.install(),
    restart: () => server.refresh(true),
    showLog: () => logger.show(),
    openSettings: () => openSettings(),
    menu: () => status.menu(),
  };
  const registered = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`${SECTION}.${name}`, run),
  );
  registered.push(vscode.commands.registerCommand(`${SECTION}.rewrite`, rewrite));
  return [...registered, vscode.commands.registerCommand(PUT, put)];
}

/** The active editor; where that is none, or not of a file, the user is told. */
function editorOfFile(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined && vscode.languages.match(SELECTOR, editor.document) > 0) {
    return editor;
  }
  void vscode.window.showInformationMessage("editdiff works in the text editor, on files");
  return undefined;
}

/** Apply the only fix of the problem at the cursor, or let the user choose. */
async function fixProblem(): Promise<void> {
  const only = { kind: FIX, apply: "ifSingle" };
  await vscode.commands.executeCommand("editor.action.codeAction", only);
}

async function fixChanged(client: LanguageClient, { document }: vscode.TextEditor): Promise<void> {
  const textDocument = client.code2ProtocolConverter.asTextDocumentIdentifier(document);
  await client.sendRequest(ExecuteCommandRequest.type, {
    command: FIX_CHANGED,
    arguments: [{ textDocument }],
  });
}

async function toggleGhostText(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const enabled = configuration.get<boolean>("ghostText.enabled", true);
  await configuration.update("ghostText.enabled", !enabled, vscode.ConfigurationTarget.Global);
}

async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openSettings", "@ext:editdiff.editdiff");
}
