import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.engines import branching
from editdiff.engines.base import Rival, Weigher
from editdiff.engines.branching import BranchingDoubter, Stretch
from editdiff.engines.doubters import doubter_of
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.surprise import CausalDoubter
from editdiff.families.base import BranchDenoiser
from editdiff.text.span import Span

LEARNT = "    size = width * height\n    return size\n"
TEXT = "def area(width, height):\n    size = width + height\n    return size\n"
BODY = Span(TEXT.index("\n") + 1, len(TEXT))
PLUS = Span(TEXT.index("+"), TEXT.index("+") + 1)


class Counting(ChainDenoiser):
    """Notes what is asked of it."""

    def __init__(self, texts, **more):
        super().__init__(texts, **more)
        object.__setattr__(self, "asked", [])

    def encode(self, prompt, cache=None):
        self.asked.append(("encode", len(prompt.ids)))
        return super().encode(prompt, cache)

    def branch(self, cache, ids, behind, asked):
        self.asked.append(("branch", len(ids)))
        return super().branch(cache, ids, behind, asked)


def stretches(network, text=TEXT, spans=(BODY,), **more) -> list[Stretch]:
    read = BranchingDoubter(network, **more).standing(text, spans, "a.py")
    return [each for each in read if each is not None]


def stretch(*learnt, text=TEXT, span=BODY, **more) -> Stretch:
    (found,) = stretches(ChainDenoiser(learnt or (LEARNT,), **more), text, (span,))
    return found


def weights(read, *rivals):
    return [weight for some in read.weigh(rivals) for weight in some]


def test_who_doubts_with_a_network_that_branches_can_weigh():
    assert isinstance(ChainDenoiser((LEARNT,)), BranchDenoiser)
    assert isinstance(doubter_of(ChainDenoiser((LEARNT,)), "chain"), Weigher)
    assert not isinstance(doubter_of(NoiseDenoiser(0), "noise"), Weigher)


def test_it_doubts_what_it_doubts_without_weighing():
    network = ChainDenoiser((LEARNT,))
    plain = [d for part in CausalDoubter(network).doubts(TEXT, [BODY], "a.py") for d in part]
    (read,) = stretches(network)
    told = {doubt.span: doubt.probability for doubt in read.doubts}
    assert told.keys() == {doubt.span for doubt in plain}
    for doubt in plain:
        assert told[doubt.span] == pytest.approx(doubt.probability, abs=1e-6)


@pytest.mark.parametrize("piece", [1, 7, None])
def test_the_context_and_the_text_are_read_once_in_pieces(piece):
    network = Counting((LEARNT,))
    (read,) = stretches(network, piece=piece)
    written = [size for kind, size in network.asked if kind == "branch"]
    assert sum(written) == len(read.chain.ids)
    assert max(written) <= (piece or len(read.chain.ids))
    network.asked.clear()
    assert [*read.write([PLUS])]
    assert weights(read, Rival(PLUS, "*"))
    assert {kind for kind, _ in network.asked} == {"branch"}


def test_a_gain_is_what_reading_both_texts_again_would_tell():
    network = ChainDenoiser((LEARNT,), order=4)
    (read,) = stretches(network)
    (weight,) = weights(read, Rival(PLUS, "*"))
    old = read.span.slice(TEXT)
    at = PLUS.start - BODY.start
    new = f"{old[:at]}*{old[at + 1 :]}"
    rows = [
        [0, *network.tokenizer.encode(text)] for text in (old, new)
    ]  # of a context it sees nothing
    there, other = network.score(network.encode(None), np.array(rows)).sum(axis=1)
    assert weight.gain == pytest.approx(other - there)
    assert weight.place + sum(weight.rest) == pytest.approx(weight.gain)
    assert len(weight.rest) == len(network.tokenizer.encode(old[at + 1 :]))


def test_what_follows_speaks_against_a_word_that_is_likely_where_it_stands():
    read = stretch(LEARNT, "    size = width * height\n    return width\n")
    size = Span(TEXT.rindex("size"), TEXT.rindex("size") + 4)
    (fits,) = weights(read, Rival(PLUS, "*"))
    (likely,) = weights(read, Rival(size, "width"))
    assert fits.gain > 5
    assert abs(likely.gain) < 1


def test_the_model_writes_a_whole_word_and_no_more():
    text = TEXT.replace("+", "*").replace("return size", "return six")
    six = Span(text.index("six"), text.index("six") + 3)
    read = stretch(text=text, span=Span(BODY.start, len(text)))
    *_, rivals = read.write([six])
    assert Rival(six, "size") in rivals
    assert all(rival.text.isidentifier() for rival in rivals)


def test_a_word_that_begins_too_unlikely_is_not_read():
    network = Counting((LEARNT,))
    (read,) = stretches(network)
    network.asked.clear()
    assert weights(read, Rival(PLUS, "-"), Rival(PLUS, "+")) == []
    assert network.asked == []


def test_all_are_read_where_it_is_asked_for_and_as_far(monkeypatch):
    monkeypatch.setattr(branching, "REST", 2)
    read, last = stretch(), TEXT.index("return")
    assert weights(read, Rival(PLUS, "-")) == []
    (near,) = weights(read, Rival(PLUS, "*"))
    (far,) = [w for some in read.weigh([Rival(PLUS, "*")], last) for w in some]
    assert (len(near.rest), len(far.rest)) == (2, last - PLUS.end + 2)
    (unlikely,) = [w for some in read.weigh([Rival(PLUS, "-")], last) for w in some]
    assert unlikely.gain < far.gain


def test_of_many_words_only_the_most_promising_are_read(monkeypatch):
    monkeypatch.setattr(branching, "MOST_OF_WORD", 1)
    read = stretch(LEARNT, LEARNT, LEARNT.replace("*", "-"))
    assert [w.rival.text for w in weights(read, Rival(PLUS, "-"), Rival(PLUS, "*"))] == ["*"]


def test_a_long_selection_is_read_in_stretches():
    text = "".join(f"    size = width + {n}\n" for n in range(40))
    found = stretches(ChainDenoiser((LEARNT,)), text, (Span(0, len(text)),), window=200)
    assert len(found) > 2
    for read in found:
        at = text.index("+", read.span.start)
        (weight,) = weights(read, Rival(Span(at, at + 1), "*"))
        assert weight.rival.span.start == at


@given(st.text(st.sampled_from("ab1 =+(\n\té😀"), max_size=40), st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_stands_there_it_is_read_and_what_is_written_lies_in_it(text, data):
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    window = data.draw(st.integers(6, 60))
    for read in stretches(ChainDenoiser(("a = b + 1\n", text)), text, (span,), window=window):
        for rivals in read.write([span]):
            assert all(span.contains(rival.span) for rival in rivals)
            assert all(rival.span.slice(text) != rival.text for rival in rivals)
            beyond = [
                Rival(Span(span.start, at), "a") for at in range(span.start + 1, span.end + 1)
            ]
            for weight in weights(read, *rivals, *beyond):
                assert np.isfinite(weight.gain)
