"""Small building blocks that all pages share. They know nothing of assessments."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from advisor.gui.icons import icon, pixmap
from advisor.gui.theme import CONTENT_WIDTH, Space, Theme


def application() -> QApplication:
    """Return the application, which there is before any widget."""
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


def set_property(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet looks at, and have the widget drawn anew if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def vbox(parent: QWidget | None = None, spacing: int = Space.M, margin: int = 0) -> QVBoxLayout:
    """Return a column."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(margin, margin, margin, margin)
    return layout


def hbox(parent: QWidget | None = None, spacing: int = Space.S, margin: int = 0) -> QHBoxLayout:
    """Return a row."""
    layout = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(margin, margin, margin, margin)
    return layout


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Label(QLabel):
    """Text in one of the type scale's roles; wraps, and can be selected where ``selectable``."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        tone: str = "",
        *,
        wrap: bool = True,
        selectable: bool = False,
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setProperty("role", role)
        if tone:
            self.setProperty("tone", tone)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )

    def set_tone(self, tone: str) -> None:
        """Change the colour by role: "muted", "good", "warning", "bad", "accent", or "" for plain text."""
        set_property(self, "tone", tone)


class Pill(QLabel):
    """A short word on a coloured ground. The word carries the meaning, the colour only repeats it."""

    def __init__(self, text: str = "", tone: str = "muted") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.setProperty("pill", tone)

    def show_state(self, text: str, tone: str) -> None:
        """Change word and tone."""
        self.setText(text)
        set_property(self, "pill", tone)


class Button(QPushButton):
    """A push button of a kind ("plain", "primary", "quiet", "danger", "link"), with an icon by name."""

    def __init__(
        self, text: str = "", kind: str = "plain", on_click: Callable[[], object] | None = None
    ) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())

    def set_icon(self, name: str, colour: str) -> None:
        """Show one of the program's icons before the text."""
        self.setIcon(icon(name, colour, 18))
        self.setIconSize(QSize(18, 18))


class Card(QFrame):
    """A framed group with an optional title. Put things into ``body``."""

    def __init__(self, title: str = "", kind: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", kind)
        self.body = vbox(self, Space.S, Space.L)
        self.title = Label(title, "title")
        self.body.addWidget(self.title)
        self.title.setVisible(bool(title))

    def set_title(self, title: str) -> None:
        """Set or change the title."""
        self.title.setText(title)
        self.title.setVisible(bool(title))

    def set_kind(self, kind: str) -> None:
        """Change the ground: "plain", "sunken", "accent", "good", "warning", "bad"."""
        set_property(self, "card", kind)


class Line(QFrame):
    """A hairline between two groups."""

    def __init__(self, *, vertical: bool = False) -> None:
        super().__init__()
        self.setProperty("line", "true")
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)


class PageHeader(QWidget):
    """A page's title and one sentence, with buttons at the right (``buttons`` is a row)."""

    def __init__(self) -> None:
        super().__init__()
        row = hbox(self, Space.L)
        words = vbox(spacing=Space.XS)
        self.title = Label(role="heading")
        self.subtitle = Label(tone="muted")
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        row.addLayout(words, 1)
        self.buttons = hbox()
        row.addLayout(self.buttons)
        row.setAlignment(self.buttons, Qt.AlignmentFlag.AlignTop)


class Message(QWidget):
    """A centred picture, sentence and way out: what an empty, a loading or a failed page shows."""

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        self._icon_name = icon_name
        column = vbox(self, Space.M, Space.XL)
        column.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.title = Label(role="title")
        self.text = Label(tone="muted")
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setMinimumWidth(360)
        self.action = Button(kind="primary")
        self.action.hide()
        for widget in (self._picture, self.title, self.text):
            column.addWidget(widget)
        column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_message(self, title: str, text: str = "", action: str = "") -> None:
        """Set the words; without ``action`` there is no button."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.action.setText(action)
        self.action.setVisible(bool(action))

    def apply_theme(self, theme: Theme) -> None:
        """Draw the picture in the theme's colour."""
        ratio = self.devicePixelRatioF()
        self._picture.setPixmap(pixmap(self._icon_name, theme.muted, 48, ratio))


class EmptyState(Message):
    """Nothing here yet, and what to do about it."""

    def __init__(self, icon_name: str = "empty") -> None:
        super().__init__(icon_name)


class ErrorState(Message):
    """Something went wrong: what, and a way to go on."""

    def __init__(self, icon_name: str = "warning") -> None:
        super().__init__(icon_name)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )


