"""Reports as the tools wrote them; the folder stands for the one that they were run in."""

from pathlib import Path

import pytest

from editdiff.report.diagnostics import Diagnostic, places, read

SAMPLES = Path(__file__).parents[1] / "cases" / "diagnostics"
SHOP = "/builds/shop/"
UNDEFINED = "Undefined name `heigth`"
MISTAKEN = "NameError: name 'heigth' is not defined"


def told(name: str) -> list[tuple[str, int, int | None, str, bool]]:
    """Path in the shop, line, column, rule, whether it is an error."""
    return [
        (found.path.removeprefix(SHOP), found.line, found.column, found.rule, found.error)
        for found in read(SAMPLES / name)
    ]


RUFF = [
    ("my dir/größe.py", 1, 1, "I001", True),
    ("my dir/größe.py", 1, 8, "F401", True),
    ("src/area.py", 1, 8, "F401", True),
    ("src/area.py", 5, 16, "F821", True),
]
NOTEBOOK = ("nb.ipynb", 2, 8, "F401", True)
ESLINT = [
    ("src/b.js", 2, 14, "", True),
    ("src/c.js", 1, 7, "no-unused-vars", False),
    ("src/c.js", 2, 1, "no-undef", True),
    ("src/d.test.js", 2, 1, "no-undef", True),
    ("src/d.test.js", 2, 23, "no-undef", True),
    ("src/d.test.js", 2, 44, "no-undef", True),
    ("src/d.test.js", 2, 71, "no-undef", True),
]
PYRIGHT = [
    ("src/area.py", 5, 16, "reportUndefinedVariable", True),
    ("src/area.py", 9, 12, "reportReturnType", True),
    ("src/area.py", 12, 13, "reportAssignmentType", True),
]
TSC = [("src/a.ts", 1, 7, "TS2322", True), ("src/a.ts", 2, 39, "TS2304", True)]
PYTEST = [
    ("tests/test_area.py", 7, None, "", True),
    ("src/area.py", 5, None, "", True),
    ("tests/test_area.py", 11, None, "", True),
]
FIXTURE = ("tests/test_area.py", 16, None, "", True)
EXPECTED = {
    "ruff.json": [*RUFF[:2], NOTEBOOK, *RUFF[2:]],
    "ruff-full.txt": [*RUFF[:2], NOTEBOOK, *RUFF[2:]],
    "ruff.sarif.json": RUFF,
    "ruff.junit.xml": RUFF,
    "eslint.json": ESLINT,
    "eslint.txt": ESLINT,
    "pyright.json": PYRIGHT,
    "pyright.txt": PYRIGHT,
    "mypy.jsonl": [
        ("my dir/größe.py", 2, 10, "assignment", True),
        ("src/area.py", 5, 5, "no-any-return", True),
        ("src/area.py", 5, 16, "name-defined", True),
        ("src/area.py", 9, 12, "return-value", True),
        ("src/area.py", 12, 13, "assignment", True),
    ],
    "tsc.txt": TSC,
    "tsc-terminal.txt": TSC,
    "gcc-colours.txt": [
        ("src/x.h", 1, 22, "", True),
        ("src/x.h", 1, 22, "", False),
        ("src/x.c", 2, 30, "", True),
        ("src/x.c", 2, 36, "", True),
        ("src/x.c", 2, 22, "-Wunused-variable", False),
        ("src/x.h", 1, 25, "-Wreturn-type", False),
    ],
    "rustc.txt": [("t.rs", 1, 26, "E0308", True)],
    "javac.txt": [("A.java", 1, None, "", True)],
    "pytest.txt": [FIXTURE, *PYTEST],
    "pytest-short.txt": [FIXTURE, *PYTEST],
    "pytest.xml": [*PYTEST, FIXTURE],
    "node.txt": [("m.mjs", 2, 1, "", True), ("m.mjs", 1, 22, "", True)],
    "java.txt": [("com/shop/J.java", 2, None, "", True)],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_report_of_a_tool_is_read_as_it_was_meant(name):
    assert told(name) == EXPECTED[name]


def test_every_sample_is_read_by_a_test():
    assert {file.name for file in SAMPLES.iterdir()} == {*EXPECTED, "jest.xml"}


@pytest.mark.parametrize(
    ("name", "at", "message"),
    [
        ("ruff.json", 4, UNDEFINED),
        ("ruff-full.txt", 4, UNDEFINED),
        ("ruff.sarif.json", 3, UNDEFINED),
        ("ruff.junit.xml", 3, UNDEFINED),
        ("mypy.jsonl", 2, 'Name "heigth" is not defined'),
        ("pyright.txt", 0, '"heigth" is not defined'),
        ("eslint.txt", 2, "'foo' is not defined"),
        ("tsc-terminal.txt", 1, "Cannot find name 'b'."),
        ("gcc-colours.txt", 4, "unused variable ‘unused’"),
        ("rustc.txt", 0, "mismatched types"),
        ("pytest.txt", 1, MISTAKEN),
        ("pytest.txt", 2, MISTAKEN),
        ("pytest-short.txt", 1, MISTAKEN),
        ("pytest.xml", 0, MISTAKEN),
        ("pytest.xml", 3, 'failed on setup with "ValueError: no way'),
        ("node.txt", 0, "Error: bad"),
    ],
)
def test_the_message_is_what_the_tool_says_of_the_place(name, at, message):
    assert read(SAMPLES / name)[at].message == message


def test_a_message_of_several_lines_is_one_line():
    found = read(SAMPLES / "pyright.json")[1]
    assert found.message == (
        'Type "int" is not assignable to return type "str" "int" is not assignable to "str"'
    )
    assert (found.line, found.end_line) == (9, 9)


def test_what_ruff_finds_in_a_notebook_names_the_cell():
    for name in ("ruff.json", "ruff-full.txt"):
        cells = [found.cell for found in read(SAMPLES / name)]
        assert cells == [0, 0, 2, 0, 0]


def test_of_jest_the_own_files_are_found_among_those_of_its_packages():
    found = [each for each in read(SAMPLES / "jest.xml") if "node_modules" not in each.path]
    assert [(each.path, each.line, each.column) for each in found] == [
        (SHOP + "src/d.test.js", 2, 58),
        (SHOP + "src/d.test.js", 2, 89),
        (SHOP + "src/d.test.js", 1, 31),
    ]
    assert [each.message for each in found][1:] == ["Error: bad 3", "Error: bad 3"]


def test_the_output_of_a_test_run_names_each_place_once_and_keeps_its_order():
    text = (SAMPLES / "pytest.txt").read_text(encoding="utf-8")
    assert [(each.path, each.line) for each in places(text + text)] == [
        ("tests/test_area.py", 16),
        ("tests/test_area.py", 7),
        ("src/area.py", 5),
        ("tests/test_area.py", 11),
    ]


def test_a_file_with_a_byte_order_mark_is_read_as_one_without(tmp_path):
    file = tmp_path / "report"
    file.write_bytes(b"\xef\xbb\xbf" + (SAMPLES / "ruff.json").read_bytes())
    assert read(file) == read(SAMPLES / "ruff.json")


def test_a_diagnostic_says_all_that_a_report_says():
    assert read(SAMPLES / "ruff.json")[-1] == Diagnostic(
        SHOP + "src/area.py", 5, UNDEFINED, 16, 5, "F821", True, 0
    )
