import json
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_zoo import Knowing, write_corpus

from editdiff.check.syntax import SyntaxChecker
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import single_lines
from editdiff.evaluation.benchmarks.registry import BENCHMARKS, find
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import simple_floors
from editdiff.evaluation.core.gaps import draw
from editdiff.evaluation.core.report import HEADER, Figures, Report
from editdiff.evaluation.core.runner import fillers
from editdiff.evaluation.core.table import NONE, Share
from editdiff.evaluation.data.packages import training_texts
from editdiff.training.corpus.sources import fetch, read_manifest, read_sources

SPLITS = {"kept": "heldout", "out": "heldout", "learnt": "train"}
FLOORS = ["empty", "pass", "line above", "lookup", "3-gram"]


@pytest.fixture
def request_(tmp_path) -> Request:
    return Request(FillOptions(drafts=2), 4, 0, write_corpus(tmp_path, SPLITS), tmp_path)


def ignore(name: str, done: int, total: int) -> None:
    pass


def small_report(request: Request) -> Report:
    manifest = read_manifest(request.manifest)
    files = read_sources(manifest, fetch(manifest, request.cache), "heldout")
    gaps = draw(files, request.limit, request.seed)
    rows = fillers(Knowing(gaps), simple_floors(), request.options)
    return single_lines.report(gaps, rows, request, ["a note"], checkers=(SyntaxChecker(),))


def test_the_table_has_the_model_with_drafts_and_greedy_then_every_floor(request_):
    ticks = []
    report = single_lines.evaluate(
        ScriptedEngine([]), request_, lambda name, done, total: ticks.append((name, done, total))
    )
    names = [filler.name for filler, _ in report.rows]
    assert names == ["scripted, best of 2 drafts", "scripted, greedy", *FLOORS]
    assert [filler.floor for filler, _ in report.rows] == [False, False] + [True] * 5
    assert ticks == [(name, done, 4) for name in names for done in (1, 2, 3, 4)]


def test_gaps_come_from_held_out_packages_only(request_):
    report = single_lines.evaluate(ScriptedEngine([]), replace(request_, limit=8), ignore)
    assert {gap.package for gap in report.gaps} == {"kept", "out"}


def test_the_3_gram_learns_from_training_packages_only(request_):
    manifest = read_manifest(request_.manifest)
    (text,) = training_texts(manifest, request_.cache)
    assert "learnt = 1" in text
    assert "kept = 1" not in text


def test_the_3_gram_learns_no_more_than_its_share(request_):
    manifest = read_manifest(request_.manifest)
    (text,) = training_texts(manifest, request_.cache, limit=100)
    assert len(text) == 100


def test_without_the_training_packages_the_3_gram_is_missing_and_the_report_says_so(request_):
    (request_.cache / "learnt-1.0-py3-none-any.whl").unlink()
    report = single_lines.evaluate(ScriptedEngine([]), request_, ignore)
    assert [filler.name for filler, _ in report.rows if filler.floor] == FLOORS[:-1]
    assert "3-gram floor is missing" in report.notes[-1]


def test_a_single_draft_makes_a_single_row(request_):
    (row,) = fillers(ScriptedEngine([]), [], FillOptions(drafts=1))
    assert (row.name, row.options.drafts, row.options.temperature) == ("scripted, greedy", 1, 0.0)


def test_a_manifest_that_holds_nothing_out_is_refused(tmp_path):
    request = Request(FillOptions(), 4, 0, write_corpus(tmp_path, {"a": "train"}), tmp_path)
    with pytest.raises(InputError, match="holds out no line"):
        single_lines.evaluate(ScriptedEngine([]), request, ignore)


def test_an_oracle_scores_all_and_the_empty_floor_nothing(request_):
    cells = {row[0]: row[1] for row in small_report(request_).cells()}
    assert cells["oracle, greedy"] == "100.0 [51.0, 100.0]"
    assert cells["floor: empty"] == "0.0 [0.0, 49.0]"


def test_the_plain_report_is_an_aligned_table_with_its_notes(request_):
    text = small_report(request_).table.plain()
    title, blank, header, *rest = text.split("\n")
    assert title.startswith(
        "lines: 4 single-line gaps from 2 files of 2 held-out packages (kept, out)"
    )
    assert blank == ""
    assert all(heading in header for heading in HEADER)
    assert [row.split("  ")[0] for row in rest[:6]] == [
        "oracle, best of 2 drafts",
        "oracle, greedy",
        "floor: empty",
        "floor: pass",
        "floor: line above",
        "floor: lookup",
    ]
    end = header.index(HEADER[1]) + len(HEADER[1])
    assert {row[end - 1] for row in rest[:6]} == {"]"}
    assert rest[-2] == "a note"


def test_json_holds_settings_figures_and_every_gap_of_every_filler(request_):
    content = json.loads(json.dumps(small_report(request_).to_json()))
    assert content["settings"]["seed"] == 0
    assert content["settings"]["options"]["drafts"] == 2
    assert len(content["gaps"]) == 4
    best = content["fillers"][0]
    assert best["figures"]["exact"]["hits"] == 4
    assert best["figures"]["wrong_length"]["share"] is None
    assert [row["fill"] for row in best["outcomes"]] == [gap["truth"] for gap in content["gaps"]]
    assert all(len(filler["outcomes"]) == 4 for filler in content["fillers"])


def test_wrong_lengths_are_counted_among_the_misses_only(request_):
    _, outcomes = small_report(request_).rows[0]
    hit = outcomes[0]
    near = replace(hit, exact=False)
    far = replace(near, right_length=False, seconds=9.0, nfe=11, score=None)
    figures = Figures.of([hit, near, far, far])
    assert figures.wrong_length == Share(2, 3)
    assert figures.exact == Share(1, 4)
    assert (figures.seconds_p90, figures.nfe_median) == (9.0, (hit.nfe + 11) / 2)
    assert figures.score_median == hit.score


def test_a_share_of_nothing_is_no_figure():
    assert str(Share(0, 0)) == NONE


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_can_be_found(name):
    assert callable(find(name).evaluate)


def test_an_unknown_benchmark_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match="no benchmark 'linse'") as caught:
        find("linse")
    assert "lines" in caught.value.hint


def test_a_limit_below_one_is_refused():
    with pytest.raises(UsageError, match="limit has to be at least 1, but is 0"):
        Request(FillOptions(), limit=0, manifest=Path("x"))
