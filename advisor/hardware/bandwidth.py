"""Memory bandwidth: a STREAM-like triad (McCalpin 1995) over all allowed cores."""

import math
import threading
import time
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from advisor.hardware.model import Cpu, Machine

_FLOOR_BYTES = 192 << 20
_USUAL_CEILING_BYTES = 1 << 30
"""Enough beyond common caches; making the pages of more would take seconds on a virtual machine."""
_UNKNOWN_CACHE_BYTES = 64 << 20
_STREAM_FACTOR = 12
"""STREAM's rule: each of its three arrays holds at least four times the last-level caches."""
_LEAST_FACTOR = 2
"""Below twice the caches together, a stream would be answered from them in part."""


class Bandwidth(Struct, frozen=True):
    """Bytes per second of every repetition, and the size of the three arrays together."""

    rates: tuple[float, ...]
    working_set_bytes: int


def working_set_bytes(machine: Machine, available_bytes: int | None) -> int | None:
    """Return how large the three arrays should be together; None where memory is too small for that.

    At most half of ``available_bytes`` is used, at least twice the last-level caches.
    """
    cache = last_level_bytes(machine.cpu) or _UNKNOWN_CACHE_BYTES
    wanted = min(max(_STREAM_FACTOR * cache, _FLOOR_BYTES), _USUAL_CEILING_BYTES)
    wanted = max(wanted, _LEAST_FACTOR * cache)
    if available_bytes is not None:
        wanted = min(wanted, available_bytes // 2)
    return wanted if wanted >= _LEAST_FACTOR * cache else None


def last_level_bytes(cpu: Cpu) -> int | None:
    """Return the size of all last-level caches of a machine together."""
    level = max((cache.level for cache in cpu.caches), default=0)
    return sum(c.size_bytes * c.instances for c in cpu.caches if c.level == level) or None


def measure(
    size_bytes: int, threads: int, budget_s: float, cancelled: Callable[[], bool], repetitions: int = 5
) -> Bandwidth:
    """Return the rate of ``a = 3 c + b``, every thread on arrays of its own.

    numpy takes two passes: ``a = 3 c`` reads one array and writes one, ``a = a + b`` reads two and
    writes one. The five transfers are counted, as STREAM counts the three of its single pass;
    neither counts that a written line is first fetched. The second pass, in place, needs no such
    fetch, so the figure lies above that of a compiled STREAM triad.
    """
    items = max(size_bytes // (3 * 8 * threads), 1)
    team = _Team(threads, items)
    rates: list[float] = []
    try:
        team.ready()
        start = time.perf_counter()
        while len(rates) < repetitions and not cancelled():
            if rates and time.perf_counter() - start > budget_s:
                break
            begun = time.perf_counter()
            team.step()
            rates.append(bytes_moved(items) * threads / (time.perf_counter() - begun))
    finally:
        team.dismiss()
    return Bandwidth(rates=tuple(rates), working_set_bytes=3 * 8 * items * threads)


class _Team:
    """Threads that each make their arrays and keep to them, so that they stay in one memory node."""

    def __init__(self, threads: int, items: int) -> None:
        self._items = items
        self._barrier = threading.Barrier(threads + 1)
        self._failures: list[MemoryError] = []
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def ready(self) -> None:
        """Wait until every array is made; raises MemoryError if one can't be."""
        try:
            self._barrier.wait()
        except threading.BrokenBarrierError:
            raise self._failures[0] from None

    def step(self) -> None:
        """Let every thread compute one triad, and wait for the last one."""
        self._barrier.wait()
        self._barrier.wait()

    def dismiss(self) -> None:
        self._barrier.abort()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            a, b, c = (np.full(self._items, value) for value in (0.0, 1.0, 2.0))
            self._barrier.wait()
            while True:
                self._barrier.wait()
                _triad(a, b, c)
                self._barrier.wait()
        except MemoryError as error:
            self._failures.append(error)
            self._barrier.abort()
        except threading.BrokenBarrierError:
            return


def bytes_moved(items: int) -> int:
    """Return the bytes that one two-pass triad over ``items`` float64 numbers reads and writes."""
    return 5 * 8 * items


def thread_count(machine: Machine) -> int:
    """Return how many threads keep every allowed core busy."""
    return max(math.ceil(machine.limits.cores), 1)


def _triad(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    np.multiply(c, 3.0, out=a)
    np.add(a, b, out=a)
