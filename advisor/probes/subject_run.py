"""One subject's way through a run: start, equivalence, warm-up, samples, and its result at any moment."""

from msgspec.structs import replace

from advisor.probes.configuration import DEFAULT, is_exact
from advisor.probes.context import RunContext
from advisor.probes.equivalence import compare
from advisor.probes.fidelity import answers, comparable, fidelity
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import (
    Candidate,
    Capability,
    ContextMemory,
    DataPass,
    Equivalence,
    Export,
    Fidelity,
    MemoryReading,
    Outcome,
    ParallelPoint,
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
from advisor.probes.passes.export import exported, output_error
from advisor.probes.passes.memory import Baseline, read_baseline, read_peak
from advisor.probes.sampling import iterations_of_round, warm_up
from advisor.probes.statistics import of_quantity, summarise
from advisor.redaction import unnamed
from advisor.workloads.model import Source

_ROUGH = ("outputs-differ", "outputs-differ-from-first")
"""What an approximation may do with outputs, as long as they are numbers."""

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
        self.capabilities: tuple[Capability, ...] = (Capability.TRAIN, Capability.INFER)
        self.adjustable_threads = False
        self.parallel: list[ParallelPoint] = []
        self.memory: MemoryReading | None = None
        self.longest: ContextMemory | None = None
        self.notes: list[str] = []
        self.data: DataPass | None = None
        self.steady: dict[str, bool] = {}
        self.startup = Startup()
        self._equivalence: Equivalence | None = None
        self._export: Export | None = None
        self._exact = is_exact(candidate.levers, subject.configuration)
        self._answers: list[int] | None = None
        self._earlier_fidelity: Fidelity | None = None
        self._applied: dict[str, str] = {}
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
        one_core = (point.samples for point in earlier.scaling if point.threads == point.processes == 1)
        self.one_core_samples = [each for each in next(one_core, ()) if each.round <= rounds]
        self.parallel = list(earlier.parallel)
        self.memory = earlier.memory
        self.longest = earlier.longest
        self.capabilities = earlier.capabilities
        self.notes = list(earlier.notes)
        self.data = earlier.data
        self.steady = dict(earlier.steady)
        self.startup = earlier.startup
        self._equivalence = earlier.equivalence
        self._export = earlier.export
        self._earlier_fidelity = earlier.fidelity
        self._applied = earlier.applied
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
    def quantities(self) -> tuple[Quantity, ...]:
        """What is sampled of it: of what is wanted, what it can do."""
        return tuple(each for each in self.context.quantities if each.needs in self.capabilities)

    @property
    def complete(self) -> bool:
        """Whether every quantity has the two rounds that an interval needs at least."""
        return all(len(of_quantity(self.samples, quantity)) >= 2 for quantity in self.quantities)

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

    def expected_s(self, quantity: Quantity) -> float:
        """How long the next sample of a quantity will take."""
        seen = of_quantity((*self.warm_up_samples, *self.samples), quantity)
        if not seen:
            return self.context.budget.sample_s
        return self.iterations.get(quantity, 1) * seen[-1].elapsed_s / seen[-1].iterations

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
        """Start the worker, compare its network with the reference, read its memory, warm it up.

        Failing is an outcome.
        """
        context = self.context
        if self.candidate.refusal is not None:
            self.fail(Outcome.UNSUPPORTED, self.candidate.refusal)
            return
        try:
            with context.phase("prepare"):
                baseline = self._prepare()
            if self.live:
                with context.phase("warm-up"):
                    self.enter(Stage.WARMING_UP)
                    if self.memory is None:
                        self._read_memory(baseline)
                    for quantity in self.quantities:
                        self._warm_up(quantity)
        except WorkerError as error:
            self.fail(error.outcome, error.reason)

    def _prepare(self) -> Baseline:
        """Have the network built and checked; return what the process held before."""
        context = self.context
        context.check()
        source = None
        if self.candidate.trainer is not None:
            self.enter(Stage.EXPORTING)
            source = exported(context, self.candidate, self.subject.configuration)
        self.enter(Stage.STARTING)
        self.worker = context.launch(self.candidate, self.subject)
        ready = context.greet(self.worker)
        self._versions, self._device_name = ready.versions, ready.device_name
        self.capabilities, self.adjustable_threads = ready.capabilities, ready.adjustable_threads
        if not self._exact:  # how well it would train, nobody asks here
            self.capabilities = (Capability.INFER,)
        self.enter(Stage.PREPARING)
        baseline = read_baseline(context, self.worker, self.subject)
        file = source.file if source else None
        prepared = context.prepare(self.worker, self.subject.configuration, self.quantities, file)
        if prepared.capabilities is not None:
            self.capabilities = prepared.capabilities
        self.worker.tree.refresh()
        if self.startup.import_s is None:
            self.startup = Startup(
                import_s=ready.import_s,
                build_s=prepared.build_s,
                first_train_s=prepared.first_s.get(Quantity.TRAIN),
                first_infer_s=prepared.first_s.get(Quantity.INFER),
                first_latency_s=prepared.first_s.get(Quantity.LATENCY),
            )
        if source is not None:
            # A runtime folds weights into each other: their number is the trainer's to tell.
            prepared = replace(prepared, parameters=source.parameters)
            self._export = replace(source.made, output_error=output_error(prepared.outputs, source.outputs))
        self._applied = prepared.applied
        for lever, value in self.subject.configuration.levers:
            if prepared.applied.get(lever) != value:
                self.note(f"lever-ignored: {lever}")
        if context.workload.source is Source.PUBLISHED:
            trains = Capability.TRAIN in self.capabilities
            self._equivalence = compare(
                prepared, context.workload.id, context.references, context.conditions, trains=trains
            )
        else:
            self._equivalence = context.peers.compare(prepared, own_runtime=self.candidate.own_runtime)
        rough = not self._exact and self._equivalence.reason in _ROUGH
        if not self._equivalence.passed and not rough:
            self.fail(Outcome.NOT_EQUIVALENT, self._equivalence.reason or "")
        elif not self._exact or (self.subject.configuration.is_default and self._approximated):
            self.answer()
        return baseline

    @property
    def _approximated(self) -> bool:
        """Whether other configurations of the same alternative are to be held against this one's answers."""
        return any(not is_exact(self.candidate.levers, each) for each in self.candidate.configurations)

    def answer(self) -> None:
        """Have the network answer what nothing was fitted to; the default's answers are what others are held against.

        Raises
        ------
        WorkerError
            The worker failed on it.
        """
        assert self.worker is not None
        if not comparable(self.context.workload):
            return
        self._answers = answers(self.context, self.worker)
        if self.subject.configuration.is_default:
            self.context.answers[self.subject] = self._answers

    @property
    def fidelity(self) -> Fidelity | None:
        """How often it answers as the default does; None where it leaves results as they are, or nobody knows."""
        default = self.context.answers.get(replace(self.subject, configuration=DEFAULT))
        if self._exact or self._answers is None or default is None:
            return self._earlier_fidelity
        return fidelity(self._answers, default) or self._earlier_fidelity

    def _read_memory(self, baseline: Baseline) -> None:
        """Read the peak over the first steps, which count as warming up."""
        assert self.worker is not None
        quantity = Quantity.TRAIN if Capability.TRAIN in self.capabilities else Quantity.INFER

        def work(steps: int) -> None:
            self.warm_up_samples.append(self._take(quantity, steps, 0))

        work(1)
        first = self.warm_up_samples[-1]
        self.memory = read_peak(self.context, self.worker, self.subject, baseline, first, work)
        if self.memory is None:
            self.note("memory-unreadable")

    def _warm_up(self, quantity: Quantity) -> None:
        """Find how many iterations make a full sample, and go on until the times are steady."""
        budget = self.context.budget
        known = of_quantity(self.warm_up_samples, quantity)
        self.warm_up_samples += warm_up(
            lambda iterations: self._take(quantity, iterations, 0), known, budget.sample_s
        )
        last = of_quantity(self.warm_up_samples, quantity)[-1]
        self.iterations[quantity] = iterations_of_round(last, budget)
        self._tell(quantity, last)

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
            self.iterations[quantity] = iterations_of_round(sample, self.context.budget)
        self._tell(quantity, sample)

    def _tell(self, quantity: Quantity, sample: Sample) -> None:
        """Tell of a sample, with the interval so far.

        The last two of the warm-up lend the first round an interval, for who watches; no result has them.
        """
        taken = of_quantity(self.samples, quantity)
        warm = of_quantity(self.warm_up_samples, quantity)[-2:] if len(taken) < 2 else ()
        summary = summarise((*warm, *taken), quantity)
        if summary is not None:
            self.context.emit(
                SampleTaken(self.subject, sample, summary.median_s, summary.low_s, summary.high_s)
            )

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
            reason = reason and unnamed(reason, self.candidate.file)
            self.failure = (outcome, reason)
        if self.worker is not None:
            self._stderr_tail = unnamed(self.worker.stderr_tail, self.candidate.file)
            self.context.discard(self.worker)
            self.worker = None
        self.context.emit(StageChanged(self.subject, Stage.FAILED, outcome, reason))

    def let_go(self) -> None:
        """End a worker that failed after all was measured, which stays."""
        if self.worker is not None:
            self.context.discard(self.worker)
            self.worker = None
        self.enter(Stage.DONE)

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
            startup=self.startup,
            equivalence=self._equivalence,
            samples=tuple(self.samples),
            warmup_samples=tuple(self.warm_up_samples),
            scaling=self._scaling_points(),
            parallel=tuple(self.parallel),
            capabilities=self.capabilities,
            applied=dict(self._applied),
            memory=self.memory,
            longest=self.longest,
            energy_j_per_item=energy,
            steady=dict(self.steady),
            notes=tuple(self.notes),
            data=self.data,
            export=self._export,
            fidelity=self.fidelity,
        )

    def _scaling_points(self) -> tuple[ScalingPoint, ...]:
        """One core, and all of them in the same rounds."""
        if not self.one_core_samples:
            return ()
        rounds = {sample.round for sample in self.one_core_samples}
        every = (each for each in of_quantity(self.samples, Quantity.TRAIN) if each.round in rounds)
        return (
            ScalingPoint(1, 1, tuple(self.one_core_samples)),
            ScalingPoint(1, self.context.conditions.threads, tuple(every)),
        )
