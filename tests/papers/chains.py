"""The samplers' Markov chains by enumeration, written from the papers and sharing nothing with the package.

A state is a tuple of ids, MASK where a place is unknown. A kernel gives the distribution of the next state; `final`
applies one kernel after the other to the blank state and gives the distribution of what comes out, text by text.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations, pairwise, permutations, product

import numpy as np
import torch

from editdiff.denoise.guess import Guess
from editdiff.papers.samplers.sampling import plain
from editdiff.tokens.canvas import Canvas

V, L = 3, 3
"""Tokens of the vocabulary, and places."""
MASK = V
"""Id of the mask."""
SPECIAL = plain(MASK)
State = tuple[int, ...]
Dist = dict[State, float]
Kernel = Callable[[State], Dist]
FEWEST = 10
"""Expected draws below which a text has no cell of its own in a chi-square."""
TEXTS = list(product(range(V), repeat=L))
CANVASES = [tuple(code // (V + 1) ** i % (V + 1) for i in range(L)) for code in range((V + 1) ** L)]
"""All canvases, each at the index `Tabular` gives it."""


class Tabular:
    """A network that is a table: for every canvas, known places or not, a distribution at each place."""

    def __init__(self, seed: int = 0, length: int = L, vocab: int = V, concentration: float = 0.7):
        rng = np.random.default_rng(seed)
        self.vocab = vocab
        self.base = (vocab + 1) ** np.arange(length)
        alpha = np.full(vocab, concentration)
        p = rng.dirichlet(alpha, size=((vocab + 1) ** length, length))
        self.p = 0.97 * p + 0.03 / vocab  # nothing so rare that it could not be counted
        self.calls: list[int] = []
        """Drafts asked about at each call."""

    def __call__(self, canvas: Canvas) -> Guess:
        self.calls.append(len(canvas.ids))
        p = self.p[canvas.ids @ self.base]  # [B, L, V]
        ids = np.argsort(-p, axis=-1)
        return Guess(ids, np.log(np.take_along_axis(p, ids, axis=-1)))

    def at(self, x: State) -> np.ndarray:
        """[L, V]"""
        return self.p[int(np.dot(x, self.base))]


class Scores(Tabular):
    """A timed network that errs: the sums of its scores are half to twice what they should be."""

    def __init__(self, alpha: Callable[[float], float]):
        super().__init__(seed=1)
        self.alpha = alpha
        self.p = self.p * np.random.default_rng(2).uniform(0.5, 2.0, (*self.p.shape[:2], 1))

    def scores(self, x: State, t: float) -> np.ndarray:
        """[L, V]"""
        return self.at(x) * self.alpha(t) / (1 - self.alpha(t))

    def __call__(self, canvas: Canvas, t: np.ndarray) -> Guess:
        assert (t == t[0]).all()
        p = np.stack([self.scores(x, t[0]) for x in CANVASES])[canvas.ids @ self.base]
        ids = np.argsort(-p, axis=-1)
        return Guess(ids, np.log(np.take_along_axis(p, ids, axis=-1)))


def unknown(x: State) -> list[int]:
    return [i for i, token in enumerate(x) if token == MASK]


def written(x: State, tokens: dict[int, int]) -> State:
    return tuple(tokens.get(i, token) for i, token in enumerate(x))


def each_alone(places: list[dict[int, float]]) -> Dist:
    """The product of the distributions of all places."""
    dist: Dist = defaultdict(float)
    for choice in product(*(place.items() for place in places)):
        dist[tuple(token for token, _ in choice)] += float(np.prod([p for _, p in choice]))
    return dist


def draws(p: np.ndarray, places: Iterable[int]) -> list[tuple[dict[int, int], float]]:
    """All tokens that could be drawn at `places` from p [L, V], with their probabilities."""
    places = list(places)
    return [
        (dict(zip(places, tokens, strict=True)), float(np.prod(p[places, list(tokens)])))
        for tokens in product(range(p.shape[1]), repeat=len(places))
    ]


def final(kernels: Iterable[Kernel], start: State = (MASK,) * L) -> Dist:
    dist: Dist = {start: 1.0}
    for kernel in kernels:
        after: Dist = defaultdict(float)
        for state, mass in dist.items():
            for next_state, p in kernel(state).items():
                after[next_state] += mass * p
        dist = after
    assert abs(sum(dist.values()) - 1) < 1e-9
    return dist


def drawn(p: np.ndarray) -> dict[int, float]:
    return dict(enumerate(p.tolist()))


def ancestral(net: Tabular, alpha_t: float, alpha_s: float, sigma: float = 0.0) -> Kernel:
    """ReMDM's posterior; with sigma = 0 that of MDLM."""
    reveal = (alpha_s - (1 - sigma) * alpha_t) / (1 - alpha_t)

    def kernel(x: State) -> Dist:
        p = net.at(x)
        return each_alone(
            [
                {MASK: 1 - reveal, **{v: reveal * q for v, q in drawn(p[i]).items()}}
                if token == MASK
                else {token: 1 - sigma, MASK: sigma}
                for i, token in enumerate(x)
            ]
        )

    return kernel


