"""What is reported is mended: offered where it is known, looked for when it is chosen, and never misapplied."""

import time

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

pytestmark = pytest.mark.asyncio(loop_scope="session")

AUTOMATIC, INVOKED = lsp.CodeActionTriggerKind.Automatic, lsp.CodeActionTriggerKind.Invoked
BROKEN = "import os\n\n\nx = «(»1\nprint(x)\n"
FIXED = "import os\n\n\nx = (1)\nprint(x)\n"
SLOW = BROKEN + '#: {"drafts": [["y"]], "steps": 40, "pause": 0.05}\n'
BRIEF = BROKEN + '#: {"drafts": [["y"]], "steps": 2, "pause": 0.02}\n'
SUM = "There are 3 * 4 = «13» of them.\n"
TOP = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))


def reported(document, message="'(' was never closed", source="Pylance", **more):
    """A diagnostic at the place that is marked."""
    error = lsp.DiagnosticSeverity.Error
    return lsp.Diagnostic(
        document.ranges[0], message, more.pop("severity", error), source=source, **more
    )


async def actions(editor, document, *reports, kind=INVOKED, only=("quickfix",)):
    reports = reports or (reported(document),)
    params = lsp.CodeActionParams(
        lsp.TextDocumentIdentifier(document.uri),
        reports[0].range,
        lsp.CodeActionContext(list(reports), only and list(only), kind),
    )
    answer = await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
    return [editor.structure(each, lsp.CodeAction) for each in answer]


async def resolve(editor, chosen):
    return await editor.ask(lsp.CODE_ACTION_RESOLVE, chosen)


