"""The recipe of a checker in CONTRIBUTING.md: one file and one line, and every operation has it."""

from dataclasses import replace
from pathlib import Path

import pytest
from editdiff_lsp.model import Model
from recipes import code, recipe

from editdiff.check import registry
from editdiff.check.registry import Entry
from editdiff.cli import demo, infill
from editdiff.cli.app import main
from editdiff.edits.complete import Suggestion, complete
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Draft, FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.evaluation.benchmarks import single_lines
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.runner import Filler
from editdiff.text.document import Document
from editdiff.text.span import Span

RECIPE = recipe("A checker")
FILE, LINE = code(RECIPE), code(RECIPE, 1)
SOURCE = "x = 1\ny = 2\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The new file, which can be imported; commands run where it lies."""
    (tmp_path / "words_checker.py").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["", "drafts", "keystrokes"])
def guards(request, monkeypatch) -> str:
    """The new line: a checker that is asked by name alone, or that guards."""
    line: Entry = eval(LINE, {"Entry": Entry})
    line = replace(line, target="words_checker:WordsChecker", guards=request.param)
    monkeypatch.setattr(registry, "CHECKERS", (*registry.CHECKERS, line))
    return request.param


def drafts() -> ScriptedEngine:
    return ScriptedEngine([[Draft((text,), 0.0, 1) for text in ("heck", "darn")]])


def test_infill_judges_its_drafts_with_it(folder, guards, monkeypatch, capsys):
    (folder / "a.py").write_text(SOURCE)
    monkeypatch.setattr(infill, "choose", lambda *spec: drafts())
    assert main(["infill", "a.py", "--span", "1:5-1:6", "--diff"]) == 0
    assert f"+x = {'darn' if guards else 'heck'}\n" in capsys.readouterr().out


def test_the_demo_judges_its_drafts_with_it(folder, guards, monkeypatch, capsys):
    (folder / "small.py").write_text("first = second_value\nthird = fourth_value\n")
    monkeypatch.setattr(demo, "stdlib_source", lambda module: folder / "small.py")
    monkeypatch.setattr(demo, "choose", lambda *spec: drafts())
    assert main(["demo", "--regions", "1"]) == 0
    assert ("+darn\n" if guards else "+heck\n") in capsys.readouterr().out


def test_fix_finds_and_mends_what_it_finds(folder, guards, capsys):
    (folder / "a.py").write_text("what = 'the heck'\n")
    assert main(["fix", "a.py", "--check", "words", "--report"]) == 1
    assert capsys.readouterr().out == "a.py:1:13: a swear word [words]\n"
    assert main(["fix", "a.py", "--check", "words", "--write", "--quiet"]) == 0
    assert (folder / "a.py").read_text() == "what = 'the dear'\n"


def test_fix_looks_for_it_unasked_where_it_guards(folder, guards, capsys):
    (folder / "a.py").write_text("what = 'the heck'\n")
    assert main(["fix", "a.py", "--report"]) == (1 if guards else 0)


def test_an_unknown_name_is_answered_with_it(folder, guards, capsys):
    (folder / "a.py").write_text(SOURCE)
    assert main(["fix", "a.py", "--check", "wordz", "--report"]) == 2
    assert "did you mean words?" in capsys.readouterr().err


def test_the_server_judges_its_drafts_with_it(guards):
    model = Model(lambda named, chosen: drafts())
    document = Document("a.py", SOURCE, language="python")
    outcome = model.session.begin(document, [Span(4, 5)]).draft()
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == SOURCE.replace("1", "darn" if guards else "heck")
    assert ("words" in outcome.checked) == bool(guards)


def test_ghost_text_waits_for_it_where_it_says_so(guards):
    model = Model(lambda named, chosen: drafts())
    document = Document("a.py", "x = \n", language="python")
    outcome = complete(document, 4, model.engine(), checkers=model.quick)
    assert isinstance(outcome, NoEdit if guards == "keystrokes" else Suggestion)


def test_a_benchmark_counts_what_it_finds(guards):
    gap = Gap("package", "a.py", SOURCE, Span(4, 5), 1)
    filler = Filler("words", ScriptedEngine(["heck"]), FillOptions())
    report = single_lines.report([gap], [filler], Request(FillOptions()))
    ((_, (outcome,)),) = report.rows
    assert outcome.parses == (not guards)
    assert ("words" in report.settings["checkers"]) == bool(guards)
