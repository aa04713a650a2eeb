"""Start-up with break-even, memory, and scalability: what a speed in steady state does not tell."""

from collections.abc import Callable, Iterator

from advisor.decision.estimates import can_train
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
from advisor.report.context import ReportContext
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


def section(context: ReportContext) -> Section | None:
    """Return what happens once per start, what training adds to memory, and how well more cores are used."""
    _ = context.gettext
    language = context.language
    if not any(_measured(context)):
        return None
    sentences = [
        _(
            "Importing the framework, building the network and the first training step, compiling "
            "included, happen once for each start. Steady-state figures leave them out."
        )
    ]
    scaled = [run for run in context.assessment.runs if any(map(parallel_efficiency, run.results))]
    if scaled:
        threads = max(run.conditions.threads for run in scaled)
        text = context.ngettext(
            "Parallel efficiency compares the same training step on one core and on {count} thread, taken in "
            "turn; 100% would be perfect scaling.",
            "Parallel efficiency compares the same training step on one core and on {count} threads, taken in "
            "turn; 100% would be perfect scaling.",
            threads,
        )
        sentences.append(text.format(count=threads))
        if any(each.low > 1 for run in scaled for each in map(parallel_efficiency, run.results) if each):
            sentences.append(
                _(
                    "More than 100% says that one core alone did less than its share; why was not measured, and "
                    "it is no merit of using many."
                )
            )
    blocks: list[Block] = [Paragraph(fmt.joined(*sentences, language=language))]
    on_device = any(_reads_device(result) for _run, result in _measured(context))
    blocks += [
        _chart(context, run, on_device)
        for run in context.assessment.runs
        if any(result.outcome is Outcome.MEASURED for result in run.results)
    ]
    for table in (_break_even_table(context), _memory_table(context, on_device)):
        if table is not None:
            blocks.append(table)
    return Section("startup", _("Start-up, memory and scalability"), tuple(blocks))


def _measured(context: ReportContext) -> Iterator[tuple[WorkloadRun, ProbeResult]]:
    for run in context.assessment.runs:
        for result in context.ordered(run):
            if result.outcome is Outcome.MEASURED:
                yield run, result


def _reads_device(result: ProbeResult) -> bool:
    return result.memory is not None and result.memory.device_peak_bytes is not None


def _chart(context: ReportContext, run: WorkloadRun, on_device: bool) -> Chart:
    """One run's start-up, memory and efficiency side by side; a panel is left out where nothing was read."""
    _ = context.gettext
    results = [each for each in context.ordered(run) if each.outcome is Outcome.MEASURED]

    def startup(result: ProbeResult) -> Bar | None:
        found = result.startup
        first_s = found.first_train_s if can_train(result) else found.first_infer_s
        segments, start = [], 0.0
        for colour, phase in zip(PHASES, (found.import_s, found.build_s, first_s), strict=True):
            if phase is None:
                return None
            segments.append(Segment(start, start + phase, colour))
            start += phase
        return Bar(tuple(segments), text=fmt.number(start))

    def memory(result: ProbeResult) -> Bar | None:
        used = _added_bytes(result.memory, on_device)
        if used is None:
            return None
        pale = not result.subject.configuration.is_default
        segment = Segment(0.0, used / 2**20, context.colour(result.subject.alternative), pale=pale)
        return Bar((segment,), text=fmt.number(used / 2**20))

    def scaling(result: ProbeResult) -> Bar | None:
        found = parallel_efficiency(result)
        if found is None:
            return None
        pale = not result.subject.configuration.is_default
        segment = Segment(0.0, found.median, context.colour(result.subject.alternative), pale=pale)
        interval = fmt.interval(found.low, found.high, fmt.percent)
        return Bar((segment,), found.low, found.high, fmt.percent(found.median), interval)

    adds = _("Accelerator memory added (MiB)") if on_device else _("Memory added (MiB)")
    made = (
        _panel(context, results, _("Start-up (s)"), startup, lambda ends: axes.from_zero(ends, count=3)),
        _panel(context, results, adds, memory, lambda ends: axes.from_zero(ends, count=3)),
        _panel(
            context,
            results,
            _("Parallel efficiency (%)"),
            scaling,
            lambda ends: axes.from_zero([1.0, *ends], fmt.percent, count=3),
            Quantity.TRAIN,
        ),
    )
    panels = tuple(panel for panel in made if panel is not None)
    labels = tuple(_label(context, each) for each in results)
    spoken = [
        _("{framework}, {quantity}: {value}").format(
            framework=f"{label.text} {label.detail}".strip(),
            quantity=panel.title,
            value=bar.text or bar.missing,
        )
        for panel in panels
        for label, bar in zip(labels, panel.bars, strict=True)
    ]
    legend = (_("import"), _("build"), _("first step"))
    return Chart(
        id=f"startup-{run.workload.id}",
        caption=(
            _(
                "{workload}: seconds until the first training step is done, memory that steps add, and parallel "
                "efficiency with its {confidence} interval."
            )
            if all(map(can_train, results))
            else _(
                "{workload}: seconds until the first training step (or inference, where that is all it does) is "
                "done, memory that steps add, and parallel efficiency with its {confidence} interval."
            )
        ).format(workload=names.architecture(run.workload, context.language), confidence=fmt.confidence()),
        alt=_("Start-up, memory and efficiency on {workload}. {entries}.").format(
            workload=names.architecture(run.workload, context.language), entries=_("; ").join(spoken)
        ),
        labels=labels,
        panels=panels,
        legend=tuple(LegendEntry(text, colour) for text, colour in zip(legend, PHASES, strict=True))
        if made[0] is not None
        else (),
    )


