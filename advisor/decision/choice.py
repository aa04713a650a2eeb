"""Which configuration of an alternative is judged: chosen by some rounds, judged by the others.

The best of many looks better than it is in the very samples it was chosen by: of 24 equal configurations, the
one that seems fastest in eight rounds with 5 % of noise seems so by 4 to 7 %. So rounds are parted. Odd and
even ones take turns rather than the first half and the second: a slow drift of the machine then weighs on both
parts alike, and on those rounds of other alternatives that the figure is held against.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from advisor.probes.intervals import median_interval
from advisor.probes.model import ProbeResult, Subject

LEAST_ROUNDS = 2
"""Rounds that choosing takes, and judging, at least: with one there is no interval."""


class Reason(StrEnum):
    """Why a configuration was taken."""

    ONLY = "only"  # there is no other
    SOONEST = "soonest"  # it does the planned work soonest, and that is known
    TIE = "tie"  # none is known to be sooner than this, the simplest
    TOO_FEW_ROUNDS = "too-few-rounds"  # for choosing and judging both: the simplest


class Choice(Struct, frozen=True):
    """The configuration to judge by. ``result`` holds the samples of the judging rounds only."""

    result: ProbeResult
    reason: Reason


def part(rounds: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the rounds to choose by and those to judge by, taking turns; None where there are too few."""
    ordered = sorted(rounds)
    choosing, judging = tuple(ordered[::2]), tuple(ordered[1::2])
    if len(choosing) < LEAST_ROUNDS or len(judging) < LEAST_ROUNDS:
        return None
    return choosing, judging


def decide(results: Sequence[ProbeResult], totals_s: Mapping[Subject, Mapping[int, float]]) -> Choice | None:
    """Return the configuration that does the planned work soonest, by rounds that don't judge it.

    A tie goes to the simplest: the configuration with the fewest levers, so the default one before all.

    Parameters
    ----------
    results : sequence of ProbeResult
        One alternative's usable results on a workload.
    totals_s : mapping
        Per subject and round how long the planned work takes, start included, going by that round; a
        subject that isn't named, or has no rounds, doesn't compete.
    """
    competing = sorted((each for each in results if totals_s.get(each.subject)), key=_simplicity)
    if not competing:
        return None
    if len(competing) == 1:
        return Choice(competing[0], Reason.ONLY)
    shared = set.intersection(*(set(totals_s[each.subject]) for each in competing))
    parted = part(tuple(shared))
    if parted is None:
        return Choice(competing[0], Reason.TOO_FEW_ROUNDS)
    choosing, judging = parted

    def times_s(result: ProbeResult) -> list[float]:
        return [totals_s[result.subject][number] for number in choosing]

    best = min(competing, key=lambda each: median(times_s(each)))

    def tied(result: ProbeResult) -> bool:
        slower = median_interval([a / b for a, b in zip(times_s(result), times_s(best), strict=True)])
        return slower is not None and slower.low <= 1.0

    simplest = next(each for each in competing if each is best or tied(each))
    reason = Reason.SOONEST if simplest is best else Reason.TIE
    return Choice(_of_rounds(simplest, judging), reason)


def _of_rounds(result: ProbeResult, rounds: Sequence[int]) -> ProbeResult:
    kept = frozenset(rounds)
    return replace(result, samples=tuple(sample for sample in result.samples if sample.round in kept))


def _simplicity(result: ProbeResult) -> tuple[int, Subject]:
    return len(result.subject.configuration.levers), result.subject
