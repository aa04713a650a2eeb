"""The user's own data: how fast each framework's loader reads it, and whether training waits for it."""

from msgspec.structs import replace

from advisor.probes.model import DataPass, Quantity, WorkloadRun
from advisor.probes.statistics import Ratio, paired_ratio, summarise
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Cell, Column, Paragraph, Table
from advisor.report.wording import measurements as words
from advisor.report.wording import names

KEEPS_UP = 0.9
"""Share of its own speed that training has to reach on the data for these to be no matter."""


def blocks(context: ReportContext, run: WorkloadRun) -> list[Block]:
    """Return what was read of the user's data in a run; nothing where none was."""
    _ = context.gettext
    language, data = context.language, context.assessment.options.data
    rows: list[tuple[Cell, ...]] = []
    for result in context.ordered(run):
        if result.data is not None:
            rows.append((context.cell(result.subject.alternative), *_cells(context, result.data)))
    if not rows or data is None:
        return []
    said = [
        _("Your own data: {items} images in {classes} classes, {size}.").format(
            items=fmt.whole(data.items), classes=fmt.whole(data.classes), size=fmt.size(data.bytes)
        )
    ]
    if data.read_bytes_per_s is not None:
        each = data.bytes / data.items
        said.append(
            _("The files alone are read at {rate}, which is {images} images a second.").format(
                rate=fmt.metric(data.read_bytes_per_s, "B/s"), images=fmt.number(data.read_bytes_per_s / each)
            )
        )
    return [
        Paragraph(fmt.joined(*said, language=language)),
        Table(
            f"data-{run.workload.id}",
            _("{workload}: reading your data").format(workload=names.architecture(run.workload, language)),
            (
                Column(_("Framework")),
                Column(names.quantity(Quantity.LOAD, language), unit=_("images/s"), numeric=True),
                Column(_("Training alone"), unit=_("images/s"), numeric=True),
                Column(names.quantity(Quantity.FED, language), unit=_("images/s"), numeric=True),
                Column(_("Of its speed"), numeric=True),
                Column(_("What waits"), width=1.0),
            ),
            tuple(rows),
            notes=(
                _(
                    "Each figure is of the start of an epoch, the loader’s own start included: medians of {count} "
                    "rounds. "
                    "Images are decoded and resized by the framework’s own loader, in as many threads or processes as "
                    "there are threads."
                ).format(count=_rounds(run)),
            ),
        ),
    ]


def _rounds(run: WorkloadRun) -> int:
    return max((sample.round for each in run.results if each.data for sample in each.data.samples), default=0)


def _cells(context: ReportContext, found: DataPass) -> tuple[Cell, ...]:
    load, step, fed = (
        summarise(found.samples, each) for each in (Quantity.LOAD, Quantity.TRAIN, Quantity.FED)
    )
    reached = _ratio(found, Quantity.TRAIN, Quantity.FED)
    if load is None or step is None or fed is None or reached is None:
        why = words.reason(found.reason, context.language) or context.gettext("not measured")
        return (Cell(words.shortened(why), muted=True, span=5),)
    return (
        *(Cell(fmt.number(each.items_per_s), each.items_per_s) for each in (load, step, fed)),
        Cell(fmt.ratio(reached.median), reached.median, reached.low, reached.high),
        Cell(_verdict(context, found, reached)),
    )


def _ratio(found: DataPass, one: Quantity, other: Quantity) -> Ratio | None:
    """Return how much longer one takes than the other, paired in their rounds."""
    first, second = (
        [replace(sample, quantity=one) for sample in found.samples if sample.quantity is each]
        for each in (one, other)
    )
    return paired_ratio(first, second, one)


def _verdict(context: ReportContext, found: DataPass, reached: Ratio) -> str:
    """Say who waits for whom, where the intervals tell."""
    _ = context.gettext
    if reached.low >= KEEPS_UP:
        return _("nothing: loading keeps up")
    if reached.high >= KEEPS_UP:
        return _("not known: the intervals are too wide")
    slower = _ratio(found, Quantity.LOAD, Quantity.TRAIN)
    if slower is not None and slower.low > 1:
        return _("training waits for the data")
    return _("training, since loading takes processors from it")
