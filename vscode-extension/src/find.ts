/** What is known of servers on this machine, for `resolve` to decide on. */

import { homedir } from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import {
  question,
  versionIn,
  withoutPython,
  type Answer,
  type Candidate,
  type Facts,
} from "./resolve";
import { run } from "./run";
import { SECTION } from "./settings";
import { environmentOf, installed, WHEEL } from "./wheel";
import { which } from "./which";

const PYTHON_EXTENSION = "ms-python.python";
/** Milliseconds a candidate has for telling its version: a cold disk is slow. */
const PATIENCE = 20_000;

/** The part of the Python extension's interface that is used here. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** Gather what is to be known; nothing of a workspace that is not trusted is asked or run. */
export async function gather(context: vscode.ExtensionContext): Promise<Facts> {
  const { isTrusted } = vscode.workspace;
  const storage = context.globalStorageUri.fsPath;
  return {
    executable: pathSetting("server.path"),
    interpreter: pathSetting("server.interpreter"),
    pythonExtension: isTrusted ? await pythonExtensionInterpreter() : undefined,
    onPath: await which(["editdiff"], process.env["PATH"] ?? "", forbiddenFolders()),
    privateEnvironment: WHEEL
      ? installed(environmentOf(WHEEL, storage, process.platform))
      : undefined,
    trusted: isTrusted,
    version: (context.extension.packageJSON as { version: string }).version,
  };
}

/** Ask a candidate for its version, in a folder and an environment that cannot change what it loads. */
export async function ask(candidate: Candidate, folder: string): Promise<Answer> {
  const { command, args } = question(candidate);
  if (!path.isAbsolute(command)) {
    return { problem: "the path is not absolute" };
  }
  try {
    const env = withoutPython(process.env);
    const lines = await run(command, args, { cwd: folder, env, timeout: PATIENCE });
    const version = versionIn(lines.join("\n"));
    return version === undefined ? { problem: "it did not tell its version" } : { version };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** The folders of the workspace: no program of theirs is found on PATH. */
export function forbiddenFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
}

/** The interpreter that the user chose in the Python extension; only to be asked for in a trusted workspace. */
export async function pythonExtensionInterpreter(): Promise<string | undefined> {
  try {
    const environments = (await pythonApi())?.environments;
    const resource = vscode.workspace.workspaceFolders?.[0]?.uri;
    const chosen = environments?.getActiveEnvironmentPath(resource);
    const found = chosen && (await environments?.resolveEnvironment(chosen));
    return found?.executable.uri?.fsPath;
  } catch {
    return undefined; // an extension that fails has no interpreter for us
  }
}

/** Call back when the user chooses another interpreter there. */
export async function watchPythonExtension(
  changed: () => void,
): Promise<vscode.Disposable | undefined> {
  const api = vscode.workspace.isTrusted ? await pythonApi().catch(() => undefined) : undefined;
  return api?.environments.onDidChangeActiveEnvironmentPath(changed);
}

async function pythonApi(): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>(PYTHON_EXTENSION);
  return extension?.activate();
}

/** A path of the settings, `~` and `${workspaceFolder}` replaced; undefined when it is not set. */
function pathSetting(name: string): string | undefined {
  const value = vscode.workspace.getConfiguration(SECTION).get<string>(name)?.trim();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  return (
    value?.replace(/^~(?=[/\\])/, () => homedir()).replaceAll("${workspaceFolder}", () => folder) ||
    undefined
  );
}
