"""Values in points on fixed references, never scaled to the alternatives at hand.

Zero and 100 points mark a range of factor 8 in speed and memory (a doubling is 33 points), the ends
of a rubric, or the anchors named below. References depend on the machine and the workload only, so
adding or removing an alternative can't move another one's points.
"""

import math
from collections.abc import Iterable, Mapping
from statistics import median

import numpy as np
from msgspec import Struct

from advisor.decision import estimates, limits
from advisor.decision.criteria import ROWS, TRAINED, TRAINING, Efficiency, Reading, Speed, Start
from advisor.decision.estimates import Estimate, Sampler
from advisor.decision.model import Criterion, CriterionValue, Needs, ValueSource
from advisor.decision.random_streams import Floats, RandomStreams
from advisor.decision.shares import workload_shares
from advisor.decision.weights import weighed
from advisor.hardware.model import Machine
from advisor.probes.intervals import TAILS
from advisor.probes.model import ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import share_of_peak
from advisor.workloads.model import Workload

RANGE = math.log(8)
"""A factor of eight fills the scale: between frameworks on one machine, larger ones are rare."""

PEAK_SHARE = 0.5
"""Share of the machine's matrix-multiply peak that earns 100 points, apart from the overhead below."""

CALL_OVERHEAD_S = {Quantity.TRAIN: 3e-4, Quantity.INFER: 5e-5, Quantity.LATENCY: 5e-5, Quantity.LOOP: 5e-4}
"""Time of one call that is not arithmetic and still earns 100 points (Python, dispatch, environment).
A three-layer perceptron on two cores of a server took 0.02 to 0.2 ms a forward call and 0.5 to 0.6 ms a
training step in PyTorch 2.13 and TensorFlow 2.21 (measured 2026-11-24)."""

NOMINAL_FLOPS_PER_CORE = 3e10
"""Stands for the matrix-multiply peak of a core where it was not measured (AVX2 at about 2 GHz)."""

NOMINAL_ACCELERATOR_FLOPS = 1e13
"""The same for an accelerator: what middling graphics cards reach in single precision."""


class ValueEstimate(Struct, frozen=True):
    """A criterion value and the draws of what is believed about it, in points."""

    value: CriterionValue
    draws: Floats
    known: bool  # some part of it rests on data


def points(log: Floats | float, reference: float, gain: bool) -> Floats:
    """Return points of a logarithm: 0 at the reference, 100 where it is eight times better.

    Parameters
    ----------
    log : array or float
        Natural logarithm of the figure.
    reference : float
        The figure worth 0 points, in the same unit.
    gain : bool
        Whether more is better.
    """
    sign = 1.0 if gain else -1.0
    return np.asarray(sign * 100.0 * (np.asarray(log) - math.log(reference)) / RANGE)


def peak_flops(machine: Machine, device: str) -> float:
    """Return the machine's single-precision matrix-multiply peak: measured, or else nominal."""
    calibration = machine.calibration
    if calibration is not None:
        peak = calibration.peak_fp32(device)
        if peak is not None and peak > 0:
            return peak
    if device != "cpu":
        return NOMINAL_ACCELERATOR_FLOPS
    return NOMINAL_FLOPS_PER_CORE * max(machine.limits.cores, 1.0)


def reference_s(workload: Workload, quantity: Quantity, peak: float) -> float | None:
    """Return the seconds per item (per call for latency) that are worth 0 points; None of unknown operations."""
    forward, training = workload.forward_flops, workload.training_flops
    if forward is None or training is None:
        return None
    if quantity is Quantity.TRAIN:
        items, flops = workload.batch, training * workload.batch
    elif quantity is Quantity.INFER:
        items, flops = workload.batch, forward * workload.batch
    elif quantity is Quantity.LATENCY:
        items, flops = 1, workload.first_answer_flops or forward
    else:  # one environment step: act on one item, learn from one batch
        items, flops = 1, forward + training * workload.batch
    return 8.0 * (flops / (PEAK_SHARE * peak) + CALL_OVERHEAD_S[quantity]) / items


