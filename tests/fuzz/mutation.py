"""Values that are wrong in likely ways, made from the types themselves: a new field is mutated without a word here.

A value stands as its plain form (what ``msgspec.to_builtins`` returns) beside its type. Most mutations fit the type
(another member, the bounds, numbers at the edge of what a machine holds, a part taken from elsewhere in the same
document), so that they get past the decoder; some don't fit.
"""

import enum
from collections import defaultdict
from collections.abc import Hashable
from random import Random
from typing import Any

import msgspec
from msgspec import inspect

INTEGERS = (0, 1, -1, 2, 3, 7, 255, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, 10**400)
FLOATS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 1e-9, 5e-324, 1e-308, 1e15, 1e300, 1.7e308, -1e308, 1e22, 2.5e-7),
    *(float("nan"), float("inf"), float("-inf")),
)
TEXTS = (
    *(
        "",
        " ",
        "x",
        "0",
        "nan",
        "null",
        "cpu",
        "cuda:0",
        "cuda:999999999999",
        ":",
        "a:b:c",
        "a" * 300,
        "词" * 2000,
    ),
    *(
        "\x00",
        "\x1b]52;c;aGk=\x07",
        "\x1b[2J",
        "\u202e",
        "\u2028",
        "a\nb\r\nc",
        "\ufeff",
        "🂡",
        "é" * 70,
        "\\",
        '"',
    ),
    *(
        "{name}",
        "{0}",
        "%s %d",
        "```\n<script>alert(1)</script>",
        "](javascript:alert(1))",
        "=1+1",
        "\t@x",
        "#[x]",
    ),
    *(
        "../../etc/passwd",
        "/",
        "C:\\con",
        ".",
        "..",
        "1.2.3",
        "1.2.3+cu999",
        "9" * 400,
        "2026-13-45",
        "0000-00-00",
    ),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-11-24", "target:ios", "performance:people"),
)
ANYTHING = (None, True, False, 0, 1.5, "x", [], {}, [[]], {"": None}, [None] * 3, {"a": {"b": []}})

_STAY = 0.12
"""How often a value that has parts is replaced itself rather than one of its parts."""

_UNFIT = 0.02
"""How often a replacement doesn't fit the type."""


class Mutator:
    """Mutates plain values of one type.

    Parameters
    ----------
    kind : type
        A struct, or a union of some.
    seeds : sequence
        Values of the type; their parts are what mutations put elsewhere.
    """

    def __init__(self, kind: Any, seeds: list[Any]) -> None:
        self.kind = inspect.type_info(kind)
        self.seeds = [msgspec.to_builtins(seed) for seed in seeds]
        self._parts: dict[Hashable, list[Any]] = defaultdict(list)
        for seed in self.seeds:
            self._gather(seed, self.kind)

    def mutated(self, value: Any, random: Random) -> Any:
        """Return a copy with one to a few mutations; parts that stay are shared with the original."""
        for _ in range(1 + min(int(random.expovariate(0.9)), 5)):
            value = self._changed(value, self.kind, random)
        return value

    def _gather(self, value: Any, kind: inspect.Type) -> None:
        kind = _chosen(value, kind)
        parts = self._parts[_key(kind)]
        if len(parts) < 200:
            parts.append(value)
        for name, inner in _inner(value, kind):
            self._gather(value[name], inner)

    def _changed(self, value: Any, kind: inspect.Type, random: Random) -> Any:
        if isinstance(kind, inspect.UnionType) and random.random() < 0.1:
            return self._made(random.choice(kind.types), random)  # type: ignore[arg-type]
        kind = _chosen(value, kind)
        inner = list(_inner(value, kind))
        if isinstance(kind, inspect.StructType) and isinstance(value, dict):
            # Fields that are left out, too, get a value now and then.
            inner += [(f.encode_name, f.type) for f in kind.fields if f.encode_name not in value][:2]
        if not inner or random.random() < _STAY:
            return self._replaced(value, kind, random)
        # What has parts itself is preferred, or half of all mutations would be of a document's first few lines.
        name, its = max(random.choices(inner, k=2), key=lambda each: not _is_leaf(each[1]))
        copy = value.copy()
        before = value[name] if isinstance(value, list) else value.get(name)
        copy[name] = self._changed(before, its, random)
        return copy

    def _replaced(self, value: Any, kind: inspect.Type, random: Random) -> Any:
        if random.random() < _UNFIT:
            return random.choice(ANYTHING)
        if isinstance(value, list) and value and random.random() < 0.8:
            return _reordered(value, random)
        if (
            isinstance(value, dict)
            and value
            and random.random() < (0.7 if isinstance(kind, inspect.DictType) else 0.1)
        ):
            return self._rekeyed(value, kind, random)
        return self._made(kind, random)

    def _rekeyed(self, value: dict[str, Any], kind: inspect.Type, random: Random) -> dict[str, Any]:
        copy = value.copy()
        if isinstance(kind, inspect.DictType) and random.random() < 0.6:
            copy[str(self._made(kind.key_type, random))] = self._made(kind.value_type, random)
        else:
            del copy[random.choice(list(copy))]
        return copy

    def _made(self, kind: inspect.Type, random: Random, depth: int = 0) -> Any:
        """Return some value of a type: one from the seeds, or an invented one."""
        if isinstance(kind, inspect.UnionType):
            return self._made(random.choice(kind.types), random, depth)  # type: ignore[arg-type]
        parts = self._parts.get(_key(kind))
        if parts and random.random() < (0.25 if _is_leaf(kind) else 0.6):
            return random.choice(parts)
        match kind:
            case inspect.IntType() | inspect.FloatType():
                return _number(kind, random)
            case inspect.StrType():
                return random.choice(TEXTS)
            case inspect.BoolType():
                return random.random() < 0.5
            case inspect.NoneType():
                return None
            case inspect.EnumType():
                return random.choice([_plain(member) for member in kind.cls])
            case inspect.LiteralType():
                return random.choice(kind.values)
            case inspect.DictType():
                count = random.choice((0, 1, 1, 2)) if depth < 4 else 0
                made = (
                    (
                        self._made(kind.key_type, random, depth + 1),
                        self._made(kind.value_type, random, depth + 1),
                    )
                    for _ in range(count)
                )
                return {str(name): value for name, value in made}
            case inspect.VarTupleType() | inspect.ListType():
                count = random.choice((0, 1, 1, 2, 5)) if depth < 4 else 0
                return [self._made(kind.item_type, random, depth + 1) for _ in range(count)]
            case inspect.TupleType():
                return [self._made(each, random, depth + 1) for each in kind.item_types]
            case inspect.StructType():
                fields = {
                    field.encode_name: self._made(field.type, random, depth + 1)
                    for field in kind.fields
                    if field.required or random.random() < 0.5
                }
                return {kind.tag_field: kind.tag, **fields} if kind.tag_field else fields
        return random.choice((*ANYTHING, *TEXTS, *INTEGERS, *FLOATS))


