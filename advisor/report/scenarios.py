"""Scenarios of an assessment side by side: other answers, the verdict, the first three, and everybody's points."""

from collections.abc import Sequence

from advisor.assessment import scenarios
from advisor.assessment.model import Assessment
from advisor.decision.model import Ranked
from advisor.i18n import translator
from advisor.report import axes, document, summary
from advisor.report import format as fmt
from advisor.report.comparison import Pair, answer_sentences, effects
from advisor.report.context import ReportContext
from advisor.report.model import (
    Bar,
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Document,
    Heading,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
    Tick,
)
from advisor.report.palette import VERDICTS
from advisor.report.wording import verdict

FIRST = 3
"""How many of a ranking the table names."""

LISTED = 4
"""How many of the answers that differ it names."""

BESIDE = 3
"""How many scenarios stand side by side in one chart, so that its figures stay readable."""

Decided = tuple[str, Assessment]
"""A scenario's name, and the assessment as it has it."""


Scale = tuple[float, float, tuple[Tick, ...]]


def decide_all(assessment: Assessment, language: str) -> list[Decided]:
    """Return the answer as saved and every scenario decided on anew, by their names."""
    named = [(each.name, scenarios.decided(assessment, each)) for each in assessment.scenarios]
    return [(ReportContext(assessment, language).gettext("As saved"), assessment), *named]


def build(
    assessment: Assessment, language: str, organisation: str | None = None, decided: Sequence[Decided] = ()
) -> Document:
    """Return the scenarios of an assessment as a document.

    Parameters
    ----------
    assessment : Assessment
        Whose scenarios they are.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    organisation : str, optional
        For whom it is made.
    decided : sequence, optional
        What ``decide_all`` returned, if it is at hand.
    """
    context = ReportContext(assessment, language)
    _ = context.gettext
    decided = decided or decide_all(assessment, language)
    lead: list[Block] = [table(decided, language)]
    lead += charts(decided, language)
    return document.other(
        context,
        title=_("What if: scenarios side by side"),
        subtitle=assessment.title or assessment.id,
        organisation=organisation,
        question=summary.question(context),
        verdict=summary.answer(context),
        summary=tuple(lead),
        sections=tuple(sections(decided, language)),
        attachment=_("The assessment with every sample, as the program saved it"),
    )


def table(decided: Sequence[Decided], language: str) -> Table:
    """Return a row for each scenario: answers that differ from those saved, verdict, the first three, their points."""
    saved = decided[0][1]
    _ = ReportContext(saved, language).gettext
    rows = []
    for name, assessment in decided:
        pair = Pair(saved, assessment, language)
        context, decision = pair.after, assessment.decision
        ranking = decision.ranking[:FIRST] if decision and context.is_ranked else ()
        rows.append(
            (
                Cell(name, name, strong=True),
                Cell(_shortened(answer_sentences(pair), language)),
                Cell(
                    verdict.headline(decision, context.names, language),
                    colour=VERDICTS[decision.verdict.kind] if decision else None,
                ),
                Cell(_(", ").join(f"{each.rank} {context.name(each.alternative)}" for each in ranking)),
                Cell(" / ".join(fmt.points(each.points) for each in ranking)),
            )
        )
    return Table(
        "scenarios",
        _("Scenarios beside the answer as saved; points of the first three"),
        (
            Column(_("Scenario"), width=1.3),
            Column(_("Answers that differ"), width=1.9),
            Column(_("Verdict"), width=1.3),
            Column(_("First three"), width=1.5),
            Column(_("Points"), width=1.0),
        ),
        tuple(rows),
    )


def _shortened(sentences: list[str], language: str) -> str:
    """Return as many sentences as a cell holds, and how many more there are: the sections have them all."""
    if not sentences:
        return fmt.DASH
    more = len(sentences) - LISTED
    if more < 2:  # saying that there is one more takes as much room as the one
        return " · ".join(sentences)
    rest = translator(language).ngettext("{n} more", "{n} more", more).format(n=more)
    return " · ".join([*sentences[:LISTED], rest])


def charts(decided: Sequence[Decided], language: str) -> list[Chart]:
    """Return everybody's points under every scenario, beside the answer as saved, on one scale."""
    ranked = [each for each in decided if ReportContext(each[1], language).is_ranked]
    if not ranked:
        return []
    ends = [bound for _name, each in ranked for place in _ranking(each) for bound in (place.low, place.high)]
    scale = axes.spanning(ends)
    first, *others = ranked
    beside = [[first, *others[start : start + BESIDE - 1]] for start in range(0, len(others), BESIDE - 1)]
    return [_chart(part, number, scale, language) for number, part in enumerate(beside or [[first]])]


def _ranking(assessment: Assessment) -> tuple[Ranked, ...]:
    return assessment.decision.ranking if assessment.decision else ()


def _chart(part: Sequence[Decided], number: int, scale: Scale, language: str) -> Chart:
    context = ReportContext(part[0][1], language)
    _ = context.gettext
    order = tuple(dict.fromkeys(each.alternative for _name, side in part for each in _ranking(side)))
    panels, spoken = [], []
    for name, assessment in part:
        own = ReportContext(assessment, language)
        places = {each.alternative: each for each in _ranking(assessment)}
        bars = [_bar(own, places.get(alternative)) for alternative in order]
        panels.append(Panel(name, *scale, tuple(bars)))
        told = _("; ").join(f"{own.name(each)} {fmt.points(place.points)}" for each, place in places.items())
        spoken.append(f"{name}: {told}")
    return Chart(
        id=f"scenarios-{number}",
        caption=_(
            "Points under each scenario; lines: {confidence} of what is plausible. Pale: not eligible."
        ).format(confidence=fmt.confidence()),
        alt=". ".join(spoken) + ".",
        labels=tuple(context.label(alternative) for alternative in order),
        panels=tuple(panels),
    )


def _bar(context: ReportContext, place: Ranked | None) -> Bar:
    if place is None:
        return Bar(missing=fmt.DASH)
    segment = Segment(0.0, place.points, context.colour(place.alternative), pale=not place.eligible)
    return Bar((segment,), place.low, place.high, f"{place.rank} · {fmt.points(place.points)}")


def sections(decided: Sequence[Decided], language: str) -> list[Section]:
    """Return for each scenario what it answers otherwise, and what that does."""
    saved = decided[0][1]
    found = []
    for number, (name, assessment) in enumerate(decided[1:], 1):
        pair = Pair(saved, assessment, language)
        _ = pair.gettext
        done = effects(pair) or [_("Nothing moves: same verdict, same order.")]
        found.append(
            Section(
                f"scenario-{number}",
                name,
                (
                    Paragraph(verdict.sentence(assessment.decision, pair.after.names, language)),
                    Heading(_("Answers that differ")),
                    Bullets(tuple(answer_sentences(pair)) or (fmt.DASH,)),
                    Heading(_("What that changes")),
                    Bullets(tuple(done)),
                ),
            )
        )
    return found
