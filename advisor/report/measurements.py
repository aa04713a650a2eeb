"""What was measured: speeds per task as charts and tables, with intervals, rounds and conditions."""

from msgspec.structs import replace

from advisor.probes.configuration import DEFAULT, ConfigurationOrigin
from advisor.probes.model import (
    Outcome,
    ProbeResult,
    Quantity,
    WorkloadRun,
)
from advisor.probes.statistics import latency_percentiles, share_of_peak, summarise
from advisor.report import axes, loading, ratios
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import (
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Heading,
    Label,
    LegendEntry,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
)
from advisor.report.palette import NEUTRAL
from advisor.report.wording import measurements as words
from advisor.report.wording import names, own
from advisor.workloads.model import Source


def section(context: ReportContext) -> Section | None:
    """Return charts and tables of every workload that was run."""
    _ = context.gettext
    if not context.assessment.runs:
        return None
    blocks: list[Block] = []
    for run in context.assessment.runs:
        blocks += _of_run(context, run)
    return Section("measurements", _("Measurements"), tuple(blocks))


def _of_run(context: ReportContext, run: WorkloadRun) -> list[Block]:
    _ = context.gettext
    language = context.language
    workload = run.workload
    conditions = run.conditions
    title = f"{names.task(workload.task, language)} {fmt.DASH} {names.architecture(workload, language)}"
    threads = context.ngettext("{count} thread", "{count} threads", conditions.threads).format(
        count=conditions.threads
    )
    if workload.source is Source.PUBLISHED:
        text = _(
            "{architecture} ({reference}), {parameters} parameters, batch {batch}, {dtype}{tf32}, {threads}."
        ).format(
            architecture=names.architecture(workload, language),
            reference=workload.reference,
            parameters=fmt.whole(workload.parameters or 0),
            batch=fmt.whole(workload.batch),
            dtype=conditions.dtype,
            tf32=_(" with TF32") if conditions.tf32 else "",
            threads=threads,
        )
    else:
        text = own.about(run, threads, language)
    said = (text, words.stopping(run, language), words.time_used(run, language))
    blocks: list[Block] = [Heading(title), Paragraph(fmt.joined(*filter(None, said), language=language))]
    if chart := _chart(context, run):
        blocks.append(chart)
    blocks.append(_table(context, run))
    blocks += loading.blocks(context, run)
    return blocks


def _quantities(run: WorkloadRun) -> tuple[Quantity, ...]:
    first = Quantity.LOOP if run.workload.loops else Quantity.TRAIN
    return (first, Quantity.INFER, Quantity.LATENCY)


def _chart(context: ReportContext, run: WorkloadRun) -> Chart | None:
    """Rates of training and inference and the latency, side by side; outcomes where there are no figures."""
    _ = context.gettext
    language = context.language
    results = [each for each in context.ordered(run) if not is_trivial(each)]
    if not any(context.has_figures(each) for each in results):
        return None
    panels = []
    spoken: list[str] = []
    for quantity in _quantities(run):
        latency = quantity is Quantity.LATENCY
        scale, unit = (1e3, "ms") if latency else (1.0, names.rate_unit(run.workload, quantity, language))
        summaries = [summarise(each.samples, quantity) for each in results]
        tops = [
            scale * (each.high_s if latency else each.high_items_per_s)
            for each in summaries
            if each is not None
        ]
        maximum, ticks = axes.from_zero(tops, count=3)
        bars = []
        for result, summary in zip(results, summaries, strict=True):
            if summary is None or not context.has_figures(result):
                bars.append(Bar(missing=words.missing_figure(result, language, quantity)))
                continue
            middle, low, high = (
                (summary.median_s, summary.low_s, summary.high_s)
                if latency
                else (summary.items_per_s, summary.low_items_per_s, summary.high_items_per_s)
            )
            colour = context.colour(result.subject.alternative)
            text = fmt.number(scale * middle)
            bars.append(
                Bar(
                    (Segment(0.0, scale * middle, colour, pale=not result.subject.configuration.is_default),),
                    scale * low,
                    min(scale * high, maximum),
                    text,
                    fmt.interval(scale * low, scale * high),
                )
            )
            spoken.append(
                _("{framework}, {configuration}, {quantity} {value} {unit}").format(
                    framework=context.name(result.subject.alternative),
                    configuration=names.configuration(result.subject.configuration, language),
                    quantity=names.quantity(quantity, language, run.workload),
                    value=text,
                    unit=unit,
                )
            )
        title = _("{quantity} ({unit})").format(
            quantity=names.quantity(quantity, language, run.workload), unit=unit
        )
        panels.append(Panel(title, 0.0, maximum, ticks, tuple(bars)))
    return Chart(
        id=f"speed-{run.workload.id}",
        caption=_(
            "Steady state, medians with {confidence} intervals over rounds. "
            "Rates: more is better; latency: less is better."
        ).format(confidence=fmt.confidence()),
        alt=_("Speeds on {workload}. {entries}.").format(
            workload=names.architecture(run.workload, language), entries=_("; ").join(spoken)
        ),
        labels=tuple(_label(context, each) for each in results),
        panels=tuple(panels),
        legend=_legend(context, results),
    )


