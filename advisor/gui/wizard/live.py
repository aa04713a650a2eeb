"""One line of the run page: a subject, its stage, and a bar whose interval tightens while samples come in."""

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from advisor.assessment.run_state import LiveFigure, Row
from advisor.gui.text import _, ngettext
from advisor.gui.theme import LIGHT, Space, Theme
from advisor.gui.widgets import Disclosure, Label, Pill, hbox, vbox
from advisor.probes.model import Quantity, Stage
from advisor.report import format as fmt
from advisor.report.wording import measurements, names, stages

TONES = {
    Stage.WAITING: "muted",
    Stage.DONE: "good",
    Stage.FAILED: "bad",
    Stage.SAMPLING: "accent",
}


NAME_WIDTH = 150
VALUE_WIDTH = 84


class IntervalBar(QWidget):
    """A median as a bar from zero, its interval as a whisker. All bars of a page share one scale."""

    HEIGHT = 22

    def __init__(self) -> None:
        super().__init__()
        self._figure: LiveFigure | None = None
        self._longest_s = 0.0
        self._colour = QColor()
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figure(self, figure: LiveFigure | None, longest_s: float) -> None:
        """Show a figure on a scale from 0 to ``longest_s``; drawn anew only if something changed."""
        if (figure, longest_s) != (self._figure, self._longest_s):
            self._figure, self._longest_s = figure, longest_s
            self.update()

    def apply_theme(self, theme: Theme, colour: str) -> None:
        """Take over colours; ``colour`` is the framework's own."""
        self._theme, self._colour = theme, QColor(colour)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, thickness = self.height() / 2, 10.0
        track = QRectF(0, middle - thickness / 2, self.width(), thickness)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.sunken))
        painter.drawRoundedRect(track, 3, 3)
        figure = self._figure
        if figure is not None and self._longest_s > 0:
            scale = (self.width() - 2) / self._longest_s
            painter.setBrush(self._colour)
            painter.drawRoundedRect(QRectF(0, track.top(), figure.median_s * scale, thickness), 3, 3)
            pen = QPen(QColor(self._theme.text), 1.6)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            low, high = figure.low_s * scale, min(figure.high_s * scale, self.width() - 1.0)
            painter.drawLine(QLineF(low, middle, high, middle))
            for end in (low, high):
                painter.drawLine(QLineF(end, middle - 7, end, middle + 7))
        painter.end()


class RunRow(QWidget):
    """A subject's line."""

    def __init__(self, row: Row, name: str) -> None:
        super().__init__()
        self._row = row
        self._name = name
        self._theme = LIGHT
        column = vbox(self, 0)
        column.setContentsMargins(0, Space.S, 0, Space.S)
        line = hbox(spacing=Space.M)
        words = vbox(spacing=0)
        self._title = Label(role="strong", wrap=False)
        self._way = Label(role="caption", tone="muted", wrap=False)
        words.addWidget(self._title)
        words.addWidget(self._way)
        words.addStretch(1)
        self._title.setFixedHeight(IntervalBar.HEIGHT)
        holder = QWidget()
        holder.setLayout(words)
        holder.setFixedWidth(NAME_WIDTH)
        line.addWidget(holder)
        middle = vbox(spacing=2)
        self._bar = IntervalBar()
        middle.addWidget(self._bar)
        below = hbox(spacing=Space.S)
        self._stage = Pill()
        self._samples = Label(role="caption", tone="muted", wrap=False)
        below.addWidget(self._stage)
        below.addWidget(self._samples)
        below.addStretch(1)
        middle.addLayout(below)
        self._failure = Label(tone="bad")
        self._failure.hide()
        middle.addWidget(self._failure)
        line.addLayout(middle, 1)
        self._value = Label(role="strong", wrap=False)
        self._value.setFixedWidth(VALUE_WIDTH)
        self._value.setFixedHeight(IntervalBar.HEIGHT)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._value, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(line)
        self._last_words = Disclosure()
        self._stderr = QPlainTextEdit()
        self._stderr.setReadOnly(True)
        self._stderr.setMinimumHeight(120)
        self._last_words.body.addWidget(self._stderr)
        self._last_words.hide()
        column.addWidget(self._last_words)

    def apply_theme(self, theme: Theme, colour: str) -> None:
        """Take over colours."""
        self._theme = theme
        self._bar.apply_theme(theme, colour)
        self._last_words.apply_theme(theme)

    def show_row(self, quantity: Quantity, longest_s: float, language: str) -> None:
        """Show what is known by now of one quantity."""
        row = self._row
        figure = row.figures.get(quantity)
        way = names.configuration(row.subject.configuration, language)
        device = names.device(row.subject.device, language)
        _set(self._title, self._name)
        _set(self._way, f"{way} · {device}")
        self._bar.show_figure(figure, longest_s)
        _set(self._value, fmt.duration(figure.median_s, language) if figure else "")
        _set(self._samples, ngettext("{n} sample", "{n} samples", figure.count) if figure else "")
        word = stages.stage(row.stage, language)
        tone = TONES.get(row.stage, "accent")
        if row.stage is Stage.FAILED and row.outcome is not None:
            word = names.outcome(row.outcome, language)
        if word != self._stage.text():
            self._stage.show_state(word, tone)
        spoken = ", ".join(filter(None, (self._name, way, word, self._value.text())))
        if spoken != self.accessibleName():
            self.setAccessibleName(spoken)
            self._bar.setAccessibleName(spoken)
        self._show_failure(language)

    def _show_failure(self, language: str) -> None:
        failed = self._row.stage is Stage.FAILED
        reason = measurements.reason(self._row.reason, language) if failed else ""
        _set(self._failure, measurements.shortened(reason))
        self._failure.setVisible(bool(reason))
        tail = (self._row.stderr_tail or "").strip() if failed else ""
        self._last_words.setVisible(bool(tail))
        if tail and tail != self._stderr.toPlainText():
            self._last_words.button.setText(_("What the framework said last"))
            self._stderr.setAccessibleName(_("Last words of {framework}", framework=self._name))
            self._stderr.setPlainText(tail)


def _set(widget: Label, text: str) -> None:
    """Set a text only if it is another, so that nothing is laid out anew in vain."""
    if widget.text() != text:
        widget.setText(text)
