"""What the twin does is written down as a run of the loop, and replayed without a network."""

import json
from dataclasses import replace

import pytest
from table_network import END, Bytes, TableNetwork, writes

from editdiff.cli.common.record import tracing
from editdiff.cli.trace import trace
from editdiff.denoise.history import read
from editdiff.engines.base import Draft, FillOptions, FillTask, Sketch
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError
from editdiff.prompt.base import OtherFile
from editdiff.text.span import Span

TASK = FillTask("a = \nb = 2\n", (Span(4, 4),), "m.py")
BYTES = Bytes()
GREEDY = FillOptions(drafts=1, temperature=0.0)


def recorded(
    network: TableNetwork, task: FillTask = TASK, options: FillOptions = GREEDY
) -> tuple[list[str], list]:
    """The record of a fill, and what the engine told."""
    engine, lines = TwinEngine(network), list[str]()
    engine.record = lines.append
    return lines, list(engine.fill(task, options))


def committed(step) -> str:
    """Text of the places that are known after a step."""
    return BYTES.decode(step.canvas.content(0))


def test_each_forward_commits_one_place_and_the_replay_comes_to_the_same():
    lines, _ = recorded(TableNetwork(writes("12", "3", start="a = ")))
    (run,) = read(lines)
    assert run.run.policy.made_of == {"name": "left_to_right", "reopen": "none", "k": 1}
    assert [committed(step) for step in run.replay()] == ["1", "12"]
    assert [int(step.committed.sum()) for step in run.replay()] == [1, 1]
    assert run.draft == "12"


def test_what_was_written_behind_the_ending_is_told_and_is_no_part_of_the_draft():
    table = {
        "a = ": {"1": 0.9, END: 0.1},
        "a = 1": {END: 0.4, "2": 0.6},
        "a = 12": {END: 0.3, "3": 0.7},
    }
    table |= {"a = 123": {END: 1.0}}
    lines, updates = recorded(TableNetwork(lambda text: table.get(text, {END: 1.0})))
    (draft,) = [update for update in updates if isinstance(update, Draft)]
    (run,) = read(lines)
    written = [committed(step) for step in run.replay()]
    assert run.draft == draft.texts[0]
    assert written[-1].startswith(run.draft) and len(written) == len(written[-1])


def test_a_fill_is_the_same_whether_it_is_recorded_or_not():
    options = FillOptions(drafts=3, seed=4)
    network = TableNetwork(writes("12", "3", start="a = "))
    _, told = recorded(network, options=options)
    assert told == list(TwinEngine(network).fill(TASK, options))
    assert any(isinstance(update, Sketch) for update in told)


def test_of_several_drafts_the_leading_one_is_recorded():
    lines, _ = recorded(
        TableNetwork(lambda text: {"1": 0.5, "2": 0.4, END: 0.1} if len(text) < 9 else {END: 1.0}),
        options=FillOptions(drafts=4, temperature=1.0),
    )
    (run,) = read(lines)
    assert set("".join(committed(step) for step in run.replay())) == {"1"}, "the greedy one"


def test_each_of_several_gaps_is_a_run_of_its_own():
    task = FillTask("a = \nb = \nc\n", (Span(4, 4), Span(9, 9)))
    network = TableNetwork(lambda text: {END: 1.0} if text[-1:].isdigit() else {"7": 1.0})
    lines, _ = recorded(network, task)
    runs = read(lines)
    assert [run.draft for run in runs] == ["7", "7"]


def test_the_record_names_the_files_that_were_shown():
    network = TableNetwork(writes("12", "3", start="a = "))
    network.traits = replace(network.traits, takes_others=True)
    network.prompt = replace(network.prompt, file="<old>")
    task = replace(
        TASK, others=(OtherFile("far.py", "y = 1\n"), OtherFile("near.py", "x = 1\n" * 90))
    )
    lines, _ = recorded(network, task, replace(GREEDY, context=400))
    assert read(lines)[0].run.others == ("near.py",), "the other has no room"
    lines, _ = recorded(network, replace(task, others=()))
    assert read(lines)[0].run.others == ()


