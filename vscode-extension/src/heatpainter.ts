/** The decorations of doubtful places. */

import * as vscode from "vscode";
import { places } from "./doubtwords";
import { IN_RULER, STEPS, tint, type Mark } from "./heat";

/** Puts an alternative in the place of a doubtful one; its arguments are those of `Choice`. */
export const PUT = "editdiff.putAlternative";
/** URI and version of a document, a range of it as four numbers, and the text for it. */
export type Choice = [string, number, [number, number, number, number], string];

const COLORS = ["doubt1", "doubt2", "doubt3", "doubt4"];

export class HeatPainter implements vscode.Disposable {
  private readonly tints = STEPS.map((_, index) =>
    vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor(`editdiff.${COLORS[index]}Background`),
      borderColor: new vscode.ThemeColor(`editdiff.${COLORS[index]}Border`),
      borderStyle: "solid",
      borderWidth: "0 0 2px 0",
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      ...(index >= IN_RULER && {
        overviewRulerColor: new vscode.ThemeColor("editdiff.doubtRuler"),
        overviewRulerLane: vscode.OverviewRulerLane.Right,
      }),
    }),
  );

  /** Show marks in an editor, in place of those before. */
  draw(editor: vscode.TextEditor, marks: readonly Mark[], calibrated: boolean): void {
    for (const [index, type] of this.tints.entries()) {
      const these = marks.filter(({ probability }) => tint(probability) === index);
      const options = these.map((mark) => optionsOf(mark, editor.document, calibrated));
      editor.setDecorations(type, options);
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.tints).dispose();
  }
}

function optionsOf(mark: Mark, document: vscode.TextDocument, calibrated: boolean): vscode.DecorationOptions {
  const { start, end } = mark.range;
  const place: Choice[2] = [start.line, start.character, end.line, end.character];
  const range = new vscode.Range(...place);
  const link = (text: string): string => {
    const choice: Choice = [document.uri.toString(), document.version, place, text];
    // a closing bracket would end the link
    const told = encodeURIComponent(JSON.stringify(choice)).replaceAll("(", "%28").replaceAll(")", "%29");
    return `command:${PUT}?${told}`;
  };
  const words = new vscode.MarkdownString(places(document.getText(range), mark, calibrated, link));
  words.isTrusted = { enabledCommands: [PUT] };
  return { range, hoverMessage: words };
}

/** Put a text in the place of a doubtful one, unless the document has changed since that was offered. */
export async function put(...[uri, version, place, text]: Choice): Promise<void> {
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri);
  if (document?.version !== version) {
    void vscode.window.showInformationMessage(
      "editdiff: the document has changed since; rest the pointer on the place again",
    );
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(...place), text);
  await vscode.workspace.applyEdit(edit);
}
