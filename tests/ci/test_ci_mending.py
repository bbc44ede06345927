"""What is found in the lines that changed, and fixes that each stand alone."""

import json
from itertools import pairwise

import pytest
from repositories import Repository, git

from editdiff.ci.base import Proposed
from editdiff.ci.formats import diff

AREA = "def area(width, height):\n    return width * height\n"
BROKEN = AREA.replace("height):", "height:")
TWO = (
    "import os\n\n\ndef total(values):\n    result = 0\n    for value in values:\n        result += value\n"
    "    return result\n\n\ndef mean(values):\n    return total(values) / len(values)\n"
)
CONFLICT = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n"


def told(proposed: Proposed) -> list[tuple[str, int, str]]:
    return [(p.path, p.line, p.source) for fix in proposed.fixes for p in fix.problems]


def left(proposed: Proposed) -> list[tuple[str, int, str, bool]]:
    return [
        (each.problem.path, each.problem.line, each.problem.source, each.blamed)
        for each in proposed.left
    ]


def test_nothing_is_wrong_with_a_right_change(repository):
    repository.commit({"b.py": AREA})
    proposed = repository.proposed()
    assert (proposed.fixes, proposed.left, proposed.wrong) == ((), (), 0)
    assert [document.path for document in proposed.documents] == ["b.py"]
    assert proposed.head == git(repository.folder, "rev-parse", "HEAD").strip()
    assert proposed.base == git(repository.folder, "rev-parse", "base").strip()


def test_what_does_not_parse_any_more_is_mended(repository):
    repository.commit({"b.py": BROKEN})
    proposed = repository.proposed(right=AREA)
    assert told(proposed) == [("b.py", 1, "syntax")]
    assert repository.mended(proposed) == {"b.py": AREA}
    assert proposed.fixes[0].judged == "syntax and python"
    assert proposed.wrong == 1


def test_rules_of_ruff_mathematics_and_syntax_are_fixes_of_their_own(repository):
    repository.commit({"b.py": TWO, "n.md": "One.\n\n12 * 3 = 35\n", "c.py": BROKEN})
    proposed = repository.proposed(right=AREA)
    assert sorted(told(proposed)) == [
        ("b.py", 1, "ruff"),
        ("c.py", 1, "syntax"),
        ("n.md", 3, "math"),
    ]
    assert [len(fix.problems) for fix in proposed.fixes] == [1, 1, 1]
    made = repository.mended(proposed)
    assert made == {
        "b.py": TWO.removeprefix("import os\n"),
        "c.py": AREA,
        "n.md": "One.\n\n12 * 3 = 36\n",
    }
    rule = next(fix.problems[0] for fix in proposed.fixes if fix.path == "b.py")
    assert (rule.rule, rule.message) == ("F401", "`os` imported but unused")


def test_fixes_of_one_file_stand_alone_and_do_not_overlap(repository):
    text = "import os\nimport sys\n\n\ndef f(x):\n    return x == None\n\n\ny = f'never'\n"
    config = '[tool.ruff.lint]\nselect = ["F", "E7"]\n'
    repository.commit({"pyproject.toml": config, "b.py": text})
    proposed = repository.proposed()
    assert len(proposed.fixes) == 2
    assert sorted(told(proposed)) == [("b.py", 1, "ruff"), ("b.py", 2, "ruff"), ("b.py", 9, "ruff")]
    spans = sorted((part.first, part.last) for fix in proposed.fixes for part in fix.parts)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    for fix in proposed.fixes:
        assert fix.proposal.before.text == text
    assert [each.problem.rule for each in proposed.left] == ["E711"]  # ruff has no safe fix of it


def test_faults_that_only_go_together_are_one_fix(repository):
    broken = TWO.removeprefix("import os\n\n\n")
    broken = broken.replace("values:\n", "values\n").replace("len(values)\n", "len(values\n")
    repository.commit({"b.py": broken})
    proposed = repository.proposed(right=TWO)
    assert len(proposed.fixes) == 1
    assert len(proposed.fixes[0].problems) == 2
    assert repository.mended(proposed)["b.py"] == TWO.removeprefix("import os\n\n\n")


