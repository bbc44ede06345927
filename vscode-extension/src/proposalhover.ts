/** What the model doubts of its own proposal: read when the pointer rests on what that would replace. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { proposed } from "./doubtwords";
import type { Logger } from "./logger";
import type { Proposals } from "./proposal";
import { ALTERNATIVES, type AlternativesResult, type Proposal } from "./protocol";

/** Most tokens that are told. */
const MOST = 5;
/** Least probability of a token that is told. */
const LEAST = 0.02;

export class ProposalHover implements vscode.HoverProvider {
  /** The answer for the proposal that was asked about last. */
  private last: { key: string; result: AlternativesResult } | undefined;

  constructor(
    private readonly proposals: Proposals,
    private readonly logger: Logger,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const state = this.proposals.current;
    if (state.kind !== "proposed" || state.proposal.uri !== document.uri.toString()) {
      return undefined;
    }
    const { client, proposal } = state;
    const at = proposal.gaps.findIndex(({ range }) =>
      client.protocol2CodeConverter.asRange(range).contains(position),
    );
    const result = at < 0 ? undefined : await this.ask(client, proposal, token);
    const tokens = result?.kind === "alternatives" ? result.gaps[at] : undefined;
    if (result?.kind !== "alternatives" || tokens === undefined) {
      return undefined;
    }
    return new vscode.Hover(new vscode.MarkdownString(proposed(tokens, result.calibrated, LEAST, MOST)));
  }

  private async ask(
    client: LanguageClient,
    { id, gaps }: Proposal,
    token: vscode.CancellationToken,
  ): Promise<AlternativesResult | undefined> {
    const key = JSON.stringify([id, gaps.map(({ text }) => text)]);
    if (this.last?.key !== key) {
      try {
        this.last = { key, result: await client.sendRequest(ALTERNATIVES, { id }, token) };
      } catch (error) {
        this.logger.debug(`no alternatives: ${String(error)}`); // the pointer has left, or the server is an older one
        return undefined;
      }
    }
    return this.last.result;
  }
}
