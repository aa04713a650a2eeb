"""A document of any kind to a file: the one place that knows which writer makes which format."""

from pathlib import Path
from typing import Any

import msgspec

from advisor.files import write_atomically
from advisor.report import html, markdown, pdf, tables
from advisor.report.model import Document

FORMATS = ("pdf", "html", "markdown", "csv")
"""What a document can be written as; ``csv`` is a folder of tables."""


def write(
    report: Document,
    path: Path,
    kind: str,
    about: Any,
    *,
    paper: pdf.Paper = "a4",
    logo: Path | None = None,
) -> None:
    """Write a document, whole or not at all.

    Parameters
    ----------
    report : Document
        What to write.
    path : Path
        The file, or for ``csv`` the folder.
    kind : str
        One of ``FORMATS``.
    about : Any
        What it was made from; it is attached to a PDF as JSON.
    paper : {"a4", "us-letter"}
        The paper of a PDF.
    logo : Path, optional
        Shown beside the title of a PDF.

    Raises
    ------
    AdvisorError
        The file can't be written; an existing one is then as it was.
    """
    match kind:
        case "pdf":
            write_atomically(path, pdf.render_document(report, msgspec.json.encode(about), paper, logo))
        case "html":
            write_atomically(path, html.render(report).encode())
        case "markdown":
            write_atomically(path, markdown.render(report).encode())
        case "csv":
            tables.write_tables(report, path)
        case _:
            raise ValueError(f"{kind} is no format of a document")
