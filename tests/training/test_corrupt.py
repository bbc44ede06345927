import torch
from hypothesis import given
from hypothesis import strategies as st

from editdiff.tokens.bpe import SPECIAL_TOKENS, own_special
from editdiff.training.batches.corrupt import (
    Noise,
    corrupt,
    low_discrepancy_t,
    with_drafts,
    with_own_samples,
)

V = 300
S = own_special(V)


def canvas(length: int, places: int) -> torch.Tensor:
    """[1, places] sentinel, `length` tokens, `<end>` if it fits, padding."""
    ids = [S.gaps[0], *range(100, 100 + length), S.end]
    return torch.tensor([(ids + [S.pad] * places)[:places]])


def g(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


sizes = st.tuples(st.integers(0, 40), st.sampled_from([8, 16, 32]))


@given(sizes, st.integers(0, 999))
def test_every_place_is_clean_masked_or_a_wrong_text_token(
    size: tuple[int, int], seed: int
) -> None:
    clean = canvas(*size)
    noisy = corrupt(clean, low_discrepancy_t(1, 6, g(seed)), S, Noise(), g(seed))
    same, masked = noisy.ids == clean[:, None], noisy.ids == S.mask
    assert torch.equal(masked, noisy.masked)
    wrong = noisy.ids[~same & ~masked]
    assert (wrong >= len(SPECIAL_TOKENS)).all()
    assert (wrong < V).all()


@given(sizes, st.integers(0, 999))
def test_the_sentinel_stays_and_is_never_asked(size: tuple[int, int], seed: int) -> None:
    noisy = corrupt(canvas(*size), low_discrepancy_t(1, 6, g(seed)), S, Noise(), g(seed))
    assert (noisy.ids[..., 0] == S.gaps[0]).all()
    assert (noisy.weight[..., 0] == 0).all()


@given(sizes, st.integers(0, 999))
def test_padding_is_shown_with_its_end_or_not_at_all(size: tuple[int, int], seed: int) -> None:
    clean = canvas(*size)
    noisy = corrupt(clean, low_discrepancy_t(1, 6, g(seed)), S, Noise(), g(seed))
    for copy in noisy.ids[0]:
        if (clean == S.pad).any():
            shown = (copy == S.pad).any()
            assert bool(shown) == bool((copy == S.end).any())


def test_all_padding_together_weighs_one_token() -> None:
    clean = canvas(3, 32)
    noisy = corrupt(clean, torch.ones(1, 2), S, Noise(), g())
    pads = (clean == S.pad)[:, None].expand_as(noisy.weight)
    assert torch.allclose(noisy.weight[pads].view(1, 2, -1).sum(-1), torch.ones(1, 2))
    assert (noisy.weight[~pads].view(1, 2, -1)[..., 1:] == 1).all()


def test_the_first_copy_is_fully_masked() -> None:
    t = low_discrepancy_t(5, 4, g())
    assert (t[:, 0] == 1).all()
    noisy = corrupt(canvas(20, 16).expand(5, -1), t, S, Noise(wrong_share=1, wrong_rate=1), g())
    assert noisy.masked[:, 0, 1:].all()


def test_noise_levels_of_a_row_are_spread_evenly() -> None:
    t = low_discrepancy_t(100, 8, g())[:, 1:]
    gaps = t.sort(-1).values.diff(dim=-1)
    assert gaps.max() < 0.98 * 2 / 8 + 1e-5  # neighbours are 1/8 apart, 2/8 where copy 0 was taken
    assert t.min() >= 0.02
    assert t.max() <= 1


def test_the_share_of_masks_is_t() -> None:
    t = torch.full((400, 2), 0.3)
    noisy = corrupt(canvas(40, 32).expand(400, -1), t, S, Noise(), g())
    assert abs(noisy.masked[..., 1:].float().mean() - 0.3) < 0.02


def test_wrong_tokens_are_asked_for_and_right_ones_a_little() -> None:
    clean = canvas(40, 32).expand(50, -1)
    noise = Noise(wrong_share=1.0, wrong_rate=0.5, keep_weight=0.1)
    noisy = corrupt(clean, torch.full((50, 3), 0.2), S, noise, g())
    visible = ~noisy.masked[:, 1:, 1:]
    wrong = (noisy.ids != clean[:, None])[:, 1:, 1:] & visible
    assert 0.4 < wrong.float().sum() / visible.float().sum() < 0.6
    weight = noisy.weight[:, 1:, 1:]
    assert torch.allclose(weight[wrong], torch.tensor(1 / 0.2))
    assert torch.allclose(weight[visible & ~wrong], torch.tensor(0.1 / 0.2))


def test_the_weight_of_a_mask_is_the_nelbos_up_to_a_bound() -> None:
    t = torch.tensor([[1.0, 0.5, 0.01]])
    noisy = corrupt(canvas(60, 32), t, S, Noise(wrong_share=0, t_clip=0.1), g())
    for k, weight in enumerate((1.0, 2.0, 10.0)):
        found = noisy.weight[0, k][noisy.masked[0, k]]
        assert torch.allclose(found, torch.tensor(weight))


def test_own_samples_replace_masks_and_stay_asked_for() -> None:
    clean = canvas(12, 16).expand(20, -1)
    noisy = corrupt(clean, torch.full((20, 4), 0.9), S, Noise(), g())
    samples = torch.full_like(noisy.ids, 222)
    mixed = with_own_samples(noisy, samples, clean, 0.5, S, g())
    replaced = (mixed.ids == 222) & (noisy.ids != 222)
    assert replaced.any()
    assert noisy.masked[replaced].all()
    assert not mixed.masked[replaced].any()
    assert torch.equal(mixed.weight, noisy.weight)
    assert torch.equal(mixed.ids[:, 0], noisy.ids[:, 0])


@given(sizes, sizes, st.integers(0, 999))
def test_of_several_gaps_each_one_hides_its_own_padding(
    one: tuple[int, int], two: tuple[int, int], seed: int
) -> None:
    second = canvas(*two)
    second[0, 0] = S.gaps[1]
    both = torch.cat((canvas(*one), second), 1)
    noisy = corrupt(both, low_discrepancy_t(1, 6, g(seed)), S, Noise(), g(seed))
    for copy, weight in zip(noisy.ids[0], noisy.weight[0], strict=True):
        for part in (slice(0, one[1]), slice(one[1], None)):
            clean = both[0, part]
            if (clean == S.pad).any():
                shown = bool((copy[part] == S.pad).any())
                assert shown == bool((copy[part] == S.end).any())
                padding, end = weight[part][clean == S.pad].sum(), weight[part][clean == S.end]
                assert torch.allclose(padding, end.sum())


@given(sizes, st.integers(0, 999))
def test_a_row_with_a_draft_starts_from_it_and_is_asked_where_it_is_wrong(
    size: tuple[int, int], seed: int
) -> None:
    clean = canvas(*size).repeat(2, 1)
    draft = clean.clone()
    content = (clean[0] >= len(SPECIAL_TOKENS)).nonzero()[:, 0]
    draft[0, content[:2]] = 250
    noisy = corrupt(clean, low_discrepancy_t(2, 6, g(seed)), S, Noise(), g(seed))
    shown = with_drafts(noisy, draft, clean, S, Noise(), g(seed))
    assert torch.equal(shown.ids[1], noisy.ids[1])
    if len(content):
        assert torch.equal(shown.ids[0, 0], draft[0])
        assert (shown.weight[0][shown.ids[0] != clean[0]] == 1).all()
        kept = shown.weight[0][(shown.ids[0] == clean[0]) & (clean[0] >= len(SPECIAL_TOKENS))]
        assert torch.allclose(kept, torch.tensor(Noise().keep_weight))
        assert torch.equal(shown.masked, shown.ids == S.mask) or not shown.masked[1].any()


def test_few_places_of_a_draft_are_masked() -> None:
    clean = canvas(20, 32)
    draft = clean.clone()
    draft[0, 3] = 250
    noisy = corrupt(clean, torch.ones(1, 400), S, Noise(), g())
    shown = with_drafts(noisy, draft, clean, S, Noise(), g())
    assert 0.1 < float(shown.masked[0, 1:, 1:21].float().mean()) < 0.2
    right = (shown.ids[0, 1:, 3] == clean[0, 3]).float()
    assert 0.2 < float(right.mean()) < 0.4
