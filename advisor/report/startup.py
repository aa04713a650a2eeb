"""Start-up with break-even, memory, and scalability: what a speed in steady state does not tell."""

from collections.abc import Callable, Iterator

from advisor.decision.estimates import can_train
from advisor.probes.configuration import Configuration
from advisor.probes.model import (
    MemoryReading,
    Outcome,
    ProbeResult,
    Quantity,
    WorkloadRun,
)
from advisor.probes.statistics import break_even_steps, parallel_efficiency
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext, configuration_order
from advisor.report.measurements import already_compiled, is_trivial
from advisor.report.model import (
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Label,
    LegendEntry,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
    Tick,
)
from advisor.report.palette import PHASES
from advisor.report.wording import measurements as words
from advisor.report.wording import names


def startup_section(context: ReportContext) -> Section | None:
    """Return how long it takes until the first step is done, and when compiling pays."""
    _ = context.gettext
    if not any(_measured(context)):
        return None
    blocks: list[Block] = [
        Paragraph(
            _(
                "Importing the framework, building the network and the first training step, compiling "
                "included, happen once for each start. Steady-state figures leave them out."
            )
        ),
        _startup_chart(context),
    ]
    title = _("Start-up")
    if table := _break_even_table(context):
        blocks.append(table)
        title = _("Start-up and break-even")
    return Section("startup", title, tuple(blocks))


def memory_section(context: ReportContext) -> Section | None:
    """Return what a training step adds to memory."""
    _ = context.gettext
    readings = [result.memory for _run, result in _measured(context) if result.memory is not None]
    if not readings:
        return None

    on_device = any(each.device_peak_bytes is not None for each in readings)

    def draw(_run: WorkloadRun, result: ProbeResult) -> Bar | None:
        used = _added_bytes(result.memory, on_device)
        if used is None:
            return None
        pale = not result.subject.configuration.is_default
        segment = Segment(0.0, used / 2**20, context.colour(result.subject.alternative), pale=pale)
        return Bar((segment,), text=fmt.number(used / 2**20))

    labels, panels = _panels(context, draw, lambda ends: axes.from_zero(ends, count=3), unit="MiB")
    chart = Chart(
        id="memory",
        caption=_("MiB of accelerator memory that training steps add.")
        if on_device
        else _("MiB that training steps add to the imported framework."),
        alt=_("Memory added by training, in MiB. {entries}.").format(
            entries=_spoken(context, labels, panels)
        ),
        labels=labels,
        panels=panels,
    )
    note = _("Measured over the whole process tree ({source}).")
    sources = _(", ").join(sorted({words.memory_source(each.source, context.language) for each in readings}))
    notes = [note.format(source=sources)]
    inferring = [
        context.name(result.subject.alternative)
        for _run, result in _measured(context)
        if result.memory is not None and result.memory.quantity is Quantity.INFER
    ]
    if inferring:
        notes.append(
            _("{frameworks}: of inference, because it cannot train.").format(
                frameworks=fmt.listing(list(dict.fromkeys(inferring)), context.language)
            )
        )
    table = _memory_table(context, on_device, tuple(notes))
    return Section("memory", _("Memory"), (chart, table))


def scaling_section(context: ReportContext) -> Section | None:
    """Return how well each alternative uses more cores."""
    _ = context.gettext
    runs = [run for run in context.assessment.runs if run.conditions.threads > 1]
    if not any(parallel_efficiency(each) for run in runs for each in run.results):
        return None

    def draw(_run: WorkloadRun, result: ProbeResult) -> Bar | None:
        found = parallel_efficiency(result)
        if found is None:
            return None
        segment = Segment(0.0, found.median, context.colour(result.subject.alternative))
        return Bar((segment,), found.low, found.high, fmt.percent(found.median))

    labels, panels = _panels(
        context, draw, lambda ends: axes.from_zero([1.0, *ends], fmt.percent), parallel_efficiency
    )
    threads = max(run.conditions.threads for run in runs)
    text = context.ngettext(
        "The same training step on one core and on {count} thread, taken in turn. "
        "100% would be perfect scaling.",
        "The same training step on one core and on {count} threads, taken in turn. "
        "100% would be perfect scaling.",
        threads,
    )
    chart = Chart(
        id="scaling",
        caption=_("Parallel efficiency of a training step: median with 95% interval."),
        alt=_("Parallel efficiency. {entries}.").format(entries=_spoken(context, labels, panels)),
        labels=labels,
        panels=panels,
    )
    return Section("scaling", _("Scalability"), (Paragraph(text.format(count=threads)), chart))


