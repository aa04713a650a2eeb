"""HTML, Markdown and CSV: the same document, safe to open, complete."""

import csv
import io
import itertools
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import msgspec
import pytest

from advisor.errors import AdvisorError
from advisor.escapes import markdown as markdown_text
from advisor.report import document, html, markdown, tables
from advisor.report import format as fmt
from advisor.report.model import Cell, Chart, Column, Options, Table
from advisor.report.svg import chart_svg
from tests.report.conftest import built
from tests.report.test_report_pdf import printed_texts
from tests.samples import sample_assessment

VOID = {"meta", "br", "link", "img", "hr", "input"}
EVIL = '<script>alert(1)</script>" onload="x & |*_`[a](javascript:1)'


def blocks_of(report):
    return [*report.summary, *(block for section in report.sections for block in section.blocks)]


class Page(HTMLParser):
    """Collects what a browser would: elements in balance, ids, links, text."""

    def __init__(self, source):
        super().__init__()
        self.open, self.ids, self.links, self.seen, self.parts = [], [], [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.seen.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.parts.append(data)


def test_html_is_balanced_and_says_everything(kind, language):
    report = built(kind, language)
    page = Page(html.render(report))
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    text = "".join(page.parts)
    for wanted in printed_texts(report):
        assert wanted in text, wanted


def test_html_needs_nothing_from_elsewhere():
    source = html.render(built("standard", "en"))
    page = Page(source)
    assert not {tag for tag, _ in page.seen} & {"script", "link", "iframe", "object", "embed", "img"}
    assert not re.search(r"url\(|@import|\bsrc=", source)
    assert "default-src 'none'" in source
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner <= set(page.ids) and inner


def test_html_can_be_read_aloud(language):
    report = built("standard", language)
    page = Page(html.render(report))
    tags = [tag for tag, _ in page.seen]
    assert ("html", {"lang": language.replace("_", "-")}) in page.seen
    assert tags.count("h1") == 1 and tags.count("main") == 1
    headings = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(headings))
    assert tags.count("caption") == tags.count("table") == len(report.tables())
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.seen if tag == "th")
    assert all(attributes.get("aria-label") for tag, attributes in page.seen if tag == "svg")


def test_html_follows_the_theme():
    source = html.render(built("standard", "en"))
    assert "prefers-color-scheme: dark" in source
    assert re.search(r"--light:#[0-9A-F]{6};--dark:#[0-9A-F]{6}", source)


def test_every_chart_is_valid_svg_and_stays_inside(kind):
    report = built(kind, "en")
    for chart in (block for block in blocks_of(report) if isinstance(block, Chart)):
        root = ElementTree.fromstring(chart_svg(chart, html.CHART_WIDTH, html.CHART_SIZE))
        _x, _y, width, height = (float(each) for each in root.get("viewBox").split())
        for element in root.iter("{http://www.w3.org/2000/svg}rect"):
            left, top = float(element.get("x")), float(element.get("y"))
            assert left >= 0 and left + float(element.get("width")) <= width
            assert top >= 0 and top + float(element.get("height")) <= height


def test_an_assessment_can_put_nothing_into_the_page():
    """Titles, names in cells and charts, sources and reasons of others: all of it is only text."""
    assessment = sample_assessment("standard")
    catalogue = tuple(msgspec.structs.replace(each, name=EVIL, backends=()) for each in assessment.catalogue)
    results = tuple(msgspec.structs.replace(each, reason=EVIL) for each in assessment.runs[0].results)
    runs = (msgspec.structs.replace(assessment.runs[0], results=results), *assessment.runs[1:])
    evil = msgspec.structs.replace(assessment, title=EVIL, catalogue=catalogue, runs=runs)
    report = document.build(evil, options=Options(organisation=EVIL))
    page = Page(html.render(report))
    assert "script" not in {tag for tag, _ in page.seen}
    assert not any("onload" in attributes for _, attributes in page.seen)
    assert "".join(page.parts).count(EVIL) > 20
    assert "<script>" not in markdown.render(report)


def test_markdown_tables_are_rectangular(kind, language):
    rows = []
    for line in markdown.render(built(kind, language)).splitlines():
        if line.startswith("|"):
            rows.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(rows)) <= 1
            rows = []


def test_markdown_says_everything(kind, language):
    text = re.sub(r"\\(.)", r"\1", markdown.render(built(kind, language)))
    ticks = re.compile(r"^[−\d,.%kMG]+$")
    for wanted in printed_texts(built(kind, language)):
        if not ticks.match(wanted):
            assert wanted in text, wanted


