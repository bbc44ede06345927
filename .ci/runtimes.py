"""Try a wheel with every build of onnxruntime, in environments of their own: python .ci/runtimes.py WHEEL.

`make release` runs it. Without a build, editdiff says how to get one. With `[cpu]` and with `[gpu]`, whether there
is a GPU or not, the built-in model writes the same texts with the same scores, and nothing is said besides. Where
both builds were installed it is told, and the command lines that are told mend it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"
MISSING, DAMAGED = "which is not installed", "are missing or replaced"
FILLS = """
import inspect
from importlib import import_module
from random import Random
import editdiff
drawn = Random(0)
for name in ("textwrap", "shlex", "json.decoder", "queue", "bisect"):
    path = inspect.getsourcefile(import_module(name))
    document = editdiff.Document.from_bytes(open(path, "rb").read(), path)
    lines = [line for line in document.text.split("\\n") if len(line.strip()) > 8]
    for line in drawn.sample(lines, 2):
        start = document.text.index(line)
        gap = editdiff.Span(start, start + len(line))
        outcome = editdiff.infill(document, [gap], editdiff.choose(), checkers=[editdiff.SyntaxChecker()])
        if isinstance(outcome, editdiff.Proposal):
            print(ascii(outcome.edits), outcome.effort.score, outcome.effort.nfe)
        else:
            print(outcome.reason)
"""
"""Fills lines of the standard library and prints what came of them, but for the time."""
SIZE = """
import sys
from pathlib import Path
files = [path for path in Path(sys.prefix).rglob("*") if not path.is_dir()]
print(sum(path.lstat().st_size for path in files))
"""
"""Counts the bytes of an environment."""


def main(wheel: Path) -> int:
    """Try every build; return the exit code."""
    with TemporaryDirectory(prefix="editdiff-runtimes-") as folder:
        place = Path(folder)
        none = environment(place / "none", f"{wheel}")
        cpu = environment(place / "cpu", f"{wheel}[cpu]")
        gpu = environment(place / "gpu", f"{wheel}[gpu]")
        for name, python in (("none", none), ("[cpu]", cpu), ("[gpu]", gpu)):
            print(f"  {name}: {int(said(python, SIZE)[1]) / 1e6:.0f} MB", flush=True)
        refuses(none, MISSING)
        texts = fills(cpu)
        expect(fills(gpu) == texts, "with [gpu] it fills otherwise than with [cpu]")
        pip(gpu, f"{wheel}[cpu]")  # over the other build, as pip allows
        follow(refuses(gpu, DAMAGED))
        expect(fills(gpu) == texts, "the environment is not mended")
    print(
        f"  {texts.count(chr(10))} fills are the same with either build, and after mending",
        flush=True,
    )
    return 0


def environment(folder: Path, requirement: str) -> Path:
    """Make a virtual environment with a requirement, at the pinned versions; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip(python, requirement)
    return python


def pip(python: Path, requirement: str) -> None:
    """Install a requirement at the pinned versions."""
    quiet = ("-qq", "--disable-pip-version-check", "-c", str(CONSTRAINTS))
    subprocess.run([python, "-I", "-m", "pip", "install", *quiet, requirement], check=True)


def said(python: Path, program: str) -> tuple[int, str, str]:
    """Run a program there; return its exit code, and what it wrote to standard output and to standard error."""
    done = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def fills(python: Path) -> str:
    """What comes of filling some lines, without a word besides."""
    code, texts, noise = said(python, FILLS)
    expect(code == 0 and not noise, f"filling failed or was noisy: {noise}")
    return texts


def refuses(python: Path, reason: str) -> str:
    """Return the hint of the error with which filling ends."""
    demo = (python, "-I", "-m", "editdiff", "demo")
    done = subprocess.run(demo, capture_output=True, text=True)
    expect(done.returncode == 2 and reason in done.stderr, f"another end: {done.stderr}")
    return done.stderr.split("hint: ")[1]


def follow(hint: str) -> None:
    """Run the command lines of a hint, as its reader would."""
    for line in re.findall("`(.+?)`", hint):
        subprocess.run([*shlex.split(line), "-q", "--disable-pip-version-check"], check=True)


def expect(holds: bool, otherwise: str) -> None:
    """Stop with a sentence when something does not hold."""
    if not holds:
        raise SystemExit(otherwise)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
