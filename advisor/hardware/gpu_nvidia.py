"""NVIDIA accelerators through NVML, or what the driver writes under ``/proc`` where that fails."""

import re
from types import ModuleType
from typing import Any

import pynvml

from advisor.hardware.model import Absence, Gpu
from advisor.hardware.source import Source

_PROC = "/proc/driver/nvidia"


def detect_nvidia(source: Source, nvml: ModuleType | Any = pynvml) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    """Return NVIDIA accelerators; recorded machines are read from ``/proc/driver/nvidia`` alone.

    Indices are NVML's, which orders by PCI bus; CUDA does the same only with
    ``CUDA_DEVICE_ORDER=PCI_BUS_ID``.
    """
    if source.live:
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return _from_proc(source)
        try:
            return _from_nvml(nvml)
        finally:
            nvml.nvmlShutdown()
    return _from_proc(source)


def _from_nvml(nvml: Any) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    absent: dict[str, str] = {}

    def ask(field: str, function: str, *arguments: object) -> Any:
        try:
            return getattr(nvml, function)(*arguments)
        except nvml.NVMLError:
            absent[field] = str(Absence.NOT_REPORTED)
            return None

    driver = ask("gpus.nvidia.driver", "nvmlSystemGetDriverVersion")
    cuda = ask("gpus.nvidia.runtime", "nvmlSystemGetCudaDriverVersion_v2")
    gpus = []
    for index in range(nvml.nvmlDeviceGetCount()):
        prefix = f"gpus.nvidia{index}"
        handle = ask(prefix, "nvmlDeviceGetHandleByIndex", index)
        if handle is None:
            continue
        memory = ask(f"{prefix}.memory_bytes", "nvmlDeviceGetMemoryInfo", handle)
        capability = ask(f"{prefix}.compute_capability", "nvmlDeviceGetCudaComputeCapability", handle)
        limit_mw = ask(f"{prefix}.power_limit_w", "nvmlDeviceGetEnforcedPowerLimit", handle)
        mig = ask(f"{prefix}.mig", "nvmlDeviceGetMigMode", handle)
        gpus.append(
            Gpu(
                index=index,
                vendor="NVIDIA",
                name=_text(ask(f"{prefix}.name", "nvmlDeviceGetName", handle)) or "NVIDIA GPU",
                api="cuda",
                memory_bytes=int(memory.total) if memory else None,
                driver=_text(driver),
                runtime=f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None,
                compute_capability=f"{capability[0]}.{capability[1]}" if capability else None,
                power_limit_w=limit_mw / 1000 if limit_mw else None,
                mig=bool(mig[0]) if mig else None,
            )
        )
    return tuple(gpus), absent


def _text(value: str | bytes | None) -> str | None:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def _from_proc(source: Source) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    match = re.search(r"Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)", source.read(f"{_PROC}/version") or "")
    gpus: list[Gpu] = []
    for address in source.names(f"{_PROC}/gpus"):
        text = source.read(f"{_PROC}/gpus/{address}/information") or ""
        model = re.search(r"^Model:\s*(.+?)\s*$", text, re.MULTILINE)
        name = model[1] if model else "NVIDIA GPU"
        driver = match[1] if match else None
        gpus.append(Gpu(index=len(gpus), vendor="NVIDIA", name=name, api="cuda", driver=driver))
    reason = str(Absence.NO_DRIVER if source.live else Absence.RECORDED)
    fields = ("memory_bytes", "runtime", "compute_capability", "power_limit_w", "mig")
    absent = {f"gpus.nvidia{gpu.index}.{field}": reason for gpu in gpus for field in fields}
    return tuple(gpus), absent


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
