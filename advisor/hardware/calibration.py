"""Measured reference points of this machine: memory bandwidth, matrix-multiply peak, storage reads."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil
from msgspec import Struct

from advisor.hardware import bandwidth, storage_read
from advisor.hardware.cgroups import memory_used
from advisor.hardware.gemm import Gemm, MatrixLibrary
from advisor.hardware.model import Absence, Calibration, Machine, StorageKind
from advisor.hardware.source import Source
from advisor.hardware.storage import detect_storage

_CACHING_FILESYSTEMS = frozenset({"zfs", "fuse.zfs"})
"""These answer direct reads from a cache of their own."""


class Cancel(Protocol):
    """What says that a calibration should end: a :class:`threading.Event` does."""

    def is_set(self) -> bool: ...


class CalibrationProgress(Struct, frozen=True):
    """A measurement begins; ``fraction`` of the whole is done before it."""

    measurement: str  # a field of Calibration
    fraction: float


def calibrate(
    machine: Machine,
    folder: Path,
    seconds: float = 8.0,
    emit: Callable[[CalibrationProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> Calibration:
    """Measure the running machine.

    Parameters
    ----------
    machine : Machine
        As detected; its limits say how many threads and how much memory may be used.
    folder : Path
        Whose storage is read. A temporary file of at most 256 MiB is made there.
    seconds : float
        About how long everything may take together.
    emit : callable, optional
        Told of every measurement as it begins.
    cancel : Cancel, optional
        Asked between repetitions; what was measured before is kept.

    Notes
    -----
    The calling process must be alone on the machine for the figures to mean anything; that is for
    the caller to check (see :mod:`advisor.hardware.conditions`).
    """
    begun = time.perf_counter()
    absent: dict[str, str] = {}

    def cancelled() -> bool:
        return cancel is not None and cancel.is_set()

    def step(name: str, fraction: float) -> bool:
        if cancelled():
            absent[name] = str(Absence.CANCELLED)
            return False
        if emit is not None:
            emit(CalibrationProgress(name, fraction))
        return True

    threads = bandwidth.thread_count(machine)
    stream = None
    if step("memory_bandwidth", 0.0):
        size = bandwidth.working_set_bytes(machine, _available_bytes(machine))
        if size is None:
            absent["memory_bandwidth"] = str(Absence.TOO_LITTLE_MEMORY)
        else:
            try:
                stream = bandwidth.measure(size, threads, 0.15 * seconds, cancelled)
            except MemoryError:
                absent["memory_bandwidth"] = str(Absence.TOO_LITTLE_MEMORY)

    library = MatrixLibrary()
    # Two threads of one core share its multipliers.
    cores = min(threads, machine.limits.physical_cores or threads)
    products = one_core = Gemm((), ())
    if step("gemm_fp32", 0.3):
        products = library.measure(cores, 0.25 * seconds, _available_bytes(machine), cancelled)
    if not library.controllable:
        absent["gemm_fp32_one_core"] = str(Absence.NO_THREAD_CONTROL)
    elif step("gemm_fp32_one_core", 0.55):
        one_core = library.measure(1, 0.15 * seconds, _available_bytes(machine), cancelled)

    reading = storage_read.StorageRead()
    if step("storage_read", 0.7):
        unfit = _unfit_storage(folder)
        if unfit is None:
            reading = storage_read.measure(folder, 0.3 * seconds, cancelled)
            unfit = reading.absent
        if unfit is not None:
            absent["storage_read"] = str(unfit)

    on_gpu = Absence.MEASURED_BY_FRAMEWORK if machine.gpus else Absence.NO_GPU
    absent |= {"gpu_gemm_fp32": str(on_gpu), "gpu_gemm_half": str(on_gpu)}
    return Calibration(
        memory_bandwidth=stream.rates if stream else (),
        gemm_fp32=products.rates,
        gemm_fp32_one_core=one_core.rates,
        storage_read=reading.rates,
        elapsed_s=time.perf_counter() - begun,
        absent=absent,
        memory_working_set_bytes=stream.working_set_bytes if stream else None,
        gemm_sizes=products.sizes,
        gemm_one_core_sizes=one_core.sizes,
        gemm_library=library.name,
        threads=cores if library.controllable else None,
        storage_direct=reading.direct,
    )


def _available_bytes(machine: Machine) -> int | None:
    """Return what may be allocated now without swapping or meeting a control group's limit."""
    candidates = [psutil.virtual_memory().available]
    if machine.limits.memory_bytes is not None:
        candidates.append(machine.limits.memory_bytes)
    group = memory_used(Source())
    if group is not None:
        limit, used = group
        candidates.append(max(limit - used, 0))
    return min(candidates)


def _unfit_storage(folder: Path) -> Absence | None:
    if not folder.is_dir():
        return Absence.UNWRITABLE
    if platform.system() != "Linux":
        return None
    stored, _ = detect_storage(Source(), folder)
    if stored.kind is StorageKind.MEMORY:
        return Absence.IN_MEMORY
    return Absence.CACHED if stored.filesystem in _CACHING_FILESYSTEMS else None
