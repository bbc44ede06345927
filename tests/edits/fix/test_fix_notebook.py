import json
from collections.abc import Iterator

import pytest

from editdiff.check.base import Problem
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.ruff_lint import RuffChecker, ask
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.notebook import NotebookFixing
from editdiff.edits.fix.run import Fixed, Limits
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import FillOptions, FillTask, Update
from editdiff.text.document import Document
from editdiff.text.span import Span

SYNTAX = Checks((SyntaxChecker(), PythonCompileChecker()))
RUFF = Checks(SYNTAX.syntax, (RuffChecker(),))
BROKEN = ["def f(x:\n", "    return x\n"]
RIGHT = {"def f(x):", "print((1))", "numbr", ")", "number + 1", "import sys\n", ""}
METADATA = {"kernelspec": {"language": "python", "name": "python3"}}


class Knowing:
    """An engine without drafts of its own, which likes what is right."""

    name = "knowing"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield from ()

    def score(self, task: FillTask, texts: list[tuple[str, ...]]) -> list[float]:
        return [10.0 if text in RIGHT else -100.0 for (text,) in texts]


class Everywhere:
    """A checker to whom every text is wrong in its second character."""

    name = "everywhere"

    def supports(self, language: str) -> bool:
        return True

    def check(self, document: Document) -> list[Problem]:
        return [Problem(Span(1, 2), "wrong", self.name)]


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    """Rules of this folder, and none of the folders above."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["E4", "E7", "F"]\n')


def written(*sources, metadata=METADATA) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": str(n),
            "metadata": {},
            "outputs": [{"data": "é"}],
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    told = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told, indent=1) + "\n"


def fixing(text: str, checks: Checks = SYNTAX, **options) -> NotebookFixing:
    return NotebookFixing(Document("book.ipynb", text, 0, "json"), Knowing, checks, **options)


def fixed(text: str, checks: Checks = SYNTAX, **options) -> Fixed:
    running = fixing(text, checks, **options)
    for _ in running.run():
        pass
    return running.result()


def told(text: str, checks: Checks) -> list[tuple[int, str]]:
    """Cell and first word of each problem."""
    return [
        (part.cell, problem.message.split()[0])
        for part in fixing(text, checks).parts
        for problem in part.problems()
    ]


def mended(outcome: Proposal | NoEdit) -> str:
    assert isinstance(outcome, Proposal)
    return outcome.after.text


@pytest.mark.parametrize(
    "source",
    [
        [
            "%matplotlib inline\n",
            "import os\n",
            "!pip install numpy\n",
            "files = !ls\n",
            "os.listdir?",
        ],
        "%%bash\nfor x in 1 2; do echo (",
        "await f()\nasync for x in y:\n    pass",
        "%%time\nif x:\n    %timeit f(1)",
        "",
    ],
)
def test_what_a_notebook_may_hold_is_no_fault(source):
    assert not fixing(written(source)).problems()


@pytest.mark.parametrize(
    "source", ["return 1", "def f():\n    await g()", "%%time\nx = (", "x = )\n!ls"]
)
def test_what_it_may_not_is_one(source):
    assert fixing(written(source)).problems()


def test_each_cell_is_parsed_by_itself():
    assert [
        one.cell for one in fixing(written("x = (", "1)", "y = 2")).parts if one.problems()
    ] == [1, 2]


def test_a_cell_is_mended_in_place_and_all_else_stays():
    text = written("%time x\n", BROKEN)
    done = fixed(text)
    assert mended(done.outcome) == text.replace("def f(x:", "def f(x):")
    assert [(repair.cell, repair.line, repair.where) for repair in done.mended] == [
        (2, 1, "cell 2:1")
    ]
    assert done.left == ()


def test_several_cells_make_one_edit_of_the_file():
    text = written(BROKEN, "y = 1", "print((1)")
    done = fixed(text)
    assert [repair.cell for repair in done.mended] == [1, 3]
    assert mended(done.outcome) == text.replace("(x:", "(x):").replace("((1)", "((1))")


def test_the_limit_of_problems_is_that_of_the_file():
    done = fixed(written(BROKEN, BROKEN, BROKEN), limits=Limits(problems=2))
    assert {repair.cell for repair in done.mended} == {1, 2}
    assert {repair.cell for repair in done.left} == {3}
    assert all("only the first 2 problems of a file" in str(r.outcome) for r in done.left)


def test_a_line_whose_author_wants_it_so_is_left():
    assert not fixing(written("x = (  # editdiff: ignore\n")).problems()


def test_where_nothing_is_wrong_there_is_no_edit():
    assert fixed(written("x = 1")).outcome == NoEdit("there is nothing to mend")


def test_code_that_is_not_python_is_told_once_and_its_prose_is_judged():
    running = fixing(written("x <- (1", "y <-", metadata={"kernelspec": {"language": "R"}}))
    assert running.parts == ()
    assert [doubt.doubt for doubt in running.doubts()] == [
        "its code is R, and of notebooks Python alone is judged"
    ]


def test_ruff_judges_the_cells_together():
    text = written("import os\nimport sys", "x = os.name", "x\nf = lambda: nme")
    assert told(text, RUFF) == [(1, "F401"), (3, "E731"), (3, "F821")]


def test_ruff_is_asked_once_for_all_cells():
    asked = []

    def counting(path: str, text: str, limit: float):
        asked.append(json.loads(text))
        return ask(path, text, limit)

    fixing(written("import os", "x = 1", "x"), Checks((), (RuffChecker(ask=counting),))).problems()
    assert [[cell["source"] for cell in one["cells"]] for one in asked] == [
        ["import os", "x = 1", "x"]
    ]


def test_what_a_magic_may_use_is_not_unused_nor_undefined_what_it_may_define():
    assert told(written("import os\nimport sys", "%time os.name\n!echo {sys.path}"), RUFF) == []
    assert told(written("%run other.py", "name"), RUFF) == []
    assert told(written("%%R -i frame\nx <- frame", "import frame"), RUFF) == []


def test_a_magic_may_stand_before_imports():
    assert told(written("%matplotlib inline\nimport os\nos"), RUFF) == []


def test_a_cell_that_does_not_parse_leaves_none_to_ruff():
    assert {what for _, what in told(written("import os", "x = ("), RUFF)} == {"syntax", "'('"}


def test_ruffs_own_fix_is_made_in_its_cell():
    text = written(["import os\n", "import sys\n"], "sys.path")
    assert json.loads(mended(fixed(text, RUFF).outcome))["cells"][0]["source"] == ["import sys\n"]


def test_a_fix_that_reaches_into_another_cell_is_not_made(tmp_path):
    (tmp_path / "ruff.toml").write_text('preview = true\n[lint]\nselect = ["UP045", "FURB167"]\n')
    text = written("import re", "re.compile('x', re.I)", "import typing\nx: typing.Optional[int]")
    found = fixing(text, RUFF).problems()
    assert [problem.message.split()[0] for problem in found] == ["FURB167", "UP045"]
    assert [problem.candidates for problem in found] == [(), ("int | None",)]


def test_a_name_that_another_cell_defines_is_what_a_slip_meant():
    text = written("number = 1", "number + 1", "numbr + 1")
    assert mended(fixed(text, RUFF).outcome) == text.replace("numbr", "number")


def test_what_a_checker_finds_in_a_magic_is_no_problem():
    assert not fixing(written("%time f()"), Checks((), (Everywhere(),))).problems()
    assert fixing(written("time = f()"), Checks((), (Everywhere(),))).problems()
