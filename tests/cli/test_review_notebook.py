"""`review` of notebooks: what is read, how places are told, what is refused."""

import json
import subprocess
from pathlib import Path

import pytest

from editdiff.cli import review as command
from editdiff.cli.app import main
from editdiff.engines.base import Doubt
from editdiff.text.span import Span

CELLS = [
    {"cell_type": "markdown", "source": ["# The widht\n", "of things"]},
    {"cell_type": "code", "source": ["%time widht\n", "import math\n"]},
    {"cell_type": "code", "source": ["def area(width):\n", '    """é"""\n', "    return widht\n"]},
    {"cell_type": "code", "source": "area(widht)"},
]


class Speller:
    """Doubts one word."""

    name, calibrated = "speller", True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.texts: list[str] = []

    def doubts(self, text, spans, path):
        self.texts.append(text)
        for span in spans:
            part = span.slice(text)
            self.asked.append(part)
            starts = [i for i in range(len(part)) if part.startswith("widht", i)]
            yield [Doubt(Span(span.start + i, span.start + i + 5), 0.5, ("width",)) for i in starts]


@pytest.fixture
def speller(monkeypatch) -> Speller:
    made = Speller()
    monkeypatch.setattr(command, "choose_doubter", lambda *spec: made)
    return made


@pytest.fixture
def book(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps({"cells": CELLS, "nbformat": 4}, indent=1))
    return path


def test_the_cells_of_code_are_read_as_one_text_and_places_told_by_cell(book, speller, capsys):
    assert main(["review", "book.ipynb"]) == 1
    assert capsys.readouterr().out == (
        "book.ipynb:cell 3:3:12  widht → width  50 %\nbook.ipynb:cell 4:1:6  widht → width  50 %\n"
    )
    assert speller.texts == ["\n\n".join("".join(cell["source"]) for cell in CELLS[1:])]
    assert not any("%time" in part for part in speller.asked)


def test_in_json_what_is_told_counts_in_its_cell(book, speller, capsys):
    assert main(["review", "book.ipynb", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == "book.ipynb"
    assert [(p["cell"], p["line"], p["column"], p["start"]) for p in told["places"]] == [
        (3, 3, 12, 40),
        (4, 1, 6, 5),
    ]
    assert [(line["cell"], line["line"]) for line in told["lines"]] == [(3, 3), (4, 1)]
    assert [(t["cell"], t["start"], t["end"]) for t in told["tokens"]] == [(3, 40, 45), (4, 5, 10)]


def test_a_scanner_is_told_where_in_the_json_it_is_written(book, speller, capsys):
    assert main(["review", "book.ipynb", "--sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    lines = book.read_text().split("\n")
    for result in run["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        line = lines[region["startLine"] - 1]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "widht"
        assert "fixes" not in result
    texts = [result["message"]["text"] for result in run["results"]]
    assert [text.partition(": ")[0] for text in texts] == ["cell 3:3:12", "cell 4:1:6"]
    assert [a["sourceLanguage"] for a in run["artifacts"]] == ["json"]


def test_since_a_revision_only_changed_lines_of_cells_are_read(book, speller, capsys):
    text = book.read_text()
    book.write_text(text.replace("area(widht)", "area(2)").replace("    return widht", "    pass"))
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *arguments], check=True)
    book.write_text(text)
    assert main(["review", "book.ipynb", "--diff-base", "HEAD"]) == 1
    assert speller.asked == ["    return widht", "area(widht)"]
    assert "cell 4:1:6" in capsys.readouterr().out


def test_the_limit_counts_the_characters_of_the_code(book, speller, capsys):
    assert main(["review", "book.ipynb", "--limit", "30", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["left_out"], told["finished"]) == (41, False)
    assert sum(map(len, speller.asked)) == 29  # up to the end of a word


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "book.ipynb is no notebook: it is not JSON"),
        ("{}", "book.ipynb is no notebook that can be read: it has no cells"),
        ('{"cells": [{"cell_type": "code", "source": "\\u0000"}]}', "book.ipynb is not text"),
    ],
)
def test_what_is_no_notebook_is_refused_and_the_others_are_read(
    content, sentence, book, speller, capsys
):
    book.write_text(content)
    Path("a.py").write_text("widht")
    assert main(["review", "book.ipynb", "a.py"]) == 2
    out, err = capsys.readouterr()
    assert out == "a.py:1:1  widht → width  50 %\n"
    assert err.startswith(f"error: {sentence}")
    assert "\nhint: " in err


def test_lines_of_a_notebook_are_refused(book, speller, capsys):
    assert main(["review", "book.ipynb", "--lines", "1"]) == 2
    assert "book.ipynb is a notebook\nhint: leave out --lines\n" in capsys.readouterr().err


@pytest.mark.parametrize("cells", [[], CELLS[:1]])
def test_a_notebook_without_code_has_nothing_to_doubt(cells, book, speller, capsys):
    book.write_text(json.dumps({"cells": cells}))
    assert main(["review", "book.ipynb", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["places"], told["finished"], speller.asked) == ([], True, [])
