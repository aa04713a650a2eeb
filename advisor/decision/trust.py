"""How far an answer can be trusted, and what each doubt does to it: the one place that says so.

A doubt withholds a recommendation, keeps it from being clear, or is told and no more. What widens intervals
does so where the figures are made; it is named here.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum

from advisor.decision import estimates
from advisor.decision.criteria import CRITERIA
from advisor.decision.model import (
    Concern,
    Criterion,
    CriterionValue,
    Effect,
    GateResult,
    GateStatus,
    Needs,
    ValueSource,
    Verdict,
)
from advisor.frameworks.catalogue import stale
from advisor.frameworks.model import Framework
from advisor.frameworks.pairs import offered
from advisor.probes.model import StopRule, WorkloadRun

HEAVY_LOAD = 0.5
"""Share of the processors' time, taken by others before or during a run, from which nothing is clear: the
order itself may be the load's doing."""

FEW_ROUNDS = 5
"""With fewer rounds a verdict can't be clear: it is what the shortest budget takes."""

STALE_MONTHS = 12
"""Facts that are older are named."""

MEASURED_THROUGH = "python"
"""The language of every worker."""

LEAST_MEASURED = 2
"""Alternatives to be measured before there is anything to recommend."""


class Doubt(StrEnum):
    """Why an answer is to be trusted less."""

    FEW_MEASURED = "few-measured"  # there is nothing to compare
    CANCELLED = "cancelled"
    UNMEASURED = "unmeasured"  # not ruled out, and not measured: might be better than what was
    HEAVY_LOAD = "heavy-load"
    FEW_ROUNDS = "few-rounds"
    LOAD = "load"
    SEQUENTIAL = "sequential"
    UNKNOWN_VALUES = "unknown-values"  # the first or the second lacks a figure
    UNASSESSED = "unassessed"  # criteria that nobody has data on
    ELSEWHERE = "elsewhere"  # figures of this machine that say nothing of where the network is to run
    OTHER_LANGUAGE = "other-language"  # than the one that everything is measured through
    STALE_FACTS = "stale-facts"


def measured(gates: Iterable[GateResult]) -> frozenset[str]:
    """Return the alternatives that were measured on every workload; a gate that is waived measures nothing."""
    return frozenset(
        gate.alternative for gate in gates if gate.gate == "measured" and gate.status is GateStatus.PASS
    )


def of_runs(
    runs: Iterable[WorkloadRun],
    contenders: Collection[str],
    compared: Collection[str],
    *,
    ruled_out: bool,
) -> tuple[Concern, ...]:
    """Return the doubts that come from how it was measured.

    Parameters
    ----------
    runs : iterable of WorkloadRun
        Those that count in the decision.
    contenders : collection of str
        Alternatives that no requirement rules out.
    compared : collection of str
        Those of them that were measured.
    ruled_out : bool
        Whether a requirement rules out anybody: who is left then needs no comparison.
    """
    runs = tuple(runs)
    found: list[Concern] = []
    others = tuple(name for name in contenders if name not in compared)
    if len(compared) < LEAST_MEASURED and (others or not ruled_out):
        detail = {"measured": float(len(compared))}
        found.append(Concern(Doubt.FEW_MEASURED, Effect.WITHHELD, detail, others))
    elif others:
        found.append(Concern(Doubt.UNMEASURED, Effect.CAPPED, about=others))
    cancelled = tuple(run.workload.id for run in runs if run.stop_rule is StopRule.CANCELLED)
    if cancelled:
        found.append(Concern(Doubt.CANCELLED, Effect.WITHHELD, about=cancelled))
    found += _of_load(runs)
    rounds = [
        estimates.rounds_taken(run, name)
        for run in runs
        for name in compared
        if estimates.measured(run, name) and not estimates.far_behind(run, name)
    ]
    if rounds and min(rounds) < FEW_ROUNDS:
        found.append(Concern(Doubt.FEW_ROUNDS, Effect.CAPPED, {"rounds": float(min(rounds))}))
    if len(compared) >= LEAST_MEASURED and not all(run.interleaved for run in runs):
        detail = {"sd": estimates.SEQUENTIAL_SD}
        found.append(Concern(Doubt.SEQUENTIAL, Effect.WIDENED, detail))
    return tuple(found)


