import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Status } from "../protocol";
import { details, words, type Situation } from "../statusline";

const READY: Status = {
  state: "ready",
  model: "nano",
  message: "",
  memory: 183_000_000,
  clients: 1,
  latency: 119.6,
  silence: "",
  encoded: 4096,
  languages: ["python"],
};
const IDLE: Situation = {
  server: "running",
  status: READY,
  region: "idle",
  progress: "",
  ghostText: true,
  asleep: "",
};

describe("the status bar", () => {
  it("names the model and the last latency", () => {
    assert.deepEqual(words(IDLE), { text: "$(edit) editdiff nano 120 ms", look: "plain" });
    const first = { ...IDLE, status: { ...READY, latency: null } };
    assert.equal(words(first).text, "$(edit) editdiff nano");
  });

  it("shows that ghost text is off, or on in no language", () => {
    assert.match(words({ ...IDLE, ghostText: false }).text, /circle-slash/);
    assert.match(words({ ...IDLE, status: { ...READY, languages: [] } }).text, /circle-slash/);
  });

  it("shows that ghost text sleeps, unless it is off", () => {
    const asleep = { ...IDLE, asleep: "in this file" };
    assert.equal(words(asleep).text, "$(bell-slash) editdiff nano");
    assert.match(words({ ...asleep, ghostText: false }).text, /circle-slash/);
    const told = details(READY, "in this file", "x");
    assert.ok(told.includes("Ghost text: python; it sleeps in this file"));
  });

  it("is at work while the model is loaded, a region resolves, or the server is started", () => {
    const busy: Partial<Situation>[] = [
      { status: undefined },
      { status: { ...READY, state: "loading", model: "" } },
      { status: { ...READY, state: "busy" } },
      { server: "starting" },
      { region: "filling" },
    ];
    for (const situation of busy) {
      assert.match(words({ ...IDLE, ...situation }).text, /loading~spin/);
    }
  });

  it("names a model that is asleep, without being at work", () => {
    const asleep = { ...IDLE, status: { ...READY, state: "asleep" as const } };
    assert.deepEqual(words(asleep), { text: "$(clock) editdiff nano", look: "plain" });
    assert.match(words({ ...asleep, region: "filling" }).text, /loading~spin/);
    assert.match(details(asleep.status, "", "x")[0] ?? "", /^Model: nano, asleep/);
  });

  it("says how far a region has come, then which keys decide", () => {
    const progress = "step 3 · 4 of 12 places";
    assert.match(words({ ...IDLE, region: "filling", progress }).text, /step 3/);
    assert.match(words({ ...IDLE, region: "proposed" }).text, /Tab accepts, Esc rejects/);
  });

  it("warns where there is no server, and shows a model that failed as an error", () => {
    assert.equal(words({ ...IDLE, server: "absent" }).look, "warning");
    assert.equal(words({ ...IDLE, server: "stopped" }).look, "warning");
    assert.equal(words({ ...IDLE, status: { ...READY, state: "failed" } }).look, "error");
  });

  it("says where a region would go before it does, whatever the model is at", () => {
    const endpoint = { host: "127.0.0.1:8080", model: null, message: "" };
    const sent = (more: Partial<Status>, situation: Partial<Situation> = {}): string =>
      words({ ...IDLE, ...situation, status: { ...READY, endpoint, ...more } }).text;
    assert.equal(sent({}), "$(edit) editdiff nano 120 ms $(link-external) 127.0.0.1:8080");
    for (const state of ["loading", "asleep", "failed"] as const) {
      assert.match(sent({ state }), /link-external\) 127\.0\.0\.1:8080$/);
    }
    assert.match(sent({}, { asleep: "in this file" }), /bell-slash.*127\.0\.0\.1/);
    assert.doesNotMatch(sent({}, { region: "proposed" }), /127/);
    assert.doesNotMatch(sent({ endpoint: null }), /link-external/);
    assert.doesNotMatch(sent({ endpoint: { ...endpoint, host: "", message: "no address" } }), /link-external/);
  });

  it("tells whoever asks to whom it is sent, or why it cannot be", () => {
    const told = (endpoint: Status["endpoint"]): string | undefined =>
      details({ ...READY, ...(endpoint !== undefined && { endpoint }) }, "", "x")[0];
    const endpoint = { host: "h:1", model: "qwen", message: "" };
    assert.equal(told(endpoint), "Infill and rewrite: sent to h:1 (qwen)");
    assert.equal(told({ ...endpoint, model: null }), "Infill and rewrite: sent to h:1");
    assert.equal(told({ host: "", model: null, message: "no address; name one" }), "no address; name one");
    assert.equal(told(null), "Model: nano");
    assert.equal(told(undefined), "Model: nano");
  });

  it("tells more to whoever asks", () => {
    assert.deepEqual(details(READY, "", "Server 0.1.0"), [
      "Model: nano",
      "Ghost text: python",
      "Last latency: 120 ms",
      "Context tokens encoded: 4096",
      "Memory: 183 MB",
      "Server 0.1.0",
    ]);
    assert.ok(details({ ...READY, clients: 3 }, "", "x").includes("Memory: 183 MB, for 3 windows"));
    const silent: Status = { ...READY, silence: "the model is not sure enough" };
    assert.ok(details(silent, "", "x").includes("Nothing was shown last: the model is not sure enough"));
    const failed: Status = { ...READY, model: "", message: "no such folder", languages: [] };
    assert.deepEqual(details(failed, "", "x").slice(0, 2), ["no such folder", "Ghost text: no language"]);
  });
});
