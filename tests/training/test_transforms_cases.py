"""Every kind of transformation on the files of tests/cases/transforms: where it applies, what it leaves alone.

A case that becomes another text may name expressions: both texts are run and have to give the same.
"""

import contextlib
import io
import re
from pathlib import Path

import pytest

from editdiff.text.span import Span
from editdiff.training.transforms.change import Change, of_kind
from editdiff.training.transforms.kinds import KINDS
from editdiff.training.transforms.source import Source, read_source

FOLDER = Path(__file__).parents[1] / "cases" / "transforms"
BLOCK = r"```python\n(.*?)```\n"
BECOMES = re.compile(rf"## Becomes\n{BLOCK}{BLOCK}(?:Same: `(.*?)`\n)?", re.DOTALL)
STAYS = re.compile(rf"## Stays\n{BLOCK}", re.DOTALL)
FILES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.md"))}
POSITIVE = [(kind, *case) for kind, text in FILES.items() for case in BECOMES.findall(text)]
NEGATIVE = [(kind, text) for kind, cases in FILES.items() for text in STAYS.findall(cases)]


def parsed(text: str) -> Source:
    source = read_source(text)
    assert source is not None
    return source


def applied(text: str, change: Change) -> str:
    return text[: change.span.start] + change.text + text[change.span.end :]


def named(text: str, change: Change) -> str:
    """A case's text with the change's own words in the place of «placeholders»."""
    return re.sub(r"«(\w+)»", lambda match: change.words[match[1]], text)


def outcome(text: str, expressions: str) -> tuple[str, str]:
    scope: dict[str, object] = {"__name__": "case"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "case", "exec"), scope)
        result = repr(eval(expressions, scope))
    return result, printed.getvalue()


@pytest.mark.parametrize(("kind", "before", "after", "same"), POSITIVE)
def test_a_text_becomes_another(kind: str, before: str, after: str, same: str) -> None:
    changes = list(of_kind(parsed(before), kind))
    wanted = [change for change in changes if applied(before, change) == named(after, change)]
    assert wanted, [applied(before, change) for change in changes]
    if same:
        assert outcome(before, same) == outcome(applied(before, wanted[0]), same)


@pytest.mark.parametrize(("kind", "text"), NEGATIVE)
def test_a_text_stays_where_the_transformation_would_not_be_exact(kind: str, text: str) -> None:
    assert list(KINDS[kind].find(parsed(text))) == []


def test_every_kind_has_cases_both_ways() -> None:
    assert set(FILES) == set(KINDS)
    for kind, text in FILES.items():
        assert len(BECOMES.findall(text)) >= 2, kind
        assert len(STAYS.findall(text)) >= 2, kind
        assert text.count("## ") == len(BECOMES.findall(text)) + len(STAYS.findall(text)), kind


def test_an_outcome_can_differ() -> None:
    assert outcome("x = 1", "x") != outcome("x = 2", "x")
    assert outcome("print(1)", "0") != outcome("print(2)", "0")


@pytest.mark.parametrize(
    ("end", "head"), [("\r\n", ""), ("\n", "\ufeff"), ("\n", "'é \U0001f600'\n")]
)
def test_line_endings_and_what_is_not_ascii_stay(end: str, head: str) -> None:
    text = "def f(a):\n\tif a is None:\n\t\treturn 'ü'\n\telse:\n\t\treturn a\n\x0c\nx = 1\n"
    text = (head + text).replace("\n", end)
    changes = {change.kind: change for kind in KINDS for change in of_kind(parsed(text), kind)}
    assert applied(text, changes["drop_else"]) == text.replace(f"\telse:{end}\t\t", "\t")
    assert applied(text, changes["none_equal"]) == text.replace("is None", "== None")
    assert changes["none_equal"].span.slice(text) == "\tif a is None:"


def test_the_region_is_the_smallest_run_of_whole_lines() -> None:
    text = "def f(a):\n    b = 1\n    return [a,\n        a is None,\n        b]\n"
    (change,) = of_kind(parsed(text), "none_equal")
    assert change.span.slice(text) == "        a is None,"
    statement, function = change.wider
    assert statement.slice(text) == "    return [a,\n        a is None,\n        b]"
    assert function == Span(0, len(text) - 1)


def test_a_region_is_at_most_sixteen_lines() -> None:
    for filler, sites in ((14, 1), (15, 0)):
        text = "def f(aaa):\n    value = aaa\n" + "    print()\n" * filler + "    return value\n"
        found = [c for c in of_kind(parsed(text), "poor_names") if c.words["new"] == "value"]
        assert len(found) == sites