def _of_load(runs: Iterable[WorkloadRun]) -> list[Concern]:
    runs = tuple(runs)
    worst = max((estimates.taken_share(run, before=True) for run in runs), default=0.0)
    if worst >= HEAVY_LOAD:
        return [Concern(Doubt.HEAVY_LOAD, Effect.CAPPED, {"share": worst})]
    during = max((estimates.taken_share(run) for run in runs), default=0.0)
    if during >= estimates.DISTURBED_SHARE:
        return [Concern(Doubt.LOAD, Effect.WIDENED, {"share": during, "sd": estimates.DISTURBED_SD})]
    return [Concern(Doubt.LOAD, Effect.NOTED, {"share": worst})] if worst > 0 else []


def of_needs(needs: Needs) -> tuple[Concern, ...]:
    """Return the doubts that come from what was asked for and can't be measured here."""
    others = tuple(each.lower() for each in needs.constraints.languages if each.lower() != MEASURED_THROUGH)
    return (Concern(Doubt.OTHER_LANGUAGE, Effect.NOTED, about=others),) if others else ()


def of_values(
    values: Mapping[tuple[str, Criterion], CriterionValue],
    weights: Mapping[Criterion, float],
    lost: Mapping[Criterion, float],
    elsewhere: Collection[Criterion],
    leaders: Iterable[str],
    catalogue: Iterable[Framework],
    today: date,
) -> tuple[Concern, ...]:
    """Return the doubts that come from what the values rest on.

    Parameters
    ----------
    values : mapping
        By alternative and criterion.
    weights : mapping
        Central weights.
    lost : mapping
        The share of all swing points that each criterion without weight would have had.
    elsewhere : collection of Criterion
        Those on which this machine's figures don't count, because the network is to run on another kind.
    leaders : iterable of str
        The first and the second.
    catalogue : iterable of Framework
        Whose facts the values cite.
    today : date
        What ages are counted to.
    """
    leaders = tuple(leaders)
    found = []
    unknown = tuple(
        criterion
        for criterion in CRITERIA
        if weights[criterion] > 0
        and any(values[name, criterion].source is ValueSource.MISSING for name in leaders)
    )
    if unknown:
        share = {"share": sum(weights[criterion] for criterion in unknown)}
        found.append(Concern(Doubt.UNKNOWN_VALUES, Effect.WIDENED, share, unknown))
    for doubt, criteria in (
        (Doubt.UNASSESSED, [each for each in lost if each not in elsewhere]),
        (Doubt.ELSEWHERE, [each for each in lost if each in elsewhere]),
    ):
        if criteria:
            share = {"share": sum(lost[each] for each in criteria)}
            found.append(Concern(doubt, Effect.NOTED, share, tuple(criteria)))
    cited = {(name, fact) for (name, _), value in values.items() for fact in value.facts if name in leaders}
    owner = {each.id: framework for framework, each in offered(catalogue)}
    used = {owner[name].facts[fact] for name, fact in cited if name in owner and fact in owner[name].facts}
    old = [each for each in stale(catalogue, today, STALE_MONTHS) if each.fact in used]
    if old:
        detail = {"count": float(len(old)), "months": float(old[0].age_months)}
        found.append(Concern(Doubt.STALE_FACTS, Effect.NOTED, detail))
    return tuple(found)


def ordered(concerns: Iterable[Concern]) -> tuple[Concern, ...]:
    """Return concerns by what they do, the gravest first."""
    order = list(Effect)
    return tuple(sorted(concerns, key=lambda each: order.index(each.effect)))


def told(verdict: Verdict) -> tuple[Concern, ...]:
    """Return the concerns to tell of: where there is no answer, nothing leaves it as it is or less certain."""
    grave = (Effect.WITHHELD, Effect.CAPPED)
    return tuple(each for each in verdict.concerns if verdict.recommended or each.effect in grave)


def most(concerns: Iterable[Concern], effect: Effect) -> Concern | None:
    """Return the first concern with an effect."""
    return next((each for each in concerns if each.effect is effect), None)
