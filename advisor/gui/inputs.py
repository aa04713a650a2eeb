"""Sliders, number fields and lists that the mouse wheel changes only once they were clicked or tabbed to.

Scrolling a page takes the pointer over whatever lies on it: an answer must not change in passing. All pages take
their controls from here, so that none forgets it.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSlider, QSpinBox, QTabBar, QWidget

from advisor.gui.theme import Space

TEXT_MARGIN = Space.S - 2
"""Pixels before a number: in a field with arrows the style sheet's padding reaches only the arrows."""


def _heeds(control: QWidget, event: QWheelEvent) -> bool:
    """Return whether the wheel is meant for a control; else it is left to the page, which scrolls."""
    event.setAccepted(control.hasFocus())
    return event.isAccepted()


class Slider(QSlider):
    """A horizontal slider."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if _heeds(self, event):
            super().wheelEvent(event)


class SpinBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if _heeds(self, event):
            super().wheelEvent(event)


class DoubleSpinBox(QDoubleSpinBox):
    """A field for a number."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if _heeds(self, event):
            super().wheelEvent(event)


class ComboBox(QComboBox):
    """One of a list that opens."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if _heeds(self, event):
            super().wheelEvent(event)


class TabBar(QTabBar):
    """Names of tabs, which the wheel passes over unless one of them was clicked."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if _heeds(self, event):
            super().wheelEvent(event)