def _label(context: ReportContext, result: ProbeResult) -> Label:
    label = context.label(result.subject.alternative)
    return Label(label.text, context.way(result.subject.configuration), strong=label.strong)


def _legend(context: ReportContext, results: list[ProbeResult]) -> tuple[LegendEntry, ...]:
    """Say what pale bars are, where there are any."""
    others = {each.subject.configuration for each in results if not each.subject.configuration.is_default}
    if not others:
        return ()
    if all(each.origin is ConfigurationOrigin.COMPILED for each in others):
        pale = names.configuration(next(iter(others)), context.language)
    else:
        pale = context.gettext("other settings")
    return (
        LegendEntry(names.configuration(DEFAULT, context.language), NEUTRAL),
        LegendEntry(pale, NEUTRAL, pale=True),
    )


def already_compiled(context: ReportContext, alternatives: list[str]) -> str:
    """Say whose compiled way is no other than the usual one."""
    return context.gettext("{frameworks}: the usual way is the compiled one.").format(
        frameworks=fmt.listing(alternatives, context.language)
    )


def is_trivial(result: ProbeResult) -> bool:
    """Whether a configuration is no other than the default one, and so not worth a row of its own."""
    return result.outcome is Outcome.UNSUPPORTED and result.reason == "same-as-default"


