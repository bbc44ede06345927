"""Make a release: wheel, source archive and VS Code plugin of the last commit, and try the wheel in an empty place.

`make release` runs it with the development tools. Nothing is uploaded. The archives are made of what git
has, never of what else lies around, and come to dist/ only when everything has passed:

1. the source archive builds the same wheel as the commit, byte for byte: it is complete, and building
   depends on neither place nor time;
2. the wheel carries what tests/test_wheel.py lists;
3. installed with the dependencies of `[cpu]` alone, outside the repository, it passes tests/smoke;
4. with either build of onnxruntime it fills alike, without one or with both it says what to do (.ci/runtimes.py);
5. the plugin carries that very wheel, and knows its hash. `make test-editor` tries a plugin in VS Code.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
PIP = ("pip", "--disable-pip-version-check", "-qq")
ALONE = """
import sysconfig
from importlib.util import find_spec
editdiff = find_spec("editdiff")
assert editdiff and editdiff.origin, "editdiff is not installed"
assert editdiff.origin.startswith(sysconfig.get_path("purelib")), editdiff.origin
assert find_spec("torch") is None, "the installation brings torch along"
"""
"""Run in the empty place: that it is empty, but for the wheel and what it needs."""


def main() -> int:
    """Build, check, install, try; return the exit code."""
    began = time.perf_counter()
    try:
        with TemporaryDirectory(prefix="editdiff-release-") as folder:
            archives, installed = make(Path(folder))
            DIST.mkdir(exist_ok=True)
            handed_out = [Path(shutil.copy(archive, DIST)) for archive in archives]
    except subprocess.CalledProcessError as error:
        print(f"no release: this failed: {shlex.join(error.cmd)}", file=sys.stderr)
        return 1
    for archive in handed_out:
        print(line(archive))
    print(f"installed with what it needs on a CPU: {installed / 1e6:.0f} MB")
    print(f"the smoke tests passed; {time.perf_counter() - began:.0f} s in all")
    return 0


def make(place: Path) -> tuple[list[Path], int]:
    """Return wheel, source archive and plugin, tried, and the bytes of the environment they were tried in."""
    with step("exporting the last commit"):
        tree = export(place / "commit")
    with step("building source archive and wheel, and the wheel again from the archive"):
        wheel, source = build(tree, place)
    with step("checking what the wheel carries"):
        named = {"WHEEL": str(wheel)}
        run(sys.executable, "-m", "pytest", "-q", "tests/test_wheel.py", cwd=tree, **named)
    with step("installing the wheel in an empty place"):
        python = install(wheel, tree / "constraints.txt", place / "environment")
        size = size_of(place / "environment")
    with step("trying it there"):
        smoke(python, tree, place / "empty")
    with step("trying it with no, either and both builds of onnxruntime"):
        run(sys.executable, ".ci/runtimes.py", str(wheel), cwd=tree)
    with step("packing the plugin around it"):
        plugin = pack(wheel, tree / "vscode-extension", place)
    return [wheel, source, plugin], size


def export(tree: Path) -> Path:
    """Write the files of the last commit into a new folder, and return it."""
    status = ("git", "status", "--porcelain", "--untracked-files=no")
    if subprocess.run(status, cwd=ROOT, check=True, capture_output=True).stdout:
        print("what is not committed is left out")
    archive = tree.with_suffix(".tar")
    run("git", "archive", "--output", str(archive), "HEAD")
    return unpack(archive, tree)


def build(tree: Path, place: Path) -> tuple[Path, Path]:
    """Build wheel and source archive; stop when the archive does not make the same wheel."""
    hatch = (sys.executable, "-m", "hatchling", "build")
    run(*hatch, "-t", "sdist", "-t", "wheel", "-d", str(place / "built"), cwd=tree)
    [wheel], [source] = (place / "built").glob("*.whl"), (place / "built").glob("*.tar.gz")
    [again] = unpack(source, place / "source").iterdir()
    run(*hatch, "-t", "wheel", "-d", str(place / "again"), cwd=again)
    if not filecmp.cmp(wheel, place / "again" / wheel.name, shallow=False):
        raise SystemExit("no release: the source archive builds another wheel than the commit")
    return wheel, source


def install(wheel: Path, constraints: Path, environment: Path) -> Path:
    """Install the wheel and what it needs into a new virtual environment; return its Python."""
    run(sys.executable, "-m", "venv", str(environment))
    python = environment / "bin" / "python"
    run(str(python), "-I", "-m", *PIP, "install", "-c", str(constraints), f"{wheel}[cpu]")
    run(str(python), "-I", "-m", *PIP, "check")
    return python


def smoke(python: Path, tree: Path, empty: Path) -> None:
    """Run the smoke tests where neither the repository nor the exported commit can be imported."""
    empty.mkdir()
    run(str(python), "-I", "-c", ALONE, cwd=empty)
    pinned = ("-c", str(tree / "constraints.txt"))
    run(str(python), "-I", "-m", *PIP, "install", *pinned, "pytest")
    shutil.copytree(tree / "tests/smoke", empty / "smoke")
    settings = empty / "pytest.ini"  # the project's own speak of plugins that are not there
    settings.write_text(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config\n"
    )
    options = ("-q", "-p", "no:cacheprovider", "-c", str(settings))
    run(str(python), "-I", "-m", "pytest", *options, "--rootdir", str(empty), "smoke", cwd=empty)


def pack(wheel: Path, extension: Path, place: Path) -> Path:
    """Pack the VS Code plugin with the wheel inside; stop when it carries another, or another hash."""
    run(
        "npm",
        "ci",
        "--ignore-scripts",
        "--loglevel=error",
        "--no-audit",
        "--no-fund",
        cwd=extension,
    )
    version = wheel.name.split("-")[1]
    plugin = place / f"editdiff-{version}.vsix"
    options = ("--wheel", str(wheel), "--out", str(plugin))
    run("npm", "run", "--silent", "package", "--", *options, cwd=extension)
    with zipfile.ZipFile(plugin) as archive:
        carried = archive.read(f"extension/wheel/{wheel.name}")
        code = archive.read("extension/out/extension.js").decode()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if hashlib.sha256(carried).hexdigest() != digest or digest not in code:
        raise SystemExit("no release: the plugin carries another wheel than was tried")
    return plugin


def run(*command: str, cwd: Path = ROOT, **variables: str) -> None:
    """Run a command, its output shown.

    Raises:
        subprocess.CalledProcessError: when it fails.
    """
    subprocess.run(command, cwd=cwd, env=os.environ | variables, check=True)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a tar file into a new folder, and return it."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def size_of(folder: Path) -> int:
    """Count the bytes of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def line(archive: Path) -> str:
    """Name a file with its size and its SHA-256."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return f"{archive.relative_to(ROOT)}  {archive.stat().st_size / 1e6:.1f} MB  sha256 {digest}"


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(f"{name} …", flush=True)
    began = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
