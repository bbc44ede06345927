/** The line above a region: what can be done with it, to click on. */

import * as vscode from "vscode";
import type { Proposals, State } from "./proposal";

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
    const line = state.proposal.gaps[0]?.range.start.line ?? 0;
    const range = new vscode.Range(line, 0, line, 0);
    return titles(state).map(([title, command]) => new vscode.CodeLens(range, { title, command }));
  }
}

function titles({ proposal }: State & { kind: "proposed" }): [string, string][] {
  const count = proposal.gaps.length;
  const what = count > 1 ? `Accept ${count} gaps` : "Accept";
  return [
    [`$(check)\u00a0${what} (Tab)`, "editdiff.accept"],
    ["$(refresh)\u00a0Other draft (Alt+])", "editdiff.other"],
    ["$(close)\u00a0Reject (Esc)", "editdiff.reject"],
  ];
}
