"""Tarballs of the npm registry: sources of many languages, nothing that was built, licences confirmed."""

import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from editdiff.errors import InputError
from editdiff.training.adapter.corpus import Corpus, Mixture
from editdiff.training.corpus import npm
from editdiff.training.corpus.licences import PERMISSIVE, check_licence, identifiers
from editdiff.training.corpus.quality import built
from editdiff.training.corpus.sources import EVERY, Statistics, fetch, read_manifest, read_sources

AREA = "// Areas of the cages in the zoo.\nfunction area(width, height) {\n  return width * height\n}\n\n"
FILES = {
    "src/room.ts": AREA.replace("width, height", "width: number, height: number") * 4,
    "lib/area.js": AREA * 4,
    "README.md": "Cages have a floor. The floor has two sides, which are measured in metres.\n" * 4,
    "native/cage.h": "namespace zoo {\nint area(int width, int height);\n}\n" * 8,
    "run.py": "x = 1\n" * 60,
    "dist/area.js": AREA * 5,
    "lib/area.min.js": AREA * 6,
    "lib/area.d.ts": AREA * 7,
    "test/area.js": AREA * 8,
    "lib/compiled.js": 'Object.defineProperty(exports, "__esModule", { value: true })\n' + AREA * 9,
    "lib/joined.js": "var a=1;" * 200 + "\n",
    "lib/long.js": ("a(b,c);" * 20 + "\n") * 20,
}


