"""NVIDIA accelerators through NVML, or what the driver writes under ``/proc`` where that fails."""

import re
from types import ModuleType
from typing import Any

import pynvml
from msgspec.structs import replace

from advisor.hardware import pci
from advisor.hardware.model import Absence, Gpu
from advisor.hardware.source import Source

_PROC = "/proc/driver/nvidia"
_PCIE_GTS = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0, 6: 64.0}  # giga-transfers per second, by generation
_MOST_LINKS = 18  # NVML_NVLINK_MAX_LINKS of nvml.h (CUDA 13)


def detect_nvidia(source: Source, nvml: ModuleType | Any = pynvml) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    """Return NVIDIA accelerators; recorded machines are read from ``/proc/driver/nvidia`` alone.

    Indices are NVML's, which orders by PCI bus. A card that is partitioned (MIG) is not reached as a
    whole: its partitions stand in its place, counted after all cards.
    """
    if source.live:
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return _from_files(source)
        try:
            count = nvml.nvmlDeviceGetCount()
            return _Nvml(source, nvml).detect(count)
        except nvml.NVMLError:
            return _from_files(source)
        finally:
            nvml.nvmlShutdown()
    return _from_files(source)


class _Nvml:
    """Asks NVML, and notes which questions a card refuses."""

    def __init__(self, source: Source, nvml: Any) -> None:
        self._source, self._nvml = source, nvml
        self._absent: dict[str, str] = {}
        self._driver = _text(self._ask("gpus.nvidia.driver", "nvmlSystemGetDriverVersion"))
        cuda = self._ask("gpus.nvidia.runtime", "nvmlSystemGetCudaDriverVersion_v2")
        self._runtime = f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None

    def _ask(self, field: str, function: str, *arguments: object) -> Any:
        try:
            return getattr(self._nvml, function)(*arguments)
        except self._nvml.NVMLError:
            self._absent[field] = str(Absence.NOT_REPORTED)
            return None

    def detect(self, count: int) -> tuple[tuple[Gpu, ...], dict[str, str]]:
        gpus: list[Gpu] = []
        partitioned: list[tuple[Gpu, Any]] = []
        for index in range(count):
            handle = self._ask(f"gpus.nvidia{index}", "nvmlDeviceGetHandleByIndex", index)
            if handle is None:
                continue
            card = self._card(index, handle)
            if card.mig:
                partitioned.append((card, handle))
            else:
                gpus.append(card)
        for card, handle in partitioned:
            partitions = self._partitions(card, handle, count)
            count += len(partitions)
            if not partitions:
                # Switched to partitions, and none is made: nothing can compute on it.
                self._absent[f"gpus.nvidia{card.index}.api"] = str(Absence.PARTITIONED)
                partitions = [replace(card, api=None)]
            gpus += partitions
        return tuple(gpus), self._absent

    def _card(self, index: int, handle: Any) -> Gpu:
        prefix = f"gpus.nvidia{index}"
        memory = self._ask(f"{prefix}.memory_bytes", "nvmlDeviceGetMemoryInfo", handle)
        capability = self._ask(f"{prefix}.compute_capability", "nvmlDeviceGetCudaComputeCapability", handle)
        limit_mw = self._ask(f"{prefix}.power_limit_w", "nvmlDeviceGetEnforcedPowerLimit", handle)
        mig = self._ask(f"{prefix}.mig", "nvmlDeviceGetMigMode", handle)
        place = self._ask(f"{prefix}.pci_address", "nvmlDeviceGetPciInfo", handle)
        address = _address(_text(place.busId)) if place else None
        generation = self._ask(f"{prefix}.pcie_speed_gts", "nvmlDeviceGetMaxPcieLinkGeneration", handle)
        return Gpu(
            index=index,
            vendor="NVIDIA",
            name=_text(self._ask(f"{prefix}.name", "nvmlDeviceGetName", handle)) or "NVIDIA GPU",
            api="cuda",
            memory_bytes=int(memory.total) if memory else None,
            driver=self._driver,
            runtime=self._runtime,
            compute_capability=f"{capability[0]}.{capability[1]}" if capability else None,
            power_limit_w=limit_mw / 1000 if limit_mw else None,
            mig=bool(mig[0]) if mig else None,
            uuid=_text(self._ask(f"{prefix}.uuid", "nvmlDeviceGetUUID", handle)),
            pci_address=address,
            numa_node=pci.numa_node(self._source, address),
            pcie_width=self._ask(f"{prefix}.pcie_width", "nvmlDeviceGetMaxPcieLinkWidth", handle),
            pcie_speed_gts=_PCIE_GTS.get(generation),
            links=self._links(handle),
        )

    def _links(self, handle: Any) -> int | None:
        active = None
        for number in range(_MOST_LINKS):
            try:
                active = (active or 0) + bool(self._nvml.nvmlDeviceGetNvLinkState(handle, number))
            except self._nvml.NVMLError:
                break  # a card refuses numbers beyond its own links
        return active

    def _partitions(self, card: Gpu, handle: Any, first: int) -> list[Gpu]:
        found: list[Gpu] = []
        most = self._ask(f"gpus.nvidia{card.index}.mig", "nvmlDeviceGetMaxMigDeviceCount", handle) or 0
        for number in range(most):
            try:
                partition = self._nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, number)
            except self._nvml.NVMLError:
                continue  # not made
            index = first + len(found)
            prefix = f"gpus.nvidia{index}"
            memory = self._ask(f"{prefix}.memory_bytes", "nvmlDeviceGetMemoryInfo", partition)
            found.append(
                replace(
                    card,
                    index=index,
                    name=_text(self._ask(f"{prefix}.name", "nvmlDeviceGetName", partition)) or card.name,
                    uuid=_text(self._ask(f"{prefix}.uuid", "nvmlDeviceGetUUID", partition)),
                    memory_bytes=int(memory.total) if memory else None,
                )
            )
        return found


