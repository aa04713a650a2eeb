"""How long a full recompute of the decision takes, beside a plain pymcdm loop over the same draws.

Run it as ``python -m tests.benchmarks.decision``. Ten alternatives, every criterion assessed, 10,000 draws:
what moving a slider in the window costs. Nothing here is a test: figures depend on the machine and its load.
"""

import statistics
import time

import numpy as np
from msgspec.structs import replace
from pymcdm.methods import SPOTIS

from advisor.decision.criteria import CRITERIA
from advisor.decision.engine import Model
from advisor.decision.model import Criterion, Decision, Needs, Team
from tests.decision.builders import framework, machine, result, run, wobble

NAMES = tuple(f"framework-{letter}" for letter in "abcdefghij")
RECOMPUTES = 200
LOOP_DRAWS = 500


def build() -> Model:
    """Return a model of ten alternatives on which every criterion has data."""
    catalogue = tuple(framework(name, ease_of_use=place % 5) for place, name in enumerate(NAMES))
    results = [
        replace(
            result(name, 0.2 * 1.1**place, noise=wobble(0.05 + 0.01 * place), efficiency=0.9 - 0.02 * place),
            energy_j_per_item=1.0 + place,
        )
        for place, name in enumerate(NAMES)
    ]
    needs = Needs(team=Team(skills={name: place % 5 for place, name in enumerate(NAMES)}))
    return Model(needs, catalogue, machine(), (run(*results),))


def plain_loop_s(decision: Decision) -> float:
    """Return what ranking every draw by a plain loop over pymcdm's SPOTIS (the same additive model) takes."""
    points = {(each.alternative, each.criterion): each.points for each in decision.values}
    centre = np.array([[points[name, criterion] for criterion in CRITERIA] for name in NAMES])
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(len(CRITERIA)), LOOP_DRAWS)
    drawn = centre + rng.normal(0, 5, (LOOP_DRAWS, *centre.shape))
    method = SPOTIS(np.array([[-1000.0, 1000.0]] * len(CRITERIA)))
    gains = np.ones(len(CRITERIA))
    started = time.process_time()
    for values, each in zip(drawn, weights, strict=True):
        method.rank(method(values, each, gains, validation=False))
    return (time.process_time() - started) * decision.draws / LOOP_DRAWS


def main() -> None:
    """Print the median of a full recompute, and the ratio to the plain loop, in wall and in CPU time."""
    started = time.perf_counter()
    model = build()
    build_s = time.perf_counter() - started
    decision = model.decide()
    assessed = sum(weight.assessed for weight in decision.weights)
    wall, processor = [], []
    for step in range(RECOMPUTES):
        clocks = time.perf_counter(), time.process_time()
        model.decide(weights={Criterion.TRAINING_SPEED: step % 101})
        wall.append(time.perf_counter() - clocks[0])
        processor.append(time.process_time() - clocks[1])
    loop_s, median_s = plain_loop_s(decision), statistics.median(processor)
    print(f"{len(NAMES)} alternatives, {assessed} criteria, {decision.draws} draws, {RECOMPUTES} recomputes")
    print(f"build once              {1e3 * build_s:8.1f} ms")
    print(f"recompute, wall median  {1e3 * statistics.median(wall):8.2f} ms (fastest {1e3 * min(wall):.2f})")
    print(f"recompute, CPU median   {1e3 * median_s:8.2f} ms")
    print(f"plain pymcdm loop, CPU  {1e3 * loop_s:8.0f} ms for as many draws, ranking alone")
    print(f"loop / recompute        {loop_s / median_s:8.0f}")


if __name__ == "__main__":
    main()
