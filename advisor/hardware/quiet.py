"""Measuring several times where others keep the machine busy, and keeping what is known of it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from advisor.hardware.conditions import Conditions, compare, read_conditions

BUSY_SHARE = 0.10
"""Of all allowed processors' time, used by others or taken by the hypervisor: more spoils a measurement."""

_T = TypeVar("_T")


class Tried(Struct, Generic[_T], frozen=True):
    """What every try measured, and the share of the processors that others took in the quietest of them."""

    results: tuple[_T, ...]
    others_share: float | None


def measure_quietly(
    measure: Callable[[], _T],
    tries: int,
    cancelled: Callable[[], bool],
    read: Callable[[], Conditions] = read_conditions,
) -> Tried[_T]:
    """Measure until nobody else kept the processors busy meanwhile, at most ``tries`` times.

    Every try is kept: what others take only lowers a rate, so the best reading of all is the best known.
    """
    results: list[_T] = []
    quietest: float | None = None
    while True:
        before = read()
        results.append(measure())
        change = compare(before, read())
        shares = [share for share in (change.others_share, change.steal_share) if share is not None]
        taken = min(sum(shares), 1.0) if shares else None
        if taken is not None:
            quietest = taken if quietest is None else min(quietest, taken)
        if taken is None or taken <= BUSY_SHARE or len(results) >= tries or cancelled():
            return Tried(tuple(results), quietest)
