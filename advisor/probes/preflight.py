"""Circumstances that weaken what is measured, before, during and after: warned of, never tuned away."""

from advisor.hardware.conditions import Conditions, compare, read_conditions
from advisor.probes.context import Context
from advisor.probes.model import WarningCode

_WINDOW_S = 0.5  # over which other programs' load is seen before anything starts

_OTHERS_SHARE = 0.10
"""Of all allowed processors' time, used by other programs: more is warned of."""

_STEAL_SHARE = 0.02
"""Of all allowed processors' time, taken by the hypervisor: more is warned of."""

_SLOW_GOVERNORS = frozenset({"powersave", "conservative"})
_LOW_MEMORY_BYTES = 2 * 2**30  # a framework with a compact network takes about half of it


def preflight(context: Context) -> Conditions:
    """Warn of what is wrong before a run, and return the reading that ``postflight`` compares with."""
    first = read_conditions()
    context.cancel.wait(_WINDOW_S)
    reading = read_conditions()
    _warn_of_load(context, "before", first, reading)
    if reading.on_battery:
        context.warn(WarningCode.BATTERY, "before")
    if reading.governor in _SLOW_GOVERNORS:
        context.warn(WarningCode.GOVERNOR, "before", governor=reading.governor or "")
    if reading.available_bytes is not None and reading.available_bytes < _LOW_MEMORY_BYTES:
        context.warn(WarningCode.LOW_MEMORY, "before", available_bytes=float(reading.available_bytes))
    return reading


def postflight(context: Context, before: Conditions) -> None:
    """Warn of what went wrong while the run lasted."""
    after = read_conditions()
    change = compare(before, after)
    _warn_of_load(context, "during", before, after)
    if change.throttle_events:
        context.warn(WarningCode.THROTTLED, "during", events=float(change.throttle_events))
    elif change.gpu_throttle:
        context.warn(WarningCode.THROTTLED, "during", reasons=", ".join(change.gpu_throttle))
    if after.on_battery and not before.on_battery:
        context.warn(WarningCode.BATTERY, "during")


def _warn_of_load(context: Context, when: str, before: Conditions, after: Conditions) -> None:
    change = compare(before, after)
    if change.others_share is not None and change.others_share > _OTHERS_SHARE:
        context.warn(WarningCode.LOAD, when, others_share=change.others_share)
    if change.steal_share is not None and change.steal_share > _STEAL_SHARE:
        context.warn(WarningCode.STEAL, when, steal_share=change.steal_share)
