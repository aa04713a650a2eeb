"""The document's tables as CSV: raw values where there are any, in the unit that the header names."""

import csv
import io
from pathlib import Path

from advisor.assessment.model import Assessment
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.report import document
from advisor.report.model import Cell, Column, Table


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AdvisorError(
            f"The folder {folder} could not be made: {error.strerror or error}.", "Choose another folder."
        ) from None
    paths = []
    for table in document.build(assessment, language).tables():
        path = folder / f"{table.id}.csv"
        # Spreadsheets take a file without this mark for one in an old encoding.
        write_atomically(path, ("\ufeff" + render(table)).encode())
        paths.append(path)
    return tuple(paths)


def render(table: Table) -> str:
    """Return a table as CSV (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_header(column) for column in table.columns])
    writer.writerows([_value(cell) for cell in row] for row in table.rows)
    return buffer.getvalue()


def _header(column: Column) -> str:
    return f"{column.title} [{column.unit}]" if column.unit else column.title


def _value(cell: Cell) -> str | float:
    if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
        return cell.value
    text = f"{cell.text} ({cell.detail})" if cell.detail else cell.text
    text = text or (cell.value if isinstance(cell.value, str) else "")
    # A spreadsheet would run what looks like a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
