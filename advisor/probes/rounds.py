"""Interleaved rounds: every loaded worker takes its samples in random order, until the order is sure."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

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
from advisor.probes.passes.scaling import OneCore
from advisor.probes.statistics import of_quantity, paired_ratio, seconds_per_iteration, summarise
from advisor.probes.subject_run import SubjectRun

_SHORT_SAMPLE_S = 0.02
"""Shorter samples are warned of: a scheduler's time slice (1 to 10 ms) is a large part of them."""

_DRIFT = 0.10
"""A subject that changes by more over the rounds, against the others, is called not steady."""

FAR_BEHIND = 3.0
"""Who takes so many times as long as another alternative, at the least, in all that it can do cannot win."""

FAR_ROUNDS = 3
"""Rounds after which that is looked at: two give an interval that hardly excludes anything."""

FAR_NOTE = "far-behind"
"""The note of who got no further rounds for that."""

Open = frozenset[tuple[int, Quantity]]


class StopCheck(Struct, frozen=True):
    """Whether sampling may stop, and which (subject's index, quantity) still matters if not."""

    rule: StopRule | None
    open: Open = frozenset()


def check_stop(
    subjects: Sequence[Sequence[Sample]],
    quantities: Sequence[Quantity],
    budget: Budget,
    behind: frozenset[int] = frozenset(),
) -> StopCheck:
    """Judge by the samples of some subjects what is still open; nothing is, of those far behind.

    A pair is settled in a quantity once its paired ratio is narrow enough, or its interval keeps away from 1
    by as much as narrow enough would be: a margin, since it is looked at after every round. A subject without a
    rival is settled once its own interval is narrow enough. Who has no sample of a quantity can't do it.
    """
    has = {
        quantity: [
            index
            for index, taken in enumerate(subjects)
            if index not in behind and of_quantity(taken, quantity)
        ]
        for quantity in quantities
    }
    counted = [index for index in range(len(subjects)) if index not in behind]
    rounds = [len({sample.round for sample in subjects[index]}) for index in counted]
    if not rounds or min(rounds) < budget.min_rounds:
        return StopCheck(None, frozenset(itertools.product(counted, quantities)))
    half_width = math.log1p(budget.relative_half_width)
    still_open: set[tuple[int, Quantity]] = set()
    precise = not behind
    for quantity, able in has.items():
        if len(able) == 1 and not any(of_quantity(subjects[index], quantity) for index in behind):
            summary = summarise(subjects[able[0]], quantity)
            if summary is None or math.log(summary.high_s / summary.low_s) / 2 > half_width:
                still_open.add((able[0], quantity))
        for a, b in itertools.combinations(able, 2):
            ratio = paired_ratio(subjects[a], subjects[b], quantity)
            if ratio is not None and math.log(ratio.high / ratio.low) / 2 <= half_width:
                continue
            precise = False
            if ratio is None or max(math.log(ratio.low), -math.log(ratio.high)) < half_width:
                still_open |= {(a, quantity), (b, quantity)}
    if not still_open:
        return StopCheck(StopRule.PRECISE if precise else StopRule.DECIDED)
    if max(rounds) >= budget.max_rounds:
        return StopCheck(StopRule.ROUNDS)
    return StopCheck(None, frozenset(still_open))


def far_behind(runs: Sequence[SubjectRun], subjects: Sequence[Sequence[Sample]]) -> frozenset[int]:
    """Return which of some subjects cannot win, so that further rounds would tell nothing that counts.

    An alternative is far behind once each of its configurations takes ``FAR_BEHIND`` times as long as one of
    another alternative, by the lower end of the paired ratio's interval, in everything that it can do. Only
    whether further rounds are taken hangs on this, never which samples count.
    """

    def is_far(index: int) -> bool:
        run, taken = runs[index], subjects[index]
        rivals = [
            other for other, each in enumerate(runs) if each.subject.alternative != run.subject.alternative
        ]
        return len({sample.round for sample in taken}) >= FAR_ROUNDS and all(
            any(
                (ratio := paired_ratio(taken, subjects[rival], quantity)) is not None
                and ratio.low > FAR_BEHIND
                for rival in rivals
            )
            for quantity in run.quantities
        )

    far = {index for index in range(len(runs)) if is_far(index)}
    leading = {runs[index].subject.alternative for index in range(len(runs)) if index not in far}
    return frozenset(index for index in far if runs[index].subject.alternative not in leading)