def ancestral_final(net: Tabular, alphas: list[float]) -> Dist:
    pairs = pairwise(alphas)
    return final(ancestral(net, t, s) for t, s in pairs)


def noise_removal(net: Tabular) -> Kernel:
    return lambda x: {written(x, {i: int(net.at(x)[i].argmax()) for i in unknown(x)}): 1.0}


def token_removal(net: Tabular) -> Kernel:
    """Draw all that is left."""
    return lambda x: {written(x, tokens): p for tokens, p in draws(net.at(x), unknown(x))}


def genmd4(net: Tabular, power: list[float], t: float, s: float) -> Kernel:
    """The reverse process of the schedules 1 - t^w of the tokens: q(x_s = v | x_t = m) for every v."""

    def place(p: np.ndarray) -> dict[int, float]:
        alpha_t, alpha_s = (1 - time ** np.array(power) for time in (t, s))
        revealed = p * (alpha_s - alpha_t) / (1 - alpha_t)
        return {MASK: 1 - revealed.sum(), **drawn(revealed)}

    return lambda x: each_alone(
        [place(net.at(x)[i]) if token == MASK else {token: 1.0} for i, token in enumerate(x)]
    )


def gidd(net: Tabular, p_uniform: float, t: float, s: float) -> Kernel:
    """Bayes' rule with GIDD's marginals and its transition, as matrices over the tokens and the mask."""
    big_b = 2 * p_uniform / (1 - p_uniform)

    def noise(time: float) -> tuple[float, np.ndarray]:
        c = big_b * np.sqrt(time * (1 - time))
        return (1 - time) / (1 + c), np.append(np.full(V, c / V), time) / (1 + c)

    (alpha_t, n_t), (alpha_s, n_s) = noise(t), noise(s)
    a = alpha_t / alpha_s
    step = a * np.eye(V + 1) + (n_t - a * n_s)  # [from, to]
    assert (step > -1e-12).all()

    def place(token: int, p: np.ndarray) -> dict[int, float]:
        joint = (alpha_s * np.append(p, 0) + n_s) * step[:, token]
        return drawn(joint / joint.sum())

    return lambda x: each_alone([place(token, net.at(x)[i]) for i, token in enumerate(x)])


def analytic(scores: Callable[[State], np.ndarray], alpha_t: float, alpha_s: float) -> Kernel:
    """SEDD: staggered score times transition row, over the tokens and the mask."""
    d = np.log(alpha_s) - np.log(alpha_t)

    def place(token: int, s: np.ndarray) -> dict[int, float]:
        score = np.append(s, 1.0) if token == MASK else np.zeros(V + 1)
        if token != MASK:
            score[token] = 1.0
        staggered = score * np.exp(d)
        staggered[MASK] += (1 - np.exp(d)) * score.sum()
        row = np.exp(-d) * (np.arange(V + 1) == token) + (token == MASK) * (1 - np.exp(-d))
        mass = np.clip(staggered * row, 0, None)
        return drawn(mass / mass.sum())

    return lambda x: each_alone([place(token, scores(x)[i]) for i, token in enumerate(x)])


def any_order(net: Tabular, start: State = (MASK,) * L) -> Dist:
    """Mean over all orders of the product of the conditionals."""
    dist: Dist = defaultdict(float)
    orders = list(permutations(unknown(start)))
    for tokens in product(range(net.vocab), repeat=len(unknown(start))):
        text = written(start, dict(zip(unknown(start), tokens, strict=True)))
        for order in orders:
            x, p = start, 1.0
            for i in order:
                p *= net.at(x)[i, text[i]]
                x = written(x, {i: text[i]})
            dist[text] += p / len(orders)
    return dist


def chosen_sets(weights: dict[int, float], k: int) -> dict[frozenset[int], float]:
    """Sets of `k` places drawn without replacement by their weights (Plackett-Luce)."""
    sets: dict[frozenset[int], float] = defaultdict(float)
    for order in permutations(weights, k):
        p, left = 1.0, sum(weights.values())
        for i in order:
            p *= weights[i] / left
            left -= weights[i]
        sets[frozenset(order)] += p
    return sets


