"""Energy of a stretch of work, where the machine can measure it: RAPL for processors, NVML for accelerators.

Figures are of the whole package or card, idle power included, as for anyone who pays for it.
"""

import contextlib
from pathlib import Path
from typing import NamedTuple


class _Zone(NamedTuple):
    counter: Path
    range_j: float


class Meter:
    """Reads RAPL's package counters (``/sys/class/powercap``, often readable by root only) and NVML's.

    Parameters
    ----------
    root : Path
        Stands for ``/``.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._zones = []
        for zone in sorted((root / "sys/class/powercap").glob("intel-rapl:*")):
            if zone.name.count(":") == 1:  # packages; what is inside them counts there
                with contextlib.suppress(OSError, ValueError):
                    wrap_j = int((zone / "max_energy_range_uj").read_text()) / 1e6
                    int((zone / "energy_uj").read_text())
                    self._zones.append(_Zone(zone / "energy_uj", wrap_j))

    def read(self, device: str) -> tuple[float, ...] | None:
        """Return the counters that matter to a device in joules, None where there are none."""
        with contextlib.suppress(OSError, ValueError):
            if device == "cpu":
                readings = tuple(int(zone.counter.read_text()) / 1e6 for zone in self._zones)
                return readings or None
            if device.startswith("cuda:"):
                joules = _nvml_energy_j()
                return None if joules is None else (joules,)
        return None

    def between(self, before: tuple[float, ...] | None, after: tuple[float, ...] | None) -> float | None:
        """Return the joules from one reading to another; a counter that wrapped did so once."""
        if before is None or after is None:
            return None
        total = 0.0
        for index, (start, end) in enumerate(zip(before, after, strict=True)):
            total += end - start if end >= start else end - start + self._zones[index].range_j
        return total


def _nvml_energy_j() -> float | None:
    """The only card's counter. Of several, CUDA and NVML may count in another order: then None."""
    import pynvml

    try:
        pynvml.nvmlInit()
        try:
            if pynvml.nvmlDeviceGetCount() != 1:
                return None
            return (
                float(pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByIndex(0))) / 1e3
            )
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return None
