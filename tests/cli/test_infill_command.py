import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import editdiff
from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.confidence import DraftCalibration
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine

SOURCE = "def area(width, height):\n    return width + height\n\n\nprint(area(3, 4))\n"
FILLED = SOURCE.replace("+", "*")
LINE = "    return width * height"
PATCH = (
    "--- a/area.py\n"
    "+++ b/area.py\n"
    "@@ -1,5 +1,5 @@\n"
    " def area(width, height):\n"
    "-    return width + height\n"
    "+    return width * height\n"
    " \n"
    " \n"
    " print(area(3, 4))\n"
)
HEAVY = {"torch", "transformers", "sympy"}


@pytest.fixture
def area(tmp_path, monkeypatch) -> Path:
    """A small file in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "area.py"
    path.write_bytes(SOURCE.encode())
    return path


def run_here(path: Path, program: str, *args: str, **more) -> subprocess.Popen[bytes]:
    """Start `editdiff infill` in a real process, after `program` has prepared it."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(editdiff.__file__).parents[1]), *sys.path])
    }
    start = "\nimport sys\nfrom editdiff.cli.app import main\ncode = main(sys.argv[1:])\n"
    command = [sys.executable, "-c", program + start + "\nsys.exit(code)", "infill", *args]
    return subprocess.Popen(command, cwd=path.parent, env=environment, **more)


ORACLE = f"""
from editdiff.cli import infill
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.fakes.oracle import OracleDenoiser
oracle = OracleDenoiser(({LINE!r},), before="def area(width, height):\\n")
infill.choose = lambda *spec: LocalEngine(oracle)
infill.infill_calibration = lambda named: None
"""


def test_a_proposal_is_printed_as_a_patch_and_the_file_stays(area, answer, capsys):
    answer(LINE)
    assert main(["infill", "area.py", "--lines", "2"]) == 0
    assert capsys.readouterr() == (PATCH, "")
    assert area.read_bytes() == SOURCE.encode()


def test_a_span_fills_a_part_of_a_line(area, answer, capsys):
    engine = answer("*")
    assert main(["infill", "area.py", "--span", "2:18-2:19"]) == 0
    assert capsys.readouterr().out == PATCH
    assert engine.tasks[0].gaps[0].slice(engine.tasks[0].text) == "+"


def test_write_applies_the_proposal(area, answer, capsys):
    answer(LINE)
    assert main(["infill", "area.py", "--lines", "2", "--write"]) == 0
    assert capsys.readouterr() == (PATCH, "")
    assert area.read_bytes() == FILLED.encode()


@pytest.mark.parametrize("flags", [[], ["--write"], ["--diff"]], ids=["default", "write", "diff"])
def test_no_edit_says_why_and_leaves_the_file(flags, area, answer, capsys):
    answer("    return (width", "    return [width")
    assert main(["infill", "area.py", "--lines", "2", *flags]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "no edit: each of 2 drafts has a new problem, the best in line 2: syntax error\n"
        "hint: mask a larger or another region, or ask for more drafts\n"
    )
    assert area.read_bytes() == SOURCE.encode()


def test_the_real_loop_runs_behind_the_command(area, monkeypatch, capsys):
    oracle = OracleDenoiser((LINE,), before="def area(width, height):\n")
    monkeypatch.setattr(infill, "choose", lambda *spec: LocalEngine(oracle))
    assert main(["infill", "area.py", "--lines", "2"]) == 0
    assert capsys.readouterr().out == PATCH


def test_a_file_that_changed_meanwhile_is_not_overwritten(area, monkeypatch, capsys):
    class Slow(ScriptedEngine):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            area.write_bytes(b"changed\n")
            yield Draft((LINE,), 0.0, 1)

    monkeypatch.setattr(infill, "choose", lambda *spec: Slow([]))
    assert main(["infill", "area.py", "--lines", "2", "--write"]) == 2
    assert "changed on disk" in capsys.readouterr().err
    assert area.read_bytes() == b"changed\n"


