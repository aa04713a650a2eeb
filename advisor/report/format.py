"""Figures as readers see them: units, significant digits, intervals, dates. Bytes and seconds come in.

Both languages of the app write numbers alike (``1,234.5``); words around them are translated. A figure and
its unit are held together by a no-break space. Nothing here decides anything.
"""

import math
import re
from collections.abc import Callable, Iterable
from datetime import date

from advisor.i18n import N_, translator
from advisor.probes.intervals import CONFIDENCE

NBSP = "\u00a0"
MINUS = "\u2212"
EN_DASH = "\u2013"
DASH = "\u2014"

_CHINESE = "\u4e00-\u9fff"

_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_PREFIXES = ("", "k", "M", "G", "T", "P")
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)


def number(value: float, digits: int = 3) -> str:
    """Return a number with ``digits`` significant digits: ``0.412``, ``12.3``, ``661,000``."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    # Rounding may carry into a new digit (9.996 -> 10.00), which then costs a decimal.
    rounded = round(value, decimals)
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    return _signed(f"{rounded:,.{max(decimals, 0)}f}")


def exact(value: float, digits: int = 3) -> str:
    """Return a figure that was not measured but is known: no decimals where it is a whole number."""
    return whole(value) if value == round(value) else number(value, digits)


def whole(value: float) -> str:
    """Return a count with thousands separators."""
    return _signed(f"{round(value):,}")


def count(value: float) -> str:
    """Return an estimated number of things: whole, and no finer than it can be known."""
    return number(value) if value >= 1000 else whole(math.ceil(value))


def fixed(value: float, decimals: int = 1) -> str:
    """Return a number with fixed decimals, so that a column of them lines up."""
    return _signed(f"{value:,.{decimals}f}")


def points(value: float, *, sign: bool = False) -> str:
    """Return points with one decimal; ``sign`` shows a plus as well."""
    return _signed(f"{value:{'+' if sign else ''},.1f}")


def percent(share: float, decimals: int = 0) -> str:
    """Return a share as a percentage."""
    return _signed(f"{100 * share:.{decimals}f}") + "%"


def stated_percent(share: float) -> str:
    """Return a share that somebody named, with the digits that it was named with."""
    return f"{100 * share:g}%"


def percents(shares: Iterable[float]) -> list[str]:
    """Return shares of one whole as whole percentages that add up as the shares do."""
    precise = [100 * each for each in shares]
    rounded = [math.floor(each) for each in precise]
    # Whoever loses most by rounding down is rounded up, as often as it takes.
    losses = sorted(range(len(precise)), key=lambda place: rounded[place] - precise[place])
    for place in losses[: round(sum(precise)) - sum(rounded)]:
        rounded[place] += 1
    return [f"{each}%" for each in rounded]


def confidence() -> str:
    """Return the level of every interval that is shown."""
    return percent(CONFIDENCE)


def fine_percent(share: float) -> str:
    """Return a measured share with two significant digits: ``16%``, ``4.3%``, ``0.37%``."""
    return number(100 * share, 2) + "%"


def probability(share: float) -> str:
    """Return a share of draws; never 0% or 100%, which no simulation can show."""
    if share < 0.005:
        return "<1%"
    return ">99%" if share >= 0.995 else percent(share)


def scientific(value: float) -> str:
    """Return a small number with its power of ten: ``3e−5``; nothing at all is ``0``."""
    if value == 0:
        return "0"
    mantissa, _e, exponent = f"{value:.0e}".partition("e")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def ratio(value: float) -> str:
    """Return a ratio to a hundredth, a large one to three digits: ``1.34×``, ``62.8×``."""
    return f"{fixed(value, 2) if value < 9.995 else number(value)}×"


def interval(low: float, high: float, write: Callable[[float], str] = number) -> str:
    """Return an interval; an en dash joins its ends unless one of them is negative."""
    low_text, high_text = write(low), write(high)
    joint = f"{NBSP}…{NBSP}" if MINUS in low_text + high_text else EN_DASH
    return f"{low_text}{joint}{high_text}"


def duration(seconds: float, language: str, *, stated: bool = False) -> str:
    """Return a duration in the unit that suits it, from microseconds to days; one that was ``stated`` as it was."""
    _ = translator(language).gettext
    if seconds < 0:
        return MINUS + duration(-seconds, language)
    if seconds == 0:
        return f"0{NBSP}s"
    if seconds < 99.95:
        scale, unit = _small_unit(seconds)
        text = number(seconds * scale)
        if stated and "." in text:
            text = text.rstrip("0").rstrip(".")
        return f"{text}{NBSP}{unit}"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        if minutes < 60:
            return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest).replace(" ", NBSP)
    if seconds < 48 * 3600:
        return _("{value} h").format(value=number(seconds / 3600)).replace(" ", NBSP)
    return _("{value} days").format(value=number(seconds / 86400)).replace(" ", NBSP)


def duration_interval(low: float, high: float, language: str) -> str:
    """Return an interval of durations, the unit once where both ends share it."""
    if low > 0 and high < 99.95:
        scale, unit = _small_unit(high)
        return f"{interval(low * scale, high * scale)}{NBSP}{unit}"
    return f"{duration(low, language)}{NBSP}{EN_DASH}{NBSP}{duration(high, language)}"


def duration_parts(value: float, low: float, high: float, language: str) -> tuple[str, str]:
    """Return a measured duration and its interval, both in the unit that suits the duration."""
    _ = translator(language).gettext
    if value < 99.95:
        factor, unit = _small_unit(value)
        template = f"{{value}}{NBSP}{unit}"
    elif value < 99.95 * 60:
        factor, template = 1 / 60, _("{value} min")
    elif value < 48 * 3600:
        factor, template = 1 / 3600, _("{value} h")
    else:
        factor, template = 1 / 86400, _("{value} days")
    text = template.format(value=number(value * factor)).replace(" ", NBSP)
    return text, interval(low * factor, high * factor)


def size(value_bytes: float) -> str:
    """Return a number of bytes in binary units."""
    if value_bytes == 0:
        return f"0{NBSP}B"
    # The next unit begins where this one would round to 1,024.
    power = 0
    while abs(value_bytes) >= 1023.5 * 1024**power and power < len(_BYTE_UNITS) - 1:
        power += 1
    return f"{exact(value_bytes / 1024**power)}{NBSP}{_BYTE_UNITS[power]}"


def size_interval(low: float, high: float) -> str:
    """Return an interval of numbers of bytes, the unit once where both ends share it."""
    first, last = size(low), size(high)
    if first.partition(NBSP)[2] == last.partition(NBSP)[2]:
        first = first.partition(NBSP)[0]
    return f"{first}{EN_DASH}{last}"


def metric(value: float, unit: str) -> str:
    """Return a figure with a decimal prefix: ``431 GFLOP/s``, ``22.1 GB/s``."""
    power = 0
    while abs(value) >= 999.5 * 1000**power and power < len(_PREFIXES) - 1:
        power += 1
    return f"{number(value / 1000**power)}{NBSP}{_PREFIXES[power]}{unit}"


def day(iso: str, language: str) -> str:
    """Return an ISO date, of a day or only a month, as the language writes it; other text unchanged."""
    _ = translator(language).gettext
    parts = iso[:10].split("-")
    try:
        if len(parts) == 2:
            month = date(int(parts[0]), int(parts[1]), 1)
            return _("{month} {year}").format(month=_(_MONTHS[month.month - 1]), year=month.year)
        when = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    month_name = _(_MONTHS[when.month - 1])
    return _("{day} {month} {year}").format(day=when.day, month=month_name, year=when.year)


def listing(items: list[str], language: str) -> str:
    """Return items as a list in a sentence: ``a, b and c``."""
    _ = translator(language).gettext
    if len(items) < 2:
        return "".join(items)
    return spaced(_("{items} and {last}").format(items=_(", ").join(items[:-1]), last=items[-1]))


def spaced(text: str) -> str:
    """Return a text with a space between what is Chinese and what is Latin, and none within what is Chinese.

    A sentence's parts come in either script, so its template can't have the right ones.
    """
    text = re.sub(rf"(?<=[{_CHINESE}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9)%×])(?=[{_CHINESE}])", " ", text)
    return re.sub(rf"(?<=[{_CHINESE}])[ {NBSP}](?=[{_CHINESE}])", "", text)


def joined(first: str, *others: str, language: str) -> str:
    """Return sentences as running text."""
    _ = translator(language).gettext
    for second in others:
        first = _("{first} {second}").format(first=first, second=second)
    return first


def _small_unit(seconds: float) -> tuple[float, str]:
    if seconds < 0.9995e-3:
        return 1e6, "µs"
    return (1e3, "ms") if seconds < 0.9995 else (1.0, "s")


def _signed(text: str) -> str:
    # "-0.0" says less than nothing.
    if text.startswith("-") and not any(character in "123456789" for character in text):
        text = text[1:]
    return text.replace("-", MINUS)
