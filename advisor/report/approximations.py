"""Approximations: what answers otherwise than the default now and then, on lines of their own."""

from collections.abc import Iterator

from advisor.decision import basis
from advisor.probes.model import ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import linked_ratio
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Cell, Column, Heading, Paragraph, Table


def blocks(context: ReportContext) -> tuple[Block, ...]:
    """Return what approximations gain and how often they answer alike; nothing where none was measured."""
    _ = context.gettext
    rows = [
        row
        for run in context.assessment.runs
        for result in run.results
        if basis.approximates(context.assessment.catalogue, result)
        and (row := _row(context, run, result)) is not None
    ]
    if not rows:
        return ()
    return (
        Heading(_("Approximations")),
        Paragraph(
            _(
                "These settings compute in fewer bits, for inference alone. They are ranked only where the needs "
                "accept them. What is compared is which output is the largest, on inputs that nothing was fitted to; "
                "networks and inputs are random, so a trained network may keep more of its accuracy, or less. Check "
                "on your own data before you use one."
            )
        ),
        Table(
            "approximations",
            _("Approximations, against the default"),
            (
                Column(_("Framework"), width=0.8),
                Column(_("For")),
                Column(_("Settings"), width=1.2),
                Column(_("Times as fast"), unit="×", numeric=True),
                Column(_("Same answer"), numeric=True),
                Column(_("Counts")),
            ),
            tuple(rows),
            notes=(
                _("Times as fast: inference, with its {confidence} interval.").format(
                    confidence=fmt.confidence()
                ),
            ),
        ),
    )


def _row(context: ReportContext, run: WorkloadRun, result: ProbeResult) -> tuple[Cell, ...] | None:
    _ = context.gettext
    default = next(_defaults(run, result), None)
    ratio = linked_ratio(run, default, result, Quantity.INFER) if default is not None else None
    if ratio is None:
        return None
    same = Cell(fmt.DASH, muted=True)
    if (fidelity := result.fidelity) is not None:
        share = _("{share} ({agreeing} of {items})").format(
            share=fmt.percent(fidelity.agreement, 1),
            agreeing=fmt.whole(fidelity.agreeing),
            items=fmt.whole(fidelity.items),
        )
        same = Cell(share, fidelity.agreement)
    counts = _("accepted") if basis.accepted(context.assessment.needs, result) else _("not ranked")
    label = result.subject.configuration.label
    return (
        context.cell(result.subject.alternative),
        Cell(context.workload_name(run.workload.id), run.workload.id),
        Cell(label, label),
        Cell(
            f"{fmt.ratio(ratio.median)} ({fmt.interval(ratio.low, ratio.high)})",
            ratio.median,
            ratio.low,
            ratio.high,
        ),
        same,
        Cell(counts),
    )


def _defaults(run: WorkloadRun, result: ProbeResult) -> Iterator[ProbeResult]:
    own = result.subject.alternative, result.subject.device
    return (
        each
        for each in run.results
        if each.subject.configuration.is_default
        and (each.subject.alternative, each.subject.device) == own
        and each.samples
    )
