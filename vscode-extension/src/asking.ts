/** What is to become of a selection, in words: typed, or one of those that were typed before. */

import * as vscode from "vscode";
import { latest } from "./history";

const KEY = "editdiff.asked";
const PLACEHOLDER = "What is to become of the selection? Such as: add type hints";

/** Asks for an instruction; those of before are kept from one session of the editor to the next. */
export class Asking {
  constructor(private readonly memory: vscode.Memento) {}

  /** What the user types or picks; undefined where they leave it.
   *
   * @param host who is sent the selection; empty where it stays on this machine
   */
  async ask(host: string): Promise<string | undefined> {
    const before = this.memory.get<string[]>(KEY, []);
    const pick = vscode.window.createQuickPick();
    const show = (): void => {
      const typed = pick.value.trim();
      const others = before.filter((each) => each !== typed);
      const labels = typed === "" ? others : [typed, ...others];
      pick.items = labels.map((label) => ({ label, alwaysShow: label === typed }));
    };
    pick.title = `editdiff: Rewrite Selection${host && ` (sent to ${host})`}`;
    pick.placeholder = PLACEHOLDER;
    pick.onDidChangeValue(show);
    show();
    const asked = await new Promise<string | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.activeItems[0]?.label));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
    pick.dispose();
    if (asked !== undefined) {
      await this.memory.update(KEY, latest(before, asked));
    }
    return asked;
  }
}
