import inspect
import shlex
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.training.tasks.example import Example, filled
from editdiff.training.tasks.faults import KINDS
from editdiff.training.tasks.revise import IN_PLACE, SUBSTITUTIONS, alike, revise

FILES = [inspect.getsource(m) for m in (shlex, textwrap)]
FILES.append(FILES[0].replace("\n", "\r\n"))


def revised(text: str, seed: int) -> Example:
    example = revise(text, "x.py", np.random.default_rng(seed))
    assert example is not None
    return example


@given(st.sampled_from(FILES), st.integers(0, 10_000))
def test_the_target_put_back_gives_the_file_and_the_draft_another(text: str, seed: int) -> None:
    example = revised(text, seed)
    assert example.text == text
    assert filled(example.blanked, example.targets) == text
    assert example.draft is not None
    assert example.draft != example.targets[0]
    assert filled(example.blanked, [example.draft]) != text
    assert example.old is None


@given(st.sampled_from(FILES), st.integers(0, 10_000))
def test_the_gap_is_the_content_of_one_or_two_lines(text: str, seed: int) -> None:
    (gap,) = revised(text, seed).gaps
    target = gap.slice(text)
    assert target == target.lstrip()
    assert target.count("\n") <= 1
    assert text[gap.end : gap.end + 1] in ("", "\n", "\r")


def test_a_draft_has_one_to_three_wrong_words() -> None:
    def words(text: str) -> list[str]:
        return text.replace("(", " ").replace(".", " ").split()

    wrong = []
    for seed in range(200):
        example = revised(FILES[1], seed)
        old, new = words(example.targets[0]), words(example.draft or "")
        if len(old) == len(new):
            wrong.append(sum(a != b for a, b in zip(old, new, strict=True)))
    assert len(wrong) > 180
    assert set(wrong) >= {1, 2, 3}
    assert max(wrong) <= 6  # two swapped neighbours are two wrong words


@pytest.mark.parametrize(
    ("old", "new"),
    [("a - b", "b - a"), ("<", ">"), ("==", "!="), ("7", "3"), ("start", "end"), ("True", "False")],
)
def test_like_stands_for_like(old: str, new: str) -> None:
    assert alike(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<", "<="),
        ("9", "10"),
        ("a_b", "ab"),
        ("x", "elements"),
        ("Name", "name"),
        ("f(a, b), c", "c, f(a, b)"),
    ],
)
def test_texts_of_another_length_or_shape_do_not(old: str, new: str) -> None:
    assert not alike(old, new)


def test_every_substitution_is_a_kind_of_fault() -> None:
    assert set(SUBSTITUTIONS) <= {kind.name for kind in KINDS}
    assert len(IN_PLACE) == len(SUBSTITUTIONS)


def test_the_same_seed_gives_the_same_example() -> None:
    assert revised(FILES[0], 3) == revised(FILES[0], 3)
    assert len({revised(FILES[0], seed) for seed in range(50)}) > 45


def test_what_cannot_be_revised_has_no_example() -> None:
    rng = np.random.default_rng(0)
    assert revise("no code at all!", "a.md", rng) is None
    assert revise("pass\n", "x.py", rng) is None
