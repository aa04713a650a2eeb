"""Under what conditions something is measured: readings before and after, and what changed between.

Readings only: what is worth a warning is for the probes to decide, the words for it are the report's.
"""

import re
import time
from pathlib import Path

import psutil
from msgspec import Struct
from msgspec.structs import replace

from advisor.hardware import cpuinfo, gpu_nvidia, platforms
from advisor.hardware.cgroups import memory_used
from advisor.hardware.limits import allowed_cpus
from advisor.hardware.linux_cpu import CPUS, online_cpus
from advisor.hardware.model import Absence
from advisor.hardware.source import Source, recorded_commands, run_command

_TICKS_PER_S = 100
"""USER_HZ, in which proc counts CPU time: 100 on every architecture that is read here."""


class Conditions(Struct, frozen=True):
    """One reading. CPU times are sums over ``cpus`` since the system started."""

    taken_s: float  # on a clock that only compares with other readings of the same machine
    cpus: tuple[int, ...] = ()  # the CPUs counted: those in this process's affinity mask
    busy_s: float | None = None
    steal_s: float | None = None  # taken by the hypervisor while something here wanted to run
    total_s: float | None = None
    own_s: float | None = None  # CPU time of this process and its descendants
    load_1m: float | None = None
    on_battery: bool | None = None
    governor: str | None = None
    scaling_driver: str | None = None
    frequency_hz: float | None = None  # mean of the counted CPUs at this moment
    throttle_count: int | None = None  # thermal throttle events since the system started
    gpu_throttle: tuple[str, ...] | None = None  # why NVIDIA accelerators are slowed down now
    available_bytes: int | None = None
    absent: dict[str, str] = {}


class ConditionsChange(Struct, frozen=True):
    """What happened between two readings. Shares are of all counted CPUs, 0 to 1."""

    elapsed_s: float
    own_cores: float | None = None  # CPU-seconds per second of this process and its descendants
    others_cores: float | None = None  # of everything else
    others_share: float | None = None
    steal_share: float | None = None
    throttle_events: int | None = None
    frequency_ratio: float | None = None  # after over before
    gpu_throttle: tuple[str, ...] = ()  # seen in either reading
    on_battery: bool | None = None  # in either reading
    governor: str | None = None
    governor_changed: bool = False
    load_1m: float | None = None
    available_bytes: int | None = None  # the lower of the two


def read_conditions(root: Path = Path("/")) -> Conditions:
    """Return a reading of a machine; ``root`` other than ``/`` is a recorded one (Linux)."""
    live = root == Path("/")
    source = Source(root=root, run=run_command if live else recorded_commands(root))
    if live and not source.exists("/proc/stat"):
        return _elsewhere()
    info = cpuinfo.parse(source.read("/proc/cpuinfo") or "")
    online = online_cpus(source, info)
    cpus = allowed_cpus(source, online) or online
    times = _cpu_times(source, cpus)
    reading = Conditions(
        taken_s=time.monotonic() if live else _uptime_s(source),
        cpus=cpus,
        busy_s=times[0] if times else None,
        steal_s=times[1] if times else None,
        total_s=times[2] if times else None,
        own_s=_own_s(source),
        load_1m=_load_1m(source),
        on_battery=platforms.on_battery(source),
        governor=platforms.governor(source),
        scaling_driver=platforms.scaling_driver(source),
        frequency_hz=_frequency_hz(source, cpus),
        throttle_count=_throttle_count(source, cpus),
        gpu_throttle=gpu_nvidia.throttle_reasons() if live else None,
        available_bytes=_available_bytes(source),
    )
    return _with_absent(reading, Absence.NOT_REPORTED if live else Absence.RECORDED)


def compare(before: Conditions, after: Conditions) -> ConditionsChange:
    """Return what happened between two readings of one machine."""
    elapsed = after.taken_s - before.taken_s
    busy, total = _grown(before.busy_s, after.busy_s), _grown(before.total_s, after.total_s)
    own, steal = _grown(before.own_s, after.own_s), _grown(before.steal_s, after.steal_s)
    others = max(busy - own, 0.0) if busy is not None and own is not None else None
    counts = (before.throttle_count, after.throttle_count)
    available = [x for x in (before.available_bytes, after.available_bytes) if x is not None]
    battery = [x for x in (before.on_battery, after.on_battery) if x is not None]
    ratio = None
    if before.frequency_hz and after.frequency_hz:
        ratio = after.frequency_hz / before.frequency_hz
    return ConditionsChange(
        elapsed_s=elapsed,
        own_cores=own / elapsed if own is not None and elapsed > 0 else None,
        others_cores=others / elapsed if others is not None and elapsed > 0 else None,
        # The counters advance in steps of 10 ms: their own total is the better divisor.
        others_share=min(others / total, 1.0) if others is not None and total else None,
        steal_share=steal / total if steal is not None and total else None,
        throttle_events=max(counts[1] - counts[0], 0)
        if counts[0] is not None and counts[1] is not None
        else None,
        frequency_ratio=ratio,
        gpu_throttle=tuple(sorted({*(before.gpu_throttle or ()), *(after.gpu_throttle or ())})),
        on_battery=any(battery) if battery else None,
        governor=after.governor,
        governor_changed=before.governor != after.governor,
        load_1m=after.load_1m,
        available_bytes=min(available, default=None),
    )


