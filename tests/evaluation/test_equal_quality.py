import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from evaluation_zoo import MODULE, File, Knowing, sources
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import Gap, draw
from editdiff.evaluation.speed.equal_quality import (
    KINDS,
    MARGIN,
    MOST_DEVELOPMENT,
    NO_POINT,
    TIMED,
    EqualQuality,
    Kind,
    Trial,
    Tried,
    attempt,
    choose,
    compare,
    quality_notes,
    quality_rows,
    split,
    to_json,
)
from editdiff.text.span import Span

KIND = Kind("lines", (16, 32), 64)
GREEDY = FillOptions(drafts=1, temperature=0.0)
GAPS = draw(sources(), 8, seed=0)


def trial(exact: bool, seconds: float = 1.0, tokens: int = 10) -> Trial:
    return Trial("x", exact, tokens, 2, seconds, seconds / 2)


def tried(hits: int, misses: int, seconds: float = 1.0, tokens: int = 10, **options) -> Tried:
    trials = [trial(i < hits, seconds, tokens) for i in range(hits + misses)]
    return Tried(replace(GREEDY, **options), trials)


class Wrong:
    """Writes the same two tokens for every gap."""

    name = "wrong"

    def __init__(self) -> None:
        self.tasks: list[FillTask] = []

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.tasks.append(task)
        yield Sketch(1, ((Place("no", True, 1.0),),))
        yield Sketch(2, ((Place("no", True, 1.0), Place("pe", True, 1.0)),))
        yield Draft(("nope",), -1.0, 2)


def test_an_attempt_counts_real_tokens_their_end_and_forwards():
    seen = attempt(Wrong(), GAPS[0], GREEDY)
    assert (seen.text, seen.exact, seen.tokens, seen.nfe) == ("nope", False, 3, 2)
    assert 0 <= seen.seconds_to_text <= seen.seconds
    assert attempt(Knowing(GAPS), GAPS[0], GREEDY).exact


def test_the_fastest_setting_that_is_as_exact_as_the_twin_is_chosen():
    twin = tried(50, 50)
    slow, quick, sloppy = (
        tried(60, 40, seconds=3.0),
        tried(50, 50, seconds=2.0),
        tried(10, 90, seconds=0.5),
    )
    assert choose([slow, quick, sloppy], twin) is quick


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_setting_may_stay_a_point_behind_and_no_more(hits, twin_hits):
    chosen = choose([tried(hits, 100 - hits)], tried(twin_hits, 100 - twin_hits))
    assert (chosen is not None) == (hits >= twin_hits - 100 * MARGIN)


def test_fast_means_little_time_for_a_token_not_few_tokens():
    short, long = tried(1, 0, seconds=1.0, tokens=2), tried(1, 0, seconds=2.0, tokens=20)
    assert choose([short, long], tried(1, 0)) is long


def test_some_gaps_choose_and_others_are_compared():
    canvas, twin = Wrong(), Wrong()
    result = compare(KIND, canvas, twin, GAPS[:4], GAPS[4:])
    assert [len(setting.trials) for setting in result.tried] == [4] * 8
    assert len(result.twin.trials) == 4
    assert [c.gap for c in result.compared] == GAPS[4:]
    assert all(c.canvas_cold and c.twin_cold for c in result.compared)
    # the context of each gap of the first half is encoded before anything is timed
    assert twin.tasks[:8] == [gap.task for gap in GAPS[:4] for _ in range(2)]


@given(st.integers(2, 1200), st.integers(1, 2000))
def test_every_gap_serves_one_purpose_and_choosing_takes_no_more_than_half(drawn, items):
    numbers = list(range(drawn))
    choosing, comparing = split(numbers, items)  # type: ignore[arg-type]
    assert 1 <= len(choosing) <= min(drawn / 2, items, MOST_DEVELOPMENT)
    assert 1 <= len(comparing) <= items
    assert not set(choosing) & set(comparing)
    if drawn >= 2 * items:
        assert (len(choosing), len(comparing)) == (min(items, MOST_DEVELOPMENT), items)


def test_too_few_gaps_are_refused():
    with pytest.raises(InputError, match="too few gaps"):
        split(GAPS[:1], 5)


