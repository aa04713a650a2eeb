"""Two alternatives held against each other: which the reader chooses, and on what each is ahead. No Qt."""

from advisor.assessment.comparison import independent_ratio
from advisor.decision.model import Contrast, Contribution, Decision, ValueSource
from advisor.gui.text import _
from advisor.probes.model import (
    ProbeResult,
    Quantity,
    WorkloadRun,
)
from advisor.probes.statistics import Ratio, paired_ratio, summarise
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Bar, Chart, Figures, Label, LegendEntry, Panel, Segment, Tick
from advisor.report.palette import Colour
from advisor.report.wording import names, verdict


def first_two(decision: Decision) -> tuple[str, str] | None:
    """Return the two that a reader wants to see first: those of the verdict, else the best two."""
    ranked = [each.alternative for each in decision.ranking]
    if len(ranked) < 2:
        return None
    stated = [*decision.verdict.recommended, *filter(None, (decision.verdict.runner_up,))]
    first, second, *_rest = dict.fromkeys((*stated, *ranked))
    return first, second


def contrast(decision: Decision, one: str, other: str) -> Contrast:
    """Return where the gap between two comes from, in weighted points, the largest part first."""
    points = {(each.alternative, each.criterion): each.points for each in decision.values}
    parts = [
        Contribution(
            each.criterion, each.weight * (points[one, each.criterion] - points[other, each.criterion])
        )
        for each in decision.weights
        if each.weight > 0 and (one, each.criterion) in points and (other, each.criterion) in points
    ]
    return Contrast(one, other, tuple(sorted(parts, key=lambda each: -abs(each.points))))


def sentences(context: ReportContext, decision: Decision, one: str, other: str) -> str:
    """Say how far apart two are, how sure their order is, and on what."""
    points = {each.alternative: each.points for each in decision.ranking}
    apart = _(
        "{one} has {points} points more than {other}, and comes before it in {share} of the draws.",
        one=context.name(one),
        other=context.name(other),
        points=fmt.points(points[one] - points[other]),
        share=fmt.probability(decision.pairwise[one][other]),
    )
    parts = verdict.contrast(contrast(decision, one, other), context.names, context.language)
    return fmt.joined(apart, parts, language=context.language)


def points_chart(context: ReportContext, decision: Decision, one: str, other: str) -> Chart:
    """Return the gap by criterion: to the right what speaks for the one, to the left what speaks for the other."""
    parts = contrast(decision, one, other).contributions
    unknown = {
        each.criterion
        for each in decision.values
        if each.alternative in (one, other) and each.source is ValueSource.MISSING
    }
    minimum, maximum, ticks = axes.spanning([each.points for each in parts], fmt.points)
    bars = tuple(
        Bar(
            (_segment(context, one, other, 0.0, each.points),),
            text=fmt.points(each.points, sign=True),
        )
        for each in parts
    )
    labels = tuple(
        Label(
            names.criterion(each.criterion, context.language),
            names.value_source(ValueSource.MISSING, context.language) if each.criterion in unknown else "",
        )
        for each in parts
    )
    spoken = [f"{label.text} {bar.text}" for label, bar in zip(labels, bars, strict=True)]
    return Chart(
        id="contrast",
        caption=_("Where the gap comes from: weighted points by criterion, the largest first."),
        alt=_(
            "Weighted points of {one} above {other}: {entries}.",
            one=context.name(one),
            other=context.name(other),
            entries="; ".join(spoken),
        ),
        labels=labels,
        panels=(Panel(_("Points"), minimum, maximum, ticks, bars, figures=Figures.POINTS),),
        legend=_legend(context, one, other),
    )


