"""Whether parts that were changed one by one fit each other: what is left out, and when nothing may be changed."""

import re

import pytest

from editdiff.check.anatomy import TextAnatomist
from editdiff.edits.consistent import Consistency
from editdiff.edits.long_rewriting import fitting
from editdiff.text.document import Document
from editdiff.text.edit import TextEdit
from editdiff.text.language import language_of
from editdiff.text.span import Span

SHOP = """\
import json

LIMIT = 40
%%
class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.items = []
%%
    def add(self, item, count=1):
        if count > LIMIT:
            raise ValueError(item)
        self.items.append((item, count))
%%
    def total(self, prices):
        result = 0
        for item, count in self.items:
            result += prices["unit"] * count
        return result
%%
def load(path):
    with open(path) as file:
        return json.load(file)
%%
def main():
    basket = Basket("Ann")
    basket.add("tea", count=2)
    prices = load("unit")
    print(basket.total(prices))
"""


def tried(text: str, changes: list[tuple[int, str, str]], ask="x", path="a.py"):
    """The parts that stay changed, why others do not, and why none may; `old -> new` in a part, counted from 0."""
    parts = text.split("%%\n")
    whole, spans, edits = "".join(parts), [], {}
    for part in parts:
        start = spans[-1].end + 1 if spans else 0
        spans.append(Span(start, start + len(part) - 1))
    for number, old, new in changes:
        now = edits[number].text if number in edits else spans[number].slice(whole)
        assert re.search(old, now), (old, now)
        edits[number] = TextEdit(spans[number], re.sub(old, new, now))
    document = Document(path, whole, language=language_of(path))
    assert whole == document.text
    return fitting(Consistency(TextAnatomist(), document, ask, spans), edits)


FITS = [
    ("a local name", [(5, r"\bprices\b", "costs")]),
    ("two local names", [(5, r"\bbasket\b", "b"), (4, r"\bfile\b", "f")]),
    ("type hints", [(2, "item, count=1", "item: str, count: int = 1"), (3, "prices", "prices: dict")]),
    ("a docstring", [(4, "def load.*\n", 'def load(path):\n    """Read prices."""\n')]),
    ("another default", [(2, "count=1", "count=2")]),
    ("one more optional parameter", [(2, "count=1", "count=1, note=''")]),
    ("a comprehension", [(3, r"(?s)result = 0.*", "return sum(prices['unit'] * n for _, n in self.items)")]),
    ("a private helper", [(4, "def load", "def _read(file):\n    return json.load(file)\n\n\ndef load")]),
    ("an import that is used further down",
     [(0, "import json", "import json\nimport logging"), (5, "print", "logging.info")]),
    ("a name that changes everywhere", [(4, "load\\(path", "read(path"), (5, "load", "read")]),
    ("a member that changes everywhere",
     [(1, "items", "lines"), (2, "self.items", "self.lines"), (3, "self.items", "self.lines")]),
    ("a constant that changes everywhere", [(0, "LIMIT", "MOST"), (2, "LIMIT", "MOST")]),
    ("a parameter that is given everywhere",
     [(2, "count=1", "note, count=1"), (5, '"tea", count=2', '"tea", "", count=2')]),
    ("a function inside of another one",
     [(4, "return json.load\\(file\\)", "return (lambda f, g: json.load(f))(file, 1)")]),
    ("an f-string", [(2, "raise ValueError\\(item\\)", 'raise ValueError(f"too many: {item}")')]),
]  # fmt: skip
ASKED = "rename load to read, items to lines, LIMIT to MOST, give add a note"


@pytest.mark.parametrize(("what", "changes"), FITS)
def test_what_fits_stays(what, changes):
    kept, unfit, broken = tried(SHOP, changes, ASKED)
    assert (unfit, broken) == ({}, "")
    assert set(kept) == {number for number, *_ in changes}


