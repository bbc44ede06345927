"""What users of other tools reported, each a kind of its own: a folder of `tests/cases/reported`, a test each.

A folder holds the input as it was reported and in `like` others of its kind, under their names with `.case` behind.
Number 42 is tested in `tests/lsp`, as it takes an editor; the file of 46 is made here, as not every file system
takes its name. 17 has two folders: of its notebook the cells are mended.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.parse import unquote

import pytest

from editdiff.check.judged import CONFLICT
from editdiff.check.syntax import SyntaxChecker
from editdiff.cli import fix as command
from editdiff.cli import review
from editdiff.cli.app import main
from editdiff.edits.complete import Suggestion, complete
from editdiff.engines.base import Doubt, Draft
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.store.where import MODELS
from editdiff.text.document import Document, read
from editdiff.text.span import Span

FOLDER = Path(__file__).parent / "reported"
NOT_EDITED = "nothing was edited; that nothing is wrong nobody said, as the judge is not installed"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> None:
    """A folder of no project, and no settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    for name in [name for name in os.environ if name.startswith("EDITDIFF_") and name != MODELS]:
        monkeypatch.delenv(name)


@pytest.fixture
def no_model(monkeypatch) -> None:
    monkeypatch.setattr(command, "choose", lambda *spec: pytest.fail("a model was loaded"))


@pytest.fixture
def drafting(monkeypatch) -> Callable[[str], None]:
    """Let the model draft a text, always the same; what else is proposed comes from the rules and the checkers."""

    def draft(text: str) -> None:
        monkeypatch.setattr(command, "choose", lambda *spec: ScriptedEngine([text] * 99))

    return draft


def inputs(case: str) -> list[str]:
    """Copy a case's files to the current folder, under their own names."""
    names = []
    for file in sorted((FOLDER / case).rglob("*.case")):
        name = file.relative_to(FOLDER / case).with_suffix("")
        name.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, name)
        names.append(name.as_posix())
    assert names
    return names


def of(case: str) -> pytest.MarkDecorator:
    """Name the only case of a test."""
    return pytest.mark.parametrize("case", [case])


class Result:
    """What `fix` did with files: its exit status and words, and that it left them as they were."""

    def __init__(self, names: list[str], check: str, capsys, *flags: str) -> None:
        before = [Path(name).read_bytes() for name in names]
        self.code = main(["fix", *names, "--check", check, *flags])
        self.out, self.err = capsys.readouterr()
        assert [Path(name).read_bytes() for name in names] == before


def mended(name: str, check: str = "syntax") -> str:
    """A file's text with what `fix --write` does to it."""
    main(["fix", name, "--check", check, "--write"])
    return read(Path(name)).text


# --- syntax


ACCEPTED = {
    "01-heredoc-rest-of-line": "bash",
    "02-for-arg-do": "bash",
    "04-ts-variance": "node",
    "07-tsconfig-trailing-comma": "",
    "09-pep701-on-311": "",
    "11-pep750-tstring": "",
    "12-pep696-758": "",
    "13-attribute-at-column-0": "",
    "19-cr-among-crlf": "bash",
    "49-json-plus-exponent": "",
}
"""Case to the program that judges it, where that is none of Python's."""


@pytest.mark.parametrize(("case", "judge"), ACCEPTED.items(), ids=ACCEPTED)
def test_what_its_own_tool_accepts_is_no_problem_and_not_edited(
    case, judge, no_model, newer_node, capsys
):
    done = Result(inputs(case), "syntax", capsys, "--diff")
    assert (done.out, done.code) == ("", 0)
    if judge and not shutil.which(judge):
        pytest.skip(NOT_EDITED)
    assert done.err == ""


def test_many_of_these_the_grammar_alone_would_report():
    names = [name for case in ACCEPTED for name in inputs(case)]
    assert sum(bool(SyntaxChecker().check(read(Path(name)))) for name in names) >= 15


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("05-ts-accessor-modifiers", "node says"),
        ("06-c-macros", "there is no second judge"),
        ("08-css-media-ranges", "there is no second judge"),
        ("17-notebook-magics", "it has magics of IPython"),
        ("48-vue-and-templates", "it looks like a template"),
    ],
    ids=lambda value: value if value[:2].isdigit() else "",
)
def test_what_nobody_can_judge_is_named_with_the_reason_and_not_edited(
    case, why, no_model, newer_node, capsys
):
    done = Result(inputs(case), "syntax", capsys, "--diff")
    assert (done.out, done.code) == ("", 0)
    assert "cannot judge" in done.err and why in done.err


@of("17-notebook-cells")
def test_the_cells_of_a_notebook_are_mended_and_nothing_else_of_it(case, drafting):
    drafting("):")
    (name,) = inputs(case)
    before = read(Path(name)).text
    right = before.replace("def f(x:", "def f(x):").replace("12 * 3 = 35", "12 * 3 = 36")
    assert mended(name, "syntax,math") == right


