/** Ghost text comes from the language client; here is where it is asked for, and where it may soon be. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { CURSOR, type Status } from "./protocol";
import type { Server } from "./server";
import { SECTION } from "./settings";
import type { Place, Snooze } from "./snooze";

/** Milliseconds without a move, or a key, after which a cursor rests. */
const RESTING = 100;

/** Ask the server only where it would answer: a keystroke elsewhere costs nothing.
 *
 * @param status what the server said last; before it knows its languages it is asked everywhere
 * @param snooze where it sleeps unless it is asked by hand
 * @param answered is called after each answer
 */
export function ghostText(
  status: () => Status | undefined,
  snooze: Snooze,
  answered: () => void,
): Middleware {
  let shown = false;
  return {
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const automatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
      if (automatic && (snooze.at(placeOf(document)) !== "" || !isOn(document, status()))) {
        return undefined;
      }
      const items = await next(document, position, context, token);
      if (!token.isCancellationRequested) {
        answered();
        if (!shown && items && isShown(items)) {
          shown = true; // a step of the walkthrough is done
          void vscode.commands.executeCommand("setContext", "editdiff.ghostShown", true);
        }
      }
      return items;
    },
  };
}

/** Tell the server where the cursor came to rest, so that it has read the place before a key comes.
 *
 * @param status what the server said last
 * @param snooze where ghost text sleeps, nothing is read ahead
 */
export function watchCursor(
  server: Server,
  status: () => Status | undefined,
  snooze: Snooze,
): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  const tell = (document: vscode.TextDocument, position: vscode.Position): void => {
    const { current } = server;
    if (current.kind === "running" && snooze.at(placeOf(document)) === "" && isOn(document, status())) {
      const convert = current.client.code2ProtocolConverter;
      void current.client.sendNotification(CURSOR, {
        textDocument: convert.asTextDocumentIdentifier(document),
        position: convert.asPosition(position),
      });
    }
  };
  const watching = vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
    clearTimeout(timer);
    const [only, ...more] = selections;
    if (only?.isEmpty && more.length === 0 && textEditor.document.uri.scheme !== "output") {
      timer = setTimeout(() => tell(textEditor.document, only.active), RESTING);
    }
  });
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    watching.dispose();
  });
}

function isShown(items: vscode.InlineCompletionList | vscode.InlineCompletionItem[]): boolean {
  return ("items" in items ? items.items : items).length > 0;
}

/** Whether the user wants ghost text in a document, or where no document is open. */
export function isWanted(document: vscode.TextDocument | undefined): boolean {
  return vscode.workspace
    .getConfiguration(SECTION, document)
    .get<boolean>("ghostText.enabled", true);
}

/** The document of an editor, as far as sleep goes. */
export function placeOf(document: vscode.TextDocument): Place {
  return { uri: document.uri.toString(), language: document.languageId };
}

function isOn(document: vscode.TextDocument, status: Status | undefined): boolean {
  const known = status !== undefined && ["ready", "busy", "asleep"].includes(status.state);
  return isWanted(document) && (!known || status.languages.includes(document.languageId));
}
