"""A company's logo from a file that is not to be trusted: SVG or PNG, small, and self-contained.

Whatever comes in, an SVG goes out: a PNG is wrapped in one, so that the template knows only one kind.
"""

import base64
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

from advisor.errors import AdvisorError
from advisor.files import read_bounded

MAXIMUM_BYTES = 2 * 2**20
MAXIMUM_PIXELS = 4096

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG_NAMESPACE = "{http://www.w3.org/2000/svg}"
_EMBEDDED = ("#", "data:image/png;base64,")
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
_FORBIDDEN = {"script", "foreignObject", "iframe", "audio", "video", "animate", "set"}


def read_logo(path: Path) -> str:
    """Return a logo as the text of an SVG.

    Raises
    ------
    AdvisorError
        It can't be read, is too large, is neither SVG nor PNG, or refers to something outside itself.
    """
    try:
        data = read_bounded(path, MAXIMUM_BYTES)
    except AdvisorError as error:
        raise AdvisorError(f"The logo can't be used: {error.message}", "Name another file.") from None
    if data.startswith(_PNG):
        return _wrapped(path, data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _checked(path, data)
    raise AdvisorError(f"The logo {path} is neither SVG nor PNG.", "Convert it to one of them.")


def _wrapped(path: Path, data: bytes) -> str:
    """Put a PNG into an SVG of its size."""
    if not _is_whole(data):
        raise AdvisorError(f"The logo {path} is a damaged PNG.", "Save it anew.")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= MAXIMUM_PIXELS and 0 < height <= MAXIMUM_PIXELS):
        raise AdvisorError(
            f"The logo {path} measures {width} × {height} pixels.",
            f"Use one of at most {MAXIMUM_PIXELS} pixels each way.",
        )
    encoded = base64.b64encode(data).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"><image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{encoded}"/></svg>'
    )


def _is_whole(data: bytes) -> bool:
    """Whether a PNG has a header, an end, and chunks that match their checksums (ISO/IEC 15948).

    The typesetter would leave a damaged picture out without a word.
    """
    position, first = len(_PNG), True
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        if end > len(data) or (first and (kind != b"IHDR" or length != 13)):
            return False
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(data[position + 4 : end - 4]) != checksum:
            return False
        if kind == b"IEND":
            return True
        position, first = end, False
    return False


def _checked(path: Path, data: bytes) -> str:
    """Return an SVG that draws only itself."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AdvisorError(f"The logo {path} is not UTF-8 text.", "Save it anew as SVG.") from None
    # Entities can grow without bound and reach for files; a logo needs none.
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise AdvisorError(f"The logo {path} has a document type declaration.", "Save it as plain SVG.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise AdvisorError(f"The logo {path} is not valid SVG: {error}.", "Save it anew.") from None
    if root.tag != f"{_SVG_NAMESPACE}svg":
        raise AdvisorError(f"The logo {path} is XML, but not SVG.", "Save it as SVG or PNG.")
    for element in root.iter():
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if name in _FORBIDDEN:
            raise AdvisorError(f"The logo {path} holds a <{name}> element.", "Save it as plain SVG.")
        if name == "text":
            raise AdvisorError(
                f"The logo {path} holds text, which depends on fonts.", "Convert its text to outlines."
            )
        for attribute, value in element.attrib.items():
            is_link = attribute.rpartition("}")[2] == "href"
            if (is_link and not value.startswith(_EMBEDDED)) or _OUTSIDE.search(value):
                raise AdvisorError(
                    f"The logo {path} refers to something outside itself.", "Embed it, or use a PNG."
                )
        if name == "style" and (_OUTSIDE.search(element.text or "") or "@import" in (element.text or "")):
            raise AdvisorError(
                f"The logo {path} refers to something outside itself.", "Embed it, or use a PNG."
            )
    return text
