"""Real frameworks train one network with two processes: the same weights, and what one process would have learnt."""

import ipaddress
import socket

import psutil
import pytest

from advisor.frameworks import catalogue as catalogue_file
from advisor.probes.launch import wire
from advisor.probes.launch.group import WorkerGroup, addresses
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import Quantity
from advisor.resources import worker_script
from advisor.workloads import published
from tests.probes.doubles import assert_gone

pytestmark = pytest.mark.frameworks

WORKLOAD = published.get("dqn-cartpole")  # without batch normalisation, whose statistics are each rank's own
GROUPED = ("pytorch", "tensorflow", "mxnet", "jax", "paddle", "keras-tensorflow", "keras-torch", "keras-jax")


def launch(name, pythons, reached):
    """A rank at each address; with one, a worker that is in no group."""
    catalogue = catalogue_file.load()
    alternative = next(each for each in catalogue_file.alternatives(catalogue) if each.id == name)
    framework = catalogue_file.find(catalogue, alternative.framework)
    group = WorkerGroup(
        [
            Worker(
                pythons[framework.id],
                str(worker_script(framework.worker)),
                threads=1,
                backend=alternative.backend,
                group=wire.Place(rank, reached) if len(reached) > 1 else None,
            )
            for rank in range(len(reached))
        ]
    )
    return group, [each.pid for each in group.receive_all(wire.Hello, 60.0)]


def start(name, pythons, count):
    group, pids = launch(name, pythons, addresses(count))
    ready = group.receive(wire.Ready, 300.0)
    assert ready.groups
    return group, ready, [psutil.Process(pid) for pid in pids]


def losses(group, shard):
    """Each rank's loss before and after one step."""
    command = wire.Prepare(
        WORKLOAD, published.network(WORKLOAD.id), {}, 0, "float32", False, (Quantity.TRAIN,), shard
    )
    group.send(command)
    return [reply.losses for reply in group.receive_all(wire.Prepared, 300.0)]


def listens(processes):
    """Whether any of them can be spoken to from other machines."""
    own = {each.pid for each in processes}
    found = [
        ipaddress.ip_address(each.laddr.ip)
        for each in psutil.net_connections("tcp")
        if each.pid in own and each.status == psutil.CONN_LISTEN
    ]
    assert found
    return not all((getattr(each, "ipv4_mapped", None) or each).is_loopback for each in found)


@pytest.mark.parametrize("name", GROUPED)
def test_two_processes_learn_what_one_would(framework_pythons, name):
    alone, said, _ = start(name, framework_pythons, 1)
    whole = losses(alone, None)[0]
    alone.quit(20.0)
    group, _, ranks = start(name, framework_pythons, 2)
    processes = [*ranks, *(child for rank in ranks for child in rank.children(recursive=True))]
    parts = losses(group, wire.Shard(0, 2, True))
    # They were given different items; JAX's one step over all tells the loss of all to everybody.
    assert (parts[0] != parts[1]) is ("jax" not in name)
    for step, expected in enumerate(whole):
        assert sum(each[step] for each in parts) / 2 == pytest.approx(expected, rel=1e-3)
    assert group.in_step(60.0)
    own = losses(group, wire.Shard(0, 2, False))
    assert own[0] != parts[0]
    group.sample(wire.TakeSample(Quantity.TRAIN, 3), 60.0)
    assert group.in_step(60.0)
    reduced = group.request(wire.Reduce(2), wire.Reduced, 60.0)
    assert reduced.bytes == 4 * WORKLOAD.parameters
    assert listens(processes) == said.groups_listen

    ranks[1].kill()
    with pytest.raises(WorkerError) as caught:
        group.sample(wire.TakeSample(Quantity.TRAIN, 1_000_000), 60.0)
    assert caught.value.reason.startswith("rank-")
    assert_gone([each.pid for each in processes])


@pytest.mark.parametrize("name", ["jax", "mxnet"])  # left to itself, one would crash and the other hang
def test_port_that_is_taken_ends_the_group_at_once(framework_pythons, name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        group, pids = launch(name, framework_pythons, (f"127.0.0.1:{port}", *addresses(1)))
        with pytest.raises(WorkerError) as caught:
            group.receive(wire.Ready, 60.0)
    assert caught.value.reason.startswith("rank-0: OSError")
    assert str(port) in caught.value.reason
    assert_gone(pids)
