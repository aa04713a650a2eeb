"""Start-up with break-even, memory, and scalability: what a speed in steady state does not tell."""

from collections.abc import Iterator

from advisor.probes.model import Outcome, ProbeResult, Variant, WorkloadRun
from advisor.probes.statistics import break_even_steps, parallel_efficiency
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import Context
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
)
from advisor.report.palette import PHASES
from advisor.report.wording import measurements as words
from advisor.report.wording import names


def startup_section(context: Context) -> Section | None:
    """Return how long it takes until the first step is done, and when compiling pays."""
    _ = context.gettext
    measured = list(_measured(context))
    if not measured:
        return None
    blocks: list[Block] = [
        Paragraph(
            _(
                "Importing the framework, building the network and the first training step, compiling included, "
                "happen once for each start. Steady-state figures leave them out."
            )
        )
    ]
    blocks.append(_startup_chart(context, context.assessment.runs[0]))
    if table := _break_even_table(context):
        blocks.append(table)
    return Section("startup", _("Start-up and break-even"), tuple(blocks))


def _measured(context: Context) -> Iterator[tuple[WorkloadRun, ProbeResult]]:
    for run in context.assessment.runs:
        for result in context.ordered(run):
            if result.outcome is Outcome.MEASURED:
                yield run, result


def _startup_chart(context: Context, run: WorkloadRun) -> Chart:
    _ = context.gettext
    language = context.language
    labels, bars, spoken, ends = [], [], [], []
    for result in context.ordered(run):
        if result.outcome is not Outcome.MEASURED:
            continue
        startup = result.startup
        phases = (startup.import_s, startup.build_s, startup.first_train_s)
        label = context.label(result.subject.alternative)
        detail = ""
        if result.subject.variant is Variant.COMPILED:
            detail = names.variant(result.subject.variant, language)
        labels.append(Label(label.text, detail, strong=label.strong))
        if any(phase is None for phase in phases):
            bars.append(Bar(missing=_("not measured")))
            continue
        segments, start = [], 0.0
        for colour, phase in zip(PHASES, phases, strict=True):
            assert phase is not None
            segments.append(Segment(start, start + phase, colour))
            start += phase
        ends.append(start)
        text = fmt.duration(start, language)
        bars.append(Bar(tuple(segments), text=text))
        spoken.append(_("{framework} {value}").format(framework=f"{label.text} {detail}".strip(), value=text))
    maximum, ticks = axes.from_zero(ends)
    legend = (_("import"), _("build"), _("first training step"))
    return Chart(
        id="startup",
        caption=_("Seconds until the first training step is done, on {workload}.").format(
            workload=run.workload.architecture
        ),
        alt=_("Start-up times. {entries}.").format(entries=_("; ").join(spoken)),
        labels=tuple(labels),
        panels=(Panel(_("Seconds"), 0.0, maximum, ticks, tuple(bars)),),
        legend=tuple(LegendEntry(text, colour) for text, colour in zip(legend, PHASES, strict=True)),
    )


def _break_even_table(context: Context) -> Table | None:
    _ = context.gettext
    language = context.language
    rows = []
    for run in context.assessment.runs:
        by_subject = {(each.subject.alternative, each.subject.variant): each for each in run.results}
        for alternative in context.alternatives:
            default = by_subject.get((alternative, Variant.DEFAULT))
            compiled = by_subject.get((alternative, Variant.COMPILED))
            if default is None or compiled is None or default.outcome is not Outcome.MEASURED:
                continue
            head = (Cell(run.workload.architecture, run.workload.id), context.cell(alternative))
            if compiled.outcome is not Outcome.MEASURED:
                why = words.why_not_measured(compiled, language)
                rows.append((*head, Cell(""), Cell(""), Cell(why, str(compiled.outcome), muted=True)))
                continue
            found = break_even_steps(default, compiled)
            if found is None:
                rows.append((*head, Cell(""), Cell(""), Cell(_("not measured"), muted=True)))
                continue
            if found.steps is None:
                verdict = Cell(_("not known to be faster"), muted=True)
            else:
                text = context.ngettext("after {count} step", "after {count} steps", round(found.steps))
                verdict = Cell(text.format(count=fmt.whole(found.steps)), found.steps)
            rows.append(
                (
                    *head,
                    Cell(fmt.duration(found.cost_s, language), found.cost_s),
                    Cell(fmt.duration(found.gain_s, language), found.gain_s),
                    verdict,
                )
            )
    if not rows:
        return None
    return Table(
        "break-even",
        _("When the compiled way has paid for its longer start"),
        (
            Column(_("Workload")),
            Column(_("Framework"), width=1.0),
            Column(_("Longer start"), unit="s", numeric=True),
            Column(_("Saved per step"), unit="s", numeric=True),
            Column(_("Pays"), unit=_("steps"), width=1.2),
        ),
        tuple(rows),
    )


