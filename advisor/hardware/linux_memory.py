"""Main memory of a Linux machine, and its type from the DMI tables (SMBIOS type 17)."""

import struct
from collections.abc import Iterator

from advisor.hardware.model import Absence, Memory
from advisor.hardware.source import Source, to_int

_TABLE = "/sys/firmware/dmi/tables/DMI"

KINDS = {
    0x12: "DDR",
    0x13: "DDR2",
    0x18: "DDR3",
    0x1A: "DDR4",
    0x1B: "LPDDR",
    0x1C: "LPDDR2",
    0x1D: "LPDDR3",
    0x1E: "LPDDR4",
    0x20: "HBM",
    0x21: "HBM2",
    0x22: "DDR5",
    0x23: "LPDDR5",
    0x24: "HBM3",
}
"""Memory device types, DMTF DSP0134 (SMBIOS 3.7.0, 2023-07), section 7.18.2."""


def detect_memory(source: Source) -> tuple[Memory, dict[str, str]]:
    """Return main memory as fitted, and what couldn't be told of it."""
    text = source.read("/proc/meminfo")
    sizes = {}
    for line in (text or "").splitlines():
        name, _, rest = line.partition(":")
        kibibytes = to_int(rest.split()[0] if rest.split() else None)
        if kibibytes is not None and kibibytes >= 0:
            sizes[name] = kibibytes << 10
    table = source.read_bytes(_TABLE)
    kind, speed = memory_type(table or b"")
    memory = Memory(
        total_bytes=sizes.get("MemTotal"),
        available_bytes=sizes.get("MemAvailable"),
        swap_bytes=sizes.get("SwapTotal"),
        kind=kind,
        speed_mts=speed,
    )
    reason = Absence.NOT_REPORTED if text is not None else source.why_missing("/proc/meminfo")
    absent = {
        f"memory.{field}": str(reason)
        for field in ("total_bytes", "available_bytes", "swap_bytes")
        if getattr(memory, field) is None
    }
    reason = Absence.NOT_REPORTED if table is not None else source.why_missing(_TABLE)
    for field in ("kind", "speed_mts"):
        if getattr(memory, field) is None:
            absent[f"memory.{field}"] = str(reason)
    return memory, absent


def memory_type(table: bytes) -> tuple[str | None, int | None]:
    """Return the type and the configured speed in MT/s of the fitted modules of an SMBIOS table.

    Where modules differ, the slowest speed holds for all of a channel; differing types are joined.
    """
    kinds: dict[str, None] = {}
    speeds: list[int] = []
    for kind, body in _structures(table):
        if kind != 17 or len(body) < 0x15 or struct.unpack_from("<H", body, 0x0C)[0] == 0:
            continue  # no module in this slot
        name = KINDS.get(body[0x12])
        if name:
            kinds[name] = None
        rated = struct.unpack_from("<H", body, 0x15)[0] if len(body) >= 0x17 else 0
        configured = struct.unpack_from("<H", body, 0x20)[0] if len(body) >= 0x22 else 0
        speed = configured or rated
        # 0: unknown; 0xFFFF: faster than the field can say.
        if 0 < speed < 0xFFFF:
            speeds.append(speed)
    return " + ".join(kinds) or None, min(speeds, default=None)


def _structures(table: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(table):
        kind, length = table[position], table[position + 1]
        if length < 4 or position + length > len(table):
            return
        yield kind, table[position : position + length]
        end = table.find(b"\0\0", position + length)  # strings end with an empty one
        if kind == 127 or end < 0:
            return
        position = end + 2
