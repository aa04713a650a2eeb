"""The translations: complete, consistent with their originals, and up to date with the code."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

sys.path.insert(0, str(ROOT / "packaging"))
import translations  # noqa: E402
from babel.messages.catalog import Message  # noqa: E402

from advisor.frameworks import catalogue  # noqa: E402
from advisor.report.wording.evidence import said, source_named  # noqa: E402


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


def test_every_note_and_claim_of_the_catalogue_reads_in_chinese():
    """A catalogue file added later fails here until its words are translated."""
    collected = {message.id for message in translations.template()}
    texts = set()
    for framework in catalogue.load():
        texts |= {fact.note for fact in framework.facts.values() if fact.note}
        texts |= {str(claim.value) for claim in framework.claims}
        texts |= {lever.note for lever in framework.levers if lever.note}
    english = re.compile(r"(?<![\w./])(and|the|is|was|only|with|without|found|of|no|not) ", re.IGNORECASE)
    assert texts - collected == {each for each in texts if not re.search("[A-Za-z]", each)}
    assert {each for each in texts if english.search(said(each, "zh_CN"))} == set()
    assert {each for each in texts if english.search(each)}  # the pattern finds English at all


def test_a_source_keeps_its_addresses_and_translates_its_words():
    named = source_named("Judgement by the rubric; https://github.com/apache/mxnet/issues/21165", "zh_CN")
    assert named.endswith("；https://github.com/apache/mxnet/issues/21165")
    assert "rubric" not in named
