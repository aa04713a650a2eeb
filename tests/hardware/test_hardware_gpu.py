"""NVIDIA's library through a stand-in for it, and accelerators without a driver."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pynvml

from advisor.hardware.detection import detect
from advisor.hardware.gpu_nvidia import detect_nvidia, throttle_reasons
from advisor.hardware.model import Absence, Gpu
from advisor.hardware.source import Source


class StandInError(Exception):
    """Stands in for pynvml.NVMLError."""


class StandIn:
    """Stands in for pynvml on a machine with an H100 (MIG on) and a GeForce that refuses some questions."""

    NVMLError = StandInError

    def __init__(self, throttle: tuple[int, int] = (0, 0), driver: bool = True) -> None:
        self.throttle, self.driver, self.open = throttle, driver, 0

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
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:
        return ("NVIDIA H100 80GB HBM3", "NVIDIA GeForce RTX 4090")[handle]

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        return SimpleNamespace(total=(85520809984, 25757220864)[handle], free=1, used=2)

    def nvmlDeviceGetCudaComputeCapability(self, handle: int) -> tuple[int, int]:
        return ((9, 0), (8, 9))[handle]

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: int) -> int:
        if handle == 1:
            raise StandInError("not supported")
        return 700000

    def nvmlDeviceGetMigMode(self, handle: int) -> list[int]:
        if handle == 1:
            raise StandInError("not supported")
        return [1, 1]

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: int) -> int:
        return self.throttle[handle]


def test_the_library_has_what_its_stand_in_has() -> None:
    names = [name for name in vars(StandIn) if name.lower().startswith("nvml")]
    assert [name for name in names if not hasattr(pynvml, name)] == []


def test_every_answer_is_in_its_unit() -> None:
    nvml = StandIn()
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
        mig=True,
    )
    assert (gpus[1].compute_capability, gpus[1].power_limit_w, gpus[1].mig) == ("8.9", None, None)
    assert absent["gpus.nvidia1.power_limit_w"] == absent["gpus.nvidia1.mig"] == Absence.NOT_REPORTED
    assert nvml.open == 0


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
            f"{card}.0/class": "0x030200\n",
            "sys/bus/pci/devices/0000:02:00.0/vendor": "0x8086\n",
        }
    )
    assert detect(source.root).absent["gpus.nvidia"] == Absence.NO_DRIVER


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
