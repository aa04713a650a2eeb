"""What would change the answer, and the weights it rests on."""

from advisor.decision import limits, weights
from advisor.decision.assumptions import assumed
from advisor.decision.criteria import GROUPS, ROWS
from advisor.decision.model import Answer, CriterionWeight, Decision, PriorityMode
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import (
    Bar,
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Figures,
    Heading,
    Label,
    LegendEntry,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
    Tick,
)
from advisor.report.palette import ADVERSE, FAVOURABLE
from advisor.report.wording import comparisons, names, verdict

WORTH_KNOWING = 0.1
"""Points that knowing a value is worth, from which it is named: points are shown to a tenth."""

INPUTS = 8
"""Inputs of the lead that are drawn, the weightiest first."""


def section(context: ReportContext) -> Section | None:
    """Return what would change the answer."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not context.is_ranked:
        return None
    blocks: list[Block] = []
    if sentences := verdict.changes(decision, context.names, language):
        blocks.append(Bullets(tuple(sentences)))
    if decision.sensitivity.tornado and decision.verdict.gap is not None:
        blocks.append(_tornado(context, decision, decision.verdict.gap))
    open_questions = [
        verdict.measure_next(each, context.names, language)
        for each in decision.sensitivity.measure_next[:5]
        if each.information_value >= WORTH_KNOWING
    ]
    if open_questions:
        blocks += [Heading(_("Measure this next")), Bullets(tuple(open_questions))]
    if agreement := verdict.agreement(decision, context.names, language):
        blocks += [Heading(_("Other methods, same values")), Bullets(tuple(agreement))]
    return Section("changes", _("What would change the answer"), tuple(blocks)) if blocks else None


def _tornado(context: ReportContext, decision: Decision, gap: float) -> Chart:
    _ = context.gettext
    language = context.language
    bars = sorted(decision.sensitivity.tornado, key=lambda each: each.gap_low - each.gap_high)[:INPUTS]
    minimum, maximum, ticks = axes.spanning(
        [bound for each in bars for bound in (each.gap_low, each.gap_high)] + [gap]
    )
    labels, drawn, spoken = [], [], []
    for each in bars:
        low, high = sorted((each.gap_low, each.gap_high))
        criterion = names.criterion(each.criterion, language)
        of = context.name(each.alternative) if each.alternative else _("weight")
        labels.append(Label(criterion, of))
        split = min(max(gap, low), high)
        drawn.append(
            Bar(
                tuple(
                    segment
                    for segment in (Segment(low, split, ADVERSE), Segment(split, high, FAVOURABLE))
                    if segment.end > segment.start
                ),
                text=fmt.interval(low, high, fmt.points),
            )
        )
        spoken.append(
            _("{criterion} ({of}): {interval} points").format(
                criterion=criterion, of=of, interval=fmt.interval(low, high, fmt.points)
            )
        )
    return Chart(
        id="tornado",
        caption=_(
            "How the lead of the first over the second moves when one input goes over its plausible range. "
            "Left of zero, the order turns."
        ),
        alt=_("Lead between first and second, by input. {entries}.").format(entries=_("; ").join(spoken)),
        labels=tuple(labels),
        panels=(
            Panel(
                _("Lead in points"),
                minimum,
                maximum,
                ticks,
                tuple(drawn),
                figures=Figures.POINTS,
                marks=(Tick(gap, _("now {points}").format(points=fmt.points(gap))),),
            ),
        ),
        legend=(
            LegendEntry(_("narrows the lead"), ADVERSE),
            LegendEntry(_("widens the lead"), FAVOURABLE),
        ),
    )


def weights_section(context: ReportContext) -> Section | None:
    """Return the weights with the swings they came from."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not decision.weights:
        return None
    by_criterion = {each.criterion: each for each in decision.weights}
    compared = decision.verdict.runner_up is not None  # or nobody stays first
    rows: list[tuple[Cell, ...]] = []
    for group, criteria in GROUPS.items():
        present = [
            by_criterion[each] for each in criteria if each in by_criterion and by_criterion[each].assessed
        ]
        if not present:
            continue
        share = sum(each.weight for each in present)
        rows.append(
            (
                Cell(names.group(group, language), str(group), strong=True),
                Cell(fmt.percent(share), share, strong=True),
                *(Cell("") for _column in range(5 if compared else 3)),
            )
        )
        rows += [_weight_row(context, each, compared) for each in present]
    return Section(
        "weights",
        _("Weights"),
        (
            Paragraph(
                fmt.joined(
                    _(
                        "A criterion’s swing says how much the step from its worst to its best is worth, "
                        "against 100 for the most important one."
                    ),
                    *_sureness(context),
                    *_by_hand(context),
                    language=language,
                )
            ),
            Table(
                "weights",
                _("Weights and the swings behind them"),
                (
                    Column(_("Criterion")),
                    Column(_("Weight"), unit=_("share"), numeric=True),
                    Column(
                        _("{confidence} interval").format(confidence=fmt.confidence()),
                        unit=_("share"),
                        numeric=True,
                    ),
                    Column(_("Swing"), unit=_("points"), numeric=True),
                    *(
                        (
                            Column(_("First stays first"), unit=_("share"), numeric=True),
                            Column(_("Else first"), width=1.0),
                        )
                        if compared
                        else ()
                    ),
                    Column(_("What it looks at"), width=1.3),
                ),
                tuple(rows),
                notes=(
                    *(
                        (
                            _(
                                "First stays first: the weights between which it does, the others keeping their "
                                "proportions."
                            ),
                        )
                        if compared
                        else ()
                    ),
                    *_unassessed(context, decision),
                ),
            ),
        ),
    )


