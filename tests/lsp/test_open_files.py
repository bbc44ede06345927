"""Which open documents the model is shown beside the one with the gap."""

import pytest
from editdiff_lsp.messages import FillParams
from editdiff_lsp.model import Model
from editdiff_lsp.options import Diagnostics, Options
from editdiff_lsp.service import Service
from lsprotocol import types

from editdiff.edits.session import Filling
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.families.base import Traits

NOTHING_TOLD = Diagnostics(syntax=False, maths=False, merges=False)
MAIN = "from room import Room\nroom = Room()\nprint(tint, high)\n"


class Taking(ScriptedEngine):
    """One that has a place for other files."""

    traits = Traits(100, gaps=4, takes_others=True)


class Quiet:
    """A client that hears nothing."""

    def notify(self, method, params):
        pass


@pytest.fixture
def service():
    engine = Taking([])
    made = Service(Quiet(), Model(lambda named, chosen: engine))
    made.model.configure(Options(model="nano", others=8, diagnostics=NOTHING_TOLD))
    yield made
    made.close()


def opened(service: Service, name: str, text: str, language: str = "python") -> str:
    uri = f"file:///project/{name}"
    service.opened(types.TextDocumentItem(uri, language, 1, text))
    return uri


def shown(service: Service, uri: str) -> list[str]:
    """Paths of what the model is told when the second line of a document is filled."""
    where = types.Range(types.Position(1, 7), types.Position(1, 13))
    filling = service.begin(FillParams(uri, service.store.get(uri).version, (where,)))
    assert isinstance(filling, Filling)
    filling.draft()
    return [other.path for other in service.model.session.engine.tasks[-1].others]


def test_the_document_seen_last_is_the_most_telling(service):
    main = opened(service, "main.py", MAIN)
    colour = opened(service, "colour.py", "tint = 'red'\n")
    opened(service, "wall.py", "high = 3\n")
    assert shown(service, main) == ["colour.py", "wall.py"]
    insert = types.TextDocumentContentChangeWholeDocument("tint = 'blue'\n")
    service.changed(colour, 2, [insert])
    assert shown(service, main) == ["wall.py", "colour.py"]


def test_what_the_document_imports_comes_before_what_was_seen(service):
    opened(service, "room.py", "class Room:\n    pass\n")
    main = opened(service, "main.py", MAIN)
    opened(service, "wall.py", "high = 3\n")
    assert shown(service, main) == ["wall.py", "room.py"]


def test_a_document_that_was_closed_is_not_shown(service):
    main, wall = opened(service, "main.py", MAIN), opened(service, "wall.py", "high = 3\n")
    service.closed(wall)
    assert shown(service, main) == []


def test_the_client_may_want_none(service):
    main = opened(service, "main.py", MAIN)
    opened(service, "wall.py", "high = 3\n")
    service.model.configure(Options(model="nano", others=0))
    assert shown(service, main) == []
    service.model.configure(Options(model="nano", others=1))
    assert shown(service, main) == ["wall.py"]


def test_what_is_on_the_disk_is_not_read(service, tmp_path):
    (tmp_path / "room.py").write_text("class Room:\n    pass\n")
    (tmp_path / "main.py").write_text(MAIN)
    uri = (tmp_path / "main.py").as_uri()
    service.opened(types.TextDocumentItem(uri, "python", 1, MAIN))
    assert shown(service, uri) == []


def test_a_document_that_is_no_text_is_left_out(service):
    main = opened(service, "main.py", MAIN)
    opened(service, "wall.py", "high = 3\0\n")
    assert shown(service, main) == []
