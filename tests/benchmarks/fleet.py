"""What a fleet costs whoever runs it: made-up hosts that send made-up events, to a terminal, the window, and Dask.

    QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.fleet [HOSTS]

CPU seconds of this process for each host (with Dask, of the scheduler and the client together, which share it), and of
the window's own thread for each turn of its event loop.
"""

import logging
import sys
import tempfile
import threading
import time
from io import StringIO
from pathlib import Path

import msgspec
from distributed import Client, LocalCluster
from PySide6.QtCore import QEventLoop

from advisor.assessment import fleet as fleets
from advisor.assessment import fleet_hosts
from advisor.assessment.fleet import FleetHost
from advisor.assessment.model import RunOptions
from advisor.assessment.settings import Settings
from advisor.assessment.sites.model import Ended, HostOutcome, Job, Way
from advisor.cli.console import CliContext, Screen
from advisor.cli.fleet_progress import FleetDisplay
from advisor.decision.model import Needs
from advisor.frameworks import catalogue
from advisor.gui import app
from advisor.gui.app_state import AppState
from advisor.gui.main_window import MainWindow
from tests.assessment import made_up_hosts
from tests.assessment.made_up_hosts import MadeUpHost

EVENTS = 200
ENDED = (Ended(HostOutcome.FAILED, "made up"),)  # with nothing to decide on


class Terminal(StringIO):
    """Somewhere to draw."""

    def isatty(self) -> bool:
        return True


def in_a_terminal(count: int) -> None:
    """Run a fleet of made-up hosts with its display."""
    names = [f"host-{number}" for number in range(count)]
    told = made_up_hosts.lines(EVENTS)
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

        fleets.run(fleet, {name: MadeUpHost(told, ENDED) for name in names}, emit, threading.Event())
    spent, passed = time.process_time() - cpu, time.perf_counter() - began
    print(
        f"{count} hosts in a terminal, {len(told)} events each: {1e3 * spent / count:.1f} ms of CPU a host, "
        f"{passed:.1f} s in all, slowest event {1e3 * slowest:.0f} ms"
    )


def in_the_window(count: int) -> None:
    """Run a fleet of made-up hosts from the window's page, as large as a large screen, and watch its thread."""
    application = app.create_application(["advisor-benchmark"])
    told = made_up_hosts.lines(EVENTS)
    fleet_hosts.sites = lambda hosts, folder, program: {each.name: MadeUpHost(told, ENDED) for each in hosts}
    with tempfile.TemporaryDirectory() as folder:
        context = AppState(Path(folder), Settings(language="en", theme="light"))
        window = MainWindow(context)
        window.resize(2560, 1300)
        window.show_page("fleet")
        window.show()
        page = window.page("fleet")
        page.setup.begin()
        page.setup.hosts = tuple(FleetHost(f"host-{n}", 1.0, f"host-{n}", way=Way.SSH) for n in range(count))
        while context.taking_inventory or not context.plans:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        turns: list[float] = []
        began, cpu = time.perf_counter(), time.process_time()
        page.start(page.setup.order())
        while page.running:
            mine = time.thread_time()
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            turns.append(time.thread_time() - mine)
        spent, passed = time.process_time() - cpu, time.perf_counter() - began
        window.close()
        context.stop()
    turns.sort()
    print(
        f"{count} hosts in the window, {len(told)} events each: {1e3 * spent / count:.1f} ms of CPU a host, "
        f"{passed:.1f} s in all, {len(turns)} turns of the window's thread: median {1e3 * turns[len(turns) // 2]:.1f} "
        f"ms, 95 % {1e3 * turns[int(0.95 * len(turns))]:.0f} ms, slowest {1e3 * turns[-1]:.0f} ms of its own CPU"
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
    in_a_terminal(hosts)
    in_the_window(hosts)
    through_dask(hosts)
    print(len(msgspec.json.encode(Job("x", Needs()))), "bytes of an order")
