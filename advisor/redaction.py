"""Secrets taken out of what is shown or logged: whoever sends a message or a log on sends no password with it."""

import os
import re
from pathlib import Path

MASK = "***"

_USER = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s'\"<>`]*@", re.IGNORECASE)
_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s'\"<>`?#]*\?)[^\s'\"<>`]*", re.IGNORECASE)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>`]+", re.IGNORECASE)
_FIELD = re.compile(
    r"\b((?:[\w-]*(?:password|passwd|secret|token|api[_-]?key)|authorization)\b['\"]?\s*[=:]\s*(?:(?:basic|bearer)\s+)?)"
    r"(?!\s)[^\s'\",;]+",
    re.IGNORECASE,
)
# A part of a path as only a machine makes them: long, and letters mixed with digits.
_TOKEN = re.compile(r"(?<=/)(?=[\w~-]*\d)(?=[\w~-]*[a-z])[\w~-]{16,}(?=/|$|[?#])", re.IGNORECASE)
_KNOWN_TOKEN = re.compile(r"\b(gh[pousr]_|github_pat_|glpat-|pypi-|hf_|AKIA)[\w-]{8,}")


def redacted(text: str) -> str:
    """Return a text without users and passwords, queries and tokens in addresses, and without named secrets.

    Addresses needn't be well-formed: a password with a slash or an at sign in it goes, too.
    """
    text = _USER.sub(rf"\1{MASK}@", text)
    text = _QUERY.sub(rf"\1{MASK}", text)
    text = _ADDRESS.sub(lambda found: _TOKEN.sub(MASK, found[0]), text)
    text = _FIELD.sub(rf"\1{MASK}", text)
    return _KNOWN_TOKEN.sub(rf"\1{MASK}", text)


def unnamed(text: str, path: str | None) -> str:
    """Return a text without the path and the name of a user's file, which an assessment doesn't pass on."""
    if path is None:
        return text
    # The longest first; a traceback names the file as Python found it.
    known = {path, os.path.realpath(path), str(Path(path).parent), Path(path).name}
    for each in sorted(known, key=len, reverse=True):
        if len(each) > 1:
            text = text.replace(each, MASK)
    return text
