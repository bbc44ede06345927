"""A run of the loop as a value, its record as lines of JSON, and the record replayed.

A run is one canvas denoised. Its record is one line for what decides it and one for each step, with the guesses of
the network among them, so that the loop can be run again without one and has to come to the same canvases.
Of `[B, L]` flags the places are written, draft by draft.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from editdiff.denoise.guess import Guess
from editdiff.denoise.loop import Propose, Step, denoise
from editdiff.denoise.policy import make_policy
from editdiff.denoise.rules import Policy, State
from editdiff.denoise.sample import gumbel_max, streams
from editdiff.errors import EditdiffError, InputError
from editdiff.tokens.base import BoolArray, IntArray, Special
from editdiff.tokens.canvas import Canvas

Write = Callable[[str], object]
"""Takes one line of a record, without its line break."""
Decode = Callable[[Sequence[int]], str]
"""Text of some ids."""


@dataclass(frozen=True)
class Run:
    """Everything but the network that decides how a canvas is denoised."""

    canvas: Canvas
    """[B, L]"""
    policy: Policy
    steps: int
    temperature: float
    seed: int
    drafts: tuple[int, ...]
    """Number of each of `B` drafts: what is drawn for it hangs on that, the seed and the block."""
    block: int = 0
    """How many canvases these drafts have finished before."""
    state: State | None = None
    """What is known of a canvas that was denoised before."""
    why: tuple[str, ...] = ()
    """Why places of it were reopened."""
    others: tuple[str, ...] = ()
    """Paths of other files that the network was shown beside the one with the gap."""

    def denoise(self, propose: Propose) -> Iterator[Step]:
        """Run the loop."""
        keys = [(self.seed, draft, self.block) for draft in self.drafts]
        state = replace(self.state or State.of(self.canvas), keys=tuple(keys))
        sample = gumbel_max(self.temperature, streams(self.seed, self.drafts, self.block))
        return denoise(propose, self.canvas, self.policy, self.steps, sample, state)

    def record(
        self,
        propose: Propose,
        write: Write,
        decode: Decode,
        beside: Callable[[], dict[str, Any]] = dict,
    ) -> Iterator[Step]:
        """Run the loop and write the record of each step before it is given, and what is told `beside` it."""
        guesses: list[Guess] = []

        def listening(canvas: Canvas) -> Guess:
            guesses.append(propose(canvas))
            return guesses[-1]

        write(json.dumps(_run_json(self)))
        for step in self.denoise(listening):
            line = {**_step_json(step), "text": _texts(step, decode), "guess": _packed(guesses[-1])}
            if step.reopened.any():
                line["why"] = self.policy.made_of.get("reopen", "a rule made by hand")
            write(json.dumps(line | beside(), ensure_ascii=False))
            yield step


@dataclass(frozen=True)
class Recorded:
    """A run that was read from its record."""

    run: Run
    steps: tuple[dict[str, Any], ...]
    """The line of each step."""
    draft: str | None = None
    """What of it became a draft, where that is not all; None where nobody said so."""

    def replay(self) -> Iterator[Step]:
        """Run the loop again on the recorded guesses, comparing every canvas.

        Raises:
            InputError: when the policy cannot be made from the record, or a step comes out otherwise.
        """
        if not self.run.policy.made_of:
            raise InputError(
                "the record names no policy: it was made by hand",
                "record a run of the command line",
            )
        guesses = iter(self.steps)
        count = 0
        for count, step in enumerate(
            self.run.denoise(lambda canvas: _unpacked(next(guesses)["guess"])), 1
        ):
            line = self.steps[count - 1]
            wrong = [name for name, value in _step_json(step).items() if line[name] != value]
            if wrong:
                raise InputError(
                    f"step {count} of the record comes out otherwise: {', '.join(wrong)}",
                    "replay it with the version of editdiff that recorded it",
                )
            yield step
            if count == len(self.steps):
                break
        if count < len(self.steps):
            raise InputError(
                f"the loop stops after {count} of {len(self.steps)} recorded steps",
                "replay it with the version of editdiff that recorded it",
            )


def read(lines: Iterable[str]) -> list[Recorded]:
    """Read the record of one or more runs, in order; a run that was broken off ends where its steps do.

    Raises:
        InputError: for a line that is not of a record.
    """
    found: list[tuple[Run, list[dict[str, Any]]]] = []
    drafts: dict[int, str | None] = {}
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            if "run" in entry:
                found.append((_run_of(entry["run"]), []))
            elif "draft" in entry:
                drafts[len(found) - 1] = entry["draft"]
            else:
                _unpacked(entry["guess"])
                names = (*_STEP, "text", "guess", *(BESIDE & entry.keys()))
                found[-1][1].append({name: entry[name] for name in names})
        except (ValueError, LookupError, TypeError, zlib.error, EditdiffError) as error:
            raise InputError(
                f"line {number} is not of a record: {error}", "name a file written by --trace"
            ) from error
    return [
        Recorded(run, tuple(steps), drafts.get(number)) for number, (run, steps) in enumerate(found)
    ]


GUESSED = "guessed"
"""In the line of a step: it took what had been guessed before the network was asked, and who had guessed it."""
REFUSED, BY = "refused", "by"
"""In the line of a step: the text that had been guessed and was taken back, and who had guessed it."""
BESIDE = frozenset((GUESSED, REFUSED, BY))
"""What may stand in the line of a step beside what the loop says."""
_STEP = ("step", "ids", "masked", "committed", "reopened", "confidence")
"""What is compared of a step."""


def _step_json(step: Step) -> dict[str, Any]:
    values = (
        step.nfe,
        step.canvas.ids.tolist(),
        _places(step.canvas.masked),
        _places(step.committed),
        _places(step.reopened),
        step.confidence.tolist(),
    )
    return dict(zip(_STEP, values, strict=True))


def _texts(step: Step, decode: Decode) -> list[list[str]]:
    """Text of each place as it is shown; nothing for those that do not count."""
    return [
        [decode([token]) if counts else "" for token, counts in zip(ids, editable, strict=True)]
        for ids, editable in zip(step.shown.tolist(), step.canvas.editable.tolist(), strict=True)
    ]


def _run_json(run: Run) -> dict[str, Any]:
    canvas, state = run.canvas, run.state or State.of(run.canvas)
    return {
        "run": {
            "policy": run.policy.made_of,
            "steps": run.steps,
            "temperature": run.temperature,
            "seed": run.seed,
            "drafts": list(run.drafts),
            "block": run.block,
            "why": list(run.why),
            "others": list(run.others),
            "special": asdict(canvas.special),
            "starts": list(canvas.starts),
            "locks": list(canvas.locks),
            "ids": canvas.ids.tolist(),
            "editable": _places(canvas.editable),
            "masked": _places(canvas.masked),
            "confidence": state.confidence.tolist(),
            "tried": state.tried.tolist(),
            "fallback": state.fallback.tolist(),
        }
    }


def _run_of(entry: dict[str, Any]) -> Run:
    ids = np.array(entry["ids"], dtype=np.int64)
    canvas = Canvas(
        ids,
        _flags(entry["editable"], ids),
        _flags(entry["masked"], ids),
        Special.of_json(entry["special"]),
        tuple(entry["starts"]),
        locks=tuple(entry["locks"]),
    )
    state = State.of(
        canvas,
        confidence=np.array(entry["confidence"], dtype=np.float64),
        tried=np.array(entry["tried"], dtype=np.int64).reshape(*ids.shape, -1),
        fallback=np.array(entry["fallback"], dtype=np.int64),
    )
    policy = make_policy(**entry["policy"]) if entry["policy"] else Policy(lambda g, c, s: c.masked)
    return Run(
        canvas,
        policy,
        entry["steps"],
        entry["temperature"],
        entry["seed"],
        tuple(entry["drafts"]),
        entry["block"],
        state,
        tuple(entry["why"]),
        tuple(entry.get("others", ())),
    )


def _places(flags: BoolArray) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in flags]


def _flags(places: list[list[int]], like: IntArray) -> BoolArray:
    flags = np.zeros(like.shape, dtype=np.bool_)
    for row, of_row in enumerate(places):
        flags[row, of_row] = True
    return flags


def _packed(guess: Guess) -> dict[str, Any]:
    """A guess of the network, exactly: 32-bit logarithms where they hold all of it."""
    single = guess.logp.astype(np.float32)
    logp = single if (single == guess.logp).all() else guess.logp
    return {
        "shape": list(guess.ids.shape),
        "ids": _text_of(guess.ids.astype("<i4")),
        "logp": _text_of(logp.astype(logp.dtype.newbyteorder("<"))),
        "bits": 8 * logp.itemsize,
    }


def _unpacked(packed: dict[str, Any]) -> Guess:
    kind = {32: "<f4", 64: "<f8"}[packed["bits"]]
    ids, logp = (
        np.frombuffer(zlib.decompress(base64.b64decode(packed[name])), dtype).reshape(
            packed["shape"]
        )
        for name, dtype in (("ids", "<i4"), ("logp", kind))
    )
    return Guess(ids.astype(np.int64), logp.astype(np.float64))


def _text_of(array: Any) -> str:
    return base64.b64encode(zlib.compress(array.tobytes())).decode()
