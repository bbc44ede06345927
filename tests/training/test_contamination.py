"""The scan for benchmarks, on small benchmarks of our own in the upstream formats."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import InputError
from editdiff.training.corpus.benchmark_texts import Benchmark, read_benchmarks
from editdiff.training.corpus.contamination import Scan, fingerprint, read_scan, scan, trivial
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.corpus.windows import WIDTH, Windows, strip, window_hashes

PROMPT = (
    'def wool(sheep: list[int]) -> int:\n    """ Sum the wool of all sheep, black ones twice. """\n'
)
SOLUTION = "    total = 0\n    for one in sheep:\n        total += one  # grams\n    return total\n"
BUGGY = SOLUTION.replace("+=", "-=")
TEST = (
    "def check(candidate):\n    assert candidate([1, 2, 3]) == 6\n    assert candidate([]) == 0\n"
)
QUESTION = (
    "Anna shears 12 sheep on Monday and half as many on Tuesday. How many sheep has she shorn?"
)
OTHER = "from shop import till\n\n\ndef price(wares):\n    return till.add(wares)\n"


def program(body: str, kind: str = "code") -> SourceFile:
    return SourceFile("zoo", "zoo/wool.py", body, kind)


def benchmark(*texts: str, kind: str = "code") -> Benchmark:
    items = {text: {f"item {i}"} for i, text in enumerate(texts)}
    return Benchmark("wool", kind, len(texts), items)


def looked_up(body: str, *texts: str) -> Scan:
    return scan([program(OTHER), program(body)], [benchmark(*texts)])


def test_a_shared_window_is_found_whatever_the_layout_and_the_comments():
    copied = (PROMPT + SOLUTION).replace("    ", "\t").replace("# grams", "# of wool")
    (hit,) = looked_up(OTHER + copied + OTHER, PROMPT + SOLUTION).hits
    assert (hit.rule, hit.items, hit.boilerplate) == ("60 characters", 1, False)
    assert hit.shared.startswith("defwool(sheep:list[int])->int:")


def test_sixty_characters_are_a_hit_and_fifty_nine_are_not():
    text = "".join(f"a{i}" for i in range(10, 60))
    assert looked_up("z" * 9 + text[:WIDTH] + "z" * 9, text).hits
    assert not looked_up("z" * 9 + text[: WIDTH - 1] + "z" * 9, text).hits


def test_three_lines_are_a_hit_and_two_are_not():
    three = "wool = shear(one)\nfelt = press(wool)\nhats += felt / 2\n"
    (hit,) = looked_up(OTHER + three + OTHER, three).hits
    assert hit.rule == "three lines"
    assert not looked_up(OTHER + three.replace("press", "roll") + OTHER, three).hits


def test_trivial_lines_neither_count_nor_part_the_others():
    three = "wool = shear(one)\nfelt = press(wool)\nhats += felt / 2\n"
    parted = three.replace("\n", "\nelse:\n")
    assert looked_up(parted, three).hits
    common = "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    return None\n"
    assert not looked_up(common, common).hits


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("returnTrue", True),
        ("else:", True),
        ("x+=1", True),
        ("importcollections", True),
        ("fromtypingimportAny,List", True),
        ("if__name__=='__main__':", True),
        ("fromage=3+4", False),
        ("importance=34", False),
        ("returnsheep", False),
        ("foriinrange(n):", False),
    ],
)
def test_what_is_trivial(line, expected):
    assert trivial(line) is expected


def test_ruled_lines_are_counted_apart_and_drop_nothing():
    ruled = f"x = '''\n{'-' * 80}\n'''\n"
    found = looked_up(ruled + "y = 2\n", ruled)
    assert [hit.boilerplate for hit in found.hits] == [True]
    assert not found.dropped
    assert found.benchmarks[0].items_hit == 0


def test_items_that_share_a_program_are_each_hit():
    whole = PROMPT + SOLUTION
    found = scan(
        [program(whole)], [Benchmark("wool", "code", 3, {whole: {"0", "1"}, OTHER: {"2"}})]
    )
    assert (found.benchmarks[0].items, found.benchmarks[0].items_hit) == (3, 2)


def test_prose_is_searched_as_it_is():
    readme = SourceFile("zoo", "README.md", f"# Riddles\n\n{QUESTION}\n", "prose")
    assert scan([readme], [benchmark(QUESTION, kind="prose")]).dropped


def test_code_with_its_comments_in_a_readme_is_found():
    readme = SourceFile("zoo", "README.md", SOLUTION * 2, "prose")
    assert scan([readme], [benchmark(SOLUTION * 2)]).dropped


def test_a_hash_in_a_string_is_no_comment():
    assert strip('x = \'# no\' # yes\ny = """# no\n"""', "code").joined == 'x=\'#no\'y="""#no"""'


