"""What holds for the grammar of every language; a new one is added to SAMPLES."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check import grammars
from editdiff.check.base import new_problems
from editdiff.check.grammars import GRAMMARS, Grammar
from editdiff.check.syntax import SyntaxChecker
from editdiff.errors import MissingDependencyError
from editdiff.text.document import Document
from editdiff.text.language import EDITOR_NAMES, INTERPRETERS, NAMES, SUFFIXES
from editdiff.text.markup import parse

SAMPLES = {
    "c": ('#include "a.h"\nint f(int *x) { return x[0]; } // 😀\n', "// 😀\nint f( {\n"),
    "cpp": (
        "template <class T> auto f(T&& x) { return [&] { return x; }; }\n",
        "// 😀\nclass A {\n",
    ),
    "css": (
        "@media (min-width: 1px) { a:hover { color: #fff } } /* 😀 */\n",
        "/* 😀 */ a { color: \n",
    ),
    "go": (
        "package a\n\nfunc f() (int, error) { return 1, nil }\n",
        "package a // 😀\nfunc f( {\n",
    ),
    "html": ("<!doctype html>\n<p>😀<br><b>x</b>\n<script>a < b</script>\n", "<i>😀</i><p id=>\n"),
    "java": ("class A<T> { T f(T x) { return x; } } // 😀\n", "// 😀\nclass A { int x = ; }\n"),
    "javascript": ("const f = async (x) => `${x?.y}😀`;\n", "// 😀\nfunction f( {\n"),
    "javascriptreact": ("const f = <p a={1}>😀</p>;\n", "/* 😀 */ const f = <p>;\n"),
    "json": ('{"a": [1, null, "😀"]}\n', '{"😀": [1,}\n'),
    "jsonc": ('// 😀\n{"a": 1 /* b */}\n', '// 😀\n{"a" 1}\n'),
    "python": ("async def f(x, /): return f'{x=}😀'\n", "# 😀\ndef f(:\n  pass\n"),
    "rust": ("fn f<'a>(x: &'a str) -> u8 { 1 } // 😀\n", "// 😀\nfn f() { let x = ; }\n"),
    "shellscript": ('if [[ $a ]]; then cat <<E | b "${c:-😀}"\nx\nE\nfi\n', "# 😀\nif a; then b\n"),
    "toml": ('[a]\nb = [1, "😀"]\nc = 1979-05-27\n', "# 😀\n[a\nb = 1\n"),
    "typescript": ("type A<T> = { [k in keyof T]?: <U>(x: U) => T };\n", "// 😀\nlet x: = 1\n"),
    "typescriptreact": ("const f = <p a={1 as number}>😀</p>;\n", "// 😀\nconst f = <p>;\n"),
    "yaml": ("a: # 😀\n  - [1, {b: c}]\nd: |\n  - - x\n---\n- &e 'f'\n", "a: 😀\nb: [1, 2\n"),
}
"""Language to a text that it takes and one that is broken after an emoji."""

every_language = pytest.mark.parametrize("language", GRAMMARS)
CHECKER = SyntaxChecker()


def found(text, language):
    return CHECKER.check(Document("", text, language=language))


def test_every_grammar_has_samples():
    assert set(SAMPLES) == set(GRAMMARS)


@every_language
def test_every_grammar_is_the_language_of_some_file(language):
    assert language in SUFFIXES.values()


def test_only_prose_and_sql_are_known_by_name_and_have_no_grammar():
    tables = (SUFFIXES, NAMES, INTERPRETERS, EDITOR_NAMES)
    named = {language for table in tables for language in table.values() if language}
    assert named - set(GRAMMARS) == {"latex", "markdown", "sql"}
    assert not any(CHECKER.supports(language) for language in ("latex", "markdown", ""))


@every_language
@pytest.mark.parametrize("change", [("", ""), ("\n", "\r\n"), ("😀", "")], ids=repr)
def test_a_valid_text_has_no_problems(language, change):
    assert CHECKER.supports(language)
    assert found(SAMPLES[language][0].replace(*change), language) == []
    assert found("", language) == []


@every_language
def test_a_broken_text_has_problems_inside_it_and_after_its_emoji(language):
    text = SAMPLES[language][1]
    problems = found(text, language)
    assert problems
    assert all(problem.source == "syntax" and problem.message for problem in problems)
    assert all(text.index("😀") < problem.span.end <= len(text) for problem in problems)


@every_language
def test_spans_count_an_emoji_as_one(language):
    text = SAMPLES[language][1]
    assert found(text, language) == found(text.replace("😀", "x"), language)


@every_language
def test_a_draft_that_breaks_a_valid_text_brings_new_problems(language):
    good, bad = (Document("", text, language=language) for text in SAMPLES[language])
    assert new_problems(CHECKER, good, bad)
    assert not new_problems(CHECKER, bad, good)


@every_language
@settings(max_examples=10, deadline=None)
@given(st.data())
def test_no_text_stops_the_check_or_has_problems_outside_it(language, data):
    pieces = [
        "(",
        "{",
        "[",
        "<",
        "</",
        '"',
        "`",
        "'",
        "- ",
        "\r",
        "\n ",
        "\t",
        "😀",
        "\x0c",
        "#",
        ":",
    ]
    words = st.sampled_from([*pieces, *SAMPLES[language]])
    text = "".join(data.draw(st.lists(words, max_size=12)))
    assert all(problem.span.end <= len(text) for problem in found(text, language))


@pytest.mark.parametrize(
    ("language", "marked", "message"),
    [
        ("html", "<p>😀«</b>»</p>\n", "erroneous end tag"),
        ("json", '{"😀": 1«,»}', "syntax error"),
        ("typescript", "/* 😀 */ interface A {«»", "missing }"),
        ("shellscript", "a=😀 $(ls«»", "missing )"),
    ],
)
def test_a_problem_is_where_the_text_went_wrong(language, marked, message):
    expected = parse(marked)
    (problem,) = found(expected.text, language)
    assert (problem.span,) == expected.spans
    assert problem.message == message


@pytest.mark.parametrize(
    ("language", "text"),
    [("css", "@media (width > 1px) { a { b: c } }\n"), ("shellscript", "cat <<E; b\nx\nE\n")],
)
def test_right_text_that_a_grammar_does_not_know_bars_no_edit_elsewhere(language, text):
    assert found(text, language)  # the grammar's fault; when this fails, mend the docstring too
    before, after = (Document("", text + end, language=language) for end in ("", "\n"))
    assert new_problems(CHECKER, before, after) == []


def test_jsx_is_told_from_type_assertions():
    assert found("x = <T>y;\n", "typescript") == []
    assert found("x = <T>y;\n", "typescriptreact")


@pytest.mark.parametrize(
    "text",
    [
        "- " * 254 + "x",
        "? - " * 127 + "x",
        "\n".join(" " * column + "a:" for column in range(254)),
        "\r".join(" " * 2 * column + "- " for column in range(64)) + "- " * 200,
    ],
)
def test_yaml_that_would_kill_the_process_is_a_problem_of_the_whole_text(text):
    (problem,) = found(text, "yaml")
    assert (problem.span.start, problem.span.end) == (0, len(text))
    assert "nested too deeply" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "- " * 120 + "x\n",
        "\n".join(" " * column + "a:\n" + " " * column + "-" for column in range(120)),
        "a: |\n  " + "-" * 500 + " a:b-c " * 500,
        "a: b # " + "c" * 500,
        "- a: - b\n" * 500,
    ],
)
def test_other_yaml_is_parsed(text):
    assert all("deeply" not in problem.message for problem in found(text, "yaml"))


def test_the_deepest_yaml_that_is_parsed_leaves_the_process_alive():
    # two levels for every column, the most that `too_deep` lets pass; in a process of its own
    text = "\n".join(f"{' ' * column}a:\n{' ' * column}-" for column in range(120))
    program = (
        "import sys; from editdiff.check.syntax import SyntaxChecker\n"
        "from editdiff.text.document import Document\n"
        "problems = SyntaxChecker().check(Document('', sys.stdin.read(), language='yaml'))\n"
        "sys.exit(any('deeply' in problem.message for problem in problems))"
    )
    for tail in ["\n", " |\n", " x\n", " 'x\n"]:
        subprocess.run([sys.executable, "-c", program], input=text + tail, text=True, check=True)


@pytest.fixture
def fresh():
    """Nothing is remembered of the grammars, before and after."""
    grammars.load.cache_clear()
    yield
    grammars.load.cache_clear()


@pytest.mark.parametrize("module", ["tree_sitter_rust", "tree_sitter"])
def test_without_its_wheel_a_language_is_not_supported(monkeypatch, fresh, module):
    monkeypatch.setitem(sys.modules, module, None)
    assert not CHECKER.supports("rust")
    assert CHECKER.supports("go") == (module == "tree_sitter_rust")


def test_without_its_wheel_a_text_is_not_taken_for_clean(monkeypatch, fresh):
    monkeypatch.setitem(sys.modules, "tree_sitter_rust", None)
    with pytest.raises(MissingDependencyError, match="needs tree_sitter_rust") as caught:
        found("fn f() {}", "rust")
    assert caught.value.hint == "pip install tree-sitter tree-sitter-rust"


@pytest.mark.parametrize("grammar", [Grammar("math", "nope"), Grammar("tree_sitter_go", "foreign")])
def test_a_wheel_that_does_not_fit_is_as_good_as_none(monkeypatch, grammar):
    import tree_sitter_go

    def foreign():
        raise ValueError("Incompatible Language version 99")

    monkeypatch.setattr(tree_sitter_go, "foreign", foreign, raising=False)
    monkeypatch.setitem(GRAMMARS, "klingon", grammar)
    assert not CHECKER.supports("klingon")
    with pytest.raises(MissingDependencyError, match="do not fit") as caught:
        found("x", "klingon")
    assert "--upgrade tree-sitter" in caught.value.hint


def test_only_the_grammar_in_question_is_loaded():
    program = (
        "import sys; from editdiff.check.syntax import SyntaxChecker\n"
        "from editdiff.text.document import Document\n"
        "SyntaxChecker().check(Document('', '{}', language='json'))\n"
        "print(*(name for name in sys.modules if name.startswith('tree_sitter_')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert {name.split(b".")[0] for name in done.stdout.split()} == {b"tree_sitter_json"}
