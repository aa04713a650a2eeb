"""The ranking: value bars with intervals, how often each is first, where points come from, gates."""

from collections import defaultdict

from advisor.decision.criteria import GROUPS
from advisor.decision.model import CriterionValue, Decision, GateStatus, Group, Ranked, ValueSource
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
)
from advisor.report.palette import GROUPS as PALETTE
from advisor.report.palette import rank_colours
from advisor.report.wording import gates, names, verdict

VALUES_WIDTH = 9
"""Alternatives whose points stand side by side on a page."""

OVERVIEW_ROWS = 8
"""Alternatives that the first page has room for, beside what it says of them."""


def overview_chart(context: ReportContext, decision: Decision) -> Chart:
    """Return the ranking at a glance: points with intervals, and the share of first places."""
    _ = context.gettext
    ranking = decision.ranking[:OVERVIEW_ROWS]
    caption = _("Ranking. Bars: points over all criteria; lines: {confidence} of what is plausible.").format(
        confidence=fmt.confidence()
    )
    if left := len(decision.ranking) - len(ranking):
        more = context.ngettext("One more comes after these.", "{n} more come after these.", left)
        caption = fmt.joined(caption, more.format(n=left), language=context.language)
    points = axes.spanning([bound for each in ranking for bound in (each.low, each.high)])
    shares, ticks = axes.from_zero([1.0], fmt.percent)
    first = [each.acceptability[0] if each.acceptability else 0.0 for each in ranking]
    spoken = [
        _("{framework} {points} points ({interval}), comes first in {share}").format(
            framework=context.name(each.alternative),
            points=fmt.points(each.points),
            interval=fmt.interval(each.low, each.high, fmt.points),
            share=fmt.probability(share),
        )
        for each, share in zip(ranking, first, strict=True)
    ]
    return Chart(
        id="ranking",
        caption=caption,
        alt=_("Ranking, best first: {entries}.").format(entries=_("; ").join(spoken)),
        labels=tuple(_ranked_label(context, each) for each in ranking),
        panels=(
            Panel(
                _("Points"),
                *points,
                figures=Figures.POINTS,
                bars=tuple(
                    Bar(
                        (
                            Segment(
                                0.0,
                                each.points,
                                context.colour(each.alternative),
                                pale=not each.eligible,
                            ),
                        ),
                        each.low,
                        each.high,
                        fmt.points(each.points),
                        fmt.interval(each.low, each.high, fmt.points),
                    )
                    for each in ranking
                ),
            ),
            Panel(
                _("How often it comes first"),
                0.0,
                shares,
                ticks,
                figures=Figures.DRAWS,
                bars=tuple(
                    Bar(
                        (Segment(0.0, share, context.colour(each.alternative), pale=not each.eligible),),
                        text=fmt.probability(share),
                    )
                    for each, share in zip(ranking, first, strict=True)
                ),
            ),
        ),
    )


def _ranked_label(context: ReportContext, ranked: Ranked) -> Label:
    label = context.label(ranked.alternative)
    return Label(f"{ranked.rank}  {label.text}", strong=label.strong, muted=not ranked.eligible)


def gates_section(context: ReportContext) -> Section | None:
    """Return what was asked for and who meets it."""
    _ = context.gettext
    decision, language = context.decision, context.language
    if decision is None or not decision.gates:
        return None
    held = [each for each in decision.gates if each.status is not GateStatus.PASS]
    blocks: list[Block] = []
    if not held:
        blocks.append(Paragraph(_("Every alternative passes every requirement.")))
    else:
        rows = []
        for alternative in context.alternatives:
            for each in (gate for gate in held if gate.alternative == alternative):
                framework = context.frameworks.get(alternative)
                state = gates.gate_status(each.status, language)
                rows.append(
                    (
                        context.cell(alternative),
                        Cell(gates.gate(each.gate, language), each.gate),
                        Cell(
                            _("{status}, waived").format(status=state) if each.waived else state,
                            str(each.status),
                            strong=each.status is GateStatus.FAIL and not each.waived,
                        ),
                        Cell(gates.gate_reason(each, language)),
                        Cell(gates.gate_evidence(each, framework.facts if framework else {}, language)),
                    )
                )
        blocks.append(
            Paragraph(
                _(
                    "Requirements are not traded off against points. What fails one is listed last; "
                    "what cannot be told is ranked, but not recommended."
                )
            )
        )
        blocks.append(
            Table(
                "gates",
                _("Requirements that are not met, or of which it is not known"),
                (
                    Column(_("Framework")),
                    Column(_("Requirement")),
                    Column(_("Status")),
                    Column(_("Reason"), width=1.2),
                    Column(_("Evidence"), width=1.0),
                ),
                tuple(rows),
            )
        )
    passed = sorted(
        {
            gates.gate(each.gate, language)
            for each in decision.gates
            if each.gate not in {found.gate for found in held}
        }
    )
    if passed and held:
        blocks.append(
            Paragraph(_("Passed by all: {gates}.").format(gates=fmt.listing(passed, language)), note=True)
        )
    return Section("gates", _("What was ruled out, and why"), tuple(blocks))


