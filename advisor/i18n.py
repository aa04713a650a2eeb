"""Translations of what users read, through gettext, for every door (the PDF and a server have no Qt).

Mark a sentence with ``_("…")``, where ``_ = translator(language).gettext``, with ``ngettext`` where a number
decides its form, or with ``N_("…")`` where it is only kept for later. ``packaging/translations.py`` collects
the marked sentences.
"""

import gettext
import locale
from functools import lru_cache

from advisor.resources import resource

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}


@lru_cache
def translator(language: str) -> gettext.NullTranslations:
    """Return the translations for a language of ``LANGUAGES``; English is the source itself."""
    return gettext.translation("advisor", resource("i18n"), [language], fallback=True)


def N_(message: str) -> str:  # noqa: N802 (the name that gettext's tools look for)
    """Mark a message for translation where it is defined; translate it where it is shown."""
    return message


def system_language() -> str:
    """Return the language of ``LANGUAGES`` that the user's locale asks for, English by default."""
    code = (locale.getlocale()[0] or "").lower()
    return "zh_CN" if code.startswith(("zh", "chinese")) else "en"
