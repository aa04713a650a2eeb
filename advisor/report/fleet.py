"""The report of several machines: one choice for all, each one's own, what a mix would cost, and what failed."""

from collections.abc import Callable

from advisor.assessment.fleet import Fleet, FleetHost
from advisor.assessment.model import Assessment
from advisor.assessment.sites.model import HostOutcome
from advisor.decision.estimates import choose, training_quantity
from advisor.decision.fleet import FleetDecision
from advisor.decision.model import VerdictKind
from advisor.i18n import translator
from advisor.probes.intervals import CONFIDENCE
from advisor.probes.statistics import linked_ratio, summarise
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
    Document,
    Label,
    Labels,
    Options,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
    Verdict,
)
from advisor.report.palette import VERDICTS
from advisor.report.wording import fleet as words
from advisor.report.wording import machine as machine_words
from advisor.report.wording import names

CHARTED = 24
"""Machines that the chart of speeds shows at most; tables have all."""


class _Pages:
    """One fleet as its report reads it."""

    def __init__(self, fleet: Fleet, language: str) -> None:
        self.fleet, self.language = fleet, language
        self.hosts = [host for host in fleet.hosts if host.assessment is not None]
        catalogue = tuple(
            {
                framework.id: framework
                for host in reversed(self.hosts)
                for framework in (host.assessment.catalogue if host.assessment else ())
            }.values()
        )
        self.names = names.alternative_names(catalogue)
        self.contexts = {
            host.name: ReportContext(host.assessment, language) for host in self.hosts if host.assessment
        }

    @property
    def gettext(self) -> Callable[[str], str]:
        return translator(self.language).gettext

    def cell(self, alternative: str | None, *, strong: bool = False) -> Cell:
        if alternative is None:
            return Cell(fmt.DASH, muted=True)
        for context in self.contexts.values():
            if alternative in context.frameworks:
                return context.cell(alternative, strong=strong)
        return Cell(names.name_of(alternative, self.names), alternative, strong=strong)

    def any_context(self) -> ReportContext:
        return next(iter(self.contexts.values()))


def build(fleet: Fleet, language: str = "en", options: Options | None = None) -> Document:
    """Return the report of a fleet as data.

    Parameters
    ----------
    fleet : Fleet
        What it is about; a report needs nothing else.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    options : Options, optional
        Whether only the summary is wanted, and for whom it is made.
    """
    options = options or Options()
    pages = _Pages(fleet, language)
    _ = pages.gettext
    decision = fleet.decision
    kind = decision.verdict.kind if decision else VerdictKind.NONE
    made = [] if options.summary_only else [make(pages) for make in _SECTIONS]
    return Document(
        language=language,
        title=_("Which deep-learning framework to adopt on which machine"),
        subtitle=fleet.title or fmt.listing([host.name for host in fleet.hosts[:6]], language),
        organisation=options.organisation,
        date=fmt.day(fleet.created_at, language),
        question=_question(pages),
        verdict=Verdict(
            kind=names.verdict_kind(kind, language) if decision else _("No verdict yet"),
            headline=words.headline(fleet, pages.names, language),
            sentence=words.sentence(fleet, pages.names, language),
            colour=VERDICTS[kind],
        ),
        summary=tuple(_summary(pages)),
        sections=tuple(section for section in made if section is not None),
        labels=Labels(
            summary=_("Summary"),
            contents=_("Contents"),
            page=_("Page {page} of {pages}"),
            table=_("Table"),
            figure=_("Figure"),
            logo=options.organisation or _("Logo"),
            attachment=_("The assessments of all machines with every sample, as the program saved them"),
        ),
        colophon=_("Framework Advisor {version} · fleet {id}").format(version=fleet.app_version, id=fleet.id),
        keywords=tuple(pages.names.values()),
    )


def _question(pages: _Pages) -> tuple[tuple[str, str], ...]:
    _ = pages.gettext
    fleet, language = pages.fleet, pages.language
    done = sum(host.outcome is HostOutcome.DONE for host in fleet.hosts)
    return (
        (_("Task"), fmt.listing([names.task(task, language) for task in fleet.needs.tasks], language)),
        (_("Purpose"), names.stage(fleet.needs.stage, language)),
        (
            _("Machines"),
            _("{done} of {total} measured").format(done=done, total=len(fleet.hosts)),
        ),
    )


def _summary(pages: _Pages) -> list[Block]:
    _ = pages.gettext
    blocks: list[Block] = []
    if failed := _failures(pages):
        blocks.append(Paragraph(_("Not everything was measured. The answer leaves out what was not:")))
        blocks.append(Bullets(tuple(failed)))
    if pages.fleet.decision is not None:
        blocks.append(_machines(pages, pages.fleet.decision))
        if len(pages.fleet.decision.mixes) > 1:
            blocks.append(_mixes(pages, pages.fleet.decision))
    return blocks


def _failures(pages: _Pages) -> list[str]:
    _ = pages.gettext
    found = []
    for host in pages.fleet.hosts:
        if host.outcome is HostOutcome.DONE:
            continue
        text = f"{host.name}: {words.outcome(host.outcome, pages.language)}"
        if host.reason:
            text += f" ({words.first_line(host.reason)})"
        if host.assessment is not None and any(run.results for run in host.assessment.runs):
            text += ". " + _("What it had measured by then is used.")
        found.append(text)
    return found


