"""Stochastic multicriteria acceptability analysis (SMAA-2) on draws of values and weights.

Lahdelma and Salminen 2001, "SMAA-2: Stochastic multicriteria acceptability analysis for group decision
making", Operations Research 49:444-454. Bare mathematics on arrays; nothing here knows what they mean.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from advisor.decision.random_streams import Floats, Floats32, RandomStreams
from advisor.probes.intervals import TAILS

TIE_BREAK = 1e-3
"""Points of chance that settle exact ties, so that equal alternatives share a rank evenly."""


class Acceptability(Struct, frozen=True):
    """What the draws say of ``n`` alternatives under ``m`` criteria."""

    scores: Floats32
    """Additive value of each alternative in each draw, shape (n, draws)."""
    low: Floats
    high: Floats
    """Bounds of the central part of the scores, at the one level of every interval, shape (n,)."""
    ranks: Floats
    """Share of draws in which each alternative (row) takes each rank (column), shape (n, n)."""
    pairwise: Floats
    """Share of draws in which the row beats the column, shape (n, n)."""
    central_weights: Floats
    """Mean weights of the draws in which each alternative is first, shape (n, m); NaN where it never is."""
    confidence: Floats
    """Share of value draws in which each is first under its own central weights, shape (n,)."""
    regret: Floats
    """Mean points lost to the best, shape (n,)."""


def tie_breaks(names: list[str], streams: RandomStreams) -> Floats32:
    """Return each alternative's own points of chance, shape (names, draws)."""
    return np.stack([TIE_BREAK * streams.uniform("tie", name) for name in names]).astype(np.float32)


def scores(values: Floats32, weights: Floats32) -> Floats32:
    """Return the additive value of each alternative in each draw.

    Parameters
    ----------
    values : array, shape (m, n, draws)
        Points per criterion and alternative.
    weights : array, shape (m, draws)
        Weights per criterion.
    """
    total: Floats32 = np.einsum("cad,cd->ad", values, weights)
    return total


def analyse(
    values: Floats32,
    weights: Floats32,
    contenders: int,
    candidates: NDArray[np.intp],
    breaks: Floats32 | None = None,
) -> Acceptability:
    """Run the analysis.

    Parameters
    ----------
    values : array, shape (m, n, draws)
        Points per criterion and alternative, contenders first.
    weights : array, shape (m, draws)
        Weights, each draw summing to 1.
    contenders : int
        How many alternatives compete; the others rank behind them whatever their points.
    candidates : array of int
        Places of those that may be recommended, to whose best the regret is counted.
    breaks : array, shape (n, draws), optional
        Points of chance that settle ties.
    """
    total = scores(values, weights)
    if breaks is not None:
        total += breaks
    count, draws = total.shape
    beats = total[:, None, :] > total[None, :, :]
    below = np.tril_indices(count, -1)
    beats[below] = ~beats[below[1], below[0]]  # a tie that is left goes to one of the two
    pairwise = np.count_nonzero(beats, axis=2) / draws
    place = np.empty((count, draws), dtype=np.int8)
    place[:contenders] = beats[:contenders, :contenders].sum(axis=0, dtype=np.int8)
    place[contenders:] = contenders + beats[contenders:, contenders:].sum(axis=0, dtype=np.int8)
    ranks = np.stack([np.count_nonzero(place == rank, axis=1) for rank in range(count)], axis=1) / draws
    first = (place == 0).astype(np.float32)
    with np.errstate(invalid="ignore"):
        central = np.einsum("ad,cd->ac", first, weights) / first.sum(axis=1, keepdims=True)
    best = total[candidates].max(axis=0) if len(candidates) else total.max(axis=0)
    regret = np.maximum(best - total, 0.0).mean(axis=1)
    # Order statistics: interpolating between neighbours of ten thousand draws would tell nothing more.
    ends = [int(tail * (draws - 1)) for tail in TAILS]
    spread = np.sort(total, axis=1)[:, ends]  # numpy sorts faster than it partitions here
    return Acceptability(
        scores=total,
        low=spread[:, 0].astype(float),
        high=spread[:, 1].astype(float),
        ranks=ranks,
        pairwise=pairwise,
        central_weights=central.astype(float),
        confidence=confidence(values[:, :contenders], central[:contenders], breaks, count),
        regret=regret.astype(float),
    )


def confidence(values: Floats32, central: Floats32, breaks: Floats32 | None, count: int) -> Floats:
    """Return how often each contender is first under its own central weights; 0 where it never is first."""
    contenders, draws = values.shape[1:]
    factors = np.zeros(count)
    total = np.empty((contenders, draws), dtype=np.float32)
    for place in np.flatnonzero(~np.isnan(central[:, 0])):
        np.einsum("cad,c->ad", values, central[place], out=total)
        if breaks is not None:
            total += breaks[:contenders]
        factors[place] = np.count_nonzero(total[place] >= total.max(axis=0)) / draws
    return factors
