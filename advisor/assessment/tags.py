"""Tags: words of the user's own by which assessments are found again."""

import re
from collections.abc import Collection

from msgspec.structs import replace

from advisor.assessment.store import Store

_COMMA = re.compile("[,，、;；\n]")


def parse(text: str) -> tuple[str, ...]:
    """Return the tags in a line, which commas part: each once, in their order."""
    found = (" ".join(each.split()) for each in _COMMA.split(text))
    return tuple(dict.fromkeys(each for each in found if each))


def change(store: Store, identity: str, added: Collection[str], removed: Collection[str]) -> None:
    """Give an assessment tags, and take some from it.

    Raises
    ------
    AdvisorError
        It is being run, or can't be written.
    """
    with store.running(identity):
        assessment = store.load(identity)
        kept = (each for each in assessment.tags if each not in removed)
        store.save(replace(assessment, tags=tuple(dict.fromkeys((*kept, *added)))))
