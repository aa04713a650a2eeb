"""Which workloads count in a decision, and by how much: the one rule for every room."""

from collections.abc import Iterable
from typing import TypeVar

from advisor.decision.model import Needs
from advisor.probes.model import WorkloadRun
from advisor.workloads import published
from advisor.workloads.model import Task, Workload

Key = TypeVar("Key", bound=str)


def workload_shares(needs: Needs, runs: Iterable[WorkloadRun] = ()) -> dict[str, float]:
    """Return the share of every workload that the needs ask for, measured or not; they sum to 1.

    Workloads named in the needs count as named. Otherwise every task's share goes to its presets at the size
    asked for, and to whatever else was measured of it at that size. Where nothing of that size was measured,
    a task is judged by the size that was: an assessment stays an answer when its needs are changed later.
    """
    if needs.workloads:
        return _normalised(needs.workloads)
    measured = [run.workload for run in runs]
    shares: dict[str, float] = {}
    for task, share in needs.tasks.items():
        of_task = _of_task(needs, task, measured)
        shares |= {id_: share * part for id_, part in _normalised(of_task).items()}
    return _normalised(shares)


def task_shares(needs: Needs) -> dict[Task, float]:
    """Return the share of every task: that of its workloads where the needs name some."""
    if not needs.workloads:
        return _normalised(needs.tasks)
    shares: dict[Task, float] = {}
    for id_, share in _normalised(needs.workloads).items():
        workload = published.WORKLOADS.get(id_)
        # What own work is for, the needs say.
        for task, part in {workload.task: 1.0}.items() if workload else _normalised(needs.tasks).items():
            shares[task] = shares.get(task, 0.0) + share * part
    return shares


def wanted_workloads(needs: Needs, own: Iterable[Workload] = ()) -> tuple[Workload, ...]:
    """Return the workloads to measure for needs, in the order in which they are named.

    Parameters
    ----------
    own : Iterable[Workload]
        The user's own work, which the needs name as well.

    Raises
    ------
    AdvisorError
        The needs name a workload that there isn't.
    """
    known = {each.id: each for each in own}
    return tuple(known.get(id_) or published.get(id_) for id_ in workload_shares(needs))


def _of_task(needs: Needs, task: Task, measured: Iterable[Workload]) -> dict[str, float]:
    own = [workload for workload in measured if workload.task is task]
    fitting = [workload for workload in own if workload.size is needs.size]
    if own and not fitting:
        fitting = [workload for workload in own if workload.size is own[0].size]
        presets = published.preset(task, own[0].size)
        return {workload.id: presets.get(workload.id, 1.0) for workload in fitting}
    presets = published.preset(task, needs.size)
    if fitting and not any(workload.id in presets for workload in fitting):
        # What was measured is none of today's presets: it was when the assessment was made.
        presets = {}
    return presets | {workload.id: presets.get(workload.id, 1.0) for workload in fitting}


def _normalised(shares: dict[Key, float]) -> dict[Key, float]:
    total = sum(shares.values())
    return {id_: share / total for id_, share in shares.items()}
