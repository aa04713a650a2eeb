"""AMD and Intel accelerators of a Linux machine, from ``/sys/class/drm``."""

import re

from advisor.hardware.model import Absence, Gpu
from advisor.hardware.source import Source

_DRM = "/sys/class/drm"
_PCI = "/sys/bus/pci/devices"
_AMD, _INTEL, _NVIDIA = "0x1002", "0x8086", "0x10de"

_XPU_DEVICES = ("0x56", "0x4f8", "0x7d", "0x64", "0xe2", "0x0b", "0xb0")
"""PCI device numbers, first digits, of the Intel families that PyTorch's XPU device serves on the
i915 driver: Arc A, Core Ultra, Arc B, Data Center Max (PyTorch docs, "Getting Started on Intel GPU",
2025; the Linux kernel's i915_pciids.h)."""


def detect_gpus(source: Source) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    """Return AMD and Intel accelerators; indices count within one vendor's API."""
    found: list[Gpu] = []
    absent: dict[str, str] = {}
    for card in source.names(_DRM):
        if not re.fullmatch(r"card[0-9]+", card):
            continue
        folder = f"{_DRM}/{card}/device"
        vendor = source.read(f"{folder}/vendor")
        if vendor not in (_AMD, _INTEL):
            continue
        index = sum(gpu.vendor == ("AMD" if vendor == _AMD else "Intel") for gpu in found)
        gpu = _amd(source, folder, index) if vendor == _AMD else _intel(source, card, index)
        found.append(gpu)
        prefix = f"gpus.{gpu.vendor.lower()}{index}"
        if gpu.api is None:
            absent[f"{prefix}.api"] = str(Absence.NO_DRIVER if vendor == _AMD else Absence.UNSUPPORTED)
        for field in ("memory_bytes", "driver"):
            if getattr(gpu, field) is None:
                absent[f"{prefix}.{field}"] = str(Absence.NOT_REPORTED)
    if not source.exists("/proc/driver/nvidia") and _has_nvidia(source):
        absent["gpus.nvidia"] = str(Absence.NO_DRIVER)
    return tuple(found), absent


def _has_nvidia(source: Source) -> bool:
    return any(
        source.read(f"{_PCI}/{address}/vendor") == _NVIDIA
        # 0x03: display controllers, 3D controllers among them
        and (source.read(f"{_PCI}/{address}/class") or "").startswith("0x03")
        for address in source.names(_PCI)
    )


def _driver(source: Source, folder: str) -> str | None:
    match = re.search(r"^DRIVER=(\S+)$", source.read(f"{folder}/uevent") or "", re.MULTILINE)
    return match[1] if match else None


def _amd(source: Source, folder: str, index: int) -> Gpu:
    driver = _driver(source, folder)
    device = source.read(f"{folder}/device") or "0x"
    nodes = "/sys/class/kfd/kfd/topology/nodes"
    # A node without SIMD units is a CPU.
    compute = any(
        re.search(r"^simd_count [1-9]", source.read(f"{nodes}/{node}/properties") or "", re.MULTILINE)
        for node in source.names(nodes)
    )
    version = source.read("/sys/module/amdgpu/version")
    return Gpu(
        index=index,
        vendor="AMD",
        name=source.read(f"{folder}/product_name") or _amd_name(source, folder) or f"AMD GPU {device}",
        api="rocm" if driver == "amdgpu" and compute else None,
        memory_bytes=source.read_int(f"{folder}/mem_info_vram_total"),
        driver=f"{driver} {version}" if driver and version else driver,
    )


def _amd_name(source: Source, folder: str) -> str | None:
    device = (source.read(f"{folder}/device") or "").removeprefix("0x").upper()
    revision = (source.read(f"{folder}/revision") or "").removeprefix("0x").upper()
    for line in (source.read("/usr/share/libdrm/amdgpu.ids") or "").splitlines():
        fields = [field.strip() for field in line.split(",", 2)]
        if len(fields) == 3 and fields[:2] == [device, revision]:
            return fields[2]
    return None


def _intel(source: Source, card: str, index: int) -> Gpu:
    folder = f"{_DRM}/{card}/device"
    driver = _driver(source, folder)
    device = source.read(f"{folder}/device") or "0x"
    served = driver == "xe" or (driver == "i915" and device.startswith(_XPU_DEVICES))
    memory = source.read_int(f"{_DRM}/{card}/lmem_total_bytes")
    return Gpu(
        index=index,
        vendor="Intel",
        name=f"Intel GPU {device}",
        api="xpu" if served else None,
        memory_bytes=memory,
        driver=driver,
    )
