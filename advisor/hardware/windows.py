"""A Windows machine, from CIM classes and the registry, asked for through PowerShell in one go."""

import json
import re
from pathlib import Path, PureWindowsPath
from typing import Any

import psutil
from msgspec.structs import replace

from advisor.hardware import microarchitecture
from advisor.hardware.cpuinfo import known_features
from advisor.hardware.linux_memory import KINDS
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
from advisor.hardware.platforms import hypervisor_named
from advisor.hardware.source import CommandError, Source, to_int

_DISPLAY_CLASS = r"HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}\0*"

_MACHINE_SCRIPT = f"""# machine
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
@{{
 processors = @(Get-CimInstance Win32_Processor | Select-Object Name, Manufacturer, Architecture,
  NumberOfCores, NumberOfLogicalProcessors, L3CacheSize)
 modules = @(Get-CimInstance Win32_PhysicalMemory | Select-Object SMBIOSMemoryType, Speed,
  ConfiguredClockSpeed)
 system = Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version,
  TotalVisibleMemorySize, FreePhysicalMemory
 page_files = @(Get-CimInstance Win32_PageFileUsage | Select-Object AllocatedBaseSize)
 computer = Get-CimInstance Win32_ComputerSystem | Select-Object Manufacturer, Model
 displays = @(Get-CimInstance Win32_VideoController | Select-Object Name, DriverVersion)
 display_memory = @(Get-ItemProperty '{_DISPLAY_CLASS}' | Select-Object DriverDesc,
  @{{n='Bytes'; e={{$_.'HardwareInformation.qwMemorySize'}}}})
 batteries = @(Get-CimInstance Win32_Battery | Select-Object BatteryStatus)
 scheme = (powercfg /getactivescheme) -join ' '
}} | ConvertTo-Json -Depth 4 -Compress
"""

_STORAGE_SCRIPT = """# storage
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$volume = Get-Volume -DriveLetter {letter}
$disk = Get-Partition -DriveLetter {letter} | Get-Disk
$physical = $disk | Get-PhysicalDisk
@{
 filesystem = [string]$volume.FileSystem
 total = $volume.Size
 free = $volume.SizeRemaining
 name = [string]$disk.FriendlyName
 bus = [string]$disk.BusType
 media = [string]$physical.MediaType
 network = [bool](Get-PSDrive {letter}).DisplayRoot
} | ConvertTo-Json -Compress
"""

_SCHEMES = {
    "381b4222-f694-41f0-9685-ff5bb260df2e": "balanced",
    "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c": "high performance",
    "a1841308-3541-4fab-bc81-f71556f20b4a": "power saver",
    "e9a42b02-d5df-448d-aa00-03f14749eb61": "ultimate performance",
}
"""Power schemes by their fixed identifiers (their names are translated)."""

_ARCHITECTURES = {0: "i686", 5: "armv7l", 9: "x86_64", 12: "aarch64"}


