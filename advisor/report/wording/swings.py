"""What "worst" and "best" on a criterion are: the range among what was compared, else the references of the points."""

import math
from collections.abc import Callable, Collection, Iterable

from advisor.decision import values
from advisor.decision.criteria import (
    FLOPS_PER_JOULE,
    PROCESS_BYTES,
    ROWS,
    Counts,
    Efficiency,
    Kept,
    Reading,
    Recency,
    RubricLevel,
    Skill,
    Speed,
    Start,
    TargetLevels,
)
from advisor.decision.model import Criterion, CriterionValue
from advisor.frameworks import catalogue
from advisor.i18n import N_, translator
from advisor.probes.model import Quantity
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.report.wording.answers import SKILLS
from advisor.report.wording.evidence import fact_name
from advisor.workloads.model import Workload

HIGHEST_LEVEL = 4


def measured(
    criterion: Criterion, found: Iterable[CriterionValue], workloads: Collection[Workload], language: str
) -> str:
    """Return from which figure to which the compared ones go; "" where fewer than two figures are known.

    Parameters
    ----------
    criterion : Criterion
        What they are judged by.
    found : iterable of CriterionValue
        Values on any criterion; those without a figure are left out.
    workloads : collection of Workload
        What they were measured on: figures of several are means, and have no unit of one task.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    """
    _ = translator(language).gettext
    known = [each for each in found if each.criterion is criterion and each.raw is not None]
    if len(known) < 2:
        return ""
    worst = min(known, key=lambda each: each.points)
    best = max(known, key=lambda each: each.points)
    template, write, unit = _words(criterion, workloads, language)
    ends = [write(each.raw) for each in (worst, best) if each.raw is not None]
    if ends[0] == ends[1]:
        return _("the same for all")
    return _(template).format(worst=ends[0], best=ends[1], unit=unit)


def reference(criterion: Criterion, language: str) -> str:
    """Return what is worth 0 points and what 100, before anything was measured."""
    _ = translator(language).gettext
    times = fmt.whole(math.exp(values.RANGE))
    match ROWS[criterion].value:
        case Speed():
            return _("from {times} times slower to the speed at {share} of this machine's peak").format(
                times=times, share=fmt.percent(values.PEAK_SHARE)
            )
        case Start(full_s):
            worst, best = (fmt.duration(each, language) for each in (full_s * float(times), full_s))
        case Reading() if ROWS[criterion].unit == "bytes":
            return _(
                "from {times} times that to what the network's training state takes, in a process of {process}"
            ).format(times=times, process=fmt.size(PROCESS_BYTES))
        case Reading():
            low, high = FLOPS_PER_JOULE / float(times), FLOPS_PER_JOULE
            worst, best = (f"{fmt.metric(each, 'FLOP/J')}" for each in (low, high))
        case Efficiency():
            worst, best = _("no core put to use"), _("every core put to use")
        case Recency(stale=stale):
            worst = _("a release {months} months ago").format(months=fmt.whole(stale))
            best = _("one of today")
        case Counts(scales=scales):
            fact, (zero, full) = next(iter(scales.items()))
            return _("{what}: from {worst} to {best}").format(
                worst=fmt.whole(zero), best=fmt.whole(full), what=fact_name(fact, language)
            )
        case Skill():
            worst, best = (f"“{_(SKILLS[end])}”" for end in (0, -1))
        case _:
            return _("from level {worst} to level {best}").format(worst=0, best=HIGHEST_LEVEL)
    return _(_RANGE).format(worst=worst, best=best)


def anchors(criterion: Criterion, language: str) -> str:
    """Return what the lowest and the highest level of a judged criterion stand for; "" for any other."""
    _ = translator(language).gettext
    match ROWS[criterion].value:
        case RubricLevel(fact=fact) | Kept(fact=fact):
            pass
        case TargetLevels(otherwise=fact):
            pass
        case _:
            return ""
    levels = catalogue.rubrics()[fact].levels
    return "\n".join(f"{level}: {_(levels[level])}" for level in (0, HIGHEST_LEVEL))


def _words(
    criterion: Criterion, workloads: Collection[Workload], language: str
) -> tuple[str, Callable[[float], str], str]:
    """Return how a criterion's range is said: the sentence, what writes each figure, and the unit."""
    _ = translator(language).gettext
    row = ROWS[criterion]
    match row.value, row.unit:
        case Skill(), _unit:
            return _RANGE, lambda level: f"“{_(SKILLS[round(level)])}”", ""
        case Speed(quantity), "items/s":
            unit = _("items/s")
            if len(workloads) == 1:
                (workload,) = workloads
                loop = quantity is Quantity.TRAIN and workload.loops
                unit = names.rate_unit(workload, Quantity.LOOP if loop else quantity, language)
            return _RANGE_OF_UNIT, fmt.number, unit
        case _value, "s":
            return _RANGE, lambda seconds: fmt.duration(seconds, language), ""
        case _value, "bytes":
            return _RANGE, fmt.size, ""
        case _value, "efficiency":
            return _RANGE, fmt.percent, ""
        case _value, "J/item":
            return _RANGE_OF_UNIT, fmt.number, "J"
        case _value, "months":
            return N_("from {worst} to {best} months since the last release"), _months, ""
        case _value, "downloads/month":
            return N_("from {worst} to {best} downloads a month"), fmt.number, ""
        case _value, "level":
            return _LEVELS, lambda level: fmt.exact(level, 2), ""
    return _RANGE_OF_UNIT, fmt.number, row.unit


def _months(value: float) -> str:
    return fmt.fixed(value) if value < 1 else fmt.whole(value)


_RANGE = N_("from {worst} to {best}")
_RANGE_OF_UNIT = N_("from {worst} to {best} {unit}")
_LEVELS = N_("from level {worst} to level {best}, of 0 to 4")
