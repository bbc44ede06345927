import json
import random
from dataclasses import replace

import numpy as np
import pytest
import typer
from evaluation_zoo import MODULE, File, write_corpus
from typer.testing import CliRunner

from editdiff.cli import evaluate as command
from editdiff.engines.base import FillOptions
from editdiff.engines.doubt import FEATURES, Calibration
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.measured import review_calibration
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import review
from editdiff.evaluation.benchmarks.review import resampled
from editdiff.evaluation.benchmarks.token_judgements import Judged, by_line, faulty_ranks, joined
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.byte_ngram import ByteNGram
from editdiff.evaluation.data.injected import INJECTED, LINES, Stretch, of_file
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

CODE = "".join(f"def f{n}(a, b):\n    c = a + b * {n}\n    return c - {n}\n\n\n" for n in range(30))


def stretches(count: int) -> list[Stretch]:
    files = (File("p", f"m{n}.py", CODE) for n in range(count))
    return [s for n, file in enumerate(files) for s in of_file(file, random.Random(n))]


class Suspicious(OracleDenoiser):
    """Has learnt CODE by heart: three bytes in a row that it has not seen are wrong in the middle."""

    def encode(self, context, cache=None):
        return 0

    def strange(self, ids):
        known = self.tokenizer.encode(CODE)
        seen = set(zip(known, known[1:], known[2:], strict=False))
        row = ids[0].tolist()
        inner = range(2, len(row) - 2)  # with text on both sides
        odd = [i in inner and tuple(row[i - 1 : i + 2]) not in seen for i in range(len(row))]
        return np.array([odd])

    def score(self, cache, ids):
        return np.where(self.strange(ids)[:, 1:], -9.0, -1.0)

    def propose(self, cache, canvas):
        guess = super().propose(cache, canvas)
        other = self.tokenizer.encode("~")[0]
        guess.ids[..., 0] = np.where(self.strange(canvas.ids), other, canvas.ids)
        return guess


@pytest.fixture
def request_(tmp_path):
    manifest = write_corpus(tmp_path, {"a": "heldout", "b": "heldout", "t": "train"}, CODE)
    return Request(FillOptions(), 8, 0, manifest, tmp_path)


@pytest.fixture
def engine():
    return LocalEngine(Suspicious(("",)), "suspicious")


def ignore(name: str, done: int, total: int) -> None:
    pass


def test_a_stretch_has_one_fault_within_its_lines_and_is_otherwise_the_file():
    found = stretches(40)
    assert len({stretch.kind for stretch in found}) >= 12
    assert {stretch.kind for stretch in found} <= {kind.name for kind in INJECTED}
    for stretch in found:
        assert stretch.span.contains(stretch.wrong)
        assert stretch.span.slice(stretch.text).count("\n") < LINES
        assert stretch.text != CODE
        head, tail = stretch.text[: stretch.wrong.start], stretch.text[stretch.wrong.end :]
        assert CODE.startswith(head)
        assert CODE.endswith(tail)
    assert stretches(40) == found


def test_a_file_that_is_no_python_has_no_stretches():
    assert list(of_file(File("p", "a.py", "not python at all\n"), random.Random(0))) == []
    assert list(of_file(File("p", "a.py", MODULE), random.Random(0)))


@pytest.mark.parametrize(
    ("wrong", "span", "is_wrong"),
    [
        (Span(3, 5), Span(2, 4), True),
        (Span(3, 5), Span(5, 6), False),
        (Span(3, 3), Span(3, 4), True),
        (Span(3, 3), Span(2, 5), True),
        (Span(3, 3), Span(2, 3), False),
        (Span(3, 3), Span(3, 3), True),
    ],
)
def test_wrong_is_what_was_written_or_what_stands_where_something_was_taken_away(
    wrong, span, is_wrong
):
    assert Stretch("p", "a.py", "abcdefgh", Span(0, 8), wrong, "k").is_wrong(span) == is_wrong


def test_the_report_has_the_model_without_its_parts_and_the_floors(engine, request_):
    known, test = stretches(8), stretches(14)[16:]
    told: list[tuple[int, int]] = []
    floor = ByteNGram([CODE])
    found = review.report(
        engine, known, test, floor, request_, lambda name, done, total: told.append((done, total))
    )
    assert told[-1] == (len(known) + len(test),) * 2
    names = [row.name for row in found.rows]
    assert names == [
        "suspicious", "nothing masked", "left to right alone", "canvas alone", "not calibrated",
        "5 bytes at a time", "at random",
    ]  # fmt: skip
    assert [row.floor for row in found.rows] == [False] * 5 + [True] * 2
    by_name = {row.name: row.figures for row in found.rows}
    assert by_name["suspicious"]["line_auroc"].value > 0.8
    assert by_name["at random"]["line_auroc"].value < 0.7
    assert by_name["nothing masked"]["ece"].value < by_name["not calibrated"]["ece"].value
    assert by_name["suspicious"]["seconds"].value > 0
    content = json.loads(json.dumps(found.to_json()))
    assert Calibration.of(content["calibration"]) == found.calibration
    assert len(content["reliability"]["suspicious"]) == 15
    assert content["measured"]["auroc"]["value"] == by_name["suspicious"]["auroc"].value
    assert len(content["items"]) == len(test) == len(content["rows"][0]["outcomes"])
    assert "suspicious" in found.table.plain()


