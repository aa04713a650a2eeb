"""Two assessments as a document: what changed in the answers, in what was measured, in the verdict and the ranks.

The same pairs serve an assessment beside an earlier one and a what-if beside the answer that is saved.
"""

from collections.abc import Callable, Iterable

from advisor.assessment import comparison
from advisor.assessment.model import Assessment
from advisor.decision.model import GateStatus
from advisor.i18n import translator
from advisor.report import axes, document
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import (
    Bar,
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Document,
    Label,
    LegendEntry,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
    Tick,
    Verdict,
)
from advisor.report.palette import NEUTRAL, VERDICTS
from advisor.report.wording import answers, gates, machine, names, verdict


class Pair:
    """Two assessments with what is needed to tell them apart in words; ``before`` is the older one."""

    def __init__(self, before: Assessment, after: Assessment, language: str) -> None:
        self.before, self.after = ReportContext(before, language), ReportContext(after, language)
        self.language = language

    @property
    def gettext(self) -> Callable[[str], str]:
        """The translation into the readers' language."""
        return translator(self.language).gettext

    def name(self, alternative: str) -> str:
        """Return an alternative's name, whichever assessment knows it."""
        return self.after.names.get(alternative) or self.before.name(alternative)

    def thing(self, identity: str) -> str:
        """Return the name of a framework or a workload."""
        sides = (self.before.assessment, self.after.assessment)
        known = {each.id: each.name for side in sides for each in side.catalogue}
        return answers.naming(known, self.after.workload_name)(identity)

    def titles(self) -> tuple[str, str]:
        """Return what tells the two apart: title and day."""
        before, after = (
            f"{side.assessment.title or side.assessment.id} "
            f"({fmt.day(side.assessment.created_at, self.language)})"
            for side in (self.before, self.after)
        )
        return before, after


# What changed, in sentences


def answer_sentences(pair: Pair) -> list[str]:
    """Return a sentence for every answer that differs."""
    found = comparison.answers(pair.before.assessment, pair.after.assessment)
    return [answers.sentence(each, pair.thing, pair.language) for each in found]


def effects(pair: Pair) -> list[str]:
    """Return what became of the verdict, of ranks and of requirements, a sentence each; none where all stayed."""
    return [*_verdict_change(pair), *_moves(pair), *gate_sentences(pair)]


def _verdict_change(pair: Pair) -> list[str]:
    before, after = pair.before.decision, pair.after.decision
    same = (before and (before.verdict.kind, before.verdict.recommended)) == (
        after and (after.verdict.kind, after.verdict.recommended)
    )
    if same:
        return []
    told = [_answer(side) for side in (pair.before, pair.after)]
    return [pair.gettext("Verdict: {before} → {after}").format(before=told[0], after=told[1])]


def _answer(side: ReportContext) -> str:
    return verdict.headline(side.decision, side.names, side.language)


def _moves(pair: Pair) -> list[str]:
    _ = pair.gettext
    return [
        _("{name}: rank {before} → {after}").format(
            name=pair.name(each.alternative),
            before=each.rank_before or fmt.DASH,
            after=each.rank_after or fmt.DASH,
        )
        for each in comparison.standings(pair.before.assessment, pair.after.assessment)
        if each.rank_before != each.rank_after
    ]


def gate_sentences(pair: Pair) -> list[str]:
    """Return which requirements are newly missed, open, met or no longer asked for: a sentence for all to whom it
    applies alike.
    """
    told: dict[str, list[str]] = {}
    for each in comparison.gates(pair.before.decision, pair.after.decision):
        told.setdefault(_gate_change(pair, each), []).append(pair.name(each.alternative))
    return [
        pair.gettext("{frameworks}: {reason}").format(
            frameworks=fmt.listing(names, pair.language), reason=reason
        )
        for reason, names in told.items()
    ]


def _gate_change(pair: Pair, change: comparison.GateChange) -> str:
    _, language = pair.gettext, pair.language
    now = comparison.held(change.after)
    if now is not None and change.after is not None:
        text = _("newly missed. {reason}") if now is GateStatus.FAIL else _("now open. {reason}")
        return text.format(reason=gates.gate_reason(change.after, language))
    gate = gates.gate(change.gate, language)
    if change.after is None:
        return _("no longer asked: {gate}").format(gate=gate)
    text = _("waived: {gate}") if change.after.waived else _("newly met: {gate}")
    return text.format(gate=gate)


# Tables and charts


def answers_table(pair: Pair) -> Table | None:
    """Return the answers that differ, before and after; ``None`` where none does."""
    _ = pair.gettext
    found = comparison.answers(pair.before.assessment, pair.after.assessment)
    if not found:
        return None
    rows = tuple(
        (
            Cell(answers.label(each.place, pair.thing, pair.language), ".".join(each.place), strong=True),
            Cell(answers.value(each.place, each.before, pair.thing, pair.language)),
            Cell(answers.value(each.place, each.after, pair.thing, pair.language)),
        )
        for each in found
    )
    columns = (
        Column(_("Question"), width=1.2),
        Column(_("Before"), width=1.0),
        Column(_("After"), width=1.0),
    )
    return Table("answers", _("Answers that differ"), columns, rows)


