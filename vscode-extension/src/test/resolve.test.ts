import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  candidates,
  commandLine,
  decide,
  fits,
  question,
  versionIn,
  withoutPython,
  type Answer,
  type Candidate,
  type Facts,
} from "../resolve";

const NOTHING: Facts = {
  executable: undefined,
  interpreter: undefined,
  pythonExtension: undefined,
  onPath: undefined,
  privateEnvironment: undefined,
  trusted: true,
  version: "0.1.0",
};
const ALL: Facts = {
  ...NOTHING,
  pythonExtension: "/venv/bin/python",
  onPath: "/usr/bin/editdiff",
  privateEnvironment: "/storage/bin/python",
};

/** Answers by path; who is not named is broken. */
function answers(known: Record<string, string>) {
  return (candidate: Candidate): Promise<Answer> => {
    const version = known[candidate.path];
    return Promise.resolve(version === undefined ? { problem: "no such module" } : { version });
  };
}

describe("the server", () => {
  it("is looked for in the Python extension, on PATH, then in the private environment", () => {
    assert.deepEqual(
      candidates(ALL).map(({ source }) => source),
      ["python extension", "PATH", "private environment"],
    );
  });

  it("is what a setting names, and nothing else", () => {
    const path = candidates({ ...ALL, executable: "/opt/editdiff" });
    assert.deepEqual(path, [{ how: "executable", path: "/opt/editdiff", source: "setting" }]);
    const python = candidates({ ...ALL, interpreter: "/opt/python" });
    assert.deepEqual(python, [{ how: "interpreter", path: "/opt/python", source: "setting" }]);
  });

  it("is never the workspace's interpreter where the workspace is not trusted", () => {
    const sources = candidates({ ...ALL, trusted: false }).map(({ source }) => source);
    assert.deepEqual(sources, ["PATH", "private environment"]);
  });

  it("is the first that answers", async () => {
    const decision = await decide(ALL, answers({ "/usr/bin/editdiff": "0.1.3", "/storage/bin/python": "0.1.0" }));
    assert.deepEqual(decision, {
      kind: "found",
      candidate: { how: "executable", path: "/usr/bin/editdiff", source: "PATH" },
      version: "0.1.3",
    });
  });

  it("is passed over when its version does not fit", async () => {
    const decision = await decide(ALL, answers({ "/venv/bin/python": "0.2.0", "/storage/bin/python": "0.1.0" }));
    assert.equal(decision.kind === "found" && decision.candidate.source, "private environment");
  });

  it("may have any version where a setting names it", async () => {
    const facts = { ...ALL, interpreter: "/opt/python" };
    const decision = await decide(facts, answers({ "/opt/python": "3.0.0" }));
    assert.equal(decision.kind, "found");
  });

  it("is not replaced by another when the one of a setting is broken", async () => {
    const facts = { ...ALL, interpreter: "/opt/python" };
    const decision = await decide(facts, answers({ "/venv/bin/python": "0.1.0" }));
    assert.deepEqual(decision, {
      kind: "wrong",
      candidate: { how: "interpreter", path: "/opt/python", source: "setting" },
      reason: "no such module",
    });
  });

  it("is missing with the reason of each that was tried", async () => {
    const decision = await decide(ALL, answers({ "/usr/bin/editdiff": "1.0.0" }));
    assert.deepEqual(decision, {
      kind: "missing",
      reasons: [
        "python extension: /venv/bin/python: no such module",
        "PATH: /usr/bin/editdiff: editdiff 1.0.0 does not fit this extension, 0.1.0",
        "private environment: /storage/bin/python: no such module",
      ],
    });
    assert.deepEqual(await decide(NOTHING, answers({})), { kind: "missing", reasons: [] });
  });

  it("starts isolated", () => {
    const python: Candidate = { how: "interpreter", path: "/p", source: "PATH" };
    assert.deepEqual(commandLine(python, true), { command: "/p", args: ["-I", "-m", "editdiff", "lsp"] });
    assert.equal(question(python).args[0], "-I");
    const program: Candidate = { how: "executable", path: "/e", source: "PATH" };
    assert.deepEqual(commandLine(program, true), { command: "/e", args: ["lsp"] });
    assert.deepEqual(commandLine(program, false), { command: "/e", args: ["lsp", "--alone"] });
    const environment = { PATH: "/bin", PYTHONPATH: "/evil", PYTHONSTARTUP: "/evil", PythonHome: "/evil" };
    assert.deepEqual(withoutPython(environment), { PATH: "/bin" });
  });

  it("fits with the same minor version below 1.0, and the same major one from there", () => {
    assert.ok(fits("0.1.7", "0.1.0"));
    assert.ok(!fits("0.2.0", "0.1.0"));
    assert.ok(fits("1.4.0", "1.2.9"));
    assert.ok(!fits("2.0.0", "1.2.9"));
  });

  it("tells its version anywhere in what it prints", () => {
    assert.equal(versionIn("a warning\neditdiff 0.1.0"), "0.1.0");
    assert.equal(versionIn("usage: editdiff"), undefined);
  });
});
