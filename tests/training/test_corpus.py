"""From a manifest of tiny wheels to a model folder that fills a gap: the commands, one after the other."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from editdiff.cli.app import main
from editdiff.errors import InputError
from editdiff.training.corpus import Statistics, fetch, read_manifest, read_sources

AREA = "def area(width, height):\n    return width * height\n\n\n"
FILES = {
    "zoo/area.py": AREA + AREA.replace("area", "surface") * 4,
    "zoo/again.py": AREA + AREA.replace("area", "surface") * 4,
    "zoo/tests/test_area.py": AREA * 6,
    "zoo/short.py": "x = 1\n",
    "zoo/table.py": "x = [" + "1, " * 500 + "]\n",
    "zoo/latin.py": b"# \xe9\n" + b"y = 1\n" * 60,
    "zoo/data.txt": "not Python\n" * 40,
}


def wheel(folder: Path, name: str, files: dict[str, str | bytes]) -> str:
    """Write a wheel; returns its hash."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in files.items():
            archive.writestr(zipfile.ZipInfo(inside), content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    cache = tmp_path / "cache"
    entries = []
    for name, split in (("zoo", "train"), ("kept", "heldout")):
        files = {k.replace("zoo", name): v for k, v in FILES.items()}
        entries.append(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\nlicence = "MIT"\n'
            f'sha256 = "{wheel(cache, name, files)}"\nsplit = "{split}"\n'
        )
    path = tmp_path / "corpus.toml"
    path.write_text('exclude = ["*/tests/*"]\n' + "\n".join(entries))
    return path


def test_each_file_left_out_has_its_reason(manifest: Path) -> None:
    found, statistics = read_manifest(manifest), Statistics()
    wheels = fetch(found, manifest.parent / "cache")
    files = list(read_sources(found, wheels, "train", statistics))
    assert [f.path for f in files] == ["zoo/again.py"]  # area.py has the same text
    assert statistics.left_out == {
        "excluded path": 1,
        "duplicate": 1,
        "too short or too long": 1,
        "generated or minified": 1,
        "not UTF-8": 1,
    }


def test_the_splits_share_no_package(manifest: Path) -> None:
    found = read_manifest(manifest)
    wheels = fetch(found, manifest.parent / "cache")
    assert {f.package for f in read_sources(found, wheels, "train")} == {"zoo"}
    assert {f.package for f in read_sources(found, wheels, "heldout")} == {"kept"}


def test_a_wheel_with_another_hash_is_not_used(manifest: Path) -> None:
    wheel(manifest.parent / "cache", "zoo", {"zoo/other.py": "x = 1\n" * 100})
    with pytest.raises(InputError, match="could not fetch") as caught:
        fetch(read_manifest(manifest), manifest.parent / "cache")
    assert caught.value.hint


@pytest.mark.parametrize("content", [None, "x = ", "", '[[package]]\nname = "a"\n'])
def test_a_broken_manifest_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "corpus.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"corpus\.toml"):
        read_manifest(path)


def test_the_shipped_manifest_is_pinned_and_licensed() -> None:
    packages = read_manifest(Path("models/corpus.toml")).packages
    assert len(packages) <= 40
    assert sum(p.split == "heldout" for p in packages) >= 3
    for p in packages:
        assert len(p.sha256) == 64
        assert p.version
        assert any(word in p.licence for word in ("MIT", "BSD", "Apache")), p.name


RECIPE = """
name = "tiny"
[corpus]
manifest = "{manifest}"
rows = 40
[network]
vocab_size = 300
n_layer = 1
n_embd = 32
n_head = 2
n_kv_head = 1
n_ff = 48
n_copy = 8
max_context = 64
[batch]
tokens = 800
[optim]
steps = 4
warmup = 1
own_samples_every = 2
"""


def test_from_the_manifest_to_a_model_that_fills_a_gap(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, out = tmp_path / "tiny.toml", tmp_path / "out"
    recipe.write_text(RECIPE.format(manifest=manifest))
    common = ["--recipe", str(recipe), "--out", str(out)]
    assert main(["corpus", *common, "--cache", str(tmp_path / "cache")]) == 0
    assert main(["train", *common, "--steps", "2"]) == 0
    assert main(["train", *common]) == 0  # goes on to step 4
    assert "resumed at step 2" in capsys.readouterr().err
    assert (out / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((out / "statistics.json").read_text())["rows"] == 40
    assert main(["export", *common, "--to", str(tmp_path / "model")]) == 0
    source = tmp_path / "area.py"
    source.write_text(AREA)
    options = ["--steps", "4", "--drafts", "2", "--canvas", "8"]
    where = ["infill", str(source), "--lines", "2", "--model", str(tmp_path / "model")]
    assert main([*where, *options]) in (0, 1)  # after four steps a syntax error is no surprise
    assert source.read_text() == AREA


def test_training_without_rows_says_how_to_build_them(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE.format(manifest=manifest))
    assert main(["train", "--recipe", str(recipe), "--out", str(tmp_path / "none")]) == 2
    assert "editdiff corpus" in capsys.readouterr().err
