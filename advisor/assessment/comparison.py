"""Two assessments side by side: which answers differ, what changed on the machine, how speeds and ranks moved."""

import math
from collections.abc import Iterator

from msgspec import Struct

from advisor.assessment.model import Assessment
from advisor.decision import differences
from advisor.decision.criteria import CRITERIA
from advisor.decision.differences import AnswerChange
from advisor.decision.model import Decision, GateResult, GateStatus
from advisor.probes.configuration import Configuration
from advisor.probes.model import ProbeResult, Quantity, Subject
from advisor.probes.statistics import Ratio, Summary, summarise
from advisor.workloads.model import Workload


class Speed(Struct, frozen=True):
    """One quantity of one subject in both assessments.

    ``ratio`` is how many times as fast it is after as before: above 1 it became faster.
    """

    workload: Workload
    before_subject: Subject
    after_subject: Subject
    quantity: Quantity
    before: Summary
    after: Summary
    ratio: Ratio


class Version(Struct, frozen=True):
    """What an alternative ran with, before and after; ``None`` where it was not installed."""

    alternative: str
    before: str | None
    after: str | None


class RankChange(Struct, frozen=True):
    """Where an alternative stood, before and after; ``None`` where it was not ranked."""

    alternative: str
    rank_before: int | None
    rank_after: int | None
    points_before: float | None
    points_after: float | None


class GateChange(Struct, frozen=True):
    """A gate that holds an alternative back on one side and not, or otherwise, on the other.

    ``None``: it was not asked for. What the user waives counts as passed.
    """

    alternative: str
    gate: str
    before: GateResult | None
    after: GateResult | None


def older_first(pair: tuple[Assessment, Assessment]) -> tuple[Assessment, Assessment]:
    """Return two assessments, the older one first; of a copy and its original, the original."""
    before, after = sorted(pair, key=lambda each: (each.created_at, each.id))
    return before, after


def same_measurements(before: Assessment, after: Assessment) -> bool:
    """Say whether both rest on one run, as a copy with other answers does."""
    return bool(before.runs) and before.runs == after.runs


def answers(before: Assessment, after: Assessment) -> tuple[AnswerChange, ...]:
    """Return every answer that differs."""
    decision = after.decision or before.decision
    assessed = [each.criterion for each in decision.weights if each.assessed] if decision else CRITERIA
    return differences.answers(before.needs, after.needs, (before.runs, after.runs), assessed)


def gates(before: Decision | None, after: Decision | None) -> tuple[GateChange, ...]:
    """Return the gates that hold somebody back on one side and not in the same way on the other."""
    mine, theirs = (
        {(each.alternative, each.gate): each for each in (decision.gates if decision else ())}
        for decision in (before, after)
    )
    ranked = {each.alternative for each in (after.ranking if after else ())}
    return tuple(
        GateChange(*key, mine.get(key), theirs.get(key))
        for key in dict.fromkeys((*theirs, *mine))
        if key[0] in ranked and held(mine.get(key)) is not held(theirs.get(key))
    )


def held(gate: GateResult | None) -> GateStatus | None:
    """Return how a gate holds an alternative back: failed or not known; ``None`` where it doesn't."""
    if gate is None or gate.waived or gate.status is GateStatus.PASS:
        return None
    return gate.status


def independent_ratio(before: Summary, after: Summary) -> Ratio:
    """Return how many times as fast ``after`` is as ``before``, from runs that share no rounds.

    Nothing pairs the rounds of different runs, so drift between them does not drop out, and the interval
    holds only where circumstances were alike. It combines the two intervals on the logarithmic scale by the
    method of variance estimates recovery (G. Y. Zou and A. Donner 2008, Statistics in Medicine 27:1693-1702).
    """
    middle = math.log(before.median_s / after.median_s)
    low = middle - math.hypot(
        math.log(before.median_s / before.low_s), math.log(after.high_s / after.median_s)
    )
    high = middle + math.hypot(
        math.log(before.high_s / before.median_s), math.log(after.median_s / after.low_s)
    )
    # Summaries of very few rounds may span more than a floating-point number does.
    ratio, low, high = (math.exp(min(max(each, -700.0), 700.0)) for each in (middle, low, high))
    return Ratio(ratio, low, high, min(before.n, after.n))


def speeds(before: Assessment, after: Assessment) -> tuple[Speed, ...]:
    """Return every quantity that both assessments have an interval for, in the order of the first.

    A subject meets its own on the other side; where it ran on another device there, the one that did.
    """
    found = []
    for result, other, workload in _pairs(before, after):
        for quantity in Quantity:
            mine, theirs = summarise(result.samples, quantity), summarise(other.samples, quantity)
            if mine is not None and theirs is not None:
                ratio = independent_ratio(mine, theirs)
                found.append(Speed(workload, result.subject, other.subject, quantity, mine, theirs, ratio))
    return tuple(found)


def versions(before: Assessment, after: Assessment) -> tuple[Version, ...]:
    """Return with what each alternative ran, in the order of the first assessment."""
    mine, theirs = _installed(before), _installed(after)
    return tuple(
        Version(alternative, mine.get(alternative), theirs.get(alternative))
        for alternative in dict.fromkeys((*mine, *theirs))
    )


def standings(before: Assessment, after: Assessment) -> tuple[RankChange, ...]:
    """Return every alternative's rank and points, in the order of the second assessment's ranking."""
    mine, theirs = (
        {each.alternative: each for each in (side.decision.ranking if side.decision else ())}
        for side in (before, after)
    )
    return tuple(
        RankChange(
            alternative,
            mine[alternative].rank if alternative in mine else None,
            theirs[alternative].rank if alternative in theirs else None,
            mine[alternative].points if alternative in mine else None,
            theirs[alternative].points if alternative in theirs else None,
        )
        for alternative in dict.fromkeys((*theirs, *mine))
    )


def _installed(assessment: Assessment) -> dict[str, str | None]:
    """Return version, build, Python and what else matters, as one text by alternative."""
    result: dict[str, str | None] = {}
    for state in assessment.installations:
        found = state.installation
        if found is None:
            result[state.alternative] = None
            continue
        parts = [found.version, found.wheel, f"Python {found.python_version}"]
        parts += [f"{name} {version}" for name, version in sorted(found.packages.items())]
        result[state.alternative] = ", ".join(filter(None, parts))
    return result


def _pairs(before: Assessment, after: Assessment) -> Iterator[tuple[ProbeResult, ProbeResult, Workload]]:
    exact: dict[Subject, ProbeResult] = {}
    loose: dict[tuple[str, str, Configuration], list[ProbeResult]] = {}
    for run in after.runs:
        for result in run.results:
            exact[result.subject] = result
            loose.setdefault(_without_device(result.subject), []).append(result)
    for run in before.runs:
        for result in run.results:
            others = loose.get(_without_device(result.subject), [])
            other = exact.get(result.subject) or (others[0] if len(others) == 1 else None)
            if other is not None:
                yield result, other, run.workload


def _without_device(subject: Subject) -> tuple[str, str, Configuration]:
    return subject.workload, subject.alternative, subject.configuration
