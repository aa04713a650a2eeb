"""The answer, first of all: how firm it is, in a few words, in one sentence, what it rests on, what weakens it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from advisor.decision.model import Decision, Effect, VerdictKind
from advisor.decision.trust import told
from advisor.gui.results.blocks import bullet
from advisor.gui.theme import Space
from advisor.gui.widgets import Card, Label, clear, vbox
from advisor.report import summary
from advisor.report.context import ReportContext
from advisor.report.wording import names, trust, verdict

_TONES = {
    VerdictKind.CLEAR: "good",
    VerdictKind.LEANING: "accent",
    VerdictKind.TOO_CLOSE: "warning",
    VerdictKind.TOO_LITTLE: "muted",
    VerdictKind.NONE: "bad",
}


class VerdictCard(Card):
    """The verdict; ``compact`` sets it smaller, without the doubts that leave the answer as it is."""

    def __init__(self, *, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.kind = Label(role="strong")
        self.headline = Label(role="heading" if compact else "display", selectable=True)
        self.sentence = Label(role="body" if compact else "lead", selectable=True)
        self.decisive = Label(tone="muted", selectable=True)
        self.decisive.hide()
        for widget in (self.kind, self.headline, self.sentence, self.decisive):
            self.body.addWidget(widget)
        self._compact = compact
        self._concerns = vbox(spacing=Space.XS)
        self.body.addLayout(self._concerns)
        self.body.addStretch(1)  # beside a longer verdict the words stay together

    def show_verdict(self, context: ReportContext, decision: Decision | None) -> None:
        """Show a decision's verdict, or that there is none yet."""
        language = context.language
        decisive = verdict.decisive(decision, language) if decision else None
        self.decisive.setText(decisive or "")
        self.decisive.setVisible(bool(decisive))
        concerns = []
        for concern in told(decision.verdict) if decision else ():
            noted = concern.effect is Effect.NOTED
            if not (noted and self._compact):
                said = trust.concern(concern, context.names, language)
                concerns.append((said, "muted" if noted else "warning"))
        self.show_words(
            decision.verdict.kind if decision else None,
            verdict.headline(decision, context.names, language),
            summary.sentence(context, decision),
            language,
            concerns,
        )

    def show_words(
        self,
        kind: VerdictKind | None,
        headline: str,
        sentence: str,
        language: str,
        concerns: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Show a verdict in its words, and doubts with their tones; without a kind there is none yet."""
        tone = _TONES[kind] if kind else "muted"
        self.set_kind(tone if kind else "plain")
        self.kind.setText(names.verdict_kind(kind, language) if kind else "")
        self.kind.setVisible(kind is not None)
        self.kind.set_tone(tone)
        self.headline.setText(headline)
        self.sentence.setText(sentence)
        clear(self._concerns)
        for said, tone in concerns:
            self._concerns.addLayout(bullet(said, tone))
        self.setAccessibleName(headline)
        self.setAccessibleDescription(" ".join((sentence, *(said for said, _ in concerns))))
