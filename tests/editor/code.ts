/** A VS Code of our own: its server with an extension in a new place, and a browser that shows it. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { SERVER } from "./places.ts";
import { allGone, until } from "./processes.ts";
import { Window } from "./window.ts";

export type Settings = Record<string, unknown>;

/** A quiet VS Code: nothing moves, asks, looks for news or suggests, but us. */
const QUIET: Settings = {
  "chat.disableAIFeatures": true,
  "editor.accessibilitySupport": "off",
  "editor.autoClosingBrackets": "never",
  "editor.cursorBlinking": "solid",
  "editor.hover.enabled": "off",
  "editor.minimap.enabled": false,
  "editor.occurrencesHighlight": "off",
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.wordBasedSuggestions": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off", // in a browser it is on
  "git.enabled": false,
  "security.workspace.trust.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** A free port of this machine. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

export class Code {
  private readonly home = mkdtempSync(join(tmpdir(), "editdiff-"));
  private port = 0;
  private server: ChildProcess | undefined;
  private browser: Browser | undefined;

  /** Starts the server with the extensions packed in `vsixes`, and the browser. */
  async start(settings: Settings, ...vsixes: readonly string[]): Promise<void> {
    this.configure(settings);
    this.port = await freePort();
    const environment = this.environment();
    const shared = [
      SERVER, "--accept-server-license-terms", "--telemetry-level", "off",
      "--server-data-dir", join(this.home, "server"), "--extensions-dir", join(this.home, "extensions"),
    ];
    const wanted = vsixes.flatMap((vsix) => ["--install-extension", vsix]);
    const installed = spawnSync(process.execPath, [...shared, ...wanted], { env: environment, encoding: "utf8" });
    if (installed.status !== 0) throw new Error(`${vsixes} were not installed: ${installed.stderr}`);
    // a process group of its own: its end takes the extension hosts and the language servers along
    this.server = spawn(
      process.execPath,
      [...shared, "--host", "127.0.0.1", "--port", String(this.port), "--without-connection-token"],
      { env: environment, stdio: "ignore", detached: true },
    );
    // also when the tests are interrupted
    process.once("exit", () => {
      this.end();
      rmSync(this.home, { recursive: true, force: true });
    });
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
    this.browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      // root has no sandbox, and a container little shared memory
      args: ["--disable-dev-shm-usage", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
    });
    await until("VS Code's server", () => this.answers());
  }

  /** Replaces the user's settings, for windows that are opened afterwards. */
  configure(settings: Settings): void {
    const folder = join(this.home, "server/data/User");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "settings.json"), JSON.stringify({ ...QUIET, ...settings }, null, 2));
  }

  /** A new folder with these files: path to text. */
  workspace(files: Record<string, string>): string {
    const folder = mkdtempSync(join(this.home, "work-"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return folder;
  }

  /** A window on `folder`, trusted or not, with `file` of it open. */
  async window(folder: string, file: string): Promise<Window> {
    if (!this.browser) throw new Error("not started");
    const host = `127.0.0.1:${this.port}`;
    const payload = JSON.stringify([["openFile", `vscode-remote://${host}${join(folder, file)}`]]);
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    await page.goto(`http://${host}/?${new URLSearchParams({ folder, payload })}`, { timeout: 120_000 });
    const window = new Window(page, folder);
    await window.shown(file);
    return window;
  }

  /** Ends everything and removes its files; fails if something outlives it. */
  async stop(): Promise<void> {
    await this.browser?.close();
    this.end();
    try {
      await allGone();
    } finally {
      rmSync(this.home, { recursive: true, force: true });
    }
  }

  private readonly end = (): void => {
    try {
      if (this.server?.pid) process.kill(-this.server.pid, "SIGTERM");
    } catch {
      // ended already
    }
  };

  private async answers(): Promise<boolean> {
    if (this.server?.exitCode !== null) throw new Error("VS Code's server ended");
    return fetch(`http://127.0.0.1:${this.port}/version`).then((answer) => answer.ok, () => false);
  }

  private environment(): NodeJS.ProcessEnv {
    const below = (name: string): string => join(this.home, name);
    mkdirSync(below("t"));
    return {
      ...process.env,
      EXTENSIONS_GALLERY: "{}", // else the browser asks a gallery of extensions
      TMPDIR: below("t"),
      XDG_CACHE_HOME: below("cache"),
      XDG_CONFIG_HOME: below("config"),
      XDG_DATA_HOME: below("data"),
    };
  }
}
