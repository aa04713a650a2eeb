"""Circumstances that weaken what is measured, before, during and after: warned of, never tuned away."""

import time
from collections.abc import Iterator

from advisor.hardware.conditions import Conditions, compare, read_conditions
from advisor.probes.context import RunContext
from advisor.probes.model import ProbeWarning, WarningCode

_WINDOW_S = 0.5  # over which other programs' load is seen before anything starts

_OTHERS_SHARE = 0.10
"""Of all allowed processors' time, used by other programs: more is warned of."""

_STEAL_SHARE = 0.02
"""Of all allowed processors' time, taken by the hypervisor: more is warned of."""

_SLOW_GOVERNORS = frozenset({"powersave", "conservative"})
_SCALE_THEMSELVES = frozenset({"intel_pstate", "amd-pstate-epp"})
"""Drivers that choose the clock by the load, whose "powersave" is the ordinary way (the Linux kernel's
documentation of intel_pstate and amd-pstate, "active mode"). In passive mode they have other names
(intel_cpufreq, amd-pstate), and there the governors mean what they say."""
_LOW_MEMORY_BYTES = 2 * 2**30  # a framework with a compact network takes about half of it


def preflight(context: RunContext) -> Conditions:
    """Warn of what is wrong before a run, and return the reading that ``postflight`` compares with."""
    first = read_conditions()
    context.cancel.wait(_WINDOW_S)
    reading = read_conditions()
    for warning in circumstances(first, reading):
        context.keep(warning)
    return reading


def warnings_now() -> tuple[ProbeWarning, ...]:
    """Return what a run that began now would warn of. Takes half a second."""
    first = read_conditions()
    time.sleep(_WINDOW_S)
    return circumstances(first, read_conditions())


def circumstances(first: Conditions, reading: Conditions) -> tuple[ProbeWarning, ...]:
    """Return what weakens measurements that begin after the second of two readings."""
    warnings = list(_load(first, reading, "before"))
    if reading.on_battery:
        warnings.append(ProbeWarning(WarningCode.BATTERY, "before"))
    if reading.governor in _SLOW_GOVERNORS and reading.scaling_driver not in _SCALE_THEMSELVES:
        detail: dict[str, float | str] = {"governor": reading.governor or ""}
        warnings.append(ProbeWarning(WarningCode.GOVERNOR, "before", detail))
    if reading.available_bytes is not None and reading.available_bytes < _LOW_MEMORY_BYTES:
        detail = {"available_bytes": float(reading.available_bytes)}
        warnings.append(ProbeWarning(WarningCode.LOW_MEMORY, "before", detail))
    return tuple(warnings)


def postflight(context: RunContext, before: Conditions) -> None:
    """Warn of what went wrong while the run lasted."""
    after = read_conditions()
    change = compare(before, after)
    for warning in _load(before, after, "during"):
        context.keep(warning)
    if change.throttle_events:
        context.warn(WarningCode.THROTTLED, "during", events=float(change.throttle_events))
    elif change.gpu_throttle:
        context.warn(WarningCode.THROTTLED, "during", reasons=", ".join(change.gpu_throttle))
    if after.on_battery and not before.on_battery:
        context.warn(WarningCode.BATTERY, "during")


def _load(before: Conditions, after: Conditions, when: str) -> Iterator[ProbeWarning]:
    change = compare(before, after)
    if change.others_share is not None and change.others_share > _OTHERS_SHARE:
        yield ProbeWarning(WarningCode.LOAD, when, {"others_share": change.others_share})
    if change.steal_share is not None and change.steal_share > _STEAL_SHARE:
        yield ProbeWarning(WarningCode.STEAL, when, {"steal_share": change.steal_share})
