/** Programs on PATH, none of which the workspace put there. */

import { constants } from "node:fs";
import { access, realpath } from "node:fs/promises";
import * as path from "node:path";

/** The first program of one of these names in an absolute entry of `PATH`, outside the `forbidden` folders. */
export async function which(
  names: readonly string[],
  search: string,
  forbidden: readonly string[],
): Promise<string | undefined> {
  for await (const found of programs(names, search, forbidden)) {
    return found;
  }
  return undefined;
}

/** All of them: by the order of the names, then of the entries. */
export async function* programs(
  names: readonly string[],
  search: string,
  forbidden: readonly string[],
): AsyncGenerator<string> {
  const outside = await Promise.all(forbidden.map(real));
  const folders = search.split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name + suffix);
      if ((await isProgram(file)) && !(await isInside(file, outside))) {
        yield file;
      }
    }
  }
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a file, or what it is a link to, lies in one of the folders. */
async function isInside(file: string, folders: readonly string[]): Promise<boolean> {
  const places = [path.join(await real(path.dirname(file)), path.basename(file)), await real(file)];
  return places.some((place) => folders.some((folder) => place.startsWith(folder + path.sep)));
}

async function real(name: string): Promise<string> {
  try {
    return await realpath(name);
  } catch {
    return path.resolve(name);
  }
}
