"""What a machine with nothing on it is told at the first start: what can be set up, where, and how large it is.

On the page that is shown first, so what it needs of other rooms is imported once there is something to say.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from advisor.gui.app_state import AppState
from advisor.gui.page import Page
from advisor.gui.text import N_, _
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Card, Label, hbox, vbox

if TYPE_CHECKING:
    from advisor.frameworks.model import InstallPlan


class FirstStart(Page):
    """Shown while no framework can be probed. Hidden until that is known."""

    chosen = Signal()  # the user wants to see the frameworks, be it that they are being set up

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        card = Card()
        vbox(self, 0).addWidget(card)
        self.bind_text(card.set_title, N_("First, the frameworks"))
        lead = Label()
        self.bind_text(
            lead.setText,
            N_(
                "There is no framework on this machine yet that could be measured. Each is set up in an "
                "environment of its own, and can be removed with one click."
            ),
        )
        self._plan = Label()
        self._lacking = Label(tone="warning")
        offline = Label(tone="muted")
        self.bind_text(
            offline.setText,
            N_(
                "Setting them up needs a connection, or a mirror that pip or uv knows of. Without one, you can "
                "still answer the questions, read saved assessments and their reports, and add a framework "
                "that is installed elsewhere."
            ),
        )
        self._install = Button(kind="primary", on_click=self._on_install_clicked)
        choose = Button(on_click=self.chosen.emit)
        self.bind_text(choose.setText, N_("Choose which…"))
        actions = hbox(spacing=Space.M)
        actions.addWidget(self._install)
        actions.addWidget(choose)
        actions.addStretch(1)
        for label in (lead, self._plan, self._lacking, offline):
            card.body.addWidget(label)
        card.body.addLayout(actions)
        self.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._install.set_icon("download", theme.on_accent)
        super().apply_theme(theme)

    def refresh(self) -> None:
        """Show what is known by now."""
        context = self._context
        inventory, plans = context.inventory, self._plans()
        installed = [state.installation for state in inventory.states] if inventory else []
        ready = any(each is not None and each.problem is None for each in installed)
        self.setVisible(bool(plans) and inventory is not None and not ready)
        if inventory is None or not plans:
            return
        from advisor.frameworks.catalogue import find
        from advisor.report import format as fmt
        from advisor.report.wording.frameworks import set_up

        self._plan.setText(set_up(plans, inventory.catalogue, context.folder, context.language))
        lacking = [
            _("{framework}: {reason}", framework=find(inventory.catalogue, framework).name, reason=plan)
            for framework, plan in context.plans.items()
            if isinstance(plan, str)
        ]
        self._lacking.setText("\n".join(lacking))
        self._lacking.setVisible(bool(lacking))
        size = sum(plan.requirements.download_bytes or 0 for plan in plans)
        self._install.setText(_("Set up all ({size})", size=fmt.size(size)))
        self._install.setEnabled(not context.engine.busy)

    def _plans(self) -> "tuple[InstallPlan, ...]":
        return tuple(plan for plan in self._context.plans.values() if not isinstance(plan, str))

    def _on_install_clicked(self) -> None:
        self._context.installer.install(self._plans())
        self.chosen.emit()
