import numpy as np
import pytest

from editdiff.engines.base import Draft, FillOptions, FillTask, Sifter, Sketch, has_canvas
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin import engine as twin_engine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.prompt.base import ContextParts, Prompt
from editdiff.text.span import Span
from editdiff.tokens.byte_tokenizer import ByteTokenizer

TEXT = "x = \ny = 2\n"
GAP = Span(4, 4)


def twin(*learnt: str, **more: object) -> TwinEngine:
    return TwinEngine(ChainDenoiser(learnt, **more), "chain")  # type: ignore[arg-type]


def drafts(engine: TwinEngine, task: FillTask, **more: object) -> list[Draft]:
    updates = engine.fill(task, FillOptions(**more))  # type: ignore[arg-type]
    return [update for update in updates if isinstance(update, Draft)]


def test_what_follows_the_gap_speaks_for_a_filling():
    engine = twin("1\ny = 2\n", "2\nz = 2\n", "2\nz = 2\n")
    one, two = engine.score(FillTask(TEXT, (GAP,)), [("1",), ("2",)])
    assert one > two
    other = FillTask(TEXT.replace("y", "z"), (GAP,))
    one, two = engine.score(other, [("1",), ("2",)])
    assert two > one


def test_where_nothing_follows_the_ending_counts():
    engine = twin("1", "1", "1234")
    whole, part = engine.score(FillTask("x = ", (GAP,)), [("1",), ("12",)])
    assert whole > part
    assert np.isclose(whole, np.log(2 / 3), atol=0.05)


def test_no_texts_have_no_scores_and_cost_nothing():
    engine = twin("1")
    assert engine.score(FillTask(TEXT, (GAP,)), []) == []
    assert engine.encoded == 0


def test_of_many_texts_those_are_read_whose_first_other_token_is_likeliest(monkeypatch):
    engine = twin("f(a, b)\ny = 2\n", "f(a, c)\ny = 2\n")
    task = FillTask("x = f(a b)\ny = 2\n", (Span(4, 10),))
    texts = ["f(a b", "f(a, b)", "f[a b)", "{f(a b)"]
    assert engine.sift(task, "f(a b)", texts)[0] == "f(a, b)"
    assert sorted(engine.sift(task, "f(a b)", texts)) == sorted(texts)
    monkeypatch.setattr(twin_engine, "MOST_COMPARED", 1)
    monkeypatch.setattr(twin_engine, "LEAST_READ", 2)
    assert engine.sift(task, "f(a b)", texts)[:1] == ["f(a, b)"]
    assert len(engine.sift(task, "f(a b)", texts)) == 2
    assert engine.sift(task, "f(a b)", []) == []


def test_an_engine_with_a_canvas_chooses_nothing_of_many_texts():
    on_canvas = WithLookup(LocalEngine(OracleDenoiser(("1",))))
    assert isinstance(on_canvas, Sifter)
    assert on_canvas.sift(FillTask(TEXT, (GAP,)), "", ["b", "a"]) == ["b", "a"]
    assert has_canvas(on_canvas) and not has_canvas(WithLookup(twin("1")))


def test_the_standing_text_of_a_region_competes_unless_it_is_known_to_be_wrong():
    text, five, seven = "x = 7\nyellow = 2\n", "5\nyellow = 2\n", "7\nyellow = 2\n"
    told = {"region": Span(0, 5), "gaps": (Span(4, 5),), "text": text}
    found = drafts(twin(seven, five, five), FillTask(**told), temperature=0)
    assert [draft.texts for draft in found] == [("5",), ("7",)]
    found = drafts(twin(seven, seven, five), FillTask(**told), temperature=0)
    assert [draft.texts for draft in found] == [("7",)]
    found = drafts(twin(seven, five, five), FillTask(**told, wrong=True), temperature=0)
    assert [draft.texts for draft in found] == [("5",)]


class Locked:
    """A form in which the text between two gaps is locked."""

    def __init__(self, tokenizer: ByteTokenizer) -> None:
        self.tokenizer = tokenizer
        self.seen: list[ContextParts] = []

    def encode(self, parts: ContextParts, budget: int) -> Prompt:
        self.seen.append(parts)
        before, *between = (*parts.earlier, parts.before)
        ids = np.array(self.tokenizer.encode(before), dtype=np.int64)
        locked = tuple(tuple(self.tokenizer.encode(text)) for text in between)
        heads = (self.tokenizer.special.gaps[0], *(ids[-1] for ids in locked))
        return Prompt(ids, np.arange(len(ids)), heads, locked=locked)


DEFINED = FillTask("def (b):\n  use()\n", (Span(4, 4), Span(15, 15)))


@pytest.mark.parametrize(("most", "first"), [(1024, "a"), (0, "c")])
def test_drafts_of_several_gaps_are_ranked_by_the_text_between_unless_it_is_too_long(
    monkeypatch, most, first
):
    monkeypatch.setattr(twin_engine, "MOST_COMPARED", most)
    learnt = ("a(b):\n  use(", "a", "a", "c(d):\n  keep(", "c", "c", "c", "c", "1)\n")
    engine = twin(*learnt, order=12, form=Locked(ByteTokenizer()))
    found = drafts(engine, DEFINED, drafts=16, temperature=1.0)
    assert {draft.texts[0] for draft in found} >= {"a", "c"}
    assert found[0].texts[0] == first


def test_each_of_several_gaps_is_filled_in_view_of_all_that_stands_around_it():
    form = Locked(ByteTokenizer())
    engine = twin("ab", order=12, form=form)
    (found,) = drafts(engine, DEFINED, temperature=0)
    assert found.texts == ("ab", "ab")
    assert [(parts.before, parts.after) for parts in form.seen] == [
        ("def ", "(b):\n  use()\n"),
        ("def ab(b):\n  use(", ")\n"),
    ]


def test_of_several_gaps_that_are_hidden_none_is_shown_and_of_doubted_ones_the_later():
    text = "x = 1\ny = 2\n"
    gaps = (Span(4, 5), Span(10, 11))
    for more, after in (({}, "\ny = \n"), ({"region": Span(0, 11)}, "\ny = 2\n")):
        form = Locked(ByteTokenizer())
        found = drafts(twin("7", form=form), FillTask(text, gaps, **more), temperature=0)
        assert form.seen[0].after == after
        assert form.seen[1].before == "x = 7\ny = "
        assert found[0].texts == ("7", "7") or more


def test_the_sketches_of_several_gaps_go_on_from_one_to_the_next():
    engine = twin("ab", form=Locked(ByteTokenizer()))
    sketches = [
        u for u in engine.fill(DEFINED, FillOptions(temperature=0)) if isinstance(u, Sketch)
    ]
    steps = [sketch.step for sketch in sketches]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert "".join(place.text for place in sketches[-1].places) == "abab"
