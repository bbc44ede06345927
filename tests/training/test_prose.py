import inspect
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.training.tasks import prose as module
from editdiff.training.tasks.example import filled
from editdiff.training.tasks.prose import prose

PYTHON = inspect.getsource(textwrap)
MARKDOWN = """# The garden

A garden needs water, light and time. Most plants want all three of them!
Some grow in the shade; they are slow.

```python
water = 3 if dry else the_other_case_of_water_and_light
```

- Roses like the sun and a warm wall.
- Ferns do not, and they say so.

    indented code stands here and is left alone
"""
CODE = '''def grow(plant, days):
    """Let a plant grow for some days.

    The plant must not be dry. Returns its new height in metres.
    """
    # every day counts for the same height
    return plant.height + days * 0.01
'''


@given(
    st.sampled_from([(PYTHON, "x.py"), (MARKDOWN, "a.md"), (CODE, "x.py"), (CODE, "")]),
    st.integers(0, 10_000),
)
def test_the_target_put_back_gives_the_file(file: tuple[str, str], seed: int) -> None:
    text, path = file
    example = prose(text, path, np.random.default_rng(seed))
    if example is not None:
        assert filled(example.blanked, example.targets) == text
        (gap,) = example.gaps
        assert 0 <= gap.start < gap.end <= len(text)
        assert example.old is None and example.draft is None


def targets(text: str, path: str, count: int = 300) -> set[str]:
    found = (prose(text, path, np.random.default_rng(seed)) for seed in range(count))
    return {example.targets[0] for example in found if example}


def test_a_document_gives_words_and_sentences_and_no_code() -> None:
    found = targets(MARKDOWN, "a.md")
    assert "A garden needs water, light and time." in found
    assert "Ferns do not, and they say so." in found
    assert len([target for target in found if target.isalpha()]) > 10
    assert not any("indented" in target or "the_other" in target for target in found)
    assert not any("python" in target for target in found)


def test_python_gives_its_comments_and_docstrings_and_no_code() -> None:
    found = targets(CODE, "x.py")
    assert "Let a plant grow for some days." in found
    assert "Returns its new height in metres." in found
    assert "every day counts for the same height" in found
    assert not any("return plant" in target or "def" in target for target in found)


@pytest.mark.parametrize("kind", module.CUTS)
def test_each_cut_can_be_made_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARES", tuple(float(cut == kind) for cut in module.CUTS))
    found = targets("One fine day the sun came out.", "a.md", 60)
    if kind == "word":
        assert all(target.isalpha() for target in found)
    elif kind == "words":
        assert all(target.replace(" ", "").isalpha() and " " in target for target in found)
    elif kind == "sentence":
        assert found == {"One fine day the sun came out."}
    else:
        assert all(target.endswith("out.") and not target.startswith("One") for target in found)


def test_shares_add_up() -> None:
    assert sum(module.SHARES) == pytest.approx(1)


@pytest.mark.parametrize(
    "text", ["", "x\n", "1 2 3 4 5\n", "# noqa: E501 is meant for the linter\n"]
)
def test_a_file_without_prose_has_no_example(text: str) -> None:
    for path in ("a.md", "x.py", ""):
        assert prose(text, path, np.random.default_rng(0)) is None


def test_the_same_seed_gives_the_same_example() -> None:
    a, b = (prose(PYTHON, "x.py", np.random.default_rng(5)) for _ in range(2))
    assert a is not None and a == b
