"""Statements that can never run, in the languages whose statements are known."""

import pytest

from editdiff.check.flow import FLOWS, FlowChecker
from editdiff.check.registry import check_names, guards, keystroke_guards, writing_guards
from editdiff.edits.infill import infill
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Draft
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

NEVER = {
    "python": [
        "def f():\n    return 1\n    print(2)\n",
        "for x in y:\n    if x:\n        continue\n        z()\n    w()\n",
        "def f():\n    raise ValueError\n\n    # why\n    return 1\n",
        "while True:\n    break\n    x = 1\n",
    ],
    "javascript": [
        "function f() {\n  return 1;\n  g();\n}\n",
        "switch (x) {\n  case 1:\n    return 2;\n    g();\n}\n",
        "const f = () => { throw e; return 1; };\n",
    ],
    "typescriptreact": ["function F(): number {\n  return 1;\n  const x = <a/>;\n}\n"],
    "java": ["class A { int f() { return 1; g(); } }\n"],
    "go": ["func f() int {\n\treturn 1\n\tg()\n}\n", "func f() {\n\tfor {\n\t\tbreak\n\t\tg()\n\t}\n}\n"],
    "c": ["int f(void) { return 1; g(); }\n", "void f(void) { for (;;) { continue; g(); } }\n"],
    "cpp": ["int f() { return 1; g(); }\n"],
}  # fmt: skip
RUNS = {
    "python": [
        "def f():\n    if x:\n        return 1\n    return 2\n",
        "def f():\n    raise NotImplementedError\n    yield\n",
        "def f():\n    return 1\n    # the end\n\n\ndef g():\n    pass\n",
        "def f():\n    try:\n        return 1\n    finally:\n        g()\n",
        "match x:\n    case 1:\n        return\n    case 2:\n        pass\n",
    ],
    "javascript": [
        "function f() {\n  return g();\n  function g() { return 1; }\n}\n",
        "switch (x) {\n  case 1:\n    return 2;\n    break;\n  default:\n    g();\n}\n",
        "function f() { return x; var x; }\n",
        "function f() { return 1;; }\n",
    ],
    "typescript": ["function f() { return 1; interface A { b: number } }\n"],
    "java": ["class A { int f(int x) { switch (x) { case 1: return 1; default: g(); } return 2; } }\n"],
    "go": [
        "func f() {\n\treturn\nend:\n\tg()\n\th()\n}\n",
        "func f(x int) {\n\tswitch x {\n\tcase 1:\n\t\treturn\n\tcase 2:\n\t\tg()\n\t}\n}\n",
    ],
    "c": [
        "int f(int x) { if (x) goto out; return 1; out: g(); h(); return 2; }\n",
        "int f(int x) { switch (x) { case 1: return 2; break; case 3: g(); } return 4; }\n",
        "int f(void) {\n  return 1;\n#ifdef A\n  g();\n#endif\n}\n",
    ],
    "markdown": ["return 1\nprint(2)\n"],
    "rust": ["fn f() -> i32 { return 1; g(); }\n"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(n, t) for n, some in NEVER.items() for t in some])
def test_what_stands_behind_the_end_of_its_block_is_found(language, text):
    (found,) = FlowChecker().check(Document("a", text, language=language))
    shown = found.span.slice(text)
    assert shown and text.index(shown) > text.index(found.message.split("`")[1])
    assert found.message.startswith("this never runs, for `")


@pytest.mark.parametrize(("language", "text"), [(n, t) for n, some in RUNS.items() for t in some])
def test_what_runs_or_is_none_of_our_business_is_not(language, text):
    assert FlowChecker().check(Document("a", text, language=language)) == []


def test_the_place_is_told_in_code_points():
    text = "def f():\n    'é😀'\n    return 1\n    g('é')\n"
    (found,) = FlowChecker().check(Document("a.py", text, language="python"))
    assert found.span.slice(text) == "g('é')"


def test_it_guards_what_a_model_writes_and_nothing_else():
    names = [
        [guard.name for guard in some] for some in (writing_guards(), guards(), keystroke_guards())
    ]
    assert ["flow" in some for some in names] == [True, False, False]
    assert "flow" not in check_names() and set(FLOWS) > {"python", "typescript"}


CODE = "def total(xs):\n    n = 0\n\n    return n\n"


def test_a_draft_that_ends_a_function_in_its_middle_is_withheld_and_the_next_one_taken():
    document, gap = Document("a.py", CODE, language="python"), [Span(25, 25)]
    drafts = [Draft(("    return sum(xs)",), -1.0, 1), Draft(("    n += sum(xs)",), -2.0, 1)]
    outcome = infill(document, gap, ScriptedEngine([drafts]), checkers=writing_guards())
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "def total(xs):\n    n = 0\n    n += sum(xs)\n    return n\n"
    refused = infill(
        document, gap, ScriptedEngine([drafts[:1]]), checkers=writing_guards(), retries=0
    )
    assert "line 4: this never runs, for `return` stands before it" in refused.reason
