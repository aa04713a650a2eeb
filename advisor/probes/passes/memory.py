"""Memory: what is free for workers, and the pass in which a training step's peak is read."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import psutil

from advisor.hardware.conditions import read_conditions
from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import WorkerError
from advisor.probes.launch.tree import ProcessTree
from advisor.probes.model import (
    MemoryReading,
    Outcome,
    Quantity,
    Stage,
)
from advisor.probes.subject_run import SubjectRun

_INTERVAL_S = 0.03
_REFRESH_EVERY = 10  # readings between two looks for new descendants, which walk over every process
_LEAST_S = 0.5  # steps go on for so long at least, so that short ones are read more than once

_CROWDED = 1.6
"""How much longer a start takes beside others than alone, as seen with six frameworks on two cores."""

_AROUND_S = 1.5  # of starting and ending a process, and of making the weights

_COMPILED_SHARE = 0.1
"""How much of the time cap compiled variants may take for their memory, at most."""

HEADROOM = 1.25
"""Workers are taken to need so much of what the largest one so far does: networks and caches grow."""


def available_bytes(context: RunContext) -> int:
    """Return how much memory more workers may take, by the system and by a container's limit."""
    reading = read_conditions().available_bytes
    free = int(psutil.virtual_memory().available) if reading is None else reading
    limits = context.machine.limits if context.machine else None
    if limits is not None and limits.memory_bytes is not None and limits.memory_source != "fitted":
        used = psutil.Process().memory_info().rss + sum(context.workers_bytes())
        free = min(free, limits.memory_bytes - used)
    return free


def room_for(context: RunContext, more: int) -> int:
    """Return how many of ``more`` workers fit beside those that are loaded, going by the largest so far."""
    context.largest_bytes = max(context.largest_bytes, *context.workers_bytes(), 0)
    if not context.largest_bytes:
        return more
    return max(0, min(more, int(available_bytes(context) / (HEADROOM * context.largest_bytes))))


def memory_s(context: RunContext, runs: Sequence[SubjectRun]) -> float:
    """Return how long :func:`measure_memory` may take, going by how long the workers took to start and to step.

    Default variants get what they need. A compiled one compiles anew, which may take minutes on few cores.
    """
    each_s = [
        (run.subject.configuration.is_default, _subject_run_s(context, run) / context.conditions.threads)
        for run in runs
    ]
    compiled_s = sum(seconds for default, seconds in each_s if not default)
    default_s = sum(seconds for default, seconds in each_s if default)
    return default_s + min(compiled_s, _COMPILED_SHARE * context.budget.time_cap_s)


def _subject_run_s(context: RunContext, run: SubjectRun) -> float:
    """How long one run's reading takes, beside others."""
    steps = _steps(context, run) + 1  # the worker takes one more to be compared with the reference
    return _CROWDED * (run.start_s + steps * run.step_s) + _AROUND_S


def _steps(context: RunContext, run: SubjectRun) -> int:
    least = int(_LEAST_S / run.step_s) if run.step_s else 0
    return max(context.budget.memory_steps, least)


def measure_memory(context: RunContext, runs: Sequence[SubjectRun]) -> None:
    """Read the peak of every run's training steps, in workers started for it.

    Nothing is timed here, so as many run at once as there are threads to compute with: default variants first,
    which count, the longest of them first; then compiled ones, as many as there is time for.
    """
    at_once = max(1, room_for(context, min(context.conditions.threads, len(runs))))
    with ThreadPoolExecutor(at_once, thread_name_prefix="probe-memory") as pool:
        list(pool.map(lambda run: _measure(context, run), sorted(runs, key=_turn)))
    context.check()


def _turn(run: SubjectRun) -> tuple[bool, float]:
    compiled = not run.subject.configuration.is_default
    long_s = run.start_s + run.step_s
    return compiled, long_s if compiled else -long_s


def _measure(context: RunContext, run: SubjectRun) -> None:
    if context.cancel.is_set():
        return
    if context.remaining_s < _subject_run_s(context, run):
        run.note("memory-time-cap")
        return
    run.enter(Stage.MEMORY)
    try:
        run.memory = _read(context, run, _steps(context, run))
    except WorkerError as error:
        capped = error.outcome is Outcome.SKIPPED
        run.note("memory-time-cap" if capped else f"memory-{error.outcome}")
    if run.memory is not None:
        run.enter(Stage.DONE)


def _read(context: RunContext, run: SubjectRun, steps: int) -> MemoryReading | None:
    worker = context.launch(run.candidate, run.subject)
    try:
        context.greet(worker)
        worker.tree.refresh()
        source = worker.tree.memory_source()
        baseline_bytes = worker.tree.memory_bytes(source)
        limit_s = context.timeouts.memory_s
        at_start = context.within(lambda s: worker.request(wire.ReadMemory(), wire.MemoryRead, s), limit_s)
        context.prepare(worker, run.subject, (Quantity.TRAIN,))
        command = wire.TakeSample(Quantity.TRAIN, steps)
        with _PeakReader(worker.tree, source) as reader:
            context.within(lambda s: worker.sample(command, s), context.timeouts.sample_s)
        at_peak = context.within(lambda s: worker.request(wire.ReadMemory(), wire.MemoryRead, s), limit_s)
        context.dismiss(worker)
    finally:
        context.discard(worker)
    if baseline_bytes is None or reader.peak_bytes is None:
        run.note("memory-unreadable")
        return None
    return MemoryReading(
        peak_bytes=reader.peak_bytes,
        baseline_bytes=baseline_bytes,
        steps=steps,
        samples=reader.readings,
        source=source,
        device_peak_bytes=at_peak.device_peak_bytes,
        device_baseline_bytes=at_start.device_peak_bytes,
    )


class _PeakReader:
    """Reads a tree's memory every few hundredths of a second while its block runs, and once at the end."""

    def __init__(self, tree: ProcessTree, source: str) -> None:
        self.peak_bytes: int | None = None
        self.readings = 0
        self._tree = tree
        self._source = source
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probe-peak", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._read()

    def _run(self) -> None:
        while not self._over.wait(_INTERVAL_S):
            self._read()

    def _read(self) -> None:
        if self.readings % _REFRESH_EVERY == 0:
            self._tree.refresh()
        value = self._tree.memory_bytes(self._source)
        if value is not None:
            self.readings += 1
            self.peak_bytes = max(value, self.peak_bytes or 0)
