"""The benchmark `infill-lines`: whole lines in every language of a folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from editdiff.engines.base import Draft, FillOptions
from editdiff.engines.confidence import DraftCalibration
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import infill_lines
from editdiff.evaluation.core.benchmark import Request

PYTHON = "import a\n\n\ndef f(x):\n    # what it does\n    return x + 1\n"
TOML = "[a]\nname = 'b'\nsize = 3\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    for i in range(3):
        (tmp_path / f"p{i}").mkdir()
        (tmp_path / f"p{i}" / "a.py").write_text(PYTHON.replace("x", f"x{i}"))
        (tmp_path / f"p{i}" / "b.toml").write_text(TOML.replace("3", f"3{i}"))
    (tmp_path / "p0" / "long.py").write_text("x = '" + "a" * 600 + "'\n")
    return tmp_path


def ignore(name: str, done: int, total: int) -> None:
    pass


class Half:
    """Knows the lines that begin with a letter before `n`, and is sure of these alone."""

    name = "half"

    def __init__(self, folder: Path) -> None:
        self._texts = [path.read_text() for path in folder.glob("*/*")]

    def fill(self, task, options):
        (gap,) = task.gaps
        head, tail = task.text[: gap.start], task.text[gap.end :]
        text = next(t for t in self._texts if t.startswith(head) and t.endswith(tail))
        line = text[len(head) : len(text) - len(tail)]
        known = line[:1] < "n"
        yield Draft((line if known else "zzzz",), -0.5 if known else -8.0, 1)


CALIBRATION = DraftCalibration(4.0, {"score": 1.0}, 0.5)


def test_lines_of_every_language_are_filled_and_told_by_the_models_own_calibration(folder):
    request = Request(FillOptions(), 24, 0, data=folder, of_drafts=CALIBRATION)
    found = infill_lines.evaluate(Half(folder), request, ignore)
    rows = {row.name: row.figures for row in found.rows}
    names = ["half", "half, python", "half, toml", "half, prose", "half, code"]
    assert list(rows) == [*names, *(name.replace("half", "lookup") for name in names)]
    assert (
        rows["half"]["exact"].total
        == rows["half, python"]["exact"].total + rows["half, toml"]["exact"].total
    )
    assert rows["half"]["right"].hits == rows["half"]["right"].total == rows["half"]["offered"].hits
    assert 0 < rows["half"]["offered"].hits < rows["half"]["offered"].total
    assert "auroc" not in rows["lookup"]
    truths = [item["truth"] for item in found.items]
    assert "# what it does" in truths and not any(len(truth) > 500 for truth in truths)
    assert all(len("".join(truth.split())) >= 4 for truth in truths)
    assert {item["truth"] for item in found.items if item["prose"]} == {"# what it does"}
    assert len(found.rows[0].outcomes) == len(found.items)


def test_the_same_seed_draws_the_same_lines(folder):
    request = Request(FillOptions(), 6, 3, data=folder, of_drafts=CALIBRATION)
    first, again, other = (
        infill_lines.evaluate(Half(folder), each, ignore).items
        for each in (request, request, replace(request, seed=4))
    )
    assert first == again != other


def test_it_needs_a_calibration_enough_lines_and_a_folder(folder):
    request = Request(FillOptions(), 6, 0, data=folder)
    with pytest.raises(UsageError, match="does not tell how likely"):
        infill_lines.evaluate(Half(folder), request, ignore)
    told = replace(request, of_drafts=CALIBRATION)
    with pytest.raises(UsageError, match="too few"):
        infill_lines.evaluate(Half(folder), replace(told, limit=1), ignore)
    with pytest.raises(InputError, match="no folder"):
        infill_lines.evaluate(Half(folder), replace(told, data=None), ignore)


def test_a_model_that_drafts_nothing_is_told_too(folder):
    class Silent(Half):
        def fill(self, task, options):
            yield Draft(("a\0",), 0.0, 1)

    request = Request(FillOptions(), 4, 0, data=folder, of_drafts=CALIBRATION)
    found = infill_lines.evaluate(Silent(folder), request, ignore)
    assert found.rows[0].figures["offered"].hits == 0
    assert found.rows[0].outcomes[0]["p"] is None
