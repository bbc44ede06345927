import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import editdiff
from editdiff.cli import review as command
from editdiff.cli import review_limits
from editdiff.cli.review_limits import Limits, beyond
from editdiff.engines.base import Doubt
from editdiff.errors import EditdiffError
from editdiff.text.lines import LINE_ENDING
from editdiff.text.span import Span

SOURCE = "def area(widht, height):\n    return width * height\n"


class Speller:
    """Doubts words that it is told to, line by line."""

    name = "speller"

    def __init__(self, words: dict[str, tuple[float, str]], calibrated: bool = True) -> None:
        self.words, self.calibrated = words, calibrated
        self.asked: list[str] = []

    def doubts(self, text, spans, path):
        for span in spans:
            self.asked.append(span.slice(text))
            at = span.start
            for line in LINE_ENDING.split(span.slice(text)):
                yield [
                    Doubt(Span(at + i, at + i + len(word)), p, (rather,))
                    for word, (p, rather) in self.words.items()
                    if (i := line.find(word)) >= 0
                ]
                at += len(line) + 1


@pytest.fixture
def speller(monkeypatch) -> Speller:
    made = Speller({"widht": (0.62, "width"), "height": (0.1, "breadth")})
    monkeypatch.setattr(command, "choose_doubter", lambda *spec: made)
    return made


@pytest.fixture
def area(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "area.py"
    file.write_text(SOURCE)
    return file


def invoke(*args: str, stdin: str = ""):
    app = typer.Typer()
    app.command()(command.review)
    return CliRunner().invoke(app, list(args), input=stdin, standalone_mode=False)


def failure(*args: str, **more) -> EditdiffError:
    result = invoke(*args, **more)
    assert isinstance(result.exception, EditdiffError), result.output
    return result.exception


def git(*arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def test_the_most_doubtful_places_are_listed_with_what_the_model_would_rather_read(speller, area):
    result = invoke("area.py")
    assert result.return_value == 1
    assert result.stdout == (
        "area.py:1:10  widht → width  62 %\n"
        "area.py:1:17  height → breadth  10 %\n"
        "area.py:2:20  height → breadth  10 %\n"
    )
    assert result.stderr == ""
    assert area.read_text() == SOURCE


def test_the_threshold_decides_the_exit_code_and_top_the_list(speller, area):
    result = invoke("area.py", "--threshold", "0.63", "--top", "1")
    assert (result.return_value, result.stdout.count("\n")) == (0, 1)
    assert invoke("area.py", "--threshold", "0.62", "--top", "0").return_value == 1


def test_lines_are_judged_alone(speller, area):
    result = invoke("area.py", "--lines", "2")
    assert speller.asked == ["    return width * height"]
    assert "widht" not in result.stdout


def test_only_what_changed_since_a_revision_is_judged(speller, area):
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    assert invoke("area.py", "--diff-base", "HEAD").stdout == ""
    area.write_text(SOURCE + "print(widht)\n")
    result = invoke(".", "--diff-base", "HEAD")
    assert result.stdout == "area.py:3:7  widht → width  62 %\n"
    assert "has no revision" in failure("area.py", "--diff-base", "nope").message


def test_a_folder_is_reviewed_file_by_file_and_a_file_once_only(speller, area):
    (area.parent / "src").mkdir()
    (area.parent / "src" / "b.py").write_text("widht = 1\n")
    result = invoke(".", "src/b.py", "area.py")
    assert [line.split(" ")[0] for line in result.stdout.split("\n")[:2]] == [
        "area.py:1:10",
        "src/b.py:1:1",
    ]
    assert len(speller.asked) == 2


def test_json_has_a_line_for_each_file(speller, area):
    (area.parent / "b.py").write_text("a = '😀' + widht\n")
    result = invoke("area.py", "b.py", "--json", "--top", "2")
    first, second = map(json.loads, result.stdout.strip().split("\n"))
    assert (first["path"], first["model"], first["calibrated"], first["finished"]) == (
        "area.py", "speller", True, True,
    )  # fmt: skip
    assert first["places"] == [
        {
            "start": 9, "end": 14, "line": 1, "column": 10, "text": "widht",
            "probability": 0.62, "alternatives": ["width"],
        }
    ]  # fmt: skip
    assert first["lines"] == [{"line": 1, "probability": 0.62}, {"line": 2, "probability": 0.1}]
    assert len(first["tokens"]) == 3
    assert second["places"][0]["column"] == 11


def test_sarif_has_warnings_from_the_threshold_on_and_notes_below(speller, area):
    result = invoke("area.py", "--sarif", "--threshold", "0.5")
    (run,) = json.loads(result.stdout)["runs"]
    assert [found["level"] for found in run["results"]] == ["warning", "note", "note"]
    assert run["results"][0]["rank"] == 62
    text = run["results"][0]["message"]["text"]
    assert text == "`widht` may be wrong (62 %): the model would rather read `width`."
    assert result.return_value == 1


def test_standard_input_is_reviewed_under_its_name(speller, area):
    result = invoke("-", "--path", "src/x.py", stdin="widht\r\n")
    assert result.stdout == "src/x.py:1:1  widht → width  62 %\n"
    assert "--path" in failure("-").message
    assert "--path" in failure("area.py", "--path", "x.py").message
    assert "git" in failure("-", "--path", "x.py", "--diff-base", "HEAD", stdin="x").message


def test_of_several_files_the_others_are_reviewed_when_one_cannot_be(speller, area, tmp_path):
    (tmp_path / "binary.py").write_bytes(b"\0")
    result = invoke("binary.py", "missing.py", "area.py")
    assert result.return_value == 2
    assert result.stderr.count("error: ") == 2
    assert "widht" in result.stdout


def test_a_model_without_a_calibration_is_said_so(speller, area):
    speller.calibrated = False
    assert "not calibrated" in invoke("area.py").stderr
    assert invoke("area.py", "--quiet").stderr == ""
    assert json.loads(invoke("area.py", "--json").stdout)["calibrated"] is False


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["area.py", "--json", "--sarif"], "exclude each other"),
        (["area.py", "b.py", "--lines", "1"], "one file"),
        ([".", "--lines", "1"], "one file"),
        (["area.py", "--lines", "x"], "--lines must be"),
    ],
)
def test_flags_that_make_no_sense_are_a_clear_error(speller, area, args, said):
    assert said in failure(*args).message


