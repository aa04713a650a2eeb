"""What a release says of itself."""

import pytest
from notes import CHANGELOG, notes

TEXT = (
    "# Changelog\n\n## 1.10.0 (2026-12-01)\n\n- Ten.\n\n## 1.1.0\n\n- One.\n- ## no heading\n\n## 1.0.0\n\n\n"
)


def test_notes_are_of_one_version_only():
    assert notes(TEXT, "1.10.0") == "- Ten."
    assert notes(TEXT, "1.1.0") == "- One.\n- ## no heading"


@pytest.mark.parametrize("version", ["1.0.0", "1.1", "1", "2.0.0", "1?1.0"])
def test_a_version_without_notes_is_not_released(version):
    with pytest.raises(SystemExit, match="says nothing"):
        notes(TEXT, version)


def test_the_coming_version_has_notes():
    import advisor

    assert notes(CHANGELOG.read_text("utf-8"), advisor.__version__)
