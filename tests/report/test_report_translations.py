"""The translations: complete, consistent with their originals, and up to date with the code."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

sys.path.insert(0, str(ROOT / "packaging"))
import translations  # noqa: E402
from babel.messages.catalog import Message  # noqa: E402


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_sentence_is_translated_and_compiled(language):
    """If this fails, run ``python packaging/translations.py`` and translate what it lists."""
    assert translations.problems(language) == []


@pytest.mark.parametrize(
    ("original", "translation", "wrong"),
    [
        ("{count} of {all}", "{all}中的{count}", False),
        ("{count} of {all}", "{all}", True),
        ("{count}", "{cuont}", True),
        ("text", "", True),
        (("{n} core", "{n} cores"), ("{n} 核",), False),
        (("{n} core", "{n} cores"), ("核",), True),
    ],
)
def test_a_translation_keeps_the_placeholders(original, translation, wrong):
    assert translations.lacks(Message(original, translation)) is wrong


def test_plural_sentences_are_collected():
    collected = {message.id for message in translations.template()}
    assert ("{count} core allowed", "{count} cores allowed") in collected
    assert "Adopt {framework}" in collected
