"""Memory: what is free for workers, and the peak over the first steps, which nobody times."""

import threading
from types import TracebackType
from typing import Self

import psutil

from advisor.hardware.conditions import read_conditions
from advisor.probes.context import RunContext
from advisor.probes.launch.tree import ProcessTree

_INTERVAL_S = 0.03
_REFRESH_EVERY = 10  # readings between two looks for new descendants, which walk over every process

LEAST_S = 0.3
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


class PeakReader:
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
