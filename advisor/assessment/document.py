"""The assessment as bytes: encoding, strict decoding of files that may come from anyone, migrations."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from advisor.assessment import consistency, migrations
from advisor.assessment.model import SCHEMA_VERSION, Assessment
from advisor.decision.source_positions import json_line
from advisor.errors import AdvisorError
from advisor.files import read_bounded

SIZE_CAP_BYTES = 64 * 2**20
"""Larger than any real assessment (a thorough one with every task is about 2 MB)."""

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: migrations.from_1}
"""From a version to the next: every change of the format adds its step here."""

_BYTE = re.compile(r"\(byte (\d+)\)")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def encode(assessment: Assessment) -> bytes:
    """Return the assessment as indented JSON, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(assessment), indent=1) + b"\n"


def decode(data: bytes, name: str = "assessment") -> Assessment:
    """Read an assessment of this or an older format.

    Parameters
    ----------
    data : bytes
        The file's content, untrusted.
    name : str
        What to call the file in messages.

    Raises
    ------
    AdvisorError
        If the file is too large, no JSON, of a newer format or has a wrong field; the message
        names the line, or the field.
    """
    if len(data) > SIZE_CAP_BYTES:
        raise AdvisorError(
            f"{name} is larger than {SIZE_CAP_BYTES // 2**20} MiB and can't be an assessment.",
            "Check that it is the right file.",
        )
    try:
        tree = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise AdvisorError(f"{name}{_line(data, str(error))} is not valid JSON: {error}.") from None
    except UnicodeDecodeError:
        raise AdvisorError(f"{name} is not valid JSON: it is not UTF-8 text.") from None
    except RecursionError:
        raise AdvisorError(f"{name} is nested too deeply to be an assessment.") from None
    version = tree.get("schema_version") if isinstance(tree, dict) else None
    if not isinstance(version, int):
        raise AdvisorError(
            f"{name} is not an assessment: it has no schema_version.",
            "Choose a file that Framework Advisor saved.",
        )
    if version > SCHEMA_VERSION:
        raise AdvisorError(
            f"{name} was saved by a newer version of Framework Advisor (format {version}).",
            "Update Framework Advisor to open it.",
        )
    while version < SCHEMA_VERSION:
        if version not in MIGRATIONS:
            raise AdvisorError(f"{name} has the unknown format {version}.")
        tree = MIGRATIONS[version](tree)
        version += 1
    fault = consistency.oversized_in(data, tree)
    if fault is None:
        try:
            assessment = msgspec.convert(tree, Assessment)
            fault = consistency.contradiction(assessment)
        except msgspec.ValidationError as error:
            message, _, place = str(error).partition(" - at ")
            fault = place.strip("`"), message
        else:
            if fault is None:
                return assessment
    raise AdvisorError(f"{name}{_where(data, fault[0])} is damaged or was edited: {fault[1]}.")


def read(path: Path) -> Assessment:
    """Read an assessment file; see :func:`decode` for what it raises."""
    return decode(read_bounded(path, SIZE_CAP_BYTES), path.name)


def _line(data: bytes, message: str) -> str:
    found = _BYTE.search(message)
    if not found:
        return ""
    number = data.count(b"\n", 0, int(found.group(1))) + 1
    return f", line {number},"


def _where(data: bytes, place: str) -> str:
    """Return line and field for a place as msgspec names it: ``$.machine.limits.cores``."""
    if not place:
        return ""
    steps = tuple(int(index) if index.isdigit() else name for name, index in _STEP.findall(place))
    # msgspec doesn't number the entries of a mapping ("[...]"): the line is then that of what holds them.
    line = json_line(data.decode(), steps)
    return f", line {line}, {place.removeprefix('$.')},"
