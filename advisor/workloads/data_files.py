"""Text files, tables and NumPy arrays: what is in the first part of one, found by reading and never by running.

A file is read no further than ``PART_BYTES``, and what is wrong in that part is said before any framework meets it.
"""

import csv
import io
import itertools
import math
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.workloads.datasets import (
    PART_BYTES,
    WITHOUT_LABEL,
    DataSet,
    Kind,
    LabelWantedError,
    OwnData,
    Reading,
    Seen,
)

TABLES, TEXTS, ARRAYS = (".csv", ".tsv"), (".txt",), (".npy", ".npz")

ENDINGS = (*TABLES, *TEXTS, *ARRAYS)
"""What the name of a file of data ends in."""

_LABELS = ("label", "labels", "class", "target", "category", "y")
_ITEMS = ("x", "data", "images", "inputs", "features", "x_train", "train_images")
_ITEM_LABELS = ("y", *_LABELS[:-1], "y_train", "train_labels")
_MOST_COLUMNS = 10_000
_FIELD_BYTES = 2**20
_SHOWN = 12
_MEND = "Mend it; a file that was not written to its end ends so, too."


def look(path: Path, label: str | None) -> OwnData:
    """Return what is known of a file.

    Raises
    ------
    LabelWantedError
        See ``datasets.look``.
    AdvisorError
        It is damaged, or nothing that can be measured.
    OSError
        It can't be read.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise AdvisorError(
            f"{path} is no data that can be measured.",
            f"Name a folder of images, or a file that ends in {', '.join(ENDINGS)}.",
        )
    if not stat.S_ISREG(path.stat().st_mode):
        raise AdvisorError(f"{path} is no file that can be read.", "Name a file.")
    if label is not None and ending not in TABLES:
        raise AdvisorError(f"{path.name} has no columns.", "Leave --label out.")
    if ending in ARRAYS:
        return _arrays(path)
    return _lines(path) if ending in TEXTS else _table(path, label)


def _text(path: Path) -> tuple[str, bool]:
    """The first part of a file, to the end of a line, and whether there is more."""
    with path.open("rb") as file:
        data = file.read(PART_BYTES)
        cut = bool(file.read(1))
    if cut:
        data = data[: data.rfind(b"\n") + 1]
    if b"\0" in data:
        raise AdvisorError(
            f"{path.name} is no text: it holds zero bytes.", "Check that it is the right file."
        )
    try:
        return data.decode("utf-8-sig"), cut
    except UnicodeDecodeError as error:
        raise AdvisorError(
            f"{path.name} is no text in UTF-8 (at byte {error.start}).", "Save it as UTF-8."
        ) from None


def _lines(path: Path) -> OwnData:
    text, cut = _text(path)
    items = sum(1 for line in text.split("\n") if line.strip())
    if not items:
        raise AdvisorError(f"{path.name} holds no lines of text.", "Check that it is the right file.")
    whole = len(text.encode())
    description = DataSet(items, 0, whole, kind=Kind.TEXT, cut=cut)
    return OwnData(description, Reading(Kind.TEXT, str(path.absolute()), items, 0, whole), Seen())


def _table(path: Path, label: str | None) -> OwnData:
    text, cut = _text(path)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    records = _records(path, text, delimiter, cut)
    first = next(records, [])
    header = bool(first) and not any(_is_number(field) for field in first)
    names = tuple(first) if header else tuple(str(number + 1) for number in range(len(first)))
    chosen = _label_column(path, names, label) if names else None
    others = [column for column in range(len(names)) if column != chosen]
    numeric, lengths, classes, items = set(others), dict.fromkeys(others, 0), set(), 0
    for row in records if header else itertools.chain([first], records):
        items += 1
        if chosen is not None:
            classes.add(row[chosen])
        numeric -= {column for column in numeric if row[column] and not _is_number(row[column])}
        for column in others:
            lengths[column] += len(row[column])
    if not items or not others:
        raise AdvisorError(f"{path.name} holds no records.", "Check that it is the right file.")
    # Records of numbers are a table; else the longest of the written fields is the text.
    kind = Kind.TABLE if len(numeric) == len(others) else Kind.TEXT
    inputs = others
    if kind is Kind.TEXT:
        inputs = [max((column for column in others if column not in numeric), key=lengths.__getitem__)]
    whole = len(text.encode())
    description = DataSet(
        items,
        len(classes),
        whole,
        kind=kind,
        shape=(len(inputs),) if kind is Kind.TABLE else (),
        cut=cut,
    )
    reading = Reading(
        kind, str(path.absolute()), items, len(classes), whole, header, delimiter, tuple(inputs), chosen
    )
    shown = tuple(names[column] for column in inputs[:_SHOWN])
    seen = Seen(tuple(sorted(classes)[:_SHOWN]), shown, names[chosen] if chosen is not None else "")
    return OwnData(description, reading, seen)


def _delimiter(text: str) -> str:
    first = text[:_FIELD_BYTES].partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _records(path: Path, text: str, delimiter: str, cut: bool) -> Iterator[list[str]]:
    """Records, all as wide as the first; what a part's end cuts off is left out."""
    csv.field_size_limit(_FIELD_BYTES)
    reader = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), delimiter=delimiter, strict=True)
    width = None
    try:
        for row in reader:
            width = width or len(row)
            if len(row) != width or width > _MOST_COLUMNS:
                raise AdvisorError(
                    f"{path.name}: line {reader.line_num} has {len(row):,} fields, where the first has {width:,}"
                    f" (at most {_MOST_COLUMNS:,}).",
                    _MEND,
                )
            yield row
    except csv.Error as error:
        if not cut:
            raise AdvisorError(
                f"{path.name}: line {reader.line_num} is no record ({error}).", _MEND
            ) from None


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


