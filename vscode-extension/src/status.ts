/** The item in the status bar, and the menu behind it. */

import * as vscode from "vscode";
import { isWanted, placeOf } from "./ghost";
import type { Logger } from "./logger";
import type { Proposals } from "./proposal";
import { STATUS, STATUS_CHANGED, type Status } from "./protocol";
import type { Server } from "./server";
import { MINUTES, type Snooze } from "./snooze";
import { details, words } from "./statusline";

/** Milliseconds between two questions for the latency. */
const SOON = 1000;

export class StatusView implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "editdiff.status",
    vscode.StatusBarAlignment.Right,
    100,
  );
  private status: Status | undefined;
  private asking: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly proposals: Proposals,
    private readonly snooze: Snooze,
    private readonly logger: Logger,
  ) {
    this.item.name = "editdiff";
    this.item.command = "editdiff.menu";
    server.onDidCreate((client) => client.onNotification(STATUS_CHANGED, (now) => this.take(now)));
    server.onDidChange((state) => {
      this.status = undefined;
      this.draw();
      if (state.kind === "running") {
        void this.ask();
      }
    });
    proposals.onDidChange(() => this.draw());
    this.draw();
    this.item.show();
  }

  get last(): Status | undefined {
    return this.status;
  }

  /** Ask for the latency of what was just answered, but not at every keystroke. */
  refreshSoon(): void {
    this.asking ??= setTimeout(() => {
      this.asking = undefined;
      void this.ask();
    }, SOON);
  }

  draw(): void {
    const region = this.proposals.current;
    const { text, look } = words({
      server: this.server.current.kind,
      status: this.status,
      region: region.kind,
      progress: region.kind === "filling" ? region.progress : "",
      ghostText: isWanted(editing()),
      asleep: this.asleep(),
    });
    this.item.text = text;
    this.item.backgroundColor =
      look === "plain" ? undefined : new vscode.ThemeColor(`statusBarItem.${look}Background`);
    this.item.tooltip = new vscode.MarkdownString(this.details().join("  \n"));
  }

  /** The menu. */
  async menu(): Promise<void> {
    await this.ask();
    const items: (vscode.QuickPickItem & { command?: string })[] = [
      { label: "$(wand) Infill Selection", command: "editdiff.infill" },
      { label: "$(list-selection) Fill All Gaps in File", command: "editdiff.fillAll" },
      { label: "$(git-commit) Fix What I Changed", command: "editdiff.fixChanged" },
      { label: "$(flame) Toggle Heat-Map of Doubts", command: "editdiff.toggleDoubts" },
      {
        label: isWanted(undefined) ? "$(circle-slash) Turn Ghost Text Off" : "$(edit) Turn Ghost Text On",
        command: "editdiff.toggleGhostText",
      },
      { label: "$(cloud-download) Get a Model", command: "editdiff.getModel" },
      ...this.sleep(),
      { label: "$(debug-restart) Restart Server", command: "editdiff.restart" },
      { label: "$(output) Show Log", command: "editdiff.showLog" },
      { label: "$(gear) Settings", command: "editdiff.openSettings" },
    ];
    if (this.server.current.kind === "absent") {
      items.unshift({ label: "$(cloud-download) Install editdiff", command: "editdiff.install" });
    }
    if (this.proposals.current.kind === "filling") {
      items.unshift({ label: "$(debug-stop) Cancel", command: "editdiff.cancel" });
    }
    const placeHolder = this.details().join(" · ");
    const chosen = await vscode.window.showQuickPick(items, { title: "editdiff", placeHolder });
    if (chosen?.command !== undefined) {
      await vscode.commands.executeCommand(chosen.command);
    }
  }

  dispose(): void {
    clearTimeout(this.asking);
    this.item.dispose();
  }

  /** What the menu offers of sleep. */
  private sleep(): (vscode.QuickPickItem & { command: string })[] {
    if (this.asleep() !== "") {
      return [{ label: "$(bell) Wake Ghost Text", command: "editdiff.wake" }];
    }
    return [
      { label: `$(bell-slash) Snooze for ${MINUTES} Minutes`, command: "editdiff.snooze" },
      { label: "$(bell-slash) Snooze in This File", command: "editdiff.snoozeFile" },
      { label: "$(bell-slash) Snooze in This Language", command: "editdiff.snoozeLanguage" },
    ];
  }

  private asleep(): string {
    const document = editing();
    return this.snooze.at(document && placeOf(document));
  }

  private async ask(): Promise<void> {
    const { current } = this.server;
    if (current.kind === "running") {
      try {
        this.take(await current.client.sendRequest(STATUS));
      } catch (error) {
        this.logger.debug(`no status: ${String(error)}`); // it was just stopped
      }
    }
  }

  private take(status: Status): void {
    if (status.message !== "" && status.message !== this.status?.message) {
      this.logger.error(status.message);
    }
    this.status = status;
    this.draw();
  }

  private details(): string[] {
    const { current } = this.server;
    if (current.kind !== "running") {
      return [current.kind === "absent" ? "No server was found" : `Server: ${current.kind}`];
    }
    const { candidate, version } = current.decision;
    const asleep = this.asleep();
    return details(this.status, asleep, `Server ${version}, from ${candidate.source}: ${candidate.path}`);
  }
}

function editing(): vscode.TextDocument | undefined {
  return vscode.window.activeTextEditor?.document;
}