@of("14-open-docstring")
def test_a_docstring_left_open_is_closed_where_it_stands(case, drafting):
    drafting('"""')
    names = inputs(case)
    before = {name: read(Path(name)).text for name in names}
    closed = {
        "head.py": ("the head.", 'the head."""'),
        "like/a.py": ("A class.", "A class.'''"),
        "like/b.py": ("Module of tools.", 'Module of tools."""'),
    }
    for name in names:
        assert mended(name) == before[name].replace(*closed[name])


@of("15-merge-conflict")
def test_a_merge_in_conflict_is_named_and_left_to_the_user(case, drafting, capsys):
    drafting("x")
    names = inputs(case)
    done = Result(names, "syntax", capsys, "--diff")
    assert (done.out, done.code) == ("", 1)
    for name in names:
        assert f"{name}:2: {CONFLICT} [syntax]: which side is meant" in done.err
        assert f"{name}: 0 fixes, 1 problem left" in done.err


@of("16-python2-print")
def test_a_print_statement_becomes_a_call_with_all_its_text(case, drafting):
    drafting('print, "x"')
    inputs(case)
    old_2 = read(Path("like/c.py")).text
    assert mended("old.py") == 'import sys\nprint("usage:", sys.argv[0])\n'
    assert mended("one.py") == 'print("hello")\n'
    assert mended("like/c.py") == old_2


# --- the linter


@of("20-undefined-name-typo")
def test_a_misspelt_name_is_the_one_in_scope_or_left(case, drafting, capsys):
    drafting("width")
    inputs(case)
    wrong = read(Path("area.py")).text
    left = read(Path("like/c.py")).text
    assert mended("area.py", "ruff") == wrong.replace("heigth", "height").replace("dpth", "depth")
    assert "Undefined name `offset`" in capsys.readouterr().err
    assert "return total / count" in mended("like/a.py", "ruff")
    assert "import json\n" in mended("like/b.py", "ruff")  # it is what `jsn` was to be
    assert mended("like/c.py", "ruff") == left


@of("21-redefined-function")
def test_of_two_definitions_of_a_name_none_is_renamed_or_lost(case, drafting, capsys):
    drafting("get")
    names = [name for name in inputs(case) if name.endswith(".py")]
    done = Result(names, "ruff", capsys, "--diff")
    assert (done.out, done.code) == ("", 1)
    assert done.err.count("F811 Redefinition") == len(names)


@of("23-type-comment-import")
def test_an_import_for_comments_goes_by_ruffs_own_hand_or_stays(case, drafting, capsys):
    drafting("from typing import int")
    inputs(case)
    done = Result(["t.py", "like/c.py"], "ruff", capsys, "--diff")
    assert (done.out, done.code) == ("", 1)
    assert "t.py:3: F401 `typing.List` imported but unused" in done.err
    plain = Result(["like/a.py"], "ruff", capsys, "--diff")
    added = [line for line in plain.out.split("\n") if line.startswith("+")]
    assert added == ["+++ b/like/a.py"]


# --- mathematics


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        ("25-wrapped-sum-text", "The boxes are 12 + 30 +\n8 + 5 = 56 kilos.\n"),
        ("26-wrapped-sum-latex", "\\begin{multline}\n1 + 2 + \\\\\n3 + 4 = 11\n\\end{multline}\n"),
        ("28-dates-with-slashes", "The form has 10/5 = 3 pages.\n"),
        ("30-commas-for-decimals", "It is 1,000 + 500 = 1,600.\n"),
        ("31-dash-as-minus", "– 3 + 5 = 9\n"),
        ("32-prices", "It was $12 + $8 = $21.\n"),
        ("33-floor-division", "It is 8 / 4 * 4 = 9.\n"),
        ("34-pi-as-a-name", "It is $2\\pi = 7$.\n"),
        ("36-cycle-notation", "It is $(12)(3) = 37$.\n"),
    ],
    ids=lambda value: value.split("\n")[0] if value[:2].isdigit() else "",
)
def test_an_equation_that_is_right_where_it_stands_is_not_reported_and_a_near_one_that_is_wrong_is(
    case, wrong, no_model, capsys
):
    names = inputs(case)
    done = Result(names, "math", capsys, "--report")
    assert (done.out, done.err, done.code) == ("", "", 0)
    near = Path("wrong").with_suffix(Path(names[0]).suffix)
    near.write_text(wrong, encoding="utf-8")
    assert Result([str(near)], "math", capsys, "--report").code == 1


# --- ghost text


def ghost(case: str, line: str, draft: str, ending: str = "\n") -> str:
    """What is shown at the cursor `ˇ` of a line at the end of a case's file; nothing where nothing is."""
    base = (FOLDER / case / "base.py.case").read_text(encoding="utf-8").rstrip("\n")
    text = f"{base}\n\n\n{line}\n".replace("\n", ending)
    at = text.index("ˇ")
    document = Document("base.py", text.replace("ˇ", ""), language="python")
    script = [[Draft((draft,), -0.01, 1)]]
    shown = complete(document, at, ScriptedEngine(script), checkers=[SyntaxChecker()])
    return shown.text if isinstance(shown, Suggestion) else ""