def test_only_the_first_gaps_are_timed(monkeypatch):
    monkeypatch.setattr("editdiff.evaluation.speed.equal_quality.TIMED", 1)
    result = compare(KIND, Wrong(), Wrong(), GAPS[:4], GAPS[4:])
    assert [c.twin_cold is not None for c in result.compared] == [True, False, False, False]
    rows = {row.what: row for row in quality_rows(result)}
    assert len(rows["lines: AR / canvas, time a token, warm"].values) == 1
    assert TIMED == 200


def test_where_no_setting_is_as_good_nothing_is_claimed():
    result = compare(KIND, Wrong(), Knowing(GAPS), GAPS[:4], GAPS[4:])
    assert result.chosen is None
    assert result.compared == []
    *_, last = quality_rows(result)
    assert last.values == ()
    assert last.detail == f"{NO_POINT}: 0 of 4 exact at best, the twin 4"
    assert NO_POINT in quality_notes(result)[0]
    assert json.loads(json.dumps(to_json(result)))["chosen"] is None


def result_of(ours: list[bool], theirs: list[bool]) -> EqualQuality:
    compared = compare(KIND, Wrong(), Wrong(), GAPS[:1], GAPS[1:2]).compared * len(ours)
    compared = [
        replace(
            c,
            canvas=trial(a, seconds=1.0, tokens=10),
            twin=trial(b, seconds=4.0, tokens=20),
            canvas_cold=trial(a, seconds=2.0),
            twin_cold=trial(b, seconds=3.0),
        )
        for c, a, b in zip(compared, ours, theirs, strict=True)
    ]
    return EqualQuality(KIND, [tried(1, 1)], tried(1, 1), tried(1, 1), compared)


def test_speeds_are_compared_gap_by_gap_in_time_a_token():
    rows = {row.what: row for row in quality_rows(result_of([True] * 3, [True] * 3))}
    assert rows["lines: AR / canvas, time a token, warm"].values == (2.0,) * 3
    assert rows["lines: the same without ranking"].values == (2.0,) * 3
    assert rows["lines: AR / canvas, time a token, cold"].values == pytest.approx((1.5,) * 3)
    assert (
        "200 ms a token / 100 ms a token" in rows["lines: AR / canvas, time a token, warm"].detail
    )


def test_exact_match_is_compared_paired():
    (note,) = quality_notes(result_of([True, True, False], [True, False, False]))
    assert to_json(result_of([True], [False]))["difference"][0] == 1.0
    assert "2 against 1 exact, +33.3 points [" in note


@pytest.mark.parametrize(("hits", "warned"), [(0, True), (1, True), (2, False)])
def test_where_both_are_nearly_always_wrong_the_ratio_is_said_to_mean_nothing(hits, warned):
    outcomes = [i < hits for i in range(100)]
    notes = quality_notes(result_of(outcomes, [False] * 100))
    assert any("means nothing" in note for note in notes) == warned


def test_long_gaps_have_the_tokens_asked_for_and_end_with_a_line():
    kind = Kind("long", (32,), 64, (4, 9))
    gaps = kind.draw([File("p", "m.py", MODULE)], 100, 0, lambda text: len(text.split()))
    assert gaps
    for gap in gaps:
        assert 4 <= len(gap.truth.split()) <= 9
        assert "\n" in gap.truth
        assert gap.truth == gap.truth.strip()
        assert gap.fill(gap.truth) == MODULE
        assert MODULE[gap.span.end] == "\n"
    assert kind.draw([File("p", "m.py", MODULE)], 2, 0, lambda text: len(text.split())) == gaps[:2]


def test_both_kinds_are_measured_in_settings_that_differ_in_canvas_and_threshold():
    assert [kind.tokens for kind in KINDS] == [None, (24, 63)]
    settings = KINDS[0].settings
    assert len({(s.canvas, s.threshold) for s in settings}) == len(settings) == 8
    assert {(s.drafts, s.temperature, s.max_tokens) for s in settings} == {(1, 0.0, 64)}


def test_a_gap_hides_several_lines_like_one():
    gap = Gap("p", "m.py", "a = 1\nb = 2\nc = 3\n", Span(0, 11), 1)
    assert gap.task == FillTask("\nc = 3\n", (Span(0, 0),), "m.py")
