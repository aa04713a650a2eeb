"""Interleaved rounds: every loaded worker takes its samples in random order, until the order is sure."""

import itertools
import math
from collections.abc import Callable, Sequence

from msgspec import Struct

from advisor.probes.context import RunContext
from advisor.probes.intervals import drifts
from advisor.probes.model import (
    Budget,
    Quantity,
    Sample,
    Stage,
    StopRule,
    WarningCode,
)
from advisor.probes.statistics import of_quantity, paired_ratio, seconds_per_iteration, summarise
from advisor.probes.subject_run import SubjectRun

_SHORT_SAMPLE_S = 0.02
"""Shorter samples are warned of: a scheduler's time slice (1 to 10 ms) is a large part of them."""

_DRIFT = 0.10
"""A subject that changes by more over the rounds, against the others, is called not steady."""

Open = frozenset[tuple[int, Quantity]]


class StopCheck(Struct, frozen=True):
    """Whether sampling may stop, and which (run's index, quantity) still matters if not."""

    rule: StopRule | None
    open: Open = frozenset()


def check_stop(runs: Sequence[Sequence[Sample]], quantities: Sequence[Quantity], budget: Budget) -> StopCheck:
    """Judge by the samples of some runs what is still open.

    A pair is settled in a quantity once its paired ratio is narrow enough, or its interval keeps away from 1
    by as much as narrow enough would be: a margin, since it is looked at after every round. A run without a
    rival is settled once its own interval is narrow enough.
    """
    rounds = max((sample.round for run in runs for sample in run), default=0)
    everything = frozenset(itertools.product(range(len(runs)), quantities))
    if not runs or rounds < budget.min_rounds:
        return StopCheck(None, everything)
    half_width = math.log1p(budget.relative_half_width)
    still_open: set[tuple[int, Quantity]] = set()
    precise = True
    for quantity in quantities:
        if len(runs) == 1:
            summary = summarise(runs[0], quantity)
            if summary is None or math.log(summary.high_s / summary.low_s) / 2 > half_width:
                still_open.add((0, quantity))
        for a, b in itertools.combinations(range(len(runs)), 2):
            ratio = paired_ratio(runs[a], runs[b], quantity)
            if ratio is not None and math.log(ratio.high / ratio.low) / 2 <= half_width:
                continue
            precise = False
            if ratio is None or max(math.log(ratio.low), -math.log(ratio.high)) < half_width:
                still_open |= {(a, quantity), (b, quantity)}
    if not still_open:
        return StopCheck(StopRule.PRECISE if precise else StopRule.DECIDED)
    if rounds >= budget.max_rounds:
        return StopCheck(StopRule.ROUNDS)
    return StopCheck(None, frozenset(still_open))


def sample_rounds(
    context: RunContext,
    runs: Sequence[SubjectRun],
    first_round: int,
    deadline_s: float,
    finished: Callable[[int], None],
) -> StopRule:
    """Take rounds with the runs that are loaded, until a rule or ``deadline_s`` of elapsed time stops it.

    The deadline waits for the budget's fewest rounds, the time cap for nothing. ``finished`` hears the number
    of every finished round.
    """
    for run in runs:
        if run.live:
            run.enter(Stage.SAMPLING)
    for number in itertools.count(first_round):
        live = [run for run in runs if run.live]
        now = check_stop([run.samples for run in live], context.quantities, context.budget)
        if now.rule is not None:
            return now.rule
        if not live:  # nothing is open, be it for failures or for the time cap
            capped = any(warning.code is WarningCode.TIME_CAP for warning in context.warnings)
            return StopRule.TIME if capped else StopRule.DECIDED
        cost_s = sum(live[index].expected_s(quantity) for index, quantity in now.open)
        end_s = context.budget.time_cap_s
        if number > context.budget.min_rounds:
            end_s = min(end_s, deadline_s)
        if context.elapsed_s + cost_s > end_s:
            context.warn(WarningCode.TIME_CAP, "during", cap_s=context.budget.time_cap_s)
            return StopRule.TIME
        for which in context.rng.permutation(len(context.quantities)):
            # One quantity at a time, so that what is compared is measured close together.
            quantity = context.quantities[which]
            for index in context.rng.permutation(len(live)):
                if live[index].live and (int(index), quantity) in now.open:
                    live[index].take(quantity, number)
        finished(number)
    raise AssertionError("rounds end by a rule")


def judge_samples(context: RunContext, runs: Sequence[SubjectRun]) -> None:
    """Warn of what is too short or not steady, once the rounds are over.

    Steadiness is judged on what remains when each round's mean over the subjects is taken out: what moves all
    of them is the machine's drift, which the pairing cancels.
    """
    for quantity in context.quantities:
        chosen = {run: of_quantity(run.samples, quantity) for run in runs if run.complete}
        level = _round_levels(list(chosen.values()))
        for run, samples in chosen.items():
            times_s = seconds_per_iteration(samples)
            relative = [time_s / level[s.round] for time_s, s in zip(times_s, samples, strict=True)]
            steady = not drifts(relative, _DRIFT)
            run.steady[quantity] = steady
            if not steady:
                context.warn(WarningCode.NOT_STEADY, "during", run.subject, quantity=quantity)
            shortest_s = min(sample.elapsed_s for sample in samples)
            if shortest_s < _SHORT_SAMPLE_S:
                context.warn(WarningCode.SHORT_SAMPLES, "during", run.subject, elapsed_s=shortest_s)


def _round_levels(runs: Sequence[Sequence[Sample]]) -> dict[int, float]:
    """How slow each round was: the geometric mean over runs of time against the run's own median.

    With a single run there is nothing to tell the machine from it, so every round counts as level.
    """
    ratios: dict[int, list[float]] = {}
    for samples in runs:
        times_s = seconds_per_iteration(samples)
        middle_s = sorted(times_s)[len(times_s) // 2]
        for sample, time_s in zip(samples, times_s, strict=True):
            ratios.setdefault(sample.round, []).append(math.log(time_s / middle_s))
    if len(runs) < 2:
        return dict.fromkeys(ratios, 1.0)
    return {number: math.exp(sum(logs) / len(logs)) for number, logs in ratios.items()}
