"""Three synthetic frameworks, and the decisions on them that several tests ask for."""

from functools import lru_cache

from advisor.decision.engine import Model, decide
from advisor.decision.model import Criterion, Decision, Needs, Priorities
from advisor.frameworks.model import Framework
from advisor.probes.model import ProbeResult
from tests.decision.builders import framework, machine, result, run

ALPHA, BETA, GAMMA = framework("alpha"), framework("beta"), framework("gamma")
THREE = (ALPHA, BETA, GAMMA)
DRAWS = 2000

PERFORMANCE_ONLY = Needs(
    priorities=Priorities(
        weights={each: 100.0 if each is Criterion.TRAINING_SPEED else 0.0 for each in Criterion},
        sureness=1.0,
    )
)
"""Only training speed matters, for certain."""


def decided(
    needs: Needs | None = None,
    catalogue: tuple[Framework, ...] = THREE,
    results: list[ProbeResult] | None = None,
    seed: int = 0,
) -> Decision:
    """Decide on what was measured; by default alpha is faster than beta, and beta than gamma."""
    results = results or [result("alpha", 0.20), result("beta", 0.25), result("gamma", 0.40)]
    return decide(needs or Needs(), catalogue, machine(), (run(*results),), seed=seed, draws=DRAWS)


@lru_cache
def shared_model() -> Model:
    """Return a model of three close frameworks, built once."""
    results = [result("alpha", 0.2), result("beta", 0.21), result("gamma", 0.3)]
    catalogue = (ALPHA, framework("beta", ease_of_use=3), framework("gamma", deployment=4))
    return Model(Needs(), catalogue, machine(), (run(*results),), draws=500)


def points(decision: Decision, criterion: Criterion) -> dict[str, float]:
    """Return every alternative's points on a criterion."""
    return {each.alternative: each.points for each in decision.values if each.criterion is criterion}


def order(decision: Decision) -> list[str]:
    """Return the alternatives, best first."""
    return [each.alternative for each in decision.ranking]
