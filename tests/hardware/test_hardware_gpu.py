"""NVIDIA's library through a stand-in for it, and accelerators without a driver."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from advisor.hardware import pci
from advisor.hardware.detection import detect
from advisor.hardware.gpu_nvidia import detect_nvidia, throttle_reasons
from advisor.hardware.gpu_sysfs import gfx_target
from advisor.hardware.model import Absence, Gpu
from advisor.hardware.source import Source


class StandInError(Exception):
    """Stands in for pynvml.NVMLError."""


class StandIn:
    """Stands in for pynvml on a machine with an H100 in two partitions (MIG) and a GeForce that refuses
    some questions. Handles are numbers: 0 and 1 the cards, 10 and 11 the partitions."""

    NVMLError = StandInError
    lost: frozenset[int] = frozenset()

    def __init__(self, throttle: tuple[int, int] = (0, 0), driver: bool = True, mig: bool = True) -> None:
        self.throttle, self.driver, self.mig, self.open = throttle, driver, mig, 0

    def nvmlInit(self) -> None:
        if not self.driver:
            raise StandInError("driver not loaded")
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> bytes:
        return b"575.57.08"

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:
        return 12090

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index in self.lost:
            raise StandInError("GPU is lost")
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:
        return {
            0: "NVIDIA H100 80GB HBM3",
            1: "NVIDIA GeForce RTX 4090",
            10: "NVIDIA H100 80GB HBM3 MIG 3g.40gb",
            11: "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        }[handle]

    def nvmlDeviceGetUUID(self, handle: int) -> str:
        return {0: "GPU-aaaa", 1: "GPU-bbbb", 10: "MIG-cccc", 11: "MIG-dddd"}[handle]

    def nvmlDeviceGetPciInfo(self, handle: int) -> Any:
        return SimpleNamespace(busId=(b"00000000:1A:00.0", b"00010000:41:00.0")[handle])

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        total = {0: 85520809984, 1: 25757220864, 10: 42144366592, 11: 10200547328}[handle]
        return SimpleNamespace(total=total, free=1, used=2)

    def nvmlDeviceGetCudaComputeCapability(self, handle: int) -> tuple[int, int]:
        return ((9, 0), (8, 9))[handle]

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: int) -> int:
        if handle == 1:
            raise StandInError("not supported")
        return 700000

    def nvmlDeviceGetMigMode(self, handle: int) -> list[int]:
        if handle == 1:
            raise StandInError("not supported")
        return [int(self.mig), 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: int) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: int, number: int) -> int:
        if number > 1:
            raise StandInError("not found")
        return 10 + number

    def nvmlDeviceGetMaxPcieLinkGeneration(self, handle: int) -> int:
        return (5, 4)[handle]

    def nvmlDeviceGetMaxPcieLinkWidth(self, handle: int) -> int:
        return 16

    def nvmlDeviceGetNvLinkState(self, handle: int, link: int) -> int:
        if handle == 1 or link >= 4:
            raise StandInError("not supported")
        return int(link != 3)

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: int) -> int:
        return self.throttle[handle]


def test_the_library_has_what_its_stand_in_has() -> None:
    names = [name for name in vars(StandIn) if name.lower().startswith("nvml")]
    assert [name for name in names if not hasattr(pynvml, name)] == []


def test_every_answer_is_in_its_unit() -> None:
    nvml = StandIn(mig=False)
    gpus, absent = detect_nvidia(Source(), nvml)
    assert gpus[0] == Gpu(
        index=0,
        vendor="NVIDIA",
        name="NVIDIA H100 80GB HBM3",
        api="cuda",
        memory_bytes=85520809984,
        driver="575.57.08",
        runtime="12.9",
        compute_capability="9.0",
        power_limit_w=700.0,
        mig=False,
        uuid="GPU-aaaa",
        pci_address="0000:1a:00.0",
        pcie_width=16,
        pcie_speed_gts=32.0,
        links=3,
    )
    assert (gpus[1].compute_capability, gpus[1].power_limit_w, gpus[1].mig) == ("8.9", None, None)
    assert (gpus[1].pci_address, gpus[1].links) == ("10000:41:00.0", None)
    assert absent["gpus.nvidia1.power_limit_w"] == absent["gpus.nvidia1.mig"] == Absence.NOT_REPORTED
    assert nvml.open == 0


def test_partitions_stand_in_the_place_of_their_card() -> None:
    gpus, _ = detect_nvidia(Source(), StandIn())
    assert [(gpu.index, gpu.uuid, gpu.memory_bytes) for gpu in gpus] == [
        (1, "GPU-bbbb", 25757220864),
        (2, "MIG-cccc", 42144366592),
        (3, "MIG-dddd", 10200547328),
    ]
    assert gpus[1].name == "NVIDIA H100 80GB HBM3 MIG 3g.40gb"
    assert gpus[1].compute_capability == "9.0"


def test_a_partitioned_card_without_partitions_computes_nothing() -> None:
    class Empty(StandIn):
        def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: int, number: int) -> int:
            raise StandInError("not found")

    gpus, absent = detect_nvidia(Source(), Empty())
    assert [(gpu.index, gpu.api) for gpu in gpus] == [(1, "cuda"), (0, None)]
    assert absent["gpus.nvidia0.api"] == Absence.PARTITIONED


def test_a_count_that_fails_does_not_lose_what_the_driver_writes(
    tree: Callable[[Mapping[str, str]], Source],
) -> None:
    class Broken(StandIn):
        def nvmlDeviceGetCount(self) -> int:
            raise StandInError("unknown error")

    nvml = Broken()
    _gpus, absent = detect_nvidia(Source(), nvml)
    assert Absence.DETECTOR_FAILED not in absent.values()
    assert nvml.open == 0
    information = "Model: \t\t NVIDIA A100-SXM4-80GB\nGPU UUID: \t GPU-12345678-1234-1234-1234-123456789abc\n"
    recorded = detect(tree({"proc/driver/nvidia/gpus/0000:07:00.0/information": information}).root)
    assert [(gpu.name, gpu.uuid, gpu.pci_address) for gpu in recorded.gpus] == [
        ("NVIDIA A100-SXM4-80GB", "GPU-12345678-1234-1234-1234-123456789abc", "0000:07:00.0")
    ]


def test_without_a_driver_there_are_none() -> None:
    gpus, _ = detect_nvidia(Source(), StandIn(driver=False))
    assert all(gpu.memory_bytes is None for gpu in gpus)
    assert throttle_reasons(StandIn(driver=False)) is None


def test_idle_clocks_are_no_throttling() -> None:
    nvml = StandIn(throttle=(0x01, 0x40 | 0x04))
    assert throttle_reasons(nvml) == ("power-cap", "thermal")
    assert throttle_reasons(StandIn(throttle=(0x01, 0x02))) == ()
    assert nvml.open == 0


def test_a_card_without_driver_is_named_as_that(tree: Callable[[Mapping[str, str]], Source]) -> None:
    card = "sys/bus/pci/devices/0000:01:00"
    source = tree(
        {
            f"{card}.0/vendor": "0x10de\n",
            f"{card}.0/device": "0x20b2\n",
            f"{card}.0/class": "0x030200\n",
            "sys/bus/pci/devices/0000:02:00.0/vendor": "0x8086\n",
            # A piece of the PCI ID repository (BSD licence or GPL).
            "usr/share/misc/pci.ids": (
                "1002  Advanced Micro Devices, Inc. [AMD/ATI]\n\t20b2  Not this one\n"
                "10de  NVIDIA Corporation\n\t20b1  GA100 [A100 PCIe 40GB]\n"
                "\t\t10de 1463  A subsystem\n\t20b2  GA100 [A100 SXM4 80GB]\n"
            ),
        }
    )
    machine = detect(source.root)
    assert machine.absent["gpus.nvidia"] == machine.absent["gpus.nvidia0.api"] == Absence.NO_DRIVER
    assert [(gpu.name, gpu.api, gpu.pci_address) for gpu in machine.gpus] == [
        ("NVIDIA GA100 [A100 SXM4 80GB]", None, "0000:01:00.0")
    ]


def test_a_card_that_another_driver_holds_is_named_with_it(
    tree: Callable[[Mapping[str, str]], Source],
) -> None:
    card = "sys/bus/pci/devices/0000:01:00.0"
    files = {"vendor": "0x10de", "class": "0x030000", "device": "0x2684", "uevent": "DRIVER=vfio-pci\n"}
    machine = detect(tree({f"{card}/{name}": text for name, text in files.items()}).root)
    assert [(gpu.driver, gpu.api) for gpu in machine.gpus] == [("vfio-pci", None)]
    assert machine.absent["gpus.nvidia0.api"] == Absence.NOT_SERVED


def test_its_sound_device_alone_is_no_card(tree: Callable[[Mapping[str, str]], Source]) -> None:
    card = "sys/bus/pci/devices/0000:01:00.1"
    source = tree({f"{card}/vendor": "0x10de\n", f"{card}/class": "0x040300\n"})
    assert "gpus.nvidia" not in detect(source.root).absent


def test_intel_cards_that_frameworks_reach(tree: Callable[[Mapping[str, str]], Source]) -> None:
    def card(number: int, device: str, driver: str) -> dict[str, str]:
        folder = f"sys/class/drm/card{number}/device"
        return {
            f"{folder}/vendor": "0x8086",
            f"{folder}/device": device,
            f"{folder}/uevent": f"DRIVER={driver}\n",
        }

    machine = detect(
        tree(card(0, "0x56a0", "i915") | card(1, "0xe20b", "xe") | card(2, "0x9a49", "i915")).root
    )
    assert [(gpu.index, gpu.api) for gpu in machine.gpus] == [(0, "xpu"), (1, "xpu"), (2, None)]


def test_cards_are_in_the_order_of_their_numbers(tree: Callable[[Mapping[str, str]], Source]) -> None:
    files = {}
    for number, device in ((0, "0xe20b"), (2, "0xe20c"), (10, "0xe20d")):
        folder = f"sys/class/drm/card{number}/device"
        files |= {
            f"{folder}/vendor": "0x8086",
            f"{folder}/device": device,
            f"{folder}/uevent": "DRIVER=xe\n",
            f"{folder}/tile0/physical_vram_size_bytes": "12884901888\n",
            f"{folder}/tile1/physical_vram_size_bytes": "12884901888\n",
        }
    machine = detect(tree(files).root)
    assert [gpu.name[-6:] for gpu in machine.gpus] == ["0xe20b", "0xe20c", "0xe20d"]
    assert [gpu.device for gpu in machine.gpus] == ["xpu:0", "xpu:2", "xpu:4"], "a tile is a device"
    assert (machine.gpus[0].tiles, machine.gpus[0].memory_bytes) == (2, 12884901888)
    whole = detect(tree(files).root, environment={"ZE_FLAT_DEVICE_HIERARCHY": "COMPOSITE"})
    assert [gpu.device for gpu in whole.gpus] == ["xpu:0", "xpu:1", "xpu:2"]
    assert whole.gpus[0].memory_bytes == 2 * 12884901888


def test_recorded_compute_nodes_belong_to_their_own_cards(
    recorded: Callable[[str], Path], tmp_path: Path
) -> None:
    """The nodes are two MI210s' as recorded; the cards, and a third that has no node, are made here."""
    root = tmp_path / "machine"
    shutil.copytree(recorded("recorded-mi210"), root)
    for number, render, device in ((0, 130, "0x1638"), (1, 129, "0x740f"), (2, 128, "0x740f")):
        folder = root / f"sys/class/drm/card{number}/device"
        (folder / f"drm/renderD{render}").mkdir(parents=True)
        (folder / "vendor").write_text("0x1002\n")
        (folder / "device").write_text(device + "\n")
        (folder / "uevent").write_text(f"DRIVER=amdgpu\nPCI_SLOT_NAME=0000:{0x40 + number:x}:00.0\n")
    machine = detect(root)
    # Counted as the nodes are: render device 128 is node 2, 129 is node 3.
    assert [(gpu.pci_address, gpu.api, gpu.device, gpu.gfx_target) for gpu in machine.gpus] == [
        ("0000:42:00.0", "rocm", "rocm:0", "gfx90a"),
        ("0000:41:00.0", "rocm", "rocm:1", "gfx90a"),
        ("0000:40:00.0", None, None, None),
    ]
    assert machine.gpus[0].links == 1
    assert machine.absent["gpus.amd2.api"] == Absence.NOT_SERVED


