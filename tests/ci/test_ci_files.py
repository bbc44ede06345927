"""The files that put the bot into CI systems: that others take them, and what they let nobody do."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from editdiff.engines.weights import Weights

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
WORKFLOW = ROOT / "docs/ci/github.yml"
GITLAB = ROOT / "docs/ci/gitlab.yml"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
RECORDER = """#!/bin/sh
printf '%s\\0' "$@" > "$RUNNER_TEMP/arguments"
env > "$RUNNER_TEMP/environment"
exit $STATUS
"""


def step(name: str):
    (found,) = [each for each in STEPS if each.get("name") == name]
    return found


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", ROOT / "action.yml"),
        ("vendor.github-workflows", WORKFLOW),
        ("custom.github-workflows-require-timeout", WORKFLOW),
        ("vendor.gitlab-ci", GITLAB),
    ],
)
def test_the_hosts_own_schemas_take_the_files(schema, file, tmp_path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = subprocess.run([*command, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / file.name
    wrong.write_text(re.sub(r"(?m)^(runs|jobs|editdiff):$", r"\1: 5\nx:", file.read_text()))
    assert subprocess.run([*command, str(wrong)], capture_output=True).returncode == 1


@pytest.mark.parametrize("each", STEPS, ids=lambda each: each.get("name") or each["uses"])
def test_no_input_becomes_a_part_of_a_command(each):
    assert "${{" not in each.get("run", "")
    assert each.get("shell") == ("bash" if "run" in each else None)


def test_every_input_is_used_and_every_used_one_is_there():
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(STEPS)))
    assert used == set(ACTION["inputs"])


def test_python_starts_without_looking_for_modules_in_the_checkout():
    runs = "\n".join(each.get("run", "") for each in STEPS) + GITLAB.read_text(encoding="utf-8")
    started = re.findall(r"(?:PYTHON\"|bin/python\"?|python) (-\S+)", runs)
    assert started == ["-I"] * 9
    assert step("Install editdiff")["working-directory"] == "${{ runner.temp }}"


def test_the_model_is_kept_before_anything_of_the_pull_request_runs():
    names = [each.get("name") or each["uses"] for each in STEPS]
    assert names.index("actions/cache/save@v4") < names.index("Look for fixes")
    assert not any(name.startswith("actions/cache@") for name in names)


def test_a_run_on_anybodys_code_with_secrets_is_refused():
    first = STEPS[0]
    assert "pull_request_target" in first["if"]
    done = subprocess.run(["bash", "-ec", first["run"]], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout.startswith("::error ")


def looked(tmp_path: Path, status: int = 0, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the step that looks for fixes, with a program in the place of ours that tells what it was called with."""
    program = tmp_path / "editdiff-venv/bin/python"
    program.parent.mkdir(parents=True)
    program.write_text(RECORDER)
    program.chmod(0o755)
    files = {
        name: str(tmp_path / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    }
    named = dict.fromkeys(step("Look for fixes")["env"], "")
    environment = os.environ | named | files | {"GITHUB_ENV": "x", "GITHUB_PATH": "x"}
    environment |= {
        "RUNNER_TEMP": str(tmp_path),
        "STATUS": str(status),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("Look for fixes")["run"]],
        cwd=tmp_path,
        env=environment | inputs,
        capture_output=True,
        text=True,
    )


def arguments(tmp_path: Path) -> list[str]:
    said = (tmp_path / "arguments").read_text().split("\0")[:-1]
    assert said[:4] == ["-I", "-m", "editdiff", "ci"]
    return said[4:]


HOSTILE = "$(touch made) `touch made`; touch made \"; touch made #' *"


def test_whatever_an_input_holds_is_one_argument(tmp_path):
    done = looked(
        tmp_path,
        BASE=HOSTILE,
        TEST=HOSTILE,
        CHECKS=HOSTILE,
        MAX_EDITS=HOSTILE,
        MAX_MINUTES=HOSTILE,
        MODEL=HOSTILE,
        DIAGNOSTICS=f"{HOSTILE}\n\nb c.xml",
    )
    assert done.returncode == 0, done.stderr
    said = arguments(tmp_path)
    named = dict(zip(said[::2], said[1::2], strict=True))
    one = ("--base", "--test", "--check", "--max-edits", "--max-minutes", "--model")
    assert [named[flag] for flag in one] == [HOSTILE] * 6
    reports = [said[i + 1] for i, flag in enumerate(said) if flag == "--diagnostics"]
    assert reports == [HOSTILE, "b c.xml"]
    assert not list(tmp_path.glob("**/made"))


def test_what_is_not_said_is_no_argument_and_posting_is_asked_for(tmp_path):
    looked(tmp_path, BASE="HEAD~1", MODEL="nano", POST="false")
    flags = {flag for flag in arguments(tmp_path) if flag.startswith("--")}
    assert flags == {"--base", "--model", "--format"}
    token = step("Look for fixes")["env"]["GITHUB_TOKEN"]
    assert token == "${{ inputs.post == 'true' && github.token || '' }}"


