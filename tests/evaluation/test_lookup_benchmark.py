from types import SimpleNamespace

import numpy as np

from editdiff.evaluation.benchmarks.lookup import KINDS, look, notes, row

REPEATED = "".join(
    f"def area_{i}(w, h):\n    if w < 0:\n        raise ValueError(w)\n    return w * h\n\n\n"
    for i in range(6)
)
FILES = [SimpleNamespace(package="p", path="a.py", text=REPEATED)]


def test_what_repeats_itself_is_found_and_told_to_be_likely() -> None:
    found = list(look(KINDS[0], FILES, 12, 0))  # type: ignore[arg-type]
    figures = row(KINDS[0], found).figures
    assert len(found) == 12
    assert float(str(figures["first"]).split()[0]) > 40
    told = [f.candidates[0].probability for f in found if any(f.right[:1])]
    assert np.mean(told) > 0.4


def test_at_a_cursor_the_rest_of_the_line_counts_character_for_character() -> None:
    found = list(look(KINDS[1], FILES, 12, 0))  # type: ignore[arg-type]
    for f in found:
        for candidate, right in zip(f.candidates, f.right, strict=True):
            assert right == (candidate.text.partition("\n")[0] == f.truth)


def test_the_regression_is_fitted_where_there_is_something_to_fit() -> None:
    found = list(look(KINDS[0], FILES, 12, 0))  # type: ignore[arg-type]
    assert "fitted on 12 gaps" in notes(found)[1]
    assert "was not fitted" in notes([])[1]