def _measured(context: ReportContext) -> Iterator[tuple[WorkloadRun, ProbeResult]]:
    for run in context.assessment.runs:
        for result in context.ordered(run):
            if result.outcome is Outcome.MEASURED:
                yield run, result


def _panels(
    context: ReportContext,
    draw: Callable[[WorkloadRun, ProbeResult], Bar | None],
    axis: Callable[[list[float]], tuple[float, tuple[Tick, ...]]],
    worth_a_row: Callable[[ProbeResult], object] = lambda _result: True,
    unit: str = "",
) -> tuple[tuple[Label, ...], tuple[Panel, ...]]:
    """Lay a row for each configuration and a panel for each workload; outcomes where there is no bar."""
    found = {
        (run.workload.id, result.subject.alternative, result.subject.configuration): result
        for run in context.assessment.runs
        for result in run.results
    }
    shown: dict[str, set[Configuration]] = {}
    for _run, result in _measured(context):
        # The default has a row where others have: why it has no bar is said there.
        if result.subject.configuration.is_default or worth_a_row(result):
            shown.setdefault(result.subject.alternative, set()).add(result.subject.configuration)
    order = [
        (alternative, configuration)
        for alternative in context.alternatives
        for configuration in sorted(shown.get(alternative, ()), key=configuration_order)
    ]
    panels = []
    for run in context.assessment.runs:
        bars = []
        for alternative, configuration in order:
            one = found.get((run.workload.id, alternative, configuration))
            bar = draw(run, one) if one and one.outcome is Outcome.MEASURED else None
            if bar is None:
                bar = Bar(missing=words.missing_figure(one, context.language) if one else fmt.DASH)
            bars.append(bar)
        ends = [segment.end for bar in bars for segment in bar.segments]
        maximum, ticks = axis(ends + [bar.high for bar in bars if bar.high is not None])
        title = run.workload.architecture
        if unit:
            title = context.gettext("{quantity} ({unit})").format(quantity=title, unit=unit)
        panels.append(Panel(title, 0.0, maximum, ticks, tuple(bars)))
    labels = []
    for alternative, configuration in order:
        label = context.label(alternative)
        labels.append(Label(label.text, context.way(configuration), strong=label.strong))
    return tuple(labels), tuple(panels)


def _spoken(context: ReportContext, labels: tuple[Label, ...], panels: tuple[Panel, ...]) -> str:
    """Every figure of a chart in words."""
    _ = context.gettext
    return _("; ").join(
        _("{framework}, {workload}: {value}").format(
            framework=f"{label.text} {label.detail}".strip(),
            workload=run.workload.architecture,
            value=bar.text or bar.missing,
        )
        for run, panel in zip(context.assessment.runs, panels, strict=True)
        for label, bar in zip(labels, panel.bars, strict=True)
    )


def _startup_chart(context: ReportContext) -> Chart:
    _ = context.gettext

    def draw(_run: WorkloadRun, result: ProbeResult) -> Bar | None:
        startup = result.startup
        first_s = startup.first_train_s if can_train(result) else startup.first_infer_s
        phases = (startup.import_s, startup.build_s, first_s)
        segments, start = [], 0.0
        for colour, phase in zip(PHASES, phases, strict=True):
            if phase is None:
                return None
            segments.append(Segment(start, start + phase, colour))
            start += phase
        return Bar(tuple(segments), text=fmt.number(start))

    labels, panels = _panels(context, draw, lambda ends: axes.from_zero(ends, count=3), unit="s")
    legend = (_("import"), _("build"), _("first step"))
    return Chart(
        id="startup",
        caption=_(
            "Seconds until the first training step is done, or the first inference where that is all it does."
        ),
        alt=_("Start-up times in seconds. {entries}.").format(entries=_spoken(context, labels, panels)),
        labels=labels,
        panels=panels,
        legend=tuple(LegendEntry(text, colour) for text, colour in zip(legend, PHASES, strict=True)),
    )


