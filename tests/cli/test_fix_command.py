import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from editdiff.cli import app
from editdiff.cli import fix as command
from editdiff.cli.app import INTERRUPTED, main
from editdiff.cli.fix_told import LISTED
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.confidence import FixCalibration
from editdiff.engines.fakes.words import Words
from editdiff.report.files import MAX_BYTES

WRONG = "def area(width, height:\n    return width * height\n"
RIGHT = WRONG.replace("height:", "height):", 1)
PATCH = (
    "--- a/area.py\n"
    "+++ b/area.py\n"
    "@@ -1,2 +1,2 @@\n"
    "-def area(width, height:\n"
    "+def area(width, height):\n"
    "     return width * height\n"
)


class Liking:
    """An engine that gives no drafts of its own and likes one text."""

    name = "liking"

    def __init__(self, text: str, stops: int = 1000) -> None:
        self.text, self.stops = text, stops

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield from ()

    def score(self, task: FillTask, texts: list[tuple[str, ...]]) -> list[float]:
        if (self.text,) in texts:
            self.stops -= 1
        if self.stops < 0:
            raise KeyboardInterrupt
        return [10.0 if text == self.text else -100.0 for (text,) in texts]


@pytest.fixture(autouse=True)
def fix(monkeypatch) -> None:
    """Have the command in the table, whoever put it there."""
    monkeypatch.setitem(app.COMMANDS, "fix", app.Command("editdiff.cli.fix:fix", "Fix."))


@pytest.fixture
def engine(monkeypatch) -> Liking:
    found = Liking("def area(width, height):")
    monkeypatch.setattr(command, "choose", lambda *spec: found)
    return found