def circumstances_table(pair: Pair, *, changed_only: bool = False) -> Table:
    """Return machine and frameworks, a line each, before and after; the last cell's value says whether they differ."""
    _, language = pair.gettext, pair.language
    lines: list[tuple[str, str | None, str | None]] = []
    mine, theirs = (
        dict(machine.facts(side.assessment.machine, language)) for side in (pair.before, pair.after)
    )
    for what in dict.fromkeys((*mine, *theirs)):
        lines.append((what, mine.get(what), theirs.get(what)))
    for each in comparison.versions(pair.before.assessment, pair.after.assessment):
        lines.append((pair.name(each.alternative), each.before, each.after))
    rows = tuple(
        (
            Cell(what),
            Cell(before or fmt.DASH, before and before.casefold()),
            Cell(after or fmt.DASH, after and after.casefold()),
            Cell(_("changed") if before != after else _("same"), float(before == after)),
        )
        for what, before, after in lines
        if before != after or not changed_only
    )
    columns = (
        Column(_("What"), width=1.0),
        Column(_("Before"), width=1.6),
        Column(_("After"), width=1.6),
        Column(_("Changed")),
    )
    return Table("circumstances", _("Machine and frameworks"), columns, rows)


def standings_table(pair: Pair) -> Table:
    """Return ranks and points, before and after."""
    _ = pair.gettext
    headers = (_("Rank before"), _("Rank after"), _("Points before"), _("Points after"))
    return Table(
        "standings",
        _("Ranks and points"),
        (Column(_("Framework")), *(Column(each, numeric=True) for each in headers)),
        tuple(
            (
                Cell(pair.name(each.alternative), each.alternative),
                _maybe(each.rank_before, str),
                _maybe(each.rank_after, str),
                _maybe(each.points_before, fmt.points),
                _maybe(each.points_after, fmt.points),
            )
            for each in comparison.standings(pair.before.assessment, pair.after.assessment)
        ),
    )


def _maybe(value: float | None, write: Callable[[float], str]) -> Cell:
    return Cell(fmt.DASH, muted=True) if value is None else Cell(write(value), value)


def speeds_table(pair: Pair, found: Iterable[comparison.Speed]) -> Table:
    """Return times before and after with their ratio; one whose interval holds 1 shows no difference."""
    _, language = pair.gettext, pair.language
    found = tuple(found)
    return Table(
        f"speeds-{found[0].workload.id}" if found else "speeds",
        _("Times before and after: {task}").format(task=workload_name(pair, found[0])) if found else "",
        (
            Column(_("Framework")),
            Column(_("Quantity")),
            Column(_("Before"), unit="s", numeric=True),
            Column(_("After"), unit="s", numeric=True),
            Column(_("After ÷ before"), numeric=True),
            Column(_("{confidence} interval").format(confidence=fmt.confidence()), numeric=True),
            Column(_("Change")),
        ),
        tuple(
            (
                Cell(subject_name(pair, each), each.after_subject.alternative),
                Cell(names.quantity(each.quantity, language)),
                Cell(fmt.duration(each.before.median_s, language), each.before.median_s),
                Cell(fmt.duration(each.after.median_s, language), each.after.median_s),
                Cell(fmt.ratio(each.ratio.median), each.ratio.median),
                Cell(
                    fmt.interval(each.ratio.low, each.ratio.high, fmt.ratio),
                    each.ratio.high / each.ratio.low,
                    low=each.ratio.low,
                    high=each.ratio.high,
                ),
                Cell(_change(pair, each)),
            )
            for each in found
        ),
    )


def _change(pair: Pair, speed: comparison.Speed) -> str:
    _ = pair.gettext
    if speed.ratio.tie:
        return _("no difference shown")
    return _("faster") if speed.ratio.median > 1 else _("slower")


def subject_name(pair: Pair, speed: comparison.Speed) -> str:
    """Return who ran, and in which way where it isn't the default one."""
    subject = speed.after_subject
    name = pair.name(subject.alternative)
    if not subject.configuration.is_default:
        name = f"{name} · {names.configuration(subject.configuration, pair.language)}"
    return name


def workload_name(pair: Pair, speed: comparison.Speed) -> str:
    """Return the name of what was run."""
    return pair.after.workload_name(speed.workload.id)


