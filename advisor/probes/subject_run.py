"""One subject's way through a run: start, equivalence, warm-up, samples, and its result at any moment."""

import math

from msgspec.structs import replace

from advisor.probes.context import RunContext
from advisor.probes.equivalence import compare
from advisor.probes.intervals import steady_from
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import (
    Candidate,
    Equivalence,
    MemoryReading,
    Outcome,
    ProbeResult,
    Quantity,
    Sample,
    SampleTaken,
    ScalingPoint,
    Stage,
    StageChanged,
    Startup,
    Subject,
    WarningCode,
)
from advisor.probes.statistics import of_quantity, seconds_per_iteration, summarise

LATENCY_CALLS = 1000
"""Every single call is kept, so a sample has at most so many."""

_MOST_ITERATIONS = 1_000_000
_GROWTH = 10  # iterations grow at most so fast towards a full sample: a first estimate may be far off
_WARM_UP_SAMPLES = 8  # full samples' worth of time after which warming up ends, steady or not

_RETRIED = frozenset({Outcome.MEASURED, Outcome.CANCELLED, Outcome.SKIPPED})
"""Outcomes of an interrupted run that are taken up again; the others are final."""


class SubjectRun:
    """A subject and everything known of it so far.

    Parameters
    ----------
    earlier : ProbeResult, optional
        What an interrupted run knew. A failure in it is final.
    rounds : int
        How many rounds that run had finished; samples beyond are dropped.
    """

    def __init__(
        self,
        context: RunContext,
        subject: Subject,
        candidate: Candidate,
        earlier: ProbeResult | None = None,
        rounds: int = 0,
    ) -> None:
        self.context = context
        self.subject = subject
        self.candidate = candidate
        self.worker: Worker | None = None
        self.iterations: dict[Quantity, int] = {}
        self.failure: tuple[Outcome, str | None] | None = None
        self.samples: list[Sample] = []
        self.warm_up_samples: list[Sample] = []
        self.one_core_samples: list[Sample] = []
        self.all_core_samples: list[Sample] = []
        self.memory: MemoryReading | None = None
        self.notes: list[str] = []
        self.steady: dict[str, bool] = {}
        self._startup = Startup()
        self._equivalence: Equivalence | None = None
        self._versions: dict[str, str] = {}
        self._device_name: str | None = None
        self._stderr_tail: str | None = None
        self._energy_j = 0.0
        self._energy_items = 0
        self._earlier_energy: float | None = None
        if earlier is not None:
            self._restore(earlier, rounds)

    def _restore(self, earlier: ProbeResult, rounds: int) -> None:
        self.samples = [sample for sample in earlier.samples if sample.round <= rounds]
        self.warm_up_samples = list(earlier.warmup_samples)
        if len(earlier.scaling) > 1:
            self.one_core_samples = list(earlier.scaling[0].samples)
            self.all_core_samples = list(earlier.scaling[-1].samples)
        self.memory = earlier.memory
        self.notes = list(earlier.notes)
        self.steady = dict(earlier.steady)
        self._startup = earlier.startup
        self._equivalence = earlier.equivalence
        self._versions = earlier.versions
        self._device_name = earlier.device_name
        self._earlier_energy = earlier.energy_j_per_item
        if earlier.outcome not in _RETRIED:
            self.failure = (earlier.outcome, earlier.reason)
            self._stderr_tail = earlier.stderr_tail

    @property
    def live(self) -> bool:
        """Whether its worker is loaded and well."""
        return self.worker is not None and self.failure is None

    @property
    def complete(self) -> bool:
        """Whether every quantity has the two rounds that an interval needs at least."""
        return all(len(of_quantity(self.samples, quantity)) >= 2 for quantity in self.context.quantities)

    @property
    def loaded(self) -> bool:
        """Whether it went through loading, well or not."""
        return bool(self.iterations) or self.failure is not None

    @property
    def starved(self) -> bool:
        """Whether memory gave out, which may be for the company it had."""
        return self.failure is not None and self.failure[0] is Outcome.OUT_OF_MEMORY

    @property
    def last_round(self) -> int:
        """The last round that it has a sample of."""
        return max((sample.round for sample in self.samples), default=0)

    @property
    def start_s(self) -> float:
        """How long its worker takes until the first training step is done, as far as it was seen."""
        startup = self._startup
        return sum(each or 0.0 for each in (startup.import_s, startup.build_s, startup.first_train_s))

    def expected_s(self, quantity: Quantity) -> float:
        """How long the next sample of a quantity will take: a long step may be longer than the budget's aim."""
        seen = of_quantity((*self.warm_up_samples, *self.samples), quantity)
        return max([self.context.budget.sample_s, *(each.elapsed_s for each in seen[-1:])])

    @property
    def step_s(self) -> float:
        """How long one training step takes, as far as it was seen."""
        seen = of_quantity((*self.warm_up_samples, *self.samples), Quantity.TRAIN)
        return seen[-1].elapsed_s / seen[-1].iterations if seen else 0.0

    def reset(self) -> None:
        """Forget the loaded worker, to start again alone in memory."""
        if self.worker is not None:
            self.context.discard(self.worker)
            self.worker = None
        if self.starved:
            self.failure = None
        self.warm_up_samples.clear()
        self.iterations.clear()

    def enter(self, stage: Stage) -> None:
        """Say where this subject stands."""
        self.context.emit(StageChanged(self.subject, stage))

    def load(self) -> None:
        """Start the worker, compare its network with the reference, warm it up. Failing is an outcome."""
        context = self.context
        try:
            with context.phase("prepare"):
                self._prepare()
            if self.live:
                with context.phase("warm-up"):
                    self.enter(Stage.WARMING_UP)
                    for quantity in context.quantities:
                        self._warm_up(quantity)
        except WorkerError as error:
            self.fail(error.outcome, error.reason)

    def _prepare(self) -> None:
        context = self.context
        context.check()
        self.enter(Stage.STARTING)
        self.worker = context.launch(self.candidate, self.subject)
        ready = context.greet(self.worker)
        self._versions, self._device_name = ready.versions, ready.device_name
        self.enter(Stage.PREPARING)
        prepared = context.prepare(self.worker, self.subject, context.quantities)
        self.worker.tree.refresh()
        if self._startup.import_s is None:
            self._startup = Startup(
                import_s=ready.import_s,
                build_s=prepared.build_s,
                first_train_s=prepared.first_s.get(Quantity.TRAIN),
                first_infer_s=prepared.first_s.get(Quantity.INFER),
                first_latency_s=prepared.first_s.get(Quantity.LATENCY),
            )
        self._equivalence = compare(prepared, context.workload.id, context.references, context.conditions)
        if not self._equivalence.passed:
            self.fail(Outcome.NOT_EQUIVALENT, self._equivalence.reason or "")

    def _warm_up(self, quantity: Quantity) -> None:
        """Find how many iterations make a full sample, and go on until the times are steady."""
        aim_s = self.context.budget.sample_s
        most = _most_iterations(quantity)
        taken: list[Sample] = []
        iterations = 1
        settled = False
        while not settled:
            sample = self._take(quantity, iterations, 0)
            taken.append(replace(sample, durations_s=()))
            wanted = iterations_for(sample, aim_s, most)
            full = wanted < 2 * iterations
            iterations = min(wanted, _GROWTH * iterations)
            times_s = seconds_per_iteration(taken)
            spent_s = sum(each.elapsed_s for each in taken)
            patience = len(taken) < 2 or spent_s < _WARM_UP_SAMPLES * aim_s
            settled = full and (steady_from(times_s) is not None or not patience)
        self.iterations[quantity] = iterations
        self.warm_up_samples += taken

    def take(self, quantity: Quantity, round_number: int) -> None:
        """Take this subject's sample of a round. Failing is an outcome.

        Where it came out far too short or too long, the next round's has another number of iterations.
        """
        try:
            sample = self._take(quantity, self.iterations[quantity], round_number)
        except WorkerError as error:
            self.fail(error.outcome, error.reason)
            return
        self.samples.append(sample)
        aim_s = self.context.budget.sample_s
        if not aim_s / 2 < sample.elapsed_s < aim_s * 2:
            self.iterations[quantity] = iterations_for(sample, aim_s, _most_iterations(quantity))
        # The last two of the warm-up lend the first round an interval, for who watches; no result has them.
        taken = of_quantity(self.samples, quantity)
        warm = of_quantity(self.warm_up_samples, quantity)[-2:] if len(taken) < 2 else ()
        summary = summarise((*warm, *taken), quantity)
        assert summary is not None
        self.context.emit(SampleTaken(self.subject, sample, summary.median_s, summary.low_s, summary.high_s))

    def _take(self, quantity: Quantity, iterations: int, round_number: int) -> Sample:
        assert self.worker is not None
        meter, device = self.context.meter, self.subject.device
        before = meter.read(device)
        sample = self.context.sample(self.worker, self.subject, quantity, iterations, round_number)
        joules = meter.between(before, meter.read(device))
        if joules is not None and quantity is Quantity.TRAIN and round_number > 0:
            self._energy_j += joules
            self._energy_items += sample.items
        return sample

    def fail(self, outcome: Outcome, reason: str | None) -> None:
        """Note how this subject ended and let its worker go; the others go on.

        The time cap ends the conversation only: whether it came too early, ``result`` tells.
        """
        if outcome is Outcome.SKIPPED:
            self.context.warn(WarningCode.TIME_CAP, "during", cap_s=self.context.budget.time_cap_s)
        else:
            self.failure = (outcome, reason)
        if self.worker is not None:
            self._stderr_tail = self.worker.stderr_tail
            self.context.discard(self.worker)
            self.worker = None
        self.context.emit(StageChanged(self.subject, Stage.FAILED, outcome, reason))

    def unload(self) -> None:
        """End the worker in good order."""
        if self.worker is not None:
            self.context.dismiss(self.worker)
            self.worker = None

    def note(self, code: str) -> None:
        """Keep a code of what went less than well."""
        if code not in self.notes:
            self.notes.append(code)

    def result(self) -> ProbeResult:
        """Return what is known now. Without a failure, enough samples make it measured."""
        if self.failure is not None:
            outcome, reason = self.failure
        elif self.complete:
            outcome, reason = Outcome.MEASURED, None
        elif self.context.cancel.is_set():
            outcome, reason = Outcome.CANCELLED, "cancelled"
        else:
            outcome, reason = Outcome.SKIPPED, "time-cap"
        energy = self._energy_j / self._energy_items if self._energy_items else self._earlier_energy
        return ProbeResult(
            subject=self.subject,
            outcome=outcome,
            reason=reason,
            stderr_tail=self._stderr_tail,
            versions=self._versions,
            device_name=self._device_name,
            interpreter=self.candidate.interpreter,
            startup=self._startup,
            equivalence=self._equivalence,
            samples=tuple(self.samples),
            warmup_samples=tuple(self.warm_up_samples),
            scaling=self._scaling(),
            memory=self.memory,
            energy_j_per_item=energy,
            steady=dict(self.steady),
            notes=tuple(self.notes),
        )

    def _scaling(self) -> tuple[ScalingPoint, ...]:
        if not self.one_core_samples:
            return ()
        threads = self.context.conditions.threads
        return (
            ScalingPoint(1, 1, tuple(self.one_core_samples)),
            ScalingPoint(1, threads, tuple(self.all_core_samples)),
        )


def _most_iterations(quantity: Quantity) -> int:
    return LATENCY_CALLS if quantity is Quantity.LATENCY else _MOST_ITERATIONS


def iterations_for(sample: Sample, aim_s: float, most: int = _MOST_ITERATIONS) -> int:
    """Return how many iterations would take ``aim_s``, going by one sample."""
    return max(1, min(most, math.ceil(aim_s * sample.iterations / sample.elapsed_s)))
