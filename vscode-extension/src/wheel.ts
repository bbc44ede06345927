/** The wheel of editdiff that is carried inside the extension, and the environment it is installed into. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import * as path from "node:path";

export interface Wheel {
  /** File name, in the folder `wheel` of the extension. */
  file: string;
  /** Hexadecimal, of the file as it was when the extension was built. */
  sha256: string;
}

/** Put here when the bundle is built; null in a bundle without a wheel. */
declare const __WHEEL__: Wheel | null;

export const WHEEL: Wheel | null = typeof __WHEEL__ === "undefined" ? null : __WHEEL__;

export interface Environment {
  /** Its folder, named after the wheel, so that a new wheel gets a new one. */
  folder: string;
  interpreter: string;
  /** File that is written when the installation is complete. */
  complete: string;
}

/** The environment of a wheel under the extension's own storage. */
export function environmentOf(wheel: Wheel, storage: string, platform: NodeJS.Platform): Environment {
  const folder = path.join(storage, `environment-${wheel.sha256.slice(0, 12)}`);
  const interpreter =
    platform === "win32"
      ? path.join(folder, "Scripts", "python.exe")
      : path.join(folder, "bin", "python");
  return { folder, interpreter, complete: path.join(folder, "complete") };
}

/** The interpreter of a complete environment. */
export function installed(environment: Environment): string | undefined {
  return existsSync(environment.complete) ? environment.interpreter : undefined;
}

/** Read a wheel and compare it with its hash.
 *
 * @throws Error when it is not the wheel that the extension was built with.
 */
export async function verify(file: string, sha256: string): Promise<void> {
  const found = createHash("sha256").update(await readFile(file)).digest("hex");
  if (found !== sha256) {
    throw new Error(`${path.basename(file)} is not the wheel that this extension was built with`);
  }
}