def sample_rounds(
    context: RunContext,
    runs: Sequence[SubjectRun],
    first_round: int,
    target_s: float,
    finished: Callable[[int], None],
    one_core: Mapping[SubjectRun, OneCore] | None = None,
    *,
    since_round: int = 1,
    linking: bool = False,
) -> StopRule:
    """Take rounds with the subjects that are loaded, until a rule or ``target_s`` of elapsed time stops it.

    The target waits for the budget's fewest rounds, the time cap for nothing. ``finished`` hears the number
    of every finished round. While ``one_core`` wants samples, a round has one of each of these, too. Rounds
    before ``since_round`` were others' and count for nobody. Where the rounds are ``linking`` those of several
    blocks, everybody takes all of them: the anchor of all has to be among them.
    """
    one_core = one_core or {}
    for run in runs:
        if run.live:
            run.enter(Stage.SAMPLING)
    for number in itertools.count(first_round):
        live = [run for run in runs if run.live]
        taken = [[sample for sample in run.samples if sample.round >= since_round] for run in live]
        behind = frozenset[int]() if linking else far_behind(live, taken)
        for index in behind:
            live[index].note(FAR_NOTE)
        now = check_stop(taken, context.quantities, context.budget, behind)
        scaled = [one_core[run] for run in live if run in one_core and one_core[run].wanted]
        if now.rule is not None and not scaled:
            return now.rule
        if not live:  # nothing is open, be it for failures or for the time cap
            capped = any(warning.code is WarningCode.TIME_CAP for warning in context.warnings)
            return StopRule.TIME if capped else StopRule.DECIDED
        due = {(live[index], quantity) for index, quantity in now.open if quantity in live[index].quantities}
        # What is measured on one core is compared with all of them in the same round.
        due |= {(run, Quantity.TRAIN) for run in live if one_core.get(run) in scaled}
        cost_s = sum(run.expected_s(quantity) for run, quantity in due)
        cost_s += sum(each.expected_s for each in scaled)
        fewest = (len({s.round for s in each}) for index, each in enumerate(taken) if index not in behind)
        enough = all(rounds >= context.budget.min_rounds for rounds in fewest)
        if enough and not scaled and context.elapsed_s + cost_s > target_s:
            return StopRule.TARGET
        if context.elapsed_s + cost_s > context.budget.time_cap_s:
            context.warn(WarningCode.TIME_CAP, "during", cap_s=context.budget.time_cap_s)
            for run in live:
                if one_core.get(run) in scaled:
                    run.note("scaling-time-cap")
            return StopRule.TIME
        _take_round(context, live, due, one_core, number)
        finished(number)
    raise AssertionError("rounds end by a rule")


def _take_round(
    context: RunContext,
    live: Sequence[SubjectRun],
    due: set[tuple[SubjectRun, Quantity]],
    one_core: Mapping[SubjectRun, OneCore],
    number: int,
) -> None:
    """Take what is due, one quantity at a time, so that what is compared is measured close together."""
    for which in context.rng.permutation(len(context.quantities)):
        quantity = context.quantities[which]
        for index in context.rng.permutation(len(live)):
            run = live[index]
            scaled = one_core.get(run) if quantity is Quantity.TRAIN else None
            if scaled is not None and not scaled.wanted:
                scaled = None
            one_first = scaled is not None and bool(context.rng.integers(2))
            if scaled is not None and one_first:
                scaled.take(number)
            if run.live and (run, quantity) in due:
                run.take(quantity, number)
            if scaled is not None and not one_first:
                scaled.take(number)


def judge_samples(context: RunContext, runs: Sequence[SubjectRun]) -> None:
    """Warn of what is too short or not steady, once the rounds are over.

    Steadiness is judged on what remains when each round's mean over the subjects is taken out: what moves all
    of them is the machine's drift, which the pairing cancels.
    """
    for quantity in context.quantities:
        chosen = {
            run: of_quantity(run.samples, quantity)
            for run in runs
            if run.complete and quantity in run.quantities
        }
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
