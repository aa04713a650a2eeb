"""A Mac, from the answers of ``sysctl``, ``system_profiler``, ``vm_stat``, ``pmset`` and ``diskutil``."""

import json
import os
import plistlib
import re
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from advisor.hardware import microarchitecture
from advisor.hardware.cpuinfo import FEATURES, known_features
from advisor.hardware.model import (
    Absence,
    Cache,
    Cpu,
    Gpu,
    Limits,
    Memory,
    OperatingSystem,
    Platform,
    Storage,
    StorageKind,
    System,
)
from advisor.hardware.source import CommandError, Source, to_int
from advisor.hardware.storage import disk_space

_ARM_FEATURES = {"FEAT_BF16": "bf16", "FEAT_I8MM": "i8mm"}


def read_sysctl(source: Source) -> dict[str, str]:
    """Return every kernel state by its name; empty where ``sysctl`` fails."""
    try:
        text = source.run(["/usr/sbin/sysctl", "-a"])
    except CommandError:
        return {}
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value.strip() for name, colon, value in pairs if colon}


def detect_cpu(source: Source) -> tuple[Cpu, dict[str, str]]:
    """Return the processors as fitted."""
    state = read_sysctl(source)
    # Under Rosetta a process sees an x86 machine; this state tells the truth.
    arm = state.get("hw.optional.arm64") == "1"
    model = state.get("machdep.cpu.brand_string")
    if arm:
        found = {
            ours for theirs, ours in _ARM_FEATURES.items() if state.get(f"hw.optional.arm.{theirs}") == "1"
        }
        features = tuple(name for name in FEATURES if name in found | {"neon"})
        match = re.match(r"Apple M(\d+)", model or "")
        name, vendor = f"m{match[1]}" if match else None, "Apple"
    else:
        keys = ("features", "leaf7_features", "extfeatures")
        flags = frozenset(" ".join(state.get(f"machdep.cpu.{key}", "") for key in keys).lower().split())
        flags |= {"avx"} if "avx1.0" in flags else frozenset()
        features = known_features("x86_64", flags)
        vendor = state.get("machdep.cpu.vendor") or ""
        # macOS names flags in its own way, which archspec knows for the running machine only.
        name = microarchitecture.host_name() if source.live else None
    cpu = Cpu(
        architecture="unknown" if not state else "aarch64" if arm else "x86_64",
        vendor=vendor or None,
        model=model,
        microarchitecture=name,
        sockets=to_int(state.get("hw.packages")),
        cores=to_int(state.get("hw.physicalcpu")),
        threads=to_int(state.get("hw.logicalcpu")),
        # hw.cpufrequency_max of Intel Macs is the rated clock: boost goes above it.
        caches=_caches(state),
        features=features,
    )
    optional = ("vendor", "model", "microarchitecture", "sockets", "cores", "threads", "max_frequency_hz")
    reason = str(Absence.NOT_REPORTED if state else Absence.COMMAND_FAILED)
    absent = {f"cpu.{field}": reason for field in (*optional, "numa_nodes") if getattr(cpu, field) is None}
    if not cpu.caches:
        absent["cpu.caches"] = reason
    if not state:
        absent["cpu.architecture"] = reason
    return cpu, absent


