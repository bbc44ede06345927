import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from editdiff.cli.app import main
from editdiff.cli.common.record import tracing
from editdiff.cli.trace import show, trace
from editdiff.denoise.history import read
from editdiff.engines.base import FillOptions, FillTask
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.errors import InputError, UsageError
from editdiff.text.span import Span

OPTIONS = FillOptions(drafts=2, canvas=8, max_tokens=7, threshold=0.5, steps=10, reopen="conf")
TASK = FillTask("x = \n", (Span(4, 4),))


def engine() -> LocalEngine:
    return LocalEngine(NoiseDenoiser(1, special_bias=1.0))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    file, local = tmp_path / "run.jsonl", engine()
    with tracing(local, file):
        list(local.fill(TASK, OPTIONS))
    assert local.record is None
    return file


def test_a_fill_is_recorded_one_line_a_step_and_replayed(recorded, capsys):
    lines = [json.loads(line) for line in recorded.read_text(encoding="utf-8").split("\n")[:-1]]
    assert [line.get("step") for line in lines] == [None, *range(1, 11)]
    assert trace(recorded) == 0
    shown = capsys.readouterr().out
    assert "run 1: name=threshold reopen=conf tau=0.5; seed 0, temperature 0.7" in shown
    assert "step 10: " in shown
    assert "reopened (conf)" in shown
    assert "draft 1: " in shown


def test_every_step_is_drawn_as_it_stood(recorded):
    (run,) = read(recorded.read_text(encoding="utf-8").split("\n")[:-1])
    console = Console(record=True, width=200, file=io.StringIO())
    show(run, 1, console)
    drawn = console.export_text()
    lines = [line for line in drawn.split("\n") if "draft 0" in line]
    assert len(lines) == 10
    assert any("░" in line for line in lines[:-1])
    assert "░" not in lines[-1], "nothing is masked at the end"


def test_without_a_file_nothing_is_recorded():
    local = engine()
    with tracing(local, None):
        assert local.record is None


def test_the_record_ends_with_the_command_even_if_it_fails(tmp_path):
    local = engine()
    with pytest.raises(KeyboardInterrupt), tracing(local, tmp_path / "run.jsonl"):
        raise KeyboardInterrupt
    assert local.record is None


def test_an_engine_that_keeps_no_record_is_refused(tmp_path):
    with (
        pytest.raises(UsageError, match="the engine scripted keeps no record"),
        tracing(ScriptedEngine([]), tmp_path / "run.jsonl"),
    ):
        pass
    assert not (tmp_path / "run.jsonl").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot write"), tracing(engine(), tmp_path):
        pass


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot read"), (b"\xff", "it is not UTF-8"), (b"{}\n", "line 1 is not of a record")],
)
def test_a_file_that_is_no_record_is_named(content, message, tmp_path):
    file = tmp_path / "run.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        trace(file)


def test_a_record_that_was_changed_is_refused(recorded):
    lines = recorded.read_text(encoding="utf-8").split("\n")
    step = json.loads(lines[2])
    step["confidence"][0][1] = 0.123
    recorded.write_text("\n".join([*lines[:2], json.dumps(step), *lines[3:]]), encoding="utf-8")
    with pytest.raises(InputError, match="step 2 of the record comes out otherwise: confidence"):
        trace(recorded)


@pytest.mark.weights
def test_infill_writes_the_record_that_trace_replays(tmp_path, capsys):
    file, record = tmp_path / "area.py", tmp_path / "run.jsonl"
    file.write_text("def area(w, h):\n    return w * h\n")
    given = ["--lines", "2", "--quiet", "--drafts", "2", "--reopen", "conf", "--critic-rounds", "1"]
    assert main(["infill", str(file), *given, "--trace", str(record)]) in (0, 1)
    assert main(["trace", str(record)]) == 0
    assert "reopen=conf" in capsys.readouterr().out
    assert main(["infill", str(file), *given[:3], "--reopen", "often"]) == 2
    assert "reopen has to be one of" in capsys.readouterr().err
