"""The needs document as TOML or JSON: read with errors that name file, line, field and what is allowed."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, inspect

from advisor.decision import ahp, weights
from advisor.decision.assumptions import answers_of, stating
from advisor.decision.gates import GATES
from advisor.decision.model import Needs, PriorityMode, ProjectStage
from advisor.decision.source_positions import FieldPath, json_line, toml_line, toml_lines
from advisor.errors import AdvisorError
from advisor.files import read_bounded, write_atomically
from advisor.frameworks import catalogue as packaged
from advisor.frameworks.model import Framework
from advisor.frameworks.pairs import offered
from advisor.hardware.model import System
from advisor.workloads.model import Task
from advisor.workloads.own import is_own
from advisor.workloads.published import WORKLOADS

SIZE_LIMIT_BYTES = 2**20
"""No needs file is larger; one that claims to be isn't read."""

SCHEMA_VERSION = 1
"""History of the format. 1: first."""

_LARGEST = 2**53  # up to which every whole number is exact in any program that reads it

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""Half of a character, which JSON can write and no file can hold."""

_SYSTEMS = tuple(str(system) for system in System if system is not System.OTHER)


class Problem(Struct, frozen=True):
    """One fault in a needs document: where, what, and what would be right."""

    place: FieldPath
    message: str
    allowed: str


def read(path: Path, catalogue: Iterable[Framework] | None = None) -> Needs:
    """Read needs from a ``.toml`` or ``.json`` file.

    Parameters
    ----------
    path : Path
        The file; its suffix tells the format.
    catalogue : Iterable[Framework], optional
        Frameworks that the needs may name; the packaged catalogue by default.

    Raises
    ------
    AdvisorError
        The file can't be read, or doesn't hold needs. Says file, line and field, and what is allowed.
    """
    try:
        text = read_bounded(path, SIZE_LIMIT_BYTES).decode()
    except UnicodeDecodeError as error:
        raise AdvisorError(f"{path} is not a UTF-8 text.", "Save it as UTF-8.") from error
    return loads(text, str(path), catalogue)


def loads(text: str, name: str, catalogue: Iterable[Framework] | None = None) -> Needs:
    """Return the needs that a text holds: JSON if its name ends in ``.json``, else TOML.

    Raises
    ------
    AdvisorError
        As ``read``.
    """
    is_json = name.endswith(".json")
    try:
        document = json.loads(text) if is_json else tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise AdvisorError(f"{name}, line {error.lineno}: {error.msg}.", "Mend the JSON there.") from error
    except tomllib.TOMLDecodeError as error:
        raise AdvisorError(f"{name}: {error}.", "Mend the TOML there.") from error
    except RecursionError as error:
        raise AdvisorError(f"{name} is nested too deeply for a needs file.") from error
    except ValueError as error:  # a number of thousands of digits
        raise AdvisorError(f"{name} holds something that can't be read: {error}.", "Mend it.") from error
    found = next(_faults(document, inspect.type_info(Needs), ()), None)
    if found is None:
        needs = msgspec.convert(document, Needs)
        found = next(iter(check(needs, packaged.load() if catalogue is None else catalogue)), None)
        if found is None:
            # Whoever names what they state has said what they don't.
            return needs if "stated" in document else stating(needs, answers_of(_fields(document)))
    line = (json_line if is_json else toml_line)(text, found.place)
    where = f"{name}, line {line}: {_dotted(found.place)}: " if found.place else f"{name}: "
    raise AdvisorError(f"{where}{found.message}.", found.allowed)


def _fields(document: dict[str, Any]) -> Iterator[str]:
    """Every field that a document has, as in ``stage`` and ``workload.epochs``."""
    for name, value in document.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)


def check(needs: Needs, catalogue: Iterable[Framework]) -> tuple[Problem, ...]:
    """Return what is wrong with needs that are well-formed: names that nothing known has."""
    frameworks = tuple(catalogue)
    known = [framework.id for framework in frameworks]
    known += [each.id for _, each in offered(frameworks) if each.id not in known]
    constraints = needs.constraints
    problems: list[Problem] = []
    if needs.schema_version != SCHEMA_VERSION:
        version = needs.schema_version
        problems.append(
            Problem(("schema_version",), f"{version} is not known", f"Allowed: {SCHEMA_VERSION}.")
        )
    for place, names, allowed in (
        (("frameworks",), needs.frameworks, known),
        (("constraints", "operating_systems"), constraints.operating_systems, _SYSTEMS),
    ):
        for index, name in enumerate(names):
            if name.lower() not in allowed:
                problems.append(_unknown((*place, index), name, allowed))
    whole = [framework.id for framework in frameworks]
    for field, answers, allowed in (
        ("skills", needs.team.skills, known),
        ("existing", needs.team.existing, whole),
    ):
        for name in answers:
            if name not in allowed:
                problems.append(_unknown(("team", field, name), name, allowed))
    for index, name in enumerate(constraints.waived):
        if name.partition(":")[0] not in GATES:
            problems.append(_unknown(("constraints", "waived", index), name, GATES))
    for name in needs.workloads:
        if name not in WORKLOADS and not is_own(name):
            problems.append(_unknown(("workloads", name), name, WORKLOADS))
    if not needs.tasks:
        problems.append(Problem(("tasks",), "no task is named", f"Allowed: {', '.join(Task)}."))
    pairs = [ahp.name(*pair) for pair in ahp.known_pairs()]
    for name in needs.priorities.comparisons:
        if name not in pairs:
            near = difflib.get_close_matches(name, pairs, n=1, cutoff=0.5)
            problems.append(
                Problem(
                    ("priorities", "comparisons", name),
                    f"{_shown(name)} is no pair that can be compared",
                    (f'Did you mean "{near[0]}"? ' if near else "")
                    + "Compare two groups, or two criteria of one group, as in "
                    + f'"{pairs[0]}".',
                )
            )
    order = needs.priorities.order
    if needs.priorities.mode is PriorityMode.ORDER and not order:
        problems.append(Problem(("priorities", "order"), "the order is empty", "Name the criteria in order."))
    if len(set(order)) < len(order):
        problems.append(
            Problem(("priorities", "order"), "a criterion is named twice", "Name each criterion once.")
        )
    return tuple(problems)


def preset(stage: ProjectStage, tasks: Iterable[Task] = (Task.IMAGE_CLASSIFICATION,)) -> Needs:
    """Return the needs to start from for a stage; tasks count alike."""
    return Needs(stage=stage, tasks=dict.fromkeys(tasks, 1.0))


def dumps(needs: Needs, *, as_json: bool = False) -> str:
    """Return needs as TOML, or as JSON."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(needs), indent=2).decode() + "\n"
    return msgspec.toml.encode(_without_none(msgspec.to_builtins(needs))).decode()


