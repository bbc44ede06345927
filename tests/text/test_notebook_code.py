import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.document import Document
from editdiff.text.notebook import place, read
from editdiff.text.notebook_code import NotebookCode
from editdiff.text.span import Span


def code_of(*cells: object, language: str = "python", **layout: object) -> NotebookCode:
    """The code of a notebook of these cells: sources, or whole cells."""
    whole = [c if isinstance(c, dict) else {"cell_type": "code", "source": c} for c in cells]
    metadata = {"kernelspec": {"language": language}}
    told = json.dumps({"cells": whole, "metadata": metadata}, **layout)
    return NotebookCode.of(read(Document("n.ipynb", told, 0, "json")))


def test_cells_of_code_stand_one_below_the_other():
    prose = {"cell_type": "markdown", "source": "see `x`"}
    code = code_of("x = 1", prose, "%%bash\nls", ["y = (\n", "  x)\n"])
    assert code.document.text == "x = 1\n\ny = (\n  x)\n"
    assert (code.document.path, code.document.language) == ("n.ipynb", "python")
    assert [cell.number for cell in code.cells] == [1, 4]


def test_only_what_is_no_magic_is_to_be_read():
    code = code_of("%time 1\nx = !ls\ny", "%%time\nz")
    assert [span.slice(code.document.text) for span in code.spans] == ["\nx = ", "\ny", "\nz"]


def test_code_may_be_in_another_language():
    other = {"cell_type": "code", "metadata": {"vscode": {"languageId": "sql"}}, "source": "select"}
    code = code_of("x <- 1", other, language="R")
    assert (code.document.text, code.document.language) == ("x <- 1", "r")


@pytest.mark.parametrize("cells", [(), ({"cell_type": "markdown", "source": "x"},), (None,)])
def test_a_notebook_may_have_no_code(cells):
    code = code_of(*cells)
    assert code.document.text == ""
    assert [span for span in code.spans if span.length] == []


def test_lines_count_in_their_cells():
    code = code_of("a\n", "b\nc", "", "d")
    lines = [at for at, sign in enumerate(code.document.text.split("\n")) if sign]
    told = [(code.cell_at(at)[0].number) for at in map(code.document.text.index, "abcd")]
    assert told == [1, 2, 2, 4]
    assert [code.line_in_cell(line) for line in lines] == [0, 0, 1, 0]


def test_a_token_that_reaches_out_of_its_cell_is_cut():
    code = code_of("ab", "cd")
    assert code.document.text == "ab\n\ncd"
    assert code.in_cell(Span(1, 5), 4) == Span(0, 1)
    assert code.in_cell(Span(1, 5), 1) == Span(1, 2)


CELLS = st.lists(
    st.one_of(
        st.text("ab\n\"\\/é😀\t ", max_size=8),
        st.lists(st.text("ab\"\\é😀 ", max_size=4), max_size=4),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@given(CELLS, st.booleans(), st.sampled_from([None, 1]), st.data())
def test_what_is_written_in_the_file_at_a_place_says_what_stands_there(
    cells, ascii_only, indent, data
):
    code = code_of(*cells, ensure_ascii=ascii_only, indent=indent)
    at = data.draw(st.integers(0, len(code.document.text)))
    cell, first = code.cell_at(at)
    end = data.draw(st.integers(at, first + len(cell.text))) if at <= first + len(cell.text) else at
    span = Span(at, end)
    here = code.in_file(span, at).slice(code.file.text)
    if len(cell.strings) == 1:
        assert json.loads(f'"{here}"') == span.slice(code.document.text)
    elif span.length == 1:
        assert json.loads(f'"{here}"') == code.in_cell(span, at).slice(cell.text)


def test_people_are_told_a_line_with_its_cell():
    assert (place(3, 2), place(0, 2)) == ("cell 3:2", "2")
