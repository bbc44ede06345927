import pytest

from editdiff.check.python_scope import BUILTINS, Scopes
from editdiff.text.document import Document
from editdiff.text.span import Span

MODULE = """\
import os, sys as system, one.two
from x import y, z as w
top = 1
class K(Base):
    attribute = 1
    def m(self, p, q: int = default, *args, kw=3, **rest):
        with open(p) as fh, x() as (left, right):
            pass
        try:
            pass
        except ValueError as err:
            for i, (j, *k) in q:
                (n := 5)
                self.thing = 3
        def inner(a1): inner_local = 1
        return [u for u in HERE]
"""


def meant(text: str, word: str) -> tuple[str, ...]:
    at = text.index(word)
    return Scopes(Document("a.py", text, language="python")).meant(Span(at, at + len(word)))


def test_the_names_in_scope_are_those_that_can_be_read_there():
    names = Scopes(Document("a.py", MODULE, language="python")).names(MODULE.index("HERE"))
    expected = """
        os system one y w top K self p q args kw rest fh left right err i j k n inner u
    """
    assert names - BUILTINS == set(expected.split())


def test_what_a_type_is_made_of_is_read_and_a_parameter_of_types_is_bound():
    text = "def f[T](a: dict[K, list[V]]) -> T:\n    b: set[W] = a\n    HERE\n"
    names = Scopes(Document("a.py", text, language="python")).names(text.index("HERE"))
    assert names - BUILTINS == {"f", "T", "a", "b"}


def test_the_own_names_of_a_class_are_read_in_its_body_alone():
    text = "class A:\n    first = 1\n    second = HERE\n    def f(self): THERE\n"
    scopes = Scopes(Document("a.py", text, language="python"))
    assert "first" in scopes.names(text.index("HERE"))
    assert "first" not in scopes.names(text.index("THERE"))


@pytest.mark.parametrize(
    ("text", "word", "right"),
    [
        ("def f(width, height):\n    return heigth\n", "heigth", "height"),
        ("def f(depth):\n    return dpth\n", "dpth", "depth"),
        ("é = 1\nprnit(é)\n", "prnit", "print"),
        ("total = [1 for item in x if itme]\n", "itme", "item"),
    ],
)
def test_a_name_one_slip_away_is_meant(text, word, right):
    assert meant(text, word) == (right,)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("def f(width):\n    return offset\n", "offset"),
        ("def f(depth):\n    pass\n\n\ndpth\n", "dpth"),
        ("idx[0]\n", "idx"),
        ("x1000 = 1\nx1001\n", "x1001"),
        ("path = 1\nPath(path)\n", "Path"),
        ("values = []\nvalue\n", "value"),
        ("_name = 1\nname\n", "name"),
        ("path = 1\nmath.sqrt(path)\n", "math"),
        ("depth = 1\ndpth, dpth\n", "dpth"),
        ("row = 1\nrwo\n", "rwo"),
        ("row = 1\nrow, rwo, rwo\n", "rwo"),
        ("row = rob = 1\nrow, rob, rog\n", "rog"),
        ("ret\n", "ret"),
    ],
    ids=["far", "out of scope", "short", "digits", "capital", "plural", "private", "module", "often", "short, once",
         "short, often", "short, one of two", "short, Python's own"],
)  # fmt: skip
def test_what_may_be_another_name_is_no_slip(text, word):
    assert meant(text, word) == ()


def test_a_short_name_is_meant_if_it_is_the_only_one_that_stands_there_again():
    assert meant("row = 1\nprint(row)\nrwo\n", "rwo") == ("row",)
    assert meant("row = 1\nprint(row)\nroww\n", "roww") == ("row",)
    assert (
        meant("path = 1\nprint(path)\npth\n", "pth") == ()
    )  # it may be a name of its own, cut short


def test_what_is_called_means_a_name_that_is_called_or_defined_to_be():
    assert meant("dumps = 1\ndums(2)\n", "dums") == ()
    assert meant("def dumps(x): ...\ndums(2)\n", "dums") == ("dumps",)
    assert meant("from json import load, dumps\ndumps(1)\ndums(2)\n", "dums") == ("dumps",)
    assert meant("from json import (\n    load,\n    dumps,\n)\ndumps(1)\ndums(2)\n", "dums") == (
        "dumps",
    )
    assert meant("def f(dumps):\n    dumps(1)\n    dums(2)\n", "dums") == ("dumps",)
    assert meant("pritn(2)\n", "pritn") == ("print",)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("from collections import OrderedDcit\nx = OrderedDict()\n", "OrderedDict"),
        ("from a import (\n    recieve,\n)\nreceive()\n", "receive"),
        ("__versioon__ = 1\nprint(__versioon__, __version__)\n", "__version__"),
        ('def load_conten():\n    """Load the content."""\n\n\nload_content()\n', "load_content"),
    ],
)
def test_a_name_that_may_itself_be_misspelt_is_not_carried_over(text, word):
    assert meant(text, word) == ()


def test_a_module_of_python_is_spelled_rightly_where_it_is_imported():
    assert meant("import argparse\nargprase.x\n", "argprase") == ("argparse",)