def test_a_recorded_card_without_a_compute_node_is_not_served(recorded: Callable[[str], Path]) -> None:
    machine = detect(recorded("recorded-vega"))
    assert [(gpu.name, gpu.driver, gpu.api, gpu.memory_bytes) for gpu in machine.gpus] == [
        ("AMD GPU 0x687f", "amdgpu", None, 8573157376)
    ]
    assert machine.absent["gpus.amd0.api"] == Absence.NOT_SERVED


@pytest.mark.parametrize(
    ("version", "name"), [(90402, "gfx942"), (90010, "gfx90a"), (110501, "gfx1151"), (100300, "gfx1030")]
)
def test_targets_of_amd(version: int, name: str) -> None:
    assert gfx_target(version) == name


def test_a_jetson_has_a_gpu_that_is_on_no_bus(tree: Callable[[Mapping[str, str]], Source]) -> None:
    source = tree(
        {
            "proc/device-tree/compatible": "nvidia,p3737-0000+p3701-0005\0nvidia,p3701-0005\0nvidia,tegra234\0",
            "proc/device-tree/model": "NVIDIA Jetson AGX Orin Developer Kit\0",
            "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic\n",
            "sys/module/nvgpu/refcnt": "1",
        }
    )
    machine = detect(source.root)
    assert [(gpu.name, gpu.api, gpu.driver, gpu.compute_capability) for gpu in machine.gpus] == [
        ("NVIDIA Jetson AGX Orin Developer Kit", "cuda", "L4T R36.4.3", "8.7")
    ]
    assert machine.absent["gpus.nvidia0.memory_bytes"] == Absence.SHARED


