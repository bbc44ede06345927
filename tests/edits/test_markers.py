import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.enclosing import enclosing
from editdiff.edits.markers import MARKERS, by_signs, find_markers
from editdiff.text.markup import parse
from editdiff.text.span import Span


def found(marked: str, language: str = "python", markers: tuple[str, ...] = MARKERS) -> bool:
    """Whether exactly what is marked is found, by the grammar as by the signs of strings and comments."""
    case = parse(marked)
    ways = (by_signs, enclosing)
    return all(find_markers(case.text, markers, language, way).gaps == case.spans for way in ways)


@pytest.mark.parametrize(
    "marked",
    [
        "x = «???»\n",
        "f(«???», «???»)\r\ny = «???»",
        'print("???")\n# ???\ny = «???»',
        'def f():\n    """Is this\n    ???\n    """\n    return «???»  # \'\n',
        "f = '''\\''' ???''' + «???»\n",
        'print("really???")',
        "what????\n",
        "x = a???\n",
        "x = 1  # why ???\n",
        "s = '#'; x = «???»  # ???\n",
        "don't = «???»\n",
    ],
)
def test_question_marks_count_outside_comments_where_they_touch_nothing(marked):
    assert found(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "def f():\n    «...»\n",
        "def f():\n    «...»  \r\n",
        'def f():\n    """And so on\n    ...\n    """\n    «...»\n',
        "«...»",
        "x: Tuple[int, ...]\n",
        "def f(): ...\n",
        "....\n",
        "x[...]\n",
        ">>> for x in y:\n...     x\n...\n",
    ],
)
def test_three_dots_count_alone_on_their_line(marked):
    assert found(marked)


def test_the_end_of_a_yaml_document_is_no_marker():
    assert found("a: 1\n...\n", "yaml")


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("python", "    «# TODO: fill»\n"),
        ("python", "x = 1  «# TODO: fill in the rest, see f(x) ???»\ny"),
        ("python", "x = 'TODO: fill'\n"),
        ("python", "x = '# TODO: fill'\n"),
        ("python", "# TODO: filled\n"),
        ("python", "# see TODO: fill\n"),
        ("c", "int x = /* TODO: fill */ 1;\n".replace("/*", "«/*").replace("*/", "*/»")),
        ("c", "x(); «// TODO: fill»\r\n"),
        ("c", "/* TODO: fill\n*/\n"),
        ("shellscript", "echo ${#x} «# TODO: fill»\n"),
        ("html", "<p>«<!-- TODO: fill -->»</p>\n"),
        ("c", "/* see\n // TODO: fill\n*/ int x; «// TODO: fill»\n"),
        ("python", 'x = \'a\\\'# TODO: fill\'\n"""\n# TODO: fill\n"""\n'),
        ("latex", "x «% TODO: fill the proof»  \n"),
        ("json", '{"a": "TODO: fill"}\n'),
        ("unheard-of", "«// TODO: fill»\n«# TODO: fill»\n"),
    ],
)
def test_words_count_in_a_comment_with_its_sign_and_the_rest_of_its_line(language, marked):
    assert found(marked, language)


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("javascript", "const a = `\n???\n${b}`;\n/* \n ??? */ let c = «???»;\n"),
        ("c", "/* is\n * it ???\n */\nint x = «???»; // ???\n"),
        ("rust", "fn f<'a>(x: &'a str) { «???» } // it's '???'\n"),
        ("json", '{"a": "???", "b": «???»}\n'),
        ("yaml", "a: '???'\nb: «???» # ???\n"),
        ("markdown", 'He said "«???»".\n'),
        ("", "it's «???» isn't it\n"),
    ],
)
def test_strings_and_comments_are_those_of_the_language(language, marked):
    assert found(marked, language)


def test_a_marker_with_quotation_marks_is_asked_for_in_a_string():
    assert found('f(«"???"», "really ???", «"???"»)\n', markers=('"???"',))


def test_places_in_strings_are_told_apart_and_words_are_not():
    text = "x = ??? # ???\ns = '??? ???'\nt = 'TODO: fill'\n"
    marked = find_markers(text, language="python")
    assert marked.gaps == (Span(4, 7),)
    assert [span.start for span in marked.left] == [10, 19, 23]


def test_the_user_chooses_the_markers():
    text = "x = @@ + ???  # FIXME now\n...\n"
    spans = find_markers(text, ("@@", "FIXME"), "python").gaps
    assert [span.slice(text) for span in spans] == ["@@", "# FIXME now"]
    assert find_markers(text, ("", "  "), "python").gaps == ()


PIECES = st.sampled_from(
    [*MARKERS, "@", "?", ".", "#", "//", "/*", "*/", "'", '"', "\\", " ", "x", "\n", "\r", "\r\n", "\f", "\u2028"]
)  # fmt: skip
LANGUAGES = st.sampled_from(["python", "c", "html", "json", "latex", "", "other"])


@given(
    st.lists(PIECES, max_size=30).map("".join), LANGUAGES, st.sampled_from([by_signs, enclosing])
)
def test_markers_are_disjoint_in_order_inside_the_text_and_within_a_line(text, language, way):
    spans = find_markers(text, (*MARKERS, "@"), language, way).gaps
    ends = [0, *(span.end for span in spans)]
    for span, end in zip(spans, ends, strict=False):
        assert end <= span.start < span.end <= len(text)
        assert not {"\n", "\r"} & set(span.slice(text))
        assert any(marker in span.slice(text) for marker in (*MARKERS, "@"))
