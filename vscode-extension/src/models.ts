/** Getting a model: offered at the first start, chosen from a list, fetched by the server while it answers.
 *
 * Where a model comes from is the user's choice alone: no setting and no file of a workspace names a source.
 */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import {
  LSPErrorCodes,
  ResponseError,
  WorkDoneProgress,
  type LanguageClient,
} from "vscode-languageclient/node";
import { complain, type Logger } from "./logger";
import { line, offer } from "./modelwords";
import { GET, MODELS, type GetResult, type Model, type ModelList } from "./protocol";
import type { Server } from "./server";
import { SECTION } from "./settings";

/** What is wanted: a name, and a file or another source than the hub. */
interface Wanted {
  name: string;
  source?: "index";
  from?: string;
}

const FROM_FILE = "From File…";
const NOT_NOW = "Not Now";
const NEVER = "Never";
const TRY_AGAIN = "Try Again";
/** Milliseconds for which *Not Now* holds: a week. */
const LATER = 7 * 24 * 3600 * 1000;
/** Keys of what is remembered: when *Not Now* was said, and what was being fetched when the editor ended. */
const DECLINED = "modelDeclined";
const UNDER_WAY = "modelUnderWay";

export class Models implements vscode.Disposable {
  private getting = false;
  /** Whether the preferred model is there. */
  private there = false;
  private readonly watch = vscode.window.tabGroups.onDidChangeTabs(() => void this.tellWalkthrough());

  constructor(
    private readonly memory: vscode.Memento,
    private readonly server: Server,
    private readonly logger: Logger,
  ) {
    server.onDidChange((state) => {
      if (state.kind === "running") {
        void this.begin(state.client);
      }
    });
  }

  dispose(): void {
    this.watch.dispose();
  }

  /** Show the models: one that is there is used from then on, another one is fetched. */
  async choose(): Promise<void> {
    const client = await this.server.require();
    if (client === undefined) {
      return;
    }
    const list = await this.list(client);
    if (list === undefined) {
      void complain(this.logger, "editdiff: this server cannot list models; a newer one can");
      return;
    }
    const items = list.models.map((model) => ({ model, ...line(model, isUsed(model, list)) }));
    const chosen = await vscode.window.showQuickPick(items, {
      title: "editdiff: models",
      placeHolder: "Choose the one to use; what is not here yet is fetched first",
    });
    if (chosen?.model.present) {
      await use(chosen.model);
    } else if (chosen !== undefined) {
      await this.chooseSource(client, chosen.model);
    }
  }

  /** Go on with what was being fetched, or offer the preferred model. */
  private async begin(client: LanguageClient): Promise<void> {
    const wanted = this.memory.get<Wanted>(UNDER_WAY);
    if (wanted !== undefined) {
      await this.get(client, wanted);
    } else {
      await this.offer(client);
    }
  }

  private async offer(client: LanguageClient): Promise<void> {
    const list = await this.list(client);
    const model = list?.models.find(({ preferred }) => preferred);
    const used = list?.models.find((each) => each.default);
    if (model === undefined || used === undefined || model.present || list?.named !== null) {
      return;
    }
    const declined = this.memory.get<number>(DECLINED, 0);
    const enabled = vscode.workspace.getConfiguration(SECTION).get<boolean>("offerModel", true);
    if (!enabled || Date.now() - declined < LATER) {
      return;
    }
    const get = `Get ${model.name}`;
    const ways = model.obstacle === "" ? [get, FROM_FILE] : [];
    const sentence = offer(model, used.name);
    this.logger.info(sentence);
    const button = await vscode.window.showInformationMessage(sentence, ...ways, NOT_NOW, NEVER);
    if (button === get) {
      await this.get(client, { name: model.name });
    } else if (button === FROM_FILE) {
      await this.getFromFile(client, model.name);
    } else if (button === NEVER) {
      const configuration = vscode.workspace.getConfiguration(SECTION);
      await configuration.update("offerModel", false, vscode.ConfigurationTarget.Global);
    } else if (button === NOT_NOW) {
      await this.memory.update(DECLINED, Date.now());
    }
  }

  private async chooseSource(client: LanguageClient, model: Model): Promise<void> {
    const { name } = model;
    const items = [
      { label: "$(cloud-download) Hugging Face Hub", detail: model.source.join("; "), get: { name } },
      { label: `$(file) ${FROM_FILE}`, detail: "its bytes are checked, the file stays as it is", get: undefined },
      {
        label: "$(package) Package Index",
        detail: model.index.join("; "),
        get: { name, source: "index" as const },
      },
    ];
    const chosen = await vscode.window.showQuickPick(items, { title: `editdiff: get ${name}` });
    if (chosen?.get !== undefined) {
      await this.get(client, chosen.get);
    } else if (chosen !== undefined) {
      await this.getFromFile(client, name);
    }
  }

