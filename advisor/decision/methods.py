"""What other methods make of the same values and weights: TOPSIS, PROMETHEE II and SPOTIS, bare.

Each takes points, shape (alternatives, criteria), and weights that sum to 1, and returns a score per
alternative, more being better. Points stand on one fixed scale already, so nothing is normalised anew.
"""

from collections.abc import Callable, Sequence

import numpy as np

from advisor.decision.model import MethodRanking
from advisor.decision.random_streams import Floats

INDIFFERENCE = 3.0
PREFERENCE = 100.0 / 3.0
"""PROMETHEE II's thresholds in points: a difference that doesn't count, and one (a doubling of speed) that
counts in full, linear between."""


def topsis(points: Floats, weights: Floats) -> Floats:
    """Return how close each is to the best of all and far from the worst: ``d⁻ / (d⁺ + d⁻)``.

    The distances are Euclidean, to the best and the worst weighted value of every criterion (Hwang and Yoon
    1981, Multiple Attribute Decision Making, Springer). Where all are equal, all are 0.
    """
    weighted = points * weights
    to_best = np.linalg.norm(weighted - weighted.max(axis=0), axis=1)
    to_worst = np.linalg.norm(weighted - weighted.min(axis=0), axis=1)
    whole = to_best + to_worst
    return np.asarray(np.divide(to_worst, whole, out=np.zeros_like(whole), where=whole > 0))


def promethee_ii(points: Floats, weights: Floats) -> Floats:
    """Return each one's net flow: how far it is preferred to the others, less how far they are to it.

    Preference on a criterion rises linearly between the two thresholds (Brans and Vincke 1985, Management
    Science 31:647-656, criterion of type V); flows are means over the others.
    """
    difference = points[:, None, :] - points[None, :, :]
    preference = np.clip((difference - INDIFFERENCE) / (PREFERENCE - INDIFFERENCE), 0.0, 1.0) @ weights
    return np.asarray((preference - preference.T).sum(axis=1) / (len(points) - 1))


def spotis(points: Floats, weights: Floats) -> Floats:
    """Return minus the weighted distance from the ideal point, as a share of the scale.

    Its bounds are the ends of the scale, widened where a value lies outside (Dezert et al. 2020, The SPOTIS
    rank reversal free method, FUSION).
    """
    low = np.minimum(points.min(axis=0), 0.0)
    high = np.maximum(points.max(axis=0), 100.0)
    return np.asarray(-((high - points) / (high - low)) @ weights)


METHODS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "topsis": topsis,
    "promethee-ii": promethee_ii,
    "spotis": spotis,
}


def rankings(names: Sequence[str], points: Floats, weights: Floats) -> tuple[MethodRanking, ...]:
    """Return how every method orders alternatives, and how far that agrees.

    Parameters
    ----------
    names : sequence of str
        Alternatives, best first by the additive model.
    points : array, shape (alternatives, criteria)
        Their values.
    weights : array, shape (criteria,)
        Weights that sum to 1.
    """
    if len(names) < 2:
        return ()
    results = []
    for method, scored in METHODS.items():
        scores = scored(points, weights)
        order = np.argsort(-scores, kind="stable")
        results.append(MethodRanking(method, tuple(names[place] for place in order), _kendall(scores)))
    return tuple(results)


def _kendall(scores: Floats) -> float:
    """Agreement of descending scores with the order they stand in (Kendall's tau-a; ties count as neither)."""
    first, second = np.triu_indices(len(scores), k=1)
    return float(np.sign(scores[first] - scores[second]).mean())
