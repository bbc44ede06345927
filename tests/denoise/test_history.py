import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.denoise.history import Run, read
from editdiff.denoise.policy import make_policy
from editdiff.denoise.rules import Policy, State, everywhere
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.errors import InputError
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

BYTES = ByteTokenizer()
POLICIES = (
    ("threshold", "none", {"tau": 0.5}),
    ("threshold", "cap", {"tau": 0.1, "eta": 0.3}),
    ("threshold", "conf", {"tau": 0.3}),
    ("top_k", "loop", {"k": 2, "eta": 0.2}),
    ("ancestral", "rescale", {"eta": 0.5}),
    ("threshold", "token", {"tau": 0.2, "tau_edit": 0.1}),
)


def recorded(run: Run, seed: int = 0) -> tuple[list[str], list]:
    lines: list[str] = []
    noise = NoiseDenoiser(seed, special_bias=1.0)
    steps = list(run.record(partial(noise.propose, 0), lines.append, BYTES.decode))
    return lines, steps


def a_run(policy: Policy, seed: int = 1, temperature: float = 0.9) -> Run:
    canvas = Canvas.blank(BYTES.special, 2, [6, 5])
    return Run(canvas, policy, 8, temperature, seed, drafts=(0, 3), block=2)


@given(st.sampled_from(POLICIES), st.integers(0, 1000), st.sampled_from([0.0, 0.9]))
@settings(max_examples=25, deadline=None)
def test_a_record_replayed_without_the_network_gives_the_same_steps(policy, seed, temperature):
    name, reopen, params = policy
    run = a_run(make_policy(name, reopen, **params), seed, temperature)
    lines, steps = recorded(run, seed)
    (again,) = read(lines)
    for step, same in zip(steps, again.replay(), strict=True):
        assert np.array_equal(step.canvas.ids, same.canvas.ids)
        assert np.array_equal(step.canvas.masked, same.canvas.masked)
        assert np.array_equal(step.confidence, same.confidence)


def test_a_run_is_the_same_whether_it_is_recorded_or_not():
    run = a_run(make_policy("threshold", "cap", tau=0.2, eta=0.3))
    silent = list(run.denoise(partial(NoiseDenoiser(0, special_bias=1.0).propose, 0)))
    assert [s.canvas.ids.tolist() for s in silent] == [
        s.canvas.ids.tolist() for s in recorded(run)[1]
    ]


def test_a_step_says_what_was_committed_and_reopened_and_by_which_rule():
    lines, steps = recorded(a_run(make_policy("threshold", "cap", tau=0.2, eta=0.5)))
    header, *of_steps = map(json.loads, lines)
    assert header["run"]["policy"] == {"name": "threshold", "reopen": "cap", "tau": 0.2, "eta": 0.5}
    assert (header["run"]["seed"], header["run"]["drafts"]) == (1, [0, 3])
    assert any("why" in line for line in of_steps)
    for line, step in zip(of_steps, steps, strict=True):
        assert line["committed"] == [np.flatnonzero(row).tolist() for row in step.committed]
        assert ("why" in line) == bool(step.reopened.any())
        assert line.get("why", "cap") == "cap"


def test_what_was_known_of_a_canvas_is_recorded_too():
    canvas = Canvas.standing(BYTES.special, 1, BYTES.encode("abcd"), [1, 2], 8)
    tried = np.full((1, 8, 1), BYTES.encode("b")[0])
    state = State.of(canvas, confidence=np.full((1, 8), 0.5), tried=tried)
    run = Run(canvas, make_policy("top_k", k=1), 8, 0.0, 0, (0,), 0, state, ("a reason",))
    lines, steps = recorded(run)
    (again,) = read(lines)
    assert again.run.why == ("a reason",)
    assert again.run.canvas.locks == canvas.locks
    assert [s.canvas.ids.tolist() for s in again.replay()] == [s.canvas.ids.tolist() for s in steps]


def test_a_record_that_comes_out_otherwise_is_refused_at_its_step():
    lines, _ = recorded(a_run(make_policy("top_k", k=1)))
    changed = json.loads(lines[2])
    changed["ids"][0][1] += 1
    (again,) = read([*lines[:2], json.dumps(changed), *lines[3:]])
    with pytest.raises(InputError, match=r"step 2 of the record comes out otherwise: ids"):
        list(again.replay())


def test_a_run_that_was_broken_off_is_replayed_as_far_as_it_goes():
    lines, _ = recorded(a_run(make_policy("top_k", k=1)))
    (again,) = read(lines[:3])
    assert len(list(again.replay())) == 2


def test_a_policy_made_by_hand_is_recorded_and_cannot_be_replayed():
    lines, steps = recorded(a_run(Policy(everywhere)))
    assert steps
    (again,) = read(lines)
    with pytest.raises(InputError, match="made by hand"):
        list(again.replay())


@pytest.mark.parametrize("line", ["", "{", "[]", '{"step": 1}', '{"run": {}}', "3"])
def test_a_line_that_is_not_of_a_record_is_named(line):
    lines, _ = recorded(a_run(make_policy("top_k", k=1)))
    with pytest.raises(InputError, match="line 3 is not of a record"):
        read([*lines[:2], line])