def speed_chart(context: ReportContext, one: str, other: str) -> Chart | None:
    """Return how many times as fast the one is as the other; None where they share no measurement.

    Where frameworks took turns the ratio is paired within rounds; it never is where they didn't.
    """
    found = [
        (run, quantity, configuration, ratio)
        for run in context.assessment.runs
        for quantity in Quantity
        for configuration in _in_common(context, run, one, other)
        if (ratio := _ratio(context, run, quantity, configuration, one, other)) is not None
    ]
    if not found:
        return None
    ends = [end for *_what, ratio in found for end in (1.0, ratio.low, ratio.high)]
    step = axes.tick_step(max(ends) - min(ends) or 1.0, 5)
    first, last = int(min(ends) // step), -int(-max(ends) // step)
    ticks = tuple(
        Tick(step * number, fmt.fixed(step * number, 0 if step >= 1 else 2))
        for number in range(first, last + 1)
    )
    labels, bars = [], []
    for run, quantity, configuration, ratio in found:
        detail = names.quantity(quantity, context.language, run.workload)
        if configuration:
            detail = f"{detail} · {configuration}"
        labels.append(Label(names.architecture(run.workload, context.language), detail))
        segment = _segment(context, one, other, 1.0, ratio.median, tie=ratio.tie)
        bars.append(Bar((segment,), ratio.low, ratio.high, fmt.ratio(ratio.median)))
    spoken = [f"{label.text}, {label.detail} {bar.text}" for label, bar in zip(labels, bars, strict=True)]
    fields = {"one": context.name(one), "other": context.name(other)}
    caption = _(
        "Speed of {one} ÷ {other} with {confidence} intervals; pale where no difference is shown.",
        **fields,
        confidence=fmt.confidence(),
    )
    paired = all(run.interleaved for run, *_rest in found)
    how = (
        _("Paired within rounds.")
        if paired
        else _("Not paired within rounds: they were measured one after the other.")
    )
    return Chart(
        id="contrast-speed",
        caption=fmt.joined(caption, how, language=context.language),
        alt=_("Speed of {one} ÷ {other}: {entries}.", entries="; ".join(spoken), **fields),
        labels=tuple(labels),
        panels=(
            Panel(
                _("Speed, {one} ÷ {other}", **fields),
                first * step,
                last * step,
                ticks,
                tuple(bars),
                marks=(Tick(1.0, _("equal")),),
            ),
        ),
        legend=_legend(context, one, other),
    )


def _in_common(context: ReportContext, run: WorkloadRun, one: str, other: str) -> tuple[str, ...]:
    """Return the ways of running that both have, by name: compiled is compiled, whatever the levers."""
    ways = {
        alternative: dict.fromkeys(
            context.way(each.subject.configuration)
            for each in context.ordered(run)
            if each.subject.alternative == alternative
        )
        for alternative in (one, other)
    }
    return tuple(way for way in ways[one] if way in ways[other])


def _ratio(
    context: ReportContext, run: WorkloadRun, quantity: Quantity, way: str, one: str, other: str
) -> Ratio | None:
    results: list[ProbeResult] = []
    for alternative in (one, other):
        held = [
            each
            for each in run.results
            if each.subject.alternative == alternative
            and context.way(each.subject.configuration) == way
            and context.has_figures(each)
        ]
        if len(held) != 1:
            return None
        results += held
    mine, theirs = results
    if run.interleaved:
        return paired_ratio(theirs.samples, mine.samples, quantity)
    summaries = [summarise(each.samples, quantity) for each in (theirs, mine)]
    if summaries[0] is None or summaries[1] is None:
        return None
    return independent_ratio(summaries[0], summaries[1])


def _segment(
    context: ReportContext, one: str, other: str, start: float, end: float, *, tie: bool = False
) -> Segment:
    mine, theirs = _sides(context, one, other)
    colour, pale = mine if end >= start else theirs
    return Segment(min(start, end), max(start, end), colour, pale=pale or tie)


def _sides(context: ReportContext, one: str, other: str) -> tuple[tuple[Colour, bool], tuple[Colour, bool]]:
    """Return each side's colour, and whether it is drawn pale: two backends of one framework share theirs."""
    mine, theirs = context.colour(one), context.colour(other)
    return (mine, False), (theirs, mine == theirs)


def _legend(context: ReportContext, one: str, other: str) -> tuple[LegendEntry, ...]:
    return tuple(
        LegendEntry(_("for {name}", name=context.name(name)), colour, pale)
        for name, (colour, pale) in zip((one, other), _sides(context, one, other), strict=True)
    )