def test_csv_holds_raw_values_and_both_ends(tmp_path):
    assessment = sample_assessment("standard")
    paths = tables.write(assessment, tmp_path / "new" / "folder")
    report = built("standard", "en")
    assert [path.stem for path in paths] == [*(table.id for table in report.tables()), "notes"]
    source = (tmp_path / "new" / "folder" / "ranking.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(source)))
    for row, ranked in zip(rows, assessment.decision.ranking, strict=True):
        assert float(row["Points [points]"]) == ranked.points
        assert float(row["95% interval low [points]"]) == ranked.low
        assert float(row["95% interval high [points]"]) == ranked.high


def test_csv_tells_every_unit_source_and_note():
    """Figures that share a column and not a unit have it beside them; notes stand in a file of their own."""
    report = built("standard", "en")
    named = {table.id: list(csv.reader(io.StringIO(tables.render(table)))) for table in report.tables()}
    for name, of_rows in (("summary-terms", {"s", "1/s"}), ("reference-points", {"B/s", "FLOP/s"})):
        header, *rows = named[name]
        unit = next(place for place, title in enumerate(header) if title.endswith(": unit"))
        assert {row[unit] for row in rows} == of_rows
    assert {"PyTorch low", "PyTorch high"} <= set(named["summary-terms"][0])
    assert not any(title.endswith("interval [points]") for title in named["ranking"][0])
    header, *rows = named["evidence"]
    cited = [row[place] for row in rows for place, title in enumerate(header) if title.endswith(": source")]
    assert {each for each in cited if each} <= {row[0] for row in named["sources"][1:]}
    notes = list(csv.reader(io.StringIO(tables.render_notes(report))))[1:]
    assert {table for table, _note in notes} == set(named)
    written = {note for _table, note in notes}
    assert all(note in written for table in report.tables() for note in (table.caption, *table.notes))


def test_markdown_charts_read_as_text():
    """Every figure of a chart with its interval and its parts, in one table that needs no picture."""
    assessment = sample_assessment("standard")
    text = markdown.render(built("standard", "en"))
    first = assessment.decision.ranking[0]
    low, high = fmt.points(first.low), fmt.points(first.high)
    overview = next(line for line in text.splitlines() if line.startswith("| 1 "))
    assert f"{fmt.points(first.points)} ({low}–{high})" in overview
    charts = [each for each in blocks_of(built("standard", "en")) if isinstance(each, Chart)]
    for chart in charts:
        start = text.index(f"**{markdown_text(chart.caption)}**")
        _header, _rule, *rows = text[start:].split("\n\n")[1].splitlines()
        assert len(rows) == len(chart.labels)
        cells = [cell.strip() for row in rows for cell in row.strip("|").split(" | ")]
        assert "" not in cells and not any(re.match(r"^[ ,]+$", cell) for cell in cells)
    shares = text[text.index("draws in which each alternative") :].split("\n\n")[1]
    assert "rank 1" in shares and not re.search(r"\b(0|100)%", shares)


@pytest.mark.parametrize(
    ("text", "escaped"), [("2.13.0+cpu", False), ("1. first", True), ("12) last", True), ("3.", True)]
)
def test_markdown_leaves_figures_as_they_are(text, escaped):
    assert ("\\" in markdown_text(text)) is escaped


def test_csv_rows_stand_alone():
    """Names that the printed table leaves out as understood are there for programs."""
    for table in built("standard", "en").tables():
        rows = list(csv.reader(io.StringIO(tables.render(table))))
        assert len({len(row) for row in rows}) == 1
        assert all(row[0] for row in rows[1:]), table.id


def test_csv_runs_nothing():
    cells = (Cell("=HYPERLINK(1)"), Cell("@x"), Cell("x", value=-1.5), Cell("−2"))
    table = Table("t", "", tuple(Column(name) for name in "abcd"), (cells,))
    assert list(csv.reader(io.StringIO(tables.render(table))))[1] == ["'=HYPERLINK(1)", "'@x", "-1.5", "−2"]


@pytest.mark.parametrize("writer", [html, markdown])
def test_files_are_written_whole(tmp_path, writer):
    path = tmp_path / "report"
    writer.write(sample_assessment("minimal"), path, "zh_CN", summary_only=True, organisation="甲公司")
    assert "甲公司" in path.read_text("utf-8")
    with pytest.raises(AdvisorError, match="folder does not exist"):
        writer.write(sample_assessment("minimal"), tmp_path / "none" / "report")


def test_csv_into_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AdvisorError, match="a file is in the way"):
        tables.write(sample_assessment("minimal"), tmp_path / "file")