class Banner(QFrame):
    """One sentence across a page, with an optional action and a way to dismiss it."""

    acted = Signal()
    dismissed = Signal()

    def __init__(self, kind: str = "warning", icon_name: str = "warning") -> None:
        super().__init__()
        self._icon_name = icon_name
        self.setProperty("card", kind)
        row = hbox(self, Space.M, Space.S)
        self._picture = QLabel()
        self.text = Label()
        self.action = Button(kind="link")
        self.action.clicked.connect(self.acted)
        self.close_button = Button(kind="quiet")
        self.close_button.clicked.connect(self.hide)
        self.close_button.clicked.connect(self.dismissed)
        row.addWidget(self._picture)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        self.action.hide()
        self.close_button.hide()

    def show_message(self, text: str, action: str = "", close_name: str = "") -> None:
        """Show a sentence; ``close_name`` is the dismissing button's accessible name, "" leaves it out."""
        self.text.setText(text)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.close_button.setVisible(bool(close_name))
        self.close_button.setAccessibleName(close_name)
        self.close_button.setToolTip(close_name)
        self.show()

    def apply_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        colours = {"warning": theme.warning, "bad": theme.bad, "good": theme.good}
        colour = colours.get(self.property("card"), theme.accent)
        self._picture.setPixmap(pixmap(self._icon_name, colour, 20, self.devicePixelRatioF()))
        self.close_button.set_icon("close", theme.muted)


class ScrollColumn(QScrollArea):
    """A column that scrolls, centred and no wider than reads well. Put things into ``body``."""

    def __init__(self, width: int = CONTENT_WIDTH, margin: int = Space.XL) -> None:
        super().__init__()
        self._width = width
        self._margin = margin
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self._inner.setProperty("ground", "none")
        self.body = vbox(self._inner, Space.L, margin)
        self.setWidget(self._inner)
        # What gets the keyboard's focus must be in view.
        application().focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and self._inner.isAncestorOf(new) and not isinstance(new, QScrollArea):
            self.ensureWidgetVisible(new, Space.L, Space.XL)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = max(self._margin, (self.viewport().width() - self._width) // 2)
        self.body.setContentsMargins(side, self._margin, side, self._margin)


class Facts(QWidget):
    """Names at the left, values at the right; a value that is missing says why, in the muted tone."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(Space.S)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, rows: list[tuple[str, str, bool]]) -> None:
        """Show rows of (name, value, known)."""
        clear(self._grid)
        for number, (name, value, known) in enumerate(rows):
            label = Label(name, tone="muted", wrap=False)
            shown = Label(value, tone="" if known else "muted", selectable=True)
            shown.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, number, 1)


class Disclosure(QWidget):
    """A line that opens to show more. Put things into ``body``."""

    def __init__(self, title: str = "") -> None:
        super().__init__()
        column = vbox(self, Space.S)
        self.button = Button(title, "link")
        self.button.setCheckable(True)
        self._content = QWidget()
        self.body = vbox(self._content, Space.S)
        self._content.hide()
        self.button.toggled.connect(self._content.setVisible)
        column.addWidget(self.button)
        column.addWidget(self._content)
        self.button.toggled.connect(self._show_arrow)
        self._colour = ""

    def apply_theme(self, theme: Theme) -> None:
        """Draw the arrow in the theme's colour."""
        self._colour = theme.accent
        self._show_arrow(self.button.isChecked())

    def _show_arrow(self, opened: bool) -> None:
        if self._colour:
            self.button.set_icon("chevron-down" if opened else "chevron-right", self._colour)


class Choice(QPushButton):
    """A large radio button, or a check box where ``several`` may be chosen: a name and a sentence in plain words."""

    def __init__(self, *, several: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", "choice")
        self.setCheckable(True)
        self.setAutoExclusive(not several)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._column = vbox(self, Space.XS, Space.M)
        self._mark = QFrame()
        self._kind = "check" if several else "radio"
        self.name = Label(role="strong")
        self.sentence = Label(tone="muted")
        for part in (self._mark, self.name, self.sentence):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        head = hbox()
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.name, 1)
        self._column.addLayout(head)
        self._column.addWidget(self.sentence)
        self._column.addStretch(1)
        self.toggled.connect(self._show_mark)
        self._show_mark(False)

    def show_choice(self, name: str, sentence: str, expert: str = "") -> None:
        """Set the words; ``expert`` is the technical term, shown as a tool tip."""
        self.name.setText(name)
        self.sentence.setText(sentence)
        self.setAccessibleName(name)
        self.setAccessibleDescription(" ".join(filter(None, (sentence, expert))))
        self.setToolTip(expert)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        # By now the style sheet has said how large letters are, which the layout may have asked before.
        super().showEvent(event)
        self._column.invalidate()
        self._fit()

    def _show_mark(self, chosen: bool) -> None:
        set_property(self._mark, "mark", f"{self._kind}-{'on' if chosen else 'off'}")

    def _fit(self) -> None:
        # Grids don't ask how tall a button must be for its width, so it says how tall it has to be.
        self.setMinimumHeight(self._column.totalHeightForWidth(max(self.width(), 120)))

    def sizeHint(self) -> QSize:
        return QSize(160, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.minimumHeight())
