import torch
from hypothesis import given
from hypothesis import strategies as st

from editdiff.papers.blocks import (
    block_causal,
    block_diagonal,
    block_of,
    noised_and_clean,
    offset_block_causal,
)


def picture(mask: torch.Tensor) -> list[str]:
    return ["".join(".#"[int(x)] for x in row) for row in mask]


def test_the_mask_of_five_tokens_in_blocks_of_two():
    assert picture(noised_and_clean(5, 2)) == [
        "##........",
        "##........",
        "..##.##...",
        "..##.##...",
        "....#####.",
        ".....##...",
        ".....##...",
        ".....####.",
        ".....####.",
        ".....#####",
    ]


@given(st.integers(1, 12), st.integers(1, 13))
def test_what_is_noised_never_tells_itself_nor_what_comes_after(length, block_size):
    mask, block = noised_and_clean(length, block_size), block_of(length, block_size)
    same = block[:, None] == block
    assert torch.equal(mask[:length, :length], same)  # its own noise
    assert not mask[:length, length:][
        block[:, None] <= block
    ].any()  # no clean block from its own on
    assert not mask[length:, :length].any()  # the clean text sees no noise


@given(st.integers(1, 12), st.integers(1, 13))
def test_block_causal_is_one_s_own_block_and_those_before(length, block_size):
    own, before = block_diagonal(length, block_size), offset_block_causal(length, block_size)
    assert not (own & before).any()
    assert torch.equal(own | before, block_causal(length, block_size))


@given(st.integers(1, 12))
def test_blocks_of_one_are_causal_and_one_block_sees_everything(length):
    assert torch.equal(block_causal(length, 1), torch.ones(length, length).tril().bool())
    assert block_causal(length, length).all()
