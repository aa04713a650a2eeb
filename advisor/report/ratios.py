"""How much longer each takes than the leader of the ranking, in the same rounds: ratios with intervals, or ties."""

from advisor.probes.model import ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import linked_ratio
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Cell


def leader(context: ReportContext, run: WorkloadRun) -> ProbeResult | None:
    """Return the default configuration that all others are held against; None where rounds link it to no other."""
    shown = [
        each
        for each in context.ordered(run)
        if context.has_figures(each) and each.subject.configuration.is_default
    ]
    if not shown:
        return None
    first, *others = shown
    quantities = {sample.quantity for sample in first.samples}
    linked = (linked_ratio(run, each, first, quantity) for each in others for quantity in quantities)
    return first if any(linked) else None


def cell(
    context: ReportContext, run: WorkloadRun, result: ProbeResult, first: ProbeResult, quantity: Quantity
) -> Cell:
    """Return how many times as long as the leader a default configuration takes."""
    comparable = result is not first and result.subject.configuration.is_default
    ratio = linked_ratio(run, result, first, quantity) if comparable else None
    if ratio is None:
        return Cell(fmt.DASH, muted=True)
    text = fmt.ratio(ratio.median)
    interval = fmt.interval(ratio.low, ratio.high, fmt.ratio)
    told = context.gettext("{ratio} ({interval}, tie)") if ratio.tie else "{ratio} ({interval})"
    shown = told.format(ratio=text, interval=interval)
    return Cell(shown, ratio.median, ratio.low, ratio.high)
