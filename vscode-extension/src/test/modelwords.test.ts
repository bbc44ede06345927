import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { line, offer, size, time } from "../modelwords";
import type { Model } from "../protocol";

const CODER: Model = {
  name: "coder",
  licence: "Apache-2.0",
  measured: ["single line: 71.7 %", "multi line: 25.0 %"],
  present: false,
  default: false,
  preferred: true,
  parameters: 494_032_768,
  download: 491_400_064,
  disk: 500_000_000,
  memory: 750_000_000,
  source: ["from makers/coder on the Hugging Face hub, revision main"],
  index: ["from the package index", "re-uploads"],
  obstacle: "",
  getting: false,
};

describe("the words of models", () => {
  it("say source, size, licence, time and memory before anything is fetched", () => {
    assert.equal(
      offer(CODER, "nano"),
      "editdiff uses nano, its small built-in model. coder is right far more often: 491 MB from makers/coder on the Hugging Face hub, revision main (licence Apache-2.0), about 40 s at 100 Mbit/s and 20 s to pack; it takes 750 MB of memory in use.",
    );
  });

  it("say what is in the way, in place of what cannot be had", () => {
    const sentence = offer({ ...CODER, obstacle: "0.3 GB are free; end other programs" }, "nano");
    assert.match(sentence, /cannot be had here now: 0\.3 GB are free; end other programs$/);
    assert.doesNotMatch(sentence, /491 MB/);
  });

  it("tell what is here from what has to be fetched", () => {
    assert.deepEqual(line(CODER, false), {
      label: "$(cloud-download) coder",
      description: "494 M parameters · 491 MB to fetch · 750 MB of memory in use · Apache-2.0",
      detail: "single line: 71.7 %",
    });
    const here = line({ ...CODER, present: true, parameters: 0, memory: 0 }, true);
    assert.equal(here.label, "$(check) coder");
    assert.equal(here.description, "500 MB · Apache-2.0 · in use");
    assert.match(line({ ...CODER, getting: true }, false).description, /being fetched/);
    assert.equal(line({ ...CODER, obstacle: "no room" }, false).detail, "no room");
  });

  it("give sizes and times for people", () => {
    assert.equal(size(1_117_320_768), "1.1 GB");
    assert.equal(size(9_400_000), "9 MB");
    assert.match(time({ ...CODER, download: 1.2e9, disk: 7.5e9 }), /^about 2 min .* and 5 min to pack$/);
  });
});
