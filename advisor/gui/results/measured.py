"""The measured table of the window: flat, so that it can be sorted and filtered. Also its chart of the
machine's roof, which the report has as a column. No Qt.
"""

import msgspec
from msgspec import Struct

from advisor.assessment.model import Assessment
from advisor.gui.tables_data import Cell, Table, Tone, cell
from advisor.gui.text import _
from advisor.probes import statistics
from advisor.probes.configuration import Configuration
from advisor.probes.model import (
    Outcome,
    ProbeResult,
    Quantity,
    WorkloadRun,
)
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Bar, Chart, Label, Panel, Segment, Tick
from advisor.report.wording import measurements, names

TASK = 0
"""The column that says nothing where only one task is shown."""


class Selection(Struct, frozen=True):
    """Which part of the measurements is shown; ``None``: all of it."""

    workload: str | None = None
    configuration: Configuration | None = None

    def of(self, assessment: Assessment) -> Assessment:
        """Return an assessment as if only this part had been measured (its decision stays)."""
        runs = tuple(
            msgspec.structs.replace(
                run,
                results=tuple(
                    result
                    for result in run.results
                    if self.configuration in (None, result.subject.configuration)
                ),
            )
            for run in assessment.runs
            if self.workload in (None, run.workload.id)
        )
        return msgspec.structs.replace(assessment, runs=runs)


def subject_name(context: ReportContext, run: WorkloadRun, result: ProbeResult) -> str:
    """Return who was measured, and how where that isn't plain."""
    return " · ".join(filter(None, (context.name(result.subject.alternative), _way(context, run, result))))


def _way(context: ReportContext, run: WorkloadRun, result: ProbeResult) -> str:
    """Return how a subject ran where that isn't plain: its settings, and its device if the run has several."""
    subject, said = result.subject, []
    if not subject.configuration.is_default:
        said.append(names.configuration(subject.configuration, context.language))
    if len({each.subject.device for each in run.results}) > 1:
        said.append(names.device(subject.device, context.language))
    return " · ".join(said)


def table(context: ReportContext) -> Table:
    """Return every figure and every failure: one row per subject and quantity.

    A subject without a figure has its outcome and its reason instead, never a zero.
    """
    headers = (
        _("Task"),
        _("Framework"),
        _("Quantity"),
        _("Median ({confidence} interval)", confidence=fmt.confidence()),
        _("Rate"),
        _("Rounds"),
        _("Cores"),
        _("Share of peak"),
        _("Outcome"),
    )
    rows = [
        line
        for run in context.assessment.runs
        for result in context.ordered(run)
        for line in _lines(context, run, result)
    ]
    return Table(headers, tuple(rows), figures=frozenset(range(3, 8)))


def _lines(context: ReportContext, run: WorkloadRun, result: ProbeResult) -> list[tuple[Cell, ...]]:
    language = context.language
    head = (
        cell(context.workload_name(run.workload.id)),
        cell(subject_name(context, run, result)),
    )
    missing = Cell(fmt.DASH, None, tone=Tone.MUTED)
    taken = [each for each in Quantity if any(sample.quantity is each for sample in result.samples)]
    if not context.has_figures(result) or not taken:
        harmless = result.outcome in (Outcome.UNSUPPORTED, Outcome.NOT_INSTALLED, Outcome.CANCELLED)
        text = measurements.why_not_measured(result, language)
        tip = "\n\n".join(filter(None, (text, result.stderr_tail)))
        tone = Tone.MUTED if harmless else Tone.BAD
        return [(*head, *([missing] * 6), Cell(text, text.casefold(), tip=tip, tone=tone))]
    return [(*head, *_figures(context, run, result, quantity)) for quantity in taken]