def _table(context: ReportContext, run: WorkloadRun) -> Table:
    _ = context.gettext
    language = context.language
    leader = ratios.leader(context, run)
    configured = (Column(_("Configuration")),) if context.has_settings else ()
    compared = (Column(_("Against the first"), unit="×", numeric=True),) if leader is not None else ()
    columns = (
        Column(_("Framework"), width=1.0),
        *configured,
        Column(_("Quantity"), width=1.0),
        Column(_("Median"), numeric=True),
        Column(_("{confidence} interval").format(confidence=fmt.confidence()), numeric=True),
        Column(_("Rounds"), numeric=True),
        Column(_("Cores"), numeric=True),
        Column(_("Peak"), unit=_("share"), numeric=True),
        *compared,
    )
    rows: list[tuple[Cell, ...]] = []
    for result in context.ordered(run):
        subject = result.subject
        head: tuple[Cell, ...] = (context.cell(subject.alternative),)
        if configured:
            head += (Cell(names.configuration(subject.configuration, language)),)
        if is_trivial(result):
            continue
        if not context.has_figures(result):
            why = words.why_not_measured(result, language)
            rows.append((*head, Cell(why, muted=True, span=len(columns) - len(head))))
            continue
        for quantity in (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY, Quantity.LOOP):
            row = _figures(context, run, result, quantity)
            if row is not None:
                against = (ratios.cell(context, run, result, leader, quantity),) if leader is not None else ()
                rows.append((*head, *row, *against))
                head = tuple(
                    replace(cell, text="", value=cell.text or cell.value, colour=None) for cell in head
                )
    devices = {each.subject.device for each in run.results}
    notes = [
        _(
            "p99: 99th percentile of single calls. Cores: processor time over wall time. "
            "Peak: share of this machine’s measured FP32 matrix-multiply rate."
        ),
        _("Device: {device}.").format(
            device=fmt.listing([names.device(each, language) for each in sorted(devices)], language)
        ),
    ]
    if leader is not None:
        notes.insert(
            1,
            _(
                "Against the first: how many times as long as {leader} it takes by default, in the same rounds, with "
                "the {confidence} interval; tie: the interval holds 1, so the order is not known."
            ).format(leader=context.name(leader.subject.alternative), confidence=fmt.confidence()),
        )
    trivial = [context.name(each.subject.alternative) for each in run.results if is_trivial(each)]
    if trivial:
        notes.append(already_compiled(context, trivial))
    checked = [each for each in run.results if each.equivalence is not None and each.equivalence.passed]
    if run.workload.source is not Source.PUBLISHED:
        notes.append(own.compared(run, language))
    elif checked:
        worst = max(
            (
                error
                for each in checked
                if each.equivalence is not None
                for error in (each.equivalence.output_error, *each.equivalence.loss_errors)
                if error is not None
            ),
            default=0.0,
        )
        notes.append(
            context.ngettext(
                "Before timing, {count} network was checked against a float64 reference: "
                "same parameters, largest deviation {error}.",
                "Before timing, {count} networks were checked against a float64 reference: "
                "same parameters, largest deviation {error}.",
                len(checked),
            ).format(count=len(checked), error=fmt.scientific(worst))
        )
    return Table(
        f"measurements-{run.workload.id}",
        _("{workload}: every figure").format(workload=names.architecture(run.workload, language)),
        columns,
        tuple(rows),
        notes=tuple(notes),
    )


def _figures(
    context: ReportContext, run: WorkloadRun, result: ProbeResult, quantity: Quantity
) -> tuple[Cell, ...] | None:
    _ = context.gettext
    language = context.language
    summary = summarise(result.samples, quantity)
    name = names.quantity(quantity, language, run.workload)
    if summary is None:
        if any(each.quantity is quantity for each in result.samples):
            return (
                Cell(name, str(quantity)),
                Cell(_("one round only"), muted=True),
                *([Cell(fmt.DASH, muted=True)] * 4),
            )
        return None
    p99 = ""
    if quantity is Quantity.LATENCY:
        percentiles = latency_percentiles(result.samples)
        unit = "ms"
        if percentiles is not None and percentiles.p99_s is not None:
            tail, low, high = (
                1e3 * (each or 0.0)
                for each in (percentiles.p99_s, percentiles.p99_low_s, percentiles.p99_high_s)
            )
            p99 = f"p99 {fmt.number(tail)} ({fmt.interval(low, high)})"
        median, low, high = (1e3 * each for each in (summary.median_s, summary.low_s, summary.high_s))
    else:
        unit = names.rate_unit(run.workload, quantity, language)
        median, low, high = summary.items_per_s, summary.low_items_per_s, summary.high_items_per_s
    calibration = context.assessment.machine.calibration
    share = share_of_peak(run.workload, result, calibration, quantity) if calibration else None
    return (
        Cell(_("{quantity}, {unit}").format(quantity=name, unit=unit), str(quantity), detail=p99),
        Cell(fmt.number(median), median, unit=unit),
        Cell(fmt.interval(low, high), low=low, high=high),
        Cell(fmt.whole(summary.n), summary.n),
        Cell(fmt.fixed(summary.effective_cores, 1), summary.effective_cores),
        Cell(fmt.DASH, muted=True) if share is None else Cell(fmt.fine_percent(share), share),
    )
