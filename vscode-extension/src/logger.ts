/** The output channel "editdiff": our own lines, the server's, and pip's. */

import * as vscode from "vscode";

export type Logger = vscode.LogOutputChannel;

export const SHOW_LOG = "Show Log";

export function createLogger(): Logger {
  return vscode.window.createOutputChannel("editdiff", { log: true });
}

/** Say one sentence, with buttons, *Show Log* the last; return the button that was chosen. */
export async function complain(
  logger: Logger,
  sentence: string,
  ...buttons: string[]
): Promise<string | undefined> {
  logger.error(sentence);
  const chosen = await vscode.window.showErrorMessage(sentence, ...buttons, SHOW_LOG);
  if (chosen === SHOW_LOG) {
    logger.show();
  }
  return chosen;
}