def _text(value: str | bytes | None) -> str | None:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def _address(text: str | None) -> str | None:
    """Return a PCI address as Linux writes it: NVML's has a domain of eight digits, in capitals."""
    match = re.fullmatch(r"0*([0-9A-Fa-f]{4,8})(:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])", text or "")
    return f"{match[1]}{match[2]}".lower() if match else None


def _from_files(source: Source) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    gpus = _from_proc(source) or _tegra(source)
    reason = str(Absence.NO_DRIVER if source.live else Absence.RECORDED)
    fields = ("memory_bytes", "runtime", "compute_capability", "power_limit_w", "mig", "uuid")
    absent = {
        f"gpus.nvidia{gpu.index}.{field}": reason
        for gpu in gpus
        for field in fields
        if getattr(gpu, field) is None
    }
    if any(gpu.pci_address is None for gpu in gpus):
        absent["gpus.nvidia0.memory_bytes"] = str(Absence.SHARED)
    return gpus, absent


def _from_proc(source: Source) -> tuple[Gpu, ...]:
    match = re.search(r"Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)", source.read(f"{_PROC}/version") or "")
    gpus: list[Gpu] = []
    for address in source.names(f"{_PROC}/gpus"):
        text = source.read(f"{_PROC}/gpus/{address}/information") or ""
        model = re.search(r"^Model:\s*(.+?)\s*$", text, re.MULTILINE)
        uuid = re.search(r"^GPU UUID:\s*(GPU-[0-9a-f-]+)\s*$", text, re.MULTILINE)
        width, speed = pci.link(source, address)
        gpus.append(
            Gpu(
                index=len(gpus),
                vendor="NVIDIA",
                name=model[1] if model else "NVIDIA GPU",
                api="cuda",
                driver=match[1] if match else None,
                uuid=uuid[1] if uuid else None,
                pci_address=_address(address),
                numa_node=pci.numa_node(source, address),
                pcie_width=width,
                pcie_speed_gts=speed,
            )
        )
    return tuple(gpus)


_TEGRA = {
    "nvidia,tegra210": "5.3",
    "nvidia,tegra186": "6.2",
    "nvidia,tegra194": "7.2",
    "nvidia,tegra234": "8.7",
    "nvidia,tegra264": "11.0",
}
"""Compute capability of the GPU in NVIDIA's systems on a chip (developer.nvidia.com/cuda-gpus, 2026)."""


def _tegra(source: Source) -> tuple[Gpu, ...]:
    """Return the GPU of a Jetson, which is on no bus, shares main memory, and which NVML may not tell of."""
    compatible = (source.read("/proc/device-tree/compatible") or "").split("\0")
    chip = next((name for name in compatible if name in _TEGRA), None)
    if chip is None:
        return ()
    release = re.search(r"^# (R\d+).*?REVISION: ([\d.]+)", source.read("/etc/nv_tegra_release") or "")
    served = any(source.exists(f"/sys/module/{name}") for name in ("nvgpu", "nvidia"))
    return (
        Gpu(
            index=0,
            vendor="NVIDIA",
            name=source.read("/proc/device-tree/model") or "NVIDIA Jetson",
            api="cuda" if served else None,
            driver=f"L4T {release[1]}.{release[2]}" if release else "nvgpu" if served else None,
            compute_capability=_TEGRA[chip],
        ),
    )


def throttle_reasons(nvml: ModuleType | Any = pynvml) -> tuple[str, ...] | None:
    """Return why any NVIDIA accelerator of the live machine is slowed down right now; None without NVML."""
    bits = {
        0x04: "power-cap",
        0x08: "hardware-slowdown",
        0x20: "thermal",
        0x40: "thermal",
        0x80: "power-brake",
    }
    # nvmlClocksEventReasons of nvml.h (CUDA 13): software power cap, hardware slowdown, software
    # and hardware thermal slowdown, external power brake.
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    try:
        found: set[str] = set()
        for index in range(nvml.nvmlDeviceGetCount()):
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            mask = nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)
            found.update(name for bit, name in bits.items() if mask & bit)
        return tuple(sorted(found))
    except nvml.NVMLError:
        return None
    finally:
        nvml.nvmlShutdown()
