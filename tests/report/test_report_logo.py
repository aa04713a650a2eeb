"""A logo comes from a file that is not to be trusted."""

import struct
import zlib

import pypdfium2
import pytest

from advisor.errors import AdvisorError
from advisor.report import pdf
from advisor.report.logo import MAXIMUM_BYTES, read_logo
from tests.samples import sample_assessment

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#d00"/></svg>'


def png(width=4, height=4, colour=b"\xdd\x00\x00"):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + colour * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def reds(data):
    """How many pixels of the first page are of the logo's red."""
    with pypdfium2.PdfDocument(data) as document:
        pixels = document[0].render(scale=0.5).to_numpy().astype(int)
    blue, green, red = (pixels[:, :, channel] for channel in range(3))
    return int(((red > 180) & (green < 60) & (blue < 60)).sum())


@pytest.mark.parametrize(("name", "data"), [("logo.svg", SVG.encode()), ("logo.png", png())])
def test_svg_and_png_are_printed(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    assessment = sample_assessment("minimal")
    without = reds(pdf.render(assessment, summary_only=True))
    assert reds(pdf.render(assessment, summary_only=True, logo=path)) > without + 100


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"GIF89a", "neither SVG nor PNG"),
        (b"", "neither SVG nor PNG"),
        (b"\x89PNG\r\n\x1a\n", "damaged PNG"),
        (png(5000, 1), "5000 × 1 pixels"),
        (b" " * (MAXIMUM_BYTES + 1), "larger than 2 MiB"),
        (b"<html/>", "not SVG"),
        (b"<svg", "not valid SVG"),
        (b"<\xff\xfe", "not UTF-8"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.encode(), "document type declaration"),
        (SVG.replace("<rect", "<script>1</script><rect").encode(), "<script> element"),
        (SVG.replace("<rect", "<text>x</text><rect").encode(), "holds text"),
        (SVG.replace("<rect", '<image href="file:///etc/passwd"/><rect').encode(), "outside itself"),
        (
            SVG.replace("<svg", '<svg xmlns:x="http://www.w3.org/1999/xlink"')
            .replace("<rect", '<use x:href="https://example.org/a.svg#b"/><rect')
            .encode(),
            "outside itself",
        ),
        (SVG.replace("fill=", 'style="fill:url(https://example.org/)" fill=').encode(), "outside itself"),
    ],
)
def test_bad_files_are_refused_with_a_reason(tmp_path, data, message):
    path = tmp_path / "logo"
    path.write_bytes(data)
    with pytest.raises(AdvisorError, match=message) as caught:
        read_logo(path)
    assert caught.value.remedy


@pytest.mark.parametrize("damage", [png()[:40], png()[:-12], png()[:45] + b"x" + png()[46:]])
def test_a_damaged_png_leaves_no_file(tmp_path, damage):
    path = tmp_path / "logo.png"
    path.write_bytes(damage)
    with pytest.raises(AdvisorError, match="damaged PNG"):
        pdf.write(sample_assessment("minimal"), tmp_path / "report.pdf", logo=path)
    assert not (tmp_path / "report.pdf").exists()


def test_a_missing_logo_is_named(tmp_path):
    with pytest.raises(AdvisorError, match="can't be read"):
        read_logo(tmp_path / "none.svg")


def test_inner_references_are_kept(tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text(SVG.replace("<rect", '<use href="#a" stroke="url(#g)"/><rect'))
    assert 'href="#a"' in read_logo(path)
