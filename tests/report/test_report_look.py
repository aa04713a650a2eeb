"""The printed page against reference pictures: layout that changes by mistake is seen.

The pictures show a document of fixed content with every kind of block. After an intended change, look at the
pages and make them anew: ``python -m tests.report.test_report_look``.
"""

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from advisor.frameworks import catalogue
from advisor.report import palette, pdf
from advisor.report.model import (
    Bar,
    Bullets,
    Cell,
    Chart,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Label,
    Labels,
    LegendEntry,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
    Tick,
    Verdict,
)

REFERENCES = Path(__file__).with_name("reference")
SCALE = 0.75  # pixels per point


def sample_document(language: str) -> Document:
    """Return a document whose content depends on nothing else."""
    words = "深度学习框架" if language == "zh_CN" else "Deep-learning framework"
    known = palette.framework_colours(catalogue.load())
    colours = {each: known[each] for each in ("pytorch", "tensorflow", "keras", "mxnet")}
    ticks = tuple(Tick(value, str(value)) for value in (-50, 0, 50, 100))
    chart = Chart(
        id="chart",
        caption=f"{words}: one bar of each kind",
        alt="Bars",
        labels=(
            Label(f"1  {words}", strong=True),
            Label("2  Second", "compiled"),
            Label("3  Third", muted=True),
            Label("4  Fourth"),
        ),
        panels=(
            Panel(
                "Points",
                -50,
                100,
                ticks,
                (
                    Bar((Segment(0, 80, colours["pytorch"]),), 70, 90, "80.0"),
                    Bar((Segment(0, 60, colours["tensorflow"], pale=True),), 50, 70, "60.0"),
                    Bar((Segment(-30, 0, colours["keras"], "−30"), Segment(0, 40, colours["mxnet"], "40"))),
                    Bar(missing="not measured"),
                ),
                (Tick(25, "now 25"),),
            ),
            Panel(
                "Share",
                0,
                100,
                ticks[1:],
                tuple(
                    Bar((Segment(0, share, colour),), text=f"{share}%") for share, colour in _shares(colours)
                ),
            ),
        ),
        legend=tuple(LegendEntry(name, colour) for name, colour in colours.items()),
    )
    table = Table(
        id="table",
        caption=f"{words}: cells of each kind",
        columns=(
            Column("Name", width=1.0),
            Column("Figure", numeric=True),
            Column("Unit"),
            Column("Link", width=1.0),
        ),
        rows=(
            (
                Cell(words, strong=True, colour=colours["pytorch"]),
                Cell("1,234.5", detail="1,200–1,300"),
                Cell("ms"),
                Cell("https://example.org/a", link="https://example.org/a"),
            ),
            (Cell(""), Cell("—", muted=True), Cell(""), Cell("plain")),
            (Cell("Third"), Cell("spans what is left", muted=True, span=3)),
        ),
        notes=("A note.", "Another note."),
    )
    blocks = (
        Paragraph(f"{words}. " * 20),
        Heading("A heading"),
        chart,
        table,
        Bullets((words, f"{words}. " * 12)),
        Code("pip install something==1.0"),
        Facts((("Label", words), ("Longer label", f"{words}. " * 10))),
        Paragraph("A note in small type.", note=True),
    )
    return Document(
        language=language,
        title=words,
        subtitle="A fixed document",
        organisation="Example",
        date="2026-11-24",
        question=(("Task", words), ("Machine", "None in particular")),
        verdict=Verdict(
            kind="Leaning",
            headline=words,
            sentence=f"{words}. " * 8,
            colour=palette.VERDICTS["leaning"],
            facts=(("Version", "1.0"),),
            command="pip install something==1.0",
            command_label="Install it with",
        ),
        summary=(chart, table),
        sections=(
            Section("one", "First section", blocks),
            Section("two", "Second section", (Paragraph(words),)),
        ),
        labels=Labels(
            "Summary", "Contents", "Page {page} of {pages}", "Table", "Figure", "Attachment", "Logo"
        ),
        colophon="Colophon",
        keywords=("a", "b"),
    )


def _shares(colours):
    return zip((100, 75, 50, 0), colours.values(), strict=True)


def pages(language: str) -> list[np.ndarray]:
    """Return the sample document's pages as grey pixels."""
    data = pdf.render_document(sample_document(language), b"{}")
    with pypdfium2.PdfDocument(data) as document:
        return [page.render(scale=SCALE, grayscale=True).to_numpy().squeeze() for page in document]


def reference(language: str, number: int) -> Path:
    """Return where a page's picture is kept."""
    return REFERENCES / f"{language}-{number}.png"


def test_pages_look_as_they_did(language):
    found = pages(language)
    assert len(found) == len(list(REFERENCES.glob(f"{language}-*.png")))
    for number, page in enumerate(found, 1):
        kept = np.asarray(Image.open(reference(language, number)))
        assert page.shape == kept.shape
        # Rasterisers differ at the edges of letters; a moved line differs by much more.
        assert np.mean(np.abs(page.astype(int) - kept) > 64) < 0.004, number


@pytest.mark.parametrize("shift", [3])
def test_a_moved_page_is_noticed(shift):
    page = pages("en")[0]
    assert np.mean(np.abs(page.astype(int) - np.roll(page, shift, axis=0)) > 64) > 0.02


if __name__ == "__main__":
    REFERENCES.mkdir(exist_ok=True)
    for name in ("en", "zh_CN"):
        for index, pixels in enumerate(pages(name), 1):
            Image.fromarray(pixels).save(reference(name, index), optimize=True)
