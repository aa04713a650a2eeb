"""What other methods make of the same values and weights, computed by pymcdm where it is installed."""

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from advisor.decision.model import MethodRanking
from advisor.decision.random_streams import Floats

INDIFFERENCE = 3.0
PREFERENCE = 100.0 / 3.0
"""PROMETHEE II's thresholds in points: a difference that doesn't count, and one (a doubling of speed) that
counts in full, linear between."""


@lru_cache
def available() -> bool:
    """Whether pymcdm is installed (the extra ``compare``)."""
    return importlib.util.find_spec("pymcdm") is not None


def rankings(names: Sequence[str], points: Floats, weights: Floats) -> tuple[MethodRanking, ...]:
    """Return how TOPSIS, PROMETHEE II and SPOTIS order alternatives, and how far that agrees.

    Values are on one fixed scale already, so TOPSIS runs without its normalisation, and SPOTIS' bounds are
    the ends of the scale, widened where a value lies outside.

    Parameters
    ----------
    names : sequence of str
        Alternatives, best first by the additive model.
    points : array, shape (alternatives, criteria)
        Their values.
    weights : array, shape (criteria,)
        Weights that sum to 1.
    """
    if len(names) < 2 or not available():
        return ()
    used = weights > 0
    matrix, kept = points[:, used], weights[used]
    gains = np.ones(len(kept))
    results = []
    for name, method, descending in _methods(matrix):
        # Its validation only warns of dominated alternatives. Where all are equal, TOPSIS divides 0 by 0.
        with np.errstate(invalid="ignore"):
            scores = np.nan_to_num(method(matrix, kept, gains, validation=False))
        order = np.argsort(-scores if descending else scores, kind="stable")
        tau = _kendall(-scores if descending else scores)
        results.append(MethodRanking(name, tuple(names[place] for place in order), tau))
    return tuple(results)


def _methods(matrix: Floats) -> tuple[tuple[str, Any, bool], ...]:
    from pymcdm.methods import PROMETHEE_II, SPOTIS, TOPSIS

    criteria = matrix.shape[1]
    bounds = np.column_stack((np.minimum(matrix.min(axis=0), 0.0), np.maximum(matrix.max(axis=0), 100.0)))
    thresholds = {"q": [INDIFFERENCE] * criteria, "p": [PREFERENCE] * criteria}
    return (
        ("topsis", TOPSIS(normalization_function=_as_it_is), True),
        ("promethee-ii", PROMETHEE_II("vshape_2", **thresholds), True),
        ("spotis", SPOTIS(bounds), False),
    )


def _as_it_is(column: Floats, cost: bool) -> Floats:
    return column


def _kendall(scores: Floats) -> float:
    """Agreement of ascending scores with the order they stand in (Kendall's tau-a; ties count as neither)."""
    first, second = np.triu_indices(len(scores), k=1)
    return float(np.sign(scores[second] - scores[first]).mean())
