"""Calibration measures what it says it does; how fast this machine is asserts nothing."""

import errno
import itertools
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from advisor.hardware import bandwidth, gemm, storage_read
from advisor.hardware.calibration import CalibrationProgress, calibrate
from advisor.hardware.detection import detect
from advisor.hardware.model import (
    Absence,
    Cache,
    Cpu,
    Limits,
    Machine,
    Memory,
    OperatingSystem,
    Platform,
    System,
)

MIB, GIB = 1 << 20, 1 << 30


def _never() -> bool:
    return False


def _machine(caches: tuple[Cache, ...] = (), cores: float = 2.0) -> Machine:
    return Machine(
        cpu=Cpu(architecture="x86_64", caches=caches),
        memory=Memory(),
        limits=Limits(cores=cores),
        os=OperatingSystem(system=System.LINUX, name="Linux"),
        platform=Platform(),
        detected_at="2026-01-01T00:00:00+00:00",
    )


def test_calibration_of_this_machine(tmp_path: Path) -> None:
    machine = detect()
    steps: list[CalibrationProgress] = []
    calibration = calibrate(machine, tmp_path, seconds=2.0, emit=steps.append)
    assert [step.measurement for step in steps] == [
        name
        for name in ("memory_bandwidth", "gemm_fp32", "gemm_fp32_one_core", "storage_read")
        if name not in calibration.absent or calibration.absent[name] != Absence.NO_THREAD_CONTROL
    ]
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    for name in ("memory_bandwidth", "gemm_fp32", "gemm_fp32_one_core", "storage_read"):
        rates = getattr(calibration, name)
        assert bool(rates) != (name in calibration.absent)
        assert all(math.isfinite(rate) and rate > 0 for rate in rates)
    assert len(calibration.gemm_sizes) == len(calibration.gemm_fp32) > 0
    assert len(calibration.gemm_one_core_sizes) == len(calibration.gemm_fp32_one_core)
    assert {calibration.absent["gpu_gemm_fp32"], calibration.absent["gpu_gemm_half"]} <= {
        Absence.NO_GPU,
        Absence.MEASURED_BY_FRAMEWORK,
    }
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_calibration_measures_nothing_more(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    calibration = calibrate(_machine(), tmp_path, cancel=cancel)
    for name in ("memory_bandwidth", "gemm_fp32", "storage_read"):
        assert getattr(calibration, name) == ()
        assert calibration.absent[name] == Absence.CANCELLED


def test_a_gpu_is_left_to_the_frameworks(tmp_path: Path, recorded: Callable[[str], Path]) -> None:
    cancel = threading.Event()
    cancel.set()
    with_gpu = detect(recorded("radeon-workstation"))
    calibration = calibrate(with_gpu, tmp_path, cancel=cancel)
    assert calibration.absent["gpu_gemm_fp32"] == Absence.MEASURED_BY_FRAMEWORK
    assert calibrate(_machine(), tmp_path, cancel=cancel).absent["gpu_gemm_fp32"] == Absence.NO_GPU


class _Clock:
    """Advances by a fixed time at every look."""

    def __init__(self, step_s: float) -> None:
        self._times = itertools.count()
        self._step_s = step_s

    def perf_counter(self) -> float:
        return next(self._times) * self._step_s


def test_a_triad_counts_five_transfers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bandwidth, "time", _Clock(0.5))
    measured = bandwidth.measure(3 * 8 * 1000 * 2, threads=2, budget_s=1e9, cancelled=_never, repetitions=3)
    # a = 3 c: two arrays; a = a + b: three. 1,000 numbers of 8 bytes on each of two threads.
    assert measured.rates == (2 * 5 * 8000 / 0.5,) * 3
    assert measured.working_set_bytes == 2 * 3 * 8000


def test_a_triad_is_computed_at_all() -> None:
    a, b, c = np.zeros(8), np.arange(8.0), np.full(8, 2.0)
    bandwidth._triad(a, b, c)
    assert a.tolist() == [6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]


def test_memory_that_is_refused_is_an_error_and_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> object:
        raise MemoryError

    before = threading.active_count()
    monkeypatch.setattr(bandwidth.np, "full", refuse)
    with pytest.raises(MemoryError):
        bandwidth.measure(GIB, threads=3, budget_s=1.0, cancelled=_never)
    assert threading.active_count() == before


def _caches(megabytes: int, instances: int) -> tuple[Cache, ...]:
    return (
        Cache(level=2, kind="unified", size_bytes=MIB, instances=8),
        Cache(level=3, kind="unified", size_bytes=megabytes * MIB, instances=instances),
    )


