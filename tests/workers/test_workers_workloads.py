"""Workloads against published figures, and the numbers that workers start from."""

import json
import zlib
from pathlib import Path
from typing import Any

import msgspec
import networks
import numpy as np
import pytest
import seeds
from float64_oracle import NumpyOperations, Oracle

from advisor.errors import AdvisorError
from advisor.probes.equivalence import load_references
from advisor.workloads.counts import count
from advisor.workloads.model import Adam, Convolution, Dense, Flatten, Network, Size, Task, Workload
from advisor.workloads.published import PRESETS, WORKLOADS, find, get, network, preset

COMPACT = [find(task, Size.COMPACT) for task in Task]


def plain(value: Any) -> dict[str, Any]:
    """As it travels over the wire."""
    return json.loads(msgspec.json.encode(value))


def spec(workload: Workload) -> dict[str, Any]:
    return plain(network(workload.id))


@pytest.mark.parametrize(
    ("workload", "published"),
    [
        ("resnet18-64", 11_689_512),  # torchvision's table of weights
        ("resnet18-96", 11_689_512),
        ("resnet18-112", 11_689_512),
        ("resnet50-224", 25_557_032),
        ("bert-tiny", 4_385_920 + 2 * (128 + 1)),  # the published checkpoints, and two classes
        ("bert-mini", 11_170_560 + 2 * (256 + 1)),
        ("bert-base", 109_482_240 + 2 * (768 + 1)),
        ("nature-dqn", 1_684_128 + 3 * (512 + 1)),  # widely printed body, and three actions
    ],
)
def test_parameters_are_the_published_ones(workload: str, published: int) -> None:
    assert WORKLOADS[workload].parameters == published


def test_operations_of_resnet_50_are_the_published_ones() -> None:
    """4.09 billion multiply-adds at 224 x 224 (torchvision's table, with the stride in the 3x3)."""
    assert WORKLOADS["resnet50-224"].forward_flops / 2 == pytest.approx(4.09e9, rel=1e-3)


@pytest.mark.parametrize(
    ("workload", "parameters", "forward_flops"),
    [
        ("resnet18-64", 11_689_512, 297_115_648),
        ("resnet18-96", 11_689_512, 667_230_208),
        ("resnet18-112", 11_689_512, 970_719_232),
        ("resnet50-224", 25_557_032, 8_178_368_512),
        ("bert-tiny", 4_386_178, 117_473_792),
        ("bert-mini", 11_171_074, 872_547_328),
        ("bert-base", 109_483_778, 22_348_434_432),
        ("dqn-cartpole", 17_410, 34_304),
        ("nature-dqn", 1_685_667, 18_689_024),
        ("impala-dqn", 1_090_003, 108_447_232),
    ],
)
def test_counts_stay_what_saved_assessments_have(workload: str, parameters: int, forward_flops: int) -> None:
    assert (WORKLOADS[workload].parameters, WORKLOADS[workload].forward_flops) == (parameters, forward_flops)


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.id)
def test_a_network_comes_back_from_the_wire_as_it_went(workload: Workload) -> None:
    original = network(workload.id)
    assert msgspec.json.decode(msgspec.json.encode(original), type=Network) == original
    assert original is not None
    assert count(original, workload.input_shape).output_shape == (workload.classes,)


def test_a_layer_that_does_not_fit_is_named() -> None:
    layers = (Convolution("conv", 3, 8, size=3), Flatten(8, side=8), Dense("head", 8 * 8 * 8, 2))
    with pytest.raises(ValueError, match="Flatten"):
        count(Network(layers, Adam(rate=1e-3)), (8, 8, 3))


def test_an_id_that_is_none_offers_the_nearest() -> None:
    assert get("bert-tiny") is WORKLOADS["bert-tiny"]
    with pytest.raises(AdvisorError, match='no workload "resnet18_64"') as error:
        get("resnet18_64")
    assert "resnet18-64" in str(error.value.remedy)
    assert network("of nobody") is None


def test_the_shares_of_a_preset_are_those_of_known_workloads() -> None:
    for task, sizes in PRESETS.items():
        for size, shares in sizes.items():
            assert preset(task, size) == shares
            assert sum(shares.values()) == pytest.approx(1.0)
            assert all(get(each).task is task for each in shares)


