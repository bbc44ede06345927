"""Instruction rows of real files: exact pairs, instructions in many words."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.training.tasks.example import Example, filled
from editdiff.training.tasks.instruct import instruct
from editdiff.training.transforms.change import PER_FILE, Change, all_changes, changes
from editdiff.training.transforms.kinds import KINDS, phrase, wordings
from editdiff.training.transforms.source import read_source

MODULES = ("textwrap", "shlex", "fnmatch", "bisect", "reprlib")
SAME_TREE = {"single_quotes", "double_quotes", "elif_nested", "elif_joined"}
"""Kinds that only write the same syntax tree in another way."""


@cache
def text_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def examples(count: int) -> Iterator[tuple[str, Example]]:
    for seed in range(count):
        text = text_of(MODULES[seed % len(MODULES)])
        example = instruct(text, "x.py", np.random.default_rng(seed))
        assert example is not None
        yield text, example


def test_putting_the_target_back_gives_the_text_after_and_the_old_text_the_one_before() -> None:
    backward = 0
    for author, example in examples(200):
        (target,) = example.targets
        assert example.old is not None
        assert filled(example.blanked, [target]) == example.text
        before = filled(example.blanked, [example.old])
        assert author in (before, example.text)
        assert target != example.old
        ast.parse(before)
        ast.parse(example.text)
        backward += example.text == author
    assert 100 < backward < 190  # the author's text is the more frequent target


def test_a_region_is_whole_lines_and_short() -> None:
    lengths = []
    for _, example in examples(200):
        (gap,) = example.gaps
        before, after = example.blanked
        assert not before or before.endswith("\n")
        assert not after or after.startswith("\n")
        lengths.append(gap.slice(example.text).count("\n") + 1)
    assert max(lengths) <= 16
    assert lengths.count(1) > 40


def test_some_regions_are_wider_than_what_changes() -> None:
    wider = 0
    for _, example in examples(200):
        assert example.old is not None
        old, new = example.old.split("\n"), example.targets[0].split("\n")
        wider += min(len(old), len(new)) > 1 and (old[0] == new[0] or old[-1] == new[-1])
    assert 20 < wider < 100


@pytest.mark.parametrize("module", MODULES)
def test_every_change_of_a_module_compiles_and_keeps_what_it_shall(module: str) -> None:
    text = text_of(module)
    source = read_source(text)
    assert source is not None
    before = ast.dump(ast.parse(text))
    for change in all_changes(source):
        after = text[: change.span.start] + change.text + text[change.span.end :]
        tree = ast.dump(compile(after, "after", "exec", ast.PyCF_ONLY_AST))
        assert (tree == before) is (change.kind in SAME_TREE), change
        if change.kind in ("poor_names", "common_names"):
            assert renamed_back(change, tree) == renamed_back(change, before)


def renamed_back(change: Change, tree: str) -> str:
    """A tree in which both names of a rename read the same."""
    names = "|".join(re.escape(change.words[key]) for key in ("old", "new"))
    return re.sub(rf"'(?:{names})'", "'name'", tree)


def test_the_changes_of_a_file_are_few_and_of_many_kinds() -> None:
    found = changes(text_of("textwrap"))
    assert len(found) == PER_FILE
    assert len({change.kind for change in found}) > 12
    assert changes(text_of("textwrap")) is found


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(MODULES), st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_example(module: str, seed: int) -> None:
    one, other = (instruct(text_of(module), "", np.random.default_rng(seed)) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    "text", ["", "x = 1\n", "def f(:\n", "\x00", "x = 1\n" * 20_000, "if 1:\r  x = 1"]
)
def test_a_file_without_a_place_gives_none(text: str) -> None:
    assert instruct(text, "x.py", np.random.default_rng(0)) is None


def test_everything_that_can_be_asked_has_at_least_eight_wordings() -> None:
    asked = {key for kind in KINDS.values() for key in (*kind.forward, *kind.backward)}
    assert asked == set(wordings())
    for key, lines in wordings().items():
        assert len(set(lines)) >= 8, key


def test_every_kind_can_be_asked_for() -> None:
    assert all(kind.forward or kind.backward for kind in KINDS.values())
    assert len(KINDS) >= 16


def test_an_instruction_names_what_a_rename_needs_and_is_worded_in_many_ways() -> None:
    words = {"old": "tmp", "new": "count"}
    found = {phrase(("rename",), words, np.random.default_rng(seed)) for seed in range(300)}
    assert len(found) > 60
    assert all("tmp" in text and "count" in text for text in found)
    assert {"rename tmp to count", "Rename `tmp` to `count`."} <= found
    assert any(text.endswith("?") for text in found)


def test_a_wording_that_needs_a_missing_name_is_not_drawn() -> None:
    for key in wordings():
        names = {name for line in wordings()[key] for name in re.findall(r"(?<!{){(\w+)}", line)}
        for seed in range(40):
            text = phrase((key,), {name: "NAME" for name in names}, np.random.default_rng(seed))
            assert "{" not in text.replace("{}", "")
    found = {phrase(("to_ternary",), {}, np.random.default_rng(seed)) for seed in range(60)}
    assert not any("set" in text.lower() for text in found)
