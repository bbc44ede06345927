"""A line that closes a block and is missing: indentation tells where it was, the text how it ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.registry import guards
from editdiff.edits.fix.blocks import ENDINGS, LANGUAGES, lost_at_end, missing_closing
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


SHELL = "if [ -f x ]; then\n  for a in *; do\n    echo $a\n  done\nfi\n"
LOST = [
    ("javascript", SCRIPT, "}\n"),
    ("json", DATA, "}\n"),
    ("python", PYTHON.removesuffix("y = 3\n"), "}\n"),
    ("python", "print(\n    a,\n    b,\n)\n", ")\n"),
    ("toml", 'a = 1\nb = [\n  "x",\n  "y",\n]\n', "]\n"),
    ("javascript", "module.exports = {\n  a,\n  b: 1,\n};\n", "};\n"),
    ("shellscript", SHELL, "fi\n"),
]
NOT_LOST = {
    "it is whole": ("javascript", SCRIPT),
    "two blocks are open": ("json", '{\n  "a": {\n    "b": 1\n'),
    "another item has to follow": ("json", '{\n  "a": 1,\n'),
    "an operand has to follow": ("javascript", "function f() {\n  return 1 +\n"),
    "nothing is indented": ("javascript", "(function () {\na();\n"),
    "the block begins in the middle of a line": ("python", "print(f(1,\n    2\n"),
    "a string is open": ("javascript", "f(() => {\n  g(`\nback\n"),
    "two blocks of a script are open": ("shellscript", "if a; then\n  for b in c; do\n    d\n"),
    "a block of a script goes on": ("shellscript", "if a; then\n  b &&\n"),
    "other words close": ("shellscript", "if a; then\n  b\ndone\n"),
    "nothing is in the block of a script": ("shellscript", "if a; then\n"),
    "nobody knows the language": ("cobol", "f {\n  a\n"),
}


@pytest.mark.parametrize(("language", "text", "line"), LOST)
def test_the_last_line_is_told_if_it_is_lost(language, text, line):
    cut = text.removesuffix(line)
    closing = lost_at_end(cut, language)
    assert closing is not None
    assert closing.span.slice(cut) == cut.removesuffix("\n").rpartition("\n")[2]
    told = [cut[: closing.span.start] + way + cut[closing.span.end :] for way in closing.texts]
    assert text in told


@pytest.mark.parametrize("case", NOT_LOST.values(), ids=NOT_LOST)
def test_no_last_line_is_told(case):
    language, text = case
    assert lost_at_end(text, language) is None


@pytest.mark.parametrize(("language", "text", "line"), LOST)
def test_fix_puts_the_last_line_back_whatever_the_ending(language, text, line):
    names = {
        "javascript": "a.js", "json": "a.json", "python": "a.py", "toml": "a.toml", "shellscript": "a.sh",
    }  # fmt: skip
    cut = text.removesuffix(line)
    for broken in (cut, cut.removesuffix("\n")):
        document = Document(names[language], broken, language=language)
        outcome = fix(document, ScriptedEngine([]), Checks(guards())).outcome
        assert isinstance(outcome, Proposal)
        after = outcome.after.text
        assert after.startswith(broken.rstrip("\n"))
        assert after.rstrip("\n").rpartition("\n")[2].rstrip(",;") == line.rstrip("\n,;")


@given(
    st.text("ab(){}[],; \n\t\"'`/#:", max_size=60),
    st.sampled_from([*sorted(LANGUAGES), "shellscript"]),
)
def test_of_any_text_what_is_lost_at_the_end_is_added_to_its_last_line(text, language):
    closing = lost_at_end(text, language)
    if closing is not None:
        assert not text[closing.span.end :].strip()
        assert all(way.startswith(closing.span.slice(text) + "\n") for way in closing.texts)
