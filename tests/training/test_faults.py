import keyword
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.edit import Edits
from editdiff.text.span import Span
from editdiff.training.tasks.faults import IN_LINE, KINDS, Kind, attempt, inject, read
from editdiff.training.tasks.faults.naming import misspelt
from editdiff.training.tasks.faults.source import Source, parses
from editdiff.training.tasks.faults.values import wrong_numbers

CODE = '''"""A module about intervals."""
import os
from math import floor


class Interval:
    """From start to end."""

    def __init__(self, start, end, step=1):
        self.start = start
        self.end = end
        self.items = list(range(start, end + 1))
        self.count = len(self.items) - 1

    async def get(self, index, default=None):
        # an index may be negative
        if index < 0 and not self.start or index >= len(self.items):
            raise IndexError(f"no item {index}")
        elif index is not None and index in self.items:
            return await self.fetch(index, default)
        while index % 2 == 0:
            index //= 2
            index += self.items[index - 1]
            continue
        return max(floor(index / 2), default - index)


def spans(text, lengths):
    found = []
    for i, length in enumerate(lengths):
        if length != 0:
            found.append((i, text[i:length]))
    total = sum(found)
    return found
'''

WORD = re.compile(r"[a-z_]\w*", re.IGNORECASE)

CASES = {
    "comparison": ("if a < b:", {"if a <= b:", "if a > b:", "if a >= b:"}),
    "arithmetic": ("x = a + b", {"x = a - b", "x = a * b"}),
    "augmented": ("n -= 1", {"n += 1", "n = 1"}),
    "boolean": ("if a and b:", {"if a or b:"}),
    "membership": ("if a not in b:", {"if a in b:"}),
    "negation": ("if not a:", {"if a:"}),
    "equals": ("if a == b:", {"if a = b:"}),
    "operands": ("d = a - b", {"d = b - a"}),
    "term_dropped": ("x = f(a * b)", {"x = f(a)"}),
    "term_added": ("return a", {f"return a {end}" for end in ("+ 1", "- 1", "* 2", "// 2", "% 2")}),
    "number": ("x = y[3]", {f"x = y[{n}]" for n in (2, 4, 5, 30)}),
    "constant": ("x = f(True)", {"x = f(False)", "x = f(None)"}),
    "bound": ("x = range(n)", {"x = range(n + 1)", "x = range(n - 1)"}),
    "sliced": ("x = y[1:]", {"x = y[:1]"}),
    "arguments": ("x = f(a, b, c=d)", {"x = f(b, a, c=d)"}),
    "call_dropped": ("x = abs(a - b)", {"x = a - b"}),
    "keyword_missing": ("return a", {"a"}),
    "control": ("break", {"continue", "pass"}),
    "variable": (
        "x = y",
        {f"x = {name}" for name in "abxz"}
        | {f"{name} = y" for name in "abyz"}
        | {"x = other", "other = y"},
    ),
    "attribute": ("x = self.b", {"x = self.a"}),
    "opposite": ("x = min(start_row)", None),
    "exception": ("raise IndexError", None),
    "self_missing": ("x = self.count", {"x = count"}),
    "typo": ("x = count", None),
    "keyword_typo": ("while a:", None),
    "bracket": (
        "x = (a)",
        {"x = a)", "x = (a", "x = ((a)", "x = (a))", "x = [a)", "x = {a)", "x = (a]", "x = (a}"},
    ),
    "colon": ("if a:", {"if a", "if a;"}),
    "comma": ("x = [a, b]", {"x = [a b]", "x = [a,, b]", "x = [a. b]"}),
    "quote": ("x = 'a'", {"x = a'", "x = 'a", "x = \"a'", "x = 'a\""}),
    "line_dropped": ("x = 1", {""}),
    "line_doubled": ("x = 1", {"x = 1\n    x = 1"}),
    "lines_swapped": ("x = 1", {"other = 2\n    x = 1"}),
    "indentation": ("x = 1", {"    x = 1"}),
}
"""A line in a function, and what may become of it."""


def in_function(line: str) -> str:
    if line in ("break",):
        return f"def f(a, b):\n  while 1:\n    {line}\n    other = 2\n    z = self.a\n"
    body = "\n        pass" if line.endswith(":") else ""
    return f"def f(a, b):\n    {line}{body}\n    other = 2\n    z = self.a\n"


def uncommented(text: str) -> str:
    return re.sub(r"""\"\"\".*?\"\"\"|f?".*?"|'.*?'|#[^\n]*""", "", text)


def faults_of(kind: Kind, text: str, at: str, seeds: int = 60) -> set[str]:
    """What a kind makes of the line that begins with `at`."""
    source = source_of(text)
    site = source.site(source.line(text.index(at)))
    edits = (attempt(kind, site, np.random.default_rng(seed)) for seed in range(seeds))
    return {Edits((edit,)).apply(text) for edit in edits if edit}


