"""Device names: what masks hide, in which order is counted, and which card a name reaches."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor.hardware.detection import detect
from advisor.hardware.devices import find, name_devices, reachable
from advisor.hardware.model import Absence, Gpu, Machine

A100 = "NVIDIA A100"
CARDS = tuple(
    Gpu(
        index=index,
        vendor="NVIDIA",
        name=A100,
        api="cuda",
        memory_bytes=(index + 1) << 30,
        uuid=f"GPU-{index}aa",
    )
    for index in range(3)
)
MIXED = (replace(CARDS[0], name="NVIDIA T4"), *CARDS[1:])
AMD = tuple(
    Gpu(index=index, vendor="AMD", name="AMD Instinct", api="rocm", uuid=f"GPU-{index}ff")
    for index in range(2)
)
TILED = tuple(Gpu(index=index, vendor="Intel", name="Max", api="xpu", tiles=2) for index in range(2))
INTEL = tuple(Gpu(index=index, vendor="Intel", name="Arc", api="xpu") for index in range(3))


@pytest.mark.parametrize(
    ("gpus", "environment", "names"),
    [
        (CARDS, {}, ("cuda:0", "cuda:1", "cuda:2")),
        (CARDS, {"CUDA_VISIBLE_DEVICES": "2,0"}, ("cuda:1", None, "cuda:0")),
        (CARDS, {"CUDA_VISIBLE_DEVICES": "1,7,0"}, (None, "cuda:0", None)),
        (CARDS, {"CUDA_VISIBLE_DEVICES": "2,2,1"}, (None, None, "cuda:0")),
        (CARDS, {"CUDA_VISIBLE_DEVICES": ""}, (None, None, None)),
        (CARDS, {"CUDA_VISIBLE_DEVICES": "-1"}, (None, None, None)),
        (CARDS, {"CUDA_VISIBLE_DEVICES": "GPU-2"}, (None, None, "cuda:0")),
        (MIXED, {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, (None, "cuda:0", None)),
        (MIXED, {}, ("cuda:0", "cuda:1", "cuda:2")),
        (CARDS[1:], {}, ("cuda:1", "cuda:2")),
        (AMD, {}, ("rocm:0", "rocm:1")),
        (AMD, {"HIP_VISIBLE_DEVICES": "1"}, (None, "rocm:0")),
        (AMD, {"ROCR_VISIBLE_DEVICES": "1,0", "HIP_VISIBLE_DEVICES": "1"}, ("rocm:0", None)),
        (AMD, {"ROCR_VISIBLE_DEVICES": "GPU-1ff"}, (None, "rocm:0")),
        (AMD, {"CUDA_VISIBLE_DEVICES": "1"}, (None, "rocm:0")),
        (INTEL, {"ZE_AFFINITY_MASK": "2,0.1"}, ("xpu:0", None, "xpu:1")),
        (INTEL, {"ONEAPI_DEVICE_SELECTOR": "level_zero:gpu"}, ("xpu:0", "xpu:1", "xpu:2")),
        (INTEL, {"ONEAPI_DEVICE_SELECTOR": "*:2,0"}, ("xpu:0", None, "xpu:1")),
        (INTEL, {"ONEAPI_DEVICE_SELECTOR": "Level_Zero:1.0;!opencl:*"}, (None, "xpu:0", None)),
        (INTEL, {"ONEAPI_DEVICE_SELECTOR": "!level_zero:1"}, ("xpu:0", None, "xpu:1")),
        (INTEL, {"ONEAPI_DEVICE_SELECTOR": "opencl:gpu"}, (None, None, None)),
        (INTEL, {"ZE_AFFINITY_MASK": "1,2", "ONEAPI_DEVICE_SELECTOR": "level_zero:1"}, (None, None, "xpu:0")),
        (TILED, {}, ("xpu:0", "xpu:2")),
        (TILED, {"ZE_AFFINITY_MASK": "1,2"}, ("xpu:0", "xpu:1")),
        (TILED, {"ZE_AFFINITY_MASK": "2,3"}, (None, "xpu:0")),
        (TILED, {"ZE_FLAT_DEVICE_HIERARCHY": "COMPOSITE", "ZE_AFFINITY_MASK": "1.1"}, (None, "xpu:0")),
    ],
)
def test_masks(gpus: tuple[Gpu, ...], environment: dict[str, str], names: tuple[str | None, ...]) -> None:
    named, absent = name_devices(gpus, environment)
    assert tuple(gpu.device for gpu in named) == names
    assert set(absent.values()) <= {Absence.HIDDEN}
    assert len(absent) == names.count(None)


def test_a_partition_is_reached_where_there_is_no_whole_card() -> None:
    parts = tuple(replace(CARDS[0], index=index, uuid=f"MIG-{index}") for index in (3, 4))
    named, absent = name_devices(parts, {})
    assert [gpu.device for gpu in named] == ["cuda:0", None]
    assert absent == {"gpus.nvidia4.device": Absence.PARTITIONED}
    assert [gpu.device for gpu in name_devices((CARDS[0], *parts), {})[0]] == ["cuda:0", None, None]
    chosen, _ = name_devices((CARDS[0], *parts), {"CUDA_VISIBLE_DEVICES": "MIG-4"})
    assert [gpu.device for gpu in chosen] == [None, None, "cuda:0"]


def _machine(gpus: tuple[Gpu, ...], environment: dict[str, str]) -> Machine:
    named, absent = name_devices(gpus, environment)
    empty = detect(Path(__file__).parent / "machines" / "recorded-nexus-s")
    return replace(empty, gpus=named, absent=absent)


@pytest.mark.parametrize(
    "environment", [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_DEVICE_ORDER": "FASTEST_FIRST"}]
)
def test_differing_cards_that_cuda_orders_itself_are_used_and_not_told_apart(
    environment: dict[str, str],
) -> None:
    machine = _machine(MIXED, environment)
    assert set(machine.absent.values()) == {Absence.ORDER_UNKNOWN}
    assert find(machine, "cuda:0") is None
    assert reachable(machine)[0][1] == "cuda:0"


def test_a_name_finds_its_card_whatever_its_position() -> None:
    lost = _machine(CARDS[1:], {})
    assert find(lost, "cuda:1") == lost.gpus[0]
    assert find(lost, "cuda:0") is None
    masked = _machine(CARDS, {"CUDA_VISIBLE_DEVICES": "2"})
    assert find(masked, "cuda:0") == masked.gpus[2]
    assert [name for _, name in reachable(masked)] == ["cuda:0"]


def test_pytorchs_name_finds_amds_card_where_there_is_nothing_of_nvidias() -> None:
    alone = _machine(AMD, {})
    assert find(alone, "cuda:1") == find(alone, "rocm:1") == alone.gpus[1]
    both = _machine((*CARDS[:1], *AMD), {})
    assert find(both, "cuda:0") == both.gpus[0]
    assert find(both, "rocm:0") == both.gpus[1]
    assert find(both, "cuda:1") is None


def test_machines_saved_without_names_count_by_index() -> None:
    old = replace(_machine(CARDS, {}), gpus=CARDS, absent={})
    assert find(old, "cuda:2") == CARDS[2]
    assert [name for _, name in reachable(old)] == ["cuda:0", "cuda:1", "cuda:2"]
