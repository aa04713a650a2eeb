"""From raw samples to figures with draws: what they say of a configuration, and how sure they are.

Rounds are resampled with the same weights for every alternative, so what slows all of them alike
in one round cancels in every comparison.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from msgspec import Struct

from advisor.decision.choice import Choice, decide
from advisor.decision.model import Needs, ProjectStage
from advisor.decision.random_streams import Floats, RandomStreams
from advisor.probes.intervals import TAILS
from advisor.probes.model import (
    Capability,
    Outcome,
    ProbeResult,
    Quantity,
    Sample,
    WorkloadRun,
)
from advisor.probes.rounds import FAR_NOTE
from advisor.probes.statistics import cores_of, scaling_ends
from advisor.workloads.model import Workload

RUN_TO_RUN_SD = 0.03
"""Log standard deviation between two runs of the same probe on the same machine, beyond what rounds
show: memory layout and process placement change from start to start (Kalibera and Jones 2013,
"Rigorous benchmarking in reasonable time", ISMM, measured several percent between executions)."""

SEQUENTIAL_SD = 0.10
"""The same where alternatives were measured one after the other: a shared machine drifts by so much and
more between minutes, and nothing cancels it."""

DISTURBED_SD = 0.30
"""The same where other programs or the hypervisor took a good part of the processors: a framework whose
threads wait for each other is hit far harder than one that works on fewer."""

DISTURBED_SHARE = 0.3
"""Share of the allowed processors' time, taken by others during a run, from which it counts as disturbed."""

SINGLE_ROUND_SD = 0.15
"""Log standard deviation of a figure that rests on one round: what samples on small virtual
machines were seen to vary by."""

STARTUP_SD = 0.10
"""Log standard deviation of a start-up time, which is read once."""

MEMORY_SD = 0.05
"""Log standard deviation of a memory peak, which is read in one pass."""

ENERGY_SD = 0.10
"""Log standard deviation of an energy figure."""

OUTLIER_MADS = 4.0
"""A round further than this many (normal-consistent) median absolute deviations from the median is
drawn in to that distance: a neighbour's load can triple one sample."""

SMALLEST_MAD = 0.02
"""Log deviation below which no round is an outlier."""

SERVED_CALLS = 100_000
"""Calls that a service is expected to answer before it is started again, at least."""


class Estimate(Struct, frozen=True):
    """The natural logarithm of a positive figure: central value and draws of what is believed."""

    log: float
    draws: Floats

    @property
    def value(self) -> float:
        """The central figure itself."""
        return math.exp(self.log)

    def interval(self) -> tuple[float, float]:
        """Return the bounds of the central part, at the one level of every interval."""
        low, high = np.quantile(self.draws, TAILS)
        return math.exp(low), math.exp(high)


def taken_share(run: WorkloadRun, *, before: bool = False) -> float:
    """Return the largest share of the processors' time that others were seen to take during a run.

    Parameters
    ----------
    before : bool
        Whether what was seen just before it counts as well.
    """
    shares = [
        float(warning.detail.get(name, 0.0))
        for warning in run.warnings
        for name in ("others_share", "steal_share")
        if before or warning.when != "before"
    ]
    return max(shares, default=0.0)


def run_to_run_sd(run: WorkloadRun) -> float:
    """Return how far, in logs, another run of the same workload may differ beyond what rounds show."""
    if taken_share(run) >= DISTURBED_SHARE:
        return DISTURBED_SD
    return RUN_TO_RUN_SD if run.interleaved else SEQUENTIAL_SD


def training_quantity(workload: Workload) -> Quantity:
    """Return what training means for a workload: with the environment in the loop for reinforcement learning."""
    return Quantity.LOOP if workload.loops else Quantity.TRAIN


def round_logs(samples: Iterable[Sample], quantity: Quantity) -> dict[int, float]:
    """Return per round the logarithm of seconds per item (per call for latency).

    A sample that took no time or processed nothing is no measurement and is left out.
    """
    rounds: dict[int, list[float]] = defaultdict(list)
    for sample in samples:
        count = sample.iterations if quantity is Quantity.LATENCY else sample.items
        if sample.quantity is quantity and sample.elapsed_s > 0 and count > 0:
            rounds[sample.round].append(math.log(sample.elapsed_s / count))
    return {number: sum(logs) / len(logs) for number, logs in sorted(rounds.items())}


def anchored(
    run: WorkloadRun, logs: Mapping[int, float], quantity: Quantity
) -> tuple[dict[int, float], dict[int, float]] | None:
    """Return the anchor's logarithms over all blocks, and a subject's relative to it in the rounds they share.

    Rounds of different blocks have nothing in common but the anchor, which says how fast the machine was. None
    where a run has no blocks, or nothing that links them.
    """
    anchor = next(
        (each for each in run.results if run.anchor is not None and each.subject == run.anchor), None
    )
    if anchor is None or not run.blocks or not run.interleaved:
        return None
    level = round_logs(anchor.samples, quantity)
    relative = {number: log - level[number] for number, log in logs.items() if number in level}
    return (level, relative) if relative else None


