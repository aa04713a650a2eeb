"""The user's own data: how fast each framework's loader reads it, and whether training waits for it."""

from msgspec.structs import replace

from advisor.probes.model import DataPass, Quantity, WorkloadRun
from advisor.probes.statistics import Ratio, paired_ratio, summarise
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Cell, Column, Paragraph, Table
from advisor.report.wording import data as own_data
from advisor.report.wording import measurements as words
from advisor.report.wording import names
from advisor.workloads.datasets import Kind, feeds

KEEPS_UP = 0.9
"""Share of its own speed that training has to reach on the data for these to be no matter."""


def blocks(context: ReportContext, run: WorkloadRun) -> list[Block]:
    """Return what was read of the user's data in a run; nothing where none was."""
    _ = context.gettext
    language, data = context.language, context.assessment.options.data
    results = [result for result in context.ordered(run) if result.data is not None]
    if not results or data is None:
        return []
    fed = feeds(data, run.workload)
    said = [_("Your own data: {what}.").format(what=own_data.described(data, language))]
    if data.read_bytes_per_s is not None:
        each = data.bytes / data.items
        said.append(
            _("The files alone are read at {rate}, which is {items} items a second.").format(
                rate=fmt.metric(data.read_bytes_per_s, "B/s"), items=fmt.number(data.read_bytes_per_s / each)
            )
        )
    unit = _("images/s") if data.kind is Kind.IMAGES else _("items/s")
    columns = [
        Column(_("Framework")),
        Column(names.quantity(Quantity.LOAD, language), unit=unit, numeric=True),
    ]
    if fed:
        columns += [
            Column(_("Training alone"), unit=unit, numeric=True),
            Column(names.quantity(Quantity.FED, language), unit=unit, numeric=True),
            Column(_("Of its speed"), numeric=True),
            Column(_("What waits"), width=1.0),
        ]
    else:
        said.append(
            _("This network takes no such items, so they were loaded and nothing was trained on them.")
        )
    return [
        Paragraph(fmt.joined(*said, language=language)),
        Table(
            f"data-{run.workload.id}",
            _("{workload}: reading your data").format(workload=names.architecture(run.workload, language)),
            tuple(columns),
            tuple(
                (context.cell(each.subject.alternative), *_cells(context, each.data, fed)) for each in results
            ),
            notes=(
                _(
                    "Each figure is of the start of an epoch, the loader’s own start included: medians of {count} "
                    "rounds. Items are taken out of their files by the framework’s own loader (JAX has none, so by "
                    "plain threads), in as many threads or processes as there are threads."
                ).format(count=_rounds(run)),
            ),
        ),
    ]


def _rounds(run: WorkloadRun) -> int:
    return max((sample.round for each in run.results if each.data for sample in each.data.samples), default=0)


def _cells(context: ReportContext, found: DataPass | None, fed: bool) -> tuple[Cell, ...]:
    samples = found.samples if found else ()
    load, step, both = (summarise(samples, each) for each in (Quantity.LOAD, Quantity.TRAIN, Quantity.FED))
    if load is not None and not fed:
        return (Cell(fmt.number(load.items_per_s), load.items_per_s),)
    reached = _ratio(found, Quantity.TRAIN, Quantity.FED) if found else None
    if found is None or load is None or step is None or both is None or reached is None:
        why = words.reason(found.reason if found else None, context.language) or context.gettext(
            "not measured"
        )
        return (Cell(words.shortened(why), muted=True, span=5 if fed else 1),)
    return (
        *(Cell(fmt.number(each.items_per_s), each.items_per_s) for each in (load, step, both)),
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
