"""`editdiff rewrite`: flags, output, exit codes, bad input."""

import io
import json
import sys
from pathlib import Path

import pytest

from editdiff.cli import rewrite
from editdiff.cli.app import main
from editdiff.engines import choose
from editdiff.engines.base import Draft, Told
from editdiff.engines.confidence import RewriteCalibration
from editdiff.engines.fakes.scripted import ScriptedEngine

SOURCE = "def area(w, h):\n    return w * h\n\n\nprint(area(2, 3))\n"
TOLD = Told((-1.0, -1.0), -9.0, 2, (-5.0, -5.0), -1.0)
ASK = ("--lines", "2", "--ask", "double it")


def answer(text: str, lead: float = 4.0) -> list[Draft]:
    return [Draft((text,), 0.0, 3, told=TOLD._replace(forms=(lead - 5, lead - 5)))]


@pytest.fixture
def script(monkeypatch, tmp_path):
    """A small file here, and an engine that answers from a script; gives the engine."""
    monkeypatch.chdir(tmp_path)
    Path("area.py").write_text(SOURCE)
    calibration = RewriteCalibration(0.0, {"lead": 1.0}, 0.5)
    monkeypatch.setattr(rewrite, "rewrite_calibration", lambda named: calibration)

    def install(*answers) -> ScriptedEngine:
        engine = ScriptedEngine(answers)
        monkeypatch.setattr(rewrite, "choose", lambda *spec: engine)
        return engine

    return install


def piped(monkeypatch, text: bytes | str) -> None:
    data = text.encode() if isinstance(text, str) else text
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_the_diff_is_shown_and_the_file_stays(script, capsys):
    engine = script(answer("    return 2 * w * h"))
    assert main(["rewrite", "area.py", *ASK]) == 0
    assert "+    return 2 * w * h" in capsys.readouterr().out
    assert Path("area.py").read_text() == SOURCE
    assert engine.tasks[0].ask == "double it"


def test_write_applies_it(script):
    script(answer("    return 2 * w * h"))
    assert main(["rewrite", "area.py", *ASK, "--write"]) == 0
    assert Path("area.py").read_text() == SOURCE.replace("w * h", "2 * w * h")


