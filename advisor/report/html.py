"""The document as one HTML file: no script, nothing loaded from elsewhere, light and dark, readable aloud."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from advisor.assessment.model import Assessment
from advisor.files import write_atomically
from advisor.report import document
from advisor.report.model import (
    Block,
    Bullets,
    Cell,
    Chart,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Options,
    Paragraph,
    Table,
)
from advisor.report.svg import chart_svg, tinted
from advisor.resources import resource

CHART_WIDTH, CHART_SIZE = 920.0, 12.5
"""Pixels of a drawing on a page that is as wide as it gets, and of its letters."""


def write(
    assessment: Assessment,
    path: Path,
    language: str = "en",
    summary_only: bool = False,
    organisation: str | None = None,
) -> None:
    """Write the report of an assessment as HTML, whole or not at all; parameters as for ``pdf.write``."""
    options = Options(summary_only=summary_only, organisation=organisation)
    text = render(document.build(assessment, language, options))
    write_atomically(path, text.encode())


def render(report: Document) -> str:
    """Return a document as a self-contained HTML page."""
    style = resource("templates", "report.css").read_text("utf-8")
    body = "\n".join((_title(report), _summary(report), _contents(report), _sections(report)))
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{report.language.replace("_", "-")}">\n<head>\n<meta charset="utf-8">\n'
        # Nothing that an assessment holds can make the page load or run anything.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(report.title)}: {escape(report.subtitle)}</title>\n"
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n"
        f"<footer>{escape(report.colophon)}</footer>\n</main>\n</body>\n</html>\n"
    )


def _title(report: Document) -> str:
    over = " · ".join(escape(part) for part in (report.organisation, report.date) if part)
    return (
        f'<header>\n<p class="over">{over}</p>\n<h1>{escape(report.title)}</h1>\n'
        f'<p class="subtitle">{escape(report.subtitle)}</p>\n</header>\n{_facts(report.question)}'
    )


def _summary(report: Document) -> str:
    verdict = report.verdict
    command = ""
    if verdict.command:
        command = f"<p>{escape(verdict.command_label)}</p>{_code(verdict.command)}"
    blocks = "\n".join(_block(block) for block in report.summary)
    return (
        f'<section id="summary" aria-labelledby="verdict">\n<div class="verdict" {tinted(verdict.colour)}>\n'
        f'<p class="kind">{escape(verdict.kind)}</p>\n<h2 id="verdict">{escape(verdict.headline)}</h2>\n'
        f"<p>{escape(verdict.sentence)}</p>\n{_facts(verdict.facts)}{command}</div>\n{blocks}\n</section>"
    )


def _contents(report: Document) -> str:
    if not report.sections:
        return ""
    links = "".join(
        f'<li><a href="#{escape(section.id)}">{escape(section.title)}</a></li>' for section in report.sections
    )
    title = escape(report.labels.contents)
    return f'<nav aria-label="{title}">\n<h2>{title}</h2>\n<ol>{links}</ol>\n</nav>'


def _sections(report: Document) -> str:
    return "\n".join(
        f'<section id="{escape(section.id)}">\n<h2>{escape(section.title)}</h2>\n'
        + "\n".join(_block(block) for block in section.blocks)
        + "\n</section>"
        for section in report.sections
    )


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            kind = ' class="note"' if block.note else ""
            return f"<p{kind}>{escape(block.text)}</p>"
        case Heading():
            return f"<h3>{escape(block.text)}</h3>"
        case Bullets():
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>"
        case Code():
            return _code(block.text)
        case Facts():
            return _facts(block.rows)
        case Table():
            return _table(block)
        case Chart():
            return _chart(block)


def _code(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>"


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in rows)
    return f"<dl>{items}</dl>" if items else ""


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{_numeric(column.numeric)}>{escape(column.title)}</th>' for column in table.columns
    )
    body = "\n".join(f"<tr>{_row(table.columns, row)}</tr>" for row in table.rows)
    notes = f'<p class="note">{escape(" ".join(table.notes))}</p>' if table.notes else ""
    # A wide table scrolls by itself, and by keyboard, rather than moving the page.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.caption)}">\n<table>\n'
        f"<caption>{escape(table.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>\n</div>\n{notes}"
    )


def _row(columns: tuple[Column, ...], row: tuple[Cell, ...]) -> str:
    cells, index = [], 0
    naming = next((place for place, column in enumerate(columns) if not column.numeric), 0)
    for cell in row:
        numeric = columns[index].numeric and cell.span == 1
        span = f' colspan="{cell.span}"' if cell.span > 1 else ""
        # The first text of a row names it, unless it is empty: then the row belongs to the one above.
        kind = ' scope="row"' if index == naming and cell.text else ""
        tag = "th" if kind else "td"
        cells.append(f"<{tag}{kind}{span}{_numeric(numeric)}>{_cell(cell)}</{tag}>")
        index += cell.span
    return "".join(cells)


def _numeric(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _cell(cell: Cell) -> str:
    text = escape(cell.text)
    if cell.link is not None:
        text = f'<a href="{escape(cell.link)}" rel="noreferrer">{text}</a>'
    if cell.strong:
        text = f"<strong>{text}</strong>"
    if cell.muted:
        text = f'<span class="muted">{text}</span>'
    if cell.colour is not None:
        text = f'<span class="mark" {tinted(cell.colour)}></span>{text}'
    if cell.detail:
        text += f'<br><span class="muted">{escape(cell.detail)}</span>'
    return text


def _chart(chart: Chart) -> str:
    drawn = chart_svg(chart, CHART_WIDTH, CHART_SIZE)
    return (
        f'<figure>\n<div class="scroll" tabindex="0" role="region" aria-label="{escape(chart.caption)}">'
        f"{drawn}</div>\n<figcaption>{escape(chart.caption)}</figcaption>\n</figure>"
    )
