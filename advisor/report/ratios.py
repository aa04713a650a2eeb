"""How much longer each takes than the leader of the ranking, in the same rounds: ratios with intervals, or ties."""

from advisor.decision.estimates import training_quantity
from advisor.probes.model import ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import linked_ratio
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Cell, Column, Table
from advisor.report.wording import names


def table(context: ReportContext, run: WorkloadRun) -> Table | None:
    """Return the ratios of a run's default configurations to the leader's; None where nothing links any two."""
    _ = context.gettext
    shown = [
        each
        for each in context.ordered(run)
        if context.has_figures(each) and each.subject.configuration.is_default
    ]
    if len(shown) < 2:
        return None
    leader, *others = shown
    quantities = [
        quantity
        for quantity in (training_quantity(run.workload), Quantity.INFER, Quantity.LATENCY)
        if any(sample.quantity is quantity for each in shown for sample in each.samples)
    ]
    rows = tuple(
        (
            context.cell(each.subject.alternative),
            *(_cell(context, run, each, leader, quantity) for quantity in quantities),
        )
        for each in others
    )
    if not any(cell.value is not None for row in rows for cell in row[1:]):
        return None
    return Table(
        f"ratios-{run.workload.id}",
        _("How many times as long as {leader} each takes by default, in the same rounds").format(
            leader=context.name(leader.subject.alternative)
        ),
        (
            Column(_("Framework"), width=1.0),
            *(
                Column(
                    names.quantity(each, context.language, run.workload), unit="×", numeric=True, width=1.2
                )
                for each in quantities
            ),
        ),
        rows,
        notes=(
            _("With {confidence} intervals. Tie: the interval holds 1, so the order is not known.").format(
                confidence=fmt.confidence()
            ),
        ),
    )


def _cell(
    context: ReportContext, run: WorkloadRun, result: ProbeResult, leader: ProbeResult, quantity: Quantity
) -> Cell:
    ratio = linked_ratio(run, result, leader, quantity)
    if ratio is None:
        return Cell(fmt.DASH, muted=True)
    text = fmt.ratio(ratio.median)
    interval = fmt.interval(ratio.low, ratio.high, fmt.ratio)
    tie = context.gettext("tie")
    shown = f"{text} ({interval}, {tie})" if ratio.tie else f"{text} ({interval})"
    return Cell(shown, ratio.median, ratio.low, ratio.high)
