"""What stands behind an assessment: the machine, warnings, the method, how to reproduce it."""

from msgspec.structs import replace

from advisor.frameworks.model import Installation
from advisor.probes.model import Subject, WorkloadRun
from advisor.report import format as fmt
from advisor.report import versions
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Code, Column, Facts, Heading, Paragraph, Section, Table
from advisor.report.wording import machine as machine_words
from advisor.report.wording import measurements as words
from advisor.report.wording import method as method_words
from advisor.report.wording import names
from advisor.report.wording.method import limits

ATTACHMENT = "assessment.json"


def machine_section(context: ReportContext) -> Section:
    """Return the machine as detected, with its measured reference points."""
    _ = context.gettext
    machine, language = context.assessment.machine, context.language
    blocks: list[Block] = [Facts(tuple(machine_words.facts(machine, language)))]
    peaks = machine_words.peaks(machine.calibration, language)
    if peaks:
        blocks.append(
            Table(
                "reference-points",
                _("Measured reference points: the best reading counts"),
                (Column(_("What"), width=1.0), Column(_("Best"), numeric=True), Column(_("All readings"))),
                tuple(
                    (
                        Cell(each.label, unit=each.unit),
                        Cell(each.best, each.value),
                        Cell(each.readings),
                    )
                    for each in peaks
                ),
            )
        )
    else:
        blocks.append(Paragraph(_("Reference points of the machine were not measured."), note=True))
    if machine.absent:
        fields: dict[str, list[str]] = {}
        for field, reason in sorted(machine.absent.items()):
            fields.setdefault(machine_words.absent_reason(reason, language), []).append(field)
        absent = [
            _("{field} ({reason})").format(field=_(", ").join(found), reason=reason)
            for reason, found in fields.items()
        ]
        blocks.append(Paragraph(_("Not read: {fields}.").format(fields=_("; ").join(absent)), note=True))
    return Section("machine", _("The machine"), tuple(blocks))


def warnings_section(context: ReportContext) -> Section:
    """Return what weakens the figures, and what they don't say."""
    _ = context.gettext
    assessment, language = context.assessment, context.language
    general = [words.warning(each, context.names, language) for each in assessment.warnings]
    blocks: list[Block] = []
    if general:
        blocks.append(Bullets(tuple(dict.fromkeys(general))))
    for run in assessment.runs:
        if found := _weaknesses(context, run):
            blocks += [Heading(names.architecture(run.workload, context.language)), Bullets(tuple(found))]
    if not blocks:
        blocks.append(Paragraph(_("No circumstance that weakens the figures was noticed.")))
    blocks += [
        Heading(_("What this report does not say")),
        Bullets(tuple(limits(assessment.runs, language)), note=True),
    ]
    return Section("warnings", _("Warnings and limits"), tuple(blocks))


def _weaknesses(context: ReportContext, run: WorkloadRun) -> list[str]:
    """Return what was noticed while a workload was measured, each once with all to whom it applies."""
    _ = context.gettext
    language = context.language
    noted = [(replace(each, subject=None), each.subject) for each in run.warnings]
    said = [(words.warning(each, context.names, language), subject) for each, subject in noted]
    said += [
        (words.note(code, language), result.subject)
        for result in context.ordered(run)
        for code in result.notes
    ]
    whom: dict[str, list[Subject]] = {}
    for text, subject in said:
        whom.setdefault(text, []).extend([subject] if subject is not None else [])
    return [
        _("{subjects}: {note}").format(subjects=_subjects(context, run, subjects), note=text)
        if subjects
        else text
        for text, subjects in whom.items()
    ]


def _subjects(context: ReportContext, run: WorkloadRun, subjects: list[Subject]) -> str:
    """Name subjects; their configurations only where anything else than the default was measured."""
    _ = context.gettext
    if len(set(subjects)) == len(run.results) > 1:
        return _("All")
    if all(each.subject.configuration.is_default for each in run.results):
        return _(", ").join(dict.fromkeys(context.name(each.alternative) for each in subjects))
    named = (
        _("{framework}, {configuration}").format(
            framework=context.name(each.alternative),
            configuration=names.configuration(each.configuration, context.language),
        )
        for each in subjects
    )
    return _("; ").join(dict.fromkeys(named))


def method_section(context: ReportContext) -> Section:
    """Return how it was measured and decided, with references."""
    _ = context.gettext
    assessment, decision, language = context.assessment, context.decision, context.language
    blocks: list[Block] = [
        Heading(_("How it was measured")),
        Bullets(tuple(method_words.measuring(assessment.runs, language)), note=True),
    ]
    if decision is not None:
        blocks += [
            Heading(_("How it was decided")),
            Bullets(tuple(method_words.deciding(decision, language)), note=True),
        ]
    if references := method_words.references(assessment.runs, decision, assessment.needs):
        blocks += [Heading(_("References")), Bullets(references, note=True)]
    return Section("method", _("Method"), tuple(blocks))


def reproduce_section(context: ReportContext) -> Section:
    """Return what is needed to make the same report, and the same run, again."""
    _ = context.gettext
    assessment, language = context.assessment, context.language
    blocks: list[Block] = [
        Paragraph(
            _(
                "The assessment holds needs, machine, every sample, evidence, weights and decision; the PDF of "
                "this report carries it as {file}. The first command makes this report again from it, the "
                "second repeats the whole run on the machine at hand."
            ).format(file=ATTACHMENT)
        ),
        Code(f"advisor report {ATTACHMENT} --pdf report.pdf"),
        Code(f"advisor recommend --like {ATTACHMENT} --yes"),
        Facts(
            (
                (_("Assessment"), assessment.id),
                (_("Program version"), assessment.app_version),
                (_("Seed"), fmt.whole(assessment.options.seed)),
                (_("Status"), names.status(assessment.status, language)),
                (_("Duration"), fmt.duration(assessment.elapsed_s, language)),
            )
        ),
        Table(
            "versions",
            _("What was installed"),
            (
                Column(_("Framework")),
                Column(_("Version")),
                Column(_("Build")),
                Column("Python"),
                Column(_("With"), width=1.0),
            ),
            tuple(_installed(context)),
        ),
    ]
    if newer := versions.explanations(context):
        blocks.append(Bullets(tuple(newer), note=True))
    return Section("reproduce", _("How to reproduce it"), tuple(blocks))


def _installed(context: ReportContext) -> list[tuple[Cell, ...]]:
    """A row for each installation, which several alternatives may share, and for each alternative without one."""
    _ = context.gettext
    states = {each.alternative: each for each in context.assessment.installations}
    rows: list[tuple[Cell, ...]] = []
    seen: list[Installation] = []
    for alternative in context.alternatives:
        state, framework = states.get(alternative), context.installed(alternative)
        found = state.installation if state else None
        if found is None or framework is None:
            reason = words.reason(state.reason if state else None, context.language) or _("not installed")
            rows.append((context.cell(alternative), Cell(reason, muted=True, span=4)))
        elif found not in seen:
            seen.append(found)
            packages = ", ".join(
                f"{name}{fmt.NBSP}{version}" for name, version in sorted(found.packages.items())
            )
            rows.append(
                (
                    Cell(framework.name, framework.id, colour=context.colour(alternative)),
                    Cell(found.version, found.version),
                    Cell(found.wheel or fmt.DASH, found.wheel),
                    Cell(found.python_version, found.python_version),
                    Cell(packages or fmt.DASH, packages),
                )
            )
    return rows
