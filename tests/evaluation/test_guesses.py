"""The benchmark `guesses`: the same gaps filled with tokens guessed ahead and without."""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from editdiff.cli import evaluate as command
from editdiff.denoise.guess import Guess
from editdiff.engines.base import FillOptions, FillTask
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import guesses
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import RowReport
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.text.span import Span

LINE = "total = width * height"
PYTHON = f"def area(width, height):\n    {LINE}\n    {LINE}\n    return total\n"
TOML = f"[size]\n{LINE}\nname = 'b'\n{LINE}\n"
KINDS = ["rest of a line, as ghost text", "a line, greedy", "a line, 4 drafts", "3 lines, greedy"]
GREEDY = FillOptions(drafts=1, temperature=0.0)
TASK = FillTask("a\n\nb\n", (Span(2, 2),), "m.py")


@dataclass(frozen=True)
class Rounding(ChainDenoiser):
    """Finds `x` a little likelier than `y` where it is asked of several rows, and the other way round else."""

    def write(self, cache, ids, behind, wanted):
        longer, guess = super().write(cache, ids, behind, wanted)
        x, y = self.tokenizer.encode("xy")
        better = x if len(wanted) > 1 else y
        told = np.where(guess.ids == better, 1e-6, 0.0) + guess.logp
        order = np.argsort(-told, axis=-1, kind="stable")
        pair = (np.take_along_axis(each, order, axis=-1) for each in (guess.ids, told))
        return longer, Guess(*pair)


class Watched(TwinEngine):
    """Tells whether each fill guesses."""

    def fill(self, task, options):
        self.order = [*getattr(self, "order", ()), self.guesses]
        yield from super().fill(task, options)


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def engine() -> TwinEngine:
    return TwinEngine(ChainDenoiser((LINE,)), name="chain")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    for i in range(3):
        (folder / f"p{i}").mkdir()
        (folder / f"p{i}" / "a.py").write_text(PYTHON.replace("area", f"area{i}"))
        (folder / f"p{i}" / "b.toml").write_text(TOML.replace("'b'", f"'b{i}'"))
    return folder


@pytest.fixture(scope="module")
def request_(folder) -> Request:
    return Request(FillOptions(), 6, 3, data=folder)


@pytest.fixture(scope="module")
def found(engine, request_) -> RowReport:
    return guesses.evaluate(engine, request_, ignore)


def parted(options: FillOptions = GREEDY) -> guesses.Compared:
    """A line of two spellings, as good as equally likely, under what it repeats."""
    above = "value = value = \n"
    here = Span(len(above), len(above))
    engine = TwinEngine(Rounding(("value = x", "value = y")))
    return guesses.compare(engine, FillTask(f"{above}\nend\n", (here,), "m.py"), options)


def test_gaps_of_four_kinds_are_filled_both_ways_with_the_same_texts(found):
    assert [row.name for row in found.rows] == ["chain", *(f"chain, {kind}" for kind in KINDS)]
    for row in found.rows:
        figures = row.figures
        assert figures["gaps"].value == (24 if row.name == "chain" else 6)
        assert figures["same"].hits == figures["same"].total == figures["gaps"].value
        assert figures["forwards_with"].value < figures["forwards_without"].value
        assert figures["tokens_with"].value > figures["tokens_without"].value
        assert 0 < figures["guessed"].value < 100
        assert figures["time"].low <= figures["time"].value <= figures["time"].high
        assert "apart" not in figures
    greedy = found.rows[2].figures
    # each forward takes a token, and the last one the ending
    assert greedy["forwards_without"].value == len(LINE) + 1


def test_every_gap_is_kept_for_programs(found):
    told = json.loads(json.dumps(found.to_json()))
    outcomes = told["rows"][0]["outcomes"]
    assert len(outcomes) == len(told["items"]) == 24
    assert [item["kind"] for item in told["items"]] == [kind for kind in KINDS for _ in range(6)]
    for item, outcome in zip(told["items"], outcomes, strict=True):
        without, guessed = outcome["without"], outcome["guessed"]
        assert without["texts"][0] == guessed["texts"][0] == LINE
        assert without["right"] == 0 < guessed["right"]
        if item["kind"] != KINDS[2]:
            assert without["tokens"] == guessed["tokens"] == len(LINE)
            assert guessed["right"] == without["forwards"] - guessed["forwards"]
    assert set(told["settings"]["options"]) == set(KINDS)


def test_languages_and_packages_have_as_many_gaps_each(found):
    for kind in KINDS:
        some = [(i["language"], i["package"]) for i in found.items if i["kind"] == kind]
        assert sorted(some) == [(name, f"p{n}") for name in ("python", "toml") for n in range(3)]


def test_lines_are_whole_and_three_stand_together(found):
    one, again, three = (
        [item["truth"] for item in found.items if item["kind"] == kind] for kind in KINDS[1:]
    )
    python = [PYTHON.replace("area", f"area{n}") for n in range(3)]
    toml = [TOML.replace("'b'", f"'b{n}'") for n in range(3)]
    lines = {line.strip() for text in (*python, *toml) for line in text.split("\n")}
    assert one == again
    assert set(one) <= lines
    for text in three:
        assert text.count("\n") == 2
        assert {part.strip() for part in text.split("\n")} <= lines


