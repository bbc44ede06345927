/** The words of the status bar. */

import type { Endpoint, Status } from "./protocol";

/** What there is to say. */
export interface Situation {
  server: "looking" | "starting" | "running" | "stopped" | "absent";
  status: Status | undefined;
  region: "idle" | "filling" | "proposed";
  /** How far a region has come. */
  progress: string;
  ghostText: boolean;
  /** Where, or for how long, ghost text sleeps; empty where it is awake. */
  asleep: string;
}

export interface Words {
  text: string;
  look: "plain" | "warning" | "error";
}

/** One line for the status bar, with codicons; where a region would be sent somewhere, it says so before that. */
export function words(situation: Situation): Words {
  const { text, look } = local(situation);
  const host = situation.server === "running" ? situation.status?.endpoint?.host : undefined;
  const sent = host && situation.region === "idle" ? ` $(link-external) ${host}` : "";
  return { text: text + sent, look };
}

/** The same, of what happens on this machine. */
function local({ server, status, region, progress, ghostText, asleep }: Situation): Words {
  if (server === "absent" || server === "stopped") {
    return { text: "$(warning) editdiff", look: "warning" };
  }
  if (status?.state === "failed") {
    return { text: "$(error) editdiff", look: "error" };
  }
  if (region === "filling") {
    return plain(`$(loading~spin) editdiff: ${progress || "reading the context"}`);
  }
  if (region === "proposed") {
    return plain("$(check) editdiff: Tab accepts, Esc rejects");
  }
  if (server === "running" && status?.state === "asleep") {
    return plain(`$(clock) editdiff ${status.model}`);
  }
  if (server !== "running" || status === undefined || status.state !== "ready") {
    return plain(`$(loading~spin) editdiff${status?.model ? ` ${status.model}` : ""}`);
  }
  const latency = status.latency === null ? "" : ` ${Math.round(status.latency)} ms`;
  if (ghostText && asleep !== "") {
    return plain(`$(bell-slash) editdiff ${status.model}`);
  }
  const icon = ghostText && status.languages.length > 0 ? "$(edit)" : "$(circle-slash)";
  return plain(`${icon} editdiff ${status.model}${latency}`);
}

function plain(text: string): Words {
  return { text, look: "plain" };
}

/** What the pointer over the status bar, or the menu, tells; one line each. */
export function details(status: Status | undefined, asleep: string, from: string): string[] {
  if (status === undefined) {
    return [from];
  }
  const megabytes = Math.round(status.memory / 1e6);
  const unloaded = status.state === "asleep" ? ", asleep: loaded again with the next request" : "";
  const languages = status.languages.join(", ") || "no language";
  return [
    status.message,
    elsewhere(status.endpoint),
    status.model && `Model: ${status.model}${unloaded}`,
    `Ghost text: ${languages}${asleep && `; it sleeps ${asleep}`}`,
    status.latency === null ? "" : `Last latency: ${Math.round(status.latency)} ms`,
    status.silence && `Nothing was shown last: ${status.silence}`,
    `Context tokens encoded: ${status.encoded}`,
    `Memory: ${megabytes} MB${status.clients > 1 ? `, for ${status.clients} windows` : ""}`,
    from,
  ].filter((line) => line !== "");
}

/** Who infills and rewrites, where that is not the model. */
function elsewhere(endpoint: Endpoint | null | undefined): string {
  if (!endpoint) {
    return "";
  }
  const { host, model, message } = endpoint;
  return message || `Infill and rewrite: sent to ${host}${model === null ? "" : ` (${model})`}`;
}
