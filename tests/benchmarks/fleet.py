"""What a fleet costs whoever runs it: made-up hosts that send made-up events, by themselves and through Dask.

    python tests/benchmarks/fleet.py [HOSTS]

CPU seconds of this process for each host; with Dask, of the scheduler and the client together, which share it.
"""

import logging
import sys
import threading
import time
from io import StringIO

import msgspec
from distributed import Client, LocalCluster

from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import FleetHost
from advisor.assessment.model import RunOptions
from advisor.assessment.pipeline import Phase, PhaseStarted
from advisor.assessment.sites.conversation import Conversation, line
from advisor.assessment.sites.model import Ended, HostOutcome, Job
from advisor.cli.console import CliContext, Screen
from advisor.cli.fleet_progress import FleetDisplay
from advisor.decision.model import Needs
from advisor.frameworks import catalogue
from advisor.probes.model import Eta

EVENTS = 200


class MadeUp:
    """A host that sends its events as they would come over a line, and fails: nothing to decide on."""

    address = "made-up"

    def run(self, job: Job, hear, stop) -> Ended:
        conversation = Conversation(hear)
        conversation.feed(line(PhaseStarted(Phase.PROBE)))
        for number in range(EVENTS):
            conversation.feed(line(Eta(float(EVENTS - number), number / EVENTS)))
        return Ended(HostOutcome.FAILED, "made up")


class Terminal(StringIO):
    """Somewhere to draw."""

    def isatty(self) -> bool:
        return True


def alone(count: int) -> None:
    """Run a fleet of made-up hosts with its display."""
    names = [f"host-{number}" for number in range(count)]
    fleet = fleets.begin(Needs(), RunOptions(), [FleetHost(name) for name in names])
    door = CliContext()
    door.err = Screen(Terminal())
    began, cpu = time.perf_counter(), time.process_time()
    slowest = 0.0
    with FleetDisplay(door, tuple(names), catalogue.load()) as display:

        def emit(event) -> None:
            nonlocal slowest
            since = time.perf_counter()
            display(event)
            slowest = max(slowest, time.perf_counter() - since)

        fleets.run(fleet, {name: MadeUp() for name in names}, emit, threading.Event())
    spent, passed = time.process_time() - cpu, time.perf_counter() - began
    print(
        f"{count} hosts, {EVENTS} events each: {1e3 * spent / count:.1f} ms of CPU a host, {passed:.1f} s in all, "
        f"slowest event {1e3 * slowest:.0f} ms"
    )


def chatter(topic: str, number: int) -> None:
    """What a job's task does of Dask's: it logs lines to its topic."""
    from distributed import get_worker

    worker = get_worker()
    for _ in range(EVENTS):
        worker.log_event(topic, b'{"type":"eta","remaining_s":1.0,"fraction":0.5}\n')


def through_dask(count: int) -> None:
    """Let tasks in another process send their events through a scheduler in this one."""
    heard, done = [0], threading.Event()

    def hear(event) -> None:
        heard[0] += 1
        if heard[0] == count * EVENTS:
            done.set()

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=64, dashboard_address=None, silence_logs=logging.ERROR
        ) as cluster,
        Client(cluster) as client,
    ):
        cpu = time.process_time()
        for number in range(count):
            client.subscribe_topic(f"advisor-{number}", hear)
        futures = [client.submit(chatter, f"advisor-{number}", number, pure=False) for number in range(count)]
        client.gather(futures)
        done.wait(60)
        spent = time.process_time() - cpu
    print(
        f"{count} tasks through Dask, {EVENTS} events each: {1e3 * spent / count:.1f} ms of CPU a host for scheduler "
        f"and client, {heard[0] / count / EVENTS:.0%} of events heard"
    )


if __name__ == "__main__":
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    alone(hosts)
    through_dask(hosts)
    print(len(msgspec.json.encode(Job("x", Needs()))), "bytes of an order")
