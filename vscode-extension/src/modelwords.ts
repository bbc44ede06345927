/** The words with which models are offered. */

import type { Model } from "./protocol";

/** Bits of a common line in a second, for the time that a download takes. */
const LINE = 100e6;
/** Bytes of weights that are packed in a second. */
const PACKED = 25e6;

/** What a notification says of the preferred model, where `used` answers meanwhile. */
export function offer(model: Model, used: string): string {
  const better = `editdiff uses ${used}, its small built-in model. ${model.name} is right far more often`;
  if (model.obstacle !== "") {
    return `${better}, but cannot be had here now: ${model.obstacle}`;
  }
  return `${better}: ${size(model.download)} ${model.source.join("; ")} (licence ${model.licence}), ${time(model)}; it takes ${size(model.memory)} of memory in use.`;
}

/** One line of the list of models. */
export function line(model: Model, used: boolean): { label: string; description: string; detail: string } {
  const facts = [
    model.parameters > 0 && `${Math.round(model.parameters / 1e6)} M parameters`,
    model.present ? size(model.disk) : `${size(model.download)} to fetch`,
    model.memory > 0 && `${size(model.memory)} of memory in use`,
    model.licence,
    model.getting && "being fetched",
    used && "in use",
  ];
  return {
    label: `${model.present ? "$(check)" : "$(cloud-download)"} ${model.name}`,
    description: facts.filter(Boolean).join(" · "),
    detail: model.obstacle || (model.measured[0] ?? ""),
  };
}

/** How long getting it takes, about. */
export function time(model: Model): string {
  const fetching = Math.ceil((8 * model.download) / LINE);
  const packing = Math.ceil(model.disk / PACKED);
  return `about ${seconds(fetching)} at 100 Mbit/s and ${seconds(packing)} to pack`;
}

/** Bytes, for people. */
export function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function seconds(count: number): string {
  return count < 90 ? `${count} s` : `${Math.round(count / 60)} min`;
}
