import gzip

import pytest

from editdiff.errors import InputError, UsageError
from editdiff.evaluation.data.upstream import in_random_order, records

TEXT = '{"a": 1, "b": "\u2028"}\n\n{"a": 2, "b": 3, "c": 4}\n'


@pytest.mark.parametrize("name", ["own.jsonl", "own.jsonl.gz"])
def test_records_are_read_from_the_file_or_its_folder(tmp_path, name):
    data = TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    expected = [{"a": 1, "b": "\u2028"}, {"a": 2, "b": 3, "c": 4}]
    assert records(tmp_path / name, "other", ["a", "b"]) == expected
    assert records(tmp_path, name, ["a"]) == expected


def test_without_a_path_the_file_is_named():
    with pytest.raises(UsageError, match=r"needs its file own\.jsonl"):
        records(None, "own.jsonl", [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        (b"", "has no records"),
        (b"\xff\xfe", "cannot read"),
        (b'{"a": 1}\nnonsense', "line 2 of .* is no record with a"),
        (b"[1]", "line 1 of .* is no record"),
        (b'{"b": 1}', "line 1 of .* is no record"),
    ],
)
def test_a_file_of_something_else_is_refused_with_the_line(tmp_path, content, message):
    if content is not None:
        (tmp_path / "own.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=message):
        records(tmp_path, "own.jsonl", ["a"])


def test_an_order_hangs_on_its_seed_alone():
    items = list(range(50))
    assert in_random_order(items, 1) == in_random_order(items, 1)
    assert sorted(in_random_order(items, 1)) == items
    assert in_random_order(items, 1) != in_random_order(items, 2)
