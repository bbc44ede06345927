"""Answers to an instruction: what the network would write token by token, in fewer forwards."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_network import END, TableNetwork
from tiny_gguf import tiny_qwen

from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.local.caches import Encoded
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.rewriting import Asked, answer, margin_of, parts_of, restored, without
from editdiff.errors import UsageError
from editdiff.prompt.base import ContextParts
from editdiff.prompt.chat import Instruction
from editdiff.text.span import Span
from editdiff.tokens.base import NONE

TEXT = "class A:\n    def f(self):\n        return 1\n\n    x = 2\n"
OLD = "    def f(self):\n        return 1"
START = TEXT.index(OLD)
TASK = FillTask(TEXT, (Span(START, START + len(OLD)),), "a.py", old=OLD, ask="return two")
CLOSED = "\n```"


class Asking(TableNetwork):
    """Says what is told of each form: with what stands around, without, and where nothing is asked for."""

    def __init__(self, around, alone=None, plain=None) -> None:
        super().__init__(lambda before: {})
        self.tables = {"around": around, "alone": alone or around, "plain": plain or around}
        self.traits = replace(self.traits, takes_ask=True, takes_old=True)
        self.asked = tuple(
            Instruction(self.tokenizer, "", around, "<pre>", "<tail>", "<mask>")
            for around in (True, False)
        )

    def _known(self, prompt, row):
        question = self.tokenizer.decode(prompt.ids.tolist())
        form = "around" if "This is a file" in question else "alone"
        form = "plain" if "change nothing\n" in question else form
        answered = self.tokenizer.decode(list(row[1:]))
        return {self._id(what): p for what, p in self.tables[form](answered).items()}

    def _id(self, what):
        return self.tokenizer.id_of("<tail>") if what == END else super()._id(what)


def says(*answers: str, sure: float = 0.9):
    """The first of the answers that goes on from what is written, the others with what is left."""

    def table(before: str) -> dict[str, float]:
        alive = [each for each in answers if each.startswith(before)]
        nexts = list(dict.fromkeys((each + "\0")[len(before)] for each in alive))
        if not nexts:
            return {END: 1.0}
        if len(nexts) == 1:
            return {END if nexts[0] == "\0" else nexts[0]: 1.0}
        rest = (1 - sure) / (len(nexts) - 1)
        return {(END if c == "\0" else c): sure if i == 0 else rest for i, c in enumerate(nexts)}

    return table


def asked(network, around: bool = True, task: FillTask = TASK) -> Asked:
    form = next(form for form in network.asked if form.around is around)
    parts = replace(
        ContextParts.around(task.text, task.gaps, task.path), old=task.old, ask=task.ask
    )
    told, margin = parts_of(parts, form)
    prompt = form.encode(told, 500)
    return Asked(form, Encoded(prompt, network.encode(prompt)), margin, form.closing(told))


def written(network, around: bool = True, task: FillTask = TASK):
    """The answers of one form, and how many sketches there were."""
    writing, sketches = answer(network, asked(network, around, task), task.old, lambda g: g, 500), 0
    while True:
        try:
            assert isinstance(next(writing), Sketch)
            sketches += 1
        except StopIteration as stop:
            return stop.value, sketches


def drafts(network, task: FillTask = TASK, **options) -> list[Draft]:
    told = FillOptions(**{"drafts": 1, "temperature": 0.0} | options)
    return [u for u in TwinEngine(network).fill(task, told) if isinstance(u, Draft)]


NEW = OLD.replace("1", "2")


def test_an_answer_is_what_the_network_writes_and_what_stays_costs_few_forwards():
    (made,), forwards = written(Asking(says(NEW + CLOSED)))
    assert made.text == NEW
    assert made.forwards == forwards < len(NEW) / 3
    assert made.kept >= len(NEW) - 4


@pytest.mark.parametrize(
    "new",
    [
        OLD + "  # one", "    @cached\n" + OLD, OLD.replace("self", "this"),
        "    def f(self): return 2", "    f = 2",
        OLD + "\n\n    def g(self):\n        return 1",
        OLD.replace("    return", "    x = 3\n        return"),
    ],
)  # fmt: skip
def test_lines_may_come_and_go_anywhere(new):
    (made,), _ = written(Asking(says(new + CLOSED)))
    assert made.text == new


def test_a_viewer_sees_what_is_written_and_what_may_stay_but_no_fence():
    network, sketches = Asking(says(NEW + CLOSED)), []
    writing = answer(network, asked(network), OLD, lambda guess: guess, 500)
    for sketch in writing:
        sketches.append([place.text for place in sketch.places])
    assert sketches[-1] == [NEW]
    assert any("return 1" in "".join(texts) for texts in sketches[:-1])
    assert not any("`" in text for texts in sketches for text in texts)


def test_an_answer_may_end_without_its_fence():
    (made,), _ = written(Asking(says(NEW)))
    assert made.text == NEW


def test_a_fence_that_is_shorter_than_it_has_to_be_is_one_all_the_same():
    task = replace(TASK, text=TEXT + "# ```\n")
    network = Asking(says(NEW + CLOSED))
    assert asked(network, task=task).closing == "\n````"
    (made,), _ = written(network, task=task)
    assert made.text == NEW


def test_an_answer_is_read_with_the_usual_fence_where_the_text_has_none():
    task = replace(TASK, text=TEXT + "# ```\n")
    network = Asking(says(NEW + CLOSED), says(without(NEW, "    ") + CLOSED))
    (made,) = drafts(network, task)
    assert made.told.forms == pytest.approx((0.0, 0.0), abs=1e-6)
    fenced = OLD + "\n```\n"
    other = replace(TASK, text=fenced, gaps=(Span(0, len(fenced)),), old=fenced)
    (made,) = drafts(Asking(says(NEW + "\n```\n````")), other)
    assert made.texts == (NEW + "\n```",)


def test_an_answer_without_a_line_is_empty():
    made, _ = written(Asking(says("    " + CLOSED)))
    assert made[0].text.strip() == ""


def test_the_indentation_is_given():
    (made,), _ = written(Asking(says(NEW + CLOSED, "def f" + CLOSED, sure=0.01)))
    assert made.text == NEW


def test_an_answer_that_never_ends_has_no_text():
    def table(before: str) -> dict[str, float]:
        return {"x": 1.0}

    made, _ = written(Asking(table))
    assert made[0].text is None


def test_where_nothing_would_change_the_turn_is_taken_that_was_nearest():
    first, second = written(Asking(says(OLD + CLOSED, NEW + CLOSED, sure=0.7)))[0]
    assert (first.text, second.text) == (OLD, NEW)


def test_a_part_without_its_surroundings_is_shown_and_written_without_its_margin():
    network = Asking(says("def f(self):\n    return 2" + CLOSED))
    (made,), _ = written(network, around=False)
    assert restored(made.text, OLD, asked(network, around=False).margin) == NEW


def test_every_answer_is_read_in_every_form():
    other = OLD.replace("1", "3")
    network = Asking(
        says(NEW + CLOSED, other + CLOSED, sure=0.8),
        says(*(without(each, "    ") + CLOSED for each in (other, NEW)), sure=0.6),
        says(*(without(each, "    ") + CLOSED for each in (OLD, NEW)), sure=0.9),
    )
    first, second = drafts(network)
    assert (first.texts, second.texts) == ((NEW,), (other,))
    assert first.told.forms == pytest.approx((math.log(0.8), math.log(0.4)))
    assert second.told.forms == pytest.approx((math.log(0.2), math.log(0.6)))
    assert first.told.plain == pytest.approx(math.log(0.1))
    assert first.told.plain_there == pytest.approx(math.log(0.9))
    assert (first.told.wrote, second.told.wrote) == (1, 1)
    assert first.score == pytest.approx(np.mean(first.told.forms))


def test_what_stands_there_is_no_answer():
    def table(before: str) -> dict[str, float]:
        text = (
            OLD + CLOSED if before.startswith(" ") or not before else without(OLD, "    ") + CLOSED
        )
        return {text[len(before)] if len(before) < len(text) else END: 1.0}

    def alone(before: str) -> dict[str, float]:
        text = without(OLD, "    ") + CLOSED
        return {text[len(before)] if len(before) < len(text) else END: 1.0}

    assert [d for d in drafts(Asking(table, alone, alone)) if d.texts == (OLD,)] == []


def test_lookup_stays_out_of_it():
    network = Asking(says(NEW + CLOSED), says(without(NEW, "    ") + CLOSED))
    engine = WithLookup(TwinEngine(network))
    made = [u for u in engine.fill(TASK, FillOptions(drafts=1)) if isinstance(u, Draft)]
    assert [draft.texts for draft in made] == [(NEW,)]
    assert made[0].told.wrote == 2


def test_there_has_to_be_a_text():
    with pytest.raises(UsageError, match="there is none"):
        drafts(Asking(says(NEW)), replace(TASK, old=None))


def test_a_network_that_cannot_be_told_says_so():
    with pytest.raises(UsageError, match="told in words"):
        drafts(TableNetwork(says(NEW)))


@pytest.fixture(scope="module")
def trunk(tmp_path_factory):
    return tiny_qwen(tmp_path_factory.mktemp("trunk"))


@given(st.text("ab( \n", min_size=1, max_size=20).filter(str.strip), st.booleans())
@settings(max_examples=12)
def test_an_answer_is_that_of_one_token_after_the_other(trunk, old, around):
    task = FillTask(f"x\n{old}\ny\n", (Span(2, 2 + len(old)),), "a.py", old=old, ask="b")
    here = asked(trunk, around, task)
    writing = answer(trunk, here, old, lambda guess: guess, 24)
    made = None
    while made is None:
        try:
            next(writing)
        except StopIteration as stop:
            made = stop.value[0]
    tokenizer, special = trunk.tokenizer, trunk.tokenizer.special
    cache, ids, pending, behind = here.context.cache, [], here.context.prompt.heads[0], NONE
    given = made.indentation
    while len(ids) < len(made.ids):
        cache, guess = trunk.write(cache, np.array([pending]), np.array([behind]), np.array([0]))
        kept = special.is_text(guess.ids) | np.isin(guess.ids, made.ends)
        own = int(guess.only(kept, fallback=made.ends[0]).chosen[0, 0])
        pending, behind = given[len(ids)] if len(ids) < len(given) else own, len(ids)
        ids.append(pending)
    assert ids == made.ids
    assert made.text is None or made.text == tokenizer.decode(ids).partition(here.closing)[0]


def test_an_answer_is_scored_without_the_ending_of_gaps(trunk):
    here = asked(trunk)
    ids = np.array([[here.context.prompt.heads[0], *trunk.tokenizer.encode("ab c")]])
    told = trunk.score(here.context.cache, ids)
    _, guess = trunk.write(
        here.context.cache,
        ids[0, :-1],
        np.arange(ids.shape[1] - 1) - 1,
        np.arange(ids.shape[1] - 1),
    )
    kept = guess.logp_of(ids[:, 1:])
    assert np.isfinite(kept).any()
    assert told[np.isfinite(kept)] == pytest.approx(kept[np.isfinite(kept)], abs=1e-3)


@pytest.mark.parametrize(
    ("text", "margin"),
    [("a\n  b", ""), ("  a\n    b\n\n  c", "  "), ("\ta\n\t\tb", "\t"), ("\ta\n  b", ""), ("", ""),
     ("  \n  a", "  ")],
)  # fmt: skip
def test_the_margin_is_what_all_lines_begin_with(text, margin):
    assert margin_of(text) == margin


@given(
    st.lists(st.sampled_from(["  a", "    b ", "", "  ", "   c\t", "  d"]), min_size=1, max_size=6)
)
def test_a_text_without_its_margin_comes_back_as_it_was(lines):
    old = "\n".join(lines)
    margin = margin_of(old)
    back = restored(without(old, margin), old, margin)
    assert back.rstrip() == old.rstrip()
    assert old.startswith(back)
