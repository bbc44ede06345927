/** The line above a region, and above each hunk: what can be done with it, to click on. */

import * as vscode from "vscode";
import { actionsOf } from "./hunks";
import type { Proposals } from "./proposal";

export class Lens implements vscode.CodeLensProvider {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  private kind = "";

  constructor(private readonly proposals: Proposals) {
    const changed = new vscode.EventEmitter<void>();
    this.onDidChangeCodeLenses = changed.event;
    proposals.onDidChange((state) => {
      // a step of a draft changes nothing here; a proposal may have moved
      if (state.kind !== this.kind || state.kind === "proposed") {
        this.kind = state.kind;
        changed.fire();
      }
    });
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const state = this.proposals.current;
    if (state.kind !== "proposed" || state.proposal.uri !== document.uri.toString()) {
      return [];
    }
    const { gaps, effort } = state.proposal;
    return actionsOf(gaps, effort.confidence).map(
      ({ line, ...command }) => new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command),
    );
  }
}