OPTIONS = {
    "--drafts": ("3", "drafts", 3),
    "--steps": ("5", "steps", 5),
    "--threshold": ("0.5", "threshold", 0.5),
    "--temperature": ("0.25", "temperature", 0.25),
    "--canvas": ("16", "canvas", 16),
    "--seed": ("9", "seed", 9),
}


@pytest.mark.parametrize("flag", OPTIONS)
def test_every_option_reaches_the_engine(flag, area, answer):
    engine = answer(LINE)
    value, name, expected = OPTIONS[flag]
    assert main(["infill", "area.py", "--lines", "2", flag, value]) == 0
    (options,) = engine.options
    assert getattr(options, name) == expected != getattr(FillOptions(), name)


def test_without_options_the_engine_has_its_defaults(area, answer):
    engine = answer(LINE)
    main(["infill", "area.py", "--lines", "2"])
    assert engine.options == [FillOptions()]


@pytest.mark.parametrize(("flags", "spec"), [([], None), (["--model", "m"], "m")])
def test_the_model_is_chosen_by_its_flag(flags, spec, area, monkeypatch):
    asked = []
    monkeypatch.setattr(infill, "choose", lambda s, _: asked.append(s) or ScriptedEngine([LINE]))
    assert main(["infill", "area.py", "--lines", "2", *flags]) == 0
    assert asked == [spec]