def memory_section(context: Context) -> Section | None:
    """Return what a training step adds to memory."""
    _ = context.gettext
    rows: list[tuple[Cell, ...]] = []
    on_device = any(
        result.memory is not None and result.memory.device_peak_bytes is not None
        for _run, result in _measured(context)
    )
    for run, result in _measured(context):
        reading = result.memory
        head = (
            Cell(run.workload.architecture, run.workload.id),
            context.cell(result.subject.alternative),
            Cell(names.variant(result.subject.variant, context.language), str(result.subject.variant)),
        )
        width = 4 if on_device else 3
        if reading is None:
            cells = [Cell(_("not measured"), muted=True), *([Cell(fmt.DASH, muted=True)] * (width - 1))]
            rows.append((*head, *cells))
            continue
        cells = [
            Cell(fmt.size(reading.used_bytes), reading.used_bytes),
            Cell(fmt.size(reading.peak_bytes), reading.peak_bytes),
            Cell(fmt.size(reading.baseline_bytes), reading.baseline_bytes),
        ]
        if on_device:
            peak = reading.device_peak_bytes
            cells.append(Cell(fmt.DASH, muted=True) if peak is None else Cell(fmt.size(peak), peak))
        rows.append((*head, *cells))
    if not rows:
        return None
    columns = [
        Column(_("Workload")),
        Column(_("Framework"), width=1.0),
        Column(_("Variant")),
        Column(_("Training adds"), unit="B", numeric=True),
        Column(_("Peak"), unit="B", numeric=True),
        Column(_("Framework alone"), unit="B", numeric=True),
    ]
    if on_device:
        columns.append(Column(_("Accelerator peak"), unit="B", numeric=True))
    sources = sorted({r.memory.source.upper() for _run, r in _measured(context) if r.memory is not None})
    note = _("Measured in a pass of its own over the whole process tree ({source}).")
    return Section(
        "memory",
        _("Memory"),
        (
            Table(
                "memory",
                _("Main memory of training steps"),
                tuple(columns),
                tuple(rows),
                notes=(note.format(source=", ".join(sources)),),
            ),
        ),
    )


def scaling_section(context: Context) -> Section | None:
    """Return how well each alternative uses more cores."""
    _ = context.gettext
    language = context.language
    labels, bars, spoken, tops = [], [], [], []
    for run, result in _measured(context):
        cores = run.conditions.threads
        if cores < 2 or result.subject.variant is not Variant.DEFAULT:
            continue
        label = context.label(result.subject.alternative)
        labels.append(Label(label.text, run.workload.architecture, strong=label.strong))
        found = parallel_efficiency(result, cores)
        if found is None:
            bars.append(Bar(missing=_("not measured")))
            continue
        text = fmt.percent(found.median)
        tops.append(found.high)
        bars.append(
            Bar(
                (Segment(0.0, found.median, context.colour(result.subject.alternative)),),
                found.low,
                found.high,
                text,
            )
        )
        spoken.append(
            _("{framework} {value}").format(framework=f"{label.text} {run.workload.architecture}", value=text)
        )
    if not tops:
        return None
    maximum, ticks = axes.from_zero([1.0, *tops], fmt.percent)
    threads = max(run.conditions.threads for run in context.assessment.runs)
    text = context.ngettext(
        "The same training step on one core and on {count} thread, taken in turn. 100% would be perfect scaling.",
        "The same training step on one core and on {count} threads, taken in turn. 100% would be perfect scaling.",
        threads,
    )
    return Section(
        "scaling",
        _("Scalability"),
        (
            Paragraph(text.format(count=threads)),
            Chart(
                id="scaling",
                caption=_("Parallel efficiency of a training step: median with 95% interval."),
                alt=_("Parallel efficiency. {entries}.").format(entries=_("; ").join(spoken)),
                labels=tuple(labels),
                panels=(Panel(_("Efficiency"), 0.0, maximum, ticks, tuple(bars)),),
            ),
        ),
    )
