"""Strategies of the search against each other, on simulated spaces: how often each comes within 5 % of the best,
and at which share of what trying everything costs.

Run as ``python tests/benchmarks/search.py [RUNS]``. Spaces have the ratios that were measured for real levers
(PyTorch, TensorFlow and MXNet on two cores), pairs of levers that help or hinder each other by a percent or two, and
round-to-round noise as it was seen (5 %). The cost is counted in samples, and a configuration's start and warm-up as so
many more; trying everything takes six rounds of each. TPE is Optuna's.
"""

import math
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from advisor.frameworks.model import Acts, Lever
from advisor.probes.search import Pulled, Search, Space

NOISE = 0.05
EXHAUSTIVE_ROUNDS = 6
START = 8  # samples that could be taken while a configuration starts and warms up
INTERACTION = 0.015
GOOD = 0.95

SPACES: dict[str, tuple[dict[str, dict[str, float]], tuple[dict[str, str], ...]]] = {
    # values of an axis: gain of each, the default being 1; then the priors
    "132": (
        {
            "allocator": {
                "tcmalloc": 1.10,
                "jemalloc": 0.82,
                "no-mmap": 1.10,
                "top-pad": 1.03,
                "arena-1": 0.98,
                "arena-2": 1.0,
                "trim": 1.02,
                "huge": 1.01,
                "mimalloc": 1.04,
                "hoard": 0.90,
            },
            "layout": {"channels_last": 1.35, "blocked": 1.10},
            "compile": {"module": 0.74, "step": 1.14, "frozen": 1.05},
        },
        (
            {"layout": "channels_last"},
            {"layout": "channels_last", "allocator": "no-mmap"},
            {"compile": "step"},
            {"allocator": "no-mmap", "compile": "step", "layout": "channels_last"},
        ),
    ),
    "288": (
        {
            "onednn": {"on": 2.62},
            "concrete": {"on": 1.03},
            "xla": {"on": 0.40},
            "steps": {"20": 1.05, "100": 1.04},
            "allocator": {"no-mmap": 1.10, "tcmalloc": 1.10},
            "threads": {"half": 0.70},
            "grappler": {"off": 0.93},
        },
        (
            {"onednn": "on"},
            {"onednn": "on", "allocator": "no-mmap"},
            {"onednn": "on", "concrete": "on"},
            {"onednn": "on", "steps": "20"},
        ),
    ),
    "144": (
        {
            "static": {"alloc": 1.05, "shape": 1.12},
            "subgraphs": {"mkldnn": 1.13},
            "kvstore": {"none": 1.10},
            "wait": {"passive": 0.95},
            "allocator": {"no-mmap": 1.06, "jemalloc": 0.85},
            "bulk": {"on": 1.01},
        },
        (
            {"static": "shape"},
            {"static": "shape", "kvstore": "none"},
            {"static": "shape", "subgraphs": "mkldnn"},
            {"kvstore": "none", "static": "shape", "subgraphs": "mkldnn"},
        ),
    ),
}


class Simulated:
    """A space with known truth, which counts what is measured of it."""

    def __init__(self, name: str, seed: int) -> None:
        axes, priors = SPACES[name]
        self.random = random.Random(f"{name}/{seed}")
        levers = tuple(
            Lever(id_, tuple(values), Acts.BUILD, "2026-11-24", "simulated") for id_, values in axes.items()
        )
        self.space = Space(levers, tuple(tuple(sorted(prior.items())) for prior in priors))
        single = {
            (id_, value): math.log(gain) for id_, values in axes.items() for value, gain in values.items()
        }
        # Levers gain otherwise here than where they were measured, and not the same together as apart.
        single = {lever: gain * self.random.uniform(0.7, 1.2) for lever, gain in single.items()}
        pairs = {
            (one, other): self.random.gauss(0.0, INTERACTION)
            for one in single
            for other in single
            if one[0] < other[0]
        }
        self.truth = {
            each: sum(single[lever] for lever in each)
            + sum(pairs[one, other] for one in each for other in each if one[0] < other[0])
            for each in self.space.everything()
        }
        self.best = max(self.truth.values())
        self.cost = 0
        self.started: set[Pulled] = set()
        self.round = 0

    def measure(self, pulled: Sequence[Pulled], rounds: int) -> Mapping[Pulled, Mapping[int, float]]:
        found: dict[Pulled, dict[int, float]] = {each: {} for each in pulled}
        self.cost += START * len(set(pulled) - self.started)
        self.started |= set(pulled)
        for _ in range(rounds):
            self.round += 1
            default = self.random.gauss(0.0, NOISE)
            self.cost += 1 + len(pulled)
            for each in pulled:
                found[each][self.round] = self.truth[each] + self.random.gauss(0.0, NOISE) - default
        return found

    @property
    def exhaustive(self) -> int:
        return (EXHAUSTIVE_ROUNDS + START) * len(self.truth)


def ours(space: Simulated) -> Pulled:
    return Search(space.space, space.measure).run(full=True).best


def priors_only(space: Simulated) -> Pulled:
    return Search(space.space, space.measure).run(full=False).best


def drawn(trials: int) -> Callable[[Simulated], Pulled]:
    def strategy(space: Simulated) -> Pulled:
        tried = space.random.sample(sorted(space.truth), trials)
        gains = space.measure(tried, EXHAUSTIVE_ROUNDS)
        return max(tried, key=lambda each: statistics.median(gains[each].values()))

    return strategy


def tpe(trials: int) -> Callable[[Simulated], Pulled]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def strategy(space: Simulated) -> Pulled:
        def objective(trial: "optuna.Trial") -> float:
            chosen = {
                axis.id: trial.suggest_categorical(axis.id, ("", *axis.values)) for axis in space.space.axes
            }
            pulled = tuple(sorted((id_, value) for id_, value in chosen.items() if value))
            trial.set_user_attr("pulled", pulled)
            return statistics.median(space.measure([pulled], EXHAUSTIVE_ROUNDS)[pulled].values())

        study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=space.random.randrange(2**31), n_startup_trials=4),
        )
        study.optimize(objective, n_trials=trials)
        return tuple(map(tuple, study.best_trial.user_attrs["pulled"]))

    return strategy


def compare(strategy: Callable[[Simulated], Pulled], name: str, runs: int) -> tuple[float, float]:
    """How often a strategy comes within 5 % of the best, and the share of the exhaustive cost."""
    good, cost = 0, 0.0
    for seed in range(runs):
        space = Simulated(name, seed)
        found = strategy(space)
        good += space.truth[found] >= space.best + math.log(GOOD)
        cost += space.cost / space.exhaustive
    return good / runs, cost / runs


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    strategies = {
        "this project's": (ours, runs),
        "its priors only": (priors_only, runs),
        "random, 12 trials": (drawn(12), runs),
        "TPE, 12 trials": (tpe(12), max(runs // 5, 1)),
        "TPE, 24 trials": (tpe(24), max(runs // 5, 1)),
    }
    print(f"{'configurations':>15} {'strategy':<20} {'within 5 %':>10} {'share of cost':>14} {'runs':>6}")
    for name in SPACES:
        for label, (strategy, count) in strategies.items():
            probability, cost = compare(strategy, name, count)
            print(f"{name:>15} {label:<20} {probability:>10.2f} {cost:>14.2f} {count:>6}")


if __name__ == "__main__":
    main()
