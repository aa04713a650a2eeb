"""The search against trying everything, on real spaces: what each comes to, and at which cost.

Run as ``python tests/benchmarks/search_real.py DATA [CASE …] [--cpu]``, DATA being the application's data folder with
its environments, on a machine that does nothing else; ``--cpu`` goes by seconds of the processor, for one that does.
A CASE reads ``framework:workload:goal[:without,…]``, the last being levers left out (those that compile for minutes).

Everything is tried in six rounds of each configuration, beside the default. The best of that and the search's pick are
then held against each other in fresh rounds: the best of many looks better than it is in the rounds it was chosen by.
The cost is seconds of starts, builds, first calls, warm-up and samples.
"""

import argparse
import math
import sys
import threading
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace

from advisor.assessment.inventory import conditions
from advisor.frameworks import catalogue
from advisor.frameworks.environments import Environments
from advisor.frameworks.model import Affects
from advisor.hardware.detection import detect
from advisor.probes.budget import BUDGETS
from advisor.probes.configuration import available
from advisor.probes.intervals import median_interval
from advisor.probes.model import Candidate, SearchExtent
from advisor.probes.passes import trials
from advisor.probes.search import Pulled, space
from advisor.resources import worker_script
from advisor.workloads.published import WORKLOADS

CASES = (
    "pytorch:nature-dqn:infer:compile",
    "mxnet:nature-dqn:infer",
    "tensorflow:nature-dqn:infer:xla",
)
ROUNDS, FRESH, TOGETHER = 6, 12, 6


class Case:
    def __init__(self, data: Path, text: str) -> None:
        framework, workload, goal, *without = text.split(":")
        entry = catalogue.find(catalogue.load(), framework)
        interpreters = {each.framework: each.interpreter for each in Environments(data).list()}
        left_out = set(",".join(without).split(","))
        self.machine = detect(folder=data)
        self.goal, self.workload = Affects(goal), WORKLOADS[workload]
        self.candidate = Candidate(
            framework,
            framework,
            None,
            interpreters[framework],
            str(worker_script(entry.worker)),
            levers=tuple(each for each in available(entry) if each.exact and each.id not in left_out),
            priors=entry.priors,
        )

    def trials(self, cap_s: float = 3600.0) -> trials._Trials:
        context = trials._context(
            self.workload,
            conditions(self.machine),
            BUDGETS["standard"],
            lambda event: None,
            threading.Event(),
            None,
            None,
            self.machine,
            0,
            None,
        )
        context.budget = replace(context.budget, time_cap_s=cap_s)
        return trials._Trials(context, self.candidate)


def seconds(tried: trials._Trials) -> float:
    return sum(
        run.startup.total_s + sum(each.elapsed_s for each in (*run.warm_up_samples, *run.samples))
        for run in tried._runs.values()
    )


def rounds(
    case: Case, pulled: list[Pulled], count: int, *, by_cpu: bool
) -> tuple[dict[Pulled, dict[int, float]], float]:
    """Measure configurations beside the default, a few at a time; return their gains and what that cost."""
    tried, found = case.trials(), {}
    with tried._context.supervised():
        quantity = tried._quantity(case.goal)
        tried._by_cpu = by_cpu
        tried._load(())
        for first in range(0, len(pulled), TOGETHER):
            together = pulled[first : first + TOGETHER]
            found |= tried._measure(together, count, quantity)
            for each in together:
                tried._runs[each].unload()
    return found, seconds(tried)


def compare(case: Case) -> None:
    searching = case.trials()
    with searching._context.supervised():
        record = searching.search(case.goal, SearchExtent.FULL, BUDGETS["standard"].search_s)
    assert record is not None, "the default itself can't be measured"
    pick, cost_s = record.proposed.levers, seconds(searching)
    left_out = set(record.unjudged)
    levers = [each for each in case.candidate.levers if each.id not in left_out]
    room, _ = space(levers, case.candidate.priors, case.goal, busy=False)
    everything = [each for each in room.everything() if each]
    gains, exhaustive_s = rounds(case, everything, ROUNDS, by_cpu=record.by_cpu)
    best = max(gains, key=lambda each: median(gains[each].values()))
    if median(gains[best].values()) <= 0:
        best = ()
    print(
        f"  configurations: {room.size}, tried by the search: {len(record.trials)}, stopped: {record.stopped}"
    )
    if left_out:
        print(f"  no verdict while others keep the machine busy: {', '.join(sorted(left_out))}")
    print(
        f"  trying everything: {shown(best)}, {math.exp(median(gains[best].values())) if best else 1:.2f} x"
    )
    print(f"  the search: {shown(pick)}")
    if pick == best:
        print("  the same configuration")
    else:
        wanted = [each for each in (pick, best) if each]
        fresh, _ = rounds(case, wanted, FRESH, by_cpu=record.by_cpu)
        shared = sorted(set.intersection(*(set(fresh[each]) for each in wanted)))
        ratios = [
            math.exp((fresh[pick][each] if pick else 0.0) - (fresh[best][each] if best else 0.0))
            for each in shared
        ]
        interval = median_interval(ratios)
        assert interval is not None
        print(f"  search / best: {interval.median:.3f} ({interval.low:.3f} to {interval.high:.3f})")
    print(f"  cost: {cost_s:.0f} s of {exhaustive_s:.0f} s, {cost_s / exhaustive_s:.2f}", flush=True)


def shown(pulled: Pulled) -> str:
    return ", ".join(f"{lever}={value}" for lever, value in pulled) or "the default"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("cases", nargs="*", default=CASES)
    parser.add_argument("--cpu", action="store_true")
    arguments = parser.parse_args()
    if arguments.cpu:
        trials.BUSY_SHARE = -1.0  # whatever others do counts as busy
    for text in arguments.cases:
        print(text, flush=True)
        compare(Case(arguments.data, text))


if __name__ == "__main__":
    main()
