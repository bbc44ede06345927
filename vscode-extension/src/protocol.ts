/** The messages that are editdiff's own; docs/lsp.md of the project describes them. */

import {
  NotificationType,
  ProgressType,
  RequestType,
  RequestType0,
  type PartialResultParams,
  type Position,
  type Range,
  type VersionedTextDocumentIdentifier,
  type WorkDoneProgressParams,
} from "vscode-languageclient/node";

export interface FillParams extends WorkDoneProgressParams {
  textDocument: VersionedTextDocumentIdentifier;
  /** At least one, disjoint; an empty one is a place to insert. */
  ranges: Range[];
  draftToken?: number | string;
}

export interface ReviseParams extends WorkDoneProgressParams {
  textDocument: VersionedTextDocumentIdentifier;
  /** What is selected. */
  range: Range;
  draftToken?: number | string;
}

export interface RewriteParams extends WorkDoneProgressParams {
  textDocument: VersionedTextDocumentIdentifier;
  /** What is selected. */
  range: Range;
  /** What is to become of it, in words. */
  ask: string;
  draftToken?: number | string;
}

export interface OtherParams extends WorkDoneProgressParams {
  id: string;
  draftToken?: number | string;
}

/** What would stand where. */
export interface Gap {
  range: Range;
  text: string;
  /** Where parts of a proposal can be taken alone, the number of the part that it belongs to. */
  hunk?: number;
}

export interface Effort {
  drafts: number;
  /** Forwards of the network. */
  nfe: number;
  seconds: number;
  /** Log-probability of the draft, in nats; null where nobody tells it, as of an endpoint. */
  logp: number | null;
  /** Probability that the draft is right, 0 to 1; null where that was not measured, and for several gaps. */
  confidence: number | null;
}

export interface Proposal {
  kind: "proposal";
  id: string;
  uri: string;
  /** The version that the gaps count in. */
  version: number;
  gaps: Gap[];
  effort: Effort;
  /** Names of the checkers that judged it. */
  checked: string[];
  /** Of what was asked for in words: what it names that lies outside of the range; the server says it, too. */
  outside?: Outside[];
  /** Of a long range that was rewritten: what became of its parts; the server says it, too. */
  parts?: Part[];
}

export interface Outside {
  name: string;
  /** From 1; null of another file. */
  line: number | null;
  /** Where it is, as a clause. */
  told: string;
}

export interface Part {
  range: Range;
  became: "changed" | "unchanged" | "declined" | "unfit" | "late";
  /** Why it stays as it is; empty where it changes. */
  reason: string;
  /** Of its change, 0 to 1. */
  confidence: number | null;
}

export interface None {
  kind: "none";
  /** Not null: another draft can be asked for. */
  id: string | null;
  reason: string;
  hint: string;
  outside?: Outside[];
  parts?: Part[];
}

export type FillResult = Proposal | None;

/** One token's place in a draft. */
export interface Place {
  text: string;
  committed: boolean;
  /** Probability of the text, 0 to 1. */
  confidence: number;
}

export interface Draft {
  token: number | string;
  uri: string;
  version: number;
  step: number;
  gaps: { range: Range; places: Place[] }[];
}

export interface Moved {
  id: string;
  uri: string;
  version: number;
  gaps: Gap[];
}

export interface Dropped {
  id: string;
  reason: string;
}

export interface Status {
  state: "waiting" | "loading" | "ready" | "busy" | "asleep" | "failed";
  /** Its name, also while it is asleep; empty before it is loaded. */
  model: string;
  /** Why it failed, with the hint; empty otherwise. */
  message: string;
  /** Resident bytes of the server's process. */
  memory: number;
  /** Windows that this process serves. */
  clients: number;
  /** Milliseconds of the last ghost text request, debounce apart. */
  latency: number | null;
  /** Why the last of these was answered with nothing; empty when something was shown. */
  silence: string;
  /** Context tokens encoded so far. */
  encoded: number;
  /** Where ghost text is on. */
  languages: string[];
  /** Who infills and rewrites in the model's place; null where it does so itself. */
  endpoint?: Endpoint | null;
}

/** A server that the user named. */
export interface Endpoint {
  /** Name and port; empty where it cannot be asked. */
  host: string;
  /** Null where it has one alone. */
  model: string | null;
  /** Why it cannot be asked, with the hint; empty otherwise. */
  message: string;
}

