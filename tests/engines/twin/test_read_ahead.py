"""What a fill will be shown is read before anybody asks for it, in pieces."""

import pytest

from editdiff.engines.base import FillOptions, FillTask, ReadsAhead
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import PIECE, TwinEngine
from editdiff.text.span import Span

TASK = FillTask("a = 1\n" * 40 + "x = \ny = 2\n", (Span(244, 244),))
OPTIONS = FillOptions(drafts=1, temperature=0)


@pytest.fixture
def engine() -> TwinEngine:
    return TwinEngine(ChainDenoiser(("1\ny = 2\n",)), "chain")


def test_all_that_a_fill_is_shown_is_read_and_the_fill_is_the_same(engine):
    pieces = len(list(engine.read_ahead(TASK, OPTIONS)))
    read = engine.encoded
    assert pieces == -(-read // PIECE) > 3
    found = list(engine.fill(TASK, OPTIONS))
    assert engine.encoded == read
    fresh = TwinEngine(ChainDenoiser(("1\ny = 2\n",)), "chain")
    assert found == list(fresh.fill(TASK, OPTIONS))


def test_what_was_read_when_it_was_given_up_is_kept(engine):
    ahead = engine.read_ahead(TASK, OPTIONS)
    next(ahead)
    next(ahead)
    assert engine.encoded == 2 * PIECE
    whole = TwinEngine(ChainDenoiser(("1",)))
    list(whole.fill(TASK, OPTIONS))
    list(engine.fill(TASK, OPTIONS))
    assert engine.encoded == whole.encoded


def test_an_engine_with_lookup_reads_what_its_own_one_does(engine):
    both = WithLookup(engine)
    assert isinstance(both, ReadsAhead)
    assert len(list(both.read_ahead(TASK, OPTIONS))) > 3
    assert list(WithLookup(LocalEngine(OracleDenoiser(("1",)))).read_ahead(TASK, OPTIONS)) == []
