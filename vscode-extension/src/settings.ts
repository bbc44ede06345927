/** The settings that are the server's options, and how they are read. Names and defaults: package.json. */

import type { WorkspaceConfiguration } from "vscode";

export const SECTION = "editdiff";

/** Each is a setting `editdiff.NAME`, and the same path in the initialization options. */
export const OPTIONS = [
  "model",
  "endpoint",
  "endpointModel",
  "endpointKind",
  "endpointKeyEnv",
  "endpointSeconds",
  "drafts",
  "steps",
  "threshold",
  "temperature",
  "canvas",
  "seed",
  "others",
  "confidence",
  "unloadAfter",
  "ghostText.enabled",
  "ghostText.languages",
  "ghostText.debounce",
  "ghostText.confidence",
  "ghostText.severalLines",
  "diagnostics.syntax",
  "diagnostics.syntaxLanguages",
  "diagnostics.maths",
  "diagnostics.mathsLanguages",
  "diagnostics.merges",
  "git",
  "markers",
] as const;

/** What only the user may say, and no workspace: which model there is, and who is asked in its place. */
export const OWN = [
  "model",
  "endpoint",
  "endpointModel",
  "endpointKind",
  "endpointKeyEnv",
  "endpointSeconds",
] as const;

/** What the server takes when it is started, and never later. */
export const AT_START = OWN.slice(1).map((name) => `${SECTION}.${name}`);

export type Option = (typeof OPTIONS)[number];
/** The value of an option that the user has set; undefined for one that is left at its default. */
export type Read = (name: Option) => unknown;

/** The initialization options: only what was set, so that the server's own configuration holds for the rest. */
export function options(read: Read): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of OPTIONS) {
    const value = read(name);
    if (value === undefined) {
      continue;
    }
    const [group, key] = name.split(".");
    if (group !== undefined && key !== undefined) {
      found[group] = { ...(found[group] as object | undefined), [key]: value };
    } else {
      found[name] = value;
    }
  }
  return found;
}

/** The options for a workspace: git is asked of one that is trusted alone. */
export function optionsFor(trusted: boolean, read: Read): Record<string, unknown> {
  return trusted ? options(read) : { ...options(read), git: false };
}

/** Read the editor's configuration; what a workspace that is not trusted says is no part of it, nor what any says
 * of what is the user's own.
 *
 * What may be set for a language is on for the server where it is on for any: it is asked only where it is.
 *
 * @param configured the configuration of everything, or of a language
 */
export function reader(configured: (language?: string) => WorkspaceConfiguration): Read {
  const configuration = configured();
  return (name) => {
    const layers = configuration.inspect(name);
    if ((OWN as readonly string[]).includes(name)) {
      return layers?.globalValue;
    }
    if (layers?.languageIds?.some((language) => configured(language).get(name) === true)) {
      return true;
    }
    const isSet =
      layers !== undefined &&
      [layers.globalValue, layers.workspaceValue, layers.workspaceFolderValue].some(
        (value) => value !== undefined,
      );
    return isSet ? configuration.get(name) : undefined;
  };
}