def planned_steps(needs: Needs, run: WorkloadRun) -> int:
    """Return how many steps at the probe's batch the user's training takes (environment steps for RL)."""
    items = needs.workload.dataset_items * needs.workload.epochs
    return items if run.workload.loops else math.ceil(items / run.workload.batch)


def planned_calls(needs: Needs, run: WorkloadRun) -> int:
    """Return how many inference calls follow one start."""
    if needs.stage in (ProjectStage.SERVING, ProjectStage.EDGE):
        return max(planned_steps(needs, run), SERVED_CALLS)
    return planned_steps(needs, run)


def start_s(result: ProbeResult, quantity: Quantity = Quantity.TRAIN) -> float | None:
    """Return seconds until the first training step is done, or the first inference where that is asked for.

    None if a phase is unknown.
    """
    startup = result.startup
    first_s = startup.first_infer_s if quantity is Quantity.INFER else startup.first_train_s
    phases = (startup.import_s, startup.build_s, first_s)
    known = [phase for phase in phases if phase is not None]
    return sum(known) if len(known) == len(phases) else None


def can_train(result: ProbeResult) -> bool:
    """Whether a subject can train."""
    return Capability.TRAIN in result.capabilities


def main_quantity(run: WorkloadRun, alternative: str) -> Quantity:
    """Return what an alternative is started for: training, or inference where it can't train."""
    results = measured(run, alternative)
    if results and not any(can_train(result) for result in results):
        return Quantity.INFER
    return training_quantity(run.workload)


def memory_bytes(result: ProbeResult) -> float | None:
    """Return the peak that steps added, on the accelerator where one was used; None if not read."""
    reading = result.memory
    if reading is None:
        return None
    used = reading.used_bytes
    if result.subject.device != "cpu":
        if reading.device_peak_bytes is None:
            return None
        used = max(reading.device_peak_bytes - (reading.device_baseline_bytes or 0), 0)
    return float(max(used, 1))


class Gain(Struct, frozen=True):
    """How much faster training is on more cores: per round the logarithm, and how many times as many there are."""

    logs: dict[int, float]
    more: float


def over_cores(result: ProbeResult) -> Gain | None:
    """Return what one process gains from the fewest to the most cores."""
    ends = scaling_ends(result)
    if ends is None:
        return None
    few, many = ends
    return _gain(few.samples, many.samples, cores_of(many) / cores_of(few))


def over_processes(result: ProbeResult) -> Gain | None:
    """Return what the most processes gain over one, each on a core with a batch of its own.

    None also where their weights drifted apart: they did not train one network.
    """
    groups = [
        each for each in result.parallel if each.processes > 1 and not each.split and each.equal_weights
    ]
    if not groups:
        return None
    most = max(groups, key=lambda each: each.processes)
    return _gain(most.alone, most.samples, most.processes * most.threads)


def _gain(few: Iterable[Sample], many: Iterable[Sample], more: float) -> Gain | None:
    slow, fast = (round_logs(each, Quantity.TRAIN) for each in (few, many))
    logs = {number: slow[number] - fast[number] for number in slow if number in fast}
    return Gain(logs, more) if logs else None


def scaled(
    run: WorkloadRun, alternative: str, gain: Callable[[ProbeResult], Gain | None]
) -> ProbeResult | None:
    """Return the result whose scaling was measured: the default configuration before others."""
    results = (result for result in measured(run, alternative) if gain(result) is not None)
    return min(results, key=lambda result: len(result.subject.configuration.levers), default=None)


def measured(run: WorkloadRun, alternative: str) -> tuple[ProbeResult, ...]:
    """Return an alternative's results whose numbers can be used, a cancelled run's rounds included."""
    return tuple(
        result for result in run.results if result.subject.alternative == alternative and usable(result)
    )


def rounds_taken(run: WorkloadRun, alternative: str) -> int:
    """Return how many rounds an alternative's figures rest on: those of its configuration with the most."""
    found = measured(run, alternative)
    return max((len({each.round for each in result.samples}) for result in found), default=0)


def far_behind(run: WorkloadRun, alternative: str) -> bool:
    """Return whether an alternative got no further rounds because it could not win."""
    return any(FAR_NOTE in result.notes for result in measured(run, alternative))


def usable(result: ProbeResult) -> bool:
    """Whether a result's network passed equivalence and has samples to judge by."""
    if result.outcome is Outcome.CANCELLED:
        return bool(result.samples) and result.equivalence is not None and result.equivalence.passed
    return result.outcome is Outcome.MEASURED


