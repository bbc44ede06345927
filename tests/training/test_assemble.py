"""The corpus in one go, on tiny wheels: what is dropped, why, and that everybody drops the same."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from editdiff.errors import InputError
from editdiff.training.corpus.assemble import SCAN, Corpus, read_corpus
from editdiff.training.corpus.report import report

STEP = (
    "def clean_{0}(cage, water):\n    {0} = cage.open() + water * {1}\n    return {0}.close()\n\n\n"
)


def module(*names: str) -> str:
    return "".join(STEP.format(name, i) for i, name in enumerate(names))


KEPT = module("lion", "tiger", "bear", "wolf", "zebra")
SECRET = module("sheep", "goat", "llama", "camel", "ibex")
README = (
    "The zoo has nine cages. Each of them is cleaned twice a day, and nobody knows by whom.\n" * 4
)
WHEELS = {
    "farm": {
        "farm/alone.py": module("cow", "horse", "hen", "duck", "goose"),
        "farm/copied.py": KEPT + "# copied\n",
        "farm/leaked.py": SECRET + "FARM = True\n",
    },
    "park": {
        "park/again.py": module("cow", "horse", "hen", "duck", "goose") + "PARK = True\n",
        "park/rules.md": README,
    },
    "kept": {"kept/cages.py": KEPT},
}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    cache = tmp_path / "cache"
    cache.mkdir()
    entries = []
    for name, files in WHEELS.items():
        path = cache / f"{name}-1.0-py3-none-any.whl"
        metadata = f"Name: {name}\nVersion: 1.0\nLicense-Expression: MIT\n\nShort.\n"
        with zipfile.ZipFile(path, "w") as archive:
            for inside, text in {**files, f"{name}-1.0.dist-info/METADATA": metadata}.items():
                archive.writestr(zipfile.ZipInfo(inside), text)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        split = "heldout" if name == "kept" else "train"
        entries.append(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\nlicence = "MIT"\n'
            f'sha256 = "{digest}"\nsplit = "{split}"\n'
        )
    path = tmp_path / "corpus.toml"
    path.write_text("\n".join(entries))
    return path


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    """The four benchmarks; one of them has the secret."""
    folder = tmp_path / "bench"
    records = {
        "humaneval-infilling": {
            "task_id": "0",
            "prompt": SECRET,
            "canonical_solution": "",
            "suffix": "",
        },
        "humanevalfix": {
            "task_id": "0",
            "prompt": "",
            "buggy_solution": "",
            "canonical_solution": "",
        },
        "condefects": {"id": "0", "buggy": "x = 1\n", "fixed": "x = 2\n"},
        "gsm8k": {"question": "How many?", "answer": "Many."},
    }
    for name, record in records.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "items.jsonl").write_text(json.dumps({"test": "", **record}) + "\n")
    return folder


def read(manifest: Path, benchmarks: Path | None = None) -> Corpus:
    return read_corpus(manifest, manifest.parent / "cache", benchmarks, lambda line: None)


def test_every_file_dropped_has_its_reason(manifest: Path, benchmarks: Path):
    corpus = read(manifest, benchmarks)
    assert [f.path for f in corpus.train] == ["farm/alone.py"]
    assert [f.path for f in corpus.prose] == ["park/rules.md"]
    assert [f.path for f in corpus.heldout] == ["kept/cages.py"]
    assert corpus.prose_heldout == ()
    assert corpus.statistics.left_out == {
        "too short or too long": 3,
        "shares text with a benchmark": 1,
        "near-duplicate of a held-out file": 1,
        "near-duplicate": 1,
    }
    assert corpus.statistics.files == {"farm": 1, "kept": 1}
    assert {(d.dropped.path, d.kept.path) for d in corpus.duplicates} == {
        ("farm/copied.py", "kept/cages.py"),
        ("park/again.py", "farm/alone.py"),
    }


def test_the_same_files_are_dropped_where_the_benchmarks_are_not_at_hand(
    manifest: Path, benchmarks: Path
):
    made = read(manifest, benchmarks)
    assert read(manifest) == made
    written = manifest.with_name(SCAN).read_bytes()
    assert read(manifest, benchmarks) == made
    assert manifest.with_name(SCAN).read_bytes() == written


def test_without_a_scan_nothing_is_claimed(manifest: Path):
    corpus = read(manifest)
    assert corpus.scan is None
    assert "farm/leaked.py" in {f.path for f in corpus.train}
    assert "has not been searched" in report(corpus)


def test_a_scan_of_other_files_is_refused(manifest: Path, benchmarks: Path):
    read(manifest, benchmarks)
    manifest.write_text('exclude = ["park/*"]\n' + manifest.read_text())
    with pytest.raises(InputError, match="other files") as caught:
        read(manifest)
    assert "--benchmarks" in caught.value.hint


def test_a_wrong_licence_stops_the_corpus(manifest: Path):
    manifest.write_text(manifest.read_text().replace('licence = "MIT"', 'licence = "ISC"', 1))
    with pytest.raises(InputError, match="farm"):
        read(manifest)


def test_the_report_names_what_was_dropped_and_what_was_shared(manifest: Path, benchmarks: Path):
    page = report(read(manifest, benchmarks))
    for said in (
        "| farm | 1.0 | training | 1 |",
        "| shares text with a benchmark | 1 |",
        "| farm: farm/copied.py | kept: kept/cages.py | 0.9",
        "| humaneval-infilling/items | 1 | 1 | 1 | 0 |",
        "| gsm8k/items | 1 | 0 | 0 | 0 |",
        "`defclean_sheep(cage,water):",
    ):
        assert said in page


def test_the_shipped_scan_looked_for_every_benchmark_and_is_what_the_page_says():
    from editdiff.training.corpus.benchmark_texts import FORMATS
    from editdiff.training.corpus.contamination import read_scan

    found = read_scan(Path("models") / SCAN)
    assert {b.name.split("/")[0] for b in found.benchmarks} == set(FORMATS)
    page = Path("docs/corpus.md").read_text(encoding="utf-8")
    assert all(f"{package}: {path}" in page for package, path, _ in found.dropped)
