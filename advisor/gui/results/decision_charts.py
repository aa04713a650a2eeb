"""Charts that only the window has, since only there they move: values by criterion, stability of weights. No Qt."""

from advisor.decision.criteria import GROUPS
from advisor.decision.model import Criterion, Decision
from advisor.gui.text import _
from advisor.report import axes, palette
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Bar, Chart, Figures, Label, LegendEntry, Panel, Segment, Tick
from advisor.report.palette import Colour
from advisor.report.wording import names


def criterion_colour(criterion: Criterion) -> Colour:
    """Return a criterion's colour: its group's, paler for each one further down the group."""
    group, members = next(pair for pair in GROUPS.items() if criterion in pair[1])
    paler = 0.62 * members.index(criterion) / max(len(members) - 1, 1)
    return palette.mixed(palette.GROUPS[group], palette.GROUND, paler)


def values(context: ReportContext, decision: Decision) -> Chart:
    """Return the additive value of every alternative, stacked by criterion, with its interval."""
    language = context.language
    weights = {each.criterion: each.weight for each in decision.weights if each.weight > 0}
    points = {(each.alternative, each.criterion): each.points for each in decision.values}
    shown = [each for group in GROUPS.values() for each in group if each in weights]
    bars, ends = [], []
    for ranked in decision.ranking:
        segments = _stacked(
            [
                (weights[criterion] * points[ranked.alternative, criterion], criterion_colour(criterion))
                for criterion in shown
                if points.get((ranked.alternative, criterion))
            ]
        )
        ends += [end for segment in segments for end in (segment.start, segment.end)]
        ends += [ranked.low, ranked.high]
        bars.append(Bar(segments, ranked.low, ranked.high, fmt.points(ranked.points)))
    return Chart(
        id="values",
        caption=_(
            "Weighted points by criterion; lines: {confidence} of what is plausible for the sum.",
            confidence=fmt.confidence(),
        ),
        alt=_(
            "Values, best first: {entries}.",
            entries="; ".join(
                f"{context.name(each.alternative)} {fmt.points(each.points)}" for each in decision.ranking
            ),
        ),
        labels=tuple(_label(context, decision, place) for place in range(len(decision.ranking))),
        panels=(Panel(_("Points"), *_axis(ends), tuple(bars), figures=Figures.POINTS),),
        legend=tuple(LegendEntry(names.criterion(each, language), criterion_colour(each)) for each in shown),
    )


def stability(context: ReportContext, decision: Decision) -> Chart:
    """Return between which weights of each criterion the first stays first, and where the weight is now."""
    language = context.language
    labels, bars, spoken = [], [], []
    for weight in decision.weights:
        if not weight.assessed:
            continue
        low = 0.0 if weight.stable_low is None else weight.stable_low
        high = 1.0 if weight.stable_high is None else weight.stable_high
        name = names.criterion(weight.criterion, language)
        now = fmt.percent(weight.weight)
        labels.append(Label(name))
        bars.append(
            Bar(
                (Segment(low, high, palette.FAVOURABLE, pale=True),),
                weight.weight,
                weight.weight,
                f"{now} ({fmt.interval(100 * low, 100 * high, fmt.whole)}%)",
            )
        )
        spoken.append(f"{name} {bars[-1].text}")
    maximum, ticks = axes.from_zero([1.0], fmt.percent)
    return Chart(
        id="stability",
        caption=_("Between which weights the first stays first, the others keeping their proportions."),
        alt=_("Weight now, and where it is stable: {entries}.", entries="; ".join(spoken)),
        labels=tuple(labels),
        panels=(Panel(_("Weight of the criterion"), 0.0, maximum, ticks, tuple(bars)),),
        legend=(
            LegendEntry(
                _("the first stays first; the mark is the weight now"), palette.FAVOURABLE, pale=True
            ),
        ),
    )


def _axis(ends: list[float]) -> tuple[float, float, tuple[Tick, ...]]:
    """Return an axis that begins where the bars do: a sliver below zero shall not cost a whole step."""
    lowest, highest, ticks = axes.spanning(ends, count=6)
    lowest = max(lowest, min(0.0, *ends) - 0.01 * (highest - lowest))
    return lowest, highest, tuple(tick for tick in ticks if tick.value >= lowest)


def _label(context: ReportContext, decision: Decision, place: int) -> Label:
    ranked = decision.ranking[place]
    name = context.name(ranked.alternative)
    strong = ranked.alternative in decision.verdict.recommended
    return Label(f"{ranked.rank}  {name}", strong=strong, muted=not ranked.eligible)


def _stacked(parts: list[tuple[float, Colour]]) -> tuple[Segment, ...]:
    """Return parts end to end: positive ones rightwards from zero, negative ones leftwards."""
    segments, right, left = [], 0.0, 0.0
    for length, colour in parts:
        start = right if length >= 0 else left
        segments.append(Segment(start, start + length, colour))
        if length >= 0:
            right += length
        else:
            left += length
    return tuple(segments)
