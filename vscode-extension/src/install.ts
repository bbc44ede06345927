/** One click makes an environment of the extension's own, from the wheel that it carries. */

import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import { forbiddenFolders, pythonExtensionInterpreter } from "./find";
import { complain, type Logger } from "./logger";
import { withoutPython } from "./resolve";
import { run, type Run } from "./run";
import { environmentOf, verify, type Environment, type Wheel } from "./wheel";
import { programs } from "./which";

const NAMES = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
/** Fails where an environment cannot be made for editdiff. */
const SUITABLE = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
const NO_PYTHON =
  "no Python 3.11 or later with venv was found on PATH (on Debian and Ubuntu: the package python3-venv)";

/** Make the environment and install the wheel; return whether it is there.
 *
 * What pip says goes to the log. A failure is told, and leaves nothing behind; so does cancelling.
 */
export async function install(
  context: vscode.ExtensionContext,
  wheel: Wheel,
  logger: Logger,
): Promise<boolean> {
  const storage = context.globalStorageUri.fsPath;
  const environment = environmentOf(wheel, storage, process.platform);
  const file = context.asAbsolutePath(path.join("wheel", wheel.file));
  const title = "Installing editdiff";
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    const say = (message: string): void => {
      logger.info(message);
      progress.report({ message });
    };
    try {
      await verify(file, wheel.sha256);
      await mkdir(storage, { recursive: true });
      const how = { cwd: storage, env: withoutPython(process.env), signal: stop.signal };
      await build(environment, file, wheel, { ...how, onLine: (line) => logger.info(line) }, say);
      await removeOthers(storage, environment);
      return true;
    } catch (error) {
      await rm(environment.folder, { recursive: true, force: true });
      if (!token.isCancellationRequested) {
        void complain(logger, `editdiff could not be installed: ${(error as Error).message}`);
      }
      return false;
    }
  });
}

async function build(
  environment: Environment,
  file: string,
  wheel: Wheel,
  how: Run,
  say: (message: string) => void,
): Promise<void> {
  const python = await findPython(how);
  say(`making an environment with ${python}`);
  await rm(environment.folder, { recursive: true, force: true });
  await run(python, ["-I", "-m", "venv", environment.folder], how);
  say("installing the wheel and what it needs (300 megabytes)");
  // pip compares the hash once more, with the very bytes that it unpacks
  const source = `editdiff[cpu] @ ${pathToFileURL(file).href}#sha256=${wheel.sha256}`;
  const pip = ["-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", source];
  await run(environment.interpreter, pip, how);
  await writeFile(environment.complete, wheel.sha256);
}

/** An interpreter that can make the environment.
 *
 * @throws Error when there is none.
 */
async function findPython(how: Run): Promise<string> {
  for await (const python of pythons()) {
    try {
      await run(python, ["-I", "-c", SUITABLE], { ...how, onLine: () => undefined, timeout: 10_000 });
      return python;
    } catch {
      how.signal?.throwIfAborted();
    }
  }
  throw new Error(NO_PYTHON);
}

async function* pythons(): AsyncGenerator<string> {
  const chosen = vscode.workspace.isTrusted ? await pythonExtensionInterpreter() : undefined;
  if (chosen !== undefined) {
    yield chosen;
  }
  yield* programs(NAMES, process.env["PATH"] ?? "", forbiddenFolders());
}

/** Remove the environments of earlier wheels. */
async function removeOthers(storage: string, kept: Environment): Promise<void> {
  for (const name of await readdir(storage)) {
    const folder = path.join(storage, name);
    if (name.startsWith("environment-") && folder !== kept.folder) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