def _label_column(path: Path, names: Sequence[str], asked: str | None) -> int | None:
    if asked == WITHOUT_LABEL:
        return None
    if asked is not None:
        if asked in names:
            return names.index(asked)
        if asked.isdecimal() and 0 < int(asked[:9]) <= len(names):
            return int(asked[:9]) - 1
        raise AdvisorError(
            f"{path.name} has no column “{asked}”.", f"Its columns are: {', '.join(names[:20])}."
        )
    called = [column for column, name in enumerate(names) if name.strip().lower() in _LABELS]
    if len(called) != 1:
        raise LabelWantedError(path, tuple(names))
    return called[0]


class _Array(Struct, frozen=True):
    """What an array's header says."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def item_bytes(self) -> int:
        """Of a part along the first axis."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize


def _header(name: str, file: IO[bytes], size: int) -> _Array:
    """Read an array's header.

    Raises
    ------
    AdvisorError
        It is damaged, cut short, or holds objects, which only unpickling would bring back.
    """
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
        else:
            shape, by_columns, dtype = np.lib.format.read_array_header_2_0(file)
        array = _Array(shape, dtype)
        whole = not dtype.hasobject and size - file.tell() >= math.prod(shape) * dtype.itemsize
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        whole, array = False, None
    if array is not None and array.dtype.hasobject:
        raise AdvisorError(
            f"{name} holds Python objects, which are never loaded: they could run code.",
            "Save it as numbers.",
        )
    if not whole or array is None:
        raise AdvisorError(f"{name} is no whole NumPy array.", "Check that it was written to its end.")
    if array.dtype.kind not in "fiub" or not array.shape or min(array.shape) < 1:
        raise AdvisorError(f"{name} holds no items made of numbers.", "Save it as an array of numbers.")
    if array.item_bytes > PART_BYTES or (by_columns and len(array.shape) > 1):
        raise AdvisorError(
            f"The items of {name} are too large, or not stored one after the other.",
            "Save it with one item after the other (order C).",
        )
    return array


def _arrays(path: Path) -> OwnData:
    members, classes = ("", ""), np.zeros(0)
    if path.suffix.lower() == ".npy":
        with path.open("rb") as file:
            array = _header(path.name, file, path.stat().st_size)
    else:
        array, members, classes = _archive(path)
    items = min(array.shape[0], PART_BYTES // array.item_bytes)
    description = DataSet(
        items,
        len(classes),
        items * array.item_bytes,
        kind=Kind.ARRAYS,
        shape=array.shape[1:],
        dtype=array.dtype.name,
        cut=items < array.shape[0],
    )
    reading = Reading(Kind.ARRAYS, str(path.absolute()), items, len(classes), members=members)
    shown = tuple(str(each) for each in classes[:_SHOWN])
    return OwnData(description, reading, Seen(shown, (members[0],) if members[0] else (), members[1]))


def _archive(path: Path) -> tuple[_Array, tuple[str, str], np.ndarray]:
    """The items' array of an archive, the names of that and of the labels', and the classes.

    The items are the array that is called so, or else the largest; the labels the one that is called so, with one
    whole number for each.
    """
    arrays: dict[str, _Array] = {}
    fault = AdvisorError(f"{path.name} holds no arrays.", "Check that it is the right file.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if each.filename.endswith(".npy")]
            for member in members[:_MOST_COLUMNS]:
                name = member.filename.removesuffix(".npy")
                try:
                    with archive.open(member) as file:
                        arrays[name] = _header(f"“{name}” in {path.name}", file, member.file_size)
                except AdvisorError as error:
                    fault = error
            if not arrays:
                raise fault
            sized = sorted(arrays, key=lambda name: math.prod(arrays[name].shape), reverse=True)
            chosen = next((name for name in sized if name.lower() in _ITEMS), sized[0])
            label = next((name for name in arrays if _labels(name, arrays[name], arrays[chosen])), "")
            if not label or label == chosen:
                return arrays[chosen], (chosen, ""), np.zeros(0)
            with archive.open(label + ".npy") as file:
                return arrays[chosen], (chosen, label), np.unique(np.lib.format.read_array(file))
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError) as error:
        raise AdvisorError(
            f"{path.name} is no whole archive of NumPy arrays ({str(error)[:100]}).",
            "Check that it was written to its end.",
        ) from None


def _labels(name: str, array: _Array, items: _Array) -> bool:
    small = array.shape == items.shape[:1] and array.item_bytes * array.shape[0] <= PART_BYTES
    return small and name.lower() in _ITEM_LABELS and array.dtype.kind in "iub"