def _grown(before: float | None, after: float | None) -> float | None:
    return max(after - before, 0.0) if before is not None and after is not None else None


def _with_absent(reading: Conditions, reason: Absence) -> Conditions:
    missing = (name for name in Conditions.__struct_fields__ if getattr(reading, name) is None)
    return replace(reading, absent={name: str(reason) for name in missing})


def _uptime_s(source: Source) -> float:
    match = re.match(r"\d+(?:\.\d+)?", source.read("/proc/uptime") or "", re.ASCII)
    return float(match[0]) if match else 0.0


def _cpu_times(source: Source, cpus: tuple[int, ...]) -> tuple[float, float, float] | None:
    """Return busy, stolen and all time of some CPUs from ``/proc/stat``."""
    busy = steal = total = 0
    found = False
    for line in (source.read("/proc/stat") or "").splitlines():
        # user nice system idle iowait irq softirq steal guest guest_nice; guests count as user too
        match = re.match(r"cpu(\d+)((?: \d+){4,})\s*$", line, re.ASCII)
        if match is None or (cpus and int(match[1]) not in cpus):
            continue
        found = True
        user, nice, system, idle, iowait, irq, softirq, stolen, *_ = [
            *(int(field) for field in match[2].split()),
            *[0] * 8,
        ]
        busy += user + nice + system + irq + softirq
        steal += stolen
        total += user + nice + system + irq + softirq + stolen + idle + iowait
    return (busy / _TICKS_PER_S, steal / _TICKS_PER_S, total / _TICKS_PER_S) if found else None


def _own_s(source: Source) -> float | None:
    """Return the CPU time of this process and its descendants, the ended ones included."""
    times: dict[int, float] = {}
    parents: dict[int, int] = {}
    for name in source.names("/proc"):
        if name.isascii() and name.isdigit():
            parsed = _process_times(source.read(f"/proc/{name}/stat"))
            if parsed is not None:
                parents[int(name)], times[int(name)] = parsed
    own = re.match(r"\d+", source.read("/proc/self/stat") or "", re.ASCII)
    if own is None or int(own[0]) not in times:
        return None
    return sum(spent for pid, spent in times.items() if _descends(pid, int(own[0]), parents))


def _process_times(stat: str | None) -> tuple[int, float] | None:
    # The name in parentheses may itself hold parentheses and spaces.
    fields = (stat or "").rpartition(")")[2].split()
    try:
        # utime, stime, and those of children that ended and were waited for
        return int(fields[1]), sum(int(field) for field in fields[11:15]) / _TICKS_PER_S
    except (IndexError, ValueError):
        return None


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    seen: set[int] = set()
    while pid not in seen:
        if pid == ancestor:
            return True
        seen.add(pid)
        pid = parents.get(pid, 0)
    return False


def _load_1m(source: Source) -> float | None:
    match = re.match(r"\d+\.\d+", source.read("/proc/loadavg") or "", re.ASCII)
    return float(match[0]) if match else None


def _frequency_hz(source: Source, cpus: tuple[int, ...]) -> float | None:
    readings = [source.read_int(f"{CPUS}/cpu{cpu}/cpufreq/scaling_cur_freq") for cpu in cpus]
    known = [kilohertz * 1000.0 for kilohertz in readings if kilohertz]
    return sum(known) / len(known) if known else None


def _throttle_count(source: Source, cpus: tuple[int, ...]) -> int | None:
    counts = [
        source.read_int(f"{CPUS}/cpu{cpu}/thermal_throttle/{name}_throttle_count")
        for cpu in cpus
        for name in ("core", "package")
    ]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _available_bytes(source: Source) -> int | None:
    match = re.search(r"^MemAvailable:\s+(\d+) kB", source.read("/proc/meminfo") or "", re.MULTILINE)
    candidates = [int(match[1]) << 10] if match else []
    group = memory_used(source)
    if group is not None:
        candidates.append(max(group[0] - group[1], 0))
    return min(candidates, default=None)


def _elsewhere() -> Conditions:
    """Return a reading of the live machine where there is no ``/proc``."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    process = psutil.Process()
    own = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            spent = each.cpu_times()
        except psutil.Error:
            continue
        own += spent.user + spent.system
    battery = psutil.sensors_battery()
    reading = Conditions(
        taken_s=time.monotonic(),
        cpus=tuple(range(psutil.cpu_count() or 0)),
        busy_s=times.user + times.system + getattr(times, "nice", 0.0),
        total_s=times.user + times.system + getattr(times, "nice", 0.0) + idle,
        own_s=own,
        # Windows has no such thing; psutil's imitation starts from 0 with each process.
        load_1m=None if psutil.WINDOWS else psutil.getloadavg()[0],
        on_battery=not battery.power_plugged if battery else False,
        gpu_throttle=gpu_nvidia.throttle_reasons(),
        available_bytes=psutil.virtual_memory().available,
    )
    return _with_absent(reading, Absence.UNSUPPORTED)