def test_the_same_seed_draws_the_same_gaps(request_, folder):
    files = by_language(folder, LARGEST)
    first, again, other = (
        [kind.places for kind in guesses.kinds(files, each)]
        for each in (request_, request_, replace(request_, seed=4))
    )
    assert first == again != other


def test_the_usual_options_are_those_of_the_command(request_, folder):
    options = replace(request_.options, drafts=2, seed=3)
    drawn = guesses.kinds(by_language(folder, LARGEST), replace(request_, options=options))
    assert [kind.name for kind in drawn][2] == "a line, 2 drafts"
    assert [kind.options.drafts for kind in drawn] == [1, 1, 2, 1]
    assert {kind.options.seed for kind in drawn} == {3}


def test_each_side_comes_first_by_turns_behind_a_fill_that_reads_the_context():
    for turned in (False, True):
        engine = Watched(ChainDenoiser((LINE,)))
        guesses.compare(engine, TASK, GREEDY, turned=turned)
        assert engine.order == [True, turned, not turned]
        assert engine.guesses


def test_where_two_texts_part_it_is_told_how_near_the_tokens_were():
    both = parted()
    assert not both.same
    assert {both.without.text, both.guessed.text} == {"value = x", "value = y"}
    assert both.apart == pytest.approx(0.0, abs=1e-9)
    assert both.likelier == pytest.approx(0.0, abs=1e-9)


def test_tokens_that_are_not_as_likely_are_not_near():
    engine = TwinEngine(ChainDenoiser(("ax",) * 3 + ("ay",), smooth=1e-12))
    apart = guesses.parting(engine, TASK, GREEDY, ["ax", "ay"])
    assert apart == pytest.approx(math.log(3), abs=1e-6)


def test_texts_that_are_spelt_alike_do_not_part():
    assert guesses.parting(TwinEngine(ChainDenoiser(("ax",))), TASK, GREEDY, ["a", "a"]) is None


def test_an_ending_is_no_token_at_which_texts_part():
    def trial(text: str) -> guesses.Trial:
        return guesses.Trial((text,), 1.0, 2, 1, 0)

    assert guesses.Compared(trial("a"), trial("ab")).ends
    assert guesses.Compared(trial("ab"), trial("")).ends
    assert not guesses.Compared(trial("ab"), trial("ac")).ends
    assert not guesses.Compared(trial("a"), trial("a")).ends


def test_of_drafts_that_are_drawn_no_tokens_are_told():
    both = parted(replace(GREEDY, drafts=2, temperature=1e-6))
    assert not both.same
    assert both.apart is None
    assert both.likelier == pytest.approx(0.0, abs=1e-9)


def test_the_table_tells_what_parts(engine, request_):
    kind = guesses.Kind("k", [guesses.Place("p", "m.py", "python", TASK, "")], GREEDY)
    found = guesses.report(engine, [kind], request_)
    assert "0 pairs part" in found.notes[2]
    both = parted()
    row = guesses._row("r", [both, both])
    assert str(row.figures["apart"]) == "0.000, 0.000 at most"
    assert row.figures["same"].hits == 0
    said = guesses._notes([both, both])[2]
    assert "2 pairs part;" in said and "2 others are greedy, and 2 of these" in said


def test_a_model_that_does_not_guess_is_refused(request_):
    with pytest.raises(UsageError, match="guesses no tokens ahead") as caught:
        guesses.evaluate(ScriptedEngine([]), request_, ignore)
    assert "--model coder" in caught.value.hint


def test_what_is_looked_up_beside_it_is_left_out(engine, request_):
    found = guesses.evaluate(WithLookup(engine), replace(request_, limit=1), ignore)
    assert len(found.items) == 4


def test_it_needs_a_folder_with_lines(engine, request_, tmp_path):
    with pytest.raises(InputError, match="no folder is named"):
        guesses.evaluate(engine, replace(request_, data=None), ignore)
    bare = tmp_path / "bare" / "p"
    bare.mkdir(parents=True)
    (bare / "a.py").write_text("a\n")
    with pytest.raises(InputError, match="no line to be filled"):
        guesses.evaluate(engine, replace(request_, data=bare.parent), ignore)


def test_the_command_shows_the_table_and_keeps_every_item(engine, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "choose", lambda *named: engine)
    monkeypatch.setattr(command, "choose_twin", lambda *named: engine)
    app, target = typer.Typer(), tmp_path / "out.json"
    app.command()(command.evaluate)
    words = ["guesses", "--data", str(folder), "--limit", "2", "--json", str(target)]
    result = CliRunner().invoke(app, words, standalone_mode=False)
    assert result.exception is None
    assert "guesses: 8 gaps of 2 languages" in result.stdout
    assert len(json.loads(target.read_text(encoding="utf-8"))["items"]) == 8
