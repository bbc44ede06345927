import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "../run";
import { environmentOf, installed, verify } from "../wheel";

const how = { cwd: tmpdir(), env: process.env };
const node = (code: string, more = {}) => run(process.execPath, ["-e", code], { ...how, ...more });

describe("a program that is run", () => {
  it("gives its lines, of output and of errors, and tells them as they come", async () => {
    const heard: string[] = [];
    const code = "console.log('one'); console.error('two')";
    const lines = await node(code, { onLine: (line: string) => heard.push(line) });
    assert.deepEqual([...lines].sort(), ["one", "two"]);
    assert.deepEqual(heard, lines);
  });

  it("fails with the last line it wrote", async () => {
    await assert.rejects(node("console.log('a'); console.log('no space'); process.exitCode = 3"), /no space/);
    await assert.rejects(node("process.exit(4)"), /it ended with 4/);
    await assert.rejects(run("/nowhere/python", [], how), /ENOENT/);
  });

  it("is ended when it is aborted, or takes too long", async () => {
    const stop = new AbortController();
    const waits = "setTimeout(() => {}, 60000)";
    setTimeout(() => stop.abort(), 100);
    await assert.rejects(node(waits, { signal: stop.signal }), { name: "AbortError" });
    await assert.rejects(node(waits, { timeout: 100 }), /SIGTERM/);
  });
});

describe("the wheel", () => {
  it("is refused when it is not the one that the extension was built with", async () => {
    const place = mkdtempSync(join(tmpdir(), "wheel-"));
    const file = join(place, "editdiff-0.1.0-py3-none-any.whl");
    try {
      writeFileSync(file, "its bytes");
      const sha256 = createHash("sha256").update("its bytes").digest("hex");
      await verify(file, sha256);
      writeFileSync(file, "its bytez");
      await assert.rejects(verify(file, sha256), /is not the wheel/);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it("has an environment of its own, which counts when it is complete", () => {
    const storage = mkdtempSync(join(tmpdir(), "storage-"));
    try {
      const wheel = { file: "x.whl", sha256: "0123456789abcdef" };
      const environment = environmentOf(wheel, storage, "linux");
      assert.equal(environment.interpreter, join(storage, "environment-0123456789ab/bin/python"));
      assert.equal(installed({ ...environment, complete: join(storage, "complete") }), undefined);
      writeFileSync(join(storage, "complete"), "");
      const complete = { ...environment, complete: join(storage, "complete") };
      assert.equal(installed(complete), environment.interpreter);
    } finally {
      rmSync(storage, { recursive: true });
    }
  });
});