async def complete(editor, document, *reports):
    """The actions of whoever asks until fixes are known: the machine may be busy."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = await actions(editor, document, *reports)
        if any(action.edit for action in found):
            return found
    raise TimeoutError


async def test_fixes_that_are_known_are_offered_the_best_one_preferred(editor):
    document = editor.open("x = «(»1 + 2\n")
    first, *others = await complete(editor, document)
    assert (first.title, first.kind) == ("editdiff: x = (1) + 2", "quickfix.editdiff.fix")
    assert first.is_preferred
    assert others
    assert not any(other.is_preferred for other in others)
    assert [d.message for d in first.diagnostics] == ["'(' was never closed"]
    (annotation,) = first.edit.change_annotations.values()
    assert annotation.label == "editdiff: fix"
    assert editor.apply(others[0].edit)
    assert document.text == "x = (1 + 2)\n"


async def test_before_anybody_asks_they_are_not_looked_for(editor):
    document = editor.open(BROKEN)
    before = (await editor.ask("editdiff/status"))["encoded"]
    (lazy,) = await actions(editor, document, kind=AUTOMATIC)
    assert lazy.title == "editdiff: fix “'(' was never closed”"
    assert (lazy.edit, lazy.command) == (None, None)
    assert len(lazy.diagnostics) == 1
    assert (await editor.ask("editdiff/status"))["encoded"] == before
    assert editor.apply((await resolve(editor, lazy)).edit)
    assert document.text == FIXED


async def test_an_equation_is_mended_without_a_model(editor):
    document = editor.open(SUM, "a.md", "markdown")
    report = reported(document, "3 * 4 is 12, not 13", "editdiff", code="maths")
    (action,) = await actions(editor, document, report, kind=AUTOMATIC)
    assert action.is_preferred
    assert editor.apply(action.edit)
    assert document.text == "There are 3 * 4 = 12 of them.\n"


async def test_which_number_was_meant_is_said_by_a_model_that_reads_whole_texts(start):
    editor = await start({"model": "reads"})
    told = '#: {"likes": {"50/2": 10.0}}'
    document = editor.open(f"{told}\n\n48/2 = «25»\n", "a.md", "markdown")
    report = reported(document, "48/2 is 24, not 25", "editdiff", code="maths")
    first = await complete(editor, document, report)
    titles = [each.title for each in first if each.edit]
    assert titles == ["editdiff: 50/2 = 25 (82 % sure)"]
    assert editor.apply(first[0].edit)
    assert document.text == f"{told}\n\n50/2 = 25\n"


async def test_where_it_cannot_tell_several_are_offered(start):
    editor = await start({"model": "reads"})
    document = editor.open("2 + 2 = «5»\n", "a.md", "markdown")
    report = reported(document, "2 + 2 is 4, not 5", "editdiff", code="maths")
    found = await complete(editor, document, report)
    assert [each.title for each in found if each.edit] == [
        "editdiff: 2 + 2 = 4 (69 % sure)",
        "editdiff: 3 + 2 = 5 (15 % sure)",
    ]


async def test_what_none_of_our_checks_sees_is_left_with_a_sentence(editor):
    document = editor.open("x = 1\ny = x + «'z'»\n")
    (lazy,) = await actions(editor, document, reported(document, "it is of another type"))
    assert (await resolve(editor, lazy)).edit is None
    (shown,) = editor.messages
    assert "no check of editdiff sees this problem" in shown.message
    assert document.text == "x = 1\ny = x + 'z'\n"


async def test_a_line_that_is_gone_a_hint_and_a_merge_are_none_to_be_fixed(editor):
    document = editor.open(BROKEN)
    gone = lsp.Diagnostic(lsp.Range(lsp.Position(90, 0), lsp.Position(90, 1)), "?", source="x")
    hint = reported(document, severity=lsp.DiagnosticSeverity.Hint)
    merge = reported(document, "a merge in conflict", "editdiff", code="merge-conflict")
    assert await actions(editor, document, gone, hint, merge) == []


async def test_only_where_quick_fixes_are_asked_for(editor):
    document = editor.open(BROKEN)
    assert await actions(editor, document, only=["source.fixAll"]) == []
    assert await actions(editor, document, only=None, kind=AUTOMATIC) != []


@pytest.mark.parametrize("name", ["untitled:Untitled-1", "file:///project/b.py"])
async def test_an_edit_elsewhere_before_it_is_resolved_moves_it(editor, name):
    document = editor.open(BROKEN, name.rpartition("/")[2])
    (lazy,) = await actions(editor, document, kind=AUTOMATIC)
    editor.change(document, (TOP, "# new\n"))
    assert editor.apply((await resolve(editor, lazy)).edit)
    assert document.text == "# new\n" + FIXED


async def test_an_edit_elsewhere_while_it_is_looked_for_moves_it(editor):
    document = editor.open(BRIEF)
    (lazy,) = await actions(editor, document, kind=AUTOMATIC)
    working = resolve(editor, lazy)
    editor.change(document, (TOP, "# new\n"))
    assert editor.apply((await working).edit)
    assert document.text.startswith("# new\n" + FIXED)


async def test_an_edit_of_the_place_drops_it(editor):
    document = editor.open(BROKEN)
    (lazy,) = await actions(editor, document, kind=AUTOMATIC)
    editor.change(document, (document.ranges[0], "["))
    assert (await resolve(editor, lazy)).edit is None
    (shown,) = editor.messages
    assert "the user changed the text" in shown.message


async def test_of_a_document_that_was_closed_meanwhile_nothing_is_applied(editor):
    document = editor.open(BRIEF)
    (lazy,) = await actions(editor, document, kind=AUTOMATIC)
    working = editor.ask(lsp.CODE_ACTION_RESOLVE, lazy)
    editor.close(document)
    assert (await working).edit is None
    editor.open("# another text\n")
    assert (await resolve(editor, lazy)).edit is None
    assert "the document was closed" in editor.messages[-1].message


async def test_what_takes_long_is_not_waited_for_and_ends_with_a_keystroke(editor):
    document = editor.open(SLOW)
    began = time.monotonic()
    (lazy,) = await actions(editor, document)
    assert time.monotonic() - began < 2
    assert lazy.edit is None
    end = lsp.Position(5, 0)
    editor.write(document, "#", end)
    began = time.monotonic()
    await editor.ghost(document, lsp.Position(5, 1), lsp.InlineCompletionTriggerKind.Invoked)
    assert time.monotonic() - began < 4, "it would take longer than that by itself"


async def test_a_client_that_cannot_resolve_gets_a_command_that_applies_the_fix(client):
    editor = await client(without=["resolve"])
    document = editor.open(BROKEN)
    (action,) = await actions(editor, document, kind=AUTOMATIC)
    assert action.command.command == "editdiff.server.fix"
    assert await editor.command("fix", *action.command.arguments) is True
    assert document.text == FIXED


async def test_a_command_for_a_version_that_is_gone_changes_nothing(editor):
    document = editor.open(BROKEN)
    params = {
        "textDocument": {"uri": document.uri, "version": document.version + 1},
        "range": document.ranges[0],
        "message": "?",
    }
    assert await editor.command("fix", params) is False
    assert (
        await editor.command("fix", params | {"textDocument": {"uri": "x:y", "version": 1}})
        is False
    )
    assert [m.message for m in editor.messages] == [
        "editdiff: the document has changed since the ranges were named; try again",
        "editdiff: the document is not open; open it first",
    ]
    for wrong in ({}, params | {"message": 1}, params | {"range": {"start": 1}}):
        with pytest.raises(JsonRpcInvalidParams):
            await editor.command("fix", wrong)
