"""From an assessment to a document: which sections there are, and in which order."""

from advisor.assessment.model import Assessment
from advisor.report import (
    background,
    changes,
    evidence,
    hyperparameters,
    learning,
    measurements,
    pairs,
    parallel,
    projections,
    ranking,
    startup,
    summary,
    tuning,
)
from advisor.report import format as fmt
from advisor.report.advice import section as advice_section
from advisor.report.context import ReportContext
from advisor.report.model import Block, Document, Labels, Options, Section, Verdict
from advisor.report.wording import names

_SECTIONS = (
    ranking.gates_section,
    ranking.section,
    ranking.acceptability_section,
    changes.section,
    projections.section,
    changes.weights_section,
    measurements.section,
    startup.section,
    parallel.section,
    learning.section,
    hyperparameters.section,
    pairs.section,
    tuning.section,
    advice_section,
    background.machine_section,
    evidence.section,
    evidence.weightless_section,
    background.warnings_section,
    background.method_section,
    background.reproduce_section,
)


def build(assessment: Assessment, language: str = "en", options: Options | None = None) -> Document:
    """Return the report of an assessment as data.

    Parameters
    ----------
    assessment : Assessment
        What it is about; a report needs nothing else.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    options : Options, optional
        Whether only the summary is wanted, and for whom it is made.
    """
    options = options or Options()
    context = ReportContext(assessment, language)
    _ = context.gettext
    sections: tuple[Section, ...] = ()
    if not options.summary_only:
        sections = tuple(section for make in _SECTIONS if (section := make(context)) is not None)
    tasks = [names.task(task, language) for task in assessment.needs.tasks]
    own = [names.architecture(workload, language) for workload in assessment.options.own]
    return Document(
        language=language,
        title=_("Which deep-learning framework to adopt"),
        subtitle=assessment.title or assessment.needs.title or fmt.listing(own or tasks, language),
        organisation=options.organisation,
        date=fmt.day(assessment.created_at, language),
        question=summary.question(context),
        verdict=summary.answer(context),
        summary=summary.blocks(context),
        sections=sections,
        labels=_labels(
            context, options.organisation, _("The assessment with every sample, as the program saved it")
        ),
        colophon=_colophon(context),
        keywords=tuple(dict.fromkeys((*tasks, *(framework.name for framework in assessment.catalogue)))),
    )


def other(
    context: ReportContext,
    *,
    title: str,
    subtitle: str,
    question: tuple[tuple[str, str], ...],
    verdict: Verdict,
    summary: tuple[Block, ...],
    sections: tuple[Section, ...],
    attachment: str,
    organisation: str | None = None,
) -> Document:
    """Return a document beside the report, with the same frame: what several answers or assessments have in common."""
    _ = context.gettext
    return Document(
        language=context.language,
        title=title,
        subtitle=subtitle,
        organisation=organisation,
        date=fmt.day(context.assessment.created_at, context.language),
        question=question,
        verdict=verdict,
        summary=summary,
        sections=sections,
        labels=_labels(context, organisation, attachment),
        colophon=_colophon(context),
        keywords=tuple(framework.name for framework in context.assessment.catalogue),
    )


def _labels(context: ReportContext, organisation: str | None, attachment: str) -> Labels:
    _ = context.gettext
    return Labels(
        summary=_("Summary"),
        contents=_("Contents"),
        page=_("Page {page} of {pages}"),
        table=_("Table"),
        figure=_("Figure"),
        logo=organisation or _("Logo"),
        attachment=attachment,
    )


def _colophon(context: ReportContext) -> str:
    return context.gettext("Framework Advisor {version} · assessment {id}").format(
        version=context.assessment.app_version, id=context.assessment.id
    )