def _caches(state: dict[str, str]) -> tuple[Cache, ...]:
    caches = []
    levels = to_int(state.get("hw.nperflevels")) or 0
    # Without performance levels (Intel) all cores are alike.
    for prefix in [f"hw.perflevel{level}." for level in range(levels)] or ["hw."]:
        cores = to_int(state.get(f"{prefix}physicalcpu")) or 1
        sharing = to_int(state.get(f"{prefix}cpusperl2")) or 1
        for key, level, kind, instances in (
            ("l1dcachesize", 1, "data", cores),
            ("l1icachesize", 1, "instruction", cores),
            ("l2cachesize", 2, "unified", -(-cores // sharing)),
            ("l3cachesize", 3, "unified", to_int(state.get("hw.packages")) or 1),
        ):
            size = to_int(state.get(prefix + key))
            if size:
                caches.append(Cache(level=level, kind=kind, size_bytes=size, instances=instances))
    return tuple(sorted(caches, key=lambda cache: (cache.level, cache.kind, cache.size_bytes)))


def detect_memory(source: Source) -> tuple[Memory, dict[str, str]]:
    """Return main memory; Apple reports the type, on Apple silicon not the speed."""
    state = read_sysctl(source)
    modules = _profile(source, "SPMemoryDataType")
    nested = [item for module in modules for item in (module.get("_items") or [module])]
    kinds = {str(item["dimm_type"]) for item in nested if item.get("dimm_type")}
    speeds = [int(m[1]) for item in nested if (m := re.match(r"(\d+) MHz", str(item.get("dimm_speed", ""))))]
    swap = re.search(r"total = ([\d.]+)M", state.get("vm.swapusage", ""))
    memory = Memory(
        total_bytes=to_int(state.get("hw.memsize")),
        available_bytes=_available_bytes(source),
        swap_bytes=round(float(swap[1]) * (1 << 20)) if swap else None,
        kind=" + ".join(sorted(kind.upper().replace("LP_DDR", "LPDDR") for kind in kinds)) or None,
        speed_mts=min(speeds, default=None),
    )
    absent = {}
    for field in ("total_bytes", "available_bytes", "swap_bytes", "kind", "speed_mts"):
        if getattr(memory, field) is None:
            absent[f"memory.{field}"] = str(Absence.NOT_REPORTED if state else Absence.COMMAND_FAILED)
    return memory, absent


def _available_bytes(source: Source) -> int | None:
    try:
        text = source.run(["/usr/bin/vm_stat"])
    except CommandError:
        return None
    page = re.search(r"page size of (\d+) bytes", text)
    pages = {name: int(count) for name, count in re.findall(r"^(Pages \w+):\s+(\d+)\.$", text, re.MULTILINE)}
    # What can be had without swapping; vm_stat shows speculative pages apart from free ones.
    wanted = ("Pages free", "Pages inactive", "Pages speculative")
    if not page or "Pages free" not in pages:
        return None
    return int(page[1]) * sum(pages.get(name, 0) for name in wanted)


def detect_limits(cpu: Cpu, memory: Memory) -> tuple[Limits, dict[str, str]]:
    """Return what is allowed: macOS has neither affinity masks nor control groups."""
    limits = Limits(cores=float(cpu.threads or 1), physical_cores=cpu.cores, memory_bytes=memory.total_bytes)
    return limits, {"limits.cpus": str(Absence.UNSUPPORTED)}


def detect_os(source: Source) -> tuple[OperatingSystem, dict[str, str]]:
    """Return the system's name and version."""
    state = read_sysctl(source)
    version, kernel = state.get("kern.osproductversion"), state.get("kern.osrelease")
    reason = str(Absence.NOT_REPORTED if state else Absence.COMMAND_FAILED)
    absent = {
        f"os.{field}": reason for field, value in (("version", version), ("kernel", kernel)) if not value
    }
    absent["os.libc"] = str(Absence.UNSUPPORTED)
    return OperatingSystem(system=System.MACOS, name="macOS", version=version, kernel=kernel), absent


def detect_platform(source: Source) -> tuple[Platform, dict[str, str]]:
    """Return virtualisation and power source; macOS has no governor to speak of."""
    state = read_sysctl(source)
    battery: bool | None = None
    fields = ("governor", "scaling_driver", "boost", "smt", "huge_pages")
    absent = {f"platform.{field}": str(Absence.UNSUPPORTED) for field in fields}
    try:
        drawing = re.search(r"Now drawing from '([^']+)'", source.run(["/usr/bin/pmset", "-g", "batt"]))
    except CommandError:
        drawing = None
    if drawing:
        battery = drawing[1] == "Battery Power"
    else:
        absent["platform.on_battery"] = str(Absence.COMMAND_FAILED)
    virtual = "apple" if state.get("kern.hv_vmm_present") == "1" else None
    return Platform(virtualisation=virtual, on_battery=battery), absent


def detect_gpus(source: Source) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    """Return the graphics processors; those of Apple silicon share main memory."""
    gpus: list[Gpu] = []
    absent: dict[str, str] = {}
    for item in _profile(source, "SPDisplaysDataType"):
        name = str(item.get("sppci_model") or item.get("_name") or "GPU")
        apple = "apple" in str(item.get("spdisplays_vendor", "")).lower() or name.startswith("Apple")
        size = re.match(r"(\d+) (GB|MB)", str(item.get("spdisplays_vram", "")))
        vendor = "Apple" if apple else "AMD" if "AMD" in name or "Radeon" in name else "Intel"
        index = sum(gpu.vendor == vendor for gpu in gpus)
        memory = int(size[1]) << (30 if size[2] == "GB" else 20) if size else None
        gpus.append(
            Gpu(index=index, vendor=vendor, name=name, api="mps" if apple else None, memory_bytes=memory)
        )
        if not apple:
            absent[f"gpus.{vendor.lower()}{index}.api"] = str(Absence.UNSUPPORTED)
        if memory is None:
            absent[f"gpus.{vendor.lower()}{index}.memory_bytes"] = str(Absence.NOT_REPORTED)
    return tuple(gpus), absent


def _profile(source: Source, kind: str) -> list[dict[str, Any]]:
    try:
        answer = json.loads(source.run(["/usr/sbin/system_profiler", "-json", kind]))
    except (CommandError, ValueError):
        return []
    items = answer.get(kind) if isinstance(answer, dict) else None
    return [item for item in items or [] if isinstance(item, dict)]


def detect_storage(source: Source, folder: Path) -> tuple[Storage, dict[str, str]]:
    """Return what a folder is stored on."""
    info: dict[str, Any] = {}
    existing = folder
    if source.live:
        existing = next((p for p in (folder, *folder.absolute().parents) if p.exists()), Path("/"))
    try:
        line = source.run(["/bin/df", "-P", os.fspath(existing)]).splitlines()[-1]
        origin = line.split()[0]
        info = plistlib.loads(source.run(["/usr/sbin/diskutil", "info", "-plist", origin]).encode())
    except (CommandError, IndexError, ValueError, ExpatError, plistlib.InvalidFileException):
        info = info or {}
    solid, bus = info.get("SolidState"), info.get("BusProtocol")
    kind = StorageKind.UNKNOWN
    if bus in ("Disk Image", "Virtual Interface"):
        kind = StorageKind.VIRTUAL
    elif solid is not None:
        fast = bus in ("Apple Fabric", "PCI-Express", "PCI")
        kind = StorageKind.HDD if not solid else StorageKind.NVME if fast else StorageKind.SSD
    total, free = info.get("TotalSize"), info.get("APFSContainerFree") or info.get("FreeSpace")
    if source.live:
        total, free = disk_space(folder)
    storage = Storage(
        path=str(folder),
        kind=kind,
        filesystem=info.get("FilesystemType"),
        device=info.get("DeviceNode"),
        total_bytes=total,
        free_bytes=free,
    )
    absent = {
        f"storage.{field}": str(Absence.NOT_REPORTED if info else Absence.COMMAND_FAILED)
        for field in ("filesystem", "device", "total_bytes", "free_bytes")
        if getattr(storage, field) is None
    }
    if kind is StorageKind.UNKNOWN:
        absent["storage.kind"] = str(Absence.NOT_REPORTED if info else Absence.COMMAND_FAILED)
    return storage, absent
