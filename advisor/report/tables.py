"""The document's tables as CSV: raw values where there are any, in the unit that the header names."""

import csv
import io
from pathlib import Path

from advisor.assessment.model import Assessment
from advisor.escapes import file_name, spreadsheet
from advisor.files import make_folder, write_atomically
from advisor.report import document
from advisor.report.model import Cell, Document, Table

_BOUNDS = ("low", "high")


def write(assessment: Assessment, folder: Path, language: str = "en") -> tuple[Path, ...]:
    """Write every table of an assessment's report to a file of its own.

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
    paths = []
    for table in report.tables():
        path = folder / f"{file_name(table.id)}.csv"
        # Spreadsheets take a file without this mark for one in an old encoding.
        write_atomically(path, ("\ufeff" + render(table)).encode())
        paths.append(path)
    return tuple(paths)


def render(table: Table) -> str:
    """Return a table as CSV (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    rows = [_spread(row) for row in table.rows]
    bounded = [any(row[index].low is not None for row in rows) for index in range(len(table.columns))]
    detailed = [any(row[index].detail for row in rows) for index in range(len(table.columns))]
    header = []
    for column, has_bounds, has_detail in zip(table.columns, bounded, detailed, strict=True):
        unit = f" [{column.unit}]" if column.unit else ""
        # A figure with bounds has three columns; an interval alone only the two ends.
        shown = [column.title, *_BOUNDS] if has_bounds else [column.title]
        header += [f"{column.title} {end}{unit}" if end in _BOUNDS else f"{end}{unit}" for end in shown]
        header += [f"{column.title}: note"] if has_detail else []
    writer.writerow(map(spreadsheet, header))
    for row in rows:
        fields: list[str | float | None] = []
        for cell, has_bounds, has_detail in zip(row, bounded, detailed, strict=True):
            fields += [_value(cell), cell.low, cell.high] if has_bounds else [_value(cell)]
            fields += [spreadsheet(cell.detail)] if has_detail else []
        writer.writerow(fields)
    return buffer.getvalue()


def _spread(row: tuple[Cell, ...]) -> list[Cell]:
    """Return a row with empty cells where one covers several columns."""
    return [each for cell in row for each in (cell, *([Cell("")] * (cell.span - 1)))]


def _value(cell: Cell) -> str | float:
    if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
        return cell.value
    text = cell.text or (cell.value if isinstance(cell.value, str) else "")
    return spreadsheet(text)
