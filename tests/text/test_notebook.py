import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import InputError
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.notebook import Cell, Notebook, is_notebook, read
from editdiff.text.span import Span


def notebook(text: str) -> Notebook:
    return read(Document("book.ipynb", text, language="json"))


def cell(source, kind="code", **metadata) -> dict[str, object]:
    return {"cell_type": kind, "metadata": metadata, "source": source}


def written(cells, indent=1, ascii_only=False, **metadata) -> str:
    told = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told, indent=indent, ensure_ascii=ascii_only) + "\n"


def languages(found: Notebook) -> list[str]:
    return [one.language for one in found.cells]


def after(edited: Cell, *edits: TextEdit) -> str:
    """The file, with a cell edited."""
    return Edits(tuple(edited.in_file(Edits(edits)))).apply(edited.file.text)


def replaced(text: str, old: str, new: str) -> str:
    """The file of a notebook, with a text of its first cell replaced."""
    first = notebook(text).cells[0]
    start = first.text.index(old)
    return after(first, TextEdit(Span(start, start + len(old)), new))


TEXTS = st.text(st.sampled_from('ab \n\t"\\é\U0001f600\r%#'), max_size=12)
SOURCES = st.lists(TEXTS, min_size=1, max_size=4) | TEXTS


@given(
    st.lists(SOURCES, min_size=1, max_size=3), st.data(), st.booleans(), st.sampled_from([None, 1])
)
def test_edits_of_a_cell_are_edits_of_its_strings_and_of_nothing_else(
    sources, data, ascii_only, indent
):
    text = written([cell(source) for source in sources], indent, ascii_only)
    cells = notebook(text).cells
    assert [one.text for one in cells] == ["".join(source) for source in sources]
    edited = data.draw(st.sampled_from(cells))
    places = sorted(data.draw(st.lists(st.integers(0, len(edited.text)), max_size=5, unique=True)))
    edits = [TextEdit(Span(*ends), data.draw(TEXTS)) for ends in list(pairwise(places))[::2]]
    expected = [one.text for one in cells]
    expected[edited.number - 1] = Edits(tuple(edits)).apply(edited.text)
    new = after(edited, *edits)
    assert [one.text for one in notebook(new).cells] == expected
    told, was = json.loads(new), json.loads(text)
    for one in (*told["cells"], *was["cells"]):
        one["source"] = None
    assert told == was


def test_a_new_line_is_a_string_of_its_own_where_lines_are():
    text = written([cell(["a = 1\n", "b = 2\n", "c = 3"])])
    new_line = written([cell(["a = 1\n", "b = 2\n", "d = 4\n", "c = 3"])])
    assert replaced(text, "b = 2", "b = 2\nd = 4") == new_line
    assert replaced(text, "c = 3", "d = 4\nc = 3") == new_line
    assert replaced(text, "c = 3", "c = 3\n") == written([cell(["a = 1\n", "b = 2\n", "c = 3\n"])])
    assert replaced(text, "b = 2\n", "") == written([cell(["a = 1\n", "c = 3"])])
    assert replaced(text, "c = 3", "") == written([cell(["a = 1\n", "b = 2\n"])])
    assert replaced(text, "b = 2\nc = 3", "") == written([cell(["a = 1\n"])])
    assert replaced(text, "\nc = 3", "") == written([cell(["a = 1\n", "b = 2"])])
    assert replaced(text, "a = 1\nb", "x\ny\nz") == written(
        [cell(["x\n", "y\n", "z = 2\n", "c = 3"])]
    )


def test_a_line_after_an_only_one_is_written_as_the_file_is():
    assert replaced(written([cell(["a"])]), "a", "a\nb") == written([cell(["a\n", "b"])])
    assert replaced(written([cell(["a"])], None), "a", "a\nb") == written(
        [cell(["a\n", "b"])], None
    )


def test_a_source_that_is_one_string_stays_one():
    text = written([cell("a = 1\nb = 2")])
    assert replaced(text, "b = 2", "c\nd") == written([cell("a = 1\nc\nd")])


def test_escapes_stay_as_they_are_written():
    text = r'{"cells": [{"cell_type": "code", "source": ["x = \"\u00e9\/\t\" +\n", "2"]}]}'
    assert replaced(text, 'x = "é/\t" +\n', 'y = "é/\t" +\n') == text.replace("x =", "y =")


def test_new_text_is_in_ascii_where_the_file_escapes_what_is_not():
    plain, escaped = (written([cell(["é = 1"])], ascii_only=only) for only in (False, True))
    assert replaced(plain, "1", "'ü'") == written([cell(["é = 'ü'"])])
    assert replaced(escaped, "1", "'ü'") == written([cell(["é = 'ü'"])], ascii_only=True)


def test_the_language_of_a_cell_is_told_by_its_kind_and_by_what_the_notebook_says():
    cells = [
        cell("# Title", "markdown"),
        cell("x"),
        cell("x", vscode={"languageId": "R"}),
        cell("x", "raw"),
    ]
    assert languages(notebook(written(cells))) == ["markdown", "python", "r", ""]
    assert languages(notebook(written(cells, kernelspec={"language": "Julia"}))) == [
        "markdown",
        "julia",
        "r",
        "",
    ]
    told = {"kernelspec": {"language": "sage"}, "language_info": {"name": "python"}}
    assert notebook(written(cells, **told)).language == "sage"
    assert notebook(written(cells, language_info={"name": "R"})).language == "R"
    assert notebook(written(cells, jupytext={"main_language": "R"})).language == "R"


def test_magics_are_hidden_and_not_editable():
    code = notebook(written([cell("x = 1\n%time f()\ny = 2\n!ls")])).cells[0]
    assert code.document.text == "x = 1\n#time f()\ny = 2\n#ls"
    assert [span.slice(code.text) for span in code.editable] == ["x = 1\n", "\ny = 2\n"]


def test_a_cell_of_another_language_is_no_code_and_all_of_it_is_hidden():
    found = notebook(written([cell("%%bash\nls ("), cell("%time f()\nx"), cell("%x", "markdown")]))
    assert [one.is_code for one in found.cells] == [False, True, False]
    assert list(found.hidden) == ["%%bash\nls (", "%time f()"]


@pytest.mark.parametrize(
    ("text", "why"),
    {
        "": "it is not JSON (line 1: Expecting value)",
        '{"cells": [': "it is not JSON (line 1",
        "[]": "its JSON is no object",
        "{}": "it has no cells",
        '{"cells": {}}': "it has no cells",
        '{"cells": [1]}': "it has no cells",
        '{"worksheets": [{"cells": []}], "nbformat": 3}': "it is older than nbformat 4",
        "[" * 100_000: "it is nested too deeply",
    }.items(),
)
def test_what_is_no_notebook_is_refused_in_one_sentence(text, why):
    with pytest.raises(InputError) as refused:
        notebook(text)
    assert why in refused.value.message
    assert refused.value.hint


def test_a_source_that_is_no_text_is_as_good_as_none():
    text = '{"cells": [{"source": 3}, {"source": ["a", 1]}, {}, {"source": "b", "source": "c"}], "x": NaN}'
    assert [one.text for one in notebook(text).cells] == ["", "", "", "c"]


def test_a_notebook_is_told_by_its_name():
    assert is_notebook("a/b.ipynb")
    assert not is_notebook("a.ipynb.py")