def choose(run: WorkloadRun, alternative: str, quantity: Quantity, needs: Needs) -> ProbeResult | None:
    """Return the configuration to judge by, with the samples of the rounds that judge it alone."""
    found = choice_of(run, alternative, quantity, needs)
    return found.result if found else None


def choice_of(run: WorkloadRun, alternative: str, quantity: Quantity, needs: Needs) -> Choice | None:
    """Return the configuration that does the planned work soonest, start and compilation included, and why.

    A configuration whose start is not known is judged by its steady state alone. See ``choice``.
    """
    results = measured(run, alternative)
    return decide(results, {each.subject: planned_s(run, each, quantity, needs) for each in results})


def planned_s(run: WorkloadRun, result: ProbeResult, quantity: Quantity, needs: Needs) -> dict[int, float]:
    """Return how long the planned work takes, start included, going by each round."""
    training = quantity in (Quantity.TRAIN, Quantity.LOOP)
    steps = planned_steps(needs, run) if training else planned_calls(needs, run)
    items = steps * (1 if quantity in (Quantity.LATENCY, Quantity.LOOP) else run.workload.batch)
    first_s = {
        Quantity.INFER: result.startup.first_infer_s,
        Quantity.LATENCY: result.startup.first_latency_s,
    }.get(quantity, result.startup.first_train_s)
    logs = round_logs(result.samples, quantity)
    return {number: (first_s or 0.0) + items * math.exp(log) for number, log in logs.items()}


class Sampler:
    """Turns readings into figures with draws.

    Parameters
    ----------
    streams : RandomStreams
        Where random draws come from.
    """

    def __init__(self, streams: RandomStreams) -> None:
        self.streams = streams
        self._round_weights: dict[tuple[str, int], Floats] = {}

    def rounds(
        self,
        workload: str,
        logs: Mapping[int, float],
        *name: str,
        interleaved: bool = True,
        between_sd: float = RUN_TO_RUN_SD,
    ) -> Estimate:
        """Return a figure from its rounds by a Bayesian bootstrap with weights common to all (Rubin 1981).

        It is centred on the median round, as every table of measurements is; its draws spread as the
        mean of the rounds does, for a mean keeps what is common to two alternatives common.

        Parameters
        ----------
        workload : str
            Whose rounds these are; alternatives measured in the same round share its weight.
        logs : Mapping[int, float]
            Round number to logarithm.
        *name : str
            What makes the run-to-run part of this figure its own.
        interleaved : bool
            Whether others were measured in the same rounds. If not, rounds of one number have nothing in
            common, and the machine's drift stands between the alternatives.
        between_sd : float
            Log standard deviation between runs; see ``run_to_run_sd``.
        """
        if not interleaved:
            workload = "/".join((workload, *name))
        numbers = sorted(logs)
        values = _drawn_in(np.array([logs[number] for number in numbers]))
        centre = float(np.median(values))
        count = len(numbers)
        noise = between_sd * self.streams.normal("run", workload, *name)
        if count == 1:
            single = SINGLE_ROUND_SD * self.streams.normal("round", workload, *name)
            return Estimate(centre, centre + single + noise)
        weights = np.stack([self._weights(workload, number) for number in numbers])
        means = values @ weights / weights.sum(axis=0)
        # The bootstrap's variance is (n - 1) / (n + 1) of the unbiased one.
        wider = math.sqrt((count + 1) / (count - 1))
        return Estimate(centre, centre + wider * (means - values.mean()) + noise)

    def linked(
        self,
        workload: str,
        level: Mapping[int, float],
        relative: Mapping[int, float],
        *name: str,
        between_sd: float = RUN_TO_RUN_SD,
    ) -> Estimate:
        """Return a figure of a run in blocks: the anchor's overall level, and what the subject differs from it.

        The level is common to all, and so drops out of every comparison. See ``anchored``.
        """
        common = self.rounds(workload, level, "anchor", between_sd=0.0)
        own = self.rounds(workload, relative, *name, between_sd=between_sd)
        return Estimate(common.log + own.log, common.draws + own.draws)

    def single(self, value: float, sd: float, *name: str) -> Estimate:
        """Return a figure that was read once, with a stated log standard deviation."""
        log = math.log(value)
        return Estimate(log, log + sd * self.streams.normal(*name))

    def _weights(self, workload: str, number: int) -> Floats:
        key = (workload, number)
        if key not in self._round_weights:
            self._round_weights[key] = self.streams.exponential("round", workload, str(number))
        return self._round_weights[key]


def _drawn_in(values: Floats) -> Floats:
    """Return the values with outliers drawn in to ``OUTLIER_MADS`` deviations from the median."""
    median = np.median(values)
    deviation = max(1.4826 * float(np.median(np.abs(values - median))), SMALLEST_MAD)
    return np.clip(values, median - OUTLIER_MADS * deviation, median + OUTLIER_MADS * deviation)