@given(st.integers(1, 1200), st.integers(1, 16), st.none() | st.integers(1 << 20, 1 << 42))
def test_the_working_set_leaves_every_cache_and_half_of_the_memory(
    megabytes: int, instances: int, available: int | None
) -> None:
    cache = megabytes * instances * MIB
    size = bandwidth.working_set_bytes(_machine(_caches(megabytes, instances)), available)
    if size is None:
        assert available is not None
        assert available // 2 < 2 * cache
    else:
        assert size >= 2 * cache
        assert available is None or size <= available // 2


def test_a_virtual_machine_that_claims_its_hosts_cache() -> None:
    machine = _machine(_caches(480, 1))
    assert bandwidth.working_set_bytes(machine, 20 * GIB) == GIB
    # 480 MiB of cache and 1 GiB to work with: what would be measured is the cache.
    assert bandwidth.working_set_bytes(machine, GIB) is None


def test_a_fraction_of_a_core_still_needs_a_thread() -> None:
    assert [bandwidth.thread_count(_machine(cores=cores)) for cores in (0.5, 1.0, 1.5, 8.0)] == [1, 1, 2, 8]


def test_a_product_counts_two_operations_per_multiply_add(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemm, "time", _Clock(0.001))
    measured = gemm.MatrixLibrary().measure(1, budget_s=0.05, available_bytes=None, cancelled=_never)
    assert measured.sizes[0] == 512
    for rate, size in zip(measured.rates, measured.sizes, strict=True):
        assert rate == pytest.approx(2 * size**3 / 0.001)


def test_matrices_stay_within_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemm, "time", _Clock(1e-9))
    measured = gemm.MatrixLibrary().measure(1, 1.0, available_bytes=24 * MIB, cancelled=_never)
    # Three 1024-squared matrices take 12 MiB; the next size would take 48.
    assert max(measured.sizes) == 1024


def test_threads_are_set_while_products_run_and_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    library = gemm.MatrixLibrary()
    if not library.controllable:
        pytest.skip("the matrix library's threads can't be set")

    def threads() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    seen: list[list[int]] = []
    real = np.matmul

    def matmul(*arguments: object, **options: object) -> object:
        seen.append(threads())
        return real(*arguments, **options)

    before = threads()
    monkeypatch.setattr(gemm.np, "matmul", matmul)
    library.measure(1, budget_s=0.05, available_bytes=None, cancelled=_never)
    # SciPy, where something else loaded it, brings a matrix library of its own.
    assert {count for counts in seen for count in counts} == {1}
    assert threads() == before


def _read_by_this_process() -> int:
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["read_bytes"])


def test_storage_is_really_read(tmp_path: Path) -> None:
    if not Path("/proc/self/io").exists():
        pytest.skip("the kernel doesn't count what a process reads")
    before = _read_by_this_process()
    reading = storage_read.measure(tmp_path, budget_s=2.0, cancelled=_never)
    if reading.absent is not None:
        pytest.skip(f"can't be measured here: {reading.absent}")
    # The kernel counts what came from the device; from the page cache it would be nothing.
    assert _read_by_this_process() - before >= len(reading.rates) * 16 * MIB
    assert list(tmp_path.iterdir()) == []


def test_without_direct_reads_the_cache_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def no_direct(path: str, flags: int, *arguments: int) -> int:
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "no direct reads here")
        return real_open(path, flags, *arguments)

    monkeypatch.setattr(storage_read.os, "open", no_direct)
    before = _read_by_this_process()
    reading = storage_read.measure(tmp_path, budget_s=2.0, cancelled=_never)
    if reading.absent is None:
        assert reading.direct is False
        assert _read_by_this_process() - before >= len(reading.rates) * 16 * MIB
    else:
        assert reading == storage_read.StorageRead(absent=Absence.CACHED)
    assert list(tmp_path.iterdir()) == []


def test_reads_that_stay_in_a_cache_are_not_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_read.os, "posix_fadvise", lambda *_: None)
    monkeypatch.setattr(storage_read, "_open_uncached", lambda name: (os.open(name, os.O_RDONLY), False))
    assert storage_read.measure(tmp_path, 1.0, _never) == storage_read.StorageRead(absent=Absence.CACHED)


def test_a_full_disk_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage_read.os, "write", full)
        assert storage_read.measure(tmp_path, 1.0, _never).absent is Absence.TOO_LITTLE_SPACE
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(storage_read, "disk_space", lambda _folder: (GIB, 100 * MIB))
    assert storage_read.measure(tmp_path, 1.0, _never).absent is Absence.TOO_LITTLE_SPACE


def test_memory_and_missing_folders_are_no_storage(tmp_path: Path) -> None:
    missing = calibrate(_machine(), tmp_path / "missing", seconds=0.1)
    assert missing.absent["storage_read"] == Absence.UNWRITABLE
    if os.path.ismount("/dev/shm"):
        assert (
            calibrate(_machine(), Path("/dev/shm"), seconds=0.1).absent["storage_read"] == Absence.IN_MEMORY
        )