def detect_machine(
    source: Source,
) -> tuple[tuple[Cpu, Memory, Limits, OperatingSystem, Platform, tuple[Gpu, ...]], dict[str, str]]:
    """Return everything but storage, from one run of PowerShell (its start takes a second)."""
    facts = _ask(source, _MACHINE_SCRIPT)
    absent: dict[str, str] = {}
    cpu = _cpu(source, facts)
    memory = _memory(facts)
    limits = _limits(source, cpu, memory)
    system = _object(facts, "system")
    os = OperatingSystem(
        system=System.WINDOWS,
        name=_text(system.get("Caption")) or "Windows",
        version=_text(system.get("Version")),
    )
    computer = _object(facts, "computer")
    names = f"{computer.get('Manufacturer')} {computer.get('Model')}".lower()
    match = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(facts.get("scheme", "")).lower())
    batteries = _list(facts, "batteries")
    platform = Platform(
        # HypervisorPresent is of no use: it is also true on a host whose kernel isolates itself.
        virtualisation=hypervisor_named(names),
        on_battery=any(b.get("BatteryStatus") == 1 for b in batteries) if facts else None,
        governor=_SCHEMES.get(match[0], match[0]) if match else None,
    )
    reason = str(Absence.NOT_REPORTED if facts else Absence.COMMAND_FAILED)
    for prefix, part, fields in (
        ("cpu", cpu, ("vendor", "model", "sockets", "cores", "threads", "max_frequency_hz")),
        ("cpu", cpu, ("numa_nodes", "microarchitecture")),
        ("memory", memory, ("total_bytes", "available_bytes", "swap_bytes", "kind", "speed_mts")),
        ("limits", limits, ("physical_cores", "memory_bytes")),
        ("os", os, ("version",)),
        ("platform", platform, ("on_battery", "governor")),
    ):
        absent |= {f"{prefix}.{field}": reason for field in fields if getattr(part, field) is None}
    unknown = ("scaling_driver", "boost", "smt", "huge_pages")
    absent |= {f"platform.{field}": str(Absence.UNSUPPORTED) for field in unknown}
    if not limits.cpus:
        absent["limits.cpus"] = str(Absence.UNSUPPORTED if source.live else Absence.RECORDED)
    if not cpu.features:
        absent["cpu.features"] = str(Absence.UNSUPPORTED if source.live else Absence.RECORDED)
    if not cpu.caches:
        absent["cpu.caches"] = reason
    if cpu.architecture == "unknown":
        absent["cpu.architecture"] = reason
    absent |= {"os.kernel": str(Absence.UNSUPPORTED), "os.libc": str(Absence.UNSUPPORTED)}
    gpus, missing = _gpus(facts)
    return (cpu, memory, limits, os, platform, gpus), absent | missing


def _cpu(source: Source, facts: dict[str, Any]) -> Cpu:
    processors = _list(facts, "processors")
    first = processors[0] if processors else {}
    architecture = _ARCHITECTURES.get(first.get("Architecture", -1))
    flags = microarchitecture.host_flags() if source.live else frozenset()
    features = known_features(architecture, flags)
    if architecture == "aarch64":
        features = ("neon",)  # required by Windows on Arm; what is beyond it isn't told
    level3 = _number(first.get("L3CacheSize"))
    return Cpu(
        architecture=architecture or "unknown",
        vendor=_text(first.get("Manufacturer")),
        model=_text(first.get("Name")),
        microarchitecture=microarchitecture.host_name() if source.live else None,
        sockets=len(processors) or None,
        cores=_sum(processors, "NumberOfCores"),
        threads=_sum(processors, "NumberOfLogicalProcessors"),
        # MaxClockSpeed is the rated clock: boost goes above it, so it is no maximum.
        # CIM gives other levels as a sum over cores that may differ.
        caches=(Cache(level=3, kind="unified", size_bytes=level3 << 10, instances=len(processors)),)
        if level3
        else (),
        features=features,
    )


def _memory(facts: dict[str, Any]) -> Memory:
    system, modules = _object(facts, "system"), _list(facts, "modules")
    kinds = {KINDS[code] for m in modules if (code := _number(m.get("SMBIOSMemoryType"))) in KINDS and code}
    speeds = [s for m in modules if (s := _number(m.get("ConfiguredClockSpeed")) or _number(m.get("Speed")))]
    total, free = _number(system.get("TotalVisibleMemorySize")), _number(system.get("FreePhysicalMemory"))
    pages = _list(facts, "page_files")
    return Memory(
        total_bytes=total << 10 if total else None,
        available_bytes=free << 10 if free is not None else None,
        swap_bytes=sum(_number(p.get("AllocatedBaseSize")) or 0 for p in pages) << 20 if facts else None,
        kind=" + ".join(sorted(kinds)) or None,
        speed_mts=min(speeds, default=None),
    )


def _limits(source: Source, cpu: Cpu, memory: Memory) -> Limits:
    limits = Limits(cores=float(cpu.threads or 1), physical_cores=cpu.cores, memory_bytes=memory.total_bytes)
    process = psutil.Process() if source.live else None
    if process is None or not hasattr(process, "cpu_affinity"):
        return limits
    cpus = tuple(process.cpu_affinity())
    bound = cpu.threads is not None and len(cpus) < cpu.threads <= 64  # masks hold one group of 64
    if not bound:
        return replace(limits, cpus=cpus)
    return replace(limits, cpus=cpus, cores=float(len(cpus)), cores_source="affinity", physical_cores=None)


