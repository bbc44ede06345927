/** Ghost text comes from the language client; here is only where it is asked for. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { Status } from "./protocol";
import { SECTION } from "./settings";
import type { Place, Snooze } from "./snooze";

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
