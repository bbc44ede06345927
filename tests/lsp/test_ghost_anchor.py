"""Ghost text while somebody types: the model is shown the place once, and then told what was typed."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial

import pytest
import pytest_asyncio
from editdiff_lsp import ghost, idle
from editdiff_lsp.ghost import Ghost
from editdiff_lsp.jobs import Worker
from editdiff_lsp.model import Measured, Model
from editdiff_lsp.store import Opened
from editdiff_lsp.typed import LONGEST_TYPED, NOTHING, Shown
from tiny_gguf import tiny_qwen

from editdiff.edits.complete import Suggestion, complete
from editdiff.engines.base import Engine
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.families.base import TreeDenoiser
from editdiff.families.qwen.stop import Stop
from editdiff.text.document import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE = "def area(width, height):\n    return width * height\n\n\nx = "
AFTER = "\nprint(area(2, 3))\nprint(x)\n"
WORD = "area(width + 1)"


@dataclass
class Typist:
    """Somebody who types in one document, and is suggested how to go on."""

    ghost: Ghost
    text: str = BEFORE + AFTER
    at: int = len(BEFORE)
    uri: str = "file:///a.py"
    version: int = 1

    @property
    def document(self) -> Document:
        return Document("a.py", self.text, self.version, "python")

    def type(self, typed: str) -> None:
        self.edit(self.text[: self.at] + typed + self.text[self.at :], self.at + len(typed))

    def edit(self, text: str, at: int) -> None:
        self.text, self.at, self.version = text, at, self.version + 1
        self.ghost.follow(self.uri)

    async def ask(self) -> str:
        return (await self.shown()).text

    async def shown(self) -> Shown:
        opened = Opened(self.uri, "python", self.version, self.text, "utf-16")
        return await self.ghost.suggest(opened, self.document, self.at, quiet=0.0, least=0.0)


@pytest_asyncio.fixture(loop_scope="module")
async def typing():
    """Gives somebody who types with an engine."""
    workers = []

    def typing(engine: Engine) -> Typist:
        workers.append(Worker())
        model = Model(lambda named, chosen: engine, Measured(lambda folder: {"python": 0.0}))
        return Typist(Ghost(workers[-1], model))

    yield typing
    for worker in workers:
        worker.close()


@pytest.fixture(scope="module")
def trunk(tmp_path_factory) -> TreeDenoiser:
    made = tiny_qwen(tmp_path_factory.mktemp("trunk"))
    made.stop = Stop({kind: each._replace(bias=0.5) for kind, each in made.stop.kinds.items()})
    return made


async def test_a_key_costs_its_own_tokens(typing, trunk):
    engine = TwinEngine(trunk)
    typist = typing(engine)
    await typist.ask()
    first, costs = engine.encoded, []
    for key in WORD:
        typist.type(key)
        before = engine.encoded
        await typist.ask()
        costs.append(engine.encoded - before)
    assert first > 40
    assert max(costs) <= 3, "the middle mark, what was taken back at first, and the last token"
    assert sum(costs) <= len(trunk.tokenizer.encode(WORD)) + 5


async def test_a_suggestion_is_that_of_a_fresh_engine_that_is_told_the_same(typing, trunk):
    engine = TwinEngine(trunk)
    typist, found = typing(engine), []
    for key in ["", *WORD]:
        typist.type(key)
        suggested = await typist.ask()
        fresh = partial(complete, typist.document, typist.at, least=0.0, anchor=len(BEFORE))
        outcome = fresh(TwinEngine(trunk), checkers=typist.ghost.model.quick)
        again = fresh(engine, checkers=typist.ghost.model.quick)
        assert type(outcome) is type(again)
        if isinstance(outcome, Suggestion) and isinstance(again, Suggestion):
            assert suggested == outcome.text == again.text
            assert again.confidence == pytest.approx(outcome.confidence, rel=5e-3)
            found.append(outcome.text)
        else:
            assert suggested == ""
    assert found


LONG = "".join(f"def area{n}(width, height):\n    return width * height + {n}\n" for n in range(40))
NEAR = replace(ghost.NEAR, context=48)
"""The tiny trunk is shown 128 tokens at most."""


async def read_on(typist: Typist, engine: TwinEngine) -> int:
    """Tokens that are read when nothing happens for a while."""
    before = engine.encoded
    for _ in range(500):
        if not typist.ghost._anchors[typist.uri].near:
            break
        await asyncio.sleep(0.02)
    return engine.encoded - before


async def test_a_new_place_is_answered_with_what_is_near_and_the_rest_is_read_while_nothing_happens(
    typing, trunk, monkeypatch
):
    monkeypatch.setattr(idle, "WAIT", 0.01)
    monkeypatch.setattr(ghost, "NEAR", NEAR)
    engine = TwinEngine(trunk)
    typist = typing(engine)
    typist.edit(LONG + BEFORE + "()" + AFTER, len(LONG + BEFORE))
    await typist.ask()
    assert 20 < engine.encoded < NEAR.context + 10, "the marks apart"
    assert await read_on(typist, engine) > 50
    typist.edit(LONG + BEFORE + "w()" + AFTER, len(LONG + BEFORE) + 1)
    before = engine.encoded
    suggested = await typist.ask()
    assert engine.encoded - before <= 3
    fresh = partial(complete, typist.document, typist.at, anchor=typist.at - 1)
    outcome = fresh(TwinEngine(trunk), checkers=typist.ghost.model.quick)
    assert suggested == (outcome.text if isinstance(outcome, Suggestion) else "")
    assert engine.encoded - before <= 3, "nothing more is to be read"


def rest(typist: Typist) -> None:
    """The cursor comes to rest where it is."""
    opened = Opened(typist.uri, "python", typist.version, typist.text, "utf-16")
    typist.ghost.rests(opened, typist.document, typist.at)


async def quiet(engine: TwinEngine) -> int:
    """Tokens that were read in all, once nothing more is read."""
    before = -1
    while engine.encoded != before:
        before = engine.encoded
        await asyncio.sleep(0.2)
    return before


async def test_where_the_cursor_rests_a_place_is_read_before_a_key_comes(
    typing, trunk, monkeypatch
):
    monkeypatch.setattr(idle, "WAIT", 0.01)
    monkeypatch.setattr(ghost, "NEAR", NEAR)
    engine = TwinEngine(trunk)
    typist = typing(engine)
    typist.edit(LONG + BEFORE + AFTER, len(LONG + BEFORE))
    rest(typist)
    assert 20 < await quiet(engine) < NEAR.context + 10
    monkeypatch.setattr(idle, "WAIT", 60)
    before = engine.encoded
    typist.type("w")
    suggested = await typist.ask()
    assert engine.encoded - before <= 3
    fresh = partial(complete, typist.document, typist.at, options=NEAR, anchor=typist.at - 1)
    outcome = fresh(TwinEngine(trunk), checkers=typist.ghost.model.quick)
    assert suggested == (outcome.text if isinstance(outcome, Suggestion) else "")


async def test_where_somebody_types_a_rest_reads_nothing(typing, trunk, monkeypatch):
    monkeypatch.setattr(idle, "WAIT", 0.01)
    engine = TwinEngine(trunk)
    typist = typing(engine)
    await typist.ask()
    before = await quiet(engine)
    typist.type("w")
    rest(typist)
    assert await quiet(engine) == before


async def test_a_key_comes_before_what_a_rest_would_read(typing, trunk, monkeypatch):
    monkeypatch.setattr(idle, "WAIT", 0.3)
    engine = TwinEngine(trunk)
    typist = typing(engine)
    rest(typist)
    typist.type("w")
    assert await quiet(engine) == 0


async def test_a_key_ends_what_is_read_while_nothing_happens(typing, trunk, monkeypatch):
    monkeypatch.setattr(idle, "WAIT", 0.05)
    monkeypatch.setattr(ghost, "NEAR", NEAR)
    engine = TwinEngine(trunk)
    typist = typing(engine)
    typist.edit(LONG + BEFORE + AFTER, len(LONG + BEFORE))
    await typist.ask()
    near = engine.encoded
    typist.type("w")
    await asyncio.sleep(0.2)
    assert engine.encoded == near
    await typist.ask()
    assert await read_on(typist, engine) > 50, "it is read when nothing happens again"


async def test_what_is_read_later_holds_behind_what_the_editor_closed(typing, trunk, monkeypatch):
    monkeypatch.setattr(idle, "WAIT", 0.01)
    monkeypatch.setattr(ghost, "NEAR", NEAR)
    engine = TwinEngine(trunk)
    typist = typing(engine)
    typist.edit(LONG + BEFORE + AFTER, len(LONG + BEFORE))
    await typist.ask()
    typist.edit(LONG + BEFORE + "area()" + AFTER, len(LONG + BEFORE) + 5)
    await typist.ask()
    assert await read_on(typist, engine) > 50
    for text in ("area()", "area(w)"):
        typist.edit(LONG + BEFORE + text + AFTER, len(LONG + BEFORE + text) - 1)
        before = engine.encoded
        await typist.ask()
        assert engine.encoded - before <= 3


async def told(typist: Typist, engine: ScriptedEngine) -> int:
    """How much the model is told was typed, when it is asked now."""
    await typist.ask()
    return engine.tasks[-1].typed


async def test_the_model_is_told_what_was_typed_since_it_was_first_asked(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    typed = [await told(typist, engine)]
    for key in ("w", "id", "th", "\n    "):
        typist.type(key)
        typed.append(await told(typist, engine))
    assert typed == [0, 1, 3, 5, 10]


async def test_what_was_typed_and_taken_back_is_no_new_place(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    await told(typist, engine)
    typist.type("wide")
    assert await told(typist, engine) == 4
    typist.edit(BEFORE + "wi" + AFTER, len(BEFORE) + 2)
    assert await told(typist, engine) == 2
    typist.edit(BEFORE[:-1] + AFTER, len(BEFORE) - 1)
    assert await told(typist, engine) == 0


async def test_after_a_jump_the_place_is_a_new_one(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    await told(typist, engine)
    typist.type("wide")
    typist.at = len(typist.text)
    assert await told(typist, engine) == 0
    typist.type("x")
    assert await told(typist, engine) == 1
    typist.at = len(BEFORE) + 4
    assert await told(typist, engine) == 0, "one place of a document is remembered"


async def test_an_edit_elsewhere_makes_the_place_a_new_one(typing):
    engine = ScriptedEngine([])
    for text, at in (
        ("# new\n" + BEFORE + "w" + AFTER, len(BEFORE) + 7),
        (BEFORE + "w" + AFTER + "# new", len(BEFORE) + 1),
        (BEFORE.replace("area", "size") + "w" + AFTER, len(BEFORE) + 1),
        (BEFORE + "w" + AFTER.replace("2", "3"), len(BEFORE) + 1),
        (BEFORE + "(y" + AFTER, len(BEFORE) + 1),
        (BEFORE + ")" + AFTER, len(BEFORE)),
    ):
        typist = typing(engine)
        await told(typist, engine)
        typist.edit(text, at)
        assert await told(typist, engine) == 0


async def test_what_the_editor_closes_is_not_shown_to_the_model(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    await told(typist, engine)
    for text, at in (("(", ")"), ("('", "')"), ("('w'", ")"), ("('w')", "")):
        typist.edit(BEFORE + text + at + AFTER, len(BEFORE) + len(text))
        assert await told(typist, engine) == len(text)
        assert engine.tasks[-1].text == BEFORE + text + AFTER


async def test_what_goes_on_behind_what_the_editor_closed_is_written_over_it(typing):
    typist = typing(ScriptedEngine(["0", "1, 2) + 3", "[1]", "'w'", "k[0]"]))
    assert await typist.ask() == "0"
    for text, closed, shown in (
        ("area(", ")", Shown("1, 2) + 3", 1)),
        ("len(", ")", Shown("[1]")),  # the bracket is still to be closed
        ("f(x['", "'])", NOTHING),  # of what it closes, nothing is what the editor closed
        ("f(x[", "])", Shown("k[0]")),
    ):
        typist.edit(BEFORE + text + closed + AFTER, len(BEFORE) + len(text))
        assert await typist.shown() == shown


async def test_of_much_text_that_was_typed_a_new_context_is_made(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    await told(typist, engine)
    typist.type("x" * LONGEST_TYPED)
    assert await told(typist, engine) == LONGEST_TYPED == 800
    typist.type("x")
    assert await told(typist, engine) == 0


async def test_a_document_that_was_closed_has_no_place(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    await told(typist, engine)
    typist.type("x")
    typist.ghost.forget(typist.uri)
    assert await told(typist, engine) == 0


async def test_each_document_has_a_place_of_its_own(typing):
    engine = ScriptedEngine([])
    one = typing(engine)
    other = Typist(one.ghost, uri="file:///b.py")
    await told(one, engine)
    await told(other, engine)
    one.type("wide")
    other.type("x")
    assert (await told(one, engine), await told(other, engine)) == (4, 1)


async def test_line_breaks_of_two_characters_count_once(typing):
    engine = ScriptedEngine([])
    typist = typing(engine)
    typist.edit(BEFORE.replace("\n", "\r\n") + AFTER.replace("\n", "\r\n"), len(BEFORE) + 4)
    await told(typist, engine)
    typist.type("(\r\n  ")
    assert await told(typist, engine) == 4