def _machines(pages: _Pages, decision: FleetDecision) -> Table:
    _ = pages.gettext
    common = decision.verdict.recommended[0] if decision.verdict.recommended else None
    rows = []
    for each in decision.machines:
        lost = (
            each.best_points - each.common_points
            if each.best_points is not None and each.common_points is not None
            else None
        )
        rows.append(
            (
                Cell(each.machine, strong=True),
                Cell(fmt.percent(each.share), each.share),
                pages.cell(each.best),
                Cell(names.verdict_kind(each.verdict.kind, pages.language), str(each.verdict.kind)),
                Cell(fmt.points(lost), lost) if lost is not None else Cell(fmt.DASH, muted=True),
            )
        )
    title = _("Points less with {framework}") if common else _("Points less")
    return Table(
        "fleet-machines",
        _("What is best on each machine by itself"),
        (
            Column(_("Machine"), width=1.0),
            Column(_("Share"), unit=_("share"), numeric=True),
            Column(_("Best there"), width=1.0),
            Column(_("How firm")),
            Column(
                title.format(framework=names.name_of(common, pages.names)) if common else title,
                unit=_("points"),
                numeric=True,
            ),
        ),
        tuple(rows),
    )


def _mixes(pages: _Pages, decision: FleetDecision) -> Table:
    _ = pages.gettext
    skills = pages.fleet.needs.team.skills
    rows = []
    for each in decision.mixes:
        gain = Cell(fmt.DASH, muted=True)
        if each.gain is not None and each.gain_low is not None and each.gain_high is not None:
            interval = fmt.interval(each.gain_low, each.gain_high, fmt.points)
            gain = Cell(f"{fmt.points(each.gain)} ({interval})", each.gain, each.gain_low, each.gain_high)
        unknown = [name for name in each.frameworks if not skills.get(name)]
        labels = {framework.id: framework.name for framework in pages.any_context().assessment.catalogue}
        to_learn = fmt.listing([labels.get(name, name) for name in unknown], pages.language) if skills else ""
        rows.append(
            (
                Cell(words.mix(each, pages.names, pages.language)),
                Cell(str(len(each.frameworks)), len(each.frameworks)),
                Cell(to_learn or fmt.DASH, muted=not to_learn),
                gain,
            )
        )
    return Table(
        "fleet-mixes",
        _("What a mixed choice would bring, and what it would cost"),
        (
            Column(_("Choice"), width=2.0),
            Column(_("Frameworks to keep"), numeric=True),
            Column(_("Nobody knows yet"), width=1.0),
            Column(_("Points more than one for all"), unit=_("points"), numeric=True),
        ),
        tuple(rows),
        notes=(
            _(
                "Where the interval holds 0, it is not known whether the mix is any better. Points know nothing of "
                "what a second framework costs beyond its own skills: models moved between the two, two sets of "
                "updates, and code that is written twice."
            ),
        ),
    )


def _ranking(pages: _Pages) -> Section | None:
    _ = pages.gettext
    decision = pages.fleet.decision
    if decision is None or not decision.ranking:
        return None
    minimum, maximum, ticks = axes.spanning(
        [end for each in decision.ranking for end in (each.low, each.high)]
    )
    labels, bars, notes = [], [], []
    for each in decision.ranking:
        name = names.name_of(each.alternative, pages.names)
        colour = pages.cell(each.alternative).colour or VERDICTS[VerdictKind.NONE]
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
                    framework=name, machines=fmt.listing(list(each.lacking), pages.language)
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


def _costs(pages: _Pages) -> Section | None:
    """Return how much longer training takes with the choice for all than with what is fastest there."""
    _ = pages.gettext
    decision = pages.fleet.decision
    if decision is None or not decision.verdict.recommended:
        return None
    common = decision.verdict.recommended[0]
    rows = []
    for host in pages.hosts:
        assert host.assessment is not None
        rows += _host_costs(pages, host, host.assessment, common)
    if not rows:
        return None
    table = Table(
        "fleet-speeds",
        _("Training with {framework}, and with what trains fastest there").format(
            framework=names.name_of(common, pages.names)
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
    pages: _Pages, host: FleetHost, assessment: Assessment, common: str
) -> list[tuple[Cell, ...]]:
    _ = pages.gettext
    context = pages.contexts[host.name]
    rows: list[tuple[Cell, ...]] = []
    for run in assessment.runs:
        quantity = training_quantity(run.workload)
        judged = {
            name: found
            for name in context.alternatives
            if (found := choose(run, name, quantity, pages.fleet.needs)) is not None
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
        unit = names.rate_unit(run.workload, quantity, pages.language)
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


def _hosts(pages: _Pages) -> Section | None:
    _ = pages.gettext
    rows = []
    for host in pages.fleet.hosts:
        about = (
            machine_words.summary(host.assessment.machine, pages.language) if host.assessment else fmt.DASH
        )
        rows.append(
            (
                Cell(host.name, strong=True),
                Cell(words.outcome(host.outcome, pages.language), str(host.outcome or "")),
                Cell(
                    str(host.attempts) if host.attempts else fmt.DASH, host.attempts, muted=not host.attempts
                ),
                Cell(about, muted=host.assessment is None, detail=words.first_line(host.reason)),
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


_SECTIONS = (_ranking, _costs, _hosts)
