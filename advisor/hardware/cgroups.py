"""What control groups allow: CPU quota and memory limit, versions 1 and 2.

A limit of any ancestor holds for its descendants, so the whole way up to the mount is read.
"""

from pathlib import PurePosixPath

from msgspec import Struct

from advisor.hardware.source import Source, to_int

V1 = "cgroup v1"
V2 = "cgroup v2"


class Limit(Struct, frozen=True, order=True):
    """The tightest limit found, and which version of control groups sets it."""

    value: float
    source: str


class Mount(Struct, frozen=True):
    """One line of ``mountinfo``."""

    device: str  # major:minor
    root: str  # which folder of the file system is mounted
    point: str
    filesystem: str
    origin: str  # what is mounted: "/dev/sda1", "server:/export", …
    options: tuple[str, ...] = ()  # of the file system


def read_mounts(source: Source) -> tuple[Mount, ...]:
    """Return the mounts that this process sees, in mount order."""
    mounts = []
    for line in (source.read("/proc/self/mountinfo") or "").splitlines():
        head, dash, tail = line.partition(" - ")
        fields, rest = head.split(), tail.split()
        if dash and len(fields) >= 5 and len(rest) >= 2:
            options = tuple(rest[2].split(",")) if len(rest) > 2 else ()
            root, point = _unescape(fields[3]), _unescape(fields[4])
            mounts.append(Mount(fields[2], root, point, rest[0], _unescape(rest[1]), options))
    return tuple(mounts)


def cpu_limit(source: Source) -> Limit | None:
    """Return the tightest CPU quota in CPU-seconds per second, or None where there is none."""
    limits = [
        Limit(quota / period, V1)
        for folder in _folders(source, "cpu")
        if (quota := source.read_int(f"{folder}/cpu.cfs_quota_us")) is not None
        and (period := source.read_int(f"{folder}/cpu.cfs_period_us")) is not None
        and quota > 0
        and period > 0
    ]
    for folder in _folders(source, None):
        quota_text, _, period_text = (source.read(f"{folder}/cpu.max") or "").partition(" ")
        allowed, period = to_int(quota_text), to_int(period_text)
        if allowed and period and allowed > 0 and period > 0:
            limits.append(Limit(allowed / period, V2))
    return min(limits, default=None)


def memory_limit(source: Source) -> Limit | None:
    """Return the tightest memory limit in bytes, or None where there is none.

    ``memory.high`` counts: a process above it is throttled, which would spoil every measurement.
    """
    limits = [
        Limit(float(value), version)
        for controller, names, version in (
            ("memory", ("memory.limit_in_bytes",), V1),
            (None, ("memory.max", "memory.high"), V2),
        )
        for folder in _folders(source, controller)
        for name in names
        # Version 1 says "no limit" with a number just below 2**63.
        if (value := source.read_int(f"{folder}/{name}")) is not None and 0 < value < 1 << 60
    ]
    return min(limits, default=None)


def memory_used(source: Source) -> tuple[int, int] | None:
    """Return (limit, use less reclaimable file cache) in bytes of the group that sets the tightest limit.

    None where no group limits memory or its use can't be read.
    """
    found: list[tuple[int, int]] = []
    for controller, names, usage, cache in (
        ("memory", ("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file"),
        (None, ("memory.max", "memory.high"), "memory.current", "inactive_file"),
    ):
        for folder in _folders(source, controller):
            limits = [
                value
                for name in names
                if (value := source.read_int(f"{folder}/{name}")) is not None and 0 < value < 1 << 60
            ]
            used = source.read_int(f"{folder}/{usage}")
            if limits and used is not None:
                statistics = dict(
                    line.split(None, 1)
                    for line in (source.read(f"{folder}/memory.stat") or "").splitlines()
                    if " " in line
                )
                found.append((min(limits), max(used - (to_int(statistics.get(cache)) or 0), 0)))
    return min(found, key=lambda pair: pair[0] - pair[1], default=None)


def _folders(source: Source, controller: str | None) -> tuple[str, ...]:
    """Return a process's group folder and its ancestors up to the mount; ``None`` is version 2."""
    path = _group_path(source, controller)
    if path is None:
        return ()
    folders: dict[str, None] = {}
    for mount in _hierarchies(source, controller):
        # A mount may show only a part of the hierarchy, as in a container without a namespace.
        relative = PurePosixPath(path)
        if relative.is_relative_to(mount.root):
            relative = relative.relative_to(mount.root)
        parts = [part for part in relative.parts if part != "/"]
        # Within a namespace the path may lie outside of what is mounted.
        if ".." in parts or not source.exists("/".join([mount.point, *parts])):
            parts = []
        for length in range(len(parts), -1, -1):
            folders["/".join([mount.point.rstrip("/"), *parts[:length]])] = None
    return tuple(folders)


def _group_path(source: Source, controller: str | None) -> str | None:
    for line in (source.read("/proc/self/cgroup") or "").splitlines():
        number, _, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if not colon:
            continue
        if controller is None and number == "0" and not controllers:
            return path
        if controller is not None and controller in controllers.split(","):
            return path
    return None


def _hierarchies(source: Source, controller: str | None) -> tuple[Mount, ...]:
    if controller is None:
        return tuple(mount for mount in read_mounts(source) if mount.filesystem == "cgroup2")
    return tuple(
        mount for mount in read_mounts(source) if mount.filesystem == "cgroup" and controller in mount.options
    )


def _unescape(text: str) -> str:
    # The kernel writes space, tab, newline and backslash as octal numbers.
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