def test_what_was_there_before_is_nobodys_fault_now(tmp_path, monkeypatch):
    old = "import os\n\nx = 1\ny = 2\n"
    repository = Repository.begin(tmp_path / "old", {"b.py": old, "n.md": "12 * 3 = 35\n\nMore.\n"})
    monkeypatch.chdir(repository.folder)
    repository.commit({"b.py": old + "z = 3\n", "n.md": "12 * 3 = 35\n\nMore and more.\n"})
    proposed = repository.proposed()
    assert (proposed.fixes, proposed.left) == ((), ())
    everything = repository.proposed(everything=True)
    assert sorted(told(everything)) == [("b.py", 1, "ruff"), ("n.md", 1, "math")]


def test_an_old_problem_of_a_line_that_changed_is_none_of_the_change(tmp_path, monkeypatch):
    repository = Repository.begin(tmp_path / "old", {"b.py": "import os  # the system\n"})
    monkeypatch.chdir(repository.folder)
    repository.commit({"b.py": "import os  # files\n"})
    assert repository.proposed().wrong == 0


def test_an_import_that_nothing_uses_any_more_is_told_and_left_where_it_did_not_change(
    tmp_path, monkeypatch
):
    old = "import os\n\nx = 1\nprint(os.name)\n"
    repository = Repository.begin(tmp_path / "old", {"b.py": old})
    monkeypatch.chdir(repository.folder)
    repository.commit({"b.py": old.replace("print(os.name)\n", "print(x)\n")})
    proposed = repository.proposed()
    assert proposed.fixes == ()
    assert left(proposed) == [("b.py", 1, "ruff", True)]
    assert "outside of the lines that changed" in proposed.left[0].reason


def test_what_a_fix_mends_elsewhere_is_not_left(tmp_path, monkeypatch):
    repository = Repository.begin(tmp_path / "old", {"b.py": TWO.removeprefix("import os\n\n\n")})
    monkeypatch.chdir(repository.folder)
    text = (repository.folder / "b.py").read_text().replace("result += value", "pass")
    repository.commit({"b.py": text.replace("return result", "return reslt")})
    proposed = repository.proposed(checks=["ruff"])
    assert told(proposed) == [("b.py", 5, "ruff")]
    assert (left(proposed), proposed.wrong) == ([], 1)


def test_a_line_that_went_is_put_back_where_it_stood(tmp_path, monkeypatch):
    old = "function f(x) {\n  if (x) {\n    g(x);\n  }\n  return x;\n}\n"
    repository = Repository.begin(tmp_path / "old", {"b.js": old})
    monkeypatch.chdir(repository.folder)
    repository.commit({"b.js": old.replace("    g(x);\n  }\n", "    g(x);\n")})
    proposed = repository.proposed(right=old)
    assert [fix.path for fix in proposed.fixes] == ["b.js"]
    assert repository.mended(proposed)["b.js"] == old


def test_a_merge_in_conflict_is_left_to_the_user(repository):
    repository.commit({"b.py": CONFLICT, "notes.txt": "a\n" + CONFLICT})
    proposed = repository.proposed()
    assert left(proposed) == [("b.py", 1, "conflict", True), ("notes.txt", 2, "conflict", True)]
    assert proposed.left[0].problem.last == 5
    assert "not to be guessed" in proposed.left[0].reason


def test_a_fault_that_cannot_be_mended_is_told_once_with_the_reason(repository):
    repository.commit({"b.py": "def f(:\n    ]]] = (((\n"})
    proposed = repository.proposed()
    assert proposed.fixes == ()
    assert [each[:3] for each in left(proposed)] == [("b.py", 2, "syntax")]
    assert proposed.left[0].reason