OPEN = 'def load_more(path, default=None):\n    with open(path, "ˇ")'


BETWEEN_QUOTES = [
    (OPEN, '"):', ""),
    (OPEN, 'r"', "r"),
    (OPEN, "r", "r"),
    ("x = d['ˇ']", "key']", "key"),
    ('s = f"{ˇ}"', 'name}"', "name"),
    ("f((1, ˇ))", "2))", "2"),
]
"""Line, draft, what is shown of it."""


@of("39-ghost-in-closed-quotes")
def test_between_quotes_that_are_closed_nothing_leaves_them(case):
    for line, draft, shown in BETWEEN_QUOTES:
        assert ghost(case, line, draft) == shown, (line, draft)


BEFORE_MORE = [
    ("x = load_conˇ(path)", "fig(path)", "fig"),
    ("x = load_config(ˇpath)", "path)", ""),
    ("x = load_config(ˇ)", "path)", "path"),
    ("x = load_config(path)ˇ", "", ""),
    ("x = load_conˇ(path) + 1", "fig(path)", "fig"),
    ("x = load_config(ˇ(path))", "str(path)", "str"),
    ("for x in load_usersˇ:", "(path):", "(path)"),
    ("x = [load(ˇ)]", "str(x)", "str(x)"),
]
"""Line, draft, what is shown of it."""


@of("40-ghost-mid-word-and-suffix")
def test_what_stands_behind_the_cursor_is_not_repeated(case):
    for line, draft, shown in BEFORE_MORE:
        assert ghost(case, line, draft) == shown, (line, draft)


@of("41-ghost-endings-and-units")
def test_line_endings_and_wide_characters_change_no_suggestion(case):
    for ending, before in product(["\n", "\r\n", "\r"], ["", 's = "😀é"; ']):
        assert ghost(case, f"{before}x = load_config(ˇ", "path)", ending) == "path)"


# --- patches and reports


class Closing:
    """Likes the text that closes the bracket, and has no drafts of its own."""

    name = "closing"

    def fill(self, task, options):
        yield from ()

    def score(self, task, texts):
        return [0.0 if text.rstrip().endswith("(a)") else -100.0 for (text,) in texts]


@of("45-patch-forms")
def test_a_patch_applies_and_gives_what_write_gives(case, monkeypatch, capfdbinary):
    monkeypatch.setattr(command, "choose", lambda *spec: Closing())
    for name in inputs(case):
        before = Path(name).read_bytes()
        capfdbinary.readouterr()
        assert main(["fix", "--diff", "--", name]) == 1
        patch = capfdbinary.readouterr().out
        assert main(["fix", "--write", "--", name]) == 0
        written = Path(name).read_bytes()
        assert written != before
        Path(name).write_bytes(before)
        subprocess.run(["git", "apply", "-"], input=patch, check=True)
        assert Path(name).read_bytes() == written


@of("44-patch-from-a-subfolder")
def test_a_patch_made_in_a_subfolder_names_the_file_from_the_top(case, monkeypatch, capfdbinary):
    monkeypatch.setattr(command, "choose", lambda *spec: Closing())
    (name,) = inputs(case)
    top, file = Path.cwd(), Path("other") / name
    for folder in ("other", "sub"):
        Path(folder).mkdir()
    Path(name).rename(file)
    subprocess.run(["git", "init", "-q"], check=True)
    monkeypatch.chdir(top / "sub")
    capfdbinary.readouterr()
    assert main(["fix", f"../{file.as_posix()}", "--diff"]) == 1
    patch = capfdbinary.readouterr().out
    assert b"--- a/other/area.py\n+++ b/other/area.py\n" in patch
    subprocess.run(["git", "apply", "-"], input=patch, check=True, cwd=top)
    assert (top / file).read_text() == "def f(a):\n    return (a)\n"


class Doubting:
    """Doubts every word `widht`."""

    name = "doubting"
    calibrated = True

    def doubts(self, text, spans, path):
        for span in spans:
            at = text.find("widht", span.start, span.end)
            yield [Doubt(Span(at, at + 5), 0.9, ("width",))] if at >= 0 else []


@of("46-sarif-names")
def test_names_are_percent_encoded_and_columns_utf_16_units(case, monkeypatch, capsys):
    monkeypatch.setattr(review, "choose_doubter", lambda *spec: Doubting())
    Path("a b").mkdir()
    Path("a b/é:x.py").write_text('s = "😀"; widht = 1\n', encoding="utf-8")
    main(["review", "--sarif", "--threshold", "0", "--top", "2", "a b/é:x.py"])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].isascii()
    assert unquote(place["artifactLocation"]["uri"]) == "a b/é:x.py"
    assert run["columnKind"] == "utf16CodeUnits"
    assert place["region"]["startColumn"] == len('s = "😀"; '.encode("utf-16-le")) // 2 + 1
