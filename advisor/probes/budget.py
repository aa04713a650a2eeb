"""How much measuring each budget buys. Figures are per workload."""

from advisor.probes.model import Budget, SearchExtent

_LAST_START_S = 60.0

PARALLEL_S = 600.0
"""For scaling over threads and processes: about a minute and a half for each of six frameworks on two cores."""

BUDGETS: dict[str, Budget] = {
    budget.id: budget
    for budget in (
        Budget(
            id="quick",
            min_rounds=5,
            max_rounds=8,
            sample_s=0.4,
            relative_half_width=0.10,
            target_s=150.0,
            time_cap_s=290.0,
            compiled=False,
            scaling_rounds=5,
            memory_steps=2,
            search_s=30.0,
        ),
        Budget(
            id="standard",
            min_rounds=7,
            max_rounds=20,
            sample_s=0.75,
            relative_half_width=0.05,
            target_s=600.0,
            time_cap_s=900.0,
            compiled=True,
            scaling_rounds=7,
            longest_context=True,
            parallel_s=PARALLEL_S,
            memory_steps=4,
            search_s=150.0,
            learning_seeds=5,
            learning_s=60.0,
        ),
        Budget(
            id="thorough",
            min_rounds=12,
            max_rounds=50,
            sample_s=1.5,
            relative_half_width=0.02,
            target_s=3000.0,
            time_cap_s=3600.0,
            compiled=True,
            scaling_rounds=9,
            longest_context=True,
            parallel_s=3 * PARALLEL_S,
            memory_steps=12,
            search_s=900.0,
            learning_seeds=10,
            learning_s=300.0,
        ),
    )
}


def search_cap_s(budget: Budget, goals: int) -> float:
    """Return how long a search for so many goals takes at most: what has begun when its time is up is finished."""
    return 2 * budget.search_s * goals + _LAST_START_S


def learning_cap_s(budget: Budget) -> float:
    """Return how long one alternative takes to a target at most: building and testing take less than training may."""
    return 2 * budget.learning_seeds * budget.learning_s


def search_extent(budget: str) -> SearchExtent:
    """Return how far a search goes in a budget: with the least, known good settings only."""
    return SearchExtent.PRIORS if budget == "quick" else SearchExtent.FULL
