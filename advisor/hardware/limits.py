"""What a process may use: affinity and control-group limits applied to what is fitted."""

import os

from advisor.hardware import cgroups, cpuinfo
from advisor.hardware.linux_cpu import nodes_of, online_cpus, physical_cores
from advisor.hardware.model import Absence, Cpu, Limits, Memory
from advisor.hardware.source import Source, parse_cpu_list


def detect_limits(source: Source, cpu: Cpu, memory: Memory) -> tuple[Limits, dict[str, str]]:
    """Return the allowed cores and memory of a Linux process."""
    info = cpuinfo.parse(source.read("/proc/cpuinfo") or "")
    online = online_cpus(source, info)
    cpus = allowed_cpus(source, online)
    absent: dict[str, str] = {}
    if not cpus:
        absent["limits.cpus"] = source.why_missing("/proc/self/status")
    fitted = len(cpus) or cpu.threads or (os.cpu_count() if source.live else None) or 1
    affinity = bool(cpus) and len(cpus) < len(online)
    cores, cores_source = float(fitted), "affinity" if affinity else "fitted"
    quota = cgroups.cpu_limit(source)
    if quota is not None and quota.value < cores:
        cores, cores_source = quota.value, quota.source
    bytes_allowed, memory_source = memory.total_bytes, "fitted"
    limit = cgroups.memory_limit(source)
    if limit is not None and (bytes_allowed is None or limit.value < bytes_allowed):
        bytes_allowed, memory_source = int(limit.value), limit.source
    physical = physical_cores(source, cpus, info)
    if physical is None:
        absent["limits.physical_cores"] = Absence.NOT_REPORTED
    if bytes_allowed is None:
        absent["limits.memory_bytes"] = Absence.NOT_REPORTED
    return (
        Limits(
            cores=cores,
            cpus=cpus,
            physical_cores=physical,
            memory_bytes=bytes_allowed,
            cores_source=cores_source,
            memory_source=memory_source,
            numa_nodes=nodes_of(source, cpus),
        ),
        absent,
    )


def allowed_cpus(source: Source, online: tuple[int, ...]) -> tuple[int, ...]:
    """Return the logical CPUs in this process's affinity mask; empty where that can't be told."""
    allowed: tuple[int, ...] = ()
    for line in (source.read("/proc/self/status") or "").splitlines():
        if line.startswith("Cpus_allowed_list:"):
            allowed = parse_cpu_list(line.partition(":")[2].strip())
    if not allowed and source.live and hasattr(os, "sched_getaffinity"):
        allowed = tuple(sorted(os.sched_getaffinity(0)))
    # The mask of an unbound process also names CPUs that could be plugged in.
    return tuple(cpu for cpu in allowed if cpu in set(online)) if online else allowed
