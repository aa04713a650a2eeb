"""Memory: what is free for workers, and the peak over the first steps, which nobody times."""

import math
import threading
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

import psutil

from advisor.hardware.conditions import read_conditions
from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import Worker
from advisor.probes.launch.tree import ProcessTree
from advisor.probes.model import MemoryReading, Sample, Subject

_INTERVAL_S = 0.03
_REFRESH_EVERY = 10  # readings between two looks for new descendants, which walk over every process

_LEAST_S = 0.3
"""Steps go on for so long at least while memory is read, so that short ones are read more than once."""

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


class Baseline(NamedTuple):
    """What a process holds with its framework imported and nothing built."""

    source: str
    held_bytes: int | None
    device_bytes: int | None


def read_baseline(context: RunContext, worker: Worker, subject: Subject) -> Baseline:
    """Read what a worker holds before anything is built."""
    worker.tree.refresh()
    source = worker.tree.memory_source()
    return Baseline(source, worker.tree.memory_bytes(source), _device_bytes(context, worker, subject))


def read_peak(
    context: RunContext,
    worker: Worker,
    subject: Subject,
    baseline: Baseline,
    first: Sample,
    work: Callable[[int], object],
) -> MemoryReading | None:
    """Read the peak while a worker does so many steps; None where the system doesn't tell.

    Parameters
    ----------
    first : Sample
        Of what is done: how long one step takes.
    work : callable
        Has it done so many times.
    """
    steps = max(context.budget.memory_steps, math.ceil(_LEAST_S * first.iterations / first.elapsed_s))
    _device_bytes(context, worker, subject)  # its peak begins anew
    with _PeakReader(worker.tree, baseline.source) as reader:
        work(steps)
    if baseline.held_bytes is None or reader.peak_bytes is None:
        return None
    return MemoryReading(
        peak_bytes=reader.peak_bytes,
        baseline_bytes=baseline.held_bytes,
        steps=steps,
        samples=reader.readings,
        source=baseline.source,
        device_peak_bytes=_device_bytes(context, worker, subject),
        device_baseline_bytes=baseline.device_bytes,
        quantity=first.quantity,
    )


def _device_bytes(context: RunContext, worker: Worker, subject: Subject) -> int | None:
    """Peak memory on an accelerator since this was asked last."""
    if subject.device == "cpu":
        return None
    return context.within(
        lambda limit: worker.request(wire.ReadMemory(), wire.MemoryRead, limit), context.timeouts.memory_s
    ).device_peak_bytes


class _PeakReader:
    """Reads a tree's memory every few hundredths of a second while its block runs, and once at the end.

    Parameters
    ----------
    tree : ProcessTree
        Whose memory.
    source : str
        Which of its readings; see ``ProcessTree.memory_bytes``.
    """

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