def test_a_model_without_a_canvas_has_one_look_and_a_calibration_too(request_):
    engine = TwinEngine(ChainDenoiser((CODE,)), "chain")
    found = review.report(engine, stretches(8), stretches(14)[16:], None, request_)
    assert [row.name for row in found.rows] == ["chain", "not calibrated", "at random"]
    by_name = {row.name: row.figures for row in found.rows}
    assert by_name["chain"]["line_auroc"].value > 0.8
    weights = found.calibration.first.weights
    assert weights["better"] and not weights["canvas"], "a feature that never varies has no weight"
    calibration = Calibration.of(json.loads(json.dumps(found.to_json()))["calibration"])
    assert calibration == found.calibration
    assert not any("masked" in note for note in found.table.plain().split("\n"))


def test_it_takes_halves_of_the_held_out_files(engine, request_):
    with pytest.raises(InputError, match="too few files"):
        review.evaluate(
            engine, Request(FillOptions(), 2, 0, request_.manifest, request_.cache), ignore
        )
    found = review.evaluate(engine, request_, ignore)
    assert {item["package"] for item in found.items} == {"b"}
    assert found.rows[-2].name.endswith("bytes at a time")


def test_a_folder_of_packages_fits_and_all_held_out_files_are_told(engine, request_, tmp_path):
    for name in ("c", "d"):
        (tmp_path / "others" / name).mkdir(parents=True)
        (tmp_path / "others" / name / "code.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "others" / "c" / "code.js").write_text("let a = 1;\n", encoding="utf-8")
    named = replace(request_, data=tmp_path / "others")
    result = review.evaluate(engine, named, ignore)
    assert {item["package"] for item in result.items} == {"a", "b"}
    assert "calibrated on 4 stretches" in result.notes[0]
    with pytest.raises(InputError, match="no folder"):
        review.evaluate(engine, replace(request_, data=tmp_path / "none"), ignore)


def test_an_engine_without_a_network_is_a_clear_error(request_):
    with pytest.raises(UsageError, match="no network"):
        review.evaluate(ScriptedEngine([]), request_, ignore)


def judged(*lines: list[tuple[float, bool]]) -> tuple[np.ndarray, Judged]:
    """One stretch of lines of tokens with their probability and whether they are wrong."""
    tokens = [(p, wrong, n) for n, line in enumerate(lines) for p, wrong in line]
    p, wrong, line = (np.array(column) for column in zip(*tokens, strict=True))
    n, none = len(p), np.zeros((0, 0))
    return p, Judged(
        np.zeros((n, len(FEATURES))), np.array([0]), none, np.zeros(n), wrong, line,
        np.zeros(n, dtype=np.int64), np.array([1.0, 2.0]),
    )  # fmt: skip


def test_a_line_counts_by_its_most_doubtful_token_and_ranks_behind_equal_ones():
    p, found = judged([(0.1, False), (0.5, False)], [(0.5, False), (0.2, True)], [(0.3, False)])
    lines, wrong, stretch = by_line(p, found)
    assert (lines.tolist(), wrong.tolist()) == ([0.5, 0.5, 0.3], [False, True, False])
    assert faulty_ranks(lines, wrong, stretch) == [2]
    assert faulty_ranks(lines, np.zeros(3, dtype=bool), stretch) == [4]  # nothing wrong was judged


def test_stretches_side_by_side_keep_their_lines_apart():
    _, one = judged([(0.1, False)], [(0.2, True)])
    both = joined([one, one])
    assert both.line.tolist() == [0, 1, 2, 3]
    assert both.stretch.tolist() == [0, 0, 1, 1]
    assert both.again.tolist() == [0, 2]
    assert both.seconds.tolist() == [2.0, 4.0]


def test_the_interval_is_of_stretches_drawn_again():
    p = np.arange(40) / 40
    wrong = p > 0.5
    same = resampled(lambda a, b: float(b.mean()), p, wrong, np.zeros(40, dtype=np.int64))
    assert (same.value, same.error) == pytest.approx((0.475, 0.0))
    apart = resampled(lambda a, b: float(b.mean()), p, wrong, np.arange(40))
    assert apart.error == pytest.approx((0.475 * 0.525 / 40) ** 0.5, rel=0.25)


def test_an_item_names_the_line_of_the_fault():
    (stretch, *_) = stretches(1)
    item = review._item(stretch)
    line = LineTable(stretch.text).content(item["line"] - 1)
    assert line.start <= stretch.wrong.start <= line.end
    assert item["written"] == stretch.wrong.slice(stretch.text)


def invoke(*args: str):
    app = typer.Typer()
    app.command()(command.evaluate)
    return CliRunner().invoke(app, list(args), standalone_mode=False)


def test_the_command_keeps_the_calibration_in_the_models_folder(
    engine, request_, monkeypatch, tmp_path
):
    monkeypatch.setattr(command, "choose", lambda *spec: engine)
    monkeypatch.setattr(command, "choose_twin", lambda *spec: None)
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights")
    corpus = ["--manifest", str(request_.manifest), "--cache", str(request_.cache)]
    result = invoke("review", *corpus, "--limit", "8", "--model", str(model), "--write-calibration")
    assert result.exception is None
    assert result.stderr.strip().endswith("review.json")
    found = review_calibration(str(model))
    assert found is not None
    assert found.lines_per_fault == LINES
    content = json.loads((model / "review.json").read_text(encoding="utf-8"))
    assert {"title", "auroc", "ece"} <= set(content["measured"])


def test_another_benchmark_has_no_calibration_to_keep():
    result = invoke("lines", "--write-calibration")
    assert isinstance(result.exception, UsageError)
    assert "fits none" in result.exception.message
