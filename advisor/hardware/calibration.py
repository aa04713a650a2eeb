"""Measured reference points of this machine: memory bandwidth, matrix-multiply peak, storage reads."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import psutil
from msgspec import Struct

from advisor.hardware import bandwidth, storage_read
from advisor.hardware.cgroups import memory_used
from advisor.hardware.gemm import Gemm, MatrixLibrary
from advisor.hardware.model import Absence, Calibration, Machine, StorageKind
from advisor.hardware.quiet import measure_quietly
from advisor.hardware.source import Source
from advisor.hardware.storage import detect_storage

_T = TypeVar("_T")

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
    tries: int = 1,
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
    tries : int
        How often a measurement is made at most where others keep the machine busy meanwhile. Each
        further one takes its share of ``seconds`` again.

    Notes
    -----
    The calling process must be alone on the machine for the figures to mean anything;
    ``others_share`` says how far it was.
    """
    begun = time.perf_counter()
    absent: dict[str, str] = {}
    others: dict[str, float] = {}
    made: dict[str, int] = {}

    def cancelled() -> bool:
        return cancel is not None and cancel.is_set()

    def step(name: str, fraction: float) -> bool:
        if cancelled():
            absent[name] = str(Absence.CANCELLED)
            return False
        if emit is not None:
            emit(CalibrationProgress(name, fraction))
        return True

    def several(name: str, measure: Callable[[], _T]) -> tuple[_T, ...]:
        tried = measure_quietly(measure, tries, cancelled)
        made[name] = len(tried.results)
        if tried.others_share is not None:
            others[name] = tried.others_share
        return tried.results

    threads = bandwidth.thread_count(machine)
    streams: tuple[bandwidth.Bandwidth, ...] = ()
    if step("memory_bandwidth", 0.0):
        size = bandwidth.working_set_bytes(machine, _available_bytes(machine))
        if size is None:
            absent["memory_bandwidth"] = str(Absence.TOO_LITTLE_MEMORY)
        else:
            try:
                streams = several(
                    "memory_bandwidth",
                    lambda: bandwidth.measure(size, threads, 0.15 * seconds, cancelled),
                )
            except MemoryError:
                absent["memory_bandwidth"] = str(Absence.TOO_LITTLE_MEMORY)

    library = MatrixLibrary()
    # Two threads of one core share its multipliers.
    cores = min(threads, machine.limits.physical_cores or threads)
    products: tuple[Gemm, ...] = ()
    one_core: tuple[Gemm, ...] = ()
    if step("gemm_fp32", 0.3):
        products = several(
            "gemm_fp32",
            lambda: library.measure(cores, 0.25 * seconds, _available_bytes(machine), cancelled),
        )
    if not library.controllable:
        absent["gemm_fp32_one_core"] = str(Absence.NO_THREAD_CONTROL)
    elif step("gemm_fp32_one_core", 0.55):
        one_core = several(
            "gemm_fp32_one_core",
            lambda: library.measure(1, 0.15 * seconds, _available_bytes(machine), cancelled),
        )

    readings: tuple[storage_read.StorageRead, ...] = ()
    if step("storage_read", 0.7):
        unfit = _unfit_storage(folder)
        if unfit is None:
            readings = several("storage_read", lambda: storage_read.measure(folder, 0.3 * seconds, cancelled))
            unfit = None if any(each.rates for each in readings) else readings[-1].absent
        if unfit is not None:
            absent["storage_read"] = str(unfit)

    on_gpu = Absence.MEASURED_BY_FRAMEWORK if machine.gpus else Absence.NO_GPU
    absent |= {"gpu_gemm_fp32": str(on_gpu), "gpu_gemm_half": str(on_gpu)}
    return Calibration(
        memory_bandwidth=tuple(rate for each in streams for rate in each.rates),
        gemm_fp32=tuple(rate for each in products for rate in each.rates),
        gemm_fp32_one_core=tuple(rate for each in one_core for rate in each.rates),
        storage_read=tuple(rate for each in readings for rate in each.rates),
        elapsed_s=time.perf_counter() - begun,
        absent=absent,
        memory_working_set_bytes=streams[0].working_set_bytes if streams else None,
        gemm_sizes=tuple(size for each in products for size in each.sizes),
        gemm_one_core_sizes=tuple(size for each in one_core for size in each.sizes),
        gemm_library=library.name,
        threads=cores if library.controllable else None,
        storage_direct=next((each.direct for each in readings if each.rates), None),
        others_share=others,
        tries=made,
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
