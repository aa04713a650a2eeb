"""Weighing, through the real window by object names: what is weighed is quantified, terms are explained."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QSlider, QWidget

from advisor.decision.criteria import ROWS
from advisor.decision.model import Criterion, PriorityMode
from advisor.gui.glossary import GlossaryDialog
from advisor.gui.text import choose_language
from advisor.report.wording import glossary, swings
from tests.gui import stage
from tests.gui.kept import kept


@pytest.fixture
def pairs(window) -> QWidget:
    """The wizard at its comparisons in pairs."""
    window.new_assessment()
    wizard = window.page("wizard")
    wizard.findChild(QPushButton, "step-priorities").click()
    step = wizard.priorities_step
    step._modes[PriorityMode.PAIRS].click()
    return step


def in_view(part: QWidget, window: QWidget) -> bool:
    """Whether a widget is wholly seen, wherever the page has been scrolled to."""
    return part.visibleRegion().boundingRect() == part.rect() and part.isVisible()


def test_consistency_and_weights_stay_in_view_and_the_pair_to_look_at_is_one_click_away(pairs, window, qtbot):
    foot = pairs.findChild(QWidget, "pairs-foot")
    consistency, weights = (pairs.findChild(QLabel, name) for name in ("consistency", "weights-of-pairs"))
    look = pairs.findChild(QPushButton, "look-again")
    assert in_view(foot, window)
    assert not look.isVisible()
    before = weights.text()
    # Contradicting: people over ecosystem, ecosystem over performance, performance over people.
    for name, place in (("performance:people", -2), ("people:ecosystem", -8), ("performance:ecosystem", 8)):
        pairs.findChild(QSlider, f"pair-{name}").setValue(place)
    assert "Up to 0.1 is accepted" in consistency.text()
    assert weights.text() != before and weights.text().startswith("Weights: ")
    # Nobody said what the team knows or has, so neither carries weight.
    assert "Team skill" not in weights.text() and "Migration" not in weights.text()
    named = look.text().removeprefix("Look again: ")
    pairs.column.verticalScrollBar().setValue(pairs.column.verticalScrollBar().maximum())
    assert in_view(foot, window)
    look.click()
    slider = window.focusWidget()
    assert isinstance(slider, QSlider)
    first, second = slider.objectName().removeprefix("pair-").split(":")
    assert named == f"{first.capitalize()} against {second.capitalize()}"
    assert in_view(slider, window)
    qtbot.keyClick(slider, Qt.Key.Key_Home)  # the first matters more, as the others have it
    for name, place in (("people:ecosystem", 0), ("performance:ecosystem", 0), ("performance:people", 0)):
        pairs.findChild(QSlider, f"pair-{name}").setValue(place)
    assert not look.isVisible()


def test_worst_and_best_are_those_measured_here_where_an_assessment_is_weighed(window, qtbot) -> None:
    assessment = kept("too-close")
    window.context.store.save(assessment)
    window.open_assessment(assessment.id)
    page = window.page("results")
    qtbot.waitUntil(lambda: page.model is not None, timeout=stage.PATIENCE_MS)
    page.show_tab("what-if")
    values = [each for each in assessment.decision.values if each.criterion is Criterion.TRAINING_SPEED]
    rates = sorted(each.raw for each in values if each.raw is not None)
    shown = page.findChild(QLabel, "swing-training_speed").text()
    assert shown.startswith("from ") and shown.endswith(" images/s")
    ends = [float(end.replace(",", "")) for end in shown[5:-9].split(" to ")]
    assert ends == pytest.approx([rates[0], rates[-1]], rel=0.005)


def test_every_criterion_has_reference_points_before_anything_is_measured(window) -> None:
    window.new_assessment()
    wizard = window.page("wizard")
    wizard.findChild(QPushButton, "step-priorities").click()
    for criterion in ROWS:
        said = wizard.findChild(QLabel, f"swing-{criterion.value}").text()
        assert said == swings.reference(criterion, "en")
        assert any(letter.isdigit() for letter in said) or "“" in said or "core" in said
        assert swings.reference(criterion, "zh_CN") != said


def test_the_glossary_is_one_click_away_and_searched(window, qtbot) -> None:
    window.findChild(QPushButton, "open-glossary").click()
    dialog = window.findChild(GlossaryDialog)
    for term in ("Acceptability", "Regret", "Swing", "Consistency ratio", "Interval", "Tie", "Gate"):
        assert term in stage.texts(dialog).splitlines()
    dialog.findChild(QLineEdit, "glossary-search").setText("weights contradict")
    assert "Nothing matches" in stage.texts(dialog).splitlines()
    dialog.findChild(QLineEdit, "glossary-search").setText("Pairs CONTRADICT")
    left = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert "Consistency ratio" in left and "Regret" not in left
    dialog.close()


def test_every_term_is_translated() -> None:
    english, chinese = dict(glossary.entries("en")), dict(glossary.entries("zh_CN"))
    assert not set(english) & set(chinese)
    assert not set(english.values()) & set(chinese.values())
    choose_language("en")
