"""A line that closes a block and is missing: indentation tells where it was, the text how it ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.registry import guards
from editdiff.edits.fix.blocks import ENDINGS, LANGUAGES, missing_closing
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import Proposal
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document

SCRIPT = """\
function f(a) {
  if (a) {
    g(a, () => {
      h(a);
    });
  } else {
    g(`
back`);
  }
  switch (a) {
  case 1:
    return {
      b: 1,
    };
  default:
    return {
      b: 2,
    };
  }
}

function g() {
  h();
}
"""
DATA = """\
{
  "a": {
    "b": [
      1
    ],
    "c": 2
  },
  "d": 3
}
"""
PYTHON = """\
x = {
    "a": f(
        1,
    ),
    "b": 2,
}
y = 3
"""
FOUND = [
    ("javascript", SCRIPT, "    });\n"),
    ("javascript", SCRIPT, "    };\n"),
    ("javascript", SCRIPT, "}\n"),
    ("json", DATA, "    ],\n"),
    ("json", DATA, "  },\n"),
    ("python", PYTHON, "    ),\n"),
    ("python", PYTHON, "}\n"),
]
"""Language, a text, and a line of it that is lost."""
NOTHING_TOLD = {
    "it is whole": ("javascript", SCRIPT),
    "the last line is lost": ("javascript", SCRIPT.removesuffix("}\n")),
    "nothing is indented": ("javascript", "(function () {\na();\nb();\n"),
    "a bracket of another kind closes": ("javascript", "f({\n  a\n]);\nb();\n"),
    "the line goes on behind the bracket": ("python", "f(a,\n  b\nc = 1\n"),
    "a label stands at the margin": ("javascript", "function f() {\n  a();\nend:\n  b();\n}\n"),
    "a comment does": ("javascript", "function f() {\n  a();\n// b\n  c();\n}\n"),
    "a string does": ("python", 'f(\n    """a\nb""",\n)\n'),
    "indentation tells nothing in the language": ("shellscript", "f() {\n  a\n\ng() {\n  b\n}\n"),
}


def without(text: str, line: str) -> str:
    """The text without the first such line."""
    at = ("\n" + text).index("\n" + line)
    return text[:at] + text[at + len(line) :]


def ways(text: str, language: str) -> list[str]:
    """The whole text with each of the lines that may be missing."""
    closing = missing_closing(text, language)
    assert closing is not None
    span = closing.span
    return [text[: span.start] + way + text[span.end :] for way in closing.texts]


@pytest.mark.parametrize(("language", "text", "line"), FOUND)
def test_the_line_that_is_lost_is_among_those_told(language, text, line):
    assert text in ways(without(text, line), language)


@pytest.mark.parametrize("case", NOTHING_TOLD.values(), ids=NOTHING_TOLD)
def test_nothing_is_told(case):
    language, text = case
    assert missing_closing(text, language) is None


def test_a_line_that_lost_its_bracket_alone_gets_it_back():
    text = "function f() {\n  if (a) {\n    b();\n  }\n  c();\n}\n"
    assert ways(text.replace("  }\n", "  \n"), "javascript")[0] == text


def test_the_bracket_stands_before_what_goes_on_in_its_line():
    text = "if (a) {\n  b();\n} else {\n  c();\n}\n"
    assert ways(text.replace("} else", " else"), "javascript") == [text]
    assert ways(DATA.replace("    ],", "    ,"), "json") == [DATA]


def test_the_ending_is_the_one_that_lines_alike_have():
    text = "f(() => {\n  a();\n});\ng(() => {\n  b();\n});\nc();\n"
    assert ways(without(text, "});\n"), "javascript")[0] == text
    bare = text.replace(";", "")
    assert ways(without(bare, "})\n"), "javascript")[0] == bare


def test_a_line_that_opens_a_block_twice_stands_there_once():
    text = "for (;;) {\n  a();\n}\n"
    assert ways("for (;;) {\n" + text, "javascript") == [text]


@pytest.mark.parametrize(("language", "text", "line"), FOUND)
def test_fix_puts_it_back_without_a_model(language, text, line):
    names = {"javascript": "a.js", "json": "a.json", "python": "a.py"}
    document = Document(names[language], without(text, line), language=language)
    outcome = fix(document, ScriptedEngine([]), Checks(guards())).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == text


@given(st.text("ab(){}[],; \n\t\"'`/#:", max_size=60), st.sampled_from(sorted(LANGUAGES)))
def test_of_any_text_what_is_told_lies_in_it_and_keeps_what_stands_there(text, language):
    closing = missing_closing(text, language)
    if closing is None:
        return
    old = closing.span.slice(text)
    for way in closing.texts:
        assert way != old
        assert len(way.split("\n")) <= len(old.split("\n")) + 1
    assert len(closing.texts) in (1, len(ENDINGS))
