"""The window's language: gettext markers under the names that Babel extracts by default.

``_`` and ``ngettext`` translate into the language chosen last; ``N_`` only marks a message whose translation
is looked up later, when a page is told to speak another language.
"""

from datetime import datetime
from typing import Any

from advisor.i18n import LANGUAGES, N_, system_language, translator

__all__ = ["N_", "_", "choose_language", "language", "moment", "ngettext"]

_current = "en"


def choose_language(language: str | None) -> str:
    """Make a language of ``LANGUAGES`` the window's; ``None``, or an unknown one, is the system's."""
    global _current
    _current = language if language in LANGUAGES else system_language()
    return _current


def language() -> str:
    """Return the window's language, a key of ``LANGUAGES``."""
    return _current


def _(message: str, **fields: Any) -> str:
    """Translate a message and fill in its named fields."""
    text = translator(_current).gettext(message)
    return text.format(**fields) if fields else text


def ngettext(singular: str, plural: str, number: int, **fields: Any) -> str:
    """Translate a message that depends on a number, which is also its field ``n``."""
    return translator(_current).ngettext(singular, plural, number).format(n=number, **fields)


def moment(stamp: str, language: str) -> str:
    """Return an ISO time as day and time of day, where the user is."""
    from advisor.report.format import day

    try:
        local = datetime.fromisoformat(stamp).astimezone()
    except ValueError:
        return stamp
    return f"{day(local.date().isoformat(), language)}, {local:%H:%M}"
