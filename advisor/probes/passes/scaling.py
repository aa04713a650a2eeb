"""Scalability: the same training step on one core and on all of them, alternating."""

import itertools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from advisor.probes.context import Cancelled, RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import (
    Outcome,
    Quantity,
    Sample,
    Stage,
)
from advisor.probes.passes.memory import room_for
from advisor.probes.subject_run import SubjectRun, iterations_for


def scalable(context: RunContext, runs: Sequence[SubjectRun]) -> list[SubjectRun]:
    """Return the runs whose scaling can be measured here; the others get the reason as a note."""
    chosen = []
    for run in runs:
        if run.subject.device != "cpu":
            run.note("scaling-accelerator")
        elif context.conditions.threads < 2:
            run.note("scaling-one-core")
        else:
            chosen.append(run)
    return chosen


def measure_scaling(context: RunContext, runs: Sequence[SubjectRun], reserve_s: float = 0.0) -> None:
    """Take alternating samples of a run's own worker and of one with a single thread on a single core.

    Workers start several at once, since their start isn't timed; samples are taken alone as ever. It ends
    ``reserve_s`` before the time cap, finished or not.
    """
    waiting = list(runs)
    while waiting:
        batch = waiting[: max(1, room_for(context, len(waiting)))]
        del waiting[: len(batch)]
        with ThreadPoolExecutor(context.conditions.threads, thread_name_prefix="probe-scaling") as pool:
            # Those that start together don't share a core; samples are taken alone, on any core.
            cores = itertools.cycle(context.conditions.cpus or (None,))
            pairs = list(pool.map(lambda run, core: ScalingPair.start(context, run, core), batch, cores))
        context.check()
        for number in range(1, context.budget.scaling_rounds + 1):
            for index in context.rng.permutation(len(pairs)):
                pair = pairs[index]
                if pair is not None:
                    pair.alternate(number, reserve_s, one_first=bool(context.rng.integers(2)))
        for pair in pairs:
            if pair is not None:
                pair.close()


class ScalingPair:
    """One run's worker on all cores, and its twin on one."""

    def __init__(self, context: RunContext, run: SubjectRun, one: Worker, everything: Worker) -> None:
        self._context = context
        self._run = run
        self._one = one
        self._everything = everything
        self._failed = False
        # What a step takes on all cores is known; on one it takes as many times as long, or less.
        threads, aim_s = context.conditions.threads, context.budget.sample_s
        self._iterations = {
            everything: max(1, math.ceil(aim_s / run.step_s)),
            one: max(1, math.ceil(aim_s / (threads * run.step_s))),
        }
        self._samples = {one: run.one_core_samples, everything: run.all_core_samples}
        for samples in self._samples.values():
            samples.clear()  # an interrupted pass was too short to keep

    @classmethod
    def start(cls, context: RunContext, run: SubjectRun, core: int | None) -> "ScalingPair | None":
        """Start what isn't running yet, the twin pinned to a core; None, with a note, where that fails."""
        if context.cancel.is_set():
            return None
        run.enter(Stage.SCALING)
        started: list[Worker] = []
        try:
            cpus = () if core is None else (core,)
            one = context.launch(run.candidate, run.subject, threads=1, cpus=cpus)
            started.append(one)
            if run.worker is None:
                run.worker = context.launch(run.candidate, run.subject)
                context.greet(run.worker)
                context.prepare(run.worker, run.subject, (Quantity.TRAIN,))
            context.greet(one)
            context.prepare(one, run.subject, (Quantity.TRAIN,))
            warm_up = wire.TakeSample(Quantity.TRAIN, 1)
            context.within(lambda limit: one.sample(warm_up, limit), context.timeouts.sample_s)
        except WorkerError as error:
            run.note(_note(error))
        except Cancelled:
            pass
        else:
            if core is None:
                run.note("scaling-not-pinned")
            return cls(context, run, one, run.worker)
        for worker in started:
            context.discard(worker)
        return None

    def alternate(self, number: int, reserve_s: float, *, one_first: bool) -> None:
        """Take a sample of each, so that both meet the same moment of the machine."""
        if self._failed:
            return
        pair = (self._one, self._everything) if one_first else (self._everything, self._one)
        expected_s = sum(self._iterations[worker] * self._step_s(worker) for worker in pair)
        if self._context.remaining_s - reserve_s < expected_s:
            return
        try:
            taken = [self._take(worker, number) for worker in pair]
        except WorkerError as error:
            self._failed = True
            self._run.note(_note(error))
            return
        for worker, sample in zip(pair, taken, strict=True):
            self._samples[worker].append(sample)

    def _step_s(self, worker: Worker) -> float:
        taken = self._samples[worker]
        if taken:
            return taken[-1].elapsed_s / taken[-1].iterations
        return self._run.step_s * (self._context.conditions.threads if worker is self._one else 1)

    def _take(self, worker: Worker, number: int) -> Sample:
        aim_s, iterations = self._context.budget.sample_s, self._iterations[worker]
        sample = self._context.sample(worker, self._run.subject, Quantity.TRAIN, iterations, number)
        if not aim_s / 2 < sample.elapsed_s < aim_s * 2:
            self._iterations[worker] = iterations_for(sample, aim_s)
        return sample

    def close(self) -> None:
        """Let both workers go."""
        if not self._failed and len(self._run.one_core_samples) < 2:
            self._run.note("scaling-time-cap")
        self._context.dismiss(self._one)
        self._run.unload()
        self._run.enter(Stage.DONE)


def _note(error: WorkerError) -> str:
    return "scaling-time-cap" if error.outcome is Outcome.SKIPPED else f"scaling-{error.outcome}"