def section(context: ReportContext) -> Section | None:
    """Return the ranking in full."""
    _ = context.gettext
    decision = context.decision
    if decision is None or not context.is_ranked:
        return None
    blocks: list[Block] = [_ranking_table(context, decision), _composition_chart(context, decision)]
    sentences = [verdict.contrast(each, context.names, context.language) for each in decision.contrasts[:4]]
    if sentences:
        blocks += [Heading(_("Why this order")), Bullets(tuple(sentences))]
    blocks += [Heading(_("Where the points come from")), *_values_tables(context, decision)]
    return Section("ranking", _("Ranking"), tuple(blocks))


def _composition_chart(context: ReportContext, decision: Decision) -> Chart:
    """Weighted points of each alternative, stacked by group of criteria."""
    _ = context.gettext
    language = context.language
    weights = {each.criterion: each.weight for each in decision.weights}
    group_of = {criterion: group for group, criteria in GROUPS.items() for criterion in criteria}
    parts: dict[tuple[str, Group], float] = defaultdict(float)
    for value in decision.values:
        points = weights.get(value.criterion, 0.0) * value.points
        parts[value.alternative, group_of[value.criterion]] += points
    bars, spoken, ends = [], [], []
    for ranked in decision.ranking:
        segments, below, above = [], 0.0, 0.0
        for group in GROUPS:
            part = parts[ranked.alternative, group]
            start = above if part >= 0 else below
            segments.append(Segment(start, start + part, PALETTE[group], fmt.points(part)))
            above, below = above + max(part, 0.0), below + min(part, 0.0)
        ends += [below, above]
        bars.append(Bar(tuple(segments), text=fmt.points(ranked.points)))
        groups = ", ".join(
            f"{names.group(group, language)} {fmt.points(parts[ranked.alternative, group])}"
            for group in GROUPS
        )
        name = context.name(ranked.alternative)
        spoken.append(_("{framework}: {groups}").format(framework=name, groups=groups))
    return Chart(
        id="composition",
        caption=_("What the points are made of: weighted points by group of criteria."),
        alt=_("Weighted points by group. {entries}.").format(entries=_("; ").join(spoken)),
        labels=tuple(_ranked_label(context, each) for each in decision.ranking),
        panels=(Panel(_("Points"), *axes.spanning(ends), bars=tuple(bars), figures=Figures.POINTS),),
        legend=tuple(LegendEntry(names.group(group, language), PALETTE[group]) for group in GROUPS),
    )


def _ranking_table(context: ReportContext, decision: Decision) -> Table:
    _ = context.gettext
    rows = []
    for each in decision.ranking:
        chosen = each.alternative in decision.verdict.recommended
        rows.append(
            (
                Cell(str(each.rank), each.rank),
                context.cell(each.alternative, strong=chosen),
                Cell(fmt.points(each.points), each.points),
                Cell(fmt.interval(each.low, each.high, fmt.points), low=each.low, high=each.high),
                Cell(fmt.probability(each.acceptability[0]), each.acceptability[0]),
                Cell(fmt.probability(each.confidence), each.confidence),
                Cell(fmt.points(each.expected_regret), each.expected_regret),
                Cell(_("yes") if each.eligible else _("no"), str(each.eligible).lower()),
            )
        )
    return Table(
        "ranking",
        _("Ranking with what speaks for its firmness"),
        (
            Column("#", numeric=True),
            Column(_("Framework"), width=1.0),
            Column(_("Points"), unit=_("points"), numeric=True),
            Column(
                _("{confidence} interval").format(confidence=fmt.confidence()), unit=_("points"), numeric=True
            ),
            Column(_("First"), unit=_("share of draws"), numeric=True),
            Column(_("Confidence"), unit=_("share"), numeric=True),
            Column(_("Regret"), unit=_("points"), numeric=True),
            Column(_("Eligible")),
        ),
        tuple(rows),
        notes=(
            _("First: share of draws in which it takes rank 1."),
            _("Confidence: the same with weights fixed at those that favour it most."),
            _("Regret: points lost to the best, on average over all draws."),
        ),
    )


