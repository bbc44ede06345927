import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { which } from "../which";

describe("a program on PATH", { skip: process.platform === "win32" }, () => {
  let place = "";
  const at = (...names: string[]): string => join(place, ...names);
  const find = (...folders: string[]) => which(["tool"], folders.join(delimiter), [at("workspace")]);

  before(() => {
    place = mkdtempSync(join(tmpdir(), "which-"));
    for (const folder of ["bin", "empty", "links", "data", "workspace"]) {
      mkdirSync(at(folder));
    }
    for (const folder of ["bin", "data", "workspace"]) {
      writeFileSync(at(folder, "tool"), "#!/bin/sh\n");
    }
    chmodSync(at("bin", "tool"), 0o755);
    chmodSync(at("data", "tool"), 0o644);
    chmodSync(at("workspace", "tool"), 0o755);
    symlinkSync(at("workspace", "tool"), at("links", "tool"));
    symlinkSync(at("workspace"), at("alias"));
  });
  after(() => {
    rmSync(place, { recursive: true });
  });

  it("is found in the first entry that has it", async () => {
    assert.equal(await find(at("empty"), at("bin")), at("bin", "tool"));
    assert.equal(await find(at("empty")), undefined);
  });

  it("is not a file that cannot be run", async () => {
    assert.equal(await find(at("data"), at("bin")), at("bin", "tool"));
  });

  it("is never one of the workspace, not even by a link", async () => {
    assert.equal(await find(at("workspace")), undefined);
    assert.equal(await find(at("links")), undefined);
    assert.equal(await find(at("alias")), undefined);
  });

  it("is not looked for in entries that depend on the working directory", async () => {
    const here = process.cwd();
    process.chdir(at("bin"));
    try {
      assert.equal(await find("", ".", "../bin"), undefined);
    } finally {
      process.chdir(here);
    }
  });
});
