"""Scaling over threads and processes: 1, 2, 4 … of them, each held against one core in rounds of their own.

A framework's own means keep the processes in step (gradients averaged by gloo, say), over the loopback. Taken after
everything else: a group takes all cores, and the memory of as many workers.
"""

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.group import WorkerGroup
from advisor.probes.launch.process import WorkerError
from advisor.probes.model import Capability, Outcome, ParallelPoint, Quantity, Sample, Stage
from advisor.probes.passes.memory import room_for
from advisor.probes.sampling import iterations_for, longer
from advisor.probes.subject_run import SubjectRun
from advisor.workloads.model import Source

REDUCTIONS = 10
"""Exchanges of gradients that are timed by themselves, after one that is not."""


class Shape(NamedTuple):
    """So many processes of so many threads each."""

    processes: int
    threads: int


def shapes(cores: int) -> list[Shape]:
    """Return what is measured on so many cores: powers of two and all of them, threads before processes."""
    counts = sorted({cores, *(2**power for power in range(1, cores.bit_length()))} - {1})
    counts = [count for count in counts if count <= cores]
    return [*(Shape(1, count) for count in counts), *(Shape(count, 1) for count in counts)]


def measure_parallel(context: RunContext, runs: Sequence[SubjectRun]) -> None:
    """Measure every subject that can be, one after the other; the others get the reason as a note.

    The last pass: the context's time cap is this one's from here on.
    """
    wanted = [run for run in runs if _is_wanted(context, run)]
    # Time of its own: what was measured before is not shortened by it, nor does it inherit what was left.
    context.budget = replace(context.budget, time_cap_s=context.elapsed_s + context.budget.parallel_s)
    with context.phase("parallel"):
        for run in wanted:
            run.enter(Stage.PARALLEL)
            try:
                _Subject(context, run).measure()
            except WorkerError as error:
                run.note(_note(error))
            run.enter(Stage.DONE)


def _is_wanted(context: RunContext, run: SubjectRun) -> bool:
    if (
        not run.complete
        or run.failure is not None
        or not run.subject.configuration.is_default
        or run.parallel
    ):
        return False
    if Capability.TRAIN not in run.capabilities or context.workload.source is not Source.PUBLISHED:
        return False
    if run.subject.device != "cpu":
        run.note("parallel-accelerator")
        return False
    if context.conditions.threads < 2:
        run.note("parallel-one-core")
        return False
    return True


class _Subject:
    """One subject: its one-core worker stays, the others come and go beside it."""

    def __init__(self, context: RunContext, run: SubjectRun) -> None:
        self._context, self._run = context, run
        self._cpus = context.conditions.cpus or _own_cpus()
        self._rounds = 0
        self._groups = False  # whether the framework can train with several processes
        self._listens = False  # whether these listen to other machines

    def measure(self) -> None:
        context, run = self._context, self._run
        alone = self._started(Shape(1, 1))
        try:
            self._prepare(alone, None)
            for shape in shapes(context.conditions.threads):
                if shape.processes > 1 and not self._groups:
                    run.note("parallel-no-groups")
                    break
                if shape.processes > 1 and self._listens and not context.budget.open_groups:
                    run.note("parallel-listens")
                    break
                if room_for(context, shape.processes) < shape.processes:
                    run.note("parallel-out-of-memory")
                    continue
                try:
                    run.parallel += self._points(alone, shape)
                except WorkerError as error:
                    if error.outcome is Outcome.SKIPPED:
                        raise
                    run.note(f"{_note(error)} {shape.processes}x{shape.threads}")
        finally:
            context.dismiss(alone)

    def _points(self, alone: WorkerGroup, shape: Shape) -> Iterator[ParallelPoint]:
        """Yield weak and strong scaling of a group; with one process there is no difference."""
        context = self._context
        group = self._started(shape)
        try:
            for split in (False, True) if shape.processes > 1 else (True,):
                if split and context.workload.batch < shape.processes:
                    continue
                shard = wire.Shard(0, shape.processes, split) if shape.processes > 1 else None
                self._prepare(group, shard)
                yield self._point(alone, group, shape, split)
        finally:
            context.dismiss(group)

    def _point(self, alone: WorkerGroup, group: WorkerGroup, shape: Shape, split: bool) -> ParallelPoint:
        context, budget = self._context, self._context.budget
        counts = {each: self._iterations(each) for each in (alone, group)}
        taken: dict[WorkerGroup, list[Sample]] = {alone: [], group: []}
        for _ in range(budget.scaling_rounds):
            self._rounds += 1
            order = [alone, group]
            context.rng.shuffle(order)
            for each in order:
                taken[each].append(self._sample(each, counts[each], self._rounds))
        whole = least = wire.Reduced([], 0)
        equal = None
        if shape.processes > 1:
            whole, least = self._reduced(group, 0), self._reduced(group, 1)
            equal = context.within(group.in_step, context.timeouts.memory_s)
        return ParallelPoint(
            processes=shape.processes,
            threads=shape.threads,
            split=split,
            samples=tuple(taken[group]),
            alone=tuple(taken[alone]),
            reduce_s=tuple(whole.durations_s[1:]),
            reduce_bytes=whole.bytes,
            reduce_least_s=tuple(least.durations_s[1:]),
            equal_weights=equal,
        )

    def _reduced(self, group: WorkerGroup, floats: int) -> wire.Reduced:
        command = wire.Reduce(1 + REDUCTIONS, floats)
        return self._context.within(
            lambda limit: group.request(command, wire.Reduced, limit), self._context.timeouts.sample_s
        )

    def _iterations(self, group: WorkerGroup) -> int:
        """Warm up, and return how many steps make a sample."""
        aim_s = self._context.budget.sample_s
        sample = self._sample(group, 1, 0)
        while sample.elapsed_s < aim_s / 2:
            more = longer(sample, aim_s)
            if more <= sample.iterations:
                break
            sample = self._sample(group, more, 0)
        return max(2, iterations_for(sample, aim_s))

    def _sample(self, group: WorkerGroup, iterations: int, number: int) -> Sample:
        return self._context.sample(group, self._run.subject, Quantity.TRAIN, iterations, number)

    def _started(self, shape: Shape) -> WorkerGroup:
        context = self._context
        context.check()
        cores = [
            self._cpus[rank * shape.threads : (rank + 1) * shape.threads] for rank in range(shape.processes)
        ]
        group = context.launch_group(self._run.candidate, self._run.subject, shape.threads, cores)
        try:
            ready = context.greet(group)
            self._groups, self._listens = ready.groups, ready.groups_listen
        except BaseException:
            context.discard(group)
            raise
        return group

    def _prepare(self, group: WorkerGroup, shard: wire.Shard | None) -> None:
        self._context.prepare(group, self._run.subject.configuration, (Quantity.TRAIN,), shard=shard)


def _own_cpus() -> tuple[int, ...]:
    affinity = getattr(os, "sched_getaffinity", None)
    return tuple(sorted(affinity(0))) if affinity is not None else ()


def _note(error: WorkerError) -> str:
    return (
        "parallel-time-cap"
        if error.outcome is Outcome.SKIPPED
        else f"parallel-{error.outcome}: {error.reason}"
    )