def test_posting_is_a_flag(tmp_path):
    looked(tmp_path, BASE="HEAD~1", MODEL="nano", POST="true")
    assert "--post" in arguments(tmp_path)


@pytest.mark.parametrize("script", [step("Look for fixes")["run"], GITLAB.read_text()])
def test_every_flag_and_format_that_is_asked_for_is_the_commands(script):
    flags = set(re.findall(r"(?<=[ (])--[a-z-]+", script))
    formats = set(re.findall(r"\b([a-z]+)=[\w./-]+\.(?:diff|sarif|md|txt|json)\b", script))
    assert {"--base", "--format"} <= flags
    assert "markdown" in formats
    command = [sys.executable, "-m", "editdiff", "ci", "--help"]
    wide = os.environ | {"COLUMNS": "1000", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    shown = subprocess.run(command, env=wide, capture_output=True, text=True, check=True).stdout
    assert [flag for flag in flags if flag not in shown] == []
    assert all(re.search(rf"\b{name}\b", shown) for name in formats)


def test_what_runs_cannot_speak_to_the_runner(tmp_path):
    done = looked(tmp_path, BASE="x", MODEL="nano")
    first, last = done.stdout.strip().split("\n")
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{32}", first)
    assert last == f"::{first.rsplit('::', 1)[1]}::"
    environment = (tmp_path / "environment").read_text()
    assert not re.search(r"(?m)^GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)=", environment)


@pytest.mark.parametrize(
    ("status", "fail", "expected"),
    [
        (0, "false", 0),
        (1, "false", 0),
        (1, "true", 1),
        (2, "false", 2),
        (2, "true", 2),
        (0, "true", 0),
    ],
)
def test_the_step_fails_as_is_asked_for_and_always_where_the_run_itself_failed(
    tmp_path, status, fail, expected
):
    done = looked(tmp_path, status, BASE="x", MODEL="nano")
    assert done.returncode == 0
    told = dict(line.split("=", 1) for line in (tmp_path / "github_output").read_text().split())
    assert told["status"] == str(status)
    assert Path(told["folder"]).parent == tmp_path
    said = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step("Say how it went")["run"]],
        env=os.environ | {"STATUS": told["status"], "FAIL": fail},
    )
    assert said.returncode == expected


def test_the_sample_workflow_may_only_read_and_leaves_no_token_where_tests_run():
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert list(workflow[True]) == ["pull_request"]  # `on` is a truth value in YAML
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert "permissions" not in job
    checkout, action = job["steps"]
    assert checkout["with"] == {
        "ref": "${{ github.event.pull_request.head.sha }}",
        "fetch-depth": 0,
        "persist-credentials": False,
    }
    assert set(action["with"]) <= set(ACTION["inputs"])
    commented = re.findall(
        r"# ([\w-]+): ", WORKFLOW.read_text(encoding="utf-8").split("action")[-1]
    )
    assert set(commented) <= set(ACTION["inputs"])


def test_the_template_of_gitlab_keeps_the_model_under_its_own_name():
    (job,) = yaml.safe_load(GITLAB.read_text(encoding="utf-8")).values()
    assert job["cache"]["key"] == f"editdiff-{Weights.named('coder').place.name}"
    assert job["variables"]["EDITDIFF_MODELS"].endswith(job["cache"]["paths"][0])


def test_the_hooks_have_their_names_and_run_a_command_that_there_is():
    assert [hook["id"] for hook in HOOKS] == ["editdiff-fix-syntax", "editdiff-math"]
    for hook in HOOKS:
        assert hook["language"] == "python"
        assert hook["entry"].startswith("editdiff fix --write ")
        (extras,) = hook["additional_dependencies"]
        assert re.fullmatch(r"\.\[cpu(,check)?\]", extras)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a.py", True),
        ("src/notes-lock.py", True),
        ("node_modules/x/a.js", False),
        ("a/vendor/b.go", False),
        ("package-lock.json", False),
        ("web/pnpm-lock.yaml", False),
        ("uv.lock", False),
        ("site.min.js", False),
    ],
)
def test_what_others_write_is_no_hooks_business(hook, name, taken):
    assert (re.search(hook["exclude"], name) is None) == taken


@pytest.mark.parametrize(
    ("hook", "name", "text", "clean"),
    [
        (HOOKS[0], "ok.py", "x = 1\n", True),
        (HOOKS[0], "area.py", "def area(width, height:\n    return width * height\n", False),
        (HOOKS[0], "-x.py", "x = (\n", False),
        (HOOKS[0], "a b.json", '{"a": 1,}\n', False),
        (HOOKS[1], "notes.md", "All in all 2 + 3 = 5.\n", True),
        (HOOKS[1], "notes.md", "All in all 2 + 3 = 6.\n", False),
    ],
)
def test_a_hook_fails_or_changes_the_file_where_something_is_wrong_and_only_there(
    hook, name, text, clean, tmp_path
):
    file = tmp_path / name
    file.write_text(text)
    command = [sys.executable, "-m", *hook["entry"].split(), *hook["args"], name]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    changed = file.read_text() != text
    assert (done.returncode == 0 and not changed) == clean, done.stderr
    assert done.returncode in (0, 1), done.stderr