def tarball(folder: Path, name: str, files: dict[str, str], **package: object) -> str:
    """Write a tarball, its members in another order than by path; its hash."""
    folder.mkdir(exist_ok=True)
    path = folder / npm.file_name(name, "1.0.0")
    with tarfile.open(path, "w:gz") as archive:
        told = {"package.json": json.dumps({"name": name, **package})}
        for inside, text in sorted({**files, **told}.items(), reverse=True):
            member = tarfile.TarInfo(f"package/{inside}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    entries = []
    for name, split in (("@zoo/keeper", "train"), ("kept", "heldout")):
        sha256 = tarball(tmp_path / "cache", name, FILES, license="MIT")
        entries.append(
            f'[[package]]\nname = "{name}"\nversion = "1.0.0"\nlicence = "MIT"\nregistry = "npm"\n'
            f'sha256 = "{sha256}"\nsplit = "{split}"\n'
        )
    path = tmp_path / "corpus.toml"
    path.write_text('exclude = ["*/test/*"]\n' + "\n".join(entries))
    return path


def test_sources_are_read_in_order_and_what_was_built_is_not(manifest: Path) -> None:
    found, statistics = read_manifest(manifest, EVERY), Statistics()
    archives = fetch(found, manifest.parent / "cache")
    files = list(read_sources(found, archives, "train", statistics, ("code", "prose")))
    assert [(f.path, f.language, f.kind) for f in files] == [
        ("zoo-keeper-1.0.0/README.md", "markdown", "prose"),
        ("zoo-keeper-1.0.0/lib/area.js", "javascript", "code"),
        ("zoo-keeper-1.0.0/native/cage.h", "cpp", "code"),
        ("zoo-keeper-1.0.0/src/room.ts", "typescript", "code"),
    ]
    assert files[0].package == "@zoo/keeper"
    assert statistics.left_out == {
        "too short or too long": 1,  # package.json
        "excluded path": 1,
        "built from other files": 1,
        "generated or minified": 2,
    }


def test_what_reads_python_alone_passes_over_these_packages(manifest: Path) -> None:
    assert read_manifest(manifest).packages == ()


def test_an_adapter_reads_all_of_it_and_says_what_it_was(manifest: Path) -> None:
    corpus = Corpus.of(manifest, manifest.parent / "cache", judged=True)
    assert len(corpus.train) == len(corpus.heldout) == 4
    told = corpus.told(Mixture(several=0.3))
    assert (told["files"], told["packages"], told["several"]) == (4, 1, 0.3)
    scan = {"scanned": "", "files": 0, "characters": 0, "benchmarks": [], "hits": []}
    hit = corpus.train[1]
    scan["hits"] = [
        {
            "package": hit.package,
            "path": hit.path,
            "sha256": hit.sha256,
            "benchmark": "b",
            "items": 1,
        }
        | {"rule": "three lines", "shared": "", "boilerplate": False}
    ]
    (manifest.parent / "contaminated.json").write_text(json.dumps(scan))
    clean = Corpus.of(manifest, manifest.parent / "cache", judged=False)
    assert hit not in clean.train and len(clean.train) == 3
    assert clean.told(Mixture())["sha256"] != told["sha256"]


def test_a_licence_that_package_json_does_not_confirm_ends_it(manifest: Path) -> None:
    sha256 = tarball(manifest.parent / "cache", "kept", FILES, license="GPL-3.0-only")
    before = manifest.read_text().split("sha256")
    manifest.write_text("sha256".join([*before[:2], f' = "{sha256}"\nsplit = "train"\n']))
    with pytest.raises(InputError, match=r"license of kept-1\.0\.0\.tgz says GPL-3\.0-only"):
        Corpus.of(manifest, manifest.parent / "cache", judged=False)


@pytest.mark.parametrize(
    ("package", "licence"),
    [
        ({"license": "(MIT OR Apache-2.0)"}, "MIT OR Apache-2.0"),
        ({"license": {"type": "BSD-3-Clause"}}, "BSD-3-Clause"),
        ({"licenses": [{"type": "MIT"}, {"type": "ISC"}]}, "MIT OR ISC"),
    ],
)
def test_licences_in_their_older_forms(tmp_path: Path, package: dict, licence: str) -> None:
    tarball(tmp_path, "zoo", {}, **package)
    assert check_licence("zoo", licence, tmp_path / "zoo-1.0.0.tgz")


@pytest.mark.parametrize(
    "package", [{}, {"license": "SEE LICENSE IN FILE"}, {"license": "MIT AND GPL-2.0"}]
)
def test_a_licence_that_is_missing_or_another_is_refused(tmp_path: Path, package: dict) -> None:
    tarball(tmp_path, "zoo", {}, **package)
    with pytest.raises(InputError):
        check_licence("zoo", "MIT", tmp_path / "zoo-1.0.0.tgz")


def npm_that(monkeypatch: pytest.MonkeyPatch, folder: Path, does: str) -> None:
    """Put a script in the place of npm."""
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{does}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_what_is_missing_is_fetched_by_npm(manifest: Path, tmp_path, monkeypatch) -> None:
    cache = manifest.parent / "cache"
    (cache / "kept-1.0.0.tgz").rename(tmp_path / "kept-1.0.0.tgz")
    npm_that(
        monkeypatch, tmp_path / "bin", f'echo "$@" > {tmp_path}/told; cp {tmp_path}/*.tgz {cache}'
    )
    assert set(fetch(read_manifest(manifest, EVERY), cache)) == {"@zoo/keeper", "kept"}
    told = (tmp_path / "told").read_text()
    assert "kept@1.0.0" in told and "keeper" not in told and "--ignore-scripts" in told


def test_another_tarball_than_that_of_the_manifest_is_not_used(manifest, tmp_path, monkeypatch):
    tarball(manifest.parent / "cache", "kept", {"lib/other.js": AREA}, license="MIT")
    npm_that(monkeypatch, tmp_path / "bin", "exit 0")
    with pytest.raises(InputError, match=r"kept 1\.0\.0 is not what the manifest says"):
        fetch(read_manifest(manifest, EVERY), manifest.parent / "cache")


def test_npm_that_fails_or_is_missing_is_told(manifest, tmp_path, monkeypatch) -> None:
    (manifest.parent / "cache" / "kept-1.0.0.tgz").unlink()
    npm_that(monkeypatch, tmp_path / "bin", "echo 'npm error code E404' >&2; exit 1")
    with pytest.raises(InputError, match="npm could not fetch the corpus: npm error code E404"):
        fetch(read_manifest(manifest, EVERY), manifest.parent / "cache")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="is not installed") as caught:
        fetch(read_manifest(manifest, EVERY), manifest.parent / "cache")
    assert "Node.js" in caught.value.hint


def test_encoded_data_is_no_source() -> None:
    lines = subprocess.run(["head", "-c", "6000", "/dev/urandom"], capture_output=True).stdout.hex()
    assert built(AREA * 20) is None
    dense = "".join(chr(33 + (int(lines[i : i + 2], 16) % 90)) for i in range(0, 10_000, 2))
    assert (
        built("\n".join(dense[i : i + 70] for i in range(0, len(dense), 70)))
        == "generated or minified"
    )


def test_the_shipped_packages_are_pinned_licensed_and_held_out_in_part() -> None:
    packages = read_manifest(Path("models/corpus.toml"), EVERY).packages
    assert len({p.name for p in packages}) == len(packages), "archives are kept by name"
    of_npm = [p for p in packages if p.registry == "npm"]
    assert sum(p.split == "heldout" for p in of_npm) >= 5 < len(of_npm)
    for p in of_npm:
        assert len(p.sha256) == 64 and p.version
        assert identifiers(p.licence) <= PERMISSIVE, p.name
