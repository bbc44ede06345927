"""Whole parts of texts, and their names, in many languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.anatomy import TextAnatomist
from editdiff.check.grammars import GRAMMARS
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.span import Span

ANATOMIST = TextAnatomist()


def document(path: str, text: str) -> Document:
    return Document(path, text, language=language_of(path))


def pieces(path: str, text: str, size: int = 4, most: int = 8, region: Span | None = None):
    here = document(path, text)
    found = ANATOMIST.pieces(here, region or Span(0, len(text)), size, most)
    return [span.slice(text) for span in found]


@pytest.mark.parametrize(
    ("path", "text", "closed"),
    [
        ("a.py", "x = y\n", True),
        ("a.py", "from os import *\nx = y\n", False),
        ("a.ipynb", "x = y\n", False),
        ("a.js", "x = y\n", False),
        ("a.md", "x\n", False),
    ],
)
def test_of_python_alone_it_is_known_that_a_name_is_bound_nowhere(path, text, closed):
    language = "python" if path == "a.ipynb" else language_of(path)  # the code of a cell
    assert ANATOMIST.anatomy(Document(path, text, language=language)).closed == closed


def test_targets_nested_deep_are_read_to_their_end():
    deep = "for " + "[" * 5000 + "a" + "]" * 5000 + " in b:\n    print(a)\n"
    assert all(name.known for name in ANATOMIST.anatomy(document("a.py", deep)).names[-1:])


METHODS = '''\
import a

class A:
    """Words."""
    n = 1

    @property
    def f(self):
        return 1

    # of g
    def g(self):
        x = 1
        y = 2
        return x

def h():
    return 2
'''


def test_functions_and_methods_are_parts_with_what_leads_them():
    assert [text.split("\n")[0].strip() for text in pieces("a.py", METHODS)] == [
        "import a", "class A:", "@property", "# of g", "def h():",
    ]  # fmt: skip


def test_small_parts_side_by_side_are_one():
    found = pieces("a.py", "a = 1\nb = 2\nc = 3\n\nd = 4\n\n\n\ne = 5\n", size=5)
    assert found == ["a = 1\nb = 2\nc = 3\n\nd = 4", "e = 5"]


def test_what_is_longer_than_the_limit_is_cut_at_its_statements():
    body = "".join(f"    x{n} = {n}\n" for n in range(12))
    found = pieces("a.py", f"def f():\n{body}\n\nb = 1\n", size=4, most=8)
    assert all(text.count("\n") < 8 for text in found) and len(found) == 5
    assert found[0].startswith("def f():") and found[-1] == "b = 1"


def test_what_opens_a_long_part_stands_with_what_is_in_it():
    body = "".join(f"        x{n} = {n}\n" for n in range(12))
    head = (
        "def f(\n    g,\n):\n    @a\n    @b(\n        1,\n    )\n    def h(\n        c,\n    ):\n"
    )
    text = f"{head}{body}    return h\n"
    found = pieces("a.py", text, size=4, most=12)
    assert [part.split("\n")[-1].strip() for part in found] == ["):", "x11 = 11", "return h"]
    assert found[0].startswith("def f(")


def test_a_text_that_has_no_parts_stays_one_however_long():
    assert pieces("a.py", 'x = """' + "a\n" * 20 + '"""\n') == ['x = """' + "a\n" * 20 + '"""']


@pytest.mark.parametrize(
    ("path", "text", "heads"),
    [
        ("a.js", "class A {\n  f() {\n    return 1\n  }\n\n  g() {\n    return 2\n  }\n}\n",
         ["class A {", "g() {"]),
        ("a.rs", "impl A {\n    /// F.\n    fn f() {\n        1;\n    }\n\n    fn g() {\n        2;\n    }\n}\n",
         ["impl A {", "fn g() {"]),
        ("a.cpp", "namespace n {\nclass A {\n int f() {\n  return 1;\n }\n int g() {\n  return 2;\n }\n};\n}\n",
         ["namespace n {", "int g() {"]),
        ("a.go", "package m\n\nfunc F() {\n\tx()\n}\n\nfunc G() {\n\ty()\n}\n",
         ["package m", "func F() {", "func G() {"]),
        ("a.json", '{\n  "a": 1,\n  "b": [\n    1,\n    2\n  ],\n  "c": 3\n}\n', ["{", '"b": [', '"c": 3']),
        ("a.md", "# A\n\nText.\n\n## B\n\n```sh\n# no heading\n\nx\n```\n\n- one\n\n  more\n\ntwo\n",
         ["# A", "## B", "```sh", "- one", "two"]),
        ("a.txt", "one\ntwo\nthree\n\n\nfour\nfive\n", ["one", "four"]),
    ],
)  # fmt: skip
def test_parts_in_other_languages(path, text, heads):
    most = 6 if path == "a.json" else 8
    assert [part.split("\n")[0].strip() for part in pieces(path, text, most=most)] == heads


def test_only_the_region_is_cut():
    start, end = METHODS.index("    @property"), METHODS.index("    # of g")
    assert pieces("a.py", METHODS, region=Span(start, end - 1)) == [METHODS[start:end].rstrip()]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_do_not_matter(newline):
    found = pieces("a.py", METHODS.replace("\n", newline))
    assert [part.replace(newline, "\n") for part in found] == pieces("a.py", METHODS)


SOME = st.text("ab(){}:\n\r =#\"'é\t;<>", max_size=60)
PATHS = ("a.py", "a.js", "a.ts", "a.go", "a.rs", "a.java", "a.c", "a.cpp", "a.sh", "a.css", "a.html", "a.json",
         "a.yaml", "a.toml", "a.md", "a.txt")  # fmt: skip


@given(SOME, st.sampled_from(PATHS))
def test_pieces_are_apart_and_in_order_and_without_a_grammar_hold_every_word(text, path):
    here = document(path, text)
    spans = ANATOMIST.pieces(here, Span(0, len(text)), 3, 5)
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start for end, span in zip(ends, spans, strict=False))
    taken = "".join(span.slice(text) for span in spans)
    assert path not in ("a.md", "a.txt") or taken.count("é") == text.count("é")


@given(SOME, st.sampled_from(PATHS))
def test_names_stand_where_they_are_said_to(text, path):
    told = ANATOMIST.anatomy(document(path, text))
    for name in told.names:
        assert name.text in name.span.slice(text) or path == "a.md"
        assert name.seen.end <= len(text)


def test_every_grammar_has_names():
    texts = {"html": '<p id="a"></p>', "css": ".a {}", "json": '{"a": 1}', "jsonc": '{"a": 1}', "yaml": "a: 1\n",
             "toml": "a = 1\n", "shellscript": "a=1\n", "go": "package a\nvar a = 1\n", "rust": "fn a() {}\n",
             "java": "class a {}\n", "c": "int a;\n", "cpp": "int a;\n", "python": "a = 1\n"}  # fmt: skip
    for language in GRAMMARS:
        told = ANATOMIST.anatomy(
            Document("x", texts.get(language, "let a = 1\n"), language=language)
        )
        assert "a" in {name.text for name in told.names}, language


def names(text: str, path: str = "a.py") -> dict[str, list[str]]:
    """Kinds and roles of each name, in order."""
    found: dict[str, list[str]] = {}
    for name in ANATOMIST.anatomy(document(path, text)).names:
        told = name.kind or name.role
        found.setdefault(name.text, []).append(told if name.known else f"{told}?")
    return found


def test_names_of_python():
    told = names(
        "import os.path, json as js\nfrom m import a as b\n\n\nclass A(B):\n    n: int = 1\n\n"
        "    def f(self, x, *y, z=1):\n        self.n = x\n        for i in y:\n            print(i, z=missing)\n"
        '        return {"key": js}\n'
    )
    assert told["os"] == ["import"] and told["js"] == ["import", "read"] and told["b"] == ["import"]
    assert (
        told["A"] == ["definition"] and told["n"] == ["member", "member"] and told["B"] == ["read?"]
    )
    assert told["x"] == ["parameter", "read"] and told["y"] == ["parameter", "read"]
    assert told["z"] == ["parameter", "keyword"] and told["i"] == ["passing", "read"]
    assert told["missing"] == ["read?"] and told["key"] == ["key"] and told["print"] == ["read"]


def test_names_of_typescript():
    told = names(
        "import d, { a as b } from 'm'\nexport class A {\n  q = 1\n  m({ y }: T, ...r: U[]) {\n"
        "    const v = this.q + this.w + y\n    return { v, k: r }\n  }\n}\n",
        "a.ts",
    )
    assert told["d"] == ["import"] and told["b"] == ["import"] and told["A"] == ["definition"]
    assert told["q"] == ["member", "member"] and told["w"] == ["member?"] and told["k"] == ["key"]
    assert told["v"] == ["variable", "key", "read"] and told["r"] == ["parameter", "read"]


@pytest.mark.parametrize(
    ("path", "text", "name", "parameters", "required", "opened"),
    [
        ("a.py", "def f(a, b=1, *, c): ...", "f", ("a", "b", "c"), 2, False),
        ("a.py", "def f(a: int, *b, **c): ...", "f", ("a", "b", "c"), 1, True),
        ("a.py", "class A:\n    def f(self, a): ...", "f", ("a",), 1, False),
        ("a.py", "class A:\n    def __init__(self, a): ...", "A", ("a",), 1, False),
        ("a.js", "function f(a, b = 1) {}", "f", ("a", "b"), 1, False),
        ("a.js", "const f = (a, ...b) => a", "f", ("a", "b"), 1, True),
        ("a.ts", "function f(a: number, b?: string) {}", "f", ("a", "b"), 1, False),
        ("a.go", "package m\nfunc f(a, b int, c ...string) {}", "f", ("a", "b", "c"), 2, True),
        ("a.rs", "impl A { fn f(&self, a: u8) {} }", "f", ("a",), 1, False),
        ("a.java", "class A { int f(int a, String b) { return 1; } }", "f", ("a", "b"), 2, False),
        ("a.c", "int f(int a, char *b) { return 1; }", "f", ("a", "b"), 2, False),
        ("a.c", "int f(void) { return 1; }", "f", (), 0, False),
    ],
)
def test_signatures(path, text, name, parameters, required, opened):
    (told,) = ANATOMIST.anatomy(document(path, text)).signatures
    assert (told.name, told.parameters) == (name, parameters)
    assert (told.required, told.open) == (required, opened)


def test_what_a_caller_has_to_know():
    def kind(text: str) -> str:
        return ANATOMIST.anatomy(document("a.py", text)).signatures[0].kind

    assert kind("def f():\n    return 1") == "returns"
    assert kind("def f():\n    return") == "" == kind("def f():\n    def g():\n        return 1")
    assert kind("async def f():\n    yield 1") == "async yields"
    assert kind("class A:\n    @property\n    def f(self):\n        return 1") == "property returns"


def test_calls():
    told = ANATOMIST.anatomy(
        document("a.py", "f(1, b=2)\na.g(*c)\nh(x for x in y)\nf()(3)\n")
    ).calls
    assert [(c.name, c.arguments, c.keywords, c.open, c.member) for c in told] == [
        ("f", 2, ("b",), False, False), ("g", 1, (), True, True), ("h", 1, (), False, False),
        ("f", 1, (), False, False), ("f", 0, (), False, False),
    ]  # fmt: skip


def test_a_text_that_is_nested_too_deeply_has_parts_by_blank_lines():
    deep = "".join(" " * n + f"a{n}:\n" for n in range(200)) + "\nb: 1\n"
    assert (
        len(pieces("a.yaml", deep)) == 2 and ANATOMIST.anatomy(document("a.yaml", deep)).calls == ()
    )
