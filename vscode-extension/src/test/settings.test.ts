import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { OPTIONS, OWN, options, optionsFor, reader, type Option } from "../settings";

interface Manifest {
  contributes: { configuration: { properties: Record<string, { markdownDescription?: string; scope?: string }> } };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}
const manifest = JSON.parse(
  readFileSync(join(__dirname, "../../package.json"), "utf8"),
) as Manifest;
const settings = manifest.contributes.configuration.properties;

describe("the settings", () => {
  it("become the initialization options, each in its group", () => {
    const set: Partial<Record<Option, unknown>> = {
      drafts: 8,
      model: null,
      "ghostText.enabled": false,
      "ghostText.debounce": 0,
    };
    assert.deepEqual(
      options((name) => set[name]),
      { drafts: 8, model: null, ghostText: { enabled: false, debounce: 0 } },
    );
  });

  it("are left out where the user set none", () => {
    assert.deepEqual(options(() => undefined), {});
  });

  it("that are on for one language are on for the server, which is asked there alone", () => {
    const configured = (everywhere: boolean, python?: boolean): unknown => {
      const languageIds = python === undefined ? undefined : ["python"];
      const known = (value: boolean | undefined): never =>
        ({
          inspect: () => ({ globalValue: everywhere, languageIds }),
          get: () => value,
        }) as never;
      return reader((language) => known(language === undefined ? everywhere : python))("ghostText.enabled");
    };
    assert.equal(configured(false), false);
    assert.equal(configured(false, true), true);
    assert.equal(configured(false, false), false);
    assert.equal(configured(true, false), true);
  });

  it("that only the user may say are not read from a workspace, whatever it says", () => {
    const layers = { globalValue: "http://127.0.0.1:8080", workspaceValue: "http://elsewhere" };
    const configured = (own: boolean): never =>
      ({
        inspect: () => (own ? layers : { workspaceValue: layers.workspaceValue }),
        get: () => layers.workspaceValue,
      }) as never;
    for (const name of OWN) {
      assert.equal(reader(() => configured(true))(name), layers.globalValue);
      assert.equal(reader(() => configured(false))(name), undefined);
      assert.equal(settings[`editdiff.${name}`]?.scope, "machine");
    }
  });

  it("say that git is not to be asked in a workspace that is not trusted, whatever is set", () => {
    const read = (name: Option): unknown => (name === "git" ? true : undefined);
    assert.deepEqual(optionsFor(true, read), { git: true });
    assert.deepEqual(optionsFor(false, read), { git: false });
  });

  it("are all described, and but for those of the client all forwarded", () => {
    const server = ["server.interpreter", "server.path", "server.shared"];
    const own = ["doubts.least", "doubts.lines", "offerModel", ...server, "trace.server"];
    const named = Object.keys(settings).map((name) => name.replace("editdiff.", ""));
    assert.deepEqual(named.sort(), [...OPTIONS, ...own].sort());
    for (const [name, { markdownDescription }] of Object.entries(settings)) {
      assert.ok(markdownDescription, name);
    }
  });

  it("of a workspace that is not trusted are not used, none of them", () => {
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    assert.deepEqual([...restricted].sort(), Object.keys(settings).sort());
  });
});
