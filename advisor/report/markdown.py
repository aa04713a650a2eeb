"""The document as Markdown: for a wiki or a pull request. Charts become tables of their figures and parts."""

from collections.abc import Iterator
from pathlib import Path

from advisor.assessment.model import Assessment
from advisor.escapes import markdown, markdown_code
from advisor.files import write_atomically
from advisor.i18n import translator
from advisor.report import document
from advisor.report.format import DASH
from advisor.report.model import (
    Block,
    Bullets,
    Chart,
    Code,
    Document,
    Facts,
    Heading,
    Options,
    Panel,
    Paragraph,
    Table,
)
from advisor.report.reading import parts, writer


def write(
    assessment: Assessment,
    path: Path,
    language: str = "en",
    summary_only: bool = False,
    organisation: str | None = None,
) -> None:
    """Write the report of an assessment as Markdown, whole or not at all; parameters as for ``pdf.write``."""
    options = Options(summary_only=summary_only, organisation=organisation)
    text = render(document.build(assessment, language, options))
    write_atomically(path, text.encode())


def render(report: Document) -> str:
    """Return a document as Markdown."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Document) -> Iterator[str]:
    yield f"# {markdown(report.title)}"
    yield ""
    parts = [report.subtitle, report.organisation or "", report.date]
    yield " · ".join(markdown(part) for part in parts if part)
    yield ""
    _ = translator(report.language).gettext
    yield from _facts(report.question, _(": "))
    yield f"## {markdown(report.verdict.headline)}"
    yield ""
    yield f"**{markdown(report.verdict.kind)}{_('.')}** {markdown(report.verdict.sentence)}"
    yield ""
    yield from _facts(report.verdict.facts, _(": "))
    if report.verdict.command:
        yield f"{markdown(report.verdict.command_label)}{_(': ').rstrip()}"
        yield ""
        yield from _code(report.verdict.command)
    for block in report.summary:
        yield from _block(block, _(": "))
    for section in report.sections:
        yield f"## {markdown(section.title)}"
        yield ""
        for block in section.blocks:
            yield from _block(block, _(": "))
    yield f"*{markdown(report.colophon)}*"


def _block(block: Block, colon: str) -> Iterator[str]:
    match block:
        case Paragraph():
            yield markdown(block.text)
            yield ""
        case Heading():
            yield f"### {markdown(block.text)}"
            yield ""
        case Bullets():
            yield from (f"- {markdown(item)}" for item in block.items)
            yield ""
        case Code():
            yield from _code(block.text)
        case Facts():
            yield from _facts(block.rows, colon)
        case Table():
            yield from _table(block)
        case Chart():
            yield from _chart(block)


def _facts(rows: tuple[tuple[str, str], ...], colon: str) -> Iterator[str]:
    if rows:
        yield from (f"- {markdown(label)}{colon}{markdown(text)}" for label, text in rows)
        yield ""


def _code(text: str) -> Iterator[str]:
    yield from (*markdown_code(text, "sh"), "")


def _table(table: Table) -> Iterator[str]:
    yield f"**{markdown(table.caption)}**"
    yield ""
    yield _row([column.title for column in table.columns])
    yield "|" + "|".join("--:" if column.numeric else "---" for column in table.columns) + "|"
    for row in table.rows:
        texts = []
        for cell in row:
            texts.append(f"{cell.text} ({cell.detail})" if cell.detail else cell.text)
            texts += [""] * (cell.span - 1)
        yield _row(texts)
    yield ""
    if table.notes:
        yield markdown(" ".join(table.notes))
        yield ""


def _chart(chart: Chart) -> Iterator[str]:
    yield f"**{markdown(chart.caption)}**"
    yield ""
    columns = [column for panel in chart.panels for column in _columns(chart, panel)]
    yield _row(["", *(title for title, _texts in columns)])
    yield "|---|" + "|".join("--:" for _column in columns) + "|"
    for label, *texts in zip(chart.labels, *(texts for _title, texts in columns), strict=True):
        yield _row([" · ".join(filter(None, (label.text, label.detail))), *texts])
    yield ""


def _columns(chart: Chart, panel: Panel) -> Iterator[tuple[str, list[str]]]:
    """A panel's figures with their intervals, and what bars of several parts are made of."""
    if any(bar.text or bar.missing for bar in panel.bars):
        marks = "; ".join(mark.text for mark in panel.marks)
        title = f"{panel.title} ({marks})" if marks else panel.title
        yield (
            title,
            [
                f"{bar.text} ({bar.interval})" if bar.interval else bar.text or bar.missing
                for bar in panel.bars
            ],
        )
    write = writer(panel)
    for entry, lengths in parts(chart, panel):
        yield entry, [DASH if each is None else write(each) for each in lengths]


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(markdown(text) for text in texts) + " |"
