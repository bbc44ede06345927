"""Ctrl-C in the middle, and no terminal at all."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

import editdiff

SOURCE = b"def area(width, height):\n    return width + height\n"
LINE = "    return width * height"
PATIENCE = 60
"""Seconds."""
START = f"""
import os, sys, time
from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.local.engine import LocalEngine
from editdiff.engines.fakes.oracle import OracleDenoiser

class Slow(OracleDenoiser):
    def propose(self, cache, canvas):
        if seconds := float(os.environ["SECONDS_A_STEP"]):
            print("denoising", file=sys.stderr, flush=True)
            time.sleep(seconds)
        return super().propose(cache, canvas)

slow = Slow(({LINE!r},), before={SOURCE.decode().split("    ")[0]!r}, confidence=0.5)
infill.choose = lambda *spec: LocalEngine(slow)
infill.infill_calibration = lambda named: None
"""
RUN = "sys.exit(main(['infill', 'area.py:2', '--write']))"
IN_A_TERMINAL = """
import fcntl, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C is a signal
"""


@pytest.fixture
def area(tmp_path) -> Path:
    path = tmp_path / "area.py"
    path.write_bytes(SOURCE)
    return path


def start(area: Path, program: str, seconds_a_step: float = 0, **more) -> subprocess.Popen[bytes]:
    """Start the command with the real loop over a denoiser as slow as told."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(editdiff.__file__).parents[1]), *sys.path]),
        "SECONDS_A_STEP": str(seconds_a_step),
    }
    environment |= more.pop("env", {})
    command = [*more.pop("wrapper", ()), sys.executable, "-c", START + program]
    return subprocess.Popen(command, cwd=area.parent, env=environment, **more)


def as_it_was(area: Path, before: os.stat_result) -> bool:
    """Whether the file is untouched, and alone in its folder."""
    now = area.stat()
    return (area.read_bytes(), now.st_mtime_ns, now.st_mode, os.listdir(area.parent)) == (
        SOURCE,
        before.st_mtime_ns,
        before.st_mode,
        ["area.py"],
    )


def test_an_interrupt_between_two_steps_ends_in_silence(area):
    before = area.stat()
    process = start(area, RUN, 30, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert process.stderr.readline() == b"denoising\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert as_it_was(area, before)


def test_ctrl_c_gives_the_terminal_back_as_it_was(area):
    before = area.stat()
    controller, side = pty.openpty()
    settings = termios.tcgetattr(side)
    process = start(
        area,
        IN_A_TERMINAL + RUN,
        0.2,
        **dict.fromkeys(("stdin", "stdout", "stderr"), side),
        env={"TERM": "xterm"},
    )
    drawn = read_until(controller, b"step 1 ")
    os.write(controller, b"\x03")
    assert process.wait(timeout=PATIENCE) == 130
    drawn += read_rest(controller)
    after = termios.tcgetattr(side)
    os.close(side)
    os.close(controller)
    assert after == settings
    assert b"Traceback" not in drawn
    assert drawn.count(b"\x1b[?25l") == 1  # the cursor was hidden
    assert drawn.rfind(b"\x1b[?25h") > drawn.rfind(b"\x1b[?25l")
    shown = drawn[drawn.rfind(b"step ") :]
    assert shown.count(b"\x1b[2K") >= 3, "the view is erased"
    assert as_it_was(area, before)


def read_until(controller: int, word: bytes) -> bytes:
    deadline, drawn = time.monotonic() + PATIENCE, b""
    while word not in drawn:
        ready, _, _ = select.select([controller], [], [], deadline - time.monotonic())
        assert ready, drawn
        drawn += os.read(controller, 4096)
    return drawn


def read_rest(controller: int) -> bytes:
    drawn = b""
    while select.select([controller], [], [], 0)[0]:
        drawn += os.read(controller, 4096)
    return drawn


@pytest.mark.parametrize(
    ("closed", "term"), [((), "dumb"), ((0,), "xterm"), ((0, 1), "xterm"), ((0, 1, 2), "dumb")]
)
def test_without_a_terminal_nothing_is_asked_drawn_or_missed(closed, term, area):
    redirect = " ".join(f"{stream}>&-" for stream in closed)
    process = start(
        area,
        RUN,
        wrapper=("sh", "-c", f'exec "$@" {redirect}', "sh"),
        env={"TERM": term},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    assert (b"+" + LINE.encode() in out) is (1 not in closed)
    assert b"\x1b" not in out
    assert area.read_bytes() == SOURCE.replace(b"+", b"*")


def test_on_a_dumb_terminal_nothing_is_redrawn(area):
    controller, side = pty.openpty()
    streams = {"stdin": subprocess.DEVNULL, "stdout": side, "stderr": side}
    process = start(area, RUN, **streams, env={"TERM": "dumb"})
    assert process.wait(timeout=PATIENCE) == 0
    drawn = read_rest(controller)
    os.close(side)
    os.close(controller)
    assert b"+" + LINE.encode() in drawn
    assert b"\x1b" not in drawn
