import ast

import pytest

from editdiff.text import magics as found
from editdiff.text.magics import is_foreign, magics


def masked(text: str) -> str:
    return found.masked(text, magics(text))


MAGICS = [
    "%matplotlib inline",
    "%cd",
    "!ls",
    "!!ls -l",
    "?f",
    "??f",
    "f?",
    "a.b[0].c??",
    "*int*?",
    ",f a b",
    ";f a b",
    "/f x",
    "!pip install \\\n    numpy \\\n\n",
    "pip install -U numpy==1.2",
    "cd ..",
    "ls data/",
    "files = !ls",
    "a, b = %time f()",
    "x.y = !echo (",
    "%%time",
    "if x:\n    %time f()\nelse:\n    !ls",
    "    !ls",
    '!echo "it\'s"',
    "%timeit -n 3 f(",
]
PYTHON = [
    "x = (a\n  % b)",
    "x = a \\\n  % b",
    's = """\n%time\n!ls\n"""',
    "print(f'{x!r}')",
    "if a != b: pass",
    "x = 'a?'",
    "x = 1  # why?",
    "ls = 1\nls in (1, 2)\ncat and dog\nrm - 1",
    "f(\n  *a,\n)",
    "'%d' % 3",
    "x = (a\n!= b)",
    "x = a \\\n!= b",
    "x = '%s=%s' % y",
    "a[b % c] = 3 % 4",
]


@pytest.mark.parametrize("text", MAGICS)
def test_a_magic_is_hidden_in_as_many_characters(text):
    hidden = masked(text)
    assert hidden != text
    assert list(magics(text))
    assert len(hidden) == len(text)
    assert [len(line) for line in hidden.split("\n")] == [len(line) for line in text.split("\n")]
    ast.parse(hidden.strip() if text.startswith(" ") else hidden)


@pytest.mark.parametrize("text", PYTHON)
def test_what_python_reads_is_left_as_it_is(text):
    assert masked(text) == text


def test_brackets_in_a_magic_open_nothing():
    assert masked("!echo (\n!ls") == "#echo (\n#ls"


def test_nothing_but_the_magic_is_hidden():
    assert masked("x = 1\r\n%time f()\r\ny = 2") == "x = 1\r\n#time f()\r\ny = 2"


def test_a_magic_behind_something_is_a_statement():
    assert masked("if x:\n    !ls\ny = !ls") == "if x:\n    0#s\ny = 0#s"


def test_a_bracket_that_is_not_closed_hides_no_magic():
    assert masked("f(x\n%matplotlib inline\n!ls") == "f(x\n#matplotlib inline\n#ls"


@pytest.mark.parametrize(
    "text", ["%%bash\nls", "\n\n%%html\n<p>", "# note\n%%R\nx <- 1", "%%\n", "%md\n# A", "%sql\nx"]
)
def test_a_cell_of_another_language_is_told_by_its_first_line(text):
    assert is_foreign(text)


@pytest.mark.parametrize(
    "text", ["%%time\nf()", "%%capture out\nf()", "%time f()", "x\n%%bash", ""]
)
def test_other_cells_go_on_in_python(text):
    assert not is_foreign(text)
