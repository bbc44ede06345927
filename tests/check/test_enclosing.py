import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.enclosing import CODE_IN_STRINGS, COMMENTS, STRINGS, UNPARSED, enclosing
from editdiff.check.grammars import GRAMMARS, load
from editdiff.edits.markers import find_markers
from editdiff.text.markup import parse
from editdiff.text.span import Span


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("python", "s = f'{«???»} ???'\nt = f'''\n???{f(x, «???»)}'''\n"),
        ("python", "x = «???»\ns = r'\\\\' + '???' + rb'???'\ny = «???» # don't ???\n"),
        ("python", '"""\n???\n"""\nclass A(«???»):\n    "???"\n'),
        ("javascript", "let a = `???${«???»}???`, r = /'/, b = «???»; // '???'\n"),
        ("javascriptreact", "a = <p title=\"???\">don't {/* ??? */} «???» isn't {«???»}</p>;\n"),
        ("java", 'String s = """\n ??? "\n """; int x = «???»; /* ??? */\n'),
        ("rust", 'let s = r#""???"#; let x: &\'a str = «???»; /* /* */ ??? */\n'),
        ("go", "package a\nvar s = `\\` + «???» + `???` // ???\n"),
        ("cpp", 'auto s = R"x(" ???)x" + «???»; // \\\n ???\n'),
        ("c", '#define A "???" «???» // ???\nint x = «???»;\n'),
        ("css", 'a { content: "???"; color: «???»; } /* ??? */\n'),
        ("shellscript", "x=«???»\necho \"??? $(f «???») ${z:-«???»}\" '???' # ???\n"),
        ("shellscript", "cat <<E\n'???\nE\nx=«???»\n"),
        ("shellscript", "cat <<E\n???\nE\nx=«???»\n"),
        ("toml", "a = «???» # ???\nb = '''\n???\n'''\n"),
        ("yaml", "a: it's ??? # ???\nb: '???'\nc: «???»\nd: [x, «???»]\n"),
        ("yaml", "e:\n  - «???»\nf: |\n  ???\n  x ???\ng: «???»\n"),
        ("html", "<!-- ??? --><a href='???' title=\"x ???\">don't «???»</a>\n"),
        ("json", '{"a": "\\"???", "b": «???»}\n'),
    ],
)
def test_a_grammar_tells_strings_and_comments_where_signs_alone_do_not(language, marked):
    case = parse(marked)
    assert find_markers(case.text, ["???"], language, enclosing).gaps == case.spans


def test_what_is_to_be_filled_does_not_change_how_the_rest_is_read():
    text = "f(<#it's#>, '<#it's#>', <#it's#>)  # <#it's#>\n"
    spans = find_markers(text, ["<#it's#>"], "python", enclosing).gaps
    assert [span.start for span in spans] == [2, 24]


def test_a_marker_that_is_a_comment_or_string_of_its_own_stays_one():
    text = "x = 1  # fill\ns = '# fill'\ny = '''\n# fill\n''' # don't\n"
    assert find_markers(text, ["# fill"], "python", enclosing).gaps == (Span(7, 13),)


def test_nothing_is_told_without_a_grammar_or_of_a_text_that_is_too_deep_for_it():
    assert enclosing("'???'", "", [Span(1, 4)]) is None
    assert enclosing("'???'", "markdown", [Span(1, 4)]) is None
    deep = "".join(" " * depth + "a:\n" for depth in range(200)) + "'???'"
    assert enclosing(deep, "yaml", [Span(len(deep) - 4, len(deep) - 1)]) is None


def test_every_type_of_node_is_one_of_a_grammar():
    kinds = set()
    for grammar in GRAMMARS.values():
        loaded = load(grammar)
        kinds |= {loaded.node_kind_for_id(number) for number in range(loaded.node_kind_count)}
    assert kinds >= STRINGS | COMMENTS | CODE_IN_STRINGS | UNPARSED


PIECES = st.sampled_from(
    ["@@", "é", "😀", "'", '"', '"""', "#", "\\", "{", "}", "f", " ", "\n", "\r", "//"]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(sorted(GRAMMARS)))
def test_what_is_told_holds_the_place_in_code_points(text, language):
    places = [Span(at, at + 2) for at in range(len(text)) if text.startswith("@@", at)]
    around = enclosing(text, language, places)
    assert around is not None
    for place, literal in zip(places, around, strict=True):
        if literal:
            assert 0 <= literal.start <= place.start < literal.end <= len(text)