def _values_tables(context: ReportContext, decision: Decision) -> list[Block]:
    """Points of every criterion; split where there are more alternatives than a page is wide."""
    _ = context.gettext
    language = context.language
    weights = {each.criterion: each for each in decision.weights}
    values = {(each.alternative, each.criterion): each for each in decision.values}
    criteria = [
        criterion
        for criteria_of in GROUPS.values()
        for criterion in criteria_of
        if criterion in weights
        and weights[criterion].assessed
        and any((name, criterion) in values for name in context.alternatives)
    ]
    ranked = [each.alternative for each in decision.ranking]
    result: list[Block] = []
    for start in range(0, len(ranked), VALUES_WIDTH):
        shown = ranked[start : start + VALUES_WIDTH]
        rows = [
            (
                Cell(names.criterion(criterion, language), str(criterion)),
                Cell(fmt.percent(weights[criterion].weight), weights[criterion].weight),
                *(_value_cell(context, values.get((alternative, criterion))) for alternative in shown),
            )
            for criterion in criteria
        ]
        result.append(
            Table(
                "values" if start == 0 else f"values-{start // VALUES_WIDTH + 1}",
                _("Points per criterion (0 to 100 on fixed references, more is better; may lie outside)"),
                (
                    Column(_("Criterion")),
                    Column(_("Weight"), unit=_("share"), numeric=True),
                    *(
                        Column(
                            context.name(each),
                            unit=_("points"),
                            numeric=True,
                            # As wide as its title's longest word: figures are narrower.
                            width=0.55 + 0.035 * max(map(len, context.name(each).split())),
                        )
                        for each in shown
                    ),
                ),
                tuple(rows),
                notes=tuple(
                    note
                    for mark, note in (
                        ("?", _("“?”: not known; the whole scale counts as possible.")),
                        (_NONE, _("“n/a”: it cannot train, which counts as 0 points.")),
                    )
                    if any(cell.text == mark for row in rows for cell in row)
                ),
            )
        )
    return result


_NONE = "n/a"


def _value_cell(context: ReportContext, value: CriterionValue | None) -> Cell:
    if value is None:
        return Cell(fmt.DASH, muted=True)
    if value.source is ValueSource.MISSING:
        return Cell("?", muted=True)
    if value.source is ValueSource.NOT_APPLICABLE:
        return Cell(_NONE, value.points, muted=True)
    return Cell(fmt.whole(value.points), value.points)


def acceptability_section(context: ReportContext) -> Section | None:
    """Return how often each alternative takes which rank."""
    _ = context.gettext
    decision = context.decision
    if decision is None or not context.is_ranked or not decision.ranking[0].acceptability:
        return None
    ranks = len(decision.ranking[0].acceptability)
    colours = rank_colours(ranks)
    bars = []
    for each in decision.ranking:
        segments, start = [], 0.0
        for colour, share in zip(colours, each.acceptability, strict=True):
            text = fmt.probability(share) if share >= 0.08 else ""
            if share > 0:
                segments.append(Segment(start, start + share, colour, text))
            start += share
        bars.append(Bar(tuple(segments)))
    maximum, ticks = axes.from_zero([1.0], fmt.percent)
    spoken = [
        _("{framework}: {ranks}").format(
            framework=context.name(each.alternative),
            ranks=", ".join(
                _("rank {rank} in {share}").format(rank=place, share=fmt.probability(share))
                for place, share in enumerate(each.acceptability, 1)
                if share >= 0.005
            ),
        )
        for each in decision.ranking
    ]
    chart = Chart(
        id="acceptability",
        caption=_("Share of {draws} draws in which each alternative takes each rank.").format(
            draws=fmt.whole(decision.draws)
        ),
        alt=_("Rank acceptability. {entries}.").format(entries=_("; ").join(spoken)),
        labels=tuple(_ranked_label(context, each) for each in decision.ranking),
        panels=(Panel(_("Share of draws"), 0.0, maximum, ticks, tuple(bars), figures=Figures.DRAWS),),
        legend=tuple(
            LegendEntry(_("rank {rank}").format(rank=place), colour)
            for place, colour in enumerate(colours, 1)
        ),
    )
    blocks: list[Block] = [
        Paragraph(
            _(
                "Each draw is one plausible world: weights as unsure as they are taken to be, measurements as "
                "they scatter between rounds, cited facts as far as their evidence goes."
            )
        ),
        chart,
    ]
    shared = _framework_shares(context, decision)
    if shared:
        blocks.append(Paragraph(shared))
    return Section("acceptability", _("How sure the order is"), tuple(blocks))


def _framework_shares(context: ReportContext, decision: Decision) -> str:
    _ = context.gettext
    several = {framework.id: framework for framework in context.assessment.catalogue if framework.backends}
    parts = [
        _("{framework} with any of its backends is first in {share} of draws").format(
            framework=framework.name, share=fmt.probability(decision.framework_acceptability[identifier])
        )
        for identifier, framework in several.items()
        if identifier in decision.framework_acceptability
    ]
    return fmt.listing(parts, context.language) + _(".") if parts else ""