def _number(kind: inspect.IntType | inspect.FloatType, random: Random) -> float:
    edges = [bound for bound in (kind.ge, kind.gt, kind.le, kind.lt) if bound is not None]
    if isinstance(kind, inspect.IntType):
        near = [edge + step for edge in edges for step in (-1, 0, 1)]
        return random.choice((*INTEGERS, *near, random.randrange(10_000)))
    near = [edge * factor for edge in edges for factor in (1, 1.0000001, 0.9999999)]
    return random.choice((*FLOATS, *near, 10 ** random.uniform(-12, 12)))


def _reordered(value: list[Any], random: Random) -> list[Any]:
    at = random.randrange(len(value))
    match random.randrange(5):
        case 0:
            return value[:at] + value[at + 1 :]
        case 1:
            return value[: at + 1] + value[at:]
        case 2:
            return value[::-1]
        case 3:
            return value[:at]
        case _:
            return (value * 40)[:200] if len(value) < 20 else value[at:] + value[:at]


def _chosen(value: Any, kind: inspect.Type) -> inspect.Type:
    """Return which type of a union a value is of; any of them where it fits none."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    for each in kind.types:
        match each:
            case inspect.NoneType():
                fits = value is None
            case inspect.StructType():
                fits = isinstance(value, dict) and (
                    not each.tag_field or value.get(each.tag_field) == each.tag
                )
            case inspect.VarTupleType() | inspect.ListType() | inspect.TupleType():
                fits = isinstance(value, list)
            case inspect.DictType():
                fits = isinstance(value, dict)
            case inspect.BoolType():
                fits = isinstance(value, bool)
            case inspect.IntType() | inspect.FloatType():
                fits = isinstance(value, int | float) and not isinstance(value, bool)
            case _:
                fits = isinstance(value, str)
        if fits:
            return each
    return next(each for each in kind.types if not isinstance(each, inspect.NoneType))


def _inner(value: Any, kind: inspect.Type) -> list[tuple[Any, inspect.Type]]:
    """Return a value's parts by key or index, each with its type."""
    match kind:
        # Of a tree without a type (a document of an older format) every part may be anything, too.
        case inspect.AnyType() if isinstance(value, dict):
            return [(name, kind) for name in value]
        case inspect.AnyType() if isinstance(value, list):
            return [(index, kind) for index in range(len(value))]
        case inspect.StructType() if isinstance(value, dict):
            return [(f.encode_name, f.type) for f in kind.fields if f.encode_name in value]
        case inspect.DictType() if isinstance(value, dict):
            return [(name, kind.value_type) for name in value]
        case inspect.VarTupleType() | inspect.ListType() if isinstance(value, list):
            return [(index, kind.item_type) for index in range(len(value))]
        case inspect.TupleType() if isinstance(value, list):
            return list(enumerate(kind.item_types[: len(value)]))
    return []


def _is_leaf(kind: inspect.Type) -> bool:
    composite = (
        inspect.StructType,
        inspect.DictType,
        inspect.VarTupleType,
        inspect.ListType,
        inspect.TupleType,
    )
    return not isinstance(kind, composite)


def _key(kind: inspect.Type) -> Hashable:
    """Types that may stand in for one another share a key: bounds don't matter, so numbers wander, too."""
    if isinstance(kind, inspect.StructType | inspect.EnumType):
        return kind.cls
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return "list", _key(kind.item_type)
    if isinstance(kind, inspect.DictType):
        return "dict", _key(kind.value_type)
    return type(kind)


def _plain(member: enum.Enum) -> Any:
    return member.value
