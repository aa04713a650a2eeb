"""What an answer takes for granted because nobody said otherwise, and what counts as having said it."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from advisor.decision.model import Answer, Needs, Priorities, PriorityMode, WorkloadNeeds

_FIELDS = {
    "tasks": Answer.TASK,
    "workloads": Answer.TASK,
    "stage": Answer.STAGE,
    "size": Answer.SIZE,
    "workload.dataset_items": Answer.DATA,
    "workload.epochs": Answer.DATA,
    "priorities.sureness": Answer.SURENESS,
}
"""Fields whose default can be meant. Of weights and the team the default is that there is none."""


def assumed(needs: Needs) -> tuple[Answer, ...]:
    """Return what was not said: a default that the user has not stated."""
    usual = Needs()
    priorities = needs.priorities
    said = {
        PriorityMode.WEIGHTS: bool(priorities.weights),
        PriorityMode.PAIRS: bool(priorities.comparisons),
        PriorityMode.ORDER: bool(priorities.order),
        PriorityMode.NONE: True,
    }
    scattered = priorities.mode in (PriorityMode.WEIGHTS, PriorityMode.PAIRS)
    sized = (needs.workload.dataset_items, needs.workload.epochs)
    found = {
        Answer.TASK: needs.tasks == usual.tasks and not needs.workloads,
        Answer.STAGE: needs.stage is usual.stage,
        Answer.SIZE: needs.size is usual.size and not needs.workloads,
        Answer.DATA: sized == (WorkloadNeeds().dataset_items, WorkloadNeeds().epochs),
        Answer.WEIGHTS: not said[priorities.mode],
        Answer.SURENESS: scattered and priorities.sureness == Priorities().sureness,
        Answer.TEAM: not needs.team.skills,
    }
    silent = {Answer.WEIGHTS, Answer.TEAM}.union(Answer).difference(needs.stated)
    return tuple(each for each in Answer if found[each] and each in silent)


def stating(needs: Needs, answers: Iterable[Answer]) -> Needs:
    """Return needs in which answers are the user's word as they stand."""
    stated = {*needs.stated, *answers}
    return replace(needs, stated=tuple(each for each in Answer if each in stated))


def answers_of(fields: Iterable[str]) -> set[Answer]:
    """Return the answers that fields of a needs document give, as in ``priorities.sureness``."""
    return {_FIELDS[each] for each in fields if each in _FIELDS}


def answered(needs: Needs, **changes: Any) -> Needs:
    """Return needs with answers that the user gave, as ``replace``; they are the user's word from then on."""
    fields = []
    for name, value in changes.items():
        before = getattr(needs, name)
        if isinstance(value, Struct):
            old, new = asdict(before), asdict(value)
            fields += [f"{name}.{inner}" for inner in new if new[inner] != old[inner]]
        else:
            fields.append(name)
    return stating(replace(needs, **changes), answers_of(fields))
