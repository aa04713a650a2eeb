"""What stands behind an assessment: the machine, the evidence, warnings, the method, how to reproduce it."""

from advisor.frameworks.model import Grade
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Code, Column, Facts, Heading, Paragraph, Section, Table
from advisor.report.wording import machine as machine_words
from advisor.report.wording import measurements as words
from advisor.report.wording import method as method_words
from advisor.report.wording import names
from advisor.report.wording.evidence import fact_name, fact_value
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
                tuple((Cell(label), Cell(best), Cell(spread)) for label, best, spread in peaks),
            )
        )
    else:
        blocks.append(Paragraph(_("Reference points of the machine were not measured."), note=True))
    if machine.absent:
        absent = [
            _("{field} ({reason})").format(field=field, reason=machine_words.absent_reason(reason, language))
            for field, reason in sorted(machine.absent.items())
        ]
        blocks.append(Paragraph(_("Not read: {fields}.").format(fields=_(", ").join(absent)), note=True))
    return Section("machine", _("The machine"), tuple(blocks))


def evidence_section(context: ReportContext) -> Section | None:
    """Return the cited facts that the decision rests on, with source and grade, and what articles claim."""
    _ = context.gettext
    language = context.language
    used = _used_facts(context)
    rows = []
    for framework in context.assessment.catalogue:
        name = framework.name
        for identifier, fact in framework.facts.items():
            if identifier not in used.get(framework.id, ()):
                continue
            rows.append(
                (
                    Cell(name, framework.name),
                    Cell(fact_name(identifier, language), identifier),
                    Cell(fact_value(identifier, fact, language), fact.value, detail=fact.note or ""),
                    Cell(fact.date, fact.date),
                    Cell(str(fact.grade), str(fact.grade)),
                    Cell(fact.source, fact.source, link=_link(fact.source)),
                )
            )
            name = ""
    blocks: list[Block] = [
        Paragraph(
            _("What cannot be measured here is cited. Grades of evidence: {grades}.").format(
                grades=_("; ").join(f"{each} {names.grade(each, language)}" for each in Grade)
            )
        )
    ]
    if rows:
        blocks.append(
            Table(
                "evidence",
                _("Cited facts that the decision rests on; every other is in the attached assessment"),
                (
                    Column(_("Framework")),
                    Column(_("Fact"), width=1.0),
                    Column(_("Value"), width=1.2),
                    Column(_("Date")),
                    Column(_("Grade")),
                    Column(_("Source"), width=1.4),
                ),
                tuple(rows),
            )
        )
    claims = [
        _("{framework}: “{claim}” ({source}, {date})").format(
            framework=framework.name,
            claim=claim.value,
            source=claim.source,
            date=fmt.day(claim.date, language),
        )
        for framework in context.assessment.catalogue
        for claim in framework.claims
    ]
    if claims:
        blocks += [Heading(_("What articles claim, unchecked and without weight")), Bullets(tuple(claims))]
    return Section("evidence", _("Evidence"), tuple(blocks)) if rows or claims else None


_BACKING = {"ease_of_use": ("code_statements", "code_names", "code_namespaces")}
"""What can be counted stands beside what is judged: facts without weight of their own, by the fact they back."""


def _used_facts(context: ReportContext) -> dict[str, set[str]]:
    """The ids of facts that values, gates or advice rest on, by framework."""
    used: dict[str, set[str]] = {}
    decision = context.decision
    if decision is None:
        return used
    cited = [(each.alternative, fact) for each in decision.values for fact in each.facts]
    cited += [(each.alternative, each.fact) for each in decision.gates if each.fact]
    cited += [
        (chosen, each.fact)
        for chosen in decision.verdict.recommended
        for each in decision.advice
        if each.fact
    ]
    for alternative, fact in cited:
        framework = context.frameworks.get(alternative)
        if framework is not None and fact in framework.facts:
            backing = (each for each in _BACKING.get(fact, ()) if each in framework.facts)
            used.setdefault(framework.id, set()).update((fact, *backing))
    return used


def _link(source: str) -> str | None:
    """A source that is one address can be followed."""
    is_address = source.startswith("https://") and not set(source) & set(" ,;")
    return source if is_address else None


