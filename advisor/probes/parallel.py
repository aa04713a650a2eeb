"""What scaling over threads and processes comes to, and what it lets one expect of several machines.

The forecast is one: of machines that nobody measured. It is arithmetic on what was measured here, with a network
whose bandwidth and latency are given; :func:`simulate` plays the same exchange out, hop by hop.
"""

import heapq
import math
from collections.abc import Sequence
from statistics import median

from msgspec import Struct

from advisor.probes.intervals import Interval
from advisor.probes.model import ParallelPoint, ProbeResult, Quantity
from advisor.probes.statistics import Ratio, paired_ratio, summarise

OVERLAP_SHARE = 2 / 3
"""Of a step that the backward pass takes, during which gradients can be exchanged already: it costs about twice the
forward pass (Kaplan et al. 2020, arXiv:2001.08361, section 2.1)."""

MACHINES = (2, 8, 32)


class Link(Struct, frozen=True):
    """A network between machines: bits per second each way, and seconds from one to the next."""

    bits_per_s: float
    latency_s: float


LINKS = (
    Link(1e9, 50e-6),
    Link(10e9, 30e-6),
    Link(25e9, 20e-6),
    Link(100e9, 5e-6),
)
"""Usual ones, with latencies of ordinary sockets (1 to 25 Gb/s) and of remote direct memory access (100 Gb/s)."""


class Exchange(Struct, frozen=True):
    """What exchanging gradients takes of a framework's software, whatever the network.

    ``hop_s`` for each of an exchange's hops, ``byte_s`` for each byte of it.
    """

    bytes: int
    hop_s: float
    byte_s: float


class Expected(Struct, frozen=True):
    """How much of N machines' speed is had, between nothing and everything possible happening at the same time."""

    machines: int
    link: Link
    step_s: float  # one thing after the other
    low: float  # share of N times one machine's speed, one thing after the other
    high: float  # exchanged during the backward pass as far as it lasts, software and network at once


def speed_up(point: ParallelPoint) -> Ratio | None:
    """Return how many times as many items are trained on as on one core, paired within rounds."""
    ratio = paired_ratio(point.alone, point.samples, Quantity.TRAIN)
    if ratio is None:
        return None
    more = 1 if point.split else point.processes
    return Ratio(ratio.median * more, ratio.low * more, ratio.high * more, ratio.n)


def efficiency(point: ParallelPoint) -> Interval | None:
    """Return the speed-up over the cores used: 1 is perfect scaling."""
    found = speed_up(point)
    if found is None:
        return None
    cores = point.processes * point.threads
    return Interval(found.median / cores, found.low / cores, found.high / cores, found.n)


def exchange_share(point: ParallelPoint) -> float | None:
    """Return what exchanging the gradients takes by itself, as a share of a step; more than 1 where steps hide it."""
    step = summarise(point.samples, Quantity.TRAIN)
    if step is None or not point.reduce_s:
        return None
    return median(point.reduce_s) / step.median_s


def exchange(result: ProbeResult) -> Exchange | None:
    """Return what an exchange takes of the software, from the largest group that was timed; None where none was.

    Over the loopback nothing waits for a network. A ring has 2 (p - 1) hops, each of which moves a p-th of the bytes
    (Patarasuk and Yuan 2009, Journal of Parallel and Distributed Computing 69:117-124).
    """
    timed = [each for each in result.parallel if each.reduce_s and each.reduce_least_s and each.reduce_bytes]
    if not timed:
        return None
    point = max(timed, key=lambda each: each.processes)
    hops = 2 * (point.processes - 1)
    least_s = min(median(point.reduce_least_s), median(point.reduce_s))
    moved = hops * point.reduce_bytes / point.processes
    return Exchange(point.reduce_bytes, least_s / hops, (median(point.reduce_s) - least_s) / moved)


def exchange_s(of: Exchange, machines: int, link: Link, *, piped: bool = False) -> float:
    """Return the seconds of a ring's exchange between so many machines.

    ``piped``: the software is busy with one part of a hop's bytes while the network moves another. Real exchanges
    lie between (``tests/benchmarks/forecast.py``).
    """
    if machines < 2:
        return 0.0
    network_s, software_s = 8 / link.bits_per_s, of.byte_s
    byte_s = max(network_s, software_s) if piped else network_s + software_s
    return 2 * (machines - 1) * (link.latency_s + of.hop_s + of.bytes / machines * byte_s)


def expect(step_s: float, of: Exchange, machines: int, link: Link) -> Expected:
    """Return what so many equal machines would do, each with a batch of its own.

    Parameters
    ----------
    step_s : float
        A training step on one machine with all of its cores.
    """
    lasting_s = exchange_s(of, machines, link)
    exposed_s = max(0.0, exchange_s(of, machines, link, piped=True) - OVERLAP_SHARE * step_s)
    return Expected(
        machines, link, step_s + lasting_s, step_s / (step_s + lasting_s), step_s / (step_s + exposed_s)
    )


def simulate(steps_s: Sequence[Sequence[float]], of: Exchange, link: Link) -> float:
    """Return the mean seconds of a step, played out hop by hop with nothing overlapped.

    Parameters
    ----------
    steps_s : sequence of sequences
        For every step the seconds that each machine computes: they need not be equally fast.
    """
    machines = len(steps_s[0])
    chunk = of.bytes / machines
    wire_s = chunk * 8 / link.bits_per_s
    software_s = of.hop_s + chunk * of.byte_s
    free_s = [0.0] * machines  # when a machine may go on
    for computing in steps_s:
        ready = [free + own for free, own in zip(free_s, computing, strict=True)]
        link_free = [0.0] * machines
        # Hop by hop: a machine sends on what it took in the hop before.
        events = [(each, 0, machine) for machine, each in enumerate(ready)]
        heapq.heapify(events)
        arrived: dict[tuple[int, int], float] = {}
        own: dict[tuple[int, int], float] = {}
        hops = 2 * (machines - 1)
        done = list(ready)
        while events:
            now, hop, machine = heapq.heappop(events)
            if hop == hops:
                done[machine] = now
                continue
            sent = max(now, link_free[machine]) + wire_s
            link_free[machine] = sent
            neighbour = (machine + 1) % machines
            arrived[neighbour, hop] = sent + link.latency_s
            own[machine, hop] = now
            for each in (machine, neighbour):
                if (each, hop) in arrived and (each, hop) in own:
                    at = max(arrived[each, hop], own[each, hop]) + software_s
                    heapq.heappush(events, (at, hop + 1, each))
        free_s = done
    return (
        max(free_s) / len(steps_s) if machines > 1 else math.fsum(each[0] for each in steps_s) / len(steps_s)
    )
