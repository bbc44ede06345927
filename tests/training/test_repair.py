import heapq
import inspect
import shlex
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.training.tasks import repair as module
from editdiff.training.tasks.example import Example, filled
from editdiff.training.tasks.repair import LINE_SHARE, UNCHANGED_SHARE, repair

FILES = [inspect.getsource(m) for m in (heapq, shlex, textwrap)]
FILES.append(FILES[0].replace("\n", "\r\n"))


def repaired(text: str, seed: int) -> Example:
    example = repair(text, "x.py", np.random.default_rng(seed))
    assert example is not None
    return example


@given(st.sampled_from(FILES), st.integers(0, 10_000))
def test_the_target_put_back_gives_the_file(text: str, seed: int) -> None:
    example = repaired(text, seed)
    assert example.text == text
    assert filled(example.blanked, example.targets) == text
    (gap,) = example.gaps
    assert 0 <= gap.start < gap.end <= len(text)
    assert example.old is not None
    assert example.draft is None


@given(st.sampled_from(FILES), st.integers(0, 10_000))
def test_a_region_is_a_lines_content_or_whole_lines(text: str, seed: int) -> None:
    (gap,) = repaired(text, seed).gaps
    assert text[gap.end : gap.end + 1] in ("", "\n", "\r")
    start = text.rfind("\n", 0, gap.start) + 1
    assert not text[start : gap.start].strip()
    assert gap.slice(text).count("\n") < 6
    if "\n" in gap.slice(text):
        assert start == gap.start


@pytest.mark.parametrize("text", FILES[:2], ids=["heapq", "shlex"])
def test_old_differs_from_the_target_exactly_when_there_is_a_fault(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for share, differs in ((0.0, True), (1.0, False)):
        monkeypatch.setattr(module, "UNCHANGED_SHARE", share)
        examples = [repaired(text, seed) for seed in range(100)]
        assert {e.old != e.targets[0] for e in examples} == {differs}


def test_a_few_regions_are_right_as_they_are_and_most_are_one_line() -> None:
    examples = [repaired(FILES[2], seed) for seed in range(600)]
    unchanged = np.mean([e.old == e.targets[0] for e in examples])
    one_line = np.mean(["\n" not in e.targets[0] for e in examples])
    assert abs(unchanged - UNCHANGED_SHARE) < 0.06
    assert abs(one_line - LINE_SHARE) < 0.08


def test_some_regions_have_two_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNCHANGED_SHARE", 0.0)
    monkeypatch.setattr(module, "TWICE_SHARE", 0.0)
    once = [repaired(FILES[2], seed).old for seed in range(100)]
    monkeypatch.setattr(module, "TWICE_SHARE", 1.0)
    twice = [repaired(FILES[2], seed).old for seed in range(100)]
    assert sum(a != b for a, b in zip(once, twice, strict=True)) > 50


def test_the_same_seed_gives_the_same_example() -> None:
    assert repaired(FILES[0], 3) == repaired(FILES[0], 3)
    assert len({repaired(FILES[0], seed) for seed in range(50)}) > 45


def test_what_is_no_python_has_no_example() -> None:
    assert (
        repair("Once upon a time, there was no code.\n", "a.md", np.random.default_rng(0)) is None
    )
