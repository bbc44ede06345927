/** The server's life: decide which, start it, start another when the decision changes. */

import { mkdir } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State as ClientState,
  type LanguageClientOptions,
  type Middleware,
} from "vscode-languageclient/node";
import { ask, gather } from "./find";
import { install } from "./install";
import { complain, SHOW_LOG, type Logger } from "./logger";
import { commandLine, decide, withoutPython, type Decision } from "./resolve";
import { optionsFor, reader, SECTION } from "./settings";
import { WHEEL } from "./wheel";

/** Documents that are edited; in a remote window, too, these are their schemes for an extension. */
export const SELECTOR = [
  { scheme: "file" },
  { scheme: "untitled" },
  { scheme: "vscode-notebook-cell" },
];

const INSTALL = "Install editdiff";
const SETTINGS = "Open Settings";

export type ServerState =
  | { kind: "looking" | "starting" | "stopped" }
  | { kind: "running"; client: LanguageClient; decision: Decision & { kind: "found" } }
  | { kind: "absent"; decision: Decision & { kind: "wrong" | "missing" } };

export class Server implements vscode.Disposable {
  private state: ServerState = { kind: "looking" };
  private client: LanguageClient | undefined;
  private decision: Decision | undefined;
  private shared = true;
  private wanted: { anew: boolean } | undefined;
  private settling: Promise<void> | undefined;
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChange = this.changed.event;
  private readonly created = new vscode.EventEmitter<LanguageClient>();
  /** A client was made that is not started yet. */
  readonly onDidCreate = this.created.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly logger: Logger,
    private readonly middleware: Middleware,
  ) {}

  get current(): ServerState {
    return this.state;
  }

  /** Decide again, and restart where the decision is another one or `anew` asks for it.
   *
   * What is asked for meanwhile is done once, after that.
   */
  refresh(anew = false): Promise<void> {
    this.wanted = { anew: anew || (this.wanted?.anew ?? false) };
    this.settling ??= this.settle().finally(() => (this.settling = undefined));
    return this.settling;
  }

  /** The client of a running server; where there is none, the user is told why. */
  async require(): Promise<LanguageClient | undefined> {
    await this.settling;
    await this.client?.start().catch(() => undefined); // it may be starting again after a crash
    if (this.state.kind === "running") {
      return this.state.client;
    }
    if (this.state.kind === "absent") {
      void this.explain(this.state.decision);
    } else {
      void complain(this.logger, "editdiff: the server does not run");
    }
    return undefined;
  }

  /** Tell the server the settings as they are now. */
  async configure(): Promise<void> {
    if (this.state.kind === "running") {
      const settings = { [SECTION]: currentOptions() };
      await this.state.client.sendNotification(DidChangeConfigurationNotification.type, { settings });
    }
  }

  /** Install the server from the wheel of this extension, and start it. */
  async install(): Promise<void> {
    if (WHEEL === null) {
      void complain(this.logger, "editdiff: this build of the extension carries no wheel");
    } else if (await install(this.context, WHEEL, this.logger)) {
      await this.refresh(true);
    }
  }

  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.dispose().catch((error: unknown) => this.logger.warn(String(error)));
  }

  dispose(): void {
    this.changed.dispose();
    this.created.dispose();
  }

  private async settle(): Promise<void> {
    while (this.wanted !== undefined) {
      const { anew } = this.wanted;
      this.wanted = undefined;
      const folder = this.context.globalStorageUri.fsPath;
      await mkdir(folder, { recursive: true });
      const facts = await gather(this.context);
      const decision = await decide(facts, (candidate) => ask(candidate, folder));
      const shared = isShared();
      if (anew || shared !== this.shared || !isDeepStrictEqual(decision, this.decision)) {
        this.decision = decision;
        this.shared = shared;
        await this.act(decision, folder);
      }
    }
  }

  private async act(decision: Decision, folder: string): Promise<void> {
    await this.stop();
    if (decision.kind !== "found") {
      this.set({ kind: "absent", decision });
      void this.explain(decision);
      return;
    }
    const { command, args } = commandLine(decision.candidate, this.shared);
    const { source } = decision.candidate;
    this.logger.info(`server ${decision.version}, from ${source}: ${[command, ...args].join(" ")}`);
    const run = { command, args, options: { cwd: folder, env: withoutPython(process.env) } };
    const client = new LanguageClient(SECTION, "editdiff", run, this.clientOptions());
    this.client = client;
    restartQuietly(client);
    client.onDidChangeState(({ newState }) => {
      if (this.client === client) {
        this.set(stateOf(newState, client, decision));
      }
    });
    this.created.fire(client);
    // the client itself tells the user that it failed
    await client.start().catch((error: unknown) => this.logger.error(String(error)));
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: SELECTOR,
      initializationOptions: currentOptions,
      outputChannel: this.logger,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: this.middleware,
    };
  }

  private set(state: ServerState): void {
    this.state = state;
    this.changed.fire(state);
  }

  /** Say why there is no server, and what can be done about it. */
  private async explain(decision: Decision & { kind: "wrong" | "missing" }): Promise<void> {
    if (decision.kind === "wrong") {
      const { how, path } = decision.candidate;
      const setting = how === "executable" ? "editdiff.server.path" : "editdiff.server.interpreter";
      const sentence = `editdiff: ${path}, of ${setting}, cannot be used: ${decision.reason}`;
      await this.follow(await complain(this.logger, sentence, SETTINGS));
      return;
    }
    decision.reasons.forEach((reason) => this.logger.info(reason));
    const sentence = "editdiff needs its server, a Python package, and found none.";
    this.logger.info(sentence);
    const buttons = [...(WHEEL === null ? [] : [INSTALL]), SETTINGS, SHOW_LOG];
    await this.follow(await vscode.window.showInformationMessage(sentence, ...buttons));
  }

  private async follow(button: string | undefined): Promise<void> {
    if (button === INSTALL) {
      await this.install();
    } else if (button === SETTINGS) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "editdiff.server");
    } else if (button === SHOW_LOG) {
      this.logger.show();
    }
  }
}

/** A server that ended is started again as the library does it, but the status bar alone tells. */
function restartQuietly(client: LanguageClient): void {
  const usual = client.createDefaultErrorHandler();
  client.clientOptions.errorHandler = {
    error: async (error, message, count) => {
      const result = await usual.error(error, message, count);
      return { ...result, handled: result.action === ErrorAction.Continue };
    },
    closed: async () => {
      const result = await usual.closed();
      return { ...result, handled: result.action === CloseAction.Restart };
    },
  };
}

function stateOf(
  state: ClientState,
  client: LanguageClient,
  decision: Decision & { kind: "found" },
): ServerState {
  if (state === ClientState.Running) {
    return { kind: "running", client, decision };
  }
  return { kind: state === ClientState.Starting ? "starting" : "stopped" };
}

/** Whether one process may serve this window and others. */
function isShared(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get("server.shared", true);
}

function currentOptions(): Record<string, unknown> {
  const { getConfiguration, isTrusted } = vscode.workspace;
  return optionsFor(
    isTrusted,
    reader((languageId) => getConfiguration(SECTION, languageId ? { languageId } : undefined)),
  );
}