def _figures(context: ReportContext, run: WorkloadRun, result: ProbeResult, quantity: Quantity) -> list[Cell]:
    language = context.language
    missing = Cell(fmt.DASH, None, tone=Tone.MUTED)
    name = cell(names.quantity(quantity, language, run.workload))
    outcome = names.outcome(result.outcome, language)
    summary = statistics.summarise(result.samples, quantity)
    if summary is None:
        text = _("{outcome}, one round only", outcome=outcome)
        return [name, *([missing] * 5), Cell(text, text.casefold(), tone=Tone.MUTED)]
    calibration = context.assessment.machine.calibration
    share = statistics.share_of_peak(run.workload, result, calibration, quantity) if calibration else None
    unit = names.rate_unit(run.workload, quantity, language)
    time, interval = fmt.duration_parts(summary.median_s, summary.low_s, summary.high_s, language)
    tone = Tone.PLAIN if result.outcome is Outcome.MEASURED else Tone.MUTED
    if not result.steady.get(quantity, True):
        outcome, tone = _("{outcome}, not steady", outcome=outcome), Tone.WARNING
    return [
        name,
        Cell(f"{time} ({interval})", summary.median_s),
        Cell(f"{fmt.number(summary.items_per_s)} {unit}", summary.items_per_s),
        Cell(str(summary.n), summary.n),
        Cell(fmt.fixed(summary.effective_cores), summary.effective_cores),
        missing if share is None else Cell(fmt.percent(share), share),
        Cell(outcome, outcome.casefold(), tone=tone),
    ]


def _measured(context: ReportContext, run: WorkloadRun) -> list[ProbeResult]:
    return [result for result in context.ordered(run) if context.has_figures(result)]


def _label(context: ReportContext, run: WorkloadRun, result: ProbeResult) -> Label:
    label = context.label(result.subject.alternative)
    return Label(label.text, _way(context, run, result), strong=label.strong)


def peak_chart(context: ReportContext, run: WorkloadRun) -> Chart | None:
    """Return what training and inference achieve against the machine's measured roof.

    None where the roof wasn't measured, or nothing was.
    """
    calibration = context.assessment.machine.calibration
    results = _measured(context, run)
    if calibration is None or not results:
        return None
    devices = dict.fromkeys(result.subject.device for result in results)
    peaks = {device: calibration.peak_fp32(device) for device in devices}
    roofs = {device: peak for device, peak in peaks.items() if peak is not None}
    if not roofs:
        return None
    panels = []
    for quantity in (Quantity.TRAIN, Quantity.INFER):
        shares = [statistics.share_of_peak(run.workload, each, calibration, quantity) for each in results]
        if all(share is None for share in shares):
            continue
        bars = tuple(
            Bar(missing=measurements.missing_figure(result, context.language, quantity))
            if share is None
            else Bar(
                (
                    Segment(
                        0.0,
                        share * roofs[result.subject.device] / 1e9,
                        context.colour(result.subject.alternative),
                        pale=not result.subject.configuration.is_default,
                    ),
                ),
                text=fmt.percent(share),
            )
            for result, share in zip(results, shares, strict=True)
        )
        reached = [segment.end for bar in bars for segment in bar.segments]
        maximum, ticks = axes.from_zero([*(roof / 1e9 for roof in roofs.values()), *reached])
        marks = tuple(
            Tick(roof / 1e9, _("peak {rate}", rate=fmt.metric(roof, "FLOP/s"))) for roof in roofs.values()
        )
        title = _("{quantity} (GFLOP/s)", quantity=names.quantity(quantity, context.language))
        panels.append(Panel(title, 0.0, maximum, ticks, bars, marks))
    if not panels:
        return None
    caption = _(
        "Arithmetic achieved on {workload}, by the textbook count, against the fastest matrix product measured "
        "on this machine.",
        workload=names.architecture(run.workload, context.language),
    )
    if set(roofs) == {"cpu"} and calibration.memory_bandwidth:
        bandwidth = max(calibration.memory_bandwidth)
        held_up = _(
            "Memory delivers {bandwidth}: work of fewer than {balance} operations per byte is held up by it.",
            bandwidth=fmt.metric(bandwidth, "B/s"),
            balance=fmt.number(roofs["cpu"] / bandwidth),
        )
        caption = fmt.joined(caption, held_up, language=context.language)
    spoken = [
        f"{context.name(result.subject.alternative)} {bar.text or bar.missing}"
        for result, bar in zip(results, panels[0].bars, strict=True)
    ]
    return Chart(
        id=f"peak-{run.workload.id}",
        caption=caption,
        alt=_("Share of this machine’s peak. {entries}.", entries="; ".join(spoken)),
        labels=tuple(_label(context, run, result) for result in results),
        panels=tuple(panels),
    )
