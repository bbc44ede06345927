import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.session import Filling, Session
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import TOUCHED, Dropped
from editdiff.text.span import Span

DOCUMENT = Document("a.txt", "one two three four\n")
SPANS = [Span(4, 7), Span(14, 18)]


def session(*rounds: list[tuple[str, ...]]) -> Session:
    script = [[Draft(texts, 0.0, 1) for texts in drafts] for drafts in rounds]
    return Session(lambda: ScriptedEngine(script), FillOptions(temperature=0.0))


def texts(outcome: Proposal | NoEdit) -> tuple[str, ...]:
    assert isinstance(outcome, Proposal)
    return tuple(edit.text for edit in outcome.edits)


def test_the_model_is_loaded_once_and_only_when_a_draft_is_wanted():
    loaded: list[str] = []

    def load() -> ScriptedEngine:
        loaded.append("model")
        return ScriptedEngine([[Draft(("2", "4"), 0.0, 1)]] * 2)

    held = Session(load)
    fillings = [held.begin(DOCUMENT, SPANS) for _ in range(2)]
    assert not loaded
    assert [texts(filling.draft()) for filling in fillings] == [("2", "4")] * 2
    assert loaded == ["model"]


def test_asked_again_it_proposes_what_was_not_shown_yet():
    drafts = [("2", "4"), ("TWO", "FOUR"), ("two", "four"), ("zwei", "vier")]
    filling = session(drafts, drafts, drafts, drafts).begin(DOCUMENT, SPANS)
    shown = [texts(filling.draft()) for _ in range(3)]
    assert shown == [("2", "4"), ("TWO", "FOUR"), ("zwei", "vier")]
    assert filling.draft() == NoEdit(
        "the model has no other draft", "ask for more drafts, or a higher temperature"
    )


def test_each_round_has_another_seed():
    class Listening(ScriptedEngine):
        def fill(self, task: FillTask, options: FillOptions):
            seeds.append(options.seed)
            return super().fill(task, options)

    seeds: list[int] = []
    script = [[Draft((str(i), "4"), 0.0, 1)] for i in range(3)]
    filling = Session(lambda: Listening(script), FillOptions(seed=7)).begin(DOCUMENT, SPANS)
    for _ in range(3):
        filling.draft()
    assert len(set(seeds)) == 3
    assert seeds[0] == 7


def typed(at: int, text: str, removed: int = 0) -> Edits:
    return Edits((TextEdit(Span(at, at + removed), text),))


def test_edits_elsewhere_move_the_gaps_and_what_was_shown_stays_shown():
    filling = session([("2", "4")], [("2", "4"), ("zwei", "vier")]).begin(DOCUMENT, SPANS)
    filling.draft()
    moved = filling.follow(typed(0, "zero "))
    assert isinstance(moved, Filling)
    assert moved.document.text == "zero one two three four\n"
    assert moved.document.version == DOCUMENT.version + 1
    assert [span.slice(moved.document.text) for span in moved.spans] == ["two", "four"]
    outcome = moved.draft()
    assert texts(outcome) == ("zwei", "vier")
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "zero one zwei three vier\n"


@pytest.mark.parametrize("edit", [typed(5, "x"), typed(7, "x"), typed(2, "", 4), typed(14, "", 4)])
def test_an_edit_that_touches_a_gap_drops_the_filling(edit: Edits):
    assert session().begin(DOCUMENT, SPANS).follow(edit) == Dropped(TOUCHED)


@given(st.integers(0, 19), st.integers(0, 5), st.text("ab\n", max_size=4))
def test_a_filling_that_follows_still_has_the_text_of_its_gaps(at: int, n: int, text: str):
    edit = typed(at, text, min(n, 19 - at))
    filling = session().begin(DOCUMENT, SPANS)
    followed = filling.follow(edit)
    if isinstance(followed, Filling):
        now = [span.slice(followed.document.text) for span in followed.spans]
        assert now == ["two", "four"]


def test_requests_on_one_document_share_what_was_encoded():
    engine = LocalEngine(NoiseDenoiser(special_bias=3.0))
    held = Session(lambda: engine, FillOptions(drafts=1))
    text = "".join(f"line {i}\n" for i in range(40))
    held.begin(Document("a.txt", text), [Span(300, 304)]).draft()
    first = engine.encoded
    held.begin(Document("a.txt", text), [Span(300, 304)]).draft()
    assert engine.encoded - first < first / 2