@pytest.fixture
def area(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["F"]\n')
    path = tmp_path / "area.py"
    path.write_text(WRONG)
    return path


@pytest.fixture
def no_engine(monkeypatch) -> None:
    def never(*spec):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(command, "choose", never)


def test_a_fix_is_printed_as_a_patch_and_the_file_stays(area, engine, capsys):
    assert main(["fix", "area.py"]) == 1
    assert capsys.readouterr() == (PATCH, "area.py: 1 fix proposed, no problems left with it\n")
    assert area.read_text() == WRONG


def test_the_patch_is_one_that_git_applies(area, engine, capsys):
    main(["fix", "area.py", "--diff", "--quiet"])
    out, err = capsys.readouterr()
    assert err == ""
    subprocess.run(["git", "apply"], input=out.encode(), check=True)
    assert area.read_text() == RIGHT


def test_write_applies_it(area, engine, capsys):
    assert main(["fix", "area.py", "--write"]) == 0
    assert area.read_text() == RIGHT


def test_json_tells_the_proposal_and_the_problems(area, engine, capsys):
    assert main(["fix", "area.py", "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["outcome"], told["patch"], told["written"]) == ("proposal", PATCH, False)
    assert told["mended"] == [
        {
            "line": 1,
            "message": "'(' was never closed",
            "check": "python",
            "reason": None,
            "confidence": None,
        }
    ]
    assert told["left"] == []


def test_what_is_left_is_told_with_its_reason(area, monkeypatch, capsys):
    monkeypatch.setattr(command, "choose", lambda *spec: Liking(""))
    area.write_text("zz A:\n    pass\n")
    assert main(["fix", "area.py"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("area.py:1: invalid syntax [python]: ")
    assert err.endswith("area.py: 0 fixes, 2 problems left\n")


def test_report_prints_the_problems_and_loads_no_model(area, no_engine, capsys):
    assert main(["fix", "area.py", "--report"]) == 1
    assert capsys.readouterr().out == (
        "area.py:1:1: syntax error [syntax]\n"
        "area.py:1:9: '(' was never closed [python]\n"
        "area.py:2:5: syntax error [syntax]\n"
    )
    assert area.read_text() == WRONG


def test_report_of_a_clean_file_is_empty(area, no_engine, capsys):
    area.write_text(RIGHT)
    assert main(["fix", "area.py", "--report"]) == 0
    assert capsys.readouterr() == ("", "")


def test_report_as_json(area, no_engine, capsys):
    assert main(["fix", "area.py", "--report", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == "area.py"
    assert told["problems"][1] == {
        "start": 8,
        "end": 8,
        "line": 1,
        "column": 9,
        "message": "'(' was never closed",
        "check": "python",
    }


def test_check_names_the_checks(area, engine, capsys):
    area.write_text("import os\nx = 1\n")
    assert main(["fix", "area.py"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["fix", "area.py", "--check", "syntax,ruff", "--write"]) == 0
    assert area.read_text() == "x = 1\n"


def test_without_the_check_syntax_a_text_that_does_not_parse_is_let_be(area, no_engine, capsys):
    assert main(["fix", "area.py", "--check", "ruff"]) == 0
    assert area.read_text() == WRONG


@pytest.mark.parametrize("names", ["syntax,rufff", "area.py", ""])
def test_a_name_that_no_check_has_is_answered_with_what_check_means(names, area, capsys):
    assert main(["fix", "area.py", "--check", names]) == 2
    err = capsys.readouterr().err
    assert "error: --check: " in err
    assert "the checks: syntax, ruff, math; to only see the problems use --report" in err


def test_lines_bound_what_is_mended(area, engine, capsys):
    area.write_text("import os\nimport re\nx = 1\n")
    assert main(["fix", "area.py", "--check", "ruff", "--lines", "2", "--write"]) == 0
    assert area.read_text() == "import os\nx = 1\n"


def test_a_folder_is_walked_and_clean_files_are_passed_over(area, engine, capsys):
    Path("sub").mkdir()
    Path("sub/other.py").write_text(WRONG)
    Path("clean.py").write_text(RIGHT)
    assert main(["fix", ".", "--write", "--quiet"]) == 0
    assert Path("sub/other.py").read_text() == RIGHT == area.read_text()
    assert capsys.readouterr().out.count("+++ b/") == 2


def test_a_file_that_cannot_be_read_does_not_stop_the_others(area, engine, capsys):
    Path("bad.py").write_bytes(b"x = 1\0")
    assert main(["fix", "bad.py", "missing.py", "area.py", "--write"]) == 2
    assert area.read_text() == RIGHT
    err = capsys.readouterr().err
    assert "bad.py is not a text file" in err
    assert "missing.py does not exist" in err


def test_ctrl_c_keeps_what_is_done(area, monkeypatch, capsys):
    other = Path("zother.py")
    other.write_text(WRONG)
    monkeypatch.setattr(command, "choose", lambda *spec: Liking("def area(width, height):", 1))
    assert main(["fix", "area.py", "zother.py", "--write"]) == INTERRUPTED
    assert area.read_text() == RIGHT
    assert other.read_text() == WRONG
    assert "+def area(width, height):" in capsys.readouterr().out


def test_a_file_that_changed_meanwhile_is_not_overwritten(area, monkeypatch, capsys):
    class Slow(Liking):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            area.write_text("changed\n")
            yield Draft(("x",), 0.0, 1)

    monkeypatch.setattr(command, "choose", lambda *spec: Slow("def area(width, height):"))
    assert main(["fix", "area.py", "--write"]) == 2
    assert "changed on disk" in capsys.readouterr().err
    assert area.read_text() == "changed\n"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["area.py", "--report", "--write"], "--report changes nothing"),
        (["area.py", "area2.py", "--lines", "1"], "--lines names lines of one file, not of 2"),
        (["empty"], "no file of a known language in empty"),
        (["area.py", "--diff", "--json"], "--diff and --json exclude each other"),
    ],
)
def test_what_makes_no_sense_is_refused(flags, said, area, no_engine, capsys):
    Path("empty").mkdir()
    assert main(["fix", *flags]) == 2
    assert f"error: {said}" in capsys.readouterr().err


def test_the_limit_of_problems_reaches_the_fix(area, engine, capsys):
    area.write_text("import os\nimport re\n")
    assert main(["fix", "area.py", "--check", "ruff", "--limit", "1"]) == 1
    out, err = capsys.readouterr()
    assert "-import os\n" in out
    assert "only the first 1 problems of a file are" in err


def test_of_thousands_of_problems_the_first_are_told_and_the_others_counted(
    area, monkeypatch, capsys
):
    monkeypatch.setattr(command, "choose", lambda *spec: Liking(""))
    area.write_text("".join(f"x{i} = y{i}\n" for i in range(300)))
    assert main(["fix", "area.py", "--check", "ruff", "--limit", "1"]) == 1
    told = capsys.readouterr().err.split("\n")[:-1]
    assert len(told) == LISTED + 2
    assert told[-2:] == [
        f"area.py: {300 - LISTED} more, which --json and --report list",
        "area.py: 0 fixes, 300 problems left",
    ]


def test_what_nobody_can_judge_is_named_and_no_problem(area, no_engine, capsys):
    area.with_name("m.css").write_text("@media (400px <= width <= 700px) { a { b: c } }\n")
    for flags in ([], ["--report"]):
        assert main(["fix", "m.css", *flags]) == 0
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("m.css: cannot judge [syntax]: there is no second judge")
    assert main(["fix", "m.css", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_zero_is_for_what_is_right_on_the_disk(area, engine):
    assert main(["fix", "area.py", "--quiet"]) == 1
    assert main(["fix", "area.py", "--quiet", "--exit-zero"]) == 0
    assert main(["fix", "area.py", "--report", "--exit-zero"]) == 0
    assert main(["fix", "missing.py", "--exit-zero"]) == 2
    assert main(["fix", "area.py", "--quiet", "--write"]) == 0
    assert main(["fix", "area.py", "--quiet"]) == 0


def test_what_nobody_can_judge_is_wrong_for_the_strict_alone(area, no_engine):
    Path("m.css").write_text("@media (400px <= width <= 700px) { a { b: c } }\n")
    for flags in ([], ["--report"]):
        assert main(["fix", "m.css", *flags]) == 0
        assert main(["fix", "m.css", "--strict", *flags]) == 1


def test_files_that_nothing_checked_are_named_in_one_line(area, no_engine, capsys):
    area.write_text(RIGHT)
    for i in range(5):
        Path(f"n{i}.md").write_text("x\n")
    for flags in ([], ["--report"], ["--strict"]):
        assert main(["fix", ".", *flags]) == 0
        assert capsys.readouterr().err == (
            "not checked: n0.md, n1.md, n2.md and 2 more: their language is unknown to the check syntax\n"
            + "7 files: 0 with problems, 5 not judged\n" * (flags == ["--report"])
        )
    assert main(["fix", "n0.md", "--strict"]) == 1
    assert main(["fix", "n0.md", "--check", "math", "--strict"]) == 0
    assert main(["fix", "area.py", "--check", "math,ruff", "--strict"]) == 0


def test_a_fault_is_left_when_its_time_is_over(area, monkeypatch, capsys):
    class Slow(Liking):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            while True:
                time.sleep(0.01)
                yield Draft(("x",), 0.0, 1)

    monkeypatch.setattr(command, "choose", lambda *spec: Slow(""))
    area.write_text("zz A:\n    pass\n")
    began = time.monotonic()
    assert main(["fix", "area.py", "--fault-seconds", "0.1"]) == 1
    assert time.monotonic() - began < 5
    assert "the 0.1 s for a fault are over" in capsys.readouterr().err


def test_the_reason_says_what_was_tried(area, monkeypatch, capsys):
    class Wordy(Liking):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            yield Draft(("zz A",), 0.0, 1)

    monkeypatch.setattr(command, "choose", lambda *spec: Wordy(""))
    area.write_text("zz A:\n    pass\n")
    assert main(["fix", "area.py"]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert re.search(r"; \d texts? tried for lines? \d", first), first


def test_a_line_marked_to_be_ignored_is_left_and_not_reported(area, engine):
    area.write_text("import os  # editdiff: ignore\nimport re\nx = 1\n")
    assert main(["fix", "area.py", "--check", "ruff", "--write", "--quiet"]) == 0
    assert area.read_text() == "import os  # editdiff: ignore\nx = 1\n"
    assert main(["fix", "area.py", "--check", "ruff", "--report"]) == 0


def test_what_cannot_be_judged_for_one_reason_is_told_in_one_line(area, no_engine, capsys):
    folder = area.parent / "styles"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.css").write_text("@media (400px <= width <= 700px) { a { b: c } }\n")
    (folder / "t.yaml").write_text("a: {{ b }}\n{{- if c }}\n")
    assert main(["fix", "styles"]) == 0
    first, second = capsys.readouterr().err.rstrip("\n").split("\n")
    assert "0.css, " in first
    assert "2.css and 2 more: cannot judge [syntax]: there is no second judge" in first
    assert "t.yaml: cannot judge" in second


def test_a_report_counts_what_it_did_not_judge(area, no_engine, capsys):
    Path("m.css").write_text("@media (400px <= width <= 700px) { a { b: c } }\n")
    Path("n.md").write_text("x\n")
    Path("right.py").write_text(RIGHT)
    files = ["area.py", "m.css", "n.md", "right.py"]
    assert main(["fix", *files, "--report"]) == 1
    out, err = capsys.readouterr()
    assert out.count("area.py:") == len(out.splitlines())
    assert err.endswith("\n4 files: 1 with problems, 2 not judged\n")
    assert main(["fix", *files, "--report", "--json", "--quiet"]) == 1
    out, err = capsys.readouterr()
    wrong, doubtful, unknown = map(json.loads, out.splitlines())
    assert err == ""
    assert (wrong["path"], len(wrong["problems"]), wrong["unjudged"]) == ("area.py", 3, [])
    assert (doubtful["path"], doubtful["problems"]) == ("m.css", [])
    assert doubtful["unjudged"][0].startswith("cannot judge [syntax]: there is no second judge")
    assert unknown["unjudged"] == ["the language is unknown to the check syntax"]


def test_a_file_of_a_folder_that_is_too_large_is_counted_as_not_judged(area, capsys):
    folder = area.parent / "own"
    folder.mkdir()
    right = folder / "right.py"
    right.write_text(RIGHT)
    Path("own/large.py").write_text("x" * (MAX_BYTES + 1))
    assert main(["fix", "own", "--report"]) == 0
    assert capsys.readouterr().err == (
        "not checked: own/large.py: above 1 MB; name such a file itself to have it read\n"
        "2 files: 0 with problems, 1 not judged\n"
    )
    assert main(["fix", "own", "--report", "--json", "--strict", "--quiet"]) == 1
    (line,) = capsys.readouterr().out.split("\n")[:-1]
    assert json.loads(line) == {"path": "own/large.py", "problems": [], "unjudged": ["above 1 MB"]}
    right.unlink()
    assert main(["fix", "own"]) == 0
    assert capsys.readouterr().err.startswith("not checked: own/large.py")


@pytest.fixture
def measured(monkeypatch):
    """Say of each fix that it is right with a probability of 0.6, and decline below 0.7."""
    asked = []

    def calibration(named):
        asked.append(named)
        return FixCalibration(math.log(0.6 / 0.4), {}, 0.7)

    monkeypatch.setattr(command, "fix_calibration", calibration)
    monkeypatch.setattr(command, "choose", lambda *spec: Words({RIGHT: -1.0}))
    return asked


def test_a_fix_below_the_models_floor_is_left_and_the_file_stays(area, measured, capsys):
    assert main(["fix", "area.py", "--write", "--model", "toy"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "the model is not sure enough of its best fix (0.600 of 0.700)" in err
    assert area.read_text() == WRONG
    assert measured == ["toy"]


@pytest.mark.parametrize(("least", "offered"), [("0", True), ("0.6", True), ("0.61", False)])
def test_confidence_says_how_sure_a_fix_has_to_be(least, offered, area, measured, capsys):
    assert main(["fix", "area.py", "--confidence", least, "--diff"]) == 1
    assert (capsys.readouterr().out == PATCH) == offered


def test_json_tells_how_sure_each_fix_is_and_all_together(area, measured, capsys):
    main(["fix", "area.py", "--confidence", "0", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["confidence"] == pytest.approx(0.6)
    assert [each["confidence"] for each in told["mended"]] == [pytest.approx(0.6)]
    main(["fix", "area.py", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["confidence"] is None
    assert "--confidence 0" in told["hint"]
    assert {each["confidence"] for each in told["left"]} == {None}


def test_a_person_is_told_how_sure_a_fix_is(area, measured, capsys):
    main(["fix", "area.py", "--confidence", "0"])
    assert "60 % sure" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["-0.1", "1.5", "nan"])
def test_a_confidence_that_is_no_probability_is_refused_and_the_file_stays(wrong, area, capsys):
    assert main(["fix", "area.py", "--write", "--confidence", wrong]) == 2
    assert "confidence" in capsys.readouterr().err
    assert area.read_text() == WRONG


def test_a_report_asks_for_no_calibration(area, measured, capsys):
    assert main(["fix", "area.py", "--report"]) == 1
    assert measured == []