BAD_FILES = {
    "missing": None,
    "empty": b"",
    "binary": b"\x7fELF\0\0\0\n\n",
    "not UTF-8": "é = 1\nb = 2\n".encode("latin-1"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_cannot_be_edited_is_one_sentence_and_a_hint(kind, area, answer, capsys):
    data = BAD_FILES[kind]
    area.unlink()
    if data is not None:
        area.write_bytes(data)
    engine = answer(LINE)
    assert main(["infill", "area.py", "--lines", "2", "--write"]) == 2
    assert_one_sentence_and_a_hint(capsys)
    assert not engine.tasks
    assert (area.read_bytes() if area.exists() else None) == data


@pytest.mark.parametrize(
    "arguments",
    [
        [".", "--lines", "1"],
        ["area.py"],
        ["area.py", "--lines", "2", "--span", "2:5-2:11"],
        ["area.py", "--lines", "2", "--lines", "1-2"],
        ["area.py", "--span", "2:1-2:5", "--span", "2:5-2:11"],
        ["area.py:2,1-3"],
        ["area.py", "--marker", ""],
        ["area.py", "--marker", "???"],
        ["area.py:2", "--marker", "+"],
        ["area.py:2", "--everywhere"],
        ["area.py", "--marker", " "],
        ["area.py", "--lines", "two"],
        ["area.py", "--lines", "3-2"],
        ["area.py", "--lines", "99"],
        ["area.py", "--span", "2:1"],
        ["area.py", "--span", "2:1-2:99"],
        ["area.py", "--lines", "2", "--steps", "0"],
        ["area.py", "--lines", "2", "--drafts", "0"],
        ["area.py", "--lines", "2", "--threshold", "1.5"],
        ["area.py", "--lines", "2", "--threshold", "nan"],
        ["area.py", "--lines", "2", "--temperature", "-1"],
        ["area.py", "--lines", "2", "--canvas", "33"],
        ["area.py", "--lines", "2", "--seed", "-1"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_sentence_and_a_hint(arguments, area, answer, capsys):
    engine = answer(LINE)
    assert main(["infill", *arguments, "--write"]) == 2
    assert_one_sentence_and_a_hint(capsys)
    assert not engine.tasks
    assert area.read_bytes() == SOURCE.encode()


def assert_one_sentence_and_a_hint(capsys) -> None:
    out, err = capsys.readouterr()
    error, hint = err.splitlines()
    assert out == ""
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")


FILES = {
    "lf": SOURCE.encode(),
    "crlf": SOURCE.replace("\n", "\r\n").encode(),
    "no final newline": SOURCE.encode()[:-1],
    "byte order mark": b"\xef\xbb\xbf" + SOURCE.encode(),
    "emoji": SOURCE.replace("print", "# 😀 é\u2028\nprint").encode(),
}


@pytest.mark.parametrize("name", ["area.py", "my area.py", "größe.py", "sub/area.py"])
@pytest.mark.parametrize("kind", FILES)
def test_git_apply_of_the_patch_is_what_write_writes(
    kind, name, tmp_path, answer, monkeypatch, capfdbinary
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(FILES[kind])
    answer(LINE, LINE)

    assert main(["infill", str(path), "--lines", "2", "--diff"]) == 0
    patch = capfdbinary.readouterr().out
    assert path.read_bytes() == FILES[kind]
    git_apply(patch, tmp_path)
    applied = path.read_bytes()

    path.write_bytes(FILES[kind])
    assert main(["infill", str(path), "--lines", "2", "--write"]) == 0
    assert path.read_bytes() == applied == FILES[kind].replace(b"+", b"*")


def test_the_patch_applies_in_the_folder_where_it_was_made(area, answer, monkeypatch, capfdbinary):
    sub = area.parent / "sub"
    sub.mkdir()
    area = area.rename(sub / "area.py")
    subprocess.run(["git", "init", "-q", str(sub.parent)], check=True)
    monkeypatch.chdir(sub)
    answer(LINE)
    assert main(["infill", "area.py", "--lines", "2", "--diff"]) == 0
    git_apply(capfdbinary.readouterr().out, sub)
    assert area.read_bytes() == FILLED.encode()


def git_apply(patch: bytes, folder: Path) -> None:
    done = subprocess.run(["git", "apply", "-"], input=patch, cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_an_infill_imports_no_torch(area):
    program = ORACLE + "import atexit, sys\natexit.register(lambda: print(*sys.modules))\n"
    process = run_here(area, program, "area.py", "--lines", "2", stdout=subprocess.PIPE)
    out = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 0
    assert out.startswith(PATCH)
    modules = {name.split(".")[0] for name in out.splitlines()[-1].split()}
    assert "numpy" in modules
    assert not HEAVY & modules


def test_an_interrupt_leaves_the_file_and_exits_130(area):
    program = """
from editdiff.cli import infill
class Endless:
    name = "endless"
    def fill(self, task, options):
        import time
        print("working", flush=True)
        time.sleep(60)
        yield
infill.choose = lambda *spec: Endless()
"""
    process = run_here(
        area,
        program,
        *["area.py", "--lines", "2", "--write"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"working\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert area.read_bytes() == SOURCE.encode()


def on_terminal(path: Path, *args: str, **environment: str) -> str:
    """Run in a pseudo-terminal, and return all that was drawn."""
    controller, terminal = pty.openpty()
    set_up = f"import os\nos.environ.update({environment!r})\n"
    process = run_here(
        path, set_up + ORACLE, *args, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    drawn = b""
    while chunk := read_some(controller):
        drawn += chunk
    os.close(controller)
    assert process.wait(timeout=60) == 0
    return drawn.decode()


def read_some(controller: int) -> bytes:
    try:
        return os.read(controller, 4096)
    except OSError:  # the other side has closed: Linux says so with an error
        return b""


def test_on_a_terminal_the_region_resolves_and_the_diff_is_coloured(area):
    drawn = on_terminal(area, "area.py", "--lines", "2", "--write", TERM="xterm", COLUMNS="80")
    assert "░" in drawn
    assert "step 1 · " in drawn
    assert "\x1b[31m-    return width + height" in drawn
    assert "\x1b[32m+    return width * height" in drawn
    assert "steps · " in drawn
    assert "written to area.py" in drawn
    assert area.read_bytes() == FILLED.encode()


def test_diff_is_plain_on_a_terminal_too(area):
    drawn = on_terminal(area, "area.py", "--lines", "2", "--diff", TERM="xterm", COLUMNS="80")
    assert PATCH.replace("\n", "\r\n") in drawn


def test_a_pipe_gets_a_plain_patch_even_where_colour_is_forced(area, answer, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    answer(LINE)
    assert main(["infill", "area.py", "--lines", "2"]) == 0
    assert capsys.readouterr() == (PATCH, "")


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["diff", "json"])
def test_a_full_disk_under_the_output_is_one_sentence_and_a_hint(flags, area):
    arguments = ["area.py", "--lines", "2", *flags]
    with open("/dev/full", "wb") as full:
        process = run_here(area, ORACLE, *arguments, stdout=full, stderr=subprocess.PIPE)
        err = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 2
    assert err.startswith("error: the system refuses: No space left on device\nhint: ")


def test_when_nobody_reads_the_output_the_command_ends_in_silence(area):
    reader, writer = os.pipe()
    os.close(reader)
    process = run_here(
        area, ORACLE, "area.py", "--lines", "2", stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 141


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_closed_stream_is_no_fault(stream, area):
    close = f"import sys\nsys.{stream} = None\n"  # so Python starts without one
    process = run_here(area, close + ORACLE, "area.py", "--lines", "2", "--write")
    assert process.wait(timeout=60) == 0
    assert area.read_bytes() == FILLED.encode()


@pytest.fixture
def measured(monkeypatch):
    """Let the model be as sure of a draft as its share of all drafts says, and decline below one half."""
    asked = []

    def calibration(named):
        asked.append(named)
        return DraftCalibration(0.0, {"share": 1.0}, 0.5)

    monkeypatch.setattr(infill, "infill_calibration", calibration)
    return asked


RIVALS = [Draft((LINE,), -1.0, 1), Draft(("    return 0",), -0.5, 1)]


def test_a_draft_below_the_models_floor_is_declined_and_the_file_stays(
    area, answer, measured, capsys
):
    answer(RIVALS)
    assert main(["infill", "area.py", "--lines", "2", "--write", "--model", "toy"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("no edit: the model is not sure enough of its draft (0.378 of 0.500)\n")
    assert "--confidence 0" in err
    assert area.read_bytes() == SOURCE.encode()
    assert measured == ["toy"]


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("0.3", 0), ("0.4", 1)])
def test_confidence_says_how_sure_a_draft_has_to_be(least, code, area, answer, measured, capsys):
    answer(RIVALS)
    assert main(["infill", "area.py", "--lines", "2", "--confidence", least]) == code
    out, err = capsys.readouterr()
    assert (out == PATCH) == (code == 0)
    assert (f"0.378 of {float(least):.3f}" in err) == (code == 1)


def test_json_tells_the_confidence(area, answer, measured, capsys):
    answer(RIVALS)
    main(["infill", "area.py", "--lines", "2", "--confidence", "0", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["confidence"] == pytest.approx(0.3775, abs=1e-4)


def test_of_several_gaps_none_is_declined(area, answer, measured, capsys):
    answer([Draft((LINE, "print(0)"), -9.0, 1), Draft((LINE, "print(1)"), -1.0, 1)])
    args = ["infill", "area.py", "--lines", "2", "--lines", "5", "--confidence", "1", "--json"]
    assert main(args) == 0
    assert json.loads(capsys.readouterr().out)["confidence"] is None


@pytest.mark.parametrize("wrong", ["1.5", "-0.1", "sure"])
def test_a_confidence_that_is_no_probability_is_refused(wrong, area, answer, capsys):
    engine = answer(LINE)
    assert main(["infill", "area.py", "--lines", "2", "--confidence", wrong]) == 2
    assert "confidence" in capsys.readouterr().err
    assert engine.tasks == []