def write(needs: Needs, path: Path) -> None:
    """Write needs to a ``.toml`` or ``.json`` file.

    Raises
    ------
    AdvisorError
        The file can't be written.
    """
    write_atomically(path, dumps(needs, as_json=path.suffix == ".json").encode())


def template(needs: Needs | None = None) -> str:
    """Return needs as TOML to be edited: every field there is, each with what it allows.

    The swing points of the stage's preset stand as comments.
    """
    needs = needs or Needs()
    root = inspect.type_info(Needs)
    lines: list[str] = []
    text = dumps(needs)
    places = {
        line: place for place, line in toml_lines(text).items() if all(isinstance(p, str) for p in place)
    }
    for number, line in enumerate(text.splitlines(), 1):
        place = places.get(number)
        kind = _type_at(root, place) if place else None
        if kind is not None and not isinstance(kind, inspect.StructType | inspect.DictType):
            lines.append(f"# {_allowed(kind)}")
        lines.append(line)
        if isinstance(kind, inspect.DictType):
            lines.append(f"# NAME = …  NAME: {_allowed(kind.key_type)}; …: {_allowed(kind.value_type)}")
        if isinstance(kind, inspect.StructType) and place is not None:
            lines.extend(_left_out(needs, kind, place))
        if place == ("stated",):
            lines.append(
                "# Answers above and below that are meant, though they are the default; without this line all are."
            )
        if place == ("priorities", "weights"):
            lines.extend(
                f"# {criterion} = {points:.0f}" for criterion, points in weights.swing_points(needs).items()
            )
    return "\n".join(lines) + "\n"


