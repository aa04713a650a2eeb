"""Real frameworks train one network with two processes: the same weights, and what one process would have learnt."""

import pytest

from advisor.frameworks import catalogue as catalogue_file
from advisor.probes.launch import wire
from advisor.probes.launch.group import WorkerGroup, addresses
from advisor.probes.launch.process import Worker
from advisor.probes.model import Quantity
from advisor.resources import worker_script
from advisor.workloads import published

pytestmark = pytest.mark.frameworks

WORKLOAD = published.get("dqn-cartpole")  # without batch normalisation, whose statistics are each rank's own
GROUPED = ("pytorch", "tensorflow", "mxnet", "jax", "paddle", "keras-tensorflow", "keras-torch", "keras-jax")


def start(name, pythons, count):
    catalogue = catalogue_file.load()
    alternative = next(each for each in catalogue_file.alternatives(catalogue) if each.id == name)
    framework = catalogue_file.find(catalogue, alternative.framework)
    reached = addresses(count)
    group = WorkerGroup(
        [
            Worker(
                pythons[framework.id],
                str(worker_script(framework.worker)),
                threads=1,
                backend=alternative.backend,
                group=wire.Place(rank, reached) if count > 1 else None,
            )
            for rank in range(count)
        ]
    )
    group.receive(wire.Hello, 60.0)
    assert group.receive(wire.Ready, 300.0).groups
    return group


def losses(group, shard):
    """Each rank's loss before and after one step."""
    command = wire.Prepare(
        WORKLOAD, published.network(WORKLOAD.id), {}, 0, "float32", False, (Quantity.TRAIN,), shard
    )
    group.send(command)
    return [reply.losses for reply in group.receive_all(wire.Prepared, 300.0)]


@pytest.mark.parametrize("name", GROUPED)
def test_two_processes_learn_what_one_would(framework_pythons, name):
    alone = start(name, framework_pythons, 1)
    whole = losses(alone, None)[0]
    alone.quit(20.0)
    group = start(name, framework_pythons, 2)
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
    group.quit(20.0)
