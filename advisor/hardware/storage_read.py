"""Sequential read speed of storage, past the page cache, on a temporary file that always goes.

What a hypervisor or a disk's own memory caches can't be seen from here.
"""

import contextlib
import errno
import mmap
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct

from advisor.hardware.model import Absence
from advisor.hardware.storage import disk_space

_BLOCK_BYTES = 8 << 20
_FILE_BYTES = 256 << 20
_LEAST_BYTES = 16 << 20
_PASSES = 3

_F_NOCACHE = 48  # fcntl.h of macOS


class StorageRead(Struct, frozen=True):
    """Bytes per second of every pass over the file; ``absent`` says why there is none."""

    rates: tuple[float, ...] = ()
    direct: bool | None = None
    absent: Absence | None = None


def measure(folder: Path, budget_s: float, cancelled: Callable[[], bool]) -> StorageRead:
    """Return how fast a file in a folder is read from its first to its last byte.

    Direct reads where the system and file system have them; else the cache is dropped before each
    pass and it is checked that nothing stayed in it.
    """
    _, free = disk_space(folder)
    if free is not None and free < 2 * _FILE_BYTES:
        return StorageRead(absent=Absence.TOO_LITTLE_SPACE)
    try:
        with _opened(folder) as (writer, reader, direct):
            size = _fill(writer, budget_s / 2, cancelled)
            if cancelled():
                return StorageRead(absent=Absence.CANCELLED)
            return _read_passes(reader, size, direct, budget_s / 2, cancelled)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return StorageRead(absent=Absence.TOO_LITTLE_SPACE if full else Absence.UNWRITABLE)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[tuple[int, int, bool]]:
    """Open a new file for writing and for reading past the cache. It has no name while it is used."""
    writer, name = tempfile.mkstemp(prefix=".advisor-read-", dir=folder)
    descriptors = [writer]
    try:
        try:
            reader, direct = _open_uncached(name)
            descriptors.append(reader)
        finally:
            # Without a name it goes with its last descriptor, even if this process is killed.
            if sys.platform != "win32":
                Path(name).unlink()
        yield writer, reader, direct
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        Path(name).unlink(missing_ok=True)


def _open_uncached(name: str) -> tuple[int, bool]:
    if sys.platform == "win32":
        return _open_unbuffered(name), True
    if sys.platform == "darwin":
        import fcntl

        reader = os.open(name, os.O_RDONLY)
        fcntl.fcntl(reader, _F_NOCACHE, 1)
        return reader, True
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECT), True
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.open(name, os.O_RDONLY), False


def _fill(writer: int, budget_s: float, cancelled: Callable[[], bool]) -> int:
    """Write what no storage can compress or share, and return how much of it came in time."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(writer, _F_NOCACHE, 1)
    generator = np.random.default_rng()
    start, size = time.perf_counter(), 0
    while size < _FILE_BYTES and not cancelled():
        block = memoryview(generator.bytes(_BLOCK_BYTES))
        while block:
            block = block[os.write(writer, block) :]
        os.fsync(writer)
        size += _BLOCK_BYTES
        if size >= _LEAST_BYTES and time.perf_counter() - start > budget_s:
            break
    return size


def _read_passes(
    reader: int, size: int, direct: bool, budget_s: float, cancelled: Callable[[], bool]
) -> StorageRead:
    rates: list[float] = []
    start = time.perf_counter()
    with mmap.mmap(-1, _BLOCK_BYTES) as buffer:  # begins on a page, as direct reads ask for
        while len(rates) < _PASSES and not cancelled():
            if rates and time.perf_counter() - start > budget_s:
                break
            if not direct and not _dropped(reader, size):
                return StorageRead(absent=Absence.CACHED)
            begun = time.perf_counter()
            _read_once(reader, size, buffer)
            rates.append(size / (time.perf_counter() - begun))
    return StorageRead(rates=tuple(rates), direct=direct)


def _read_once(reader: int, size: int, buffer: mmap.mmap) -> None:
    position = 0
    os.lseek(reader, 0, os.SEEK_SET)
    while position < size:
        if sys.platform == "win32":
            count = _read_into(reader, buffer)
        else:
            count = os.readv(reader, [buffer])
        if count <= 0:
            raise OSError(errno.EIO, "the file is shorter than what was written")
        position += count


def _dropped(reader: int, size: int) -> bool:
    """Drop a file from the page cache, and say whether it is really gone."""
    if sys.platform != "linux":
        return False
    os.posix_fadvise(reader, 0, 0, os.POSIX_FADV_DONTNEED)
    page = bytearray(mmap.PAGESIZE)
    for position in range(0, size, _BLOCK_BYTES):
        try:
            # Answers at once, and only from the cache.
            if os.preadv(reader, [page], position, os.RWF_NOWAIT) > 0:
                return False
        except BlockingIOError:
            continue
        except OSError:
            return False
    return True


if sys.platform == "win32":
    import ctypes
    import msvcrt

    _GENERIC_READ, _SHARE_ALL, _OPEN_EXISTING = 0x80000000, 7, 3
    _NO_BUFFERING, _SEQUENTIAL = 0x20000000, 0x08000000
    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreateFileW.restype = ctypes.c_void_p

    def _open_unbuffered(name: str) -> int:
        handle = _kernel32.CreateFileW(
            name, _GENERIC_READ, _SHARE_ALL, None, _OPEN_EXISTING, _NO_BUFFERING | _SEQUENTIAL, None
        )
        if handle in (None, ctypes.c_void_p(-1).value):
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY)

    def _read_into(reader: int, buffer: mmap.mmap) -> int:
        count = ctypes.c_ulong()
        target = (ctypes.c_char * len(buffer)).from_buffer(buffer)
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(reader))
        if not _kernel32.ReadFile(handle, target, len(buffer), ctypes.byref(count), None):
            raise ctypes.WinError(ctypes.get_last_error())
        return count.value
