"""The forecast past one machine, held against a simulation and, as root on Linux, against a shaped network.

    python tests/benchmarks/forecast.py                          # simulation alone
    python tests/benchmarks/forecast.py PYTHON WORKER.py         # and ranks in network namespaces (root; ip and tc)

Ranks run a framework's own exchange of gradients in namespaces that a bridge joins; ``tc`` gives each a
rate. What the software takes is timed over a bridge without limits, and the forecast adds the network to it.
"""

import contextlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from advisor.probes import parallel
from advisor.probes.launch import wire
from advisor.probes.launch.group import WorkerGroup
from advisor.probes.launch.process import Worker
from advisor.probes.model import Quantity
from advisor.probes.parallel import Exchange, Link
from advisor.workloads import published

EXCHANGES = {"ResNet-18": 46_758_048, "BERT-tiny": 17_544_712, "DQN": 69_640}
LIMITS = (Link(0.25e9, 0.0), Link(0.5e9, 0.0), Link(1e9, 0.0))
"""Rates that shaping reaches here; what the bridge delays is part of what the software takes."""
ROUNDS = 10


def simulated() -> None:
    """Print how far a step played out with machines that waver is from the forecast, which knows none that do."""
    draw = random.Random(0)
    print("gradients  machines  Gb/s  forecast s  played out s: steady, 5 % wavering  error")
    for (name, size), machines, link in itertools.product(EXCHANGES.items(), (2, 8, 32), parallel.LINKS):
        exchange = Exchange(size, 1e-4, 2e-10)
        expected = parallel.expect(0.25, exchange, machines, link).step_s
        steady = parallel.simulate([[0.25] * machines] * 20, exchange, link)
        wavering = [[0.25 * draw.lognormvariate(0, 0.05) for _ in range(machines)] for _ in range(200)]
        uneven = parallel.simulate(wavering, exchange, link)
        print(
            f"{name:10} {machines:8} {link.bits_per_s / 1e9:5g} {expected:11.4f} {steady:10.4f} {uneven:10.4f}"
            f"  {expected / steady - 1:+7.1%} {expected / uneven - 1:+7.1%}"
        )


@contextlib.contextmanager
def namespaces(count: int):
    """Namespaces that a bridge joins, each with an address; everything is gone at the end."""

    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True)

    names = [f"fa-{number}" for number in range(count)]
    try:
        ip("link", "add", "fa-bridge", "type", "bridge")
        ip("link", "set", "fa-bridge", "up")
        for number, name in enumerate(names):
            ip("netns", "add", name)
            ip("link", "add", f"{name}-out", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{name}-out", "master", "fa-bridge", "up")
            ip("-n", name, "addr", "add", f"10.231.7.{number + 1}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "link", "del", "fa-bridge"], check=False, stderr=subprocess.DEVNULL)


def limit(names: list[str], link: Link | None) -> None:
    """Give each namespace's way out a rate, or none."""
    for name in names:
        tc = ["tc", "-n", name, "qdisc"]
        subprocess.run([*tc, "del", "dev", "eth0", "root"], check=False, stderr=subprocess.DEVNULL)
        if link is not None:
            shape = ["tbf", "rate", f"{link.bits_per_s / 1e6:.0f}mbit", "burst", "256kb", "latency", "400ms"]
            subprocess.run([*tc, "add", "dev", "eth0", "root", *shape], check=True)


def group(python: str, worker: str, names: list[str], folder: Path) -> WorkerGroup:
    """A rank in every namespace, its gradients those of BERT-tiny."""
    reached = tuple(f"10.231.7.{number + 1}:29500" for number in range(len(names)))
    workers = []
    for rank, name in enumerate(names):
        entry = folder / name
        entry.write_text(
            f'#!/bin/sh\nexec ip netns exec {name} env GLOO_SOCKET_IFNAME=eth0 {python} "$@"\n', "utf-8"
        )
        entry.chmod(0o755)
        workers.append(Worker(str(entry), worker, threads=1, group=wire.Place(rank, reached)))
    started = WorkerGroup(workers)
    started.receive(wire.Hello, 60.0)
    started.receive(wire.Ready, 300.0)
    workload = published.get("bert-tiny")
    shard = wire.Shard(0, len(names), False)
    network = published.network(workload.id)
    started.request(
        wire.Prepare(workload, network, {}, 0, "float32", False, (Quantity.TRAIN,), shard=shard),
        wire.Prepared,
        600.0,
    )
    return started


def reduced(started: WorkerGroup, floats: int) -> float:
    """Seconds of one exchange of so many floats."""
    reply = started.request(wire.Reduce(1 + ROUNDS, floats), wire.Reduced, 300.0)
    return median(reply.durations_s[1:])


def measured(python: str, worker: str) -> None:
    """Print the forecast of an exchange beside what ranks behind a shaped network took."""
    print("ranks  floats  Gb/s  forecast s  measured s  error of its two ends")
    for count in (2, 4):
        with tempfile.TemporaryDirectory() as folder, namespaces(count) as names:
            limit(names, None)
            started = group(python, worker, names, Path(folder))
            try:
                for floats in (1_000_000, 10_000_000):
                    limit(names, None)
                    least_s, whole_s = reduced(started, 1), reduced(started, floats)
                    hops = 2 * (count - 1)
                    byte_s = max(0.0, whole_s - least_s) / (hops * 4 * floats / count)
                    exchange = Exchange(4 * floats, least_s / hops, byte_s)
                    for link in LIMITS:
                        limit(names, link)
                        most, least = (
                            parallel.exchange_s(exchange, count, link, piped=piped) for piped in (False, True)
                        )
                        found = reduced(started, floats)
                        print(
                            f"{count:5} {floats:9} {link.bits_per_s / 1e9:5g} {least:8.4f} to {most:8.4f} {found:10.4f}"
                            f"  {least / found - 1:+7.1%} to {most / found - 1:+7.1%}",
                            flush=True,
                        )
            finally:
                started.close()


if __name__ == "__main__":
    simulated()
    if len(sys.argv) > 2:
        if os.geteuid() != 0:
            sys.exit("Namespaces take root.")
        measured(sys.argv[1], str(Path(sys.argv[2]).absolute()))
