"""`fix` of notebooks: what is shown, written and refused, and the exit codes."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from editdiff.cli import fix as command
from editdiff.cli.app import main
from editdiff.engines.base import FillOptions, FillTask, Update

CELL = b'{"cell_type": "code", "metadata": {}, "outputs": [], "source": ['
KERNEL = b'"metadata": {"kernelspec": {"language": "python", "name": "python3"}}, "nbformat": 4'
CODE = rb'"def f(x:\n", "    return \"\u00e9\/\"\n"'
BOOK = (
    b'\xef\xbb\xbf{"cells": [\r\n\t' + CELL + b'"%time 1"]},\r\n\t' + CELL + CODE + b"]},\r\n"
    b'  {"cell_type": "markdown", "source": "So 12 * 3 = 35 pens."}],\r\n'
    + KERNEL
    + b', "n":1.0e+5}'
)
RIGHT = BOOK.replace(b"(x:", b"(x):")


class Liking:
    """An engine without drafts of its own, which likes one text."""

    name = "liking"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield from ()

    def score(self, task: FillTask, texts: list[tuple[str, ...]]) -> list[float]:
        return [10.0 if text in ("def f(x):", "36") else -100.0 for (text,) in texts]


@pytest.fixture
def book(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "choose", lambda *spec: Liking())
    path = tmp_path / "book.ipynb"
    path.write_bytes(BOOK)
    return path


def test_the_patch_is_one_that_git_applies(book, capsys):
    assert main(["fix", "book.ipynb", "--diff"]) == 1
    out, err = capsys.readouterr()
    assert err == "book.ipynb: 1 fix proposed, no problems left with it\n"
    subprocess.run(["git", "apply"], input=out.encode(), check=True)
    assert book.read_bytes() == RIGHT


def test_write_changes_no_byte_outside_of_what_is_mended(book):
    assert main(["fix", "book.ipynb", "--check", "syntax,math", "--write"]) == 0
    assert book.read_bytes() == RIGHT.replace(b"= 35", b"= 36")


def test_places_are_told_by_cell(book, capsys):
    assert main(["fix", "book.ipynb", "--check", "syntax,math", "--report"]) == 1
    assert capsys.readouterr().out == (
        "book.ipynb:cell 2:1:1: syntax error [syntax]\n"
        "book.ipynb:cell 2:1:6: '(' was never closed [python]\n"
        "book.ipynb:cell 2:2:5: syntax error [syntax]\n"
        "book.ipynb:cell 3:1:13: 12 * 3 is 36, not 35 [math]\n"
    )


def test_json_tells_cells_and_edits_of_the_file(book, capsys):
    assert main(["fix", "book.ipynb", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["cell"], one["line"], one["check"]) for one in told["mended"]] == [
        (2, 1, "python")
    ]
    (edit,) = told["edits"]
    text = BOOK.decode("utf-8-sig")
    assert text[: edit["start"]] + edit["new"] + text[edit["end"] :] == RIGHT.decode("utf-8-sig")


def test_what_cannot_be_mended_is_told_by_its_cell(book, capsys):
    book.write_bytes(BOOK.replace(CODE, b'"x = 1 +* / 2"'))
    assert main(["fix", "book.ipynb"]) == 1
    assert capsys.readouterr().err.startswith("book.ipynb:cell 2:1: ")


def test_a_notebook_in_another_language_cannot_be_judged_and_is_no_fault(book, capsys):
    book.write_bytes(BOOK.replace(b'"language": "python"', b'"language": "R"'))
    assert main(["fix", "book.ipynb"]) == 0
    assert capsys.readouterr() == (
        "",
        "book.ipynb: cannot judge [notebook]: its code is R, and of notebooks Python alone is judged\n",
    )
    assert main(["fix", "book.ipynb", "--strict"]) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (BOOK[:-1], "it is not JSON (line 5: Expecting ',' delimiter)"),
        (b"", "it is not JSON (line 1: Expecting value)"),
        (b"<<<<<<< ours\n{}\n", "it is not JSON"),
        (b"[1, 2]", "its JSON is no object"),
        (b'{"name": "x"}', "it has no cells"),
        (b'{"worksheets": [], "nbformat": 3}', "it is older than nbformat 4"),
        (BOOK.replace(b"%time 1", b"\\u0000"), "cell 1 holds NUL or half a character"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence_with_a_hint_and_stays(
    book, data, why, capsys
):
    book.write_bytes(data)
    assert main(["fix", "book.ipynb", "--write"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert why in err
    assert len(err.splitlines()) == 2
    assert book.read_bytes() == data


def test_another_file_is_mended_although_one_is_no_notebook(book, capsys):
    Path("other.ipynb").write_text("{")
    assert main(["fix", ".", "--write"]) == 2
    assert book.read_bytes() == RIGHT


def test_lines_of_a_notebook_cannot_be_named(book, capsys):
    assert main(["fix", "book.ipynb", "--lines", "3"]) == 2
    assert "--lines names lines of a text" in capsys.readouterr().err


def test_infill_refuses_a_notebook(book, capsys):
    assert main(["infill", "book.ipynb", "--lines", "3", "--write"]) == 2
    assert "book.ipynb is a notebook, whose cells infill cannot fill" in capsys.readouterr().err
    assert book.read_bytes() == BOOK