def _break_even_table(context: ReportContext) -> Table | None:
    _ = context.gettext
    rows: list[tuple[Cell, ...]] = []
    trivial: list[str] = []
    for run in context.assessment.runs:
        head = Cell(run.workload.architecture)
        for alternative in context.alternatives:
            results = [each for each in context.ordered(run) if each.subject.alternative == alternative]
            for other in results:
                default = next((each for each in results if _same_but_default(each, other)), None)
                if default is None or default.outcome is not Outcome.MEASURED:
                    continue
                if is_trivial(other):
                    trivial.append(context.name(alternative))
                    continue
                way = Cell(context.way(other.subject.configuration))
                cells = _break_even(context, default, other)
                rows.append((head, context.cell(alternative), way, *cells))
                head = Cell("", run.workload.architecture)
    if not rows:
        return None
    notes = (already_compiled(context, list(dict.fromkeys(trivial))),) if trivial else ()
    return Table(
        "break-even",
        _("When other settings than the default have paid for their longer start"),
        (
            Column(_("Workload")),
            Column(_("Framework"), width=1.0),
            Column(_("Configuration")),
            Column(_("Longer start"), unit="s", numeric=True),
            Column(_("Saved per step"), unit="s", numeric=True),
            Column(_("Pays"), unit=_("steps"), width=1.2),
        ),
        tuple(rows),
        notes=notes,
    )


def _same_but_default(default: ProbeResult, other: ProbeResult) -> bool:
    mine, theirs = default.subject, other.subject
    return (
        mine.configuration.is_default and not theirs.configuration.is_default and mine.device == theirs.device
    )


def _break_even(context: ReportContext, default: ProbeResult, other: ProbeResult) -> tuple[Cell, ...]:
    _ = context.gettext
    language = context.language
    if other.outcome is not Outcome.MEASURED:
        return (Cell(words.why_not_measured(other, language), muted=True, span=3),)
    found = break_even_steps(default, other)
    if found is None:
        return (Cell(_("not measured"), muted=True, span=3),)
    if found.steps is None:
        pays = Cell(_("not known to be faster"), muted=True)
    else:
        text = context.ngettext("after {count} step", "after {count} steps", round(found.steps))
        pays = Cell(text.format(count=fmt.count(found.steps)), found.steps)
    return (
        Cell(fmt.duration(found.cost_s, language), found.cost_s),
        Cell(fmt.duration(found.gain_s, language), found.gain_s),
        pays,
    )


def _added_bytes(reading: MemoryReading | None, on_device: bool) -> int | None:
    """What training added, on the accelerator where any was used."""
    if reading is None:
        return None
    if not on_device:
        return reading.used_bytes
    if reading.device_peak_bytes is None:
        return None
    return max(reading.device_peak_bytes - (reading.device_baseline_bytes or 0), 0)


def _memory_table(context: ReportContext, on_device: bool, notes: tuple[str, ...]) -> Table:
    _ = context.gettext
    rows: list[tuple[Cell, ...]] = []
    previous = None
    for run, result in _measured(context):
        name = "" if run is previous else run.workload.architecture
        previous = run
        configuration = result.subject.configuration
        head = (
            Cell(name, run.workload.architecture),
            context.cell(result.subject.alternative),
            Cell(names.configuration(configuration, context.language), configuration.label or "default"),
        )
        reading = result.memory
        if reading is None:
            rows.append((*head, Cell(_("not measured"), muted=True, span=4 if on_device else 3)))
            continue
        figures = [reading.used_bytes, reading.peak_bytes, reading.baseline_bytes]
        cells = [Cell(fmt.size(each), each) for each in figures]
        if on_device:
            peak = reading.device_peak_bytes
            cells.append(Cell(fmt.DASH, muted=True) if peak is None else Cell(fmt.size(peak), peak))
        rows.append((*head, *cells))
    columns = [
        Column(_("Workload")),
        Column(_("Framework"), width=1.0),
        Column(_("Configuration")),
        Column(_("Training adds"), unit="B", numeric=True),
        Column(_("Peak"), unit="B", numeric=True),
        Column(_("Framework alone"), unit="B", numeric=True),
    ]
    if on_device:
        columns.append(Column(_("Accelerator peak"), unit="B", numeric=True))
    return Table("memory", _("Memory of training steps"), tuple(columns), tuple(rows), notes=notes)
