"""Sections of a fleet's report: the ranking for all, what one for all costs in speed, and the machines."""

from advisor.assessment.fleet import FleetHost
from advisor.assessment.model import Assessment
from advisor.decision.estimates import choose, training_quantity
from advisor.decision.model import VerdictKind
from advisor.probes.intervals import CONFIDENCE
from advisor.probes.statistics import linked_ratio, summarise
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.fleet_context import FleetContext
from advisor.report.model import (
    Bar,
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Label,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
)
from advisor.report.palette import VERDICTS
from advisor.report.wording import fleet as words
from advisor.report.wording import machine as machine_words
from advisor.report.wording import names


def ranking(about: FleetContext) -> Section | None:
    _ = about.gettext
    decision = about.fleet.decision
    if decision is None or not decision.ranking:
        return None
    minimum, maximum, ticks = axes.spanning(
        [end for each in decision.ranking for end in (each.low, each.high)]
    )
    labels, bars, notes = [], [], []
    for each in decision.ranking:
        name = names.name_of(each.alternative, about.names)
        colour = about.cell(each.alternative).colour or VERDICTS[VerdictKind.NONE]
        labels.append(
            Label(name, strong=each.alternative in decision.verdict.recommended, muted=bool(each.lacking))
        )
        bars.append(
            Bar(
                (Segment(0.0, each.points, colour, pale=bool(each.lacking)),),
                each.low,
                each.high,
                fmt.points(each.points),
            )
        )
        if each.lacking:
            notes.append(
                _("{framework} is not known to serve {machines}.").format(
                    framework=name, machines=fmt.listing(list(each.lacking), about.language)
                )
            )
    spoken = [
        f"{label.text} {bar.text} ({fmt.interval(bar.low or 0.0, bar.high or 0.0, fmt.points)})"
        for label, bar in zip(labels, bars, strict=True)
    ]
    chart = Chart(
        "fleet-ranking",
        _(
            "One choice for all machines. Bars: points by shares of the work; lines: {confidence} of what is "
            "plausible."
        ).format(confidence=fmt.confidence()),
        _("Ranking, best first: {entries}.").format(entries=_("; ").join(spoken)),
        tuple(labels),
        (Panel(_("Points"), minimum, maximum, ticks, tuple(bars)),),
    )
    blocks: list[Block] = [chart]
    if notes:
        blocks.append(Bullets(tuple(notes), note=True))
    return Section("fleet-ranking", _("One for all"), tuple(blocks))


def costs(about: FleetContext) -> Section | None:
    """Return how much longer training takes with the choice for all than with what is fastest there."""
    _ = about.gettext
    decision = about.fleet.decision
    if decision is None or not decision.verdict.recommended:
        return None
    common = decision.verdict.recommended[0]
    rows = []
    for host in about.hosts:
        assert host.assessment is not None
        rows += _host_costs(about, host, host.assessment, common)
    if not rows:
        return None
    table = Table(
        "fleet-speeds",
        _("Training with {framework}, and with what trains fastest there").format(
            framework=names.name_of(common, about.names)
        ),
        (
            Column(_("Machine"), width=0.8),
            Column(_("Workload"), width=1.0),
            Column(_("Speed"), width=1.2),
            Column(_("Fastest"), width=1.0),
            Column(_("Times as long"), numeric=True, width=1.0),
        ),
        tuple(rows),
        notes=(
            _(
                "Of the same rounds on each machine, with {confidence} intervals. Tie: the interval holds 1, so the "
                "order is not known."
            ).format(confidence=fmt.percent(CONFIDENCE)),
        ),
    )
    return Section("fleet-speeds", _("What one for all costs in speed"), (table,))


def _host_costs(
    about: FleetContext, host: FleetHost, assessment: Assessment, common: str
) -> list[tuple[Cell, ...]]:
    _ = about.gettext
    context = about.contexts[host.name]
    rows: list[tuple[Cell, ...]] = []
    for run in assessment.runs:
        quantity = training_quantity(run.workload)
        judged = {
            name: found
            for name in context.alternatives
            if (found := choose(run, name, quantity, about.fleet.needs)) is not None
        }
        own = judged.get(common)
        speed = summarise(own.samples, quantity) if own is not None else None
        if own is None or speed is None:
            continue
        medians = {
            name: figure.median_s
            for name, found in judged.items()
            if (figure := summarise(found.samples, quantity)) is not None
        }
        fastest = min(medians, key=lambda name: medians[name])
        ratio = linked_ratio(run, own, judged[fastest], quantity) if fastest != common else None
        text = fmt.DASH
        if ratio is not None:
            interval = fmt.interval(ratio.low, ratio.high, fmt.ratio)
            text = f"{fmt.ratio(ratio.median)} ({interval}{', ' + _('tie') if ratio.tie else ''})"
        unit = names.rate_unit(run.workload, quantity, about.language)
        batch = run.workload.batch
        rows.append(
            (
                Cell(host.name, strong=True),
                Cell(context.workload_name(run.workload.id), run.workload.id),
                Cell(
                    f"{fmt.number(batch / speed.median_s)} {unit} "
                    f"({fmt.interval(batch / speed.high_s, batch / speed.low_s)})",
                    batch / speed.median_s,
                    batch / speed.high_s,
                    batch / speed.low_s,
                ),
                context.cell(fastest),
                Cell(text, ratio.median, ratio.low, ratio.high) if ratio else Cell(text, muted=True),
            )
        )
    return rows


def hosts(about: FleetContext) -> Section | None:
    _ = about.gettext
    rows = []
    for host in about.fleet.hosts:
        machine = (
            machine_words.summary(host.assessment.machine, about.language) if host.assessment else fmt.DASH
        )
        rows.append(
            (
                Cell(host.name, strong=True),
                Cell(words.outcome(host.outcome, about.language), str(host.outcome or "")),
                Cell(
                    str(host.attempts) if host.attempts else fmt.DASH, host.attempts, muted=not host.attempts
                ),
                Cell(machine, muted=host.assessment is None, detail=words.first_line(host.reason)),
            )
        )
    table = Table(
        "fleet-hosts",
        _("Every machine, and how its part ended"),
        (
            Column(_("Machine"), width=0.8),
            Column(_("State"), width=0.6),
            Column(_("Attempts"), numeric=True),
            Column(_("What it is"), width=2.0),
        ),
        tuple(rows),
    )
    note = _(
        "Each machine measured by itself, one benchmark at a time. Points stand on each machine’s own peak, so they "
        "say how well a framework uses a machine and not how fast that is."
    )
    return Section("fleet-hosts", _("The machines"), (table, Paragraph(note, note=True)))
