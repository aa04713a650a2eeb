"""Memory type and speed from SMBIOS tables made by hand (DMTF DSP0134, type 17)."""

import struct
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from advisor.hardware.linux_memory import detect_memory, memory_type
from advisor.hardware.model import Absence
from advisor.hardware.source import Source


def _module(size: int, kind: int, rated: int, configured: int, strings: bytes = b"DIMM A1\0\0") -> bytes:
    body = bytearray(0x22)
    body[0], body[1] = 17, len(body)
    struct.pack_into("<H", body, 0x0C, size)
    body[0x12] = kind
    struct.pack_into("<H", body, 0x15, rated)
    struct.pack_into("<H", body, 0x20, configured)
    return bytes(body) + strings


BIOS = bytes([0, 4, 0, 0]) + b"Vendor\0Version\0\0"
END = bytes([127, 4, 0xFF, 0xFE]) + b"\0\0"


def test_the_configured_speed_of_fitted_modules_counts() -> None:
    empty = _module(0, 0x02, 0, 0, b"\0\0")
    table = BIOS + _module(16384, 0x22, 5600, 4800) + empty + _module(16384, 0x22, 5600, 4800) + END
    assert memory_type(table) == ("DDR5", 4800)


def test_the_slowest_module_holds_for_all() -> None:
    table = _module(8192, 0x1A, 3200, 3200) + _module(8192, 0x1A, 2666, 2666) + END
    assert memory_type(table) == ("DDR4", 2666)


def test_an_unknown_speed_is_none() -> None:
    assert memory_type(_module(8192, 0x1A, 0, 0) + END) == ("DDR4", None)
    assert memory_type(_module(8192, 0x1A, 0xFFFF, 0xFFFF) + END) == ("DDR4", None)
    assert memory_type(b"") == (None, None)


@given(
    st.binary(max_size=300)
    | st.binary(max_size=60).map(lambda tail: BIOS + _module(1, 0x22, 1, 1)[:-3] + tail)
)
def test_no_table_stops_the_parser(table: bytes) -> None:
    memory_type(table)


def test_the_table_of_a_recorded_machine(tmp_path: Path) -> None:
    folder = tmp_path / "sys/firmware/dmi/tables"
    folder.mkdir(parents=True)
    (folder / "DMI").write_bytes(BIOS + _module(16384, 0x23, 6400, 6400) + END)
    memory, absent = detect_memory(Source(root=tmp_path))
    assert (memory.kind, memory.speed_mts) == ("LPDDR5", 6400)
    assert absent["memory.total_bytes"] == Absence.RECORDED


def test_memory_that_is_used_up_is_not_unknown(tree: Callable[[dict[str, str]], Source]) -> None:
    memory, absent = detect_memory(
        tree({"proc/meminfo": "MemTotal: 1024 kB\nMemAvailable: 0 kB\nSwapTotal: 0 kB\n"})
    )
    assert (memory.total_bytes, memory.available_bytes, memory.swap_bytes) == (1 << 20, 0, 0)
    assert "memory.available_bytes" not in absent
