"""Rows and canvases of the adapter's training, token by token."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from adapter_zoo import BLOCK, FILES, exact, row_of, source
from tiny_gguf import pack

from editdiff.errors import InputError
from editdiff.training.adapter.canvases import NO_TARGET, Noise, drafting, made, noised
from editdiff.training.adapter.gaps import MIXTURE, cut_near
from editdiff.training.adapter.languages import MOST, SHARES, counts_of, grouped, shares_of
from editdiff.training.adapter.reading import read
from editdiff.training.adapter.rows import Shape
from editdiff.training.adapter.shortlist import Shortlist, commonest
from editdiff.training.adapter.stream import CHUNK, RowStream
from editdiff.training.adapter.written import write_middles
from editdiff.training.corpus.sources import SourceFile

OTHERS = np.arange(300)


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("trunk"))


def test_a_row_is_a_function_of_seed_and_number(there):
    rows = source(there)
    for number in range(5):
        one, two = rows.draw(number), source(there).draw(number)
        assert np.array_equal(one.middle, two.middle) and np.array_equal(one.prompt, two.prompt)
    first = [source(there, seed=seed).draw(0).middle.tolist() for seed in range(6)]
    assert len({tuple(ids) for ids in first}) > 1


def test_a_middle_is_the_files_own_text_behind_its_prompt(there):
    rows = source(there)
    texts = [file.text for file in FILES]
    for number in range(60):
        row = rows.draw(number)
        written = rows.tokenizer.decode(row.middle[1:].tolist())
        assert any(written in text for text in texts)
        assert 1 <= row.gap <= rows.shape.gap
        assert len(row.middle) <= 1 + row.gap + rows.shape.beyond
        assert row.middle[0] == rows.tokenizer.id_of("<|fim_middle|>")


def test_every_kind_of_gap_lies_in_its_text():
    text = FILES[0].text
    for cut, _ in MIXTURE:
        for seed in range(30):
            start, end = cut(text, np.random.default_rng(seed))
            assert 0 <= start <= end <= len(text)
    assert sum(share for _, share in MIXTURE) == pytest.approx(1)


def test_the_share_of_middles_that_the_trunk_writes_is_what_is_asked_for(there):
    for own in (0.0, 0.3, 1.0):
        rows = source(there, own=own)
        share = np.mean([rows.draw(number).wants_own for number in range(200)])
        assert abs(share - own) < 0.1


def test_a_corpus_without_text_is_an_input_error(there):
    with pytest.raises(InputError, match="no file of the corpus has a gap"):
        source(there, files=[SourceFile("a", "a.py", " \n")]).draw(0)


def test_a_token_outside_the_vocabulary_is_an_input_error(there):
    with pytest.raises(InputError, match="outside the trunk's vocabulary of 50"):
        source(there, vocabulary=50).draw(0)


def test_places_name_the_token_behind_them():
    row = row_of()
    canvas = drafting(row, np.array([0, 5]), BLOCK)
    assert canvas.masked.all() and canvas.blind.all()
    for number, anchor in enumerate(canvas.anchors):
        assert (
            canvas.before[number].tolist() == row.middle[anchor + 1 : anchor + 1 + BLOCK].tolist()
        )
        assert (
            canvas.targets[number].tolist() == row.middle[anchor + 2 : anchor + 2 + BLOCK].tolist()
        )


def test_only_what_is_masked_or_wrong_is_asked_for():
    row = row_of()
    masked = np.array([[True, False, True, False]])
    canvas = made(row, np.array([2]), masked)
    right = row.middle[4:8]
    assert canvas.targets[0].tolist() == [NO_TARGET, right[1], NO_TARGET, right[3]]
    assert canvas.blind[0].tolist() == [False, False, True, True], (
        "before a visible token it knows more"
    )
    lies = np.array([[NO_TARGET, (right[0] + 1) % 300, NO_TARGET, NO_TARGET]])
    faulty = made(row, np.array([2]), masked, lies)
    assert faulty.ids[0, 1] == lies[0, 1] and faulty.before[0, 1] == canvas.before[0, 1]
    assert faulty.targets[0].tolist() == [right[0], right[1], NO_TARGET, right[3]]


def test_behind_the_end_of_a_middle_nothing_is_asked_or_shown():
    row = row_of(gap=3, beyond=0)
    canvas = made(row, np.array([2]), np.zeros((1, BLOCK), dtype=np.bool_))
    assert canvas.masked[0].tolist() == [False, True, True, True]
    assert (canvas.targets == NO_TARGET).all()


def test_noise_is_what_it_says():
    row = row_of(gap=40)
    canvas = noised(row, 40, 8, Noise(drafting=1.0), OTHERS, np.random.default_rng(0))
    assert canvas.masked.all() and len(canvas.anchors) == 40 == len(set(canvas.anchors.tolist()))
    rng = np.random.default_rng(1)
    drawn = [noised(row, 40, 8, Noise(0.0, 1.0, 0.25), OTHERS, rng) for _ in range(20)]
    visible = np.concatenate([~c.masked for c in drawn])
    wrong = np.concatenate([(c.ids != c.before) & ~c.masked for c in drawn])
    assert 0.3 < visible.mean() < 0.7
    assert 0.18 < wrong.sum() / visible.sum() < 0.26, "some lies happen to be the truth"
    none = noised(row, 40, 8, Noise(0.0, 0.0), OTHERS, rng)
    assert (none.ids == none.before).all()


def test_the_trunk_writes_what_it_writes_alone_token_by_token(there):
    trunk, rows = exact(there), source(there)
    special = rows.tokenizer.special
    drawn = [rows.draw(number) for number in range(5)]
    for row, own in zip(drawn, write_middles(trunk, drawn, special), strict=True):
        assert len(own.row.middle) == len(row.middle) and own.row.middle[0] == row.middle[0]
        assert special.is_text(own.row.middle[1:]).all()
        (again,) = read(trunk, [own.row])
        assert np.allclose(own.hidden, again.hidden, atol=1e-4)
        for (k, v), (k2, v2) in zip(own.cache, again.cache, strict=True):
            assert np.allclose(k, k2, atol=1e-4) and np.allclose(v, v2, atol=1e-4)
        logits = trunk.logits(again.hidden[len(row.prompt) : -1]).numpy()
        logits[:, ~np.isin(np.arange(logits.shape[1]), special.text_ids)] = -np.inf
        assert (logits.argmax(axis=1) == own.row.middle[1:]).all()


def test_a_stream_gives_a_row_by_its_number_from_wherever_it_begins(there):
    trunk, rows = exact(there), source(there)
    numbers = [CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1]
    whole = RowStream(rows, trunk)
    first = [whole.read([number])[0] for number in range(CHUNK - 3, CHUNK + 2)][1:]
    for one, two in zip(first, RowStream(rows, trunk).read(numbers), strict=True):
        assert np.array_equal(one.row.middle, two.row.middle)
        assert np.allclose(one.hidden, two.hidden, atol=1e-4)
    assert any(each.row.wants_own for each in first + whole.read(range(CHUNK, CHUNK + 8)))


def test_a_shortlist_holds_the_commonest_tokens_of_a_corpus(there):
    trunk, words = exact(there), source(there).tokenizer
    ids = commonest([(1.0, FILES)], words, 20)
    assert len(ids) == 20 and (np.diff(ids) > 0).all()
    assert set(words.encode("width")) & set(ids.tolist())
    few = commonest([(1.0, [SourceFile("a", "a.py", "aaa")])], words, 20)
    assert few.tolist() == sorted(set(words.encode("aaa")))
    listed = Shortlist(ids, trunk)
    import torch

    targets = torch.tensor([ids[3], NO_TARGET, 332])
    assert listed.index(targets).tolist() == [3, NO_TARGET, NO_TARGET]
    assert torch.equal(listed.rows[3], trunk.tied[ids[3]])


def test_a_gap_is_cut_where_it_is_longer_than_a_row(there):
    rows = source(there, shape=Shape(64, 5, 2))
    assert max(rows.draw(number).gap for number in range(20)) == 5


def test_several_gaps_lie_near_each_other_in_order_with_text_between():
    text = "".join(file.text for file in FILES)
    counts = set()
    for seed in range(80):
        gaps = cut_near(text, np.random.default_rng(seed))
        counts.add(len(gaps))
        for one, two in itertools.pairwise(gaps):
            assert one.end < two.start
        assert all(gap.start < gap.end <= len(text) for gap in gaps)
        assert not gaps or gaps[-1].end - gaps[0].start <= 500
    assert counts >= {1, 2, 3}


def test_of_several_gaps_what_lies_between_and_behind_is_given(there):
    rows = source(there, several=1.0, own=1.0)
    texts, inside = [file.text for file in FILES], 0
    for number in range(60):
        row = rows.draw(number)
        if row.given is None:  # no gap was found near where it was looked for
            continue
        assert not row.wants_own and len(row.given) == len(row.middle) and not row.given[0]
        written = rows.tokenizer.decode(row.middle[1:].tolist())
        assert any(written in text for text in texts)
        if row.gap < rows.shape.gap:  # it was not cut
            assert row.given[1 + row.gap :].all(), "what follows the last gap"
        inside += int(row.given[: 1 + row.gap].any())
    assert inside > 20


def test_pieces_of_several_gaps_are_encoded_apart(there):
    """Where a border is cut inside of what would be one token, two tokens stand."""
    rows = source(there, several=1.0)
    drawn = [row for row in map(rows.draw, range(80)) if row.given is not None]
    apart = 0
    for row in drawn:
        ids = row.middle[1:].tolist()
        apart += rows.tokenizer.encode(rows.tokenizer.decode(ids)) != ids
    assert apart > len(drawn) / 4


def test_what_is_given_is_shown_never_a_lie_and_never_asked_for():
    row = row_of(gap=40)
    given = np.zeros(len(row.middle), dtype=np.bool_)
    given[10:14] = given[30:] = True
    row = replace(row, given=given)
    canvas = noised(row, 40, 8, Noise(0.5, 1.0, 0.5), OTHERS, np.random.default_rng(0))
    places = canvas.anchors[:, None] + 1 + np.arange(8)
    there = places < len(given)
    marked = np.where(there, given[np.minimum(places, len(given) - 1)], False)
    assert np.array_equal(canvas.given, marked)
    assert not (canvas.masked & marked).any() and (canvas.ids == canvas.before)[marked].all()
    named = given[np.minimum(places + 1, len(given) - 1)]
    assert (canvas.targets[named & there] == NO_TARGET).all()
    behind = marked[:, ::-1].cumsum(axis=1)[:, ::-1] > 0
    assert not canvas.blind[:, :-2][behind[:, 2:]].any(), "the trunk does not see what is given"


def test_languages_are_drawn_by_their_shares_and_not_by_their_files(there):
    script = "function area(width, height) {\n  return width * height\n}\n"
    files = [*FILES, SourceFile("b", "b.js", script), SourceFile("c", "c.css", "a { b: c }\n")]
    rows = source(there, files=files, shares={"python": 0.5, "javascript": 0.5, "java": 3.0})
    drawn = [rows.tokenizer.decode(rows.draw(n).prompt.tolist()) for n in range(200)]
    drawn = [
        text + rows.tokenizer.decode(rows.draw(n).middle[1:].tolist())
        for n, text in enumerate(drawn)
    ]
    share = np.mean(["function" in text or "}" in text or "{" in text for text in drawn])
    assert 0.35 < share < 0.6
    assert sum(SHARES.values()) == pytest.approx(1)


def test_no_package_has_more_than_its_part_of_a_language():
    large = [SourceFile("large", f"{i}.js", f"f({i})") for i in range(3 * MOST)]
    small = [SourceFile("small", f"{i}.js", f"g({i})") for i in range(7)]
    other = [SourceFile("large", "a.py", "a = 1")]
    groups = grouped([*large, *small, *other], {"javascript": 0.6, "python": 0.2})
    assert {name: share for name, (share, _) in groups.items()} == pytest.approx(
        {"javascript": 0.75, "python": 0.25}
    )
    assert groups["javascript"][1] == [*large[::3], *small]
    assert groups["python"][1] == other


def test_rows_of_one_language_are_what_they_were_before_there_were_others(there):
    files = [*FILES, SourceFile("b", "b.js", "let a = 1\n" * 20)]
    alone, among = source(there), source(there, files=files, shares={"python": 1.0})
    for number in range(20):
        assert np.array_equal(alone.draw(number).middle, among.draw(number).middle)


def test_no_file_of_a_language_that_is_asked_for_is_an_input_error(there):
    with pytest.raises(InputError, match="the corpus has no file of java"):
        source(there, shares={"java": 1.0}).draw(0)


def test_numbers_by_language_are_read():
    assert counts_of("100") == {"python": 100} and counts_of("0") == {}
    assert counts_of("python=5, javascript=0,typescript=2") == {"python": 5, "typescript": 2}
    assert shares_of("") == SHARES and shares_of("java=0.5") == {"java": 0.5}


@pytest.mark.parametrize(
    "text", ["many", "python", "python=x", "python=-1", "cobol=3", "python=1.5", "a=b=c"]
)
def test_other_than_numbers_by_language_is_an_input_error(text):
    with pytest.raises(InputError) as caught:
        counts_of(text)
    assert caught.value.hint
    with pytest.raises(InputError):
        shares_of("python=inf")
