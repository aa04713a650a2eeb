"""The user's own work as a workload: what is known of a file before anything runs, by reading and never by running.

Paths stay out of ``Workload``, which is saved; ``OwnWork`` holds them for one run.
"""

import ast
import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.files import read_bounded
from advisor.workloads.model import Size, Source, Task, Tensor, Workload

SCRIPT_LIMIT_BYTES = 2**20
"""No script that people write is larger."""

FORMATS = ("onnx", "keras", "pt2")
"""Endings of the model files that can be measured."""

SERVED = (".onnx",)
"""Endings of the model files that are only ever served."""

SCRIPT = ".py"

ENDINGS = (SCRIPT, *(f".{each}" for each in FORMATS))
"""What the name of a file of the user's own work ends in."""

MODEL_LIMIT_BYTES = 8 * 2**30

ELEMENTS_LIMIT = 2**28
"""Numbers in one input."""

DEFAULT_BATCH = 32
"""Items a call where a model leaves it free and nobody says."""

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
        flexible=False,
    )
    files = {alternative: str(path.absolute()) for alternative, path in paths.items()}
    return OwnWork(workload, files, dict(interpreters), names[0])


class Port(Struct, frozen=True):
    """One input of a model file. ``None`` in its shape: any size."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class Contents(Struct, frozen=True):
    """What a worker found in a model file."""

    format: str  # "Keras 3.15.1", "ONNX, opset 17"
    ports: tuple[Port, ...]
    parameters: int | None
    operators: dict[str, int]
    single: bool = True  # whether a call can have a single item, where the batch is free
    beside: tuple[str, ...] = ()  # names of files in the same folder that hold part of it


def model_format(path: Path) -> str:
    """Return the format of a model file, by its name's ending: "keras", "pt2", "onnx".

    Raises
    ------
    AdvisorError
        The file isn't there, is too large, or of none of these formats.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise AdvisorError(f"{path} is no model that can be measured.", f"Model files end in {known}.")
    try:
        size, regular = path.stat().st_size, path.is_file()
    except OSError as error:
        raise AdvisorError(f"{path} can't be read: {error.strerror or error}.", "Check the name.") from None
    if not regular or size > MODEL_LIMIT_BYTES:
        raise AdvisorError(
            f"{path} is no file, or larger than {MODEL_LIMIT_BYTES // 2**30} GiB.",
            "Check that it is the right one.",
        )
    return ending


def only_serves(work: OwnWork) -> bool:
    """Whether work is of a format that is made for serving, and that nobody trains."""
    path = work.files.get("", "")
    return path.lower().endswith(SERVED)


def model(
    path: Path,
    contents: Contents,
    shapes: Mapping[str, tuple[int, ...]],
    batch: int | None,
    task: Task,
    size: Size,
    *,
    named: bool = False,
    digest: str | None = None,
) -> OwnWork:
    """Return the work that a model file does, on inputs of fixed shapes.

    Parameters
    ----------
    shapes : mapping
        By an input's name: its sizes behind the batch, for those that have free ones.
    batch : int, optional
        Items a call, where the file leaves it free.
    named : bool
        Whether the workload, and with it every report, may bear the file's name.
    digest : str, optional
        The file's sum where it is known already.

    Raises
    ------
    AdvisorError
        A shape is missing or doesn't fit, or a batch is asked for that the file doesn't have.
    """
    for name in shapes:
        if name not in {port.name for port in contents.ports}:
            listed = ", ".join(port.name for port in contents.ports)
            raise AdvisorError(f"The model has no input “{name}”.", f"Its inputs are: {listed}.")
    free = all(port.shape and port.shape[0] is None for port in contents.ports)
    fixed = next((port.shape[0] for port in contents.ports if port.shape and port.shape[0] is not None), 1)
    if not free and batch not in (None, fixed):
        raise AdvisorError(f"The model has a fixed batch of {fixed}.", "Leave --batch out.")
    count = (batch or DEFAULT_BATCH) if free else fixed
    inputs = tuple(_tensor(port, count, shapes.get(port.name)) for port in contents.ports)
    digest = digest or digest_of(path, contents.beside)
    identity = "".join(f"{tensor.dtype} {tensor.shape}\n" for tensor in inputs)
    workload = Workload(
        id=_identity({"": digest, identity: ""}),
        task=task,
        size=size,
        architecture=path.name if named else "",
        input_shape=inputs[0].shape[1:],
        batch=count,
        classes=0,
        parameters=contents.parameters,
        forward_flops=None,
        reference="",
        source=Source.MODEL,
        digests={"": digest},
        inputs=inputs,
        flexible=free and contents.single,
    )
    return OwnWork(workload, {"": str(path.absolute())}, {}, path.name)


def _tensor(port: Port, batch: int, asked: tuple[int, ...] | None) -> Tensor:
    rest = port.shape[1:]
    if asked is not None:
        fits = len(asked) == len(rest) and all(
            side > 0 and known in (None, side) for side, known in zip(asked, rest, strict=True)
        )
        if not fits:
            raise AdvisorError(
                f"{_times(asked)} is no shape for the input “{port.name}”, which is {_times(rest)} behind the batch.",
                "Give every size behind the batch.",
            )
        rest = asked
    if None in rest:
        raise AdvisorError(
            f"The input “{port.name}” may have any size ({_times(rest)} behind the batch).",
            f"Say which with --shape {port.name}=SIZE×SIZE, as in --shape {port.name}=224x224x3.",
        )
    shape = (batch, *(side for side in rest if side is not None)) if port.shape else ()
    if min(shape, default=1) < 1 or math.prod(shape) > ELEMENTS_LIMIT:
        raise AdvisorError(
            f"The input “{port.name}” would have {_times(shape)} numbers.", "Choose another batch."
        )
    return Tensor(shape, port.dtype)


def _times(shape: tuple[int | None, ...]) -> str:
    return "×".join("?" if side is None else str(side) for side in shape) or "1"


def digest_of(path: Path, beside: Iterable[str] = ()) -> str:
    """Return the SHA-256 sum of a file, in hexadecimal; where others hold part of it, one over the sums of all.

    Raises
    ------
    AdvisorError
        One can't be read, or lies elsewhere than beside the first.
    """
    whole = _sum(path)
    parts = {}
    for name in sorted(beside):
        part = path.parent / name
        if part.parent != path.parent or part.resolve().parent != path.parent.resolve() or not part.is_file():
            raise AdvisorError(f"{name[:100]} is no file beside {path}.", "Put it there, not a link to it.")
        if part.stat().st_size > MODEL_LIMIT_BYTES:
            raise AdvisorError(
                f"{part} is larger than {MODEL_LIMIT_BYTES // 2**30} GiB.", "Check that it is the right one."
            )
        parts[name] = _sum(part)
    if not parts:
        return whole
    listed = "".join(f"{name} {digest}\n" for name, digest in parts.items())
    return hashlib.sha256(f"{whole}\n{listed}".encode()).hexdigest()


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AdvisorError(f"{path} can't be read: {error.strerror or error}.", "Check the name.") from None


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
