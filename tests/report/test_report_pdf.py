"""The PDF as a file: archivable, tagged, complete, the same each time, and never half written."""

import gzip
import io
import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pikepdf
import pypdfium2
import pytest

from advisor.assessment.document import decode
from advisor.assessment.model import Assessment
from advisor.errors import AdvisorError
from advisor.probes.model import ProbeWarning, WarningCode
from advisor.report import pdf
from advisor.report.model import Bullets, Chart, Code, Facts, Heading, Paragraph, Table
from tests.report.conftest import built, rendered
from tests.samples import sample_assessment


def opened(data):
    return pikepdf.open(io.BytesIO(data))


def text_of(data):
    """Return what a reader's search or copy finds, page after page."""
    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def squeezed(text):
    """Without what line breaks and columns move about; a hyphen at a line's end reads as if it joined."""
    return re.sub(r"[\s\u00a0\u00ad\u0002\ufffe-]+", "", text)


def printed_texts(report):
    """Everything that the document wants printed."""
    yield from (report.title, report.subtitle, report.date, report.colophon)
    yield from (report.verdict.kind, report.verdict.headline, report.verdict.sentence)
    yield from (text for row in report.question for text in row)
    blocks = [*report.summary, *(block for section in report.sections for block in section.blocks)]
    for section in report.sections:
        yield section.title
    for block in blocks:
        match block:
            case Paragraph() | Heading() | Code():
                yield block.text
            case Bullets():
                yield from block.items
            case Facts():
                yield from (text for row in block.rows for text in row)
            case Table():
                yield from (cell for row in block.rows for item in row for cell in (item.text, item.detail))
                yield from block.notes
            case Chart():
                yield from (bar.text for panel in block.panels for bar in panel.bars)
                yield from (tick.text for panel in block.panels for tick in panel.ticks)


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_every_kind_fits_both_papers(kind, paper):
    document = opened(rendered(kind, "en", paper))
    assert document.check_pdf_syntax() == []
    expected = (595.28, 841.89) if paper == "a4" else (612, 792)
    for page in document.pages:
        assert [float(side) for side in page.mediabox[2:]] == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("language", "paper"), [("en", "us-letter"), ("zh_CN", "a4")])
def test_the_summary_is_one_page(kind, language, paper):
    assert len(opened(rendered(kind, language, paper, True)).pages) == 1


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_nothing_is_printed_in_the_margins(kind, paper):
    with pypdfium2.PdfDocument(rendered(kind, "en", paper)) as document:
        for number, page in enumerate(document, 1):
            pixels = page.render(scale=0.5, grayscale=True).to_numpy().squeeze()
            rows, columns = np.nonzero(pixels < 250)
            height, width = pixels.shape
            side, edge = 24, 15  # half of what typst leaves, in pixels of two points
            assert columns.min() >= side and columns.max() < width - side, number
            assert rows.min() >= edge and rows.max() < height - edge, number


def warned(assessment):
    """Return an assessment of which everything that can be warned of is warned of, of everybody."""
    detail = {"others_share": 0.12, "steal_share": 0.06, "governor": "powersave", "available_bytes": 1e9}
    of_subjects = {WarningCode.NOT_STEADY, WarningCode.SHORT_SAMPLES, WarningCode.BUSY_NEIGHBOUR}
    of_all = tuple(ProbeWarning(code, "during", detail) for code in WarningCode if code not in of_subjects)
    runs = []
    for run in assessment.runs:
        each = tuple(
            ProbeWarning(code, "after", {"quantity": quantity}, result.subject)
            for result in run.results
            for code in of_subjects
            for quantity in ("train", "infer", "latency")
        )
        runs.append(msgspec.structs.replace(run, warnings=(*of_all, *each)))
    return msgspec.structs.replace(assessment, runs=tuple(runs))


EIGHT = Path(__file__).parent / "saved" / "quick-eight.json.gz"
"""A real quick run over all alternatives that train."""

SIX = Path(__file__).parents[1] / "assessment" / "version1"


@pytest.mark.parametrize("saved", [EIGHT, SIX / "real-image.json.gz", SIX / "real-rl.json.gz"])
@pytest.mark.parametrize("weakened", [False, True])
def test_a_quick_run_takes_eight_pages_that_are_mostly_filled(saved, language, weakened):
    """Whatever is warned of."""
    assessment = decode(gzip.decompress(saved.read_bytes()))
    data = pdf.render(warned(assessment) if weakened else assessment, language)
    with pypdfium2.PdfDocument(data) as found:
        assert len(found) <= 8
        for number, page in enumerate(list(found)[:-1], 1):
            pixels = page.render(scale=0.5, grayscale=True).to_numpy().squeeze()
            height = pixels.shape[0]
            rows = np.nonzero((pixels[: int(0.93 * height)] < 250).any(axis=1))[0]  # without the footer
            assert rows.max() > 0.67 * height, number


