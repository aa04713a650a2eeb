"""Translations of what users read, through gettext, for every door (the PDF and a server have no Qt)."""

import gettext
import locale
from functools import lru_cache

from advisor.resources import resource

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}


@lru_cache
def translator(language: str) -> gettext.NullTranslations:
    """Return the translations for a language of ``LANGUAGES``; English is the source itself."""
    return gettext.translation("advisor", resource("i18n"), [language], fallback=True)


def system_language() -> str:
    """Return the language of ``LANGUAGES`` that the user's locale asks for, English by default."""
    code = (locale.getlocale()[0] or "").lower()
    return "zh_CN" if code.startswith(("zh", "chinese")) else "en"
