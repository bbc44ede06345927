/** Which server is to be started: a decision from facts, before anything is done. */

export type Source = "setting" | "python extension" | "PATH" | "private environment";

/** What might be the server. */
export interface Candidate {
  how: "interpreter" | "executable";
  path: string;
  source: Source;
}

/** What is known before any program is run. Undefined: there is none. */
export interface Facts {
  /** Setting `editdiff.server.path`. */
  executable: string | undefined;
  /** Setting `editdiff.server.interpreter`. */
  interpreter: string | undefined;
  /** The Python extension's interpreter for this workspace. */
  pythonExtension: string | undefined;
  /** `editdiff` on PATH, outside the workspace. */
  onPath: string | undefined;
  /** The interpreter of the environment that this extension made for its own wheel. */
  privateEnvironment: string | undefined;
  /** Whether the user trusts the workspace. */
  trusted: boolean;
  /** Version of this extension. */
  version: string;
}

/** What a candidate says of itself: its version, or why it cannot be used. */
export type Answer = { version: string } | { problem: string };

export type Decision =
  | { kind: "found"; candidate: Candidate; version: string }
  /** A setting names something that cannot be used: nothing else is tried. */
  | { kind: "wrong"; candidate: Candidate; reason: string }
  | { kind: "missing"; reasons: string[] };

/** What might be the server, the first that can be used first; a setting stands alone. */
export function candidates(facts: Facts): Candidate[] {
  if (facts.executable !== undefined) {
    return [{ how: "executable", path: facts.executable, source: "setting" }];
  }
  if (facts.interpreter !== undefined) {
    return [{ how: "interpreter", path: facts.interpreter, source: "setting" }];
  }
  const found: Candidate[] = [];
  if (facts.trusted && facts.pythonExtension !== undefined) {
    found.push({ how: "interpreter", path: facts.pythonExtension, source: "python extension" });
  }
  if (facts.onPath !== undefined) {
    found.push({ how: "executable", path: facts.onPath, source: "PATH" });
  }
  if (facts.privateEnvironment !== undefined) {
    const path = facts.privateEnvironment;
    found.push({ how: "interpreter", path, source: "private environment" });
  }
  return found;
}

/** Ask the candidates, one after the other, and take the first that can be used. */
export async function decide(
  facts: Facts,
  ask: (candidate: Candidate) => Promise<Answer>,
): Promise<Decision> {
  const reasons: string[] = [];
  for (const candidate of candidates(facts)) {
    const answer = await ask(candidate);
    const reason = objection(candidate, answer, facts.version);
    if (reason === undefined && "version" in answer) {
      return { kind: "found", candidate, version: answer.version };
    }
    if (candidate.source === "setting") {
      return { kind: "wrong", candidate, reason: reason ?? "" };
    }
    reasons.push(`${candidate.source}: ${candidate.path}: ${reason ?? ""}`);
  }
  return { kind: "missing", reasons };
}

/** Why a candidate is not taken. The version of what the user named is the user's affair. */
function objection(candidate: Candidate, answer: Answer, version: string): string | undefined {
  if ("problem" in answer) {
    return answer.problem;
  }
  if (candidate.source !== "setting" && !fits(answer.version, version)) {
    return `editdiff ${answer.version} does not fit this extension, ${version}`;
  }
  return undefined;
}

/** Whether two versions speak the same protocol: the same major number, below 1.0 the same minor one. */
export function fits(server: string, extension: string): boolean {
  const [major, minor] = extension.split(".");
  const [itsMajor, itsMinor] = server.split(".");
  return major === itsMajor && (major !== "0" || minor === itsMinor);
}

/** The command line of the server; an interpreter takes nothing from where it stands nor from PYTHON variables.
 *
 * @param shared whether one process may serve this window and others
 */
export function commandLine(candidate: Candidate, shared: boolean): { command: string; args: string[] } {
  const program = candidate.how === "interpreter" ? ["-I", "-m", "editdiff", "lsp"] : ["lsp"];
  return { command: candidate.path, args: shared ? program : [...program, "--alone"] };
}

/** The command line by which a candidate tells its version. */
export function question(candidate: Candidate): { command: string; args: string[] } {
  const code = "import editdiff_lsp, editdiff; print(editdiff.__version__)";
  const args = candidate.how === "interpreter" ? ["-I", "-c", code] : ["--version"];
  return { command: candidate.path, args };
}

/** The version in what a candidate printed. */
export function versionIn(output: string): string | undefined {
  return /\d+\.\d+\.\d+\S*/.exec(output)?.[0];
}

/** An environment in which no variable says where Python finds code or what it runs at its start. */
export function withoutPython(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^PYTHON/i.test(name));
  return Object.fromEntries(kept);
}
