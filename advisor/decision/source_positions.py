"""In which line of a TOML or JSON text a field stands. The texts are known to parse, and may be large."""

import re
from typing import TypeAlias

FieldPath: TypeAlias = tuple[str | int, ...]
"""Way to a field: names of tables and fields, numbers of list items."""

_NAME = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*\.?""")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\]:,"]+')
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')


def toml_lines(text: str) -> dict[FieldPath, int]:
    """Return the line, counted from 1, of every table and of every field that has a line of its own."""
    lines: dict[FieldPath, int] = {}
    table: FieldPath = ()
    for number, line in enumerate(text.splitlines(), 1):
        if (header := _TABLE.match(line)) is not None:
            table = _parts(header[1])
            lines.setdefault(table, number)
        elif (key := _KEY.match(line)) is not None:
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def toml_line(text: str, field: FieldPath) -> int:
    """Return the line of a field, or of the nearest thing around it that has a line of its own."""
    lines = toml_lines(text)
    return next((lines[field[:end]] for end in range(len(field), 0, -1) if field[:end] in lines), 1)


def _parts(dotted: str) -> FieldPath:
    return tuple(basic or literal or bare for basic, literal, bare in _PART.findall(dotted))


def json_line(text: str, field: FieldPath) -> int:
    """Return the line, counted from 1, of a field or list item, or of the nearest thing around it that there is."""
    start = value = 0
    for step in field:
        part = _json_part(text, value, step)
        if part is None:
            break
        start, value = part
    return text.count("\n", 0, start) + 1


def _json_part(text: str, at: int, step: str | int) -> tuple[int, int] | None:
    """Return where a part of the value at a place begins, and where its own value does."""
    opening = _TOKEN.search(text, at)
    if opening is None or opening[0] != ("[" if isinstance(step, int) else "{"):
        return None
    number, match = 0, _TOKEN.search(text, opening.end())
    while match is not None and match[0] not in "]}":
        start, here = match.start(), number if isinstance(step, int) else match[0][1:-1]
        if not isinstance(step, int):
            match = _TOKEN.search(text, match.end())
            if match is None:
                break
        if here == step:
            return start, match.start()
        number, match = number + 1, _TOKEN.search(text, _json_end(text, match))
    return None


def _json_end(text: str, value: re.Match[str]) -> int:
    """Return where a value ends that begins with a token."""
    if value[0] not in "[{":
        return value.end()
    depth = 1
    for match in _BRACKET.finditer(text, value.end()):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)