class PartialValue(Struct, frozen=True):
    """One workload's part of a measured value: points with draws, and the figure behind them."""

    points: float
    draws: Floats
    log: float
    result: ProbeResult


class Valuer:
    """Values alternatives on the measured criteria.

    Parameters
    ----------
    needs : Needs
        Tasks or workloads with shares, stage, the user's own figures.
    machine : Machine
        Whose measured peak is the reference for speeds.
    runs : Iterable[WorkloadRun]
        What was measured.
    streams : RandomStreams
        Where random draws come from.
    trainers : Mapping, optional
        Of every pair, the alternative that trains.
    """

    def __init__(
        self,
        needs: Needs,
        machine: Machine,
        runs: Iterable[WorkloadRun],
        streams: RandomStreams,
        trainers: Mapping[str, str] | None = None,
    ) -> None:
        self.needs = needs
        self._trainers = trainers or {}
        runs = tuple(runs)
        self.shares = workload_shares(needs, runs)
        self.runs = {run.workload.id: run for run in runs if run.workload.id in self.shares}
        self.streams = streams
        self._machine = machine
        self.sampler = Sampler(streams)
        # Every device of a run is judged on one reference: where a GPU was measured, the GPU's peak.
        self._peaks = {
            workload: max(peak_flops(machine, result.subject.device) for result in run.results)
            for workload, run in self.runs.items()
            if run.results
        }
        self._figures: dict[tuple[str, str, str], Estimate] = {}
        self._parts: dict[tuple[str, str, Criterion], PartialValue | None] = {}

    def belief(self, alternative: str, criterion: Criterion) -> ValueEstimate:
        """Return what is believed of one alternative on one measured criterion.

        A workload that was measured for others but not for this alternative spans the full range.
        """
        if criterion in TRAINING and self.only_infers(self.trainer(alternative)):
            return not_applicable(alternative, criterion, self.streams)
        shares = self.assessed_workloads(criterion)
        parts = {workload: self.part(workload, alternative, criterion) for workload in shares}
        known = {workload: part for workload, part in parts.items() if part is not None}
        if not known:
            return missing(alternative, criterion, self.streams)
        centre, draws = 0.0, np.zeros(self.streams.draws)
        for workload, share in shares.items():
            part = parts[workload]
            centre += share * (part.points if part else 50.0)
            drawn = part.draws if part else 100.0 * self.streams.uniform(alternative, criterion, workload)
            draws += share * drawn
        complete = len(known) == len(shares)
        configurations = {part.result.subject.configuration for part in known.values()}
        low, high = np.quantile(draws, TAILS)
        value = CriterionValue(
            alternative=alternative,
            criterion=criterion,
            points=centre,
            low=float(low),
            high=float(high),
            source=ValueSource.MEASURED,
            raw=math.exp(sum(shares[workload] * part.log for workload, part in known.items()))
            if complete
            else None,
            unit=ROWS[criterion].unit,
            configuration=configurations.pop() if len(configurations) == 1 else None,
        )
        return ValueEstimate(value, draws, known=True)

    def trainer(self, alternative: str) -> str:
        """Return what trains for an alternative: of a pair its trainer, else the alternative itself."""
        return self._trainers.get(alternative, alternative)

    def pairs(self, trainer: str) -> tuple[str, ...]:
        """Return the pairs in which an alternative trains."""
        return tuple(pair for pair, trains in self._trainers.items() if trains == trainer)

    def only_infers(self, alternative: str) -> bool:
        """Whether an alternative was measured and none of what was measured can train."""
        results = [each for run in self.runs.values() for each in estimates.measured(run, alternative)]
        return bool(results) and not any(estimates.can_train(each) for each in results)

    def assessed_workloads(self, criterion: Criterion) -> dict[str, float]:
        """Return the workloads on which anyone was measured for a criterion, with shares that sum to 1.

        A workload on which nobody has data tells nobody apart and gets no share. All results count here,
        also those of alternatives left out of the comparison, so that leaving one out moves nothing. How fast
        this machine answers is no data on a phone, a browser or a microcontroller, where another runtime does.
        """
        if criterion in limits.uncounted(self.needs):
            return {}
        enough = all if ROWS[criterion].whole and criterion not in weighed(self.needs) else any
        weights = {
            workload: self.shares[workload]
            for workload, run in self.runs.items()
            if (able := self._able(run, criterion))
            and enough(self.part(workload, each, criterion) is not None for each in able)
        }
        total = sum(weights.values())
        return {workload: weight / total for workload, weight in weights.items()}

    @staticmethod
    def _able(run: WorkloadRun, criterion: Criterion) -> list[str]:
        """Return the alternatives of a run whose figures can be used, on training those that can train."""
        return sorted(
            {
                each.subject.alternative
                for each in run.results
                if estimates.usable(each) and (criterion not in TRAINING or estimates.can_train(each))
            }
        )

    def part(self, workload: str, alternative: str, criterion: Criterion) -> PartialValue | None:
        """Return one workload's part of a value, or None where it was not measured.

        What is read of training is its trainer's in a pair: one measurement, with one set of draws, so that the two
        can't differ in it.
        """
        if criterion in TRAINED:
            alternative = self.trainer(alternative)
        key = (workload, alternative, criterion)
        if key not in self._parts:
            self._parts[key] = self._part(workload, alternative, criterion)
        return self._parts[key]

    def figure(self, run: WorkloadRun, result: ProbeResult, quantity: Quantity) -> Estimate | None:
        """Return the seconds per item (per call for latency) of one result, or None if not sampled."""
        subject = result.subject
        configuration = subject.configuration
        named = configuration.label or configuration.origin
        key = (subject.workload, "/".join((subject.alternative, named, subject.device)), quantity)
        if key not in self._figures:
            logs = estimates.round_logs(result.samples, quantity)
            if not logs:
                return None
            self._figures[key] = self._estimate(run, logs, quantity, key[1:])
        return self._figures[key]

    def peak_share(self, alternative: str) -> float | None:
        """Return the largest share of the machine's measured peak at which an alternative trains or infers."""
        calibration = self._machine.calibration
        if calibration is None:
            return None
        shares = [
            share_of_peak(run.workload, result, calibration, quantity)
            for run in self.runs.values()
            for result in estimates.measured(run, alternative)
            for quantity in (Quantity.TRAIN, Quantity.INFER)
        ]
        return max((share for share in shares if share is not None), default=None)

    def _estimate(
        self, run: WorkloadRun, logs: dict[int, float], quantity: Quantity, name: tuple[str, ...]
    ) -> Estimate:
        between_sd = estimates.run_to_run_sd(run)
        if not run.blocks:
            return self.sampler.rounds(
                run.workload.id, logs, *name, interleaved=run.interleaved, between_sd=between_sd
            )
        link = estimates.anchored(run, logs, quantity)
        if link is not None:
            return self.sampler.linked(run.workload.id, *link, *name, between_sd=between_sd)
        between_sd = max(between_sd, estimates.SEQUENTIAL_SD)
        return self.sampler.rounds(run.workload.id, logs, *name, interleaved=False, between_sd=between_sd)

    def _part(self, id_: str, alternative: str, criterion: Criterion) -> PartialValue | None:
        run, name = self.runs[id_], (alternative, criterion, id_)
        match ROWS[criterion].value:
            case Speed(quantity):
                return self._speed(id_, alternative, quantity)
            case Start(full_s):
                quantity = self._started_for(run, alternative)
                result = estimates.choose(run, alternative, quantity, self.needs)
                started = Reading(
                    lambda each: estimates.start_s(each, quantity),
                    estimates.STARTUP_SD,
                    full=lambda _workload: full_s,
                )
                return None if result is None else self._reading(run, result, started, name)
            case Reading() as reading:
                quantity = estimates.main_quantity(run, alternative)
                result = estimates.choose(run, alternative, quantity, self.needs)
                return None if result is None else self._reading(run, result, reading, name)
            case Efficiency(gain):
                result = estimates.scaled(run, alternative, gain)
                found = None if result is None else gain(result)
                return None if result is None or found is None else self._efficiency(run, result, found, name)
            case _:
                raise TypeError(f"{criterion} is not measured")

    def _started_for(self, run: WorkloadRun, alternative: str) -> Quantity:
        """Return what somebody waits for at a start: an answer where it is to serve, else what it is started for."""
        if self.needs.stage in limits.SERVING_STAGES:
            return Quantity.INFER
        return estimates.main_quantity(run, alternative)

    def _speed(self, id_: str, alternative: str, quantity: Quantity) -> PartialValue | None:
        run = self.runs[id_]
        if quantity is Quantity.TRAIN:
            quantity = estimates.training_quantity(run.workload)
        result = estimates.choose(run, alternative, quantity, self.needs)
        figure = None if result is None else self.figure(run, result, quantity)
        if result is None or figure is None:
            return None
        reference = reference_s(run.workload, quantity, self._peaks[id_]) or self._eight_times_fastest_s(
            run, quantity
        )
        # Throughput is kept as seconds per item until shown, so its sign turns here.
        shown = figure.log if quantity is Quantity.LATENCY else -figure.log
        return PartialValue(
            float(points(figure.log, reference, gain=False)),
            points(figure.draws, reference, gain=False),
            shown,
            result,
        )

    def _reading(
        self, run: WorkloadRun, result: ProbeResult, reading: Reading, name: tuple[str, ...]
    ) -> PartialValue | None:
        value = _read(reading, result)
        if value is None:
            return None
        whole = self.sampler.single(value + reading.beside, reading.sd, *name)
        full = reading.full(run.workload)
        if full is None:
            least = (_read(reading, each) for each in run.results if estimates.usable(each))
            full = min(each for each in least if each is not None)
        reference = 8.0 * (full + reading.beside)
        return PartialValue(
            float(points(whole.log, reference, gain=False)),
            points(whole.draws, reference, gain=False),
            math.log(value),
            result,
        )

    @staticmethod
    def _eight_times_fastest_s(run: WorkloadRun, quantity: Quantity) -> float:
        """Return what is worth 0 points where operations aren't known: the fastest is worth 100.

        All results count, also those of alternatives left out of the comparison. Points are differences of
        logarithms, so the reference moves all alike, and reorders nobody.
        """
        rounds = [
            estimates.round_logs(each.samples, quantity) for each in run.results if estimates.usable(each)
        ]
        return 8.0 * math.exp(min(median(logs.values()) for logs in rounds if logs))

    def _efficiency(
        self, run: WorkloadRun, result: ProbeResult, gain: estimates.Gain, name: tuple[str, ...]
    ) -> PartialValue:
        speedup = self.sampler.rounds(run.workload.id + "/scaling", gain.logs, *name)
        scale = 100.0 / gain.more
        # Nobody gains more than the cores: where it seems so, something else slowed the one core, and that is no merit.
        return PartialValue(
            points=min(scale * speedup.value, 100.0),
            draws=np.minimum(scale * np.exp(speedup.draws), 100.0),
            log=speedup.log - math.log(gain.more),
            result=result,
        )


def _read(reading: Reading, result: ProbeResult) -> float | None:
    """Return a figure that was read once; None where there is none: a time or an energy of nothing is no reading."""
    value = reading.read(result)
    return value if value is not None and value > 0 else None


def missing(alternative: str, criterion: Criterion, streams: RandomStreams) -> ValueEstimate:
    """Return a value of which nothing is known: every point of the scale is as likely."""
    low, high = (100.0 * end for end in TAILS)
    value = CriterionValue(alternative, criterion, 50.0, low, high, ValueSource.MISSING)
    return ValueEstimate(value, 100.0 * streams.uniform(alternative, criterion), known=False)


def not_applicable(alternative: str, criterion: Criterion, streams: RandomStreams) -> ValueEstimate:
    """Return the value of what an alternative can't do: none, and that for certain."""
    value = CriterionValue(alternative, criterion, 0.0, 0.0, 0.0, ValueSource.NOT_APPLICABLE)
    return ValueEstimate(value, np.zeros(streams.draws), known=True)