def test_a_line_that_is_not_there_is_a_clear_error(speller, area):
    result = invoke("area.py", "--lines", "9")
    assert result.return_value == 2
    assert "line 9 is not in area.py" in result.stderr


def test_an_empty_file_and_an_empty_folder_have_nothing_to_doubt(speller, area, tmp_path):
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "folder").mkdir()
    for path in ("empty.py", "folder"):
        result = invoke(path)
        assert (result.return_value, result.stdout) == (0, "")


def test_a_file_name_cannot_write_to_the_terminal(speller, area):
    (area.parent / "a\x1b[31m.py").write_text("widht\n")
    assert invoke("a\x1b[31m.py").stdout == "a\\x1b[31m.py:1:1  widht → width  62 %\n"


def test_of_a_long_file_the_first_characters_are_read_and_the_rest_is_said(speller, area):
    (area.parent / "long.py").write_text(SOURCE * 1000)
    result = invoke("area.py", "long.py", "--limit", "100", "--json")
    small, long = map(json.loads, result.stdout.splitlines())
    assert (small["finished"], small["left_out"]) == (True, 0)
    assert (long["finished"], long["left_out"]) == (False, 51_000 - 75)
    assert speller.asked[1] == SOURCE + "def area(widht, height):\n"[:-1]
    told = (
        "not read: long.py (50,925 characters): the limits are 100 characters of a file (--limit) "
    )
    assert result.stderr == f"{told}and 300 s in all (--seconds)\n"
    assert invoke("long.py", "--limit", "100", "--quiet").stderr == ""
    assert result.return_value == 1


