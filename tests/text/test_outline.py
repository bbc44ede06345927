"""The definitions of a file that another one names, briefly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.outline import SHORT, mentioned, words

MODULE = '''\
"""A module."""

import os

LIMIT = 3


@decorated
def area(width, height):
    return width * height


class Room(Base):
    """A room.

    It has walls.
    """

    walls: int = 4

    def __init__(
        self,
        width: int,
    ) -> None:
        self.width = width
        self.area = area(width, width)

    @property
    def wide(self) -> bool:
        return self.width > LIMIT


def last():
    pass
'''


def test_a_short_definition_is_shown_whole():
    shown = "@decorated\ndef area(width, height):\n    return width * height"
    assert mentioned(MODULE, [{"area"}], "python") == shown
    assert mentioned(MODULE, [{"LIMIT", "last"}], "python") == "LIMIT = 3\ndef last():\n    pass"


def test_of_a_long_class_what_can_be_called_is_shown():
    shown = mentioned(MODULE, [{"Room"}], "python")
    assert shown is not None and shown.split("\n") == [
        "class Room(Base):",
        "    walls: int = 4",
        "    def __init__(",
        "        self,",
        "        width: int,",
        "    ) -> None:",
        "    @property",
        "    def wide(self) -> bool:",
    ]


def test_of_a_long_function_its_header_is_shown():
    body = "".join(f"    x = {i}\n" for i in range(SHORT + 3))
    assert (
        mentioned(f"def f(\n    a: int,\n):\n{body}", [{"f"}], "python")
        == "def f(\n    a: int,\n):"
    )


def test_what_is_named_in_the_first_collection_comes_first():
    shown = mentioned(MODULE, [{"last"}, {"LIMIT", "last"}], "python")
    assert shown == "def last():\n    pass\nLIMIT = 3"


def test_a_file_of_which_nothing_is_named_has_nothing_to_tell():
    assert mentioned(MODULE, [{"os", "width"}], "python") == ""


def test_what_a_module_hands_on_is_no_definition():
    assert mentioned("__all__ = ['a']\na = 1\n", [{"__all__", "a"}], "python") == "a = 1"


def test_a_file_in_a_language_without_known_definitions_has_no_outline():
    assert mentioned("int area;\n", [{"area"}], "c") is None
    assert mentioned("# area\n", [{"area"}], "markdown") is None


def test_scripts_have_outlines_too():
    body = "".join(f"    x({i});\n" for i in range(SHORT))
    text = (
        "import a from './a'\n"
        "export interface Room {\n  width: number;\n}\n"
        f"export default async function f(a: number): Room {{\n{body}}}\n"
        f"class Wall {{\n  high = 1;\n\n  paint(a) {{\n{body}  }}\n}}\n"
        "const g = (x) => x;\n"
    )
    assert (
        mentioned(text, [{"Room"}], "typescript") == "export interface Room {\n  width: number;\n}"
    )
    shown = mentioned(text, [{"f"}], "typescript")
    assert shown is not None and "x(1)" not in shown and shown.startswith("export default async")
    shown = mentioned(text, [{"Wall"}], "javascript")
    assert shown is not None and shown.split("\n")[:3] == [
        "class Wall {",
        "  high = 1;",
        "  paint(a) {",
    ]
    assert "x(1)" not in shown
    assert mentioned(text, [{"g"}], "javascript") == "const g = (x) => x;"


@pytest.mark.parametrize(
    ("language", "text", "name", "header"),
    [
        ("go", "func (r *Room) Wide() bool {\n%s}\n", "Wide", "func (r *Room) Wide() bool {"),
        (
            "rust",
            "pub(crate) async fn wide(r: &Room) -> bool {\n%s}\n",
            "wide",
            "pub(crate) async fn wide",
        ),
        ("rust", "pub const WIDE: u8 = 3;\n", "WIDE", "pub const WIDE: u8 = 3;"),
    ],
)
def test_other_languages_have_outlines_too(language, text, name, header):
    body = "".join(f"    x({i});\n" for i in range(SHORT))
    shown = mentioned(text.replace("%s", body), [{name}], language)
    assert shown is not None and shown.startswith(header) and "x(1)" not in shown


def test_of_a_long_struct_the_fields_are_shown():
    fields = "".join(f"    x{i}: u8,\n" for i in range(SHORT))
    shown = mentioned(f"struct Room {{\n{fields}}}\n", [{"Room"}], "rust")
    assert shown == f"struct Room {{\n{fields}}}"


@given(st.text("defclas x=():@\n \t'\"{}#", max_size=80), st.sampled_from(["python", "typescript"]))
def test_what_is_shown_of_any_text_are_lines_of_it(text, language):
    shown = mentioned(text, [words(text)], language)
    assert shown is not None
    assert set(shown.split("\n")) <= {*text.split("\n"), ""}
