"""The benchmark `joint-places`: two gaps of told length on one canvas, the locked text between them on it."""

import json
from dataclasses import replace

import pytest
from evaluation_zoo import File
from tiny_gguf import with_canvas

from editdiff.check.registry import guards
from editdiff.engines.base import FillOptions
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import joint_places
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data.pairs import draw_pairs

PYTHON = "def area(width, height):\n    total = width * height\n    # of all\n    return total\n"


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return with_canvas(tmp_path_factory.mktemp("trunk"))


@pytest.fixture(scope="module")
def pair():
    (found,) = draw_pairs([File("p", "m.py", PYTHON)], 1, 0)
    return found


def test_a_pair_is_one_middle_with_the_locked_text_in_it(network, pair):
    item = joint_places.read(network, pair)
    decode = network.tokenizer.decode
    first, second = (decode([item.ids[place] for place in gap]) for gap in item.gaps)
    assert first.endswith("total = width * height") and second == "return total"
    between = item.ids[item.gaps[0].stop : item.gaps[1].start]
    assert decode(between) == "\n    # of all\n    "


def test_every_order_fills_both_gaps_and_leaves_the_locked_text(network, pair):
    item = joint_places.read(network, pair)
    for name, way in joint_places.ways(0).items():
        first, second, nfe = way(network, item)
        assert len(first) == len(item.gaps[0]), name
        if name != "trunk, one gap after the other":  # where the second gap is spelt anew
            assert len(second) == len(item.gaps[1])
            assert nfe == (1 if "at once" in name else len(first) + len(second))


@pytest.mark.parametrize(
    "name", ["canvas, the surest place first", "canvas, the reading gap first"]
)
def test_a_network_that_knows_both_lines_is_exact(name, network, pair, monkeypatch):
    item = joint_places.read(network, pair)
    original = type(network).propose

    def knows(self, cache, canvas, asked=None):
        guess = original(self, cache, canvas, asked)
        ids, logp = guess.ids.copy(), guess.logp.copy()
        ids[0, 1 : 1 + len(item.ids), 0], logp[0, 1 : 1 + len(item.ids), 0] = item.ids, -1e-9
        return replace(guess, ids=ids, logp=logp)

    monkeypatch.setattr(type(network), "propose", knows)
    outcome = joint_places.judge(network, item, joint_places.ways(0)[name], guards())
    assert outcome.exact and outcome.agree and outcome.parses
    assert outcome.right == outcome.tokens == len(item.gaps[0]) + len(item.gaps[1])


@pytest.mark.parametrize("gap", [0, 1])
def test_the_gap_that_is_to_be_first_settles_first(gap, network, pair):
    item, masks = joint_places.read(network, pair), []

    class Watched:
        tokenizer = network.tokenizer

        def propose(self, cache, canvas, asked=None):
            masks.append(canvas.masked[0].copy())
            return network.propose(cache, canvas, asked)

    way = joint_places.on_canvas(lambda item: joint_places.gap_first(item.gaps[gap]), 0)
    way(Watched(), item)
    own, other = item.gaps[gap], item.gaps[1 - gap]
    for mask in masks[: len(own)]:
        assert all(mask[1 + place] for place in other)
    assert not any(masks[len(own)][1 + place] for place in own)


def test_all_orders_are_told_beside_the_first_one(network, pair):
    request = Request(FillOptions(), 1)
    found = joint_places.report(network, [pair], request)
    assert [row.name for row in found.rows] == list(joint_places.ways(0))
    assert len(found.notes) == len(found.rows) - 1
    json.dumps(found.to_json())


def test_pairs_that_no_canvas_has_room_for_are_left_out(network, pair, monkeypatch):
    monkeypatch.setattr(joint_places, "MOST", 5)
    with pytest.raises(InputError):
        joint_places.report(network, [pair], Request(FillOptions(), 1))