  private async getFromFile(client: LanguageClient, name: string): Promise<void> {
    const files = await vscode.window.showOpenDialog({
      title: `The file of ${name}`,
      openLabel: "Take",
      filters: { GGUF: ["gguf"] },
    });
    if (files?.[0] !== undefined) {
      await this.get(client, { name, from: files[0].fsPath });
    }
  }

  /** Fetch a model, with its progress in a notification that can cancel it; what came of it is told. */
  private async get(client: LanguageClient, wanted: Wanted): Promise<void> {
    if (this.getting) {
      return;
    }
    this.getting = true;
    try {
      await this.memory.update(UNDER_WAY, wanted);
      const result = await this.fetch(client, wanted);
      await this.memory.update(UNDER_WAY, undefined);
      this.getting = false;
      await this.tell(client, wanted, result);
    } catch (error) {
      // the server has ended: the next one goes on with what has arrived
      this.logger.warn(`${wanted.name} is not fetched yet: ${String(error)}`);
    } finally {
      this.getting = false;
    }
  }

  /** The server's answer; undefined when the user cancelled.
   *
   * @throws Error when the server is gone.
   */
  private fetch(client: LanguageClient, wanted: Wanted): Thenable<GetResult | undefined> {
    const location = vscode.ProgressLocation.Notification;
    const title = `editdiff: getting ${wanted.name}`;
    return vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      const workDoneToken = randomUUID();
      let percent = 0;
      const watch = client.onProgress(WorkDoneProgress.type, workDoneToken, (step) => {
        if (step.kind === "report") {
          const increment = (step.percentage ?? percent) - percent;
          percent += increment;
          progress.report({ message: step.message ?? "", increment });
        }
      });
      try {
        return await client.sendRequest(GET, { ...wanted, workDoneToken }, token);
      } catch (error) {
        if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled) {
          return undefined;
        }
        throw error;
      } finally {
        watch.dispose();
      }
    });
  }

  private async tell(
    client: LanguageClient,
    wanted: Wanted,
    result: GetResult | undefined,
  ): Promise<void> {
    if (result === undefined) {
      return;
    }
    if (result.kind === "none") {
      this.logger.info(result.hint);
      const sentence = `editdiff: ${wanted.name} was not fetched: ${result.reason}`;
      const button = await complain(this.logger, sentence, TRY_AGAIN, FROM_FILE);
      if (button === TRY_AGAIN) {
        await this.get(client, wanted);
      } else if (button === FROM_FILE) {
        await this.getFromFile(client, wanted.name);
      }
      return;
    }
    const list = await this.list(client);
    const model = list?.models.find(({ name }) => name === wanted.name);
    if (list === undefined || model === undefined) {
      return;
    }
    if (isUsed(model, list)) {
      void vscode.window.showInformationMessage(`editdiff: ${model.name} is there, and in use`);
      return;
    }
    const button = `Use ${model.name}`;
    if ((await vscode.window.showInformationMessage(`editdiff: ${model.name} is there`, button)) === button) {
      await use(model);
    }
  }

  /** The models of the server; undefined when it cannot say. */
  private async list(client: LanguageClient): Promise<ModelList | undefined> {
    try {
      const list = await client.sendRequest(MODELS);
      this.there = list.models.some(({ preferred, present }) => preferred && present);
      await this.tellWalkthrough();
      return list;
    } catch (error) {
      this.logger.info(`no list of models: ${String(error)}`); // it ended, or is an older one
      return undefined;
    }
  }

  /** Have the step *Get a model* done where the model is there.
   *
   * The walkthrough, a tab of no kind that is told to extensions, takes no notice of what was so before it was first
   * opened: it is told in a moment, while such a tab is shown.
   */
  private async tellWalkthrough(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    if (this.there && tabs.some(({ input }) => input === undefined)) {
      for (const now of [true, false]) {
        await vscode.commands.executeCommand("setContext", "editdiff.hasModel", now);
      }
    }
  }
}

function isUsed(model: Model, { named }: ModelList): boolean {
  return named === null ? model.default : named === model.name;
}

/** Have a model used from now on: named in the user's own settings, but for the default one. */
async function use(model: Model): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const name = model.default ? undefined : model.name;
  await configuration.update("model", name, vscode.ConfigurationTarget.Global);
}