def maskgit(net: Tabular, n: int, steps: int, temperature: float) -> Kernel:
    def kernel(x: State) -> Dist:
        places = unknown(x)
        planned = int(np.floor(L * np.cos(np.pi / 2 * n / steps)))
        stay = max(1, min(len(places) - 1, planned)) if n < steps else 0
        k = max(len(places) - stay, 0)
        dist: Dist = defaultdict(float)
        for tokens, p in draws(net.at(x), places):
            weights = {
                i: net.at(x)[i, v] ** (1 / (temperature * (1 - n / steps))) if n < steps else 1.0
                for i, v in tokens.items()
            }
            for kept, q in chosen_sets(weights, k).items():
                dist[written(x, {i: tokens[i] for i in kept})] += p * q
        return dist

    return kernel


def surest(net: Tabular, k: int, among: Iterable[int] = range(L)) -> Kernel:
    """LLaDA, MaskGIT without noise: the k drawn tokens of the greatest probability are written."""

    def kernel(x: State) -> Dist:
        dist: Dist = defaultdict(float)
        for tokens, p in draws(net.at(x), unknown(x)):
            order = sorted(
                (i for i in tokens if i in among), key=lambda i: -net.at(x)[i, tokens[i]]
            )
            dist[written(x, {i: tokens[i] for i in order[:k]})] += p
        return dist

    return kernel


def at_random(net: Tabular, k: int) -> Kernel:
    """The k places are any of those that are left."""

    def kernel(x: State) -> Dist:
        dist: Dist = defaultdict(float)
        sets = list(combinations(unknown(x), min(k, len(unknown(x)))))
        for places in sets:
            for tokens, p in draws(net.at(x), places):
                dist[written(x, tokens)] += p / len(sets)
        return dist

    return kernel


def p2(net: Tabular, n: int, steps: int, eta: float) -> Kernel:
    """Of all places the floor(L (1 - n/N)) with the lowest scores are masked afterwards."""

    def kernel(x: State) -> Dist:
        p, dist = net.at(x), defaultdict(float)
        left = (L * (steps - n)) // steps
        for tokens, q in draws(p, unknown(x)):
            z = written(x, tokens)
            weight = [1.0 if i in tokens else eta for i in range(L)]
            score = [weight[i] * np.log(p[i, z[i]]) for i in range(L)]
            low = sorted(range(L), key=lambda i: score[i])[:left]
            dist[written(z, dict.fromkeys(low, MASK))] += q
        return dist

    return kernel


def remdm_conf(net: Tabular, alphas: list[float]) -> Dist:
    """ReMDM's conf: a state carries the probability of each known token when it was written."""
    dist = {((MASK,) * L, (0.0,) * L): 1.0}
    for alpha_t, alpha_s in pairwise(alphas):
        top = min(1.0, (1 - alpha_s) / alpha_t) if alpha_t > 0 else 1.0
        after = defaultdict(float)
        for (x, sure), mass in dist.items():
            known = [i for i in range(L) if x[i] != MASK]
            total = sum(np.exp(-sure[i]) for i in known)
            sigma = {i: top * np.exp(-sure[i]) / total for i in known}
            # a masked place has none: it is revealed as with sigma = 0
            reveal = (alpha_s - alpha_t) / (1 - alpha_t)
            options = []
            for i, token in enumerate(x):
                if token == MASK:
                    p = net.at(x)[i]
                    options.append([(MASK, 0.0, 1 - reveal)])
                    options[-1] += [(v, float(p[v]), reveal * float(p[v])) for v in range(V)]
                else:
                    options.append([(token, sure[i], 1 - sigma[i]), (MASK, 0.0, sigma[i])])
            for choice in product(*options):
                tokens, confidences, ps = zip(*choice, strict=True)
                after[tokens, confidences] += mass * float(np.prod(ps))
        dist = after
    texts: Dist = defaultdict(float)
    for (x, _), mass in dist.items():
        texts[x] += mass
    return texts


def p_value(ids: np.ndarray, expected: Dist) -> float:
    """Chi-square test that texts [B, L] are draws of `expected`; 0 if one is there that cannot be."""
    texts, counts = np.unique(ids, axis=0, return_counts=True)
    seen = dict(zip(map(tuple, texts.tolist()), counts.tolist(), strict=True))
    cells = {text: p for text, p in expected.items() if p > 0}
    if not seen.keys() <= cells.keys():
        return 0.0
    by_mass = sorted(cells, key=lambda text: -cells[text])
    observed = np.array([seen.get(text, 0) for text in by_mass], dtype=float)
    wanted = len(ids) * np.array([cells[text] for text in by_mass])
    rare = int((wanted >= FEWEST).sum())
    if rare < len(wanted):  # the rare ones are one cell, with the least of the others
        observed = np.append(observed[: rare - 1], observed[rare - 1 :].sum())
        wanted = np.append(wanted[: rare - 1], wanted[rare - 1 :].sum())
    statistic = ((observed - wanted) ** 2 / wanted).sum()
    half = torch.tensor([(len(wanted) - 1) / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))
