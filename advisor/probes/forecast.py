"""How long a run will still take: from what has been seen, and from what is usual where nothing has."""

from collections.abc import Mapping, Sequence

from advisor.probes.context import RunContext
from advisor.probes.passes.parallel import shapes
from advisor.probes.passes.scaling import OneCore
from advisor.probes.subject_run import SubjectRun

_USUAL_LOAD_S = 9.0
_USUAL_ROUND_S = 5.0
"""Of one alternative with a compact workload on two cores: a start, and its part of a round. Rather too long than
too short, for an estimate that shrinks is forgiven."""

_CROWDED = 1.6
"""How much longer a start takes beside others than alone, as seen with six frameworks on two cores."""


class Forecast:
    """The time that is left of a run.

    Parameters
    ----------
    runs : sequence of SubjectRun
        Everyone who takes part, loaded or not.
    """

    def __init__(self, context: RunContext, runs: Sequence[SubjectRun]) -> None:
        self._context = context
        self._runs = runs
        self._loads_s: list[float] = []
        self._load_began_s: float | None = None
        self.one_core: Mapping[SubjectRun, OneCore] | None = None

    def time_load(self, run: SubjectRun) -> None:
        """Load a subject, and learn from how long that takes."""
        self._load_began_s = self._context.elapsed_s
        run.load()
        self._loads_s.append(self._context.elapsed_s - self._load_began_s)
        self._load_began_s = None

    def remaining_s(self) -> float:
        """Return the seconds that are left, as far as can be told now."""
        budget = self._context.budget
        running = [run for run in self._runs if run.failure is None]
        known = [run for run in running if run.loaded]
        left = len(running) - len(known)
        seen_s = {run: self._round_s(run) for run in known}
        loading_s = left * max(_mean(self._loads_s), _USUAL_LOAD_S)
        if self._load_began_s is not None:
            loading_s -= min(loading_s, self._context.elapsed_s - self._load_began_s)
        rounds_s = left * budget.min_rounds * max(_mean(list(seen_s.values())), _USUAL_ROUND_S)
        for run, round_s in seen_s.items():
            rounds_s += max(0, budget.min_rounds - len({s.round for s in run.samples})) * round_s
        return loading_s + rounds_s + self._one_core_start_s(known) + self._parallel_s(running)

    def _parallel_s(self, running: Sequence[SubjectRun]) -> float:
        """Scaling over processes: a start for each group and its rounds; in its own pass, what is left of it."""
        context = self._context
        left = [run for run in running if self._scalable(run) and not run.parallel]
        points = shapes(context.conditions.threads)
        taken_s = 2 * context.budget.scaling_rounds * context.budget.sample_s
        each_s = sum(_CROWDED * max(_mean(self._loads_s), _USUAL_LOAD_S) + taken_s for _ in points)
        return min(context.budget.parallel_s, len(left) * each_s)

    def _round_s(self, run: SubjectRun) -> float:
        seconds = sum(run.expected_s(quantity) for quantity in run.quantities)
        if not self._scalable(run):
            return seconds
        threads = self._context.conditions.threads
        return seconds + max(self._context.budget.sample_s, threads * run.step_s)

    def _scalable(self, run: SubjectRun) -> bool:
        threads = self._context.conditions.threads
        return run.subject.configuration.is_default and run.subject.device == "cpu" and threads > 1

    def _one_core_start_s(self, known: Sequence[SubjectRun]) -> float:
        """Workers with one thread start several at once, before the rounds."""
        if self.one_core is not None:
            return 0.0
        apart = (run for run in known if self._scalable(run) and not run.adjustable_threads)
        return _CROWDED * sum(run.startup.total_s for run in apart) / self._context.conditions.threads


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
