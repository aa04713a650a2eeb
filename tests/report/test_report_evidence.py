"""Facts that have aged are marked, and a version older than the newest cited one is explained."""

import pytest
from msgspec.structs import replace

from advisor.frameworks.model import Fact, Grade, Origin
from advisor.i18n import LANGUAGES
from advisor.report import document, markdown
from advisor.report.wording import evidence
from tests.samples import sample_assessment

OLD = Fact(value=1.0, date="2025-10-30", source="a list", grade=Grade.B)


@pytest.mark.parametrize(
    ("day", "marked"),
    [("2026-10-27T00:00:00Z", False), ("2026-10-30T00:00:00Z", True), ("no day at all", False)],
)
def test_a_fact_is_marked_once_it_is_a_year_old(day, marked):
    assert (evidence.dated(OLD, day, "en") != OLD.date) is marked


def test_the_report_marks_aged_facts_and_explains_the_version_it_names(tmp_path):
    assessment = sample_assessment("standard")
    for language in LANGUAGES:
        path = tmp_path / f"{language}.md"
        markdown.write(assessment, path, language)
        text = path.read_text("utf-8")
        assert evidence.dated(OLD, assessment.created_at, language) in text
        assert "2.15.0" in text  # PyTorch's newest; 2.13.0 was measured
    shown = [value for _label, value in document.build(assessment).verdict.facts]
    assert any("2.13.0" in each and "newest cited is 2.15.0" in each for each in shown)
    found = tuple(
        replace(state, installation=replace(state.installation, version="2.15.0", origin=Origin.VENV))
        if state.alternative == "pytorch"
        else state
        for state in assessment.installations
    )
    markdown.write(replace(assessment, installations=found), tmp_path / "newest.md", "en")
    assert "newest one cited" not in (tmp_path / "newest.md").read_text("utf-8")


def test_what_was_found_is_not_called_pinned():
    newest = Fact(value="2.15.0", date="2026-11-24", source="an index", grade=Grade.A)
    pinned, found = (
        evidence.newer_release("PyTorch", "2.13.0", each, newest, "en") for each in (True, False)
    )
    assert "tried with" in pinned and "found on this machine" in found