def test_every_task_has_every_size() -> None:
    assert {(each.task, each.size) for each in WORKLOADS.values()} == {(t, s) for t in Task for s in Size}
    assert find(Task.NLP, Size.LARGE) is WORKLOADS["bert-base"]
    with pytest.raises(AdvisorError, match="no tiny workload"):
        find(Task.NLP, "tiny")  # type: ignore[arg-type]


def test_deep_q_learning_counts_the_target_network() -> None:
    workload = WORKLOADS["nature-dqn"]
    assert workload.training_flops == 4 * workload.forward_flops
    assert WORKLOADS["bert-tiny"].training_flops == 3 * WORKLOADS["bert-tiny"].forward_flops


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.id)
def test_weights_are_as_many_as_the_parameters(workload: Workload) -> None:
    arrays = seeds.weights(spec(workload), seed=0)
    assert sum(a.size for name, a in arrays.items() if networks.trained(name)) == workload.parameters


@pytest.mark.parametrize(
    ("workload", "expected"), [("dqn-cartpole", 0xFEB5C9C5), ("resnet18-64", 0x43246CD7)]
)
def test_numbers_are_the_same_on_every_machine(workload: str, expected: int) -> None:
    """The checksums were taken under numpy 1.23.5 and 2.4.6."""
    arrays = seeds.weights(spec(WORKLOADS[workload]), seed=0)
    checksum = zlib.crc32(b"".join(array.astype("<f4").tobytes() for array in arrays.values()))
    assert checksum == expected


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.id)
def test_the_fixed_batch_fits_the_workload(workload: Workload) -> None:
    batch = seeds.fixed_batch(plain(workload), spec(workload), seed=0)
    assert batch["inputs"].shape == (workload.batch, *workload.input_shape)
    labels = batch["actions" if workload.task is Task.RL else "labels"]
    assert labels.shape == (batch["inputs"].shape if workload.generates else (workload.batch,))
    assert labels.min() >= 0
    assert labels.max() < workload.classes
    if workload.generates:
        assert np.array_equal(batch["inputs"][:, 1:], labels[:, :-1])
    if workload.task in (Task.NLP, Task.TEXT_GENERATION):
        assert batch["inputs"].min() >= 0
        assert batch["inputs"].max() < len(seeds.weights(spec(workload), 0)["embeddings.token"])
    if workload.task is Task.RL:
        assert set(batch["ended"]) <= {0.0, 1.0}
        assert not np.array_equal(batch["inputs"], batch["next_inputs"])


def test_the_target_network_differs_from_the_trained_one() -> None:
    workload = spec(WORKLOADS["dqn-cartpole"])
    assert not np.array_equal(
        seeds.weights(workload, 0)["head.weight"], seeds.target_weights(workload, 0)["head.weight"]
    )


@pytest.mark.parametrize("workload", COMPACT, ids=lambda workload: workload.id)
def test_references_agree_with_plain_numpy(workload: Workload) -> None:
    """The stored references come from float64 PyTorch; numpy needs neither it nor any worker."""
    reference = load_references().workloads[workload.id]
    oracle = Oracle(NumpyOperations(), workload)

    def doubles(arrays: dict[str, Any]) -> dict[str, Any]:
        return {name: oracle.do.array(array) for name, array in arrays.items()}

    weights = doubles(seeds.weights(spec(workload), 0))
    target = doubles(seeds.target_weights(spec(workload), 0)) if workload.task is Task.RL else None
    batch = doubles(seeds.fixed_batch(plain(workload), spec(workload), 0))
    outputs = oracle.forward(weights, batch["inputs"], training=False)
    np.testing.assert_allclose(seeds.excerpt(outputs), reference.outputs, rtol=1e-9)
    assert oracle.loss(weights, batch, target) == pytest.approx(reference.losses[0], rel=1e-9)
    assert reference.parameters == workload.parameters


def test_references_could_tell_a_missing_update() -> None:
    """A step must change the loss by much more than the tolerance, or a worker that skips it would pass."""
    references = load_references()
    assert references.workloads.keys() == WORKLOADS.keys()
    for reference in references.workloads.values():
        before, after = reference.losses
        assert abs(after - before) / abs(before) > 0.02


def test_no_worker_module_can_shadow_a_framework() -> None:
    """The folder of a script comes first on its path."""
    folder = Path(seeds.__file__).parent
    assert not {path.stem for path in folder.glob("*.py")} & {
        "torch", "pytorch", "tensorflow", "keras", "mxnet", "jax", "numpy",
    }  # fmt: skip
