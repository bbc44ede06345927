"""What changed since the last commit is fixed, and nothing else; git starts nothing that the repository names."""

import re
import subprocess

import pytest
from editdiff_lsp.answers import left_alone
from lsp_buffer import Buffer
from lsp_editor import SCRIPTED, Editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from editdiff.edits.fix.changed import LeftAlone

pytestmark = pytest.mark.asyncio(loop_scope="session")

OLD = "# Sums\n\nThere are 3 * 4 = 13 of them.\n\n"
NEW = OLD + "Later there are 5 * 5 = 26 of them.\n"
FIXED = OLD + "Later there are 5 * 5 = 25 of them.\n"
KIND = "source.editdiff.fixChanged"
TOP = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder, check=True,
        capture_output=True,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    """A repository in which a file with a fault is committed."""
    folder = tmp_path / "a project"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.md").write_text(OLD)
    git(folder, "add", "a.md")
    git(folder, "commit", "-qm", "first")
    return folder


def opened(editor, file, text=NEW):
    return editor.hold(Buffer(file.as_uri(), text, "markdown", editor.encoding))


async def actions(editor, document, only=(KIND,)):
    context = lsp.CodeActionContext([], only and list(only))
    params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(document.uri), TOP, context)
    answer = await editor.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, params)
    return [editor.structure(each, lsp.CodeAction) for each in answer]


def named(document):
    return {"textDocument": {"uri": document.uri}}


async def test_only_the_lines_that_changed_are_fixed(editor, repository):
    document = opened(editor, repository / "a.md")
    (action,) = await actions(editor, document)
    assert (action.title, action.kind) == (
        "editdiff: fix what I changed since the last commit",
        KIND,
    )
    assert action.edit is None
    resolved = await editor.ask(lsp.CODE_ACTION_RESOLVE, action)
    assert editor.apply(resolved.edit)
    assert document.text == FIXED


async def test_the_command_applies_it(editor, repository):
    document = opened(editor, repository / "a.md")
    assert await editor.command("fixChanged", named(document)) is True
    assert document.text == FIXED
    assert await editor.command("fixChanged", named(document)) is False
    (shown,) = editor.messages
    assert shown.message == "editdiff: nothing is wrong in the 1 line that changed"


async def test_what_is_left_alone_is_counted_and_named(editor, repository):
    text = "# so 5 * 5 = 26\n\nx = = )\n"
    document = editor.hold(Buffer((repository / "a.py").as_uri(), text, "python"))
    (action,) = await actions(editor, document)
    resolved = await editor.ask(lsp.CODE_ACTION_RESOLVE, action)
    assert editor.apply(resolved.edit)
    assert document.text == text.replace("26", "25")
    (shown,) = editor.messages
    assert re.match(r"editdiff: \d problems? (are|is) left alone: line 3: ", shown.message)


async def test_a_sentence_names_the_first_problems_that_are_left_and_counts_them_all():
    left = [LeftAlone(line, "it is wrong", "no draft is better") for line in range(1, 6)]
    assert left_alone(left[:1]) == "editdiff: 1 problem is left alone: line 1: it is wrong"
    assert left_alone(left) == (
        "editdiff: 5 problems are left alone: line 1: it is wrong; line 2: it is wrong; "
        "line 3: it is wrong; and 2 more"
    )


async def test_a_client_that_cannot_resolve_gets_the_command(client, repository):
    editor = await client(without=["resolve"])
    document = opened(editor, repository / "a.md")
    (action,) = await actions(editor, document)
    assert action.command.command == "editdiff.server.fixChanged"
    assert await editor.command("fixChanged", *action.command.arguments) is True
    assert document.text == FIXED


async def test_nothing_that_the_repository_names_is_run(editor, repository):
    spy = repository / "spy.sh"
    spy.write_text(f"#!/bin/sh\ntouch '{repository}/ran'\ncat\n")
    spy.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "diff.external",
        "diff.a.textconv",
        "filter.a.smudge",
        "core.pager",
    ):
        git(repository, "config", name, str(spy))
    git(repository, "config", "core.hooksPath", str(repository))
    (repository / ".gitattributes").write_text("*.md diff=a filter=a\n")
    document = opened(editor, repository / "a.md")
    assert await editor.command("fixChanged", named(document)) is True
    assert not (repository / "ran").exists()


async def test_git_is_not_asked_where_the_client_says_so(start, repository):
    editor = await start({"git": False})
    document = opened(editor, repository / "a.md")
    assert await actions(editor, document) == []
    assert await editor.command("fixChanged", named(document)) is False
    assert "git is not asked here; trust the workspace" in editor.messages[-1].message
    assert document.text == NEW


async def test_without_a_repository_a_commit_or_a_file_it_says_so(editor, tmp_path):
    alone = opened(editor, tmp_path / "b.md")
    assert await actions(editor, alone) == []
    assert await editor.command("fixChanged", named(alone)) is False
    git(tmp_path, "init", "-q")
    assert await editor.command("fixChanged", named(alone)) is False
    item = lsp.TextDocumentItem("untitled:Untitled-1", "markdown", 1, NEW)
    editor.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    for uri in ("untitled:Untitled-1", "file:///nowhere/a.md"):
        assert await editor.command("fixChanged", {"textDocument": {"uri": uri}}) is False
    said = [message.message for message in editor.messages]
    assert "in no git repository" in said[0]
    assert "has no revision 'HEAD'" in said[1]
    assert "this document is no file" in said[2]
    assert "the document is not open" in said[3]
    with pytest.raises(JsonRpcInvalidParams):
        await editor.command("fixChanged", {})


async def test_a_file_that_is_new_has_changed_as_a_whole(editor, repository):
    document = opened(editor, repository / "new.md")
    assert await editor.command("fixChanged", named(document)) is True
    assert document.text == NEW.replace("13", "12").replace("26", "25")


async def test_without_git_it_says_so(environment, repository, tmp_path):
    editor = Editor()
    await editor.start(SCRIPTED, env=environment | {"PATH": str(tmp_path)}, cwd=tmp_path)
    try:
        await editor.begin()
        document = opened(editor, repository / "a.md")
        assert await editor.command("fixChanged", named(document)) is False
        assert "git cannot be asked" in editor.messages[-1].message
    finally:
        await editor.leave()
