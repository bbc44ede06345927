"""The form of context of public checkpoints, with one of their tokenizers."""

import numpy as np
import pytest
from tiny import ROLES, write_tokenizer

from editdiff.prompt.base import ContextParts, Prompt
from editdiff.prompt.fim import FillInMiddle
from editdiff.tokens.checkpoint import CheckpointTokenizer, Roles


@pytest.fixture
def tokenizer(tmp_path) -> CheckpointTokenizer:
    return CheckpointTokenizer.from_file(write_tokenizer(tmp_path / "tokenizer.json"), ROLES)


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


def test_the_path_is_told_where_the_model_knows_a_mark_for_it(tokenizer):
    told = FillInMiddle(tokenizer, file="<|endoftext|>").encode(ContextParts("a", "b", "x.py"), 60)
    assert tokenizer.decode(told.ids.tolist()) == "x.py\nab"
    assert told.ids[0] == tokenizer.id_of("<|endoftext|>")


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


def test_more_gaps_than_sentinels_are_refused(tokenizer, tmp_path):
    none = CheckpointTokenizer.from_file(
        write_tokenizer(tmp_path / "none.json"), Roles(ROLES.pad, ROLES.mask, ROLES.end)
    )
    assert FillInMiddle(none).encode(ContextParts("a", "b"), 9).heads
    with pytest.raises(ValueError, match="2 gaps, but 0 sentinels"):
        FillInMiddle(none).encode(ContextParts("a", "b", earlier=("c",)), 9)


def test_what_is_written_goes_on_behind_the_context(tokenizer):
    prompt = FillInMiddle(tokenizer).encode(ContextParts("a", "b"), 9)
    n = len(prompt.ids)
    rows = np.array([[prompt.heads[0], *tokenizer.encode("xy"), tokenizer.special.end]])
    assert prompt.positions(rows).tolist() == [list(range(n, n + rows.shape[1]))]
    assert prompt.then(rows[0]).at.tolist() == list(range(n + rows.shape[1]))