def _left_out(needs: Needs, kind: inspect.StructType, place: FieldPath) -> Iterator[str]:
    """Lines for the fields of a table that have no value."""
    holder: Any = needs
    for name in place:
        holder = getattr(holder, str(name))
    for field in kind.fields:
        if getattr(holder, field.name) is None:
            yield f"# {field.encode_name} = …  {_allowed(field.type)}"


def _faults(value: Any, kind: inspect.Type, place: FieldPath) -> Iterator[Problem]:
    """Walk a document beside its type, and yield what doesn't fit."""
    match kind:
        case inspect.StructType() if isinstance(value, dict):
            fields = {field.encode_name: field.type for field in kind.fields}
            for name, inner in value.items():
                if name not in fields:
                    yield _unknown((*place, name), name, fields)
                else:
                    yield from _faults(inner, fields[name], (*place, name))
        case inspect.DictType() if isinstance(value, dict):
            for name, inner in value.items():
                yield from _faults(name, kind.key_type, (*place, name))
                yield from _faults(inner, kind.value_type, (*place, name))
        case inspect.VarTupleType() if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from _faults(inner, kind.item_type, (*place, index))
        case inspect.UnionType():
            fitting = [each for each in kind.types if not any(_faults(value, each, place))]
            if not fitting:
                yield from _faults(value, kind.types[0], place)
        case inspect.EnumType():
            allowed = [str(member.value) for member in kind.cls]
            if value not in allowed:
                yield _unknown(place, value, allowed)
        case _:
            if not _fits(value, kind):
                yield Problem(place, f"{_shown(value)} is not allowed", f"Allowed: {_allowed(kind)}.")


def _fits(value: Any, kind: inspect.Type) -> bool:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            numeric = int if isinstance(kind, inspect.IntType) else int | float
            return (
                isinstance(value, numeric)
                and not isinstance(value, bool)
                and abs(value) <= _LARGEST
                and (kind.ge is None or value >= kind.ge)
                and (kind.gt is None or value > kind.gt)
                and (kind.le is None or value <= kind.le)
            )
        case inspect.StrType():
            return isinstance(value, str) and not _HALF_CHARACTER.search(value)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.NoneType():
            return value is None
        case _:
            return False


def _allowed(kind: inspect.Type) -> str:
    """Say in words what a type allows."""
    match kind:
        case inspect.IntType() | inspect.FloatType():
            noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            if kind.ge is not None and kind.le is not None:
                return f"{noun} from {kind.ge:g} to {kind.le:g}"
            if kind.ge is not None:
                return f"{noun} of at least {kind.ge:g}"
            return f"{noun} above {kind.gt:g}" if kind.gt is not None else noun
        case inspect.EnumType():
            return " | ".join(str(member.value) for member in kind.cls)
        case inspect.BoolType():
            return "true | false"
        case inspect.VarTupleType():
            return f"a list: {_allowed(kind.item_type)}"
        case inspect.UnionType():
            return _allowed(kind.types[0])
        case inspect.StrType():
            return "text"
        case _:
            return "a table"


def _type_at(kind: inspect.Type, place: FieldPath) -> inspect.Type | None:
    """Return the type of the field at a place."""
    for name in place:
        if not isinstance(kind, inspect.StructType):
            return None
        kind = next(field.type for field in kind.fields if field.encode_name == name)
    return kind


def _unknown(place: FieldPath, name: Any, allowed: Iterable[str]) -> Problem:
    known = [str(each) for each in allowed]
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    hint = f'Did you mean "{near[0]}"? ' if near else ""
    return Problem(place, f"{_shown(name)} is not known", f"{hint}Allowed: {', '.join(known)}.")


def _shown(value: Any) -> str:
    """Show a faulty value, at most so much of it as fits a line."""
    halves = bool(_HALF_CHARACTER.search(str(value)))
    return _cut(json.dumps(value, ensure_ascii=halves, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _dotted(place: FieldPath) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{_cut(part)}" for part in place)
    return "".join(parts).lstrip(".")


def _without_none(value: Any) -> Any:
    """Leave out what has no value: TOML has no null."""
    if isinstance(value, dict):
        return {name: _without_none(inner) for name, inner in value.items() if inner is not None}
    return value