def test_a_record_that_was_changed_is_refused():
    lines, _ = recorded(TableNetwork(writes("12", "3", start="a = ")))
    step = json.loads(lines[1])
    step["ids"][0][1] = BYTES.encode("9")[0]
    (run,) = read([lines[0], json.dumps(step), *lines[2:]])
    with pytest.raises(InputError, match="step 1 of the record comes out otherwise: ids"):
        list(run.replay())


def test_the_command_draws_what_grows_and_tells_what_became_of_it(tmp_path, capsys):
    engine, file = (
        TwinEngine(TableNetwork(writes("1\n2", "3", start="a = "))),
        tmp_path / "run.jsonl",
    )
    with tracing(engine, file):
        list(engine.fill(TASK, GREEDY))
    assert engine.record is None
    assert trace(file) == 0
    shown = capsys.readouterr().out
    assert "run 1: name=left_to_right reopen=none k=1; seed 0, temperature 0" in shown
    drawn = [line.strip() for line in shown.split("\n") if "draft 0" in line]
    assert drawn == ["draft 0: 1", "draft 0: 1␤", "draft 0: 1␤2"], "no mask is drawn"
    assert "the draft: 1␤2" in shown


def test_the_command_names_the_files_that_were_shown(tmp_path, capsys):
    network = TableNetwork(writes("12", "3", start="a = "))
    network.traits = replace(network.traits, takes_others=True)
    network.prompt = replace(network.prompt, file="<old>")
    engine, file = TwinEngine(network), tmp_path / "run.jsonl"
    with tracing(engine, file):
        list(engine.fill(replace(TASK, others=(OtherFile("near.py", "x = 1\n"),)), GREEDY))
    trace(file)
    assert "shown beside it: near.py" in capsys.readouterr().out


def test_what_was_guessed_before_the_network_was_asked_is_told(tmp_path, capsys):
    network = TableNetwork(writes("wide(1)", "!", start="a = wide(1)\nb = "))
    engine, file = TwinEngine(network), tmp_path / "run.jsonl"
    task = FillTask("a = wide(1)\nb = \n", (Span(16, 16),))
    with tracing(engine, file):
        (draft,) = [u for u in engine.fill(task, GREEDY) if isinstance(u, Draft)]
    trace(file)
    shown = capsys.readouterr().out
    (run,) = read(file.read_text(encoding="utf-8").split("\n")[:-1])
    guessed = [step.get("guessed") for step in run.steps]
    assert draft.texts == ("wide(1)",)
    assert shown.count("guessed from the text at hand") == guessed.count("text") >= 4
    assert draft.nfe <= 1 + len(guessed) - guessed.count("text")


def test_what_was_guessed_and_taken_back_is_told(tmp_path, capsys):
    above = "a = wide(height, height)\nb = "
    network = TableNetwork(writes("wide(height, length)", start=above))
    engine, file = TwinEngine(network), tmp_path / "run.jsonl"
    task = FillTask(f"{above}\n", (Span(len(above), len(above)),))
    with tracing(engine, file):
        (draft,) = [u for u in engine.fill(task, GREEDY) if isinstance(u, Draft)]
    trace(file)
    assert draft.texts == ("wide(height, length)",)
    (run,) = read(file.read_text(encoding="utf-8").split("\n")[:-1])
    refused = [step["refused"] for step in run.steps if "refused" in step]
    shown = capsys.readouterr().out
    assert refused and all(text and not draft.texts[0].endswith(text) for text in refused)
    for text in refused:
        assert f"took back what the text at hand had guessed: {text}" in shown


def test_a_record_of_before_says_no_more_than_that_a_token_was_guessed(tmp_path, capsys):
    network = TableNetwork(writes("wide(1)", start="a = wide(1)\nb = "))
    engine, file = TwinEngine(network), tmp_path / "run.jsonl"
    with tracing(engine, file):
        list(engine.fill(FillTask("a = wide(1)\nb = \n", (Span(16, 16),)), GREEDY))
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"guessed": "text"', '"guessed": true'), encoding="utf-8")
    trace(file)
    assert "guessed from the text at hand" in capsys.readouterr().out