UNFIT = [
    ("a name that nothing says", [(4, "path", "path: Optional[str]")], 4, "`Optional`"),
    ("an object is made otherwise", [(1, "def __init__", "def __str__")], 1, "`__init__` is gone"),
    ("an import for nothing", [(4, "def load", "import sys\n\n\ndef load")], 4, "`sys`"),
    ("a part of a type that nothing says", [(4, "path", "path: list[Path]")], 4, "`Path`"),
    ("a member that nothing says", [(3, "self.items", "self.lines")], 3, "`lines`"),
    ("an argument that nobody takes", [(5, '"tea"', 'item="tea", size=3')], 5, "`add`"),
    ("too many arguments", [(5, r"total\(prices", "total(prices, 3")], 5, "`total`"),
    ("what stands there already", [(4, "def load", "LIMIT = 3\n\n\ndef load")], 4, "`LIMIT`"),
    ("a member that others may use", [(1, "        self.owner = owner\n", "")], 1, "`owner` is gone"),
    ("a function that others may call, with another parameter", [(5, r"main\(\)", "main(arguments)")], 5, "`main`"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changes", "number", "said"), UNFIT)
def test_what_cannot_stand_beside_the_others_is_left_out(what, changes, number, said):
    kept, unfit, broken = tried(SHOP, changes)
    assert broken == "" and said in unfit[number] and number not in kept


BROKEN = [
    ("a function is renamed and its call is not", [(4, "def load", "def read")], "`load`"),
    ("a member is renamed where it is bound", [(1, "self.items", "self.lines")], "`items`"),
    ("… and in one of two methods", [(1, "self.items", "self.lines"), (2, "self.items", "self.lines")], "`items`"),
    ("a method is renamed", [(3, "def total", "def price")], "`total`"),
    ("a constant is renamed", [(0, "LIMIT", "MOST")], "`LIMIT`"),
    ("a class is renamed", [(1, "class Basket", "class Cart")], "`Basket`"),
    ("an import goes", [(0, "import json\n", "")], "`json`"),
    ("a parameter is added", [(4, "path", "path, encoding")], "`load`"),
    ("a parameter goes", [(2, ", count=1", ""), (2, "count", "1")], "`add`"),
    ("a parameter is renamed that is given by name", [(2, r"\bcount\b", "number")], "`add`"),
    ("a function is awaited", [(4, "def load", "async def load")], "`load`"),
    ("a function gives nothing back", [(3, "return result", "print(result)")], "`total`"),
    ("a method is read like a value", [(3, "    def total", "    @property\n    def total")], "`total`"),
    ("parameters change places", [(2, "item, count=1", "count, item=1")], "`add`"),
    ("a key is another word", [(3, '"unit"', '"each"')], "'unit'"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changes", "said"), BROKEN)
def test_a_change_that_is_made_here_and_not_there_breaks_all_of_it(what, changes, said):
    _, unfit, broken = tried(SHOP, changes, ASKED)
    assert said in broken, (unfit, broken)


SPLIT = """\
def run(rows):
    total = 0
    seen = set()
%%
    for row in rows:
        total += row
        seen.add(row)
%%
    for row in seen:
        print(row)
    return total
"""


def test_parts_of_one_function_share_its_names():
    for text in (SPLIT, SPLIT.replace("+= row", "= total + row")):
        _, _, broken = tried(text, [(0, "total", "amount")])
        assert "`total`" in broken
    kept, unfit, broken = tried(SPLIT, [(1, r"\brow\b", "line")])
    assert (set(kept), unfit, broken) == ({1}, {}, "")
    everywhere = [(number, "total", "amount") for number in range(3)]
    assert tried(SPLIT, everywhere)[2] == ""


ACCESS = """\
class A:
    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, value):
        self._size = value
%%
class Failed(Exception):
    def __init__(self, reason):
        self._reason = reason
%%
def read(path):
    try:
        return open(path)
    except Failed:
        raise Failed("x") from None
"""


def test_a_getter_and_its_setter_are_told_apart():
    assert tried(ACCESS, [(0, "value", "number")])[1:] == ({}, "")


def test_a_class_that_is_only_named_may_call_its_parameters_otherwise():
    assert tried(ACCESS, [(1, r"\breason\b", "why")], "rename reason to why")[1:] == ({}, "")
    _, _, broken = tried(ACCESS, [(1, r"self, reason", "self, reason, code")])
    assert "`Failed`" in broken


def test_a_method_that_python_itself_calls_is_missed_though_nothing_here_does():
    text = "class A:\n    x = 1\n%%\n    def __set_name__(self, owner, name):\n        self.f()\n"
    _, unfit, broken = tried(text, [(1, "def __set_name__.*", "def _set(self):")], "add type hints")
    assert "`__set_name__` is gone" in unfit[1] and broken == ""


OTHERS = [
    ("a.ts", "export function load(path: string) { return path }\n%%\nconsole.log(load('x'))\n",
     [(0, "load", "read")], "`load`"),
    ("a.ts", "class A {\n  n = 1\n%%\n  m() { return this.n }\n}\n", [(0, "n = 1", "k = 1")], "`n`"),
    ("a.js", "const f = (a) => a + 1\n%%\nf(2)\n", [(0, r"\(a\)", "(a, b)"), (0, r"a \+ 1", "a + b")], "`f`"),
    ("a.go", "package m\n\nfunc Load(p string) int { return 1 }\n%%\nfunc Main() { Load(\"a\") }\n",
     [(0, "p string", "p string, n int")], "`Load`"),
    ("a.rs", "fn load(p: u8) -> u8 { 1 }\n%%\nfn main() { load(2); }\n", [(0, "fn load", "fn read")], "`load`"),
    ("a.java", "class A {\n  int n = 1;\n%%\n  int m() { return this.n; }\n}\n", [(0, "int n", "int k")], "`n`"),
    ("a.c", "int load(int a) { return a; }\n%%\nint main(void) { return load(1); }\n",
     [(0, "int a", "int a, int b")], "`load`"),
    ("a.sh", "load() { echo 1; }\n%%\nload\n", [(0, "load", "read_it")], "`load`"),
    ("a.css", ".btn { color: red }\n%%\n.btn:hover { color: blue }\n", [(0, "btn", "button")], "`btn`"),
    ("a.md", "# First steps\n\nA.\n%%\nSee [above](#first-steps).\n", [(0, "First steps", "A")], "`first-steps`"),
    ("a.md", "Set `max_items`.\n%%\n`max_items` is 40.\n", [(0, "max_items", "most_items")], "'max_items'"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "changes", "said"), OTHERS)
def test_other_languages_are_looked_at_too(path, text, changes, said):
    _, unfit, broken = tried(text, changes, path=path)
    assert said in broken, (unfit, broken)


UNFIT_ELSEWHERE = [
    ("a.ts", "export const a = 1\n%%\nexport const b = a\n", [(1, "= a", "= Helper.of(a)")], "`Helper`"),
    ("a.yaml", "name: x\n%%\nsize: 3\n", [(1, "size", "length")], "`size`"),
    ("a.go", "package m\n%%\nfunc F() int { return 1 }\n", [(1, "return 1", "return helper()")], "`helper`"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "changes", "said"), UNFIT_ELSEWHERE)
def test_in_other_languages_too_a_part_is_left_out(path, text, changes, said):
    kept, unfit, broken = tried(text, changes, path=path)
    assert broken == "" and said in unfit[1] and not kept


def test_what_rests_on_a_part_that_is_left_out_is_left_out_too():
    changes = [
        (0, "import json", "import json\nimport nowhere\nx = missing"),
        (5, "print", "nowhere.say"),
    ]
    kept, unfit, broken = tried(SHOP, changes)
    assert (kept, set(unfit), broken) == ({}, {0, 5}, "")
