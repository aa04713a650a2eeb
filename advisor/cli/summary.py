"""The report's document on a terminal: the words and figures of the PDF, set in characters."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from advisor.assessment.model import Assessment
from advisor.cli.console import CliContext
from advisor.report import writing
from advisor.report.document import build
from advisor.report.model import (
    Bar,
    Block,
    Bullets,
    Chart,
    Code,
    Document,
    Facts,
    Heading,
    Panel,
    Paragraph,
    Segment,
    Table,
)

BAR_WIDTH = 30
MEASURED = ("measurements", "startup", "tuning", "target", "hyperparameters")


def show(door: CliContext, assessment: Assessment, *, full: bool = False) -> None:
    """Print the verdict and the summary; with ``full`` every section."""
    show_document(door, build(assessment, door.language), full=full)


def show_blocks(door: CliContext, blocks: Iterable[Block]) -> None:
    """Print some of a document's blocks."""
    for block in blocks:
        _block(door, block)


def show_document(door: CliContext, document: Document, *, full: bool = False) -> None:
    """Print a document's verdict and summary; with ``full`` every section."""
    _verdict(door, document)
    show_blocks(door, document.summary)
    if full:
        for section in document.sections:
            door.out.print()
            door.out.print(Text(section.title, style="bold underline"))
            for block in section.blocks:
                _block(door, block)


def write_document(
    door: CliContext, document: Document, about: object, paths: Mapping[str, Path | None]
) -> bool:
    """Write a document to every path that is given, by its format; say whether there was any."""
    options = door.report_options()
    for kind, path in paths.items():
        if path is not None:
            writing.write(document, path, kind, about, paper=options["paper"], logo=options["logo"])
            door.remark(door.gettext("Written: {path}").format(path=path))
    return any(path is not None for path in paths.values())


def show_measurements(door: CliContext, assessment: Assessment) -> None:
    """Print only what was measured."""
    for section in build(assessment, door.language).sections:
        if section.id.startswith(MEASURED):
            door.out.print()
            door.out.print(Text(section.title, style="bold underline"))
            for block in section.blocks:
                _block(door, block)


def _verdict(door: CliContext, document: Document) -> None:
    door.out.print()
    door.out.print(Text(document.verdict.headline, style="bold"))
    door.out.print(document.verdict.sentence)
    door.out.print()
    door.pairs([list(row) for row in (*document.question, *document.verdict.facts)])
    if document.verdict.command:
        door.out.print(f"{document.verdict.command_label}\n  {document.verdict.command}", soft_wrap=True)


def _block(door: CliContext, block: Block) -> None:
    door.out.print()
    match block:
        case Paragraph(text, note):
            door.out.print(Text(text, style="dim" if note else ""))
        case Heading(text):
            door.out.print(Text(text, style="bold"))
        case Bullets(items):
            for item in items:
                _bullet(door, item)
        case Code(text):
            door.out.print(f"  {text}", soft_wrap=True)
        case Facts(rows):
            door.pairs([list(row) for row in rows])
        case Table():
            _table(door, block)
        case Chart():
            _chart(door, block)


def _bullet(door: CliContext, text: str) -> None:
    if door.out.is_terminal:
        door.out.print(Padding(Text(f"• {text}"), (0, 0, 0, 2)))
    else:
        door.out.print(f"  • {text}")


def _table(door: CliContext, table: Table) -> None:
    door.out.print(Text(table.caption, style="italic"))
    door.table(
        [column.title for column in table.columns],
        [[cell.text for cell in row] for row in table.rows],
        right=tuple(index for index, column in enumerate(table.columns) if column.numeric),
    )
    for note in table.notes:
        door.out.print(Text(note, style="dim"))


def _chart(door: CliContext, chart: Chart) -> None:
    """Print one panel after the other; a pipe gets the chart's description instead of its picture."""
    door.out.print(Text(chart.caption, style="italic"))
    if not door.out.is_terminal:
        door.out.print(chart.alt)
        return
    for panel in chart.panels:
        grid = Grid.grid(padding=(0, 2, 0, 0))
        for label, bar in zip(chart.labels, panel.bars, strict=True):
            drawn = Text(bar.missing, style="dim") if bar.missing else _bar(panel, bar)
            grid.add_row(Text(label.text, style="bold" if label.strong else ""), drawn, bar.text)
        if panel.title:
            door.out.print(Text(panel.title, style="dim"))
        door.out.print(grid)
    if chart.legend:
        legend = Text()
        for entry in chart.legend:
            legend.append("■ ", style=entry.colour.light).append(f"{entry.text}  ")
        door.out.print(legend)


def _bar(panel: Panel, bar: Bar) -> Text:
    span = (panel.maximum - panel.minimum) or 1.0

    def place(value: float) -> int:
        return round(BAR_WIDTH * (min(max(value, panel.minimum), panel.maximum) - panel.minimum) / span)

    text = Text()
    for segment in sorted(bar.segments, key=_start):
        text.append(" " * (place(min(segment.start, segment.end)) - len(text)))
        text.append("█" * (place(max(segment.start, segment.end)) - len(text)), style=segment.colour.light)
    return text


def _start(segment: Segment) -> float:
    return min(segment.start, segment.end)
