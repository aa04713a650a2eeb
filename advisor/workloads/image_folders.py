"""A folder of images, one folder per class: names and sizes, and of some files the first and the last bytes.

Nothing is decoded here.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from advisor.errors import AdvisorError
from advisor.workloads.datasets import DataSet, Kind, OwnData, Reading, Seen

ENDINGS = (".jpg", ".jpeg", ".png")

MOST_ITEMS = 2_000_000

_LOOKED_AT = 200
_SHOWN = 12
_HEADERS_BYTES = 2**20  # before a JPEG's size: pictures of it and notes


def look(folder: Path) -> tuple[OwnData, list[Path]]:
    """Return what is known of a folder, and its files.

    Raises
    ------
    AdvisorError
        It holds no folders with images in them.
    OSError
        It can't be read.
    """
    found = sorted(_images(folder))
    if not found:
        raise AdvisorError(
            f"{folder} holds no images that can be measured.",
            f"Put files that end in {', '.join(ENDINGS)} into one folder for each class.",
        )
    names = sorted({path.parent.name for path, _ in found})
    files = [path for path, _ in found]
    sides = [_sides(path) for path in files[:: -(-len(files) // _LOOKED_AT)]]
    known = [each for each in sides if each]
    seen = Seen(
        tuple(names[:_SHOWN]),
        smallest=min(known, key=lambda side: side[0] * side[1], default=None),
        largest=max(known, key=lambda side: side[0] * side[1], default=None),
        looked_at=len(sides),
        damaged=len(sides) - len(known),
    )
    if not known:
        raise AdvisorError(
            f"None of the files of {folder} that were looked at is a whole image.",
            "Check that they were copied to their end.",
        )
    description = DataSet(len(found), len(names), sum(size for _, size in found))
    reading = Reading(Kind.IMAGES, str(folder.absolute()), len(found), len(names))
    return OwnData(description, reading, seen), files


def _images(folder: Path) -> Iterator[tuple[Path, int]]:
    """Images with their sizes; links are not followed, wherever they lead."""
    count = 0
    with os.scandir(folder) as classes:
        for each in classes:
            if not each.is_dir(follow_symlinks=False):
                continue
            with os.scandir(each.path) as files:
                for file in files:
                    if not file.name.lower().endswith(ENDINGS) or not file.is_file(follow_symlinks=False):
                        continue
                    count += 1
                    if count > MOST_ITEMS:
                        raise AdvisorError(
                            f"{folder} holds more than {MOST_ITEMS:,} images.", "Name a part of it."
                        )
                    yield Path(file.path), file.stat(follow_symlinks=False).st_size


def _sides(path: Path) -> tuple[int, int] | None:
    """Rows and columns of an image that is there to its end; None for another file."""
    try:
        with path.open("rb") as file:
            begins = file.read(26)
            if begins.startswith(b"\x89PNG\r\n\x1a\n") and len(begins) == 26:
                columns, rows = struct.unpack(">II", begins[16:24])
                return (rows, columns) if _ends(file, b"IEND\xaeB`\x82") and rows and columns else None
            if begins.startswith(b"\xff\xd8"):
                sides = _jpeg_sides(file)
                return sides if sides and _ends(file, b"\xff\xd9") else None
    except (OSError, struct.error):
        pass
    return None


def _ends(file: BinaryIO, mark: bytes) -> bool:
    """Whether a file's last bytes hold a mark; some writers append a little behind it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4096))
    return mark in file.read()


def _jpeg_sides(file: BinaryIO) -> tuple[int, int] | None:
    """From a start-of-frame segment (ITU-T T.81, B.2.2), walking over those before it."""
    file.seek(2)
    while file.tell() < _HEADERS_BYTES:
        mark, code, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or length < 2:
            return None
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            _, rows, columns = struct.unpack(">BHH", file.read(5))
            return (rows, columns) if rows and columns else None
        file.seek(length - 2, os.SEEK_CUR)
    return None
