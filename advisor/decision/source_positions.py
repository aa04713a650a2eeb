"""In which line of a TOML or JSON text each field stands. The texts are known to parse."""

import re
from typing import TypeAlias

FieldPath: TypeAlias = tuple[str | int, ...]
"""Way to a field: names of tables and fields, numbers of list items."""

_NAME = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*\.?""")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


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


def _parts(dotted: str) -> FieldPath:
    return tuple(basic or literal or bare for basic, literal, bare in _PART.findall(dotted))


def json_lines(text: str) -> dict[FieldPath, int]:
    """Return the line, counted from 1, of every field and list item."""
    lines: dict[FieldPath, int] = {}
    way: list[str | int] = []  # the field or item that each open bracket is at
    expects_key = False
    number, counted = 1, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        number += text.count("\n", counted, match.start())
        counted = match.start()
        if way and isinstance(way[-1], int) and token not in "]},":
            lines.setdefault(tuple(way), number)
        if token == "{":
            way.append("")
            expects_key = True
        elif token == "[":
            way.append(0)
        elif token in "}]":
            way.pop()
            expects_key = False
        elif token == ",":
            here = way[-1]
            if isinstance(here, int):
                way[-1] = here + 1
            else:
                expects_key = True
        elif token.startswith('"') and expects_key:
            way[-1] = token[1:-1]
            lines.setdefault(tuple(way), number)
            expects_key = False
    return lines
