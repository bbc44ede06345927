/** Pictures of the plugin at work, in each theme. The variable SCREENSHOTS names the folder for them. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { Code } from "./code.ts";
import { SHAPES, WRITER } from "./documents.ts";
import { PYTHON, VSIX } from "./places.ts";
import { until } from "./processes.ts";
import type { Window } from "./window.ts";

const FOLDER = process.env["SCREENSHOTS"] || "screenshots";
/** Each theme's name, and what VS Code calls its file. */
const THEMES = {
  dark: ["Default Dark Modern", "dark_modern"],
  light: ["Default Light Modern", "light_modern"],
  "high-contrast": ["Default High Contrast", "hc_black"],
  "high-contrast-light": ["Default High Contrast Light", "hc_light"],
};
/** Slow and talkative, as in the scenarios; large enough to be read, with nothing around the text. */
const SETTINGS = {
  "editdiff.server.interpreter": PYTHON,
  "editdiff.offerModel": false,
  "editdiff.canvas": 32,
  "editdiff.drafts": 16,
  "editdiff.threshold": 0.999,
  "editdiff.ghostText.languages": ["python"],
  "editdiff.ghostText.confidence": 0,
  "breadcrumbs.enabled": false,
  "editor.fontSize": 18,
  "workbench.activityBar.location": "hidden",
  "workbench.sideBar.location": "right",
};

let window: Window;

async function picture(name: string): Promise<void> {
  await window.page.screenshot({ path: join(FOLDER, `${name}.png`) });
}

async function take(theme: string): Promise<void> {
  await window.open("ghost.py");
  await window.goTo(5, 23);
  await window.page.keyboard.press("Backspace");
  await window.page.keyboard.type(" ");
  await until("ghost text", async () => (await window.ghost()) || undefined);
  await picture(`ghost-${theme}`);

  await window.open("shapes.py");
  await window.selectLines(12, 15);
  await window.command("Infill Selection");
  // words already, and masks still, before the picture and after it
  const half = async (): Promise<boolean> => /self.*░/.test(await window.drawn());
  await until("a draft", async () => {
    if (!(await half())) return false;
    await picture(`draft-${theme}`);
    return half();
  });
  await until("a proposal", async () => (await window.lens()).includes("Accept"), 60_000);
  await window.goTo(12, 9); // the selection hides the colours
  await picture(`proposal-${theme}`);
  await window.page.keyboard.press("Escape");
}

const code = new Code();
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  await code.start(VSIX, SETTINGS);
});
after(() => code.stop());
for (const [name, [theme, file]] of Object.entries(THEMES)) {
  test(`pictures: ${name}`, { timeout: 120_000 }, async () => {
    code.configure({ ...SETTINGS, "workbench.colorTheme": theme });
    const folder = code.workspace({ "shapes.py": SHAPES, "ghost.py": WRITER });
    window = await code.window(folder, "shapes.py");
    await window.page.locator(`.monaco-workbench[class*="themes-${file}"]`).waitFor();
    await window.command("View: Close Primary Side Bar");
    await until("the model", async () => /editdiff nano/.test(await window.status()), 60_000);
    await take(name);
    await window.page.close();
  });
}
