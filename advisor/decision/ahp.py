"""Weights from comparisons in pairs (Saaty's analytic hierarchy process): groups first, then criteria in each.

In two levels, which takes 39 comparisons for 15 criteria instead of 105.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from advisor.decision.criteria import GROUPS, ROWS
from advisor.decision.model import Criterion

MOST = 9.0
"""Nobody can say how many times more something matters than that (Saaty 1980)."""

ACCEPTED = 0.1
"""Comparisons with a larger consistency ratio contradict one another and are to be looked at again (Saaty 1980)."""

RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean consistency index of random comparisons by size (Saaty 1980, The Analytic Hierarchy Process)."""

MEMBERS: tuple[tuple[str, ...], ...] = (tuple(GROUPS), *GROUPS.values())
"""What is compared with one another: the groups, then the criteria of each."""


class Comparison(Struct, frozen=True):
    """Weights from pairwise comparison, and how consistent the comparisons are (below 0.1 is accepted)."""

    weights: tuple[float, ...]
    consistency_ratio: float


class Level(Struct, frozen=True):
    """What was compared with one another, and what that comes to.

    ``ratios`` has every pair, the first of it so many times more important than the second. ``worst`` is the
    pair that contradicts the others most, ``implied`` the ratio that the weights give it; both are ``None``
    where nothing contradicts.
    """

    members: tuple[str, ...]
    ratios: dict[tuple[str, str], float]
    weights: dict[str, float]
    consistency_ratio: float
    worst: tuple[str, str] | None = None
    implied: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the comparisons agree well enough to be used."""
        return self.consistency_ratio <= ACCEPTED


def pairwise_comparison(matrix: Sequence[Sequence[float]]) -> Comparison:
    """Return the weights of a reciprocal comparison matrix: its principal eigenvector (Saaty 1980).

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        How many times more important the row is than the column, 1/9 to 9.

    Raises
    ------
    ValueError
        The matrix is not square, positive and reciprocal, or larger than Saaty's table of random indices.
    """
    array = np.asarray(matrix, dtype=float)
    size = len(array)
    if array.shape != (size, size) or not 1 <= size < len(RANDOM_INDEX):
        raise ValueError(f"a comparison matrix is square, of at most {len(RANDOM_INDEX) - 1} rows")
    if not (array > 0).all() or not np.allclose(array * array.T, 1.0, rtol=1e-6):
        raise ValueError("a comparison matrix is positive and reciprocal")
    values, vectors = np.linalg.eig(array)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    index = (values[first].real - size) / (size - 1) if size > 1 else 0.0
    random = RANDOM_INDEX[size]
    return Comparison(
        weights=tuple(float(weight) for weight in vector / vector.sum()),
        consistency_ratio=max(0.0, float(index / random)) if random else 0.0,
    )


def name(first: str, second: str) -> str:
    """Return what a pair is called in the needs."""
    return f"{first}:{second}"


def known_pairs() -> Iterator[tuple[str, str]]:
    """Every pair that can be compared, in either order."""
    for members in MEMBERS:
        yield from itertools.permutations(members, 2)


def judge(stated: Mapping[str, float], points: Mapping[Criterion, float]) -> tuple[Level, ...]:
    """Return the levels that comparisons come to, in the order of ``MEMBERS``.

    Parameters
    ----------
    stated : mapping
        Ratios by the names of pairs; of two that name the same pair, the one in the order of ``MEMBERS`` counts.
    points : mapping
        Swing points above 0, whose ratios stand in for pairs that are not stated.
    """
    sums: dict[str, float] = {
        group: sum(points[each] for each in members if not ROWS[each].beside)
        for group, members in GROUPS.items()
    }
    return tuple(
        _judge(members, stated, sums if index == 0 else {each: points[Criterion(each)] for each in members})
        for index, members in enumerate(MEMBERS)
    )


def points(levels: Sequence[Level]) -> dict[Criterion, float]:
    """Return swing points, the most important criterion at 100: a group's weight shared as within the group.

    What comes beside its group takes nothing of that weight.
    """
    groups, *within = levels
    shares: dict[Criterion, float] = {}
    for (group, criteria), level in zip(GROUPS.items(), within, strict=True):
        own = sum(level.weights[each] for each in criteria if not ROWS[each].beside)
        shares |= {each: groups.weights[group] * level.weights[each] / own for each in criteria}
    top = max(shares.values())
    return {criterion: 100.0 * shares[criterion] / top for criterion in Criterion}


def _judge(members: tuple[str, ...], stated: Mapping[str, float], start: Mapping[str, float]) -> Level:
    ratios = {pair: _ratio(*pair, stated, start) for pair in itertools.combinations(members, 2)}
    # One that counts only where the user weighs it changes nothing of what the others' comparisons come to.
    named = {each for pair in stated for each in pair.split(":")}
    compared = [each for each in members if each in named or not _counts_apart(each)]
    places = {each: place for place, each in enumerate(compared)}
    judged = {pair: ratio for pair, ratio in ratios.items() if places.keys() >= set(pair)}
    matrix = np.ones((len(compared), len(compared)))
    for (first, second), ratio in judged.items():
        row, column = places[first], places[second]
        matrix[row, column], matrix[column, row] = ratio, 1.0 / ratio
    found = pairwise_comparison(matrix.tolist())
    own = sum(start[each] for each in compared)
    parts = {each: start[each] / own for each in members} | dict(zip(compared, found.weights, strict=True))
    weights = {each: part / sum(parts.values()) for each, part in parts.items()}
    off = {pair: abs(math.log(ratio * weights[pair[1]] / weights[pair[0]])) for pair, ratio in judged.items()}
    worst = max(off, key=lambda pair: off[pair])
    contradicts = off[worst] > 1e-6
    return Level(
        members=members,
        ratios=ratios,
        weights=weights,
        consistency_ratio=found.consistency_ratio,
        worst=worst if contradicts else None,
        implied=weights[worst[0]] / weights[worst[1]] if contradicts else None,
    )


def _counts_apart(member: str) -> bool:
    return member in ROWS and ROWS[Criterion(member)].whole


def _ratio(first: str, second: str, stated: Mapping[str, float], start: Mapping[str, float]) -> float:
    if name(first, second) in stated:
        return stated[name(first, second)]
    if name(second, first) in stated:
        return 1.0 / stated[name(second, first)]
    return start[first] / start[second]
