"""The answer, first of all: how firm it is, in a few words, in one sentence, and what it rests on."""

from PySide6.QtWidgets import QWidget

from advisor.decision.model import Decision, VerdictKind
from advisor.gui.widgets import Card, Label
from advisor.report import summary
from advisor.report.context import ReportContext
from advisor.report.wording import names, verdict

_TONES = {
    VerdictKind.CLEAR: "good",
    VerdictKind.LEANING: "accent",
    VerdictKind.TOO_CLOSE: "warning",
    VerdictKind.TOO_LITTLE: "muted",
    VerdictKind.NONE: "bad",
}


class VerdictCard(Card):
    """The verdict; ``compact`` sets it smaller."""

    def __init__(self, *, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.kind = Label(role="strong")
        self.headline = Label(role="heading" if compact else "display", selectable=True)
        self.sentence = Label(role="body" if compact else "lead", selectable=True)
        self.decisive = Label(tone="muted", selectable=True)
        self.decisive.hide()
        for widget in (self.kind, self.headline, self.sentence, self.decisive):
            self.body.addWidget(widget)
        self.body.addStretch(1)  # beside a longer verdict the words stay together

    def show_verdict(self, context: ReportContext, decision: Decision | None) -> None:
        """Show a decision's verdict, or that there is none yet."""
        language = context.language
        decisive = verdict.decisive(decision, language) if decision else None
        self.decisive.setText(decisive or "")
        self.decisive.setVisible(bool(decisive))
        self.show_words(
            decision.verdict.kind if decision else None,
            verdict.headline(decision, context.names, language),
            summary.sentence(context, decision),
            language,
        )

    def show_words(self, kind: VerdictKind | None, headline: str, sentence: str, language: str) -> None:
        """Show a verdict in its words; without a kind there is none yet."""
        tone = _TONES[kind] if kind else "muted"
        self.set_kind(tone if kind else "plain")
        self.kind.setText(names.verdict_kind(kind, language) if kind else "")
        self.kind.setVisible(kind is not None)
        self.kind.set_tone(tone)
        self.headline.setText(headline)
        self.sentence.setText(sentence)
        self.setAccessibleName(headline)
        self.setAccessibleDescription(sentence)
