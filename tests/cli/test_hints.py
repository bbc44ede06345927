"""What the hints of refusals say: something that the sentence before does not."""

import pytest

from editdiff.cli.app import main

CASES = [
    (["infill", "area.py", "--lines", "99"], "lines are counted from 1, so name one up to 2"),
    (["infill", "area.py:0"], "lines are counted from 1, so name one up to 2"),
    (["infill", "area.py:1", "--steps", "0"], "Leave steps out for 32, the default."),
    (["infill", "area.py:1", "--reopen", "x"], "Leave reopen out for none, the default."),
    (["infill", "area.py:1", "--engine", "x"], "Leave engine out for auto: what suits the model."),
    (["infill", "area.py:1", "--threads", "-1"], "Leave threads out for 0: all cores."),
    (["fix", "empty"], "name a file itself: of a folder, ignored, hidden, vendored, generated and"),
    (["fix", "area.py", "b.py", "--lines", "1"], "name that file alone, or leave out --lines"),
    (["models", "list", "--from", "x"], "leave it out, or name the model to get"),
]


@pytest.fixture(autouse=True)
def area(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("area.py", "b.py"):
        (tmp_path / name).write_text("a = 1\nb = 2\n")


@pytest.mark.parametrize(("arguments", "hint"), CASES, ids=[" ".join(case[0]) for case in CASES])
def test_a_hint_says_what_to_do(arguments, hint, capsys):
    assert main(arguments) == 2
    assert f"\nhint: {hint}" in capsys.readouterr().err


def test_a_setting_of_another_type_is_named_once_with_an_example(monkeypatch, capsys):
    monkeypatch.setenv("EDITDIFF_DRAFTS", "x")
    assert main(["infill", "area.py:1"]) == 2
    assert capsys.readouterr().err == (
        "error: EDITDIFF_DRAFTS has to be a whole number, but is 'x'\n"
        "hint: give it one, as in EDITDIFF_DRAFTS = 4, or remove it\n"
    )


def test_a_review_of_nothing_says_nothing_of_the_model(tmp_path, capsys):
    assert main(["review", "missing.py", "--model", "nano"]) == 2
    assert capsys.readouterr().err.count("\n") == 2
