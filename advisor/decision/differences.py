"""Which answers differ between two needs: fields and values only, in the order in which they are asked."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from advisor.decision.criteria import CRITERIA
from advisor.decision.model import Criterion, Needs, PriorityMode
from advisor.decision.shares import task_shares, workload_shares
from advisor.decision.weights import swing_points
from advisor.probes.model import WorkloadRun

Place = tuple[str, ...]

_SAME_SHARE = 5e-4
_SAME_POINTS = 0.05
"""Shares and points that differ by less read alike, and come from rounding."""

_UNASKED = frozenset({"schema_version", "title", "tasks", "workloads", "weights", "stated"})
"""Fields that are no answers, or that are compared by what they come to."""


class AnswerChange(Struct, frozen=True):
    """One answer that differs. ``place`` names the field in the needs; ``None`` stands for not answered.

    Shares are compared as shares of the whole (place ``tasks`` or ``workloads``), weights as the swing points that
    they come to (``priorities``, ``weights``).
    """

    place: Place
    before: Any
    after: Any


def changed_fields(before: object, after: object, place: Place = ()) -> Iterator[tuple[Place, Any, Any]]:
    """Yield every field in which two trees of built-in values differ, with its value in each."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from changed_fields(before.get(key), after.get(key), (*place, str(key)))
    elif before != after:
        yield place, before, after


def answers(
    before: Needs,
    after: Needs,
    runs: tuple[Iterable[WorkloadRun], Iterable[WorkloadRun]] = ((), ()),
    assessed: Collection[Criterion] = CRITERIA,
) -> tuple[AnswerChange, ...]:
    """Return every answer that differs.

    Parameters
    ----------
    before, after : Needs
        The answers.
    runs : pair of iterables
        What was measured on either side: it says which workloads the tasks stand for.
    assessed : collection of Criterion
        Those that carry weight; points of an order are shared among them.
    """
    found = list(_shares(before, after, runs))
    for place, mine, theirs in changed_fields(msgspec.to_builtins(before), msgspec.to_builtins(after)):
        if not _UNASKED.intersection(place):
            found.append(AnswerChange(place, mine, theirs))
    found += _weights(before, after, assessed)
    return tuple(found)


def _shares(
    before: Needs, after: Needs, runs: tuple[Iterable[WorkloadRun], Iterable[WorkloadRun]]
) -> Iterator[AnswerChange]:
    mine: dict[str, float]
    theirs: dict[str, float]
    if before.workloads or after.workloads:
        kind, mine, theirs = (
            "workloads",
            workload_shares(before, runs[0]),
            workload_shares(after, runs[1]),
        )
    else:
        kind = "tasks"
        mine = {task.value: share for task, share in task_shares(before).items()}
        theirs = {task.value: share for task, share in task_shares(after).items()}
    for key in {**mine, **theirs}:
        if abs(mine.get(key, 0.0) - theirs.get(key, 0.0)) > _SAME_SHARE:
            yield AnswerChange((kind, key), mine.get(key), theirs.get(key))


def _weights(before: Needs, after: Needs, assessed: Collection[Criterion]) -> Iterator[AnswerChange]:
    """Points that the user stated on either side; those of presets follow from the goal and are no answer."""
    stated = {
        criterion
        for needs in (before, after)
        if needs.priorities.mode is PriorityMode.WEIGHTS
        for criterion in needs.priorities.weights
    }
    mine, theirs = swing_points(before, assessed), swing_points(after, assessed)
    for criterion in CRITERIA:
        if criterion in stated and abs(mine[criterion] - theirs[criterion]) > _SAME_POINTS:
            place = ("priorities", "weights", criterion.value)
            yield AnswerChange(place, mine[criterion], theirs[criterion])
