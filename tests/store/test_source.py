import json
from dataclasses import asdict
from pathlib import Path

import pytest
from stand_ins import SOURCE, write_source

import editdiff
from editdiff.errors import ModelError
from editdiff.store.source import Source

MODELS = Path(editdiff.__file__).parents[1] / "models"


def changed(**changes):
    return {"format": 1, **asdict(SOURCE), **changes}


def without(name):
    told = changed()
    del told[name]
    return told


WRONG = {
    "no JSON": "{",
    "no object": "[]",
    "a later format": json.dumps(changed(format=2)),
    "no format": json.dumps(without("format")),
    "an entry too many": json.dumps(changed(mirror="x")),
    "an entry too few": json.dumps(without("licence")),
    "no hub": json.dumps(without("hub")),
    "a hub with more": json.dumps(changed(hub={"repo": "a/b", "revision": "main", "token": "x"})),
    "a hub that is a word": json.dumps(changed(hub="a/b")),
    "no parts": json.dumps(changed(index=[])),
    "parts that are too few": json.dumps(changed(index=[asdict(SOURCE.index[0])])),
    "a part without a hash": json.dumps(changed(index=[{"package": "x"}])),
    "a size that is a text": json.dumps(changed(size="3000000")),
    "a size that is yes": json.dumps(changed(size=True)),
    "no size": json.dumps(changed(size=0)),
    "less than no memory": json.dumps(changed(memory=-1)),
    "an empty name": json.dumps(changed(file="")),
    "a name that leaves the folder": json.dumps(changed(file="../toy.gguf")),
    "a hash that is none": json.dumps(changed(sha256="abc")),
}


def test_a_source_is_read_as_it_was_written(tmp_path):
    write_source(tmp_path)
    assert Source.read(tmp_path) == SOURCE


@pytest.mark.parametrize("wrong", WRONG)
def test_a_source_is_refused_that_has(wrong, tmp_path):
    (tmp_path / "source.json").write_text(WRONG[wrong])
    with pytest.raises(ModelError, match="cannot read where the weights") as told:
        Source.read(tmp_path)
    assert told.value.hint


def test_a_missing_source_is_one_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"source\.json"):
        Source.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "size", "parts"), [("coder", 491_400_064, 6), ("coder-large", 1_117_320_768, 22)]
)
def test_the_models_to_be_had_say_where(name, size, parts):
    source = Source.read(MODELS / name)
    assert (source.size, len(source.index), source.licence) == (size, parts, "Apache-2.0")
    assert source.hub.repo.startswith("Qwen/")
