"""Axes for charts: where they end and where their ticks are."""

import math
from collections.abc import Callable, Iterable

from advisor.report import format as fmt
from advisor.report.model import Tick

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def tick_step(span: float, count: int = 4) -> float:
    """Return a round step that divides a span into about ``count`` parts, never more than ``count + 1``."""
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw * 0.999)


def from_zero(
    values: Iterable[float], write: Callable[[float], str] | None = None, count: int = 4
) -> tuple[float, tuple[Tick, ...]]:
    """Return where an axis from zero ends, and its ticks, zero among them."""
    top = max(values, default=0.0)
    if not top > 0:
        top = 1.0
    minimum, maximum, ticks = spanning([0.0, top], write, count)
    assert minimum == 0.0
    return maximum, ticks


def spanning(
    values: Iterable[float], write: Callable[[float], str] | None = None, count: int = 4
) -> tuple[float, float, tuple[Tick, ...]]:
    """Return an axis that holds all values and zero, with its ticks."""
    held = [0.0, *values]
    low, high = min(held), max(held)
    if low == high:
        high = low + 1.0
    step = tick_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    scale, prefix = _scale(max(-first, last) * step)
    decimals = max(-math.floor(math.log10(step / scale) + 1e-9), 0)
    if round(step / scale * 10**decimals, 9) % 1 > 1e-9:
        decimals += 1

    def plain(value: float) -> str:
        return "0" if value == 0 else fmt.fixed(value / scale, decimals) + prefix

    write = write or plain
    ticks = tuple(Tick(index * step, write(index * step)) for index in range(first, last + 1))
    return first * step, last * step, ticks


def _scale(largest: float) -> tuple[float, str]:
    """Ticks stand close together: from ten thousand on they are short (50k, 1M)."""
    if largest < 1e4:
        return 1.0, ""
    return next(
        ((scale, prefix) for scale, prefix in ((1e9, "G"), (1e6, "M")) if largest >= scale), (1e3, "k")
    )