def _gpus(facts: dict[str, Any]) -> tuple[tuple[Gpu, ...], dict[str, str]]:
    gpus: list[Gpu] = []
    absent: dict[str, str] = {}
    # Win32_VideoController.AdapterRAM is a 32-bit number and stops at 4 GiB; the registry's isn't.
    sizes = {
        str(entry["DriverDesc"]): entry["Bytes"]
        for entry in _list(facts, "display_memory")
        if entry.get("DriverDesc") and isinstance(entry.get("Bytes"), int)
    }
    for display in _list(facts, "displays"):
        name = _text(display.get("Name")) or ""
        vendor = next((v for v in ("NVIDIA", "AMD", "Intel", "Qualcomm") if v.lower() in name.lower()), None)
        if vendor is None:
            continue
        index = sum(gpu.vendor == vendor for gpu in gpus)
        api = "cuda" if vendor == "NVIDIA" else "xpu" if vendor == "Intel" and "Arc" in name else None
        gpu = Gpu(
            index=index,
            vendor=vendor,
            name=name,
            api=api,
            memory_bytes=sizes.get(name),
            driver=_text(display.get("DriverVersion")),
        )
        gpus.append(gpu)
        for field, reason in (("api", Absence.UNSUPPORTED), ("memory_bytes", Absence.NOT_REPORTED)):
            if getattr(gpu, field) is None:
                absent[f"gpus.{vendor.lower()}{index}.{field}"] = str(reason)
    return tuple(gpus), absent


def detect_storage(source: Source, folder: Path) -> tuple[Storage, dict[str, str]]:
    """Return what a folder is stored on."""
    drive = PureWindowsPath(folder.absolute() if source.live else folder).drive
    remote = StorageKind.NETWORK if drive.startswith("\\\\") else StorageKind.UNKNOWN
    letter = re.fullmatch(r"([A-Za-z]):", drive)
    facts = _ask(source, _STORAGE_SCRIPT.replace("{letter}", letter[1])) if letter else {}
    bus, media = facts.get("bus"), facts.get("media")
    kind = remote
    if facts.get("network"):
        kind = StorageKind.NETWORK
    elif bus in ("Virtual", "File Backed Virtual") or "virtual" in str(facts.get("name", "")).lower():
        kind = StorageKind.VIRTUAL
    elif bus == "NVMe":
        kind = StorageKind.NVME
    elif media in ("SSD", "HDD"):
        kind = StorageKind.SSD if media == "SSD" else StorageKind.HDD
    storage = Storage(
        path=str(folder),
        kind=kind,
        filesystem=_text(facts.get("filesystem")),
        device=drive or None,
        total_bytes=_number(facts.get("total")),
        free_bytes=_number(facts.get("free")),
    )
    reason = str(Absence.NOT_REPORTED if facts else Absence.COMMAND_FAILED)
    fields = ("filesystem", "device", "total_bytes", "free_bytes")
    absent = {f"storage.{field}": reason for field in fields if getattr(storage, field) is None}
    if kind is StorageKind.UNKNOWN:
        absent["storage.kind"] = reason
    return storage, absent


def _ask(source: Source, script: str) -> dict[str, Any]:
    command = ["powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script]
    try:
        answer = json.loads(source.run(command).lstrip("\ufeff"))
    except (CommandError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _list(facts: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = facts.get(key)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _object(facts: dict[str, Any], key: str) -> dict[str, Any]:
    return next(iter(_list(facts, key)), {})


def _number(value: object) -> int | None:
    return value if type(value) is int else to_int(value) if isinstance(value, str) else None


def _text(value: object) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _sum(items: list[dict[str, Any]], key: str) -> int | None:
    return sum(_number(item.get(key)) or 0 for item in items) or None
