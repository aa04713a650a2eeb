"""Scaling over threads and processes, and what to expect of several machines: a forecast, told apart from figures."""

from collections.abc import Sequence

from advisor.decision.estimates import choose
from advisor.probes import parallel
from advisor.probes.intervals import Interval
from advisor.probes.model import Outcome, ParallelPoint, ProbeResult, Quantity, WorkloadRun
from advisor.probes.statistics import Ratio, summarise
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import (
    Bar,
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Heading,
    Label,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
)
from advisor.report.wording import names


def section(context: ReportContext) -> Section | None:
    """Return what was measured of scaling, with the forecast behind it; None where nothing was."""
    _ = context.gettext
    runs = [run for run in context.assessment.runs if any(result.parallel for result in run.results)]
    if not runs:
        return None
    blocks: list[Block] = [
        Paragraph(
            _(
                "Training on more threads, and by several processes that keep one network in step by the framework’s "
                "own means, each held against one thread on one core in rounds of their own. Weak scaling gives "
                "every process a batch of its own, strong scaling shares the one batch out."
            )
        )
    ]
    for run in runs:
        if (chart := _chart(context, run)) is not None:
            blocks.append(chart)
        blocks.append(_table(context, run))
    if expected := forecast(context, parallel.MACHINES, parallel.LINKS):
        blocks += [Heading(_("A forecast past this machine")), *expected]
    return Section("parallel", _("Scaling over threads and processes"), tuple(blocks))


def forecast(
    context: ReportContext, machines: Sequence[int], links: Sequence[parallel.Link]
) -> tuple[Block, ...]:
    """Return what to expect of so many machines, with what that assumes; nothing where no exchange was timed."""
    tables = [
        table
        for run in context.assessment.runs
        if (table := _forecast_table(context, run, machines, links)) is not None
    ]
    return (*tables, _assumptions(context, links)) if tables else ()


def shape(context: ReportContext, point: ParallelPoint) -> str:
    """Return on what a point was taken."""
    _ = context.gettext
    if point.processes == 1:
        text = context.ngettext("{n} thread", "{n} threads", point.threads)
        return text.format(n=point.threads)
    text = context.ngettext("{n} process", "{n} processes", point.processes).format(n=point.processes)
    kind = _("strong") if point.split else _("weak")
    return f"{text}, {kind}"


def _chart(context: ReportContext, run: WorkloadRun) -> Chart | None:
    _ = context.gettext
    labels, speeds, shares, spoken = [], [], [], []
    for result in _scaled(context, run):
        for place, point in enumerate(result.parallel):
            speed, efficiency = parallel.speed_up(point), parallel.efficiency(point)
            if speed is None or efficiency is None:
                continue
            name = context.label(result.subject.alternative)
            labels.append(Label("" if place else name.text, shape(context, point), strong=name.strong))
            colour = context.colour(result.subject.alternative)
            text = fmt.ratio(speed.median)
            speeds.append(Bar((Segment(0.0, speed.median, colour),), speed.low, speed.high, text))
            share = fmt.percent(efficiency.median)
            shares.append(
                Bar((Segment(0.0, efficiency.median, colour),), efficiency.low, efficiency.high, share)
            )
            spoken.append(f"{name.text}, {shape(context, point)}: {text}")
    if not labels:
        return None
    most = max(point.processes * point.threads for result in run.results for point in result.parallel)
    high, ticks = axes.from_zero([float(most), *(bar.high or 0.0 for bar in speeds)])
    whole, shares_ticks = axes.from_zero([1.0, *(bar.high or 0.0 for bar in shares)], fmt.percent, count=3)
    return Chart(
        f"parallel-{run.workload.id}",
        _("{workload}: speed-up of training over one core, and its share of the cores used.").format(
            workload=names.architecture(run.workload, context.language)
        ),
        _("Speed-up over one core. {entries}.").format(entries=_("; ").join(spoken)),
        tuple(labels),
        (
            Panel(_("Speed-up"), 0.0, high, ticks, tuple(speeds)),
            Panel(_("Efficiency (%)"), 0.0, whole, shares_ticks, tuple(shares)),
        ),
    )


