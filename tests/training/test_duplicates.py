"""Near-duplicates: what is dropped, what is kept, and that no pair is lost on the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.training.corpus.duplicates import SHINGLE, find_duplicates, jaccard, shingles

STEPS = [f"value_{i} = reading[{i}] * {i + 1} - offset" for i in range(60)]
TEXT = "\n".join(STEPS)


def changed(count: int) -> str:
    """The text with that many of its lines written anew."""
    return "\n".join([f"other_{i}.append(None)" for i in range(count)] + STEPS[count:])


def test_white_space_makes_no_difference():
    assert [d.similarity for d in find_duplicates([TEXT, TEXT.replace(" ", "\n\t")])] == [1.0]


def test_a_few_changed_lines_make_a_near_duplicate_of_the_earlier_text():
    texts = ["unrelated text of a dozen words", changed(0), changed(3)]
    (found,) = find_duplicates(texts)
    assert (found.dropped, found.kept) == (2, 1)
    assert 0.7 < found.similarity < 1


def test_half_of_the_lines_changed_is_another_text():
    assert find_duplicates([TEXT, changed(30)]) == []


def test_a_chain_of_changes_is_broken_where_the_ends_differ():
    # the second is dropped for the first, so the third is not dropped for the second
    chain = [changed(0), changed(8), changed(16)]
    assert [(d.dropped, d.kept) for d in find_duplicates(chain)] == [(1, 0)]
    assert jaccard(shingles(chain[1]), shingles(chain[2])) > 0.7


def test_the_most_similar_of_the_kept_texts_is_named():
    texts = [changed(12), changed(0), changed(1)]
    assert [(d.dropped, d.kept) for d in find_duplicates(texts, threshold=0.8)] == [(2, 1)]


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["x"], ["   ", "\n"]])
def test_texts_without_tokens_are_nobodys_duplicates(texts):
    assert find_duplicates(texts) == []


def test_short_texts_are_compared_whole():
    assert len(find_duplicates(["x = 1", "x  =  1", "x = 2"])) == 1


@given(st.lists(st.sampled_from("abcd"), max_size=40))
def test_shingles_are_the_distinct_runs_of_five_tokens(tokens):
    width = min(SHINGLE, len(tokens))
    runs = (
        {tuple(tokens[i : i + width]) for i in range(len(tokens) - width + 1)} if width else set()
    )
    assert len(shingles(" ".join(tokens))) == len(runs)


def test_no_pair_above_the_threshold_escapes():
    rng = np.random.default_rng(0)
    texts = [TEXT]
    for _ in range(100):
        words = TEXT.split()
        for i in rng.choice(len(words), rng.integers(1, 100), replace=False):
            words[i] = f"w{rng.integers(10**9)}"
        texts.append(" ".join(words))
    sets = [shingles(text) for text in texts]
    kept: list[int] = []
    for i, own in enumerate(sets):
        if all(jaccard(own, sets[j]) < 0.7 for j in kept):
            kept.append(i)
    dropped = {d.dropped for d in find_duplicates(texts)}
    assert dropped == set(range(len(texts))) - set(kept)
    assert 10 < len(dropped) < 100