def test_what_is_no_gpu_is_listed_apart(tree: Callable[[Mapping[str, str]], Source]) -> None:
    source = tree(
        {
            "sys/class/accel/accel0/device/uevent": "DRIVER=intel_vpu\nPCI_SLOT_NAME=0000:00:0b.0\n",
            "sys/bus/pci/devices/0000:00:0b.0/vendor": "0x8086",
            "sys/bus/pci/devices/0000:00:0b.0/device": "0x7d1d",
            "sys/bus/pci/devices/0000:00:0b.0/class": "0x120000",
            "sys/bus/pci/devices/0000:00:05.0/vendor": "0x1ae0",
            "sys/bus/pci/devices/0000:00:05.0/device": "0x0063",
            "sys/bus/pci/devices/0000:00:05.0/class": "0x120000",
            "sys/bus/pci/devices/0000:00:06.0/vendor": "0x1ae0",  # Google's network card
            "sys/bus/pci/devices/0000:00:06.0/device": "0x0042",
            "sys/bus/pci/devices/0000:00:06.0/class": "0x020000",
            "dev/dxg": "",
        }
    )
    machine = detect(source.root)
    assert [(npu.kind, npu.name) for npu in machine.npus] == [
        ("npu", "Intel NPU"),
        ("tpu", "Google TPU v5e"),
        ("dxg", "/dev/dxg"),
    ]
    assert machine.gpus == ()


def test_the_slowest_part_of_a_link_counts(tmp_path: Path) -> None:
    bridge = tmp_path / "sys/devices/pci0000:00/0000:00:01.0"
    card = bridge / "0000:01:00.0"
    card.mkdir(parents=True)
    for folder, width, speed in ((bridge, "8", "8.0 GT/s PCIe"), (card, "16", "16.0 GT/s PCIe")):
        (folder / "max_link_width").write_text(width)
        (folder / "max_link_speed").write_text(speed)
    (tmp_path / "sys/bus/pci/devices").mkdir(parents=True)
    (tmp_path / "sys/bus/pci/devices/0000:01:00.0").symlink_to(card)
    assert pci.link(Source(root=tmp_path), "0000:01:00.0") == (8, 8.0)
