/** The parts, joined. What an edit is, the server decides. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { Asking } from "./asking";
import { registerCommands } from "./commands";
import { Doubts } from "./doubts";
import { watchPythonExtension } from "./find";
import { ghostText, watchCursor } from "./ghost";
import { Lens } from "./lens";
import { createLogger } from "./logger";
import { Models } from "./models";
import { Proposals } from "./proposal";
import { ProposalHover } from "./proposalhover";
import { SELECTOR, Server } from "./server";
import { AT_START, SECTION } from "./settings";
import { Snooze } from "./snooze";
import { StatusView } from "./status";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const logger = createLogger();
  const snooze = new Snooze(() => status.draw());
  const middleware: Middleware = {
    ...ghostText(
      () => status.last,
      snooze,
      () => status.refreshSoon(),
    ),
    provideHover: () => undefined, // the server's is for editors that draw no heat-map
  };
  const proposals = new Proposals(logger);
  const started = new Server(context, logger, middleware);
  const status = new StatusView(started, proposals, snooze, logger);
  const doubts = new Doubts(started, logger);
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
    doubts,
    models,
    vscode.languages.registerHoverProvider(SELECTOR, new ProposalHover(proposals, logger)),
    vscode.languages.registerCodeLensProvider(SELECTOR, new Lens(proposals)),
    ...registerCommands(started, proposals, doubts, status, models, snooze, new Asking(context.globalState), logger),
    vscode.window.onDidChangeActiveTextEditor(() => status.draw()),
    watchCursor(started, () => status.last, snooze),
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
  if (AT_START.some((name) => change.affectsConfiguration(name))) {
    void server.refresh(true);
  } else if (change.affectsConfiguration(`${SECTION}.server`)) {
    void server.refresh().then(() => server.configure());
  } else if (change.affectsConfiguration(SECTION)) {
    void server.configure();
  }
  status.draw();
}
