/** The parts, joined. What an edit is, the server decides. */

import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { watchPythonExtension } from "./find";
import { ghostText } from "./ghost";
import { Lens } from "./lens";
import { createLogger } from "./logger";
import { Models } from "./models";
import { Proposals } from "./proposal";
import { SELECTOR, Server } from "./server";
import { SECTION } from "./settings";
import { Snooze } from "./snooze";
import { StatusView } from "./status";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const logger = createLogger();
  const snooze = new Snooze(() => status.draw());
  const middleware = ghostText(
    () => status.last,
    snooze,
    () => status.refreshSoon(),
  );
  const proposals = new Proposals(logger);
  const started = new Server(context, logger, middleware);
  const status = new StatusView(started, proposals, snooze, logger);
  const models = new Models(context.globalState, started, logger);
  server = started;
  started.onDidCreate((client) => proposals.attach(client));
  started.onDidChange(({ kind }) => {
    if (kind !== "running") {
      proposals.forget();
    }
  });
  const refresh = (): void => void started.refresh();
  const start = (): void => {
    refresh();
    void watchPythonExtension(refresh).then((watch) => watch && context.subscriptions.push(watch));
  };
  context.subscriptions.push(
    logger,
    started,
    status,
    proposals,
    vscode.languages.registerCodeLensProvider(SELECTOR, new Lens(proposals)),
    ...registerCommands(started, proposals, status, models, snooze, logger),
    vscode.window.onDidChangeActiveTextEditor(() => status.draw()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      start();
      void started.refresh().then(() => started.configure());
    }),
    vscode.workspace.onDidChangeConfiguration((change) => onSettings(change, started, status)),
  );
  start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

function onSettings(
  change: vscode.ConfigurationChangeEvent,
  server: Server,
  status: StatusView,
): void {
  if (change.affectsConfiguration(`${SECTION}.server`)) {
    void server.refresh().then(() => server.configure());
  } else if (change.affectsConfiguration(SECTION)) {
    void server.configure();
  }
  status.draw();
}
