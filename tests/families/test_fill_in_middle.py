"""The form of context of public checkpoints, with one of their tokenizers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import ROLES, write_tokenizer

from editdiff.prompt.base import ContextParts, OtherFile, Prompt
from editdiff.prompt.fim import FillInMiddle
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles


@pytest.fixture
def tokenizer(tmp_path) -> CheckpointTokenizer:
    return CheckpointTokenizer.from_file(write_tokenizer(tmp_path / "tokenizer.json"), ROLES)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> CheckpointTokenizer:
    """A tokenizer without sentinels."""
    path = write_tokenizer(tmp_path_factory.mktemp("plain") / "tokenizer.json")
    return CheckpointTokenizer.from_file(path, Roles(ROLES.pad, ROLES.mask, ROLES.end))


def shown(tokenizer: CheckpointTokenizer, prompt: Prompt) -> str:
    """A context with its special tokens spelt out."""
    names = {
        tokenizer.id_of(name): name
        for name in ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
    }
    names |= {gap: f"<{i}>" for i, gap in enumerate(tokenizer.special.gaps)}
    return "".join(names.get(i) or tokenizer.decode([i]) for i in prompt.ids.tolist())


def test_one_gap_is_written_behind_the_middle_mark(tokenizer):
    prompt = FillInMiddle(tokenizer).encode(ContextParts("a = ", "\nb\n", "x.py"), 60)
    assert shown(tokenizer, prompt) == "<|fim_prefix|>a = <|fim_suffix|>\nb\n"
    assert prompt.heads == (tokenizer.id_of("<|fim_middle|>"),)
    assert prompt.at.tolist() == list(range(len(prompt.ids)))


def test_each_of_several_gaps_has_a_sentinel(tokenizer):
    parts = ContextParts("\nc = ", "\nd\n", earlier=("a = ", "\nb = "))
    prompt = FillInMiddle(tokenizer).encode(parts, 60)
    told = "<|fim_prefix|>a = <0>\nb = <1>\nc = <|fim_suffix|>\nd\n<|fim_middle|>"
    assert shown(tokenizer, prompt) == told
    assert prompt.heads == tokenizer.special.gaps


def test_the_path_is_told_where_the_model_knows_a_mark_and_others_to_be_told_from(tokenizer):
    parts = ContextParts("a", "b", "x.py")
    for form in (FillInMiddle(tokenizer), FillInMiddle(tokenizer, file="<|endoftext|>")):
        assert tokenizer.decode(form.encode(parts, 60).ids.tolist()) == "ab"
    told = form.encode(replace(parts, others=(OtherFile("y.py", "c\n"),)), 60)
    assert tokenizer.decode(told.ids.tolist()) == "y.py\nc\nx.py\nab"
    mark = tokenizer.id_of("<|endoftext|>")
    assert told.ids[0] == mark and (told.ids == mark).sum() == 2


def test_both_sides_stay_under_the_budget_and_keep_what_is_near(tokenizer):
    parts = ContextParts("first\n" * 400 + "near = ", "\nnext\n" + "last\n" * 400)
    for budget in (9, 60, 200):
        prompt = FillInMiddle(tokenizer).encode(parts, budget)
        text = prompt.ids[tokenizer.special.is_text(prompt.ids)].tolist()
        assert len(text) <= budget
        after = tokenizer.decode(text[-(budget // 3) :])
        assert parts.after.startswith(after) and parts.before.endswith(
            tokenizer.decode(text[: -(budget // 3)])
        )


def test_more_gaps_than_sentinels_are_refused(tokenizer):
    assert len(tokenizer.special.gaps) == 3
    with pytest.raises(ValueError, match="4 gaps, but 3 sentinels"):
        FillInMiddle(tokenizer).encode(ContextParts("a", "b", earlier=("c", "d", "e")), 9)


def test_without_sentinels_the_text_between_gaps_is_locked(plain):
    parts = ContextParts("\nc = ", "\nd\n", earlier=("a = ", "\nb = "))
    prompt = FillInMiddle(plain).encode(parts, 60)
    assert shown(plain, prompt) == "<|fim_prefix|>a = <|fim_suffix|>\nd\n"
    assert [plain.decode(list(ids)) for ids in prompt.locked] == ["\nb = ", "\nc = "]
    middle = plain.id_of("<|fim_middle|>")
    assert prompt.heads == (middle, prompt.locked[0][-1], prompt.locked[1][-1])


def test_gaps_that_touch_have_nothing_locked_between_them(plain):
    prompt = FillInMiddle(plain).encode(ContextParts("", "b", earlier=("a",)), 60)
    assert prompt.locked == ((),) and len(prompt.heads) == 2


def test_what_was_typed_stands_behind_the_middle_mark(plain):
    form = FillInMiddle(plain)
    before = form.encode(ContextParts("a = ", "\nb\n"), 60)
    typed = form.encode(ContextParts("a = wide", "\nb\n", typed=4), 60)
    told = [*typed.ids.tolist(), typed.heads[0]]
    assert told[: len(before.ids) + 1] == [*before.ids.tolist(), plain.id_of("<|fim_middle|>")]
    assert plain.decode(told[len(before.ids) :]) == "wide"
    assert before.shares(typed) == len(before.ids), "a key encodes its own tokens alone"


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        ("x = wid", " wid"),
        ("return wi", " wi"),
        ("x =", " ="),
        ("a[12", "2"),
        ("if x:\n    ", " "),
        ("x = f(", "("),
        ("a\n", ""),
        ("", ""),
        ("x" * 40, "x" * 32),
        ("变量", "变量"),
    ],
)
def test_what_may_share_a_token_with_the_gap_is_taken_back(before, begins, plain):
    prompt = FillInMiddle(plain, heals=True).encode(ContextParts(before, "\n"), 60)
    assert prompt.begins.decode() == begins
    kept = before[: len(before) - len(begins)]
    assert shown(plain, prompt) == f"<|fim_prefix|>{kept}<|fim_suffix|>\n"


def test_of_what_was_typed_a_piece_is_taken_back_first(plain):
    form = FillInMiddle(plain, heals=True)
    prompt = form.encode(ContextParts("x = a + wid", "\n", typed=7), 60)
    assert prompt.begins == b" wid"
    told = [*prompt.ids.tolist(), prompt.heads[0]]
    assert plain.decode(told) == "x =\n a +", "what was taken back at first is told again"


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 8), st.booleans())
def test_a_prompt_holds_the_whole_text_around_a_gap(plain, before, after, typed, heals):
    typed = min(typed, len(before))
    prompt = FillInMiddle(plain, heals=heals).encode(ContextParts(before, after, typed=typed), 2000)
    ids = [*prompt.ids.tolist(), prompt.heads[0]]
    prefix, suffix, middle = map(
        plain.id_of, ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
    )
    near, behind = ids[ids.index(prefix) + 1 : ids.index(suffix)], ids[ids.index(middle) :]
    told = plain.decode_bytes(near) + plain.decode_bytes(behind) + prompt.begins
    assert told.decode() == before
    assert plain.decode(ids[ids.index(suffix) + 1 : ids.index(middle)]) == after
    assert not heals or len(prompt.begins.decode()) <= 32


def test_other_files_stand_before_the_own_one_the_last_of_them_whole(plain):
    form = FillInMiddle(plain, file="<|endoftext|>")
    others = (OtherFile("far.py", "far = 1\n" * 50), OtherFile("near.py", "near = 2\n"))
    prompt = form.encode(ContextParts("a", "b", "x.py", others=others), 200)
    assert prompt.ids[0] == plain.id_of("<|endoftext|>")
    told = plain.decode(prompt.ids.tolist())
    assert told.startswith("far.py\nfar = 1\n") and told.endswith("near.py\nnear = 2\nx.py\nab")
    assert len(prompt.ids) <= 200 + 8
    tight = form.encode(ContextParts("a", "b", "x.py", others=others), 40)
    assert "far" not in plain.decode(tight.ids.tolist())


def test_other_files_push_nothing_of_the_own_text_out(plain):
    form = FillInMiddle(plain, file="<|endoftext|>")
    others = (OtherFile("near.py", "near = 2\n" * 90),)
    parts = ContextParts("before = 1\n" * 90, "after = 1\n" * 90, "x.py")
    alone = form.encode(parts, 80).ids.tolist()
    told = form.encode(replace(parts, others=others), 80).ids.tolist()
    assert told[len(told) - len(alone) :] == alone
    assert 20 <= len(told) - len(alone) <= 40 + 8, "a quarter, or what is left up to a half"


def test_what_is_typed_changes_nothing_of_the_other_files(plain):
    form = FillInMiddle(plain, file="<|endoftext|>")
    parts = ContextParts("x = ", "\n", "x.py", others=(OtherFile("near.py", "near = 2\n" * 90),))
    first = form.encode(parts, 80)
    for typed in ("w", "wi", "width + 1"):
        more = replace(parts, before="x = " + typed, typed=len(typed))
        assert form.encode(more, 80).shares(first) == len(first.ids)


def test_without_a_mark_for_files_no_other_is_told(plain):
    parts = ContextParts("a", "b", "x.py", others=(OtherFile("near.py", "near = 2\n"),))
    assert shown(plain, FillInMiddle(plain).encode(parts, 60)) == "<|fim_prefix|>a<|fim_suffix|>b"


def test_what_is_written_goes_on_behind_the_context(tokenizer):
    prompt = FillInMiddle(tokenizer).encode(ContextParts("a", "b"), 9)
    n = len(prompt.ids)
    rows = np.array([[prompt.heads[0], *tokenizer.encode("xy"), tokenizer.special.end]])
    assert prompt.positions(rows).tolist() == [list(range(n, n + rows.shape[1]))]
    assert prompt.then(rows[0]).at.tolist() == list(range(n + rows.shape[1]))
