"""Scalability: the same training step on one core, in the rounds in which it is timed on all of them."""

import itertools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from advisor.probes.context import Cancelled, RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import Capability, Outcome, Quantity, Sample, Stage
from advisor.probes.passes.memory import room_for
from advisor.probes.sampling import iterations_for
from advisor.probes.subject_run import SubjectRun


class OneCore:
    """One subject's training on one core: its own worker with one thread, or another one started for it.

    Parameters
    ----------
    run : SubjectRun
        Whose.
    worker : Worker, optional
        One that was started with one thread on one core; None where the subject's own can change.
    """

    def __init__(self, context: RunContext, run: SubjectRun, worker: Worker | None) -> None:
        self._context = context
        self._run = run
        self._worker = worker
        self.over = False
        # On one core a step takes as many times as long, or less.
        self._step_s = context.conditions.threads * run.step_s
        self._iterations = max(1, math.ceil(context.budget.sample_s / self._step_s))

    @property
    def wanted(self) -> bool:
        """Whether rounds are still to have a sample of it."""
        return not self.over and len(self._run.one_core_samples) < self._context.budget.scaling_rounds

    @property
    def expected_s(self) -> float:
        """How long the next sample will take."""
        return self._iterations * self._step_s

    def take(self, round_number: int) -> None:
        """Take this round's sample. Failing is noted, and ends it."""
        if not self._run.live:
            self.over = True
            return
        try:
            sample = self._sample(round_number)
        except WorkerError as error:
            self.over = True
            if self._worker is None:  # it was the subject's own
                self._run.fail(error.outcome, error.reason)
            else:
                self._run.note(_note(error))
            return
        self._run.one_core_samples.append(sample)
        self._step_s = sample.elapsed_s / sample.iterations
        aim_s = self._context.budget.sample_s
        if not aim_s / 2 < sample.elapsed_s < aim_s * 2:
            self._iterations = iterations_for(sample, aim_s)

    def _sample(self, round_number: int) -> Sample:
        context, subject = self._context, self._run.subject
        if self._worker is not None:
            return context.sample(self._worker, subject, Quantity.TRAIN, self._iterations, round_number)
        worker = self._run.worker
        assert worker is not None
        self._set_threads(worker, 1)
        sample = context.sample(worker, subject, Quantity.TRAIN, self._iterations, round_number)
        self._set_threads(worker, context.conditions.threads)
        return sample

    def _set_threads(self, worker: Worker, count: int) -> None:
        command, limit_s = wire.SetThreads(count), self._context.timeouts.memory_s
        self._context.within(lambda limit: worker.request(command, wire.ThreadsSet, limit), limit_s)

    def close(self) -> None:
        """Let a worker of its own go."""
        if self._worker is not None:
            self._context.dismiss(self._worker)


def start_one_core(context: RunContext, runs: Sequence[SubjectRun]) -> dict[SubjectRun, OneCore]:
    """Make ready what can be measured on one core; the others get the reason as a note.

    Workers of their own start several at once, since their start isn't timed.
    """
    ready: dict[SubjectRun, OneCore] = {}
    apart: list[SubjectRun] = []
    for run in runs:
        if not run.live or not run.subject.configuration.is_default:
            continue
        if run.subject.device != "cpu":
            run.note("scaling-accelerator")
        elif context.conditions.threads < 2:
            run.note("scaling-one-core")
        elif Capability.TRAIN not in run.capabilities:
            if run.candidate.trainer is None:  # of a pair, training is what trains' own
                run.note("scaling-no-training")
        elif len(run.one_core_samples) < context.budget.scaling_rounds:
            if run.adjustable_threads:
                ready[run] = OneCore(context, run, None)
            else:
                apart.append(run)
    room = room_for(context, len(apart))
    for run in apart[room:]:
        run.note("scaling-out-of-memory")
    apart = apart[:room]
    with (
        context.phase("scaling"),
        ThreadPoolExecutor(context.conditions.threads, thread_name_prefix="probe-scaling") as pool,
    ):
        # Those that start together don't share a core; samples are taken alone, on any core.
        cores = itertools.cycle(context.conditions.cpus or (None,))
        workers = list(pool.map(lambda run, core: _start(context, run, core), apart, cores))
    context.check()
    ready |= {
        run: OneCore(context, run, worker)
        for run, worker in zip(apart, workers, strict=True)
        if worker is not None
    }
    return ready


def _start(context: RunContext, run: SubjectRun, core: int | None) -> Worker | None:
    """Start a worker with one thread, pinned to a core; None, with a note, where that fails."""
    if context.cancel.is_set():
        return None
    run.enter(Stage.SCALING)
    worker = None
    try:
        worker = context.launch(run.candidate, run.subject, threads=1, cpus=() if core is None else (core,))
        context.greet(worker)
        context.prepare(worker, run.subject.configuration, (Quantity.TRAIN,))
        warm_up = wire.TakeSample(Quantity.TRAIN, 1)
        context.within(lambda limit: worker.sample(warm_up, limit), context.timeouts.sample_s)
    except WorkerError as error:
        run.note(_note(error))
    except Cancelled:
        pass
    else:
        if core is None:
            run.note("scaling-not-pinned")
        return worker
    if worker is not None:
        context.discard(worker)
    return None


def _note(error: WorkerError) -> str:
    return "scaling-time-cap" if error.outcome is Outcome.SKIPPED else f"scaling-{error.outcome}"
