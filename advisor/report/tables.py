"""The document's tables as CSV: raw values where there are any, each in a unit that is named, and what they show."""

import csv
import io
from pathlib import Path

from advisor.assessment.model import Assessment
from advisor.escapes import file_name, spreadsheet
from advisor.files import make_folder, write_atomically
from advisor.report import document
from advisor.report.model import Cell, Column, Document, Table

NOTES = "notes"
"""The file that says what each table shows, with its notes: in the tables themselves every row is data."""


def write(assessment: Assessment, folder: Path, language: str = "en") -> tuple[Path, ...]:
    """Write every table of an assessment's report to a file of its own, and what they show to one more.

    Parameters
    ----------
    assessment : Assessment
        Whose report it is.
    folder : Path
        Where the files go; made if it doesn't exist. Files are named after their tables.
    language : str
        A language of ``advisor.i18n.LANGUAGES``, for headers and names.

    Returns
    -------
    tuple of Path
        The files written, in the report's order.
    """
    return write_tables(document.build(assessment, language), folder)


def write_tables(report: Document, folder: Path) -> tuple[Path, ...]:
    """Write every table of a document to a file of its own; see ``write``."""
    make_folder(folder)
    texts = {file_name(table.id): render(table) for table in report.tables()} | {NOTES: render_notes(report)}
    paths = []
    for name, text in texts.items():
        path = folder / f"{name}.csv"
        # Spreadsheets take a file without this mark for one in an old encoding.
        write_atomically(path, ("\ufeff" + text).encode())
        paths.append(path)
    return tuple(paths)


def render(table: Table) -> str:
    """Return a table as CSV (RFC 4180)."""
    rows = [_spread(row) for row in table.rows]
    fields = [_fields(column, [row[index] for row in rows]) for index, column in enumerate(table.columns)]
    header = [title for columns in fields for title in columns]
    columns = [values for columns in fields for values in columns.values()]
    return _csv([list(map(spreadsheet, header)), *(list(row) for row in zip(*columns, strict=True))])


def render_notes(report: Document) -> str:
    """Return what each table shows, and its notes, as CSV: a line for each."""
    lines: list[list[str | float | None]] = [["table", "note"]]
    for table in report.tables():
        texts = filter(None, (table.caption, *table.notes))
        lines += [[spreadsheet(table.id), spreadsheet(text)] for text in texts]
    return _csv(lines)


def _csv(rows: list[list[str | float | None]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _fields(column: Column, cells: list[Cell]) -> dict[str, list[str | float | None]]:
    """Return the columns that one becomes: its values, where any has them its bounds, unit, note and source."""
    unit = f" [{column.unit}]" if column.unit else ""
    result: dict[str, list[str | float | None]] = {}
    bounded = any(cell.low is not None for cell in cells)
    # An interval alone is its two ends.
    if not bounded or any(_raw(cell) is not None for cell in cells):
        result[f"{column.title}{unit}"] = [_value(cell) for cell in cells]
    if bounded:
        result[f"{column.title} low{unit}"] = [cell.low for cell in cells]
        result[f"{column.title} high{unit}"] = [cell.high for cell in cells]
    if any(cell.unit for cell in cells):
        result[f"{column.title}: unit"] = [spreadsheet(cell.unit or "") for cell in cells]
    if any(cell.detail for cell in cells):
        result[f"{column.title}: note"] = [spreadsheet(cell.detail) for cell in cells]
    if any(cell.source is not None for cell in cells):
        result[f"{column.title}: source"] = [cell.source for cell in cells]
    return result


def _spread(row: tuple[Cell, ...]) -> list[Cell]:
    """Return a row with empty cells where one covers several columns."""
    return [each for cell in row for each in (cell, *([Cell("")] * (cell.span - 1)))]


def _raw(cell: Cell) -> float | None:
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    return cell.value if is_number else None  # type: ignore[return-value]


def _value(cell: Cell) -> str | float:
    raw = _raw(cell)
    if raw is not None:
        return raw
    text = cell.text or (cell.value if isinstance(cell.value, str) else "")
    return spreadsheet(text)
