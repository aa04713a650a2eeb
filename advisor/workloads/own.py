"""The user's own work as a workload: what is known of a file before anything runs, by reading and never by running.

Paths stay out of ``Workload``, which is saved; ``OwnWork`` holds them for one run.
"""

import ast
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.files import read_bounded
from advisor.workloads.model import Size, Source, Task, Workload

SCRIPT_LIMIT_BYTES = 2**20
"""No script that people write is larger."""

ITEMS_LIMIT = 2**31 - 1

PREFIX = "own-"
"""Begins the id of every workload that is the user's own."""

_NAME = re.compile(rb"""^NAME *= *((['"])[^'"\\\n]{1,80}\2) *(?:#.*)?\r?$""", re.MULTILINE)
_ITEMS = re.compile(rb"^ITEMS *= *([0-9_]{1,12}) *(?:#.*)?\r?$", re.MULTILINE)


class OwnWork(Struct, frozen=True):
    """The user's own work with the files that it lies in. It lives as long as a run; nothing of it is saved.

    ``files`` are by alternative, or by "" for one that all share; ``interpreters`` by alternative, where the user
    names another one than the program found.
    """

    workload: Workload
    files: dict[str, str]
    interpreters: dict[str, str] = {}
    name: str = ""  # as the user has it


def is_own(workload_id: str) -> bool:
    """Whether an id is that of somebody's own work."""
    return workload_id.startswith(PREFIX)


def scripts(
    paths: Mapping[str, Path],
    interpreters: Mapping[str, str],
    task: Task,
    size: Size,
    *,
    named: bool = False,
) -> OwnWork:
    """Return the work that scripts do, one for each alternative.

    Their ``NAME`` and ``ITEMS`` are read as text, so they have to stand there as plain values. A script without
    ``ITEMS`` has one item a call.

    Parameters
    ----------
    named : bool
        Whether the workload, and with it every report, may bear the work's name.

    Raises
    ------
    AdvisorError
        A script can't be read, or two of them say that a call has another number of items.
    """
    digests: dict[str, str] = {}
    items: dict[str, int] = {}
    names: list[str] = []
    for alternative, path in paths.items():
        text = read_bounded(path, SCRIPT_LIMIT_BYTES)
        digests[alternative] = hashlib.sha256(text).hexdigest()
        items[alternative] = _items(path, text)
        names.append(_name(path, text))
    if len(set(items.values())) > 1:
        listed = ", ".join(f"{paths[each].name}: {count}" for each, count in items.items())
        raise AdvisorError(
            f"The scripts don't do the same work: their calls have another number of items ({listed}).",
            "Give all of them the same ITEMS.",
        )
    workload = Workload(
        id=_identity(digests),
        task=task,
        size=size,
        architecture=names[0] if named else "",
        input_shape=(),
        batch=next(iter(items.values())),
        classes=0,
        parameters=None,
        forward_flops=None,
        reference="",
        source=Source.SCRIPT,
        digests=digests,
    )
    files = {alternative: str(path.absolute()) for alternative, path in paths.items()}
    return OwnWork(workload, files, dict(interpreters), names[0])


def _identity(digests: Mapping[str, str]) -> str:
    whole = "".join(f"{alternative} {digest}\n" for alternative, digest in sorted(digests.items()))
    return PREFIX + hashlib.sha256(whole.encode()).hexdigest()[:8]


def _items(path: Path, text: bytes) -> int:
    found = _ITEMS.search(text)
    if found is None:
        if re.search(rb"^ITEMS\b", text, re.MULTILINE):
            raise AdvisorError(f"{path}: ITEMS is no plain number.", "Write it as in ITEMS = 32.")
        return 1
    count = int(found[1].strip(b"_").replace(b"__", b"_") or 0)
    if not 0 < count <= ITEMS_LIMIT:
        raise AdvisorError(f"{path}: a call can't have {count} items.", "Write it as in ITEMS = 32.")
    return count


def _name(path: Path, text: bytes) -> str:
    found = _NAME.search(text)
    if found is None:
        return path.stem
    try:
        return str(ast.literal_eval(found[1].decode()))
    except (ValueError, SyntaxError):
        return path.stem
