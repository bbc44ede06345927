"""What a client may say: what is right counts, what is wrong is told and counts as not said."""

import pytest
from editdiff_lsp.options import Diagnostics, GhostText, Options, parse


def parsed(value):
    told = []
    return parse(value, told.append), told


@pytest.mark.parametrize("nothing", [None, {}, {"ghostText": {}}, {"ghostText": None}])
def test_nothing_said_is_the_default(nothing):
    assert parsed(nothing) == (Options(), [])


def test_every_option_of_the_page_is_taken():
    said = {
        "model": "/models/mine",
        "drafts": 8,
        "steps": 16,
        "threshold": 0.8,
        "temperature": 1,
        "canvas": 64,
        "seed": 3,
        "others": 2,
        "confidence": 0.25,
        "unloadAfter": 7.5,
        "endpoint": "http://127.0.0.1:8080",
        "endpointModel": "qwen",
        "endpointKind": "llama.cpp",
        "endpointKeyEnv": "MY_KEY",
        "endpointSeconds": 20,
        "ghostText": {
            "enabled": False,
            "languages": ["python", "rust"],
            "debounce": 0,
            "confidence": 0.5,
            "severalLines": "always",
        },
        "diagnostics": {
            "syntax": False,
            "syntaxLanguages": ["rust"],
            "maths": False,
            "mathsLanguages": [],
            "merges": False,
        },
        "git": False,
        "markers": ["???"],
    }
    options, told = parsed(said)
    ghost = GhostText(False, ("python", "rust"), 0, 0.5, "always")
    told_of = Diagnostics(False, ("rust",), False, (), False)
    endpoint = ("http://127.0.0.1:8080", "qwen", "llama.cpp", "MY_KEY", 20)
    model = ("/models/mine", 8, 16, 0.8, 1, 64, 3, 2, 0.25, 7.5)
    expected = Options(*model, *endpoint, ghost, told_of, False, ("???",))
    assert (options, told) == (expected, [])


@pytest.mark.parametrize("name", ["model", "drafts", "temperature", "seed"])
def test_null_leaves_an_option_to_the_users_own_file(name):
    assert parsed({name: None}) == (Options(), [])


def test_an_unknown_option_is_told_with_the_nearest_name():
    options, told = parsed({"drafs": 3, "steps": 7, "ghostText": {"debonce": 1}})
    assert options == Options(steps=7)
    assert told == [
        "there is no option drafs: did you mean drafts?",
        "there is no option ghostText.debonce: did you mean ghostText.debounce?",
    ]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"drafts": "4"}, "the option drafts cannot be '4'"),
        ({"confidence": 2}, "the option confidence cannot be 2"),
        ({"ghostText": {"severalLines": "x"}}, "the option ghostText.severalLines cannot be 'x'"),
        ({"drafts": True}, "the option drafts cannot be True"),
        (
            {"ghostText": {"languages": "python"}},
            "the option ghostText.languages cannot be 'python'",
        ),
        ({"markers": [1]}, "the option markers cannot be [1]"),
        ({"diagnostics": {"maths": 1}}, "the option diagnostics.maths cannot be 1"),
        ({"ghostText": 1}, "ghostText should be an object, not 1"),
        ([], "the options should be an object, not []"),
    ],
)
def test_a_value_of_another_type_is_told_and_left_out(value, sentence):
    assert parsed(value) == (Options(), [sentence])


def test_options_are_settings_in_another_spelling():
    said = {"endpointModel": "qwen", "endpointKeyEnv": "MY_KEY", "endpointSeconds": 20, "drafts": 8}
    flags = {name: value for name, value in parsed(said)[0].flags.items() if value is not None}
    assert flags == {
        "endpoint_model": "qwen",
        "endpoint_key_env": "MY_KEY",
        "endpoint_seconds": 20,
        "drafts": 8,
    }


def test_an_endpoint_is_named_at_the_start_and_never_later():
    first, told = Options(endpoint="http://127.0.0.1:8080", drafts=2), []
    later = Options(endpoint="http://elsewhere:8080", endpointModel="big", drafts=3)
    assert later.as_at_start(first, told.append) == Options(endpoint=first.endpoint, drafts=3)
    assert told == [
        "the option endpoint is taken when the server starts, and never later",
        "the option endpointModel is taken when the server starts, and never later",
    ]
    assert Options(drafts=4).as_at_start(first, told.append) == Options(
        endpoint=first.endpoint, drafts=4
    )
    assert len(told) == 2
