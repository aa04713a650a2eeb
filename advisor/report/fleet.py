"""The report of several machines: one choice for all, each one's own, what a mix would cost, and what failed."""

from advisor.assessment.fleet import Fleet
from advisor.decision.fleet import FleetDecision
from advisor.decision.model import VerdictKind
from advisor.report import format as fmt
from advisor.report.fleet_context import FleetContext
from advisor.report.fleet_sections import costs, hosts, ranking
from advisor.report.model import (
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Labels,
    Options,
    Paragraph,
    Table,
    Verdict,
)
from advisor.report.palette import VERDICTS
from advisor.report.wording import fleet as words
from advisor.report.wording import names

SECTIONS = (ranking, costs, hosts)


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
    about = FleetContext(fleet, language)
    _ = about.gettext
    decision = fleet.decision
    kind = decision.verdict.kind if decision else VerdictKind.NONE
    made = [] if options.summary_only else [make(about) for make in SECTIONS]
    return Document(
        language=language,
        title=_("Which deep-learning framework to adopt on which machine"),
        subtitle=fleet.title or fmt.listing([host.name for host in fleet.hosts[:6]], language),
        organisation=options.organisation,
        date=fmt.day(fleet.created_at, language),
        question=_question(about),
        verdict=Verdict(
            kind=names.verdict_kind(kind, language) if decision else _("No verdict yet"),
            headline=words.headline(fleet, about.names, language),
            sentence=words.sentence(fleet, about.names, language),
            colour=VERDICTS[kind],
        ),
        summary=tuple(_summary(about)),
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
        keywords=tuple(about.names.values()),
    )


def _question(about: FleetContext) -> tuple[tuple[str, str], ...]:
    _ = about.gettext
    fleet, language = about.fleet, about.language
    done = sum(host.done for host in fleet.hosts)
    return (
        (_("Task"), fmt.listing([names.task(task, language) for task in fleet.needs.tasks], language)),
        (_("Purpose"), names.stage(fleet.needs.stage, language)),
        (
            _("Machines"),
            _("{done} of {total} measured").format(done=done, total=len(fleet.hosts)),
        ),
    )


def _summary(about: FleetContext) -> list[Block]:
    _ = about.gettext
    blocks: list[Block] = []
    if failed := _failures(about):
        blocks.append(Paragraph(_("Not everything was measured. The answer leaves out what was not:")))
        blocks.append(Bullets(tuple(failed)))
    if about.fleet.decision is not None:
        blocks.append(_machines(about, about.fleet.decision))
        if len(about.fleet.decision.mixes) > 1:
            blocks.append(_mixes(about, about.fleet.decision))
    return blocks


def _failures(about: FleetContext) -> list[str]:
    _ = about.gettext
    found = []
    for host in about.fleet.hosts:
        if host.done:
            continue
        text = f"{host.name}: {words.outcome(host.outcome, about.language)}"
        if host.reason:
            text += f" ({words.first_line(host.reason)})"
        if host.assessment is not None and any(run.results for run in host.assessment.runs):
            text += ". " + _("What it had measured by then is used.")
        found.append(text)
    return found


def _machines(about: FleetContext, decision: FleetDecision) -> Table:
    _ = about.gettext
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
                about.cell(each.best),
                Cell(names.verdict_kind(each.verdict.kind, about.language), str(each.verdict.kind)),
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
                title.format(framework=names.name_of(common, about.names)) if common else title,
                unit=_("points"),
                numeric=True,
            ),
        ),
        tuple(rows),
    )


def _mixes(about: FleetContext, decision: FleetDecision) -> Table:
    _ = about.gettext
    skills = about.fleet.needs.team.skills
    rows = []
    for each in decision.mixes:
        gain = Cell(fmt.DASH, muted=True)
        if each.gain is not None and each.gain_low is not None and each.gain_high is not None:
            interval = fmt.interval(each.gain_low, each.gain_high, fmt.points)
            gain = Cell(f"{fmt.points(each.gain)} ({interval})", each.gain, each.gain_low, each.gain_high)
        unknown = [name for name in each.frameworks if not skills.get(name)]
        labels = {framework.id: framework.name for framework in about.any_context().assessment.catalogue}
        to_learn = fmt.listing([labels.get(name, name) for name in unknown], about.language) if skills else ""
        rows.append(
            (
                Cell(words.mix(each, about.names, about.language)),
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