def test_sarif_says_what_was_left_out_of_a_run_that_came_to_its_end(speller, area):
    result = invoke("area.py", "--limit", "30", "--sarif")
    (run,) = json.loads(result.stdout)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    (note,) = invocation["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("not read: area.py (27 characters): ")


def test_when_the_time_is_over_the_rest_is_left_and_said(speller, area, monkeypatch):
    for name in "bcdef":
        (area.parent / f"{name}.py").write_text("widht\n")
    clock = [time.monotonic()]

    def late(text, spans, path):
        for part in Speller.doubts(speller, text, spans, path):
            clock[0] += 5
            yield part

    monkeypatch.setattr(speller, "doubts", late)
    monkeypatch.setattr(review_limits.time, "monotonic", lambda: clock[0])
    result = invoke(".", "--seconds", "17", "--json")
    told = {line["path"]: line for line in map(json.loads, result.stdout.splitlines())}
    assert list(told) == ["area.py", "b.py", "c.py", "d.py", "e.py", "f.py"]
    assert [line["finished"] for line in told.values()] == [True] + [False] * 5
    assert told["b.py"]["places"]
    assert (told["b.py"]["left_out"], told["c.py"]["left_out"]) == (1, 6)
    assert result.stderr.startswith(
        "not read: b.py (1 characters), c.py (6 characters), d.py (6 characters) and 2 more: "
    )


def test_files_that_there_is_no_time_to_look_at_are_named(speller, area):
    (area.parent / "b.py").write_text("widht\n")
    result = invoke(".", "--seconds", "0")
    assert (result.return_value, result.stdout) == (0, "")
    assert result.stderr == "not looked at: area.py, b.py: the 0 s are over (--seconds)\n"


@given(lengths=st.lists(st.integers(0, 40), min_size=1), most=st.integers(1, 99))
def test_what_is_read_is_the_first_of_what_was_asked_for_and_no_word_is_cut(lengths, most):
    text = "".join("word word\n"[: 1 + n % 10] for n in lengths) * 3
    spans = [Span(at, min(at + 7, len(text))) for at in range(0, len(text), 11)]
    kept = Limits(most, 1.0).within(spans, text)
    assert beyond(kept, 0) <= most
    assert kept[:-1] == spans[: max(0, len(kept) - 1)]
    if kept and kept[-1] not in spans:
        assert kept[-1].start == spans[len(kept) - 1].start
    rest = beyond(spans, kept[-1].end if kept else 0)
    assert beyond(kept, 0) + rest == beyond(spans, 0)


SLOW = """
import sys, time
from editdiff.cli import review
from editdiff.engines.base import Doubt
from editdiff.text.span import Span

class Slow:
    name, calibrated = "slow", True
    def doubts(self, text, spans, path):
        yield [Doubt(Span(0, 1), 0.9)]
        print("waiting", file=sys.stderr, flush=True)
        time.sleep(60)

review.choose_doubter = lambda *spec: Slow()
sys.exit(review.review(["area.py"], as_sarif="--sarif" in sys.argv, top=10, threshold=0.5))
"""


@pytest.mark.parametrize("flags", [[], ["--sarif"]])
def test_ctrl_c_shows_what_was_found_so_far(area, flags):
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(editdiff.__file__).parents[1]), *sys.path])
    }
    started = subprocess.Popen(
        [sys.executable, "-c", SLOW, *flags],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert started.stderr is not None
    assert "waiting" in started.stderr.readline()
    started.send_signal(signal.SIGINT)
    out, _ = started.communicate(timeout=60)
    assert started.returncode == 130
    if flags:
        (run,) = json.loads(out)["runs"]
        assert run["invocations"] == [{"executionSuccessful": False}]
        assert len(run["results"]) == 1
    else:
        assert out == "area.py:1:1  d  90 %\n"