/** A model of the server's installation. */
export interface Model {
  name: string;
  /** As SPDX names it. */
  licence: string;
  /** Figures, each with its benchmark and interval. */
  measured: string[];
  /** Whether it can be used now: it comes with editdiff, or was fetched. */
  present: boolean;
  /** Whether it is what is used now where none is named. */
  default: boolean;
  /** Whether it would be that, once it is fetched. */
  preferred: boolean;
  /** 0 of a model that comes with editdiff, and so what follows but for `disk`. */
  parameters: number;
  /** Bytes to fetch. */
  download: number;
  /** Bytes that it takes for good. */
  disk: number;
  /** Bytes of memory that it takes in use, about. */
  memory: number;
  /** Sentences: where it would come from, if nobody says otherwise. */
  source: string[];
  /** The same of the package index. */
  index: string[];
  /** What is in the way of getting or using it, with figures; empty where nothing is. */
  obstacle: string;
  /** Whether this server is fetching it. */
  getting: boolean;
}

export interface ModelList {
  models: Model[];
  /** The model that the user has named; null for the default. */
  named: string | null;
}

export interface GetParams extends WorkDoneProgressParams {
  name: string;
  /** Left out for the hub, and with `from`. */
  source?: "hub" | "index";
  /** A file of the user's, which stays as it is. */
  from?: string;
}

export type GetResult =
  | { kind: "got"; name: string }
  | { kind: "none"; reason: string; hint: string };

export interface ReviewParams extends WorkDoneProgressParams, PartialResultParams {
  textDocument: VersionedTextDocumentIdentifier;
  /** Lines that are to be read, what is wanted first comes first. */
  ranges: Range[];
  /** Least probability of a doubt that is told. */
  least: number;
}

/** Lines that were read, and what is doubted there. */
export interface ReviewPart {
  range: Range;
  doubts: { range: Range; probability: number; alternatives: string[] }[];
}

export type ReviewResult =
  | {
      kind: "review";
      version: number;
      /** Whether the probabilities were measured to be such. */
      calibrated: boolean;
      /** Empty where they were sent as partial results. */
      parts: ReviewPart[];
      /** Lines that were too much for one request. */
      leftOut: number;
    }
  | { kind: "none"; reason: string; hint: string };

/** A token of a proposal, and what the model would rather read there. */
export interface DoubtfulToken {
  text: string;
  probability: number;
  alternatives: string[];
}

export type AlternativesResult =
  | { kind: "alternatives"; calibrated: boolean; gaps: DoubtfulToken[][] }
  | { kind: "none"; reason: string; hint: string };

export const FILL = new RequestType<FillParams, FillResult, void>("editdiff/fill");
export const REVISE = new RequestType<ReviseParams, FillResult, void>("editdiff/revise");
export const REWRITE = new RequestType<RewriteParams, FillResult, void>("editdiff/rewrite");
export const OTHER = new RequestType<OtherParams, FillResult, void>("editdiff/other");
export const STATUS = new RequestType0<Status, void>("editdiff/status");
export const MODELS = new RequestType0<ModelList, void>("editdiff/models");
export const GET = new RequestType<GetParams, GetResult, void>("editdiff/models/get");
export const REVIEW = new RequestType<ReviewParams, ReviewResult, void>("editdiff/review");
export const REVIEW_PART = new ProgressType<{ parts: ReviewPart[] }>();
export const ALTERNATIVES = new RequestType<{ id: string }, AlternativesResult, void>(
  "editdiff/alternatives",
);
export const DRAFT = new NotificationType<Draft>("editdiff/draft");
export const MOVED = new NotificationType<Moved>("editdiff/moved");
export const DROPPED = new NotificationType<Dropped>("editdiff/dropped");
export const REJECT = new NotificationType<{ id: string; hunk?: number }>("editdiff/reject");
export const CURSOR = new NotificationType<{ textDocument: { uri: string }; position: Position }>(
  "editdiff/cursor",
);
export const STATUS_CHANGED = new NotificationType<Status>("editdiff/statusChanged");

/** `workspace/executeCommand`: the proposal, or one hunk of it, as the document is now, by `workspace/applyEdit`. */
export const ACCEPT = "editdiff.server.accept";
/** `workspace/executeCommand`: mends what changed in a document since the last commit. */
export const FIX_CHANGED = "editdiff.server.fixChanged";
/** Kind of the quick fixes of reported problems. */
export const FIX = "quickfix.editdiff.fix";
/** Kind of the code action that fills all gaps of a document. */
export const FILL_ALL = "refactor.rewrite.editdiff.fillAll";
