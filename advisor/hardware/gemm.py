"""Matrix-multiply peak of the processors through numpy, on all allowed cores and on one."""

import time
from collections.abc import Callable

import numpy as np
from msgspec import Struct
from threadpoolctl import ThreadpoolController

_SIZES = (512, 1024, 2048, 4096, 8192)
_REPETITIONS = 2
_REPETITIONS_AT_LAST = 4
_TYPE_BYTES = 4


class Gemm(Struct, frozen=True):
    """Floating-point operations per second of every repetition, and the matrices' side of each."""

    rates: tuple[float, ...]
    sizes: tuple[int, ...]


class MatrixLibrary:
    """numpy's matrix library and the control over its threads."""

    def __init__(self) -> None:
        self._controller = ThreadpoolController().select(user_api="blas")

    @property
    def controllable(self) -> bool:
        """Whether the number of threads can be set (not so for Apple's Accelerate)."""
        return bool(self._controller.lib_controllers)

    @property
    def name(self) -> str | None:
        """Name, version and kernel of the library: "openblas 0.3.31 SkylakeX"."""
        described = [
            " ".join(
                str(part) for part in (i["internal_api"], i.get("version"), i.get("architecture")) if part
            )
            for i in self._controller.info()
        ]
        return ", ".join(described) or None

    def measure(
        self, threads: int, budget_s: float, available_bytes: int | None, cancelled: Callable[[], bool]
    ) -> Gemm:
        """Return the FP32 rates of square products of growing size, as far as time and memory allow.

        A product of side n counts ``2 n³`` operations. The best of all entries is the peak: small
        matrices don't fill a large machine, large ones don't finish on a small one.
        """
        with self._controller.limit(limits=threads):
            return _climb(budget_s, available_bytes, cancelled)


def _climb(budget_s: float, available_bytes: int | None, cancelled: Callable[[], bool]) -> Gemm:
    readings: list[tuple[float, int]] = []
    start = time.perf_counter()
    generator = np.random.default_rng(0)

    def over() -> bool:
        return cancelled() or time.perf_counter() - start > budget_s

    for size in _SIZES:
        a = generator.random((size, size), dtype=np.float32)
        b = generator.random((size, size), dtype=np.float32)
        product = np.empty((size, size), dtype=np.float32)
        fastest = _timed(a, b, product)  # touches pages and wakes threads: not kept
        for _ in range(_REPETITIONS):
            if readings and over():
                break
            elapsed = _timed(a, b, product)
            fastest = min(fastest, elapsed)
            readings.append((2 * size**3 / elapsed, size))
        # The next size is eight times the work, and is run at least twice.
        too_long = time.perf_counter() - start + 16 * fastest > budget_s
        too_large = available_bytes is not None and 4 * 3 * _TYPE_BYTES * size**2 > available_bytes // 2
        if cancelled() or too_long or too_large or size == _SIZES[-1]:
            break
    # The largest size that fits is where the peak is: what is left of the time goes there.
    for _ in range(_REPETITIONS_AT_LAST):
        if over():
            break
        readings.append((2 * size**3 / _timed(a, b, product), size))
    return Gemm(tuple(rate for rate, _ in readings), tuple(size for _, size in readings))


def _timed(a: np.ndarray, b: np.ndarray, product: np.ndarray) -> float:
    begun = time.perf_counter()
    np.matmul(a, b, out=product)
    return time.perf_counter() - begun