@given(st.text(st.sampled_from("ab"), max_size=90), st.text(st.sampled_from("ab"), max_size=90))
def test_windows_are_found_where_they_stand(text, searched):
    held = {text[i : i + WIDTH] for i in range(len(text) - WIDTH + 1)}
    at, hashes = Windows([text]).find(searched)
    expected = [i for i in range(len(searched) - WIDTH + 1) if searched[i : i + WIDTH] in held]
    assert at.tolist() == expected
    assert hashes.tolist() == window_hashes(searched)[expected].tolist()


@given(st.text(min_size=WIDTH, max_size=WIDTH + 20), st.integers(0, 20))
def test_a_window_has_one_hash_wherever_it_stands(text, shift):
    assert window_hashes("x" * shift + text)[shift:].tolist() == window_hashes(text).tolist()


def test_a_scan_survives_its_file(tmp_path: Path):
    made = looked_up(PROMPT + SOLUTION, PROMPT + SOLUTION)
    path = tmp_path / "contaminated.json"
    path.write_text(made.to_json(), encoding="utf-8")
    assert read_scan(path) == made
    assert made.dropped == {("zoo", "zoo/wool.py", program(PROMPT + SOLUTION).sha256)}


@pytest.mark.parametrize("content", [None, "", "{}", '{"benchmarks": [{}], "hits": []}'])
def test_a_damaged_scan_is_named(tmp_path: Path, content: str | None):
    path = tmp_path / "contaminated.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"contaminated\.json") as caught:
        read_scan(path)
    assert "--benchmarks" in caught.value.hint


def test_the_fingerprint_tells_any_change_of_the_files():
    one, two = program("a = 1\n"), program("a = 2\n")
    prints = {fingerprint(files) for files in ([one], [two], [one, two], [two, one], [])}
    assert len(prints) == 5


def write_benchmarks(folder: Path) -> None:
    """One item of each benchmark in its upstream format."""
    middle = len(SOLUTION) // 2
    common = {"prompt": PROMPT, "test": TEST, "task_id": "T/0"}
    cut = {"canonical_solution": SOLUTION[:middle], "suffix": SOLUTION[middle:]}
    tables = {
        "humaneval-infilling/HumanEval-SingleLineInfilling.jsonl.gz": common | cut,
        "humanevalfix/humanevalfix_py.jsonl": common
        | {"buggy_solution": BUGGY, "canonical_solution": SOLUTION},
        "condefects/single.jsonl": {"id": "a/1", "buggy": BUGGY, "fixed": SOLUTION},
        "gsm8k/train.jsonl": {"question": QUESTION, "answer": "She has shorn 18.\n#### 18"},
    }
    for name, record in tables.items():
        data = (json.dumps(record) + "\n").encode()
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


def test_the_upstream_formats_are_read(tmp_path: Path):
    write_benchmarks(tmp_path)
    found = {b.name: b for b in read_benchmarks(tmp_path)}
    assert set(found["humaneval-infilling/HumanEval-SingleLineInfilling"].texts) == {
        PROMPT + SOLUTION,
        TEST,
    }
    assert set(found["humanevalfix/humanevalfix_py"].texts) == {
        PROMPT + BUGGY,
        PROMPT + SOLUTION,
        TEST,
    }
    assert set(found["condefects/single"].texts) == {BUGGY, SOLUTION}
    assert found["gsm8k/train"].kind == "prose"
    assert [b.items for b in found.values()] == [1] * 4


def test_a_missing_benchmark_stops_the_scan(tmp_path: Path):
    write_benchmarks(tmp_path)
    (tmp_path / "gsm8k/train.jsonl").unlink()
    with pytest.raises(InputError, match="gsm8k"):
        read_benchmarks(tmp_path)


@pytest.mark.parametrize("content", ["{", '{"question": "Why?"}', "[]"])
def test_a_record_in_another_format_is_named(tmp_path: Path, content: str):
    write_benchmarks(tmp_path)
    (tmp_path / "gsm8k/train.jsonl").write_text(content)
    with pytest.raises(InputError, match=r"train\.jsonl"):
        read_benchmarks(tmp_path)
