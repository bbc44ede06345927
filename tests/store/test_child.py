import time

import pytest

from editdiff.store import child


def test_it_gives_the_code_and_the_last_line_that_was_printed():
    program = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    done = child.python(["-c", program], {"PYTHONUNBUFFERED": "1"}, lambda: None)
    assert done == (3, "two")


def test_its_variables_are_its_own(monkeypatch):
    monkeypatch.delenv("ONLY_THERE", raising=False)
    program = "import os; print(os.environ['ONLY_THERE'])"
    assert child.python(["-c", program], {"ONLY_THERE": "yes"}, lambda: None) == (0, "yes")


def test_it_ends_with_an_interrupt():
    def interrupt():
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        child.python(["-c", "import time; time.sleep(60)"], {}, interrupt)
    assert time.monotonic() - began < 30


def test_the_size_of_a_folder_counts_what_lies_deeper(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"12")
    (tmp_path / "deep/b").write_bytes(b"345")
    assert child.size(tmp_path) == 5
    assert child.size(tmp_path / "nothing") == 0