def _panel(
    context: ReportContext,
    results: list[ProbeResult],
    title: str,
    draw: Callable[[ProbeResult], Bar | None],
    axis: Callable[[list[float]], tuple[float, tuple[Tick, ...]]],
    wanted: Quantity | None = None,
) -> Panel | None:
    """A bar for each result, or why there is none; no panel where nobody has a bar."""
    drawn = [draw(each) for each in results]
    ends = [segment.end for bar in drawn if bar for segment in bar.segments]
    if not ends:
        return None
    maximum, ticks = axis(ends + [bar.high for bar in drawn if bar and bar.high is not None])
    bars = tuple(
        bar or Bar(missing=words.missing_figure(result, context.language, wanted))
        for bar, result in zip(drawn, results, strict=True)
    )
    return Panel(title, 0.0, maximum, ticks, bars)


def _label(context: ReportContext, result: ProbeResult) -> Label:
    label = context.label(result.subject.alternative)
    return Label(label.text, context.way(result.subject.configuration), strong=label.strong)


def _break_even_table(context: ReportContext) -> Table | None:
    _ = context.gettext
    rows: list[tuple[Cell, ...]] = []
    trivial: list[str] = []
    for run in context.assessment.runs:
        head = Cell(names.architecture(run.workload, context.language))
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
                head = Cell("", names.architecture(run.workload, context.language))
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


def _memory_table(context: ReportContext, on_device: bool) -> Table | None:
    _ = context.gettext
    readings = [result.memory for _run, result in _measured(context) if result.memory is not None]
    if not readings:
        return None
    longest = [result.longest.tokens for _run, result in _measured(context) if result.longest is not None]
    rows: list[tuple[Cell, ...]] = []
    several = len(context.assessment.runs) > 1
    previous = None
    for run, result in _measured(context):
        name = names.architecture(run.workload, context.language)
        configuration = result.subject.configuration
        head: tuple[Cell, ...] = (context.cell(result.subject.alternative),)
        if several:
            head = (Cell("" if run is previous else name, name), *head)
        if context.has_settings:
            way = names.configuration(configuration, context.language)
            head += (Cell(way, configuration.label or "default"),)
        previous = run
        reading = result.memory
        if reading is None:
            rows.append((*head, Cell(_("not measured"), muted=True, span=3 + on_device + bool(longest))))
            continue
        figures = [reading.used_bytes, reading.peak_bytes, reading.baseline_bytes]
        cells = [Cell(fmt.size(each), each) for each in figures]
        if on_device:
            peak = reading.device_peak_bytes
            cells.append(Cell(fmt.DASH, muted=True) if peak is None else Cell(fmt.size(peak), peak))
        if longest:
            used = _added_bytes(result.longest.memory if result.longest else None, on_device)
            cells.append(Cell(fmt.DASH, muted=True) if used is None else Cell(fmt.size(used), used))
        rows.append((*head, *cells))
    columns = [
        *([Column(_("Workload"))] if several else []),
        Column(_("Framework"), width=1.0),
        *([Column(_("Configuration"))] if context.has_settings else []),
        Column(_("Training adds"), unit="B", numeric=True),
        Column(_("Peak"), unit="B", numeric=True),
        Column(_("Framework alone"), unit="B", numeric=True),
    ]
    if on_device:
        columns.append(Column(_("Accelerator peak"), unit="B", numeric=True))
    notes = _memory_notes(context, readings)
    if longest:
        columns.append(Column(_("Longest text adds"), unit="B", numeric=True))
        notes += (
            _(
                "Longest text: one of {tokens} tokens is read and written on, in a process that does nothing else."
            ).format(tokens=fmt.whole(max(longest))),
        )
    return Table("memory", _("Memory of training steps"), tuple(columns), tuple(rows), notes=notes)


def _memory_notes(context: ReportContext, readings: list[MemoryReading]) -> tuple[str, ...]:
    _ = context.gettext
    sources = _(", ").join(sorted({words.memory_source(each.source, context.language) for each in readings}))
    notes = [_("Measured over the whole process tree ({source}).").format(source=sources)]
    inferring: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for _run, result in _measured(context):
        if result.memory is not None and result.memory.quantity is Quantity.INFER:
            known = context.offers.get(result.subject.alternative)
            paired = known is not None and known.runtime is not None
            inferring[paired][context.name(result.subject.alternative)] = None
    for paired, text in (
        (False, _("{frameworks}: of inference, because it cannot train.")),
        (True, _("{frameworks}: of inference by what serves.")),
    ):
        if inferring[paired]:
            notes.append(text.format(frameworks=fmt.listing([*inferring[paired]], context.language)))
    return tuple(notes)
