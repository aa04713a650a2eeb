"""What is seen between "Run" and the first sample: what is being set up, what keeps the machine busy."""

from PySide6.QtWidgets import QProgressBar

from advisor.frameworks.catalogue import find
from advisor.gui.app_state import AppState
from advisor.gui.installing import ENDED
from advisor.gui.text import _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Card, Label, hbox
from advisor.gui.wizard.errand import Errand, ErrandStage
from advisor.report import format as fmt
from advisor.report.wording import measurements, names, stages


class PreparingCard(Card):
    """An errand's state, and the two things a user can do about it."""

    def __init__(self, context: AppState, errand: Errand) -> None:
        super().__init__()
        self.setObjectName("preparing")
        self._context, self._errand = context, errand
        self._headline, self._sentence = Label(role="title"), Label(tone="muted")
        self.body.addWidget(self._headline)
        self.body.addWidget(self._sentence)
        line = hbox(spacing=Space.M)
        self._anyway = Button(on_click=errand.go_on)
        self._anyway.setObjectName("measure-anyway")
        self._cancel = Button(kind="danger", on_click=errand.cancel)
        self._cancel.setObjectName("cancel-preparing")
        line.addStretch(1)
        line.addWidget(self._anyway)
        line.addWidget(self._cancel)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.body.addWidget(self._bar)
        self.body.addLayout(line)

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._cancel.set_icon("stop", theme.bad)

    def refresh(self) -> None:
        """Show the errand as it stands."""
        stage = self._errand.stage
        self.setVisible(self._errand.under_way)
        self._anyway.setVisible(stage is ErrandStage.WAITING)
        self._anyway.setText(_("Measure anyway"))
        self._cancel.setText(_("Cancel"))
        self._cancel.setEnabled(not self._context.engine.cancelling)
        self._bar.setAccessibleName(_("Progress of the preparation"))
        self._bar.setRange(0, 0)
        if stage is ErrandStage.INSTALLING:
            self._show_installing()
        elif stage is ErrandStage.WAITING:
            self._headline.setText(_("The machine is not quiet"))
            labels = names.alternative_names(self._context.catalogue)
            said = [
                measurements.warning(each, labels, self._context.language)
                for each in self._errand.disturbances
            ]
            said.append(
                _("Measuring begins by itself as soon as it is quiet. Close what you can do without.")
            )
            self._sentence.setText("\n".join(said))
        else:
            self._headline.setText(_("Looking at the machine…"))
            self._sentence.setText(_("Measuring begins once nothing else keeps it busy."))

    def _show_installing(self) -> None:
        context = self._context
        self._headline.setText(_("Setting up frameworks"))
        under_way = [each for each in context.installer.progress.values() if each.state not in ENDED]
        lines, done, total = [], 0, 0
        for progress in under_way:
            text = stages.installing(progress, context.language)
            if progress.done_bytes and progress.total_bytes:
                text += f", {fmt.size(progress.done_bytes)} / {fmt.size(progress.total_bytes)}"
                done, total = done + progress.done_bytes, total + progress.total_bytes
            lines.append(f"{find(context.catalogue, progress.framework).name}: {text}")
        self._sentence.setText("\n".join(lines))
        if total:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * done / total))
