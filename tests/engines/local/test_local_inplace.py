"""In-place revision: what is doubted is denoised in the text that stands there, and nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.local.inplace import Standing
from editdiff.errors import UsageError
from editdiff.text.span import Span
from editdiff.tokens.bpe import SPECIAL_TOKENS, own_special
from editdiff.tokens.byte_tokenizer import ByteTokenizer

BYTES = ByteTokenizer()
TEXT = "def f(a, b):\n    return a - b\n"
LINE = Span(TEXT.index("    return"), len(TEXT) - 1)
MINUS = Span(TEXT.index("-"), TEXT.index("-") + 1)
RIGHT = "    return a + b"
ONE = FillOptions(drafts=1)
CANVASES = NoiseDenoiser().traits.canvases


class Pairs(ByteTokenizer):
    """Tokens of two characters, so that a token reaches beside what is doubted; text of ASCII letters alone."""

    special = own_special(len(SPECIAL_TOKENS) + 128 * 128)

    def encode(self, text: str) -> list[int]:
        padded = text + "\0" * (len(text) % 2)
        pairs = zip(padded[::2], padded[1::2], strict=True)
        return [len(SPECIAL_TOKENS) + 128 * ord(a) + ord(b) for a, b in pairs]

    def decode_bytes(self, ids):
        codes = [i - len(SPECIAL_TOKENS) for i in ids if i >= len(SPECIAL_TOKENS)]
        return bytes(x for code in codes for x in divmod(code, 128) if x)


def task(*doubted: Span, text: str = TEXT, region: Span = LINE, wrong: bool = False) -> FillTask:
    return FillTask(text, doubted or (MINUS,), region=region, wrong=wrong)


def revise(network, asked: FillTask, options: FillOptions = ONE) -> list[Draft]:
    updates = list(LocalEngine(network).fill(asked, options))
    assert any(isinstance(update, Sketch) for update in updates)
    return [update for update in updates if isinstance(update, Draft)]


def test_a_doubted_token_is_written_anew_in_view_of_the_whole_line():
    draft, old = revise(OracleDenoiser((RIGHT,)), task())
    assert (draft.texts, draft.nfe, draft.score) == (("+",), 1, 0.0)
    assert old.texts == ("-",), "what stands there competes"
    assert old.score < draft.score


def test_what_is_doubted_and_right_comes_back():
    (draft,) = revise(OracleDenoiser((TEXT[LINE.start : LINE.end],)), task())
    assert draft.texts == ("-",)


def test_what_is_wrong_does_not_come_back():
    stubborn = OracleDenoiser((TEXT[LINE.start : LINE.end],))
    (draft,) = revise(stubborn, task(wrong=True))
    assert draft.texts == ("x",), "the second choice that is admitted"


def test_several_places_are_revised_together():
    a = TEXT.rindex("a")
    draft, old = revise(OracleDenoiser(("    return c + b",)), task(Span(a, a + 1), MINUS))
    assert (draft.texts, old.texts) == (("c", "+"), ("a", "-"))


def test_the_network_sees_the_rest_of_the_line_on_its_canvas_and_not_in_its_context():
    class Watching(NoiseDenoiser):
        def encode(self, prompt, cache=None):
            heard.append(BYTES.decode(prompt.ids.tolist()))
            return 0

        def propose(self, cache, canvas, asked=None):
            seen.append(BYTES.decode(canvas.ids[0].tolist()))
            return super().propose(cache, canvas, asked)

    heard: list[str] = []
    seen: list[str] = []
    revise(Watching(), task())
    assert "return" not in heard[0]
    assert "def f" in heard[0]
    assert seen[0] == "    return a  b"


regions = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30)


@given(
    regions, st.data(), st.integers(0, 1000), st.sampled_from([0.0, 0.9]), st.sampled_from(
        ["none", "cap", "conf", "token"]
    ), st.booleans(),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_ids_outside_the_doubted_places_never_change_whatever_the_network_says(
    text, data, seed, temperature, reopen, wrong
):
    start = data.draw(st.integers(0, len(text) - 1))
    gap = Span(start, data.draw(st.integers(start + 1, len(text))))
    asked = task(gap, text=text, region=Span(0, len(text)), wrong=wrong)
    standing = Standing.of(asked, BYTES, CANVASES)
    boards: list[np.ndarray] = []

    class Watching(NoiseDenoiser):
        def propose(self, cache, canvas, asked=None):
            boards.extend(canvas.ids)
            return super().propose(cache, canvas, asked)

    options = FillOptions(drafts=2, temperature=temperature, reopen=reopen, steps=6)
    drafts = revise(Watching(seed, special_bias=5.0), asked, options)
    held = np.array([10, *standing.ids, BYTES.special.end])
    locked = [i for i in range(len(held)) if i - 1 not in standing.doubted]
    for board in boards:
        assert (board[: len(held)][locked] == held[locked]).all()
    for draft in drafts:
        whole = text[: gap.start] + draft.texts[0] + text[gap.end :]
        assert len(BYTES.encode(whole)) == len(BYTES.encode(text))


def test_a_draft_that_changes_text_beside_the_doubted_place_is_refused():
    pairs = Pairs()
    text = "abcdef"
    asked = task(Span(3, 4), text=text, region=Span(0, 6))  # the d of the token cd
    same = OracleDenoiser(("abcxef",), tokenizer=pairs)
    assert revise(same, asked)[0].texts == ("x",)
    other = OracleDenoiser(("abyxef",), tokenizer=pairs)
    assert revise(other, asked) == []


@given(st.integers(0, 300), st.integers(1, 5), st.integers(1, 300))
def test_a_long_region_is_cut_down_to_what_a_canvas_holds_around_the_places(start, length, rest):
    text = "é" * start + "x" * length + "日" * rest
    gap = Span(start, start + length)
    standing = Standing.of(task(gap, text=text, region=Span(0, len(text))), BYTES, CANVASES)
    assert standing.size == min(size for size in CANVASES if size >= len(standing.ids) + 2)
    assert standing.span.contains(gap)
    assert standing.span.slice(text) == BYTES.decode_bytes(standing.ids).decode()
    assert standing.doubted == list(range(standing.runs[0][0], standing.runs[0][0] + length))
    whole = len(text.encode())
    assert len(standing.ids) == min(whole, 62) or whole > 62 >= len(standing.ids) > 62 - 6


@pytest.mark.parametrize(
    ("gaps", "region", "message"),
    [
        ((Span(3, 3),), Span(0, 9), "is empty"),
        ((Span(3, 5),), Span(4, 9), "does not stand inside its region"),
        ((Span(0, 1), Span(80, 81)), Span(0, 99), "81 tokens apart, more than the 62"),
    ],
)
def test_places_that_cannot_be_revised_are_refused_with_a_hint(gaps, region, message):
    asked = task(*gaps, text="y" * 99, region=region)
    with pytest.raises(UsageError, match=message) as caught:
        list(LocalEngine(OracleDenoiser(("y" * 99,))).fill(asked, ONE))
    assert caught.value.hint


def test_more_drafts_of_a_revision_are_distinct_and_ranked():
    asked = task(Span(LINE.start + 11, LINE.end))
    unsure = OracleDenoiser((RIGHT,), confidence=0.4)
    drafts = revise(unsure, asked, replace(ONE, drafts=8, temperature=1.5, threshold=0.1))
    assert len({draft.texts for draft in drafts}) == len(drafts) > 1
    assert drafts[0].texts == (RIGHT[11:],)
    assert [d.score for d in drafts] == sorted((d.score for d in drafts), reverse=True)