def _table(context: ReportContext, run: WorkloadRun) -> Table:
    _ = context.gettext
    rows: list[tuple[Cell, ...]] = []
    for result in _scaled(context, run):
        for place, point in enumerate(result.parallel):
            alternative = result.subject.alternative
            rows.append(
                (
                    Cell("", alternative) if place else context.cell(alternative),
                    Cell(shape(context, point), f"{point.processes}x{point.threads}"),
                    _ratio(parallel.speed_up(point)),
                    _share(parallel.efficiency(point)),
                    _exchange(point),
                    Cell(_in_step(context, point), muted=point.equal_weights is None),
                )
            )
    return Table(
        f"parallel-{run.workload.id}",
        _("{workload}: scaling of training").format(
            workload=names.architecture(run.workload, context.language)
        ),
        (
            Column(_("Framework"), width=1.0),
            Column(_("On"), width=1.0),
            Column(_("Speed-up"), numeric=True),
            Column(_("Efficiency"), unit=_("share"), numeric=True),
            Column(_("Exchange"), unit=_("share"), numeric=True),
            Column(_("Weights")),
        ),
        tuple(rows),
        notes=(
            _(
                "Exchange: averaging the gradients, timed by itself, as a share of a step; frameworks may do part of "
                "it while they compute. Weights: whether all processes had the same ones at the end, to the bit, "
                "though they had trained on different items."
            ),
        ),
    )


def _in_step(context: ReportContext, point: ParallelPoint) -> str:
    _ = context.gettext
    if point.equal_weights is None:
        return fmt.DASH
    return _("the same") if point.equal_weights else _("different")


def _ratio(found: Ratio | None) -> Cell:
    if found is None:
        return Cell(fmt.DASH, muted=True)
    text = f"{fmt.ratio(found.median)} ({fmt.interval(found.low, found.high, fmt.ratio)})"
    return Cell(text, found.median, found.low, found.high)


def _share(found: Interval | None) -> Cell:
    if found is None:
        return Cell(fmt.DASH, muted=True)
    text = f"{fmt.percent(found.median)} ({fmt.interval(found.low, found.high, fmt.percent)})"
    return Cell(text, found.median, found.low, found.high)


def _exchange(point: ParallelPoint) -> Cell:
    found = parallel.exchange_share(point)
    return Cell(fmt.DASH, muted=True) if found is None else Cell(fmt.percent(found), found)


def _scaled(context: ReportContext, run: WorkloadRun) -> list[ProbeResult]:
    return [
        each
        for each in context.ordered(run)
        if each.parallel and each.outcome in (Outcome.MEASURED, Outcome.CANCELLED)
    ]


def _forecast_table(
    context: ReportContext, run: WorkloadRun, machines: Sequence[int], links: Sequence[parallel.Link]
) -> Table | None:
    _ = context.gettext
    rows: list[tuple[Cell, ...]] = []
    for result in _scaled(context, run):
        alternative = result.subject.alternative
        judged = choose(run, alternative, Quantity.TRAIN, context.assessment.needs)
        step = summarise((judged or result).samples, Quantity.TRAIN)
        exchange = parallel.exchange(result)
        if step is None or exchange is None:
            continue
        head = context.cell(alternative)
        for count in machines:
            expected = [parallel.expect(step.median_s, exchange, count, link) for link in links]
            cells = (Cell(fmt.interval(e.low, e.high, fmt.percent), low=e.low, high=e.high) for e in expected)
            rows.append((head, Cell(str(count), count), *cells))
            head = Cell("", alternative)
    if not rows:
        return None
    return Table(
        f"forecast-{run.workload.id}",
        _("{workload}: forecast of how much of N machines’ speed training would have").format(
            workload=names.architecture(run.workload, context.language)
        ),
        (
            Column(_("Framework"), width=1.0),
            Column(_("Machines"), numeric=True),
            *(
                Column(_("{rate} Gb/s").format(rate=f"{each.bits_per_s / 1e9:g}"), numeric=True)
                for each in links
            ),
        ),
        tuple(rows),
        notes=(
            _(
                "No machine but this one was measured. From: nothing is exchanged while computing. To: all that can be."
            ),
        ),
    )


def _assumptions(context: ReportContext, links: Sequence[parallel.Link]) -> Bullets:
    _ = context.gettext
    return Bullets(
        (
            _(
                "N machines like this one, as steady as it, each training with all its cores on a batch of its own."
            ),
            _(
                "Machines whose steps waver by 5% take up to 10% longer in a simulation of 32, since all wait "
                "for the slowest."
            ),
            _(
                "Gradients in single precision go round a ring; what the framework’s software takes for each byte and "
                "each hop is as timed here between processes of one machine."
            ),
            _(
                "The network has nothing else to do and the bandwidth of its name; a hop takes {latencies}."
            ).format(
                latencies=fmt.listing([f"{1e6 * each.latency_s:.3g} µs" for each in links], context.language)
            ),
            _(
                "At best, gradients travel during the backward pass, two thirds of a step, and software and "
                "network are busy at the same time; at worst, one thing comes after the other."
            ),
        ),
        note=True,
    )
