"""What an answer takes for granted because nobody said otherwise: told from the needs' own defaults."""

from enum import StrEnum

from advisor.decision.model import Needs, Priorities, PriorityMode, WorkloadNeeds


class Assumed(StrEnum):
    """A part of the needs that was left as it comes."""

    TASK = "task"
    STAGE = "stage"
    SIZE = "size"
    DATA = "data"  # items of a data set, and epochs
    WEIGHTS = "weights"  # the stage's preset
    SURENESS = "sureness"
    TEAM = "team"


def assumed(needs: Needs) -> tuple[Assumed, ...]:
    """Return what was not said. Who states a default is not told apart from who says nothing."""
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
        Assumed.TASK: needs.tasks == usual.tasks and not needs.workloads,
        Assumed.STAGE: needs.stage is usual.stage,
        Assumed.SIZE: needs.size is usual.size and not needs.workloads,
        Assumed.DATA: sized == (WorkloadNeeds().dataset_items, WorkloadNeeds().epochs),
        Assumed.WEIGHTS: not said[priorities.mode],
        Assumed.SURENESS: scattered and priorities.sureness == Priorities().sureness,
        Assumed.TEAM: not needs.team.skills,
    }
    return tuple(each for each in Assumed if found[each])