def test_all_that_the_document_says_is_printed(kind, language):
    """Typesetting loses nothing: each text of the document can be found again by searching the PDF."""
    found = squeezed(text_of(rendered(kind, language)))
    missing = [text for text in printed_texts(built(kind, language)) if squeezed(text) not in found]
    assert missing == []


def test_every_number_printed_comes_from_the_document(kind, language):
    """No figure is added by the template, page and caption numbers apart."""
    report = built(kind, language)
    known = "\n".join([*printed_texts(report), msgspec.json.encode(report).decode()])
    pages = len(opened(rendered(kind, language)).pages)
    captions = [block for section in report.sections for block in section.blocks] + list(report.summary)
    counted = {str(number) for number in range(1, max(pages, len(captions)) + 1)}
    printed = set(re.findall(r"\d[\d,.]*\d|\d", text_of(rendered(kind, language))))
    assert {figure for figure in printed - counted if figure not in known} == set()


def test_it_is_archivable_tagged_and_has_outlines(language):
    document = opened(rendered("standard", language))
    with document.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        assert built("standard", language).title in metadata["dc:title"]
    root = document.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang).startswith("zh" if language == "zh_CN" else "en")
    with document.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[1:] == [section.title for section in built("standard", language).sections]


def test_every_chart_has_its_alternative_text(language):
    document = opened(rendered("standard", language))
    found = {
        str(item.Alt)
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure" and "/Alt" in item
    }
    report = built("standard", language)
    blocks = [*report.summary, *(block for section in report.sections for block in section.blocks)]
    assert {block.alt for block in blocks if isinstance(block, Chart)} <= found


def test_tables_have_header_cells():
    document = opened(rendered("standard", "en"))
    roles = [
        str(item.S)
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and "/S" in item and "/P" in item
    ]
    report = built("standard", "en")
    assert roles.count("/Table") == len(report.tables())
    assert roles.count("/TH") >= sum(len(table.columns) for table in report.tables())


def test_fonts_are_embedded_subsets_of_our_own(language):
    document = opened(rendered("standard", language))
    names = set()
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary) and str(item.get("/Type")) == "/FontDescriptor":
            assert any(key in item for key in ("/FontFile2", "/FontFile3"))
            names.add(str(item.FontName))
    assert names
    assert all(re.match(r"/[A-Z]{6}\+NotoSans", name) for name in names), names


def test_charts_are_vectors():
    document = opened(rendered("standard", "en"))
    streams = (item for item in document.objects if isinstance(item, pikepdf.Stream))
    assert not any(str(item.get("/Subtype")) == "/Image" for item in streams)


def test_the_assessment_is_attached_whole():
    assessment = sample_assessment("standard")
    document = opened(rendered("standard", "en"))
    attached = document.attachments["assessment.json"]
    assert attached.relationship == "/Source"
    kept = attached.get_file().read_bytes()
    assert msgspec.json.decode(kept, type=Assessment) == assessment
    assert json.loads(kept)["id"] == assessment.id


def test_the_same_assessment_gives_the_same_bytes(monkeypatch):
    assessment = sample_assessment("minimal")
    first = pdf.render(assessment)
    assert pdf.render(assessment) == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    other = pdf.render(assessment)
    assert other != first
    assert b"D:20231114" in other


def test_a_wrong_date_is_refused(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(AdvisorError, match="SOURCE_DATE_EPOCH"):
        pdf.render(sample_assessment("minimal"))


def test_characters_beyond_the_fonts_do_not_break_it():
    assessment = msgspec.structs.replace(sample_assessment("minimal"), title="テスト 🚀 żółć Ελλάδα \x07")
    text = text_of(pdf.render(assessment))
    assert "żółć Ελλάδα" in text
    assert "□" in text


def test_markup_in_a_title_is_only_text():
    title = '#panic("x") *bold* $x$ \\ <label> @ref // [a](b)'
    assessment = msgspec.structs.replace(sample_assessment("minimal"), title=title)
    assert squeezed(title) in squeezed(text_of(pdf.render(assessment)))


def test_writing_replaces_a_file_whole_or_not_at_all(tmp_path):
    target = tmp_path / "report.pdf"
    target.write_bytes(b"old")
    pdf.write(sample_assessment("minimal"), target)
    assert target.read_bytes().startswith(b"%PDF")
    target.unlink()
    target.mkdir()
    with pytest.raises(AdvisorError, match="could not be written"):
        pdf.write(sample_assessment("minimal"), target)
    assert [each.name for each in tmp_path.iterdir()] == ["report.pdf"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(AdvisorError, match="folder does not exist"):
        pdf.write(sample_assessment("minimal"), tmp_path / "none" / "report.pdf")


def test_the_organisation_is_printed():
    data = pdf.render(sample_assessment("minimal"), organisation="Muster & Söhne GmbH")
    assert "Muster & Söhne GmbH" in text_of(data)
    with opened(data).open_metadata() as metadata:
        assert "Muster & Söhne GmbH" in str(metadata["dc:creator"])
