"""The document as a PDF: tagged, archivable (PDF/A-3a and PDF/UA-1), with the assessment attached.

Typst sets it from the templates in ``resources/templates`` with the fonts in ``resources/fonts`` alone, so a
report looks the same wherever it is made.
"""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst

from advisor.assessment.model import Assessment
from advisor.errors import AdvisorError
from advisor.files import write_atomically
from advisor.report import document
from advisor.report.logo import read_logo
from advisor.report.model import Chart, Document, Options
from advisor.report.palette import Theme
from advisor.report.svg import chart_svg
from advisor.resources import resource

Paper = Literal["a4", "us-letter"]

STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]

CHART_WIDTHS: dict[Paper, float] = {"a4": 481.9, "us-letter": 498.6}
"""Points between the margins of a page."""
CHART_SIZE = 7.0
"""Points of a drawing's letters."""

_REPLACEMENT = "□"
"""What stands for a character that the fonts don't have: archivable PDFs must not hold an empty glyph."""


def write(
    assessment: Assessment,
    path: Path,
    language: str = "en",
    paper: Paper = "a4",
    summary_only: bool = False,
    organisation: str | None = None,
    logo: Path | None = None,
) -> None:
    """Write the report of an assessment to a file, whole or not at all.

    Parameters
    ----------
    assessment : Assessment
        What the report is about; it is attached to the PDF.
    path : Path
        The file to write; one that exists is replaced.
    language : str
        A language of ``advisor.i18n.LANGUAGES``.
    paper : {"a4", "us-letter"}
        The paper's size.
    summary_only : bool
        Whether only the first page is wanted.
    organisation : str, optional
        For whom the report is made; shown beside the title.
    logo : Path, optional
        An SVG or PNG file, shown beside the title.

    Raises
    ------
    AdvisorError
        The logo is not usable, or the file can't be written.
    """
    write_atomically(path, render(assessment, language, paper, summary_only, organisation, logo))


def render(
    assessment: Assessment,
    language: str = "en",
    paper: Paper = "a4",
    summary_only: bool = False,
    organisation: str | None = None,
    logo: Path | None = None,
) -> bytes:
    """Return the report as the bytes of a PDF; parameters as for ``write``."""
    options = Options(summary_only=summary_only, organisation=organisation)
    report = document.build(assessment, language, options)
    return render_document(report, msgspec.json.encode(assessment), paper, logo)


def render_document(
    report: Document, attachment: bytes, paper: Paper = "a4", logo: Path | None = None
) -> bytes:
    """Return a document as the bytes of a PDF, with the assessment's JSON attached."""
    drawn = _drawn(printable(msgspec.to_builtins(report)), CHART_WIDTHS[paper])
    inputs = {
        "document": msgspec.json.encode(drawn).decode(),
        "assessment": attachment.decode(),
        "paper": paper,
        "logo": read_logo(logo) if logo is not None else "",
    }
    templates = resource("templates")
    compiler = typst.Compiler(
        input=templates / "report.typ",
        root=templates,
        font_paths=[resource("fonts")],
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    try:
        result = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=creation_time())
    except typst.TypstError as error:
        raise AdvisorError(f"The report could not be typeset: {error.message}") from error
    assert isinstance(result, bytes)  # a PDF is one file
    return result


def _drawn(value: Any, width: float) -> Any:
    """Return a document's lists and mappings with the drawing in each of its charts."""
    if isinstance(value, list | tuple):
        return [_drawn(each, width) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "chart":
        svg = chart_svg(msgspec.convert(value, Chart), width, CHART_SIZE, Theme.LIGHT)
        return {"type": "chart", "caption": value["caption"], "alt": value["alt"], "svg": svg}
    return {key: _drawn(each, width) for key, each in value.items()}


def creation_time() -> datetime:
    """Return when the PDF says it was made: ``SOURCE_DATE_EPOCH`` where it is set, or now."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(fixed), UTC)
    except (ValueError, OverflowError, OSError):
        raise AdvisorError(
            f"SOURCE_DATE_EPOCH is {fixed!r}, not a number of seconds.", "Correct or unset it."
        ) from None


def printable(value: Any) -> Any:
    """Return texts with what the report's fonts can't show replaced, as in a title in a third script.

    Parameters
    ----------
    value : Any
        A text, or lists and mappings that hold texts.
    """
    if isinstance(value, str):
        covered = _covered()
        return "".join(each if ord(each) in covered else _REPLACEMENT for each in value)
    if isinstance(value, list | tuple):
        return [printable(each) for each in value]
    if isinstance(value, dict):
        return {key: printable(each) for key, each in value.items()}
    return value


@cache
def _covered() -> frozenset[int]:
    ranges = (line.split("-") for line in resource("fonts", "coverage.txt").read_text("ascii").split())
    return frozenset(code for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1)) | {
        ord("\n")
    }
