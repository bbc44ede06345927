/** Programs that are run to their end. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Run {
  /** Folder it runs in; never the workspace. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Ends the program when it is aborted. */
  signal?: AbortSignal;
  /** Milliseconds after which the program is ended. */
  timeout?: number;
  /** Hears each line of output and of errors. */
  onLine?: (line: string) => void;
}

/** Run a program and return its lines.
 *
 * @throws Error with the last line it wrote, when it cannot be started, is ended, or fails.
 */
export function run(command: string, args: readonly string[], how: Run): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const { cwd, env, signal, timeout } = how;
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      ...(signal && { signal }),
      ...(timeout && { timeout }),
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        how.onLine?.(line);
      });
    }
    child.on("error", reject);
    child.on("close", (code, ending) => {
      if (code === 0) {
        resolve(lines);
      } else {
        reject(new Error(lines.at(-1) ?? `it ended with ${code ?? ending ?? "an error"}`));
      }
    });
  });
}