def speeds_chart(pair: Pair, found: Iterable[comparison.Speed]) -> Chart:
    """Return the ratios as bars from 1: to the right what became faster, to the left what became slower."""
    _ = pair.gettext
    found = tuple(found)
    bars, ends, spoken = [], [1.0], []
    for each in found:
        low, high, middle = each.ratio.low, each.ratio.high, each.ratio.median
        ends += [low, high]
        colour = pair.after.colour(each.after_subject.alternative)
        segment = Segment(min(1.0, middle), max(1.0, middle), colour, pale=each.ratio.tie)
        bars.append(Bar((segment,), low, high, fmt.ratio(middle)))
        spoken.append(f"{subject_name(pair, each)} {fmt.ratio(middle)}")
    step = axes.tick_step(max(ends) - min(ends) or 1.0, 5)
    first, last = int(min(ends) // step), -int(-max(ends) // step)
    ticks = tuple(
        Tick(step * number, fmt.fixed(step * number, 0 if step >= 1 else 2))
        for number in range(first, last + 1)
    )
    tied = any(each.ratio.tie for each in found)
    return Chart(
        id="comparison",
        caption=_(
            "Speed after ÷ before with {confidence} intervals; pale where no difference is shown."
        ).format(confidence=fmt.confidence()),
        alt=_("Speed after ÷ before: {entries}.").format(entries="; ".join(spoken)),
        labels=tuple(
            Label(subject_name(pair, each), names.quantity(each.quantity, pair.language)) for each in found
        ),
        panels=(
            Panel(
                _("Speed, after ÷ before"),
                first * step,
                last * step,
                ticks,
                tuple(bars),
                marks=(Tick(1.0, _("no change")),),
            ),
        ),
        legend=(LegendEntry(_("no difference shown"), NEUTRAL, pale=True),) if tied else (),
    )


# The document


def build(before: Assessment, after: Assessment, language: str, organisation: str | None = None) -> Document:
    """Return the comparison of two assessments, in the order in which they are given."""
    pair = Pair(before, after, language)
    _ = pair.gettext
    titles = pair.titles()
    changed = answers_table(pair)
    lead: tuple[Block, ...] = (
        changed if changed is not None else Paragraph(_("Every question was answered alike.")),
    )
    return document.other(
        pair.after,
        title=_("What changed between two assessments"),
        subtitle=" → ".join(
            side.assessment.title or side.assessment.id for side in (pair.before, pair.after)
        ),
        organisation=organisation,
        question=((_("Before"), titles[0]), (_("After"), titles[1])),
        verdict=headline(pair),
        summary=lead,
        sections=tuple(filter(None, (_measured(pair), _verdicts(pair), _ranks(pair)))),
        attachment=_("Both assessments with every sample, as the program saved them"),
    )


def headline(pair: Pair) -> Verdict:
    """Return what became of the answer, as a document says it first."""
    _ = pair.gettext
    changed = _verdict_change(pair)
    kind = pair.after.decision.verdict.kind if pair.after.decision else None
    told = [_answer(side) for side in (pair.before, pair.after)]
    return Verdict(
        kind=_("Comparison"),
        headline=_("The verdict changed") if changed else _("The verdict is the same"),
        sentence=f"{told[0]} → {told[1]}" if changed else told[1],
        colour=VERDICTS[kind] if kind else NEUTRAL,
    )


def _measured(pair: Pair) -> Section:
    _ = pair.gettext
    blocks: list[Block] = []
    table = circumstances_table(pair, changed_only=True)
    blocks.append(table if table.rows else Paragraph(_("Machine and frameworks are the same.")))
    found = comparison.speeds(pair.before.assessment, pair.after.assessment)
    if comparison.same_measurements(pair.before.assessment, pair.after.assessment):
        blocks.append(Paragraph(same_measurements(pair)))
    elif not found:
        blocks.append(Paragraph(_("The two have no measurement in common.")))
    else:
        blocks.append(Paragraph(caveat(pair)))
        for workload in dict.fromkeys(each.workload.id for each in found):
            part = [each for each in found if each.workload.id == workload]
            blocks += [speeds_chart(pair, part), speeds_table(pair, part)]
    return Section("measured", _("What changed in the measurements"), tuple(blocks))


def same_measurements(pair: Pair) -> str:
    """Say that a copy was not measured anew."""
    return pair.gettext("Both rest on the same measurements, so no speed differs.")


def caveat(pair: Pair) -> str:
    """Say what keeps a difference between two runs from being one of the frameworks."""
    return pair.gettext(
        "Nothing pairs the rounds of two runs: a difference may also come from the circumstances."
    )


def _verdicts(pair: Pair) -> Section:
    _ = pair.gettext
    told = [
        f"{mark}: {verdict.headline(side.decision, side.names, pair.language)}. "
        f"{verdict.sentence(side.decision, side.names, pair.language)}"
        for mark, side in ((_("Before"), pair.before), (_("After"), pair.after))
    ]
    return Section("verdicts", _("Verdict"), (Bullets(tuple(told)),))


def _ranks(pair: Pair) -> Section | None:
    table = standings_table(pair)
    if not table.rows:
        return None
    blocks: list[Block] = [table]
    if sentences := gate_sentences(pair):
        blocks.append(Bullets(tuple(sentences)))
    return Section("ranks", pair.gettext("Ranks, points and requirements"), tuple(blocks))
