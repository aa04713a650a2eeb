"""The user's own data: what is known of it before anything runs. Images are looked at from outside, files in part.

Where it lies and what its classes and columns are called stays out of ``DataSet``, which is saved.
"""

import os
import time
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from advisor.bounds import LARGEST, Count, Positive
from advisor.errors import AdvisorError
from advisor.workloads.model import Source, Task, Workload

PART_BYTES = 64 * 2**20
"""What is read of a file; a longer one counts as far as that."""

_READ_S = 1.0


class Kind(StrEnum):
    """What an item of a data set is."""

    IMAGES = "images"  # a file in its class' folder
    TEXT = "text"  # a line of a text file, or a field of a record
    TABLE = "table"  # the numbers of a record
    ARRAYS = "arrays"  # a part of a NumPy array, along its first axis


class DataSet(Struct, frozen=True):
    """What a report may know of the user's data."""

    items: Positive
    classes: Count  # 0: without labels
    bytes: Positive
    read_bytes_per_s: Annotated[float, Meta(ge=1e-9, le=LARGEST)] | None = (
        None  # of these very files, past the system's cache; None: not to be had
    )
    kind: Kind = Kind.IMAGES
    shape: tuple[
        Positive, ...
    ] = ()  # of an item, where all have the same; of a table how many numbers it has
    dtype: Annotated[str, Meta(max_length=40)] = ""  # of an array
    cut: bool = False  # whether only the beginning of a longer file counts


class Reading(Struct, frozen=True):
    """How a worker gets at the data. It travels to workers, and is never saved."""

    kind: Kind
    path: str
    items: int
    classes: int
    bytes: int = 0  # of a file, as far as it counts
    header: bool = False  # whether the first record names columns
    delimiter: str = ""  # between fields of a record; "": a line is an item
    inputs: tuple[int, ...] = ()  # columns, from 0
    label: int | None = None
    members: tuple[str, str] = ("", "")  # of an archive: of the items, and of the labels ("": none)


class Seen(Struct, frozen=True):
    """What only the one who owns the data is shown."""

    classes: tuple[str, ...] = ()  # the first names
    inputs: tuple[str, ...] = ()  # columns or arrays that are read
    label: str = ""
    smallest: tuple[int, int] | None = None  # rows and columns of the images that were looked at
    largest: tuple[int, int] | None = None
    looked_at: int = 0
    damaged: int = 0  # of these: no image, or a half-written one


class OwnData(Struct, frozen=True):
    """A data set with what it takes to read it. It lives as long as a run; nothing but ``description`` is saved."""

    description: DataSet
    reading: Reading
    seen: Seen


class LabelWantedError(AdvisorError):
    """A file of records doesn't say by itself which column holds the classes."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        super().__init__(
            f"{path.name} doesn't say which column holds the classes. Its columns are: {_listed(columns)}.",
            f"Name it, as in --label {columns[-1]}, or none with --label {WITHOUT_LABEL}.",
        )
        self.columns = columns


WITHOUT_LABEL = "none"
"""Asks for no label at all."""

_MOST_LISTED = 20


def _listed(columns: tuple[str, ...]) -> str:
    more = len(columns) - _MOST_LISTED
    return ", ".join(columns[:_MOST_LISTED]) + (f", and {more} more" if more > 0 else "")


def same(one: DataSet, other: DataSet) -> bool:
    """Whether two descriptions can be of the same data: as many items of as many classes, as large together."""
    return all(
        getattr(one, field) == getattr(other, field)
        for field in ("kind", "items", "classes", "bytes", "shape")
    )


def task(data: OwnData) -> Task:
    """Return the task that items are for, where nobody names another."""
    return Task.NLP if data.description.kind is Kind.TEXT else Task.IMAGE_CLASSIFICATION


def read_with(data: DataSet, workloads: Iterable[Workload]) -> frozenset[str]:
    """Return the workloads beside which data is read: those that it feeds, or else the first."""
    listed = tuple(workloads)
    return frozenset(each.id for each in listed if feeds(data, each)) or frozenset(
        each.id for each in listed[:1]
    )


def feeds(data: DataSet, workload: Workload) -> bool:
    """Whether a workload's training can be fed with such items, rather than just have them loaded beside it."""
    shape = workload.input_shape
    if workload.source is Source.MODEL:
        numbers = len(workload.inputs) == 1 and workload.inputs[0].dtype == "float32"
        images = data.kind is Kind.IMAGES and len(shape) == 3 and shape[2] == 3
        return numbers and (images or (data.kind in (Kind.TABLE, Kind.ARRAYS) and data.shape == shape))
    if workload.source is Source.SCRIPT or workload.loops:
        return False
    match data.kind:
        case Kind.IMAGES:
            return workload.task is Task.IMAGE_CLASSIFICATION
        case Kind.TEXT:
            return workload.task in (Task.NLP, Task.TEXT_GENERATION)
        case Kind.ARRAYS:
            whole = data.dtype[:3] in ("int", "uin")
            fits = data.shape == shape
            return fits and (
                workload.task is Task.IMAGE_CLASSIFICATION or (workload.task is Task.NLP and whole)
            )
        case Kind.TABLE:
            return False


def look(path: Path, label: str | None = None) -> OwnData:
    """Return what is known of a folder of images, a text file, a table or NumPy arrays, and how fast it is read.

    Parameters
    ----------
    label : str, optional
        The column that holds the classes, by its name or its number from 1, or ``WITHOUT_LABEL``; where it isn't
        named, one that is called so is taken.

    Raises
    ------
    LabelWantedError
        No column is called so.
    AdvisorError
        It can't be read, or is nothing that can be measured.
    """
    from advisor.workloads import data_files, image_folders

    try:
        if path.is_dir():
            if label is not None:
                raise AdvisorError("A folder of images has no columns.", "Leave --label out.")
            found, files = image_folders.look(path)
        else:
            found, files = data_files.look(path, label), [path]
    except OSError as error:
        raise AdvisorError(f"{path} can't be read: {error.strerror or error}.", "Check the name.") from None
    return replace(found, description=replace(found.description, read_bytes_per_s=_read(files)))


def _read(paths: list[Path]) -> float | None:
    """Return at which rate files spread over the set are read, having been dropped from the system's cache."""
    if not hasattr(os, "posix_fadvise"):
        return None
    step = max(1, len(paths) // 2000)
    done, began = 0, time.perf_counter()
    for path in paths[::step]:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            while done < PART_BYTES and (chunk := os.read(descriptor, 2**20)):
                done += len(chunk)
        finally:
            os.close(descriptor)
        if done >= PART_BYTES or time.perf_counter() - began >= _READ_S:
            break
    elapsed_s = time.perf_counter() - began
    return done / elapsed_s if done and elapsed_s > 0 else None
