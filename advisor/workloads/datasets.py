"""The user's own data: what is known of a folder of images by looking at names and sizes. Nothing is decoded here.

Where it lies and what its classes are called stays out of ``DataSet``, which is saved.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.workloads.model import Source, Task, Workload

ENDINGS = (".jpg", ".jpeg", ".png")

MOST_ITEMS = 2_000_000
_READ_BYTES = 64 * 2**20
_READ_S = 1.0


class DataSet(Struct, frozen=True):
    """A folder of images, one folder per class."""

    items: int
    classes: int
    bytes: int
    read_bytes_per_s: float | None = None  # of these very files, past the system's cache; None: not to be had


class OwnData(Struct, frozen=True):
    """A data set with the folder that it lies in. It lives as long as a run; nothing of it is saved."""

    description: DataSet
    folder: str


def same(one: DataSet, other: DataSet) -> bool:
    """Whether two descriptions can be of the same data: as many items of as many classes, as large together."""
    return (one.items, one.classes, one.bytes) == (other.items, other.classes, other.bytes)


def takes_images(workload: Workload) -> bool:
    """Whether a workload's training can be fed with images: a published network for them."""
    return workload.source is Source.PUBLISHED and workload.task is Task.IMAGE_CLASSIFICATION


def look(folder: Path) -> OwnData:
    """Return what is known of a folder of images, and how fast its files are read.

    Raises
    ------
    AdvisorError
        It can't be read, or holds no folders with images in them.
    """
    try:
        found = sorted(_images(folder))
    except OSError as error:
        raise AdvisorError(f"{folder} can't be read: {error.strerror or error}.", "Check the name.") from None
    classes = len({path.parent for path, _ in found})
    if not found:
        raise AdvisorError(
            f"{folder} holds no images that can be measured.",
            f"Put files that end in {', '.join(ENDINGS)} into one folder for each class.",
        )
    whole = sum(size for _, size in found)
    rate = _read([path for path, _ in found])
    return OwnData(DataSet(len(found), classes, whole, rate), str(folder.absolute()))


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
            while chunk := os.read(descriptor, 2**20):
                done += len(chunk)
        finally:
            os.close(descriptor)
        if done >= _READ_BYTES or time.perf_counter() - began >= _READ_S:
            break
    elapsed_s = time.perf_counter() - began
    return done / elapsed_s if done and elapsed_s > 0 else None