def test_a_cell_of_a_notebook_is_mended_in_its_file(repository):
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": lines,
        }
        for lines in (
            ["x = 1\n", "print(x)"],
            ["def area(width, height:\n", "    return width * height"],
        )
    ]
    notebook = {
        "cells": cells,
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    repository.commit({"n.ipynb": json.dumps(notebook, indent=1) + "\n"})
    proposed = repository.proposed(right=AREA)
    assert [problem.source for fix in proposed.fixes for problem in fix.problems] == ["syntax"]
    made = json.loads(repository.mended(proposed)["n.ipynb"])
    assert made["cells"][1]["source"] == ["def area(width, height):\n", "    return width * height"]
    line = proposed.fixes[0].problems[0].line
    assert "width, height" in json.dumps(notebook, indent=1).split("\n")[line - 1]


def test_a_patch_of_all_fixes_applies_to_endings_of_every_kind(repository):
    repository.commit(
        {"b.py": BROKEN.replace("\n", "\r\n").encode(), "n.md": b"\xef\xbb\xbf12 * 3 = 35"}
    )
    proposed = repository.proposed(right=AREA)
    assert len(proposed.fixes) == 2
    patch = diff(proposed).encode()
    git(repository.folder, "apply", "--check", "-", data=patch)
    made = repository.mended(proposed)
    assert made["b.py"] == AREA.replace("\n", "\r\n")
    assert made["n.md"] == "\ufeff12 * 3 = 36"


def test_the_same_change_is_told_the_same_a_second_time(repository):
    repository.commit({"b.py": TWO, "n.md": "12 * 3 = 35\n", "c.py": BROKEN, "d.py": "def f(:\n"})
    one, two = repository.proposed(right=AREA), repository.proposed(right=AREA)
    assert len(one.fixes) == 3
    assert [fix.fingerprint for fix in one.fixes] == [fix.fingerprint for fix in two.fixes]
    assert diff(one) == diff(two)
    assert (one.left, one.notes) == (two.left, two.notes)


@pytest.mark.parametrize("edits", [0, 1, 2])
def test_no_more_edits_are_proposed_than_are_wanted(repository, edits):
    repository.commit({"b.py": TWO, "n.md": "12 * 3 = 35\n", "c.py": BROKEN})
    proposed = repository.proposed(right=AREA, max_edits=edits)
    assert len(proposed.fixes) == edits
    assert not proposed.finished
    assert proposed.wrong == 3
    assert all("edits already" in each.reason for each in proposed.left)


def test_what_was_found_in_time_stays(repository):
    repository.commit({"b.py": TWO})
    proposed = repository.proposed(max_minutes=0)
    assert proposed.fixes == ()
    assert (proposed.finished, proposed.doubted) == (False, True)
    assert proposed.notes == ("b.py: not looked at, the 0 minutes are over",)


def test_only_the_checks_that_are_named_are_made(repository):
    repository.commit({"b.py": TWO, "n.md": "12 * 3 = 35\n", "c.py": BROKEN})
    assert told(repository.proposed(checks=["math"])) == [("n.md", 1, "math")]
    assert told(repository.proposed(checks=["ruff"])) == [("b.py", 1, "ruff")]


def test_what_ruffs_own_configuration_excludes_is_not_linted(repository):
    repository.commit({"ruff.toml": 'exclude = ["b.py"]\n', "b.py": TWO, "c.py": TWO})
    assert told(repository.proposed()) == [("c.py", 1, "ruff")]


def test_a_configuration_that_ruff_refuses_is_told_and_the_rest_is_judged(repository):
    repository.commit({"ruff.toml": "select = 3\n", "b.py": TWO, "c.py": BROKEN})
    proposed = repository.proposed(right=AREA)
    assert told(proposed) == [("c.py", 1, "syntax")]
    assert any(note.startswith("b.py: ruff does not check") for note in proposed.notes)
    assert proposed.doubted


def test_a_line_that_is_marked_to_be_left_is_left(repository):
    repository.commit({"b.py": "import os  # editdiff: ignore\n"})
    assert repository.proposed().wrong == 0


def test_equations_of_documentation_without_a_grammar_are_mended_too(repository):
    repository.commit(
        {"docs.rst": "Boxes\n=====\n\nWe need 12 * 3 = 35 of them.\n", "kept.txt": "12 * 3 = 35\n"}
    )
    proposed = repository.proposed()
    assert [(fix.path, fix.problems[0].line) for fix in proposed.fixes] == [("docs.rst", 4)]
    assert "12 * 3 = 36" in proposed.fixes[0].proposal.after.text
    assert not proposed.left
    assert not proposed.doubted