def test_json_tells_the_confidence(script, capsys):
    script(answer("    return 2 * w * h"))
    assert main(["rewrite", "area.py", *ASK, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "proposal" and told["confidence"] == pytest.approx(0.982, abs=1e-3)


def test_what_is_not_likely_enough_is_declined_unless_it_is_wanted(script, capsys):
    script(answer("    return w", -1.0), answer("    return w", -1.0))
    assert main(["rewrite", "area.py", *ASK]) == 1
    assert "not sure enough" in capsys.readouterr().err
    assert main(["rewrite", "area.py", *ASK, "--confidence", "0"]) == 0


def test_without_a_region_the_whole_file_is_rewritten(script):
    engine = script(answer(SOURCE.rstrip().replace("w", "width")))
    assert main(["rewrite", "area.py", "--ask", "longer names", "--write"]) == 0
    assert Path("area.py").read_text() == SOURCE.replace("w", "width")
    assert engine.tasks[0].old == SOURCE.rstrip("\n")


def test_several_regions(script):
    script(answer("def area(a, h):"), answer("    return a * h"))
    more = ["--lines", "1", "--lines", "2", "--ask", "rename w to a", "--write"]
    assert main(["rewrite", "area.py", *more]) == 0
    assert Path("area.py").read_text() == SOURCE.replace("w", "a")


def test_standard_input(script, monkeypatch, capsysbinary):
    script(answer("    return 2 * w * h"))
    piped(monkeypatch, SOURCE)
    assert main(["rewrite", "-", "--path", "area.py", *ASK, "--write"]) == 0
    assert capsysbinary.readouterr().out.decode() == SOURCE.replace("w * h", "2 * w * h")


def test_the_instruction_from_standard_input(script, monkeypatch):
    engine = script(answer("    return 2 * w * h"))
    piped(monkeypatch, "double\n  it\n")
    assert main(["rewrite", "area.py", "--lines", "2", "--ask", "-"]) == 0
    assert engine.tasks[0].ask == "double it"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["area.py", "--lines", "2", "--ask", " "], "nothing is asked for"),
        (["area.py", "--lines", "9", "--ask", "x"], "line 9 is not in area.py"),
        (["area.py", "--lines", "2-1", "--ask", "x"], "runs backwards"),
        (["none.py", "--ask", "x"], "none.py"),
        (["empty.py", "--ask", "x"], "empty.py is empty"),
        (["empty.py", "--lines", "1", "--ask", "x"], "empty.py is empty"),
        (["book.ipynb", "--ask", "x"], "is a notebook"),
        (["latin.py", "--ask", "x"], "not UTF-8"),
        (["-", "--ask", "x"], "no name"),
        (["-", "--path", "a.py", "--ask", "-"], "cannot both come from standard input"),
        (["area.py", "--ask", "x", "--json", "--diff"], "--json"),
    ],
)
def test_bad_input_is_one_sentence_and_a_hint(script, capsys, monkeypatch, arguments, said):
    engine = script()
    piped(monkeypatch, "")
    Path("empty.py").write_text("")
    Path("book.ipynb").write_text("{}")
    Path("latin.py").write_bytes(b"x = '\xe9'\n")
    assert main(["rewrite", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and "hint: " in error and error.count("\n") == 2
    assert engine.tasks == []


@pytest.mark.parametrize("text", ["", "\udce9"])
def test_an_instruction_that_cannot_be_read(script, capsys, monkeypatch, text):
    script()
    piped(monkeypatch, text.encode("latin-1", "surrogateescape") if text else b"")
    assert main(["rewrite", "area.py", "--ask", "-"]) == 2
    assert "hint: " in capsys.readouterr().err


def test_a_model_that_nobody_has_measured_is_refused_unless_that_is_wanted(
    script, capsys, monkeypatch
):
    script(answer("    return w"))
    monkeypatch.setattr(rewrite, "rewrite_calibration", lambda named: None)
    assert main(["rewrite", "area.py", *ASK, "--model", "nano"]) == 1
    assert "nobody has measured how well" in capsys.readouterr().err
    assert main(["rewrite", "area.py", *ASK, "--confidence", "0"]) == 0


def test_an_empty_region_or_a_long_instruction_is_no_edit(script):
    engine = script()
    assert main(["rewrite", "area.py", "--lines", "3", "--ask", "x"]) == 1
    assert main(["rewrite", "area.py", "--lines", "2", "--ask", "x" * 10_000]) == 1
    assert engine.tasks == []


LONG = "".join(f"def f{n}(a):\n    a += 1\n\n\n" for n in range(40))


def parts(*changed: int) -> list[list[Draft]]:
    """Answers for the parts of LONG, six functions each: `1` becomes `2` in some of them."""
    told = []
    for number in range(7):
        part = "\n\n\n".join(f"def f{n}(a):\n    a += 1" for n in range(40)[number * 6 :][:6])
        told.append(answer(part.replace("+= 1", "+= 2")) if number in changed else [])
    return told


def test_a_long_file_is_rewritten_part_by_part_and_each_part_is_told(script, capsys):
    Path("long.py").write_text(LONG)
    engine = script(*parts(1, 3))
    assert main(["rewrite", "long.py", "--ask", "add 2", "--write"]) == 0
    assert len(engine.tasks) == 7
    assert Path("long.py").read_text().count("a += 2") == 12
    assert "note: 2 of 7 parts are changed, 5 would stay the same" in capsys.readouterr().err


def test_json_tells_of_each_part(script, capsys):
    Path("long.py").write_text(LONG)
    declined = answer(parts(1)[1][0].texts[0], -1.0)
    script(*parts(0)[:1], declined)
    assert main(["rewrite", "long.py", "--lines", "1-160", "--ask", "add 2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [part["became"] for part in told["parts"]] == ["changed", "declined", *["unchanged"] * 5]
    first, second = told["parts"][:2]
    assert (first["start_line"], first["end_line"]) == (1, 22)
    assert first["confidence"] == pytest.approx(0.982, abs=1e-3)
    assert "not sure enough" in second["reason"] and second["confidence"] is None
    assert told["confidence"] == first["confidence"] and told["outside"] == []


def test_a_change_that_does_not_fit_the_rest_changes_nothing(script, capsys):
    Path("long.py").write_text(LONG + "f0(1)\n")
    script(answer(parts(0)[0][0].texts[0].replace("def f0", "def g0")))
    assert main(["rewrite", "long.py", "--ask", "rename f0 to g0", "--write"]) == 1
    assert "`f0` is gone from lines 1-22, and line 161 still has it" in capsys.readouterr().err
    assert Path("long.py").read_text() == LONG + "f0(1)\n"


def test_more_parts_than_are_asked_at_once_are_refused(script, capsys):
    Path("long.py").write_text("".join(f"def f{n}():\n" + "    y()\n" * 80 for n in range(50)))
    engine = script()
    assert main(["rewrite", "long.py", "--ask", "x"]) == 1
    error = capsys.readouterr().err
    assert "are 50 parts, and at most 40 are rewritten at once" in error and "hint: " in error
    assert engine.tasks == []


def test_what_is_named_outside_of_the_region_is_told(script, capsys):
    Path("area.py").write_text(SOURCE + "\n\ndef scale_all(x):\n    return x\n")
    named = ["--lines", "2", "--ask", "use a product in scale_all"]
    script(answer("    return 2 * w * h"), answer("    return 2 * w * h"))
    assert main(["rewrite", "area.py", *named]) == 0
    told = "note: `scale_all` stands in line 8, which is not selected; only line 2 is changed"
    assert told in capsys.readouterr().err
    assert main(["rewrite", "area.py", *named, "--json"]) == 0
    (outside,) = json.loads(capsys.readouterr().out)["outside"]
    assert (outside["name"], outside["line"]) == ("scale_all", 8)


def test_what_names_something_outside_has_to_be_clearly_likelier(script, capsys):
    named = ["--lines", "2", "--ask", "use a product, as README.md says, and fix util.py"]
    script(*[answer("    return 2 * w * h", 2.0) for _ in range(3)])
    assert main(["rewrite", "area.py", *ASK]) == 0
    assert main(["rewrite", "area.py", *named]) == 1
    error = capsys.readouterr().err
    assert "(0.881 of 0.900)" in error and "note: util.py is another file\n" in error
    assert main(["rewrite", "area.py", *named, "--confidence", "0"]) == 0


def test_what_is_to_be_renamed_and_lies_outside_is_not_asked_for(script, capsys):
    engine = script(answer("    return h * w"))
    assert main(["rewrite", "area.py", "--lines", "2", "--ask", "rename area in main.py"]) == 1
    error = capsys.readouterr().err
    assert "what is to be changed is not in the region: `area` stands in line 1" in error
    assert "note: main.py is another file" in error and engine.tasks == []


def test_the_largest_model_rewrites_that_is_fetched_and_was_measured_at_it(monkeypatch, tmp_path):
    fetched = set()
    monkeypatch.setattr(choose.load, "is_fetched", lambda folder: folder.name in fetched)
    monkeypatch.setattr(choose, "embedded", lambda name: tmp_path / name)
    (tmp_path / "coder-large").mkdir()
    assert choose.for_rewriting(None) is None
    fetched.add("coder-large")
    assert choose.for_rewriting(None) is None, "it would decline everything"
    (tmp_path / "coder-large" / "rewrite.json").write_text("{}")
    assert choose.for_rewriting(None) == "coder-large"
    assert choose.for_rewriting("coder") == "coder"
