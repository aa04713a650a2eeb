"""The answer to a what-if: verdict, what changed against the answer as saved, and the charts."""

from msgspec.structs import replace

from advisor.decision.model import Decision, Needs
from advisor.gui.results import decision_charts
from advisor.gui.results.tab import Tab
from advisor.gui.results.verdict_card import VerdictCard
from advisor.gui.text import _
from advisor.gui.widgets import Card, Label
from advisor.report import ranking
from advisor.report.comparison import Pair, answer_sentences, effects
from advisor.report.context import ReportContext
from advisor.report.model import Chart


class Answer(Tab):
    """What the answers that are tried come to."""

    def __init__(self) -> None:
        super().__init__()
        self.verdict = VerdictCard(compact=True)
        self.verdict.setObjectName("what-if-verdict")
        self._changes = Card()
        self._changes.setObjectName("what-if-changes")
        self.effects, self.answers = (
            Label(selectable=True),
            Label(tone="muted", role="caption", selectable=True),
        )
        self.effects.setObjectName("what-if-effects")
        self.answers.setObjectName("what-if-answers")
        self._changes.body.addWidget(self.effects)
        self._changes.body.addWidget(self.answers)
        self.body.addWidget(self.verdict)
        self.body.addWidget(self._changes)
        self.values, self.acceptability, self.stability = (self.chart_view() for _number in range(3))
        self._cards = []
        for view in (self.values, self.acceptability, self.stability):
            card = Card()
            card.body.addWidget(view)
            self.body.addWidget(card)
            self._cards.append(card)
        self.body.addStretch(1)

    def retranslate(self) -> None:
        """Say fixed texts in the window's language."""
        for view in (self.values, self.acceptability, self.stability):
            view.retranslate()

    def show_decision(self, context: ReportContext, needs: Needs, decision: Decision) -> None:
        """Show a decision beside the one that is saved.

        Parameters
        ----------
        context : ReportContext
            The assessment as saved.
        needs : Needs
            The answers that are tried.
        decision : Decision
            What they come to.
        """
        tried = replace(context.assessment, needs=needs, decision=decision)
        pair = Pair(context.assessment, tried, context.language)
        self.verdict.show_verdict(context, decision)
        asked = answer_sentences(pair)
        self._changes.set_title(_("Against the answer as saved"))
        done = effects(pair) or [
            _("Nothing moves: same verdict, same order.") if asked else _("This is the answer as saved.")
        ]
        self.effects.setText("\n".join(done))
        self.answers.setText(" · ".join(asked))
        self.answers.setVisible(bool(asked))
        self.values.show_chart(decision_charts.values(context, decision))
        ranks = _acceptability(pair.after)
        for card in self._cards[1:]:  # without a ranking, no rank can be sure or stable
            card.setVisible(ranks is not None)
        if ranks is not None:
            self.acceptability.show_chart(ranks)
            self.stability.show_chart(decision_charts.stability(context, decision))


def _acceptability(context: ReportContext) -> Chart | None:
    """Return the report's chart of ranks for a decision that isn't the assessment's own, if it ranks."""
    section = ranking.acceptability_section(context)
    return next((block for block in section.blocks if isinstance(block, Chart)), None) if section else None
