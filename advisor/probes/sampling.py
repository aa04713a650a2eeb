"""How many iterations make a sample, and when warming up has gone on for long enough."""

import math
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from advisor.probes.intervals import steady_from
from advisor.probes.model import Budget, Quantity, Sample
from advisor.probes.statistics import seconds_per_iteration

LATENCY_CALLS = 1000
"""Every single call is kept, so a sample has at most so many."""

_MOST_ITERATIONS = 1_000_000
_GROWTH = 10  # iterations grow at most so fast towards a full sample: a first estimate may be far off
_WARM_UP_SHARE = 0.5  # of a sample's length: how long warming up takes them
_WARM_UP_SAMPLES = 4  # samples' worth of time after which warming up ends, steady or not


def iterations_for(sample: Sample, aim_s: float) -> int:
    """Return how many iterations would take ``aim_s``, going by one sample."""
    most = LATENCY_CALLS if sample.quantity is Quantity.LATENCY else _MOST_ITERATIONS
    return max(1, min(most, math.ceil(aim_s * sample.iterations / sample.elapsed_s)))


def longer(sample: Sample, aim_s: float) -> int:
    """Return the iterations of the next sample on the way to ``aim_s``: no more than a first estimate is good for."""
    return min(iterations_for(sample, aim_s), _GROWTH * sample.iterations)


def iterations_of_round(sample: Sample, budget: Budget) -> int:
    """Return how many iterations a round's sample has: its full length, and a share of the least steps."""
    found = iterations_for(sample, budget.sample_s)
    if sample.quantity is Quantity.TRAIN:
        return max(found, math.ceil(budget.least_steps / budget.min_rounds))
    return found


def warm_up(take: Callable[[int], Sample], known: Sequence[Sample], sample_s: float) -> list[Sample]:
    """Take longer and longer samples until their times are steady, after those known; return the new ones."""
    aim_s = _WARM_UP_SHARE * sample_s
    taken = list(known)
    while not _warm(taken, aim_s):
        sample = take(longer(taken[-1], aim_s) if taken else 1)
        taken.append(replace(sample, durations_s=()))
    return taken[len(known) :]


def _warm(taken: Sequence[Sample], aim_s: float) -> bool:
    """Whether samples are steady or have gone on for long enough, the last one being a full one."""
    if len(taken) < 2 or iterations_for(taken[-1], aim_s) >= 2 * taken[-1].iterations:
        return False
    patience = sum(each.elapsed_s for each in taken) < _WARM_UP_SAMPLES * aim_s
    return not patience or steady_from(seconds_per_iteration(taken)) is not None
