"""The document as Markdown: for a wiki or a pull request. Charts become tables of their figures."""

from collections.abc import Iterator
from pathlib import Path

from advisor.assessment.model import Assessment
from advisor.files import write_atomically
from advisor.report import document
from advisor.report.model import (
    Block,
    Bullets,
    Chart,
    Code,
    Document,
    Facts,
    Heading,
    Options,
    Paragraph,
    Table,
)

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#"})


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
    yield f"# {_escape(report.title)}"
    yield ""
    parts = [report.subtitle, report.organisation or "", report.date]
    yield " · ".join(_escape(part) for part in parts if part)
    yield ""
    yield from _facts(report.question)
    yield f"## {_escape(report.verdict.headline)}"
    yield ""
    yield f"**{_escape(report.verdict.kind)}.** {_escape(report.verdict.sentence)}"
    yield ""
    yield from _facts(report.verdict.facts)
    if report.verdict.command:
        yield f"{_escape(report.verdict.command_label)}:"
        yield ""
        yield from _code(report.verdict.command)
    for block in report.summary:
        yield from _block(block)
    for section in report.sections:
        yield f"## {_escape(section.title)}"
        yield ""
        for block in section.blocks:
            yield from _block(block)
    yield f"*{_escape(report.colophon)}*"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield _escape(block.text)
            yield ""
        case Heading():
            yield f"### {_escape(block.text)}"
            yield ""
        case Bullets():
            yield from (f"- {_escape(item)}" for item in block.items)
            yield ""
        case Code():
            yield from _code(block.text)
        case Facts():
            yield from _facts(block.rows)
        case Table():
            yield from _table(block)
        case Chart():
            yield from _chart(block)


def _facts(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    if rows:
        yield from (f"- {_escape(label)}: {_escape(text)}" for label, text in rows)
        yield ""


def _code(text: str) -> Iterator[str]:
    yield from ("```sh", text, "```", "")


def _table(table: Table) -> Iterator[str]:
    yield f"**{_escape(table.caption)}**"
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
    for note in table.notes:
        yield _escape(note)
        yield ""


def _chart(chart: Chart) -> Iterator[str]:
    yield f"**{_escape(chart.caption)}**"
    yield ""
    yield _row(["", *(panel.title for panel in chart.panels)])
    yield "|---|" + "|".join("--:" for _panel in chart.panels) + "|"
    for index, label in enumerate(chart.labels):
        bars = [panel.bars[index] for panel in chart.panels]
        texts = [bar.text or bar.missing or ", ".join(part.text for part in bar.segments) for bar in bars]
        yield _row([f"{label.text} {label.detail}".strip(), *texts])
    yield ""


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(_escape(text) for text in texts) + " |"


def _escape(text: str) -> str:
    """Return text that Markdown shows as it is: what an assessment holds is not trusted to be harmless."""
    return " ".join(text.split("\n")).translate(_SPECIAL)
