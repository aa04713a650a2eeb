"""Prints what the changelog says of one version, for its release: ``python packaging/notes.py 0.1.0``."""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def notes(changelog: str, version: str) -> str:
    """Return the section of a version, without its heading.

    Raises
    ------
    SystemExit
        It has none, or an empty one.
    """
    heading = rf"^## {re.escape(version)}(?![\w.])[^\n]*$"
    found = re.search(rf"{heading}\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    text = found[1].strip() if found else ""
    if not text:
        sys.exit(f"The changelog says nothing of {version}.")
    return text


if __name__ == "__main__":
    print(notes(CHANGELOG.read_text("utf-8"), sys.argv[1]))