def _unassessed(context: ReportContext, decision: Decision) -> list[str]:
    """Which criteria carry no weight, for everybody alike."""
    _ = context.gettext
    lost = [
        each.criterion
        for each in decision.weights
        if not each.assessed and (each.swing_points or not ROWS[each.criterion].whole)
    ]
    uncounted = limits.uncounted(context.assessment.needs)
    notes = (
        (
            _("Without weight, because nobody has data on it: {criteria}."),
            [each for each in lost if each not in uncounted],
        ),
        (
            _("Without weight, because the network is to run elsewhere: {criteria}."),
            [each for each in lost if each in uncounted],
        ),
    )
    return [
        text.format(
            criteria=fmt.listing(
                [names.criterion_inline(each, context.language) for each in criteria], context.language
            )
        )
        for text, criteria in notes
        if criteria
    ]


def _weight_row(context: ReportContext, weight: CriterionWeight, compared: bool) -> tuple[Cell, ...]:
    _ = context.gettext
    language = context.language
    interval = (
        fmt.interval(weight.low, weight.high, fmt.percent)
        if weight.low is not None and weight.high is not None
        else fmt.DASH
    )
    return (
        Cell(names.criterion(weight.criterion, language), str(weight.criterion)),
        Cell(fmt.percent(weight.weight, 1), weight.weight),
        Cell(interval, low=weight.low, high=weight.high),
        Cell(fmt.whole(weight.swing_points), weight.swing_points),
        *(_stable(context, weight) if compared else ()),
        Cell(names.criterion_note(weight.criterion, language)),
    )


def _stable(context: ReportContext, weight: CriterionWeight) -> tuple[Cell, Cell]:
    """Between which weights the first stays first, and who would be beyond."""
    if weight.weight <= 0:
        return Cell(fmt.DASH, muted=True), Cell(fmt.DASH, muted=True)
    low = 0.0 if weight.stable_low is None else weight.stable_low
    high = 1.0 if weight.stable_high is None else weight.stable_high
    challengers = dict.fromkeys(
        context.name(challenger)
        for challenger in (weight.challenger_low, weight.challenger_high)
        if challenger is not None
    )
    text = fmt.interval(low, high, fmt.percent)
    return (
        Cell(text, low=low, high=high, muted=not challengers),
        Cell(", ".join(challengers) or fmt.DASH, muted=not challengers),
    )


def _by_hand(context: ReportContext) -> list[str]:
    """Which weights were given point by point, and what the preset has for them."""
    _ = context.gettext
    needs, language = context.assessment.needs, context.language
    if needs.priorities.mode is not PriorityMode.WEIGHTS:
        return []
    preset = weights.preset(needs.stage, needs.team.size)
    moved = [
        _("{criterion} {points} (preset {preset})").format(
            criterion=names.criterion_inline(criterion, language),
            points=fmt.whole(points),
            preset=fmt.whole(preset.get(criterion, 0.0)),
        )
        for criterion, points in needs.priorities.weights.items()
        if round(points) != round(preset.get(criterion, 0.0))
    ]
    if not moved:
        return []
    return [_("Changed by hand: {criteria}.").format(criteria=fmt.listing(moved, language))]


def _sureness(context: ReportContext) -> list[str]:
    """Where the weights come from, and how much is taken as known of them."""
    _ = context.gettext
    needs, language = context.assessment.needs, context.language
    match needs.priorities.mode:
        case PriorityMode.WEIGHTS:
            return [
                _(
                    "Weights start from the preset for “{stage}” and are uncertain, so draws scatter them."
                ).format(stage=names.stage(needs.stage, language)),
                _how_sure(context),
            ]
        case PriorityMode.PAIRS:
            levels = weights.levels(needs)
            return [
                _("Weights come from comparisons in pairs (AHP) and are uncertain, so draws scatter them."),
                _how_sure(context),
                comparisons.consistency(levels, language),
                *filter(None, (comparisons.contradiction(*each, language) for each in enumerate(levels))),
            ]
        case PriorityMode.ORDER:
            return [_("Only the order of the criteria is taken as known.")]
        case PriorityMode.NONE:
            return [_("Nothing is taken as known of the weights: every weighting is as likely.")]


def _how_sure(context: ReportContext) -> str:
    _ = context.gettext
    needs = context.assessment.needs
    sureness = fmt.percent(needs.priorities.sureness)
    if Answer.SURENESS in assumed(needs):
        return _("That they are {sureness} sure is assumed.").format(sureness=sureness)
    return _("You are {sureness} sure of them.").format(sureness=sureness)
