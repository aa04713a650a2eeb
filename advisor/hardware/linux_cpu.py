"""The processors of a Linux machine, from ``/proc/cpuinfo`` and ``/sys/devices/system``."""

import platform
import re
from collections import defaultdict

from advisor.hardware import cpuinfo, microarchitecture
from advisor.hardware.model import Absence, Cache, Cpu
from advisor.hardware.source import Source, parse_cpu_list, parse_cpu_mask, parse_size

CPUS = "/sys/devices/system/cpu"
NODES = "/sys/devices/system/node"


def detect_cpu(source: Source) -> tuple[Cpu, dict[str, str]]:
    """Return the processors as fitted and online, and what couldn't be told of them."""
    text = source.read("/proc/cpuinfo")
    info = cpuinfo.parse(text or "")
    architecture = detect_architecture(source, info)
    name = info.microarchitecture
    if architecture == "x86_64":
        name = microarchitecture.identify(info.vendor, info.flags, info.virtual, info.signature)
    cpus = online_cpus(source, info)
    cores = physical_cores(source, cpus, info)
    cpu = Cpu(
        architecture=architecture or "unknown",
        vendor=info.vendor,
        model=info.model,
        microarchitecture=name,
        sockets=_sockets(source, cpus) or info.sockets,
        cores=cores,
        threads=len(cpus) or None,
        max_frequency_hz=_max_frequency_hz(source, cpus),
        caches=_caches(source, cpus),
        numa_nodes=_numa_nodes(source),
        features=cpuinfo.known_features(architecture, info.flags),
    )
    reason = Absence.NOT_REPORTED if text is not None else source.why_missing("/proc/cpuinfo")
    optional = ("vendor", "model", "microarchitecture", "sockets", "cores", "threads", "max_frequency_hz")
    absent = {f"cpu.{field}": str(reason) for field in optional if getattr(cpu, field) is None}
    for field in ("caches", "numa_nodes"):
        if not getattr(cpu, field):
            absent[f"cpu.{field}"] = source.why_missing(f"{CPUS}/cpu0/cache")
    if architecture is None:
        absent["cpu.architecture"] = reason
    return cpu, absent


def detect_architecture(source: Source, info: cpuinfo.CpuInfo) -> str | None:
    """Return the kernel's name of the architecture (``uname -m``), or None."""
    if source.live:
        return platform.machine() or info.architecture
    # This file exists since Linux 6.1; the format of cpuinfo tells the rest apart.
    return source.read("/proc/sys/kernel/arch") or info.architecture


def online_cpus(source: Source, info: cpuinfo.CpuInfo) -> tuple[int, ...]:
    """Return the logical CPUs that are online."""
    return parse_cpu_list(source.read(f"{CPUS}/online")) or info.processors or _numbered(source)


def _numbered(source: Source) -> tuple[int, ...]:
    # What neither lists: kernels before 2.6.26 have no "online", and not every cpuinfo numbers its CPUs.
    names = (re.fullmatch(r"cpu([0-9]{1,5})", name) for name in source.names(CPUS))
    return tuple(sorted(int(match[1]) for match in names if match))


def physical_cores(source: Source, cpus: tuple[int, ...], info: cpuinfo.CpuInfo) -> int | None:
    """Return how many distinct cores stand behind logical CPUs, or None if that can't be told."""
    if not cpus:
        return None
    siblings = set()
    for cpu in cpus:
        topology = f"{CPUS}/cpu{cpu}/topology"
        threads = parse_cpu_list(
            source.read(f"{topology}/thread_siblings_list") or source.read(f"{topology}/core_cpus_list")
        ) or parse_cpu_mask(source.read(f"{topology}/thread_siblings"))
        if not threads:
            break
        siblings.add(threads)
    else:
        return len(siblings)
    cores = {cpu: (package, core) for cpu, package, core in info.cores}
    return len({cores[cpu] for cpu in cpus}) if all(cpu in cores for cpu in cpus) else None


def _sockets(source: Source, cpus: tuple[int, ...]) -> int | None:
    packages = {source.read_int(f"{CPUS}/cpu{cpu}/topology/physical_package_id") for cpu in cpus}
    # Kernels say -1 where firmware doesn't tell.
    return len({package for package in packages if package is not None and package >= 0}) or None


def _max_frequency_hz(source: Source, cpus: tuple[int, ...]) -> float | None:
    kilohertz = (source.read_int(f"{CPUS}/cpu{cpu}/cpufreq/cpuinfo_max_freq") for cpu in cpus)
    return max((1000.0 * value for value in kilohertz if value and value > 0), default=None)


def _caches(source: Source, cpus: tuple[int, ...]) -> tuple[Cache, ...]:
    # Cores of a hybrid CPU have caches of different sizes: each size is an entry of its own.
    instances: dict[tuple[int, str, int], set[tuple[int, ...]]] = defaultdict(set)
    for cpu in cpus:
        folder = f"{CPUS}/cpu{cpu}/cache"
        for index in source.names(folder):
            if not re.fullmatch(r"index[0-9]+", index):
                continue
            level = source.read_int(f"{folder}/{index}/level")
            kind = (source.read(f"{folder}/{index}/type") or "").lower()
            size = parse_size(source.read(f"{folder}/{index}/size"))
            # Older kernels, POWER's among them, have the mask only.
            shared = parse_cpu_list(source.read(f"{folder}/{index}/shared_cpu_list")) or parse_cpu_mask(
                source.read(f"{folder}/{index}/shared_cpu_map")
            )
            if level and size and kind in ("data", "instruction", "unified"):
                instances[level, kind, size].add(shared or (cpu,))
    return tuple(
        Cache(level=level, kind=kind, size_bytes=size, instances=len(shared))
        for (level, kind, size), shared in sorted(instances.items())
    )


def _numa_nodes(source: Source) -> int | None:
    # Accelerators' memory (POWER9 with NVLink, Grace) and persistent memory are nodes without a CPU.
    nodes = parse_cpu_list(source.read(f"{NODES}/has_cpu")) or parse_cpu_list(source.read(f"{NODES}/online"))
    return len(nodes) or None


def nodes_of(source: Source, cpus: tuple[int, ...]) -> tuple[int, ...]:
    """Return the memory nodes that some CPUs belong to."""
    names = (re.fullmatch(r"node([0-9]{1,5})", name) for name in source.names(NODES))
    nodes = sorted(int(match[1]) for match in names if match)
    wanted = set(cpus)
    return tuple(
        node
        for node in nodes
        if wanted.intersection(
            parse_cpu_list(source.read(f"{NODES}/node{node}/cpulist"))
            or parse_cpu_mask(source.read(f"{NODES}/node{node}/cpumap"))
        )
    )