def source_of(text: str) -> Source:
    source = read(text)
    assert source is not None
    return source


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_does_to_a_line_what_its_name_says(kind: Kind) -> None:
    line, expected = CASES[kind.name]
    text = in_function(line)
    after = faults_of(kind, text, line)
    assert after
    assert text not in after
    if kind.name == "line_dropped":
        assert after == {text.replace("    x = 1\n", "")}
    elif kind.name == "lines_swapped":
        assert after == {text.replace("    x = 1\n    other = 2", "    other = 2\n    x = 1")}
    elif kind.name == "indentation":
        assert {text.replace("    x = 1", f"{indent}x = 1") for indent in ("", " " * 8)} <= after
    elif expected is None:
        assert all(parses(new) for new in after) or not kind.keeps_syntax
    else:
        made = {new.replace(text[: text.index(line)], "", 1) for new in after}
        rest = text[text.index(line) + len(line) :]
        assert {new.removesuffix(rest) for new in made} <= expected


def test_opposites_are_found_inside_names() -> None:
    kind = next(kind for kind in KINDS if kind.name == "opposite")
    text = in_function("x = min(start_row)")
    lines = {new.split("\n")[1].strip() for new in faults_of(kind, text, "x = min")}
    assert {"x = max(start_row)", "x = min(end_row)", "x = min(start_col)"} <= lines


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_syntax_is_kept_or_broken_as_promised(kind: Kind) -> None:
    source = source_of(CODE)
    results = set()
    for seed in range(150):
        rng = np.random.default_rng(seed)
        edit = attempt(kind, source.draw(rng), rng)
        if edit:
            results.add(parses(Edits((edit,)).apply(CODE)))
    assert results
    if kind.keeps_syntax is not None:
        assert results == {kind.keeps_syntax}


def test_every_kind_is_injected_somewhere_in_its_share() -> None:
    source = source_of(CODE)
    rng = np.random.default_rng(0)
    found = [inject(source, rng) for _ in range(1500)]
    assert {f.kind.name for f in found if f} == {kind.name for kind in KINDS}
    assert sum(f is None for f in found) == 0


@given(st.integers(0, 10_000))
def test_a_fault_changes_the_text_and_only_its_line(seed: int) -> None:
    found = inject(source_of(CODE), np.random.default_rng(seed), IN_LINE)
    assert found is not None
    assert found.site.content.contains(found.edit.span)
    assert Edits((found.edit,)).apply(CODE) != CODE
    assert "\n" not in found.edit.text


@given(st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_fault(seed: int) -> None:
    a, b = (inject(source_of(CODE), np.random.default_rng(seed)) for _ in range(2))
    assert a and b and a.edit == b.edit


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# only words\n", "Once upon a time.", "def f(:\n", "x = 1\rx = 2\n", "\0"],
    ids=repr,
)
def test_what_is_no_python_or_has_no_code_is_not_read(text: str) -> None:
    assert read(text) is None


def test_tokens_stand_where_they_are_in_the_text() -> None:
    for text in (CODE, CODE.replace("\n", "\r\n"), "\fx = 'ä' + '😀'  # ü\ny = 1"):
        source = source_of(text)
        tokens = source.tokens(Span(0, len(text)))
        assert all(text[t.start : t.end] == t.text != "" for t in tokens)
        words = [t.text for t in tokens if t.is_word]
        assert words == [w for w in WORD.findall(uncommented(text)) if not keyword.iskeyword(w)]


def test_comments_and_docstrings_are_found_without_their_marks() -> None:
    source = source_of(CODE)
    found = [CODE[start:end] for start, end in source.prose]
    assert found == ["A module about intervals.", "From start to end.", "an index may be negative"]


def test_a_wrong_variable_is_one_of_the_same_function() -> None:
    kind = next(kind for kind in KINDS if kind.name == "variable")
    after = faults_of(kind, CODE, "    total = sum")
    lines = {line for new in after for line in new.split("\n")} - set(CODE.split("\n"))
    assert "    found = sum(found)" in lines
    assert lines <= {
        f"    {a} = sum({b})"
        for a in ("total", "found", "text", "lengths", "length", "i")
        for b in ("found", "total", "text", "lengths", "length", "i")
    }


@given(st.from_regex(r"[a-z_]{3,9}", fullmatch=True), st.integers(0, 1000))
def test_a_slip_of_the_hand_loses_doubles_swaps_or_mistakes_one_letter(
    word: str, seed: int
) -> None:
    new = misspelt(word, np.random.default_rng(seed))
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    lost = {word[:i] + word[i + 1 :] for i in range(len(word))}
    doubled = {word[:i] + word[i] + word[i:] for i in range(len(word))}
    mistaken = len(new) == len(word) and sum(a != b for a, b in zip(new, word, strict=True)) <= 1
    assert new in swapped | lost | doubled or mistaken


@given(st.integers(0, 10**11))
def test_wrong_numbers_are_other_whole_numbers(n: int) -> None:
    found = wrong_numbers(str(n))
    assert found
    assert all(text.isdecimal() and int(text) != n for text in found)


def test_other_kinds_of_numbers_are_left_alone() -> None:
    assert [wrong_numbers(text) for text in ("0x10", "1.5", "1e3", "10j", "1_000")] == [[]] * 5


def test_there_are_many_kinds_each_with_a_name_and_a_share() -> None:
    assert all(kind.share > 0 for kind in KINDS)
    assert len(KINDS) >= 30
    assert len({kind.name for kind in KINDS}) == len(KINDS)