def warnings_section(context: ReportContext) -> Section:
    """Return what weakens the figures, and what they don't say."""
    _ = context.gettext
    assessment, language = context.assessment, context.language
    general = [words.warning(each, context.names, language) for each in assessment.warnings]
    blocks: list[Block] = []
    if general:
        blocks.append(Bullets(tuple(dict.fromkeys(general))))
    for run in assessment.runs:
        found = list(dict.fromkeys(words.warning(each, context.names, language) for each in run.warnings))
        found += [
            _("{framework}, {configuration}: {note}").format(
                framework=context.name(result.subject.alternative),
                configuration=names.configuration(result.subject.configuration, language),
                note=words.note(code, language),
            )
            for result in context.ordered(run)
            for code in result.notes
        ]
        if found:
            blocks += [Heading(run.workload.architecture), Bullets(tuple(found))]
    if not blocks:
        blocks.append(Paragraph(_("No circumstance that weakens the figures was noticed.")))
    blocks += [Heading(_("What this report does not say")), Bullets(tuple(limits(assessment.runs, language)))]
    return Section("warnings", _("Warnings and limits"), tuple(blocks))


def method_section(context: ReportContext) -> Section:
    """Return how it was measured and decided, with references."""
    _ = context.gettext
    assessment, decision, language = context.assessment, context.decision, context.language
    blocks: list[Block] = [
        Heading(_("How it was measured")),
        Bullets(tuple(method_words.measuring(assessment.runs, language))),
    ]
    if decision is not None:
        blocks += [
            Heading(_("How it was decided")),
            Bullets(tuple(method_words.deciding(decision, language))),
        ]
    if references := method_words.references(assessment.runs, decision, assessment.needs):
        blocks += [Heading(_("References")), Bullets(references)]
    return Section("method", _("Method"), tuple(blocks))


def reproduce_section(context: ReportContext) -> Section:
    """Return what is needed to make the same report, and the same run, again."""
    _ = context.gettext
    assessment, language = context.assessment, context.language
    rows: list[tuple[Cell, ...]] = []
    for alternative in context.alternatives:
        state = next((each for each in assessment.installations if each.alternative == alternative), None)
        found = state.installation if state else None
        if found is None:
            reason = words.reason(state.reason if state else None, language) or _("not installed")
            rows.append((context.cell(alternative), Cell(reason, muted=True, span=4)))
            continue
        packages = ", ".join(f"{name}{fmt.NBSP}{version}" for name, version in sorted(found.packages.items()))
        rows.append(
            (
                context.cell(alternative),
                Cell(found.version, found.version),
                Cell(found.wheel or fmt.DASH, found.wheel),
                Cell(found.python_version, found.python_version),
                Cell(packages or fmt.DASH, packages),
            )
        )
    blocks: list[Block] = [
        Paragraph(
            _(
                "The assessment is attached to this document as {file}: needs, machine, every sample, "
                "evidence, weights and decision. The first command makes this report again from it, the "
                "second repeats the whole run on the machine at hand."
            ).format(file=ATTACHMENT)
        ),
        Code(f"advisor report {ATTACHMENT} --pdf report.pdf"),
        Code(recommend_command(context)),
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
                Column(_("Framework"), width=1.0),
                Column(_("Version")),
                Column(_("Build")),
                Column("Python"),
                Column(_("With"), width=1.2),
            ),
            tuple(rows),
        ),
    ]
    return Section("reproduce", _("How to reproduce it"), tuple(blocks))


def recommend_command(context: ReportContext) -> str:
    """Return the command that asks the same question again."""
    needs, options = context.assessment.needs, context.assessment.options
    parts = ["advisor recommend"]
    if needs.workloads:
        parts += [f"--workload {workload}={share:g}" for workload, share in needs.workloads.items()]
    else:
        parts += [f"--task {task}" for task in needs.tasks]
    parts += [f"--size {needs.size}", f"--budget {options.budget}"]
    if options.device != "auto":
        parts.append(f"--device {options.device}")
    if options.compiled is not None:
        parts.append("--compiled" if options.compiled else "--no-compiled")
    for alternative, asked in options.configurations.items():
        parts += [f"--set {alternative}:{each.label.replace(', ', ',')}" for each in asked]
    return " ".join((*parts, "--yes"))
