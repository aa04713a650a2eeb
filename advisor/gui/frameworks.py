"""The frameworks page: what was found where, and setting up what is missing."""

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QMessageBox, QWidget

from advisor.frameworks.catalogue import find
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.dialogs import choose_existing
from advisor.gui.framework_card import FrameworkCard
from advisor.gui.page import Page
from advisor.gui.text import N_, _
from advisor.gui.theme import Theme
from advisor.gui.widgets import Banner, Button, Card, Label, PageHeader, ScrollColumn, clear, hbox, vbox


class FrameworksPage(Page):
    """A card per framework, and the interpreters that the user added."""

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        outer = vbox(self, 0)
        column = ScrollColumn()
        outer.addWidget(column)
        header = PageHeader()
        self.bind_text(header.title.setText, N_("Frameworks"))
        self.bind_text(
            header.subtitle.setText,
            N_(
                "What was found on this machine. What is missing can be set up in an environment of its own; "
                "nothing is downloaded before you click, and your own environments are never touched."
            ),
        )
        self._again = Button(on_click=context.look)
        self.bind_text(self._again.setText, N_("Look again"))
        header.buttons.addWidget(self._again)
        column.body.addWidget(header)
        self._banner = Banner("bad")
        self._banner.hide()
        column.body.addWidget(self._banner)
        self._cards = {}
        for framework in context.catalogue:
            card = FrameworkCard(context, framework)
            card.removed.connect(self._ask_to_remove)
            column.body.addWidget(card)
            self._cards[framework.id] = card
        column.body.addWidget(self._build_interpreters())
        column.body.addStretch(1)
        context.installer.changed.connect(lambda framework: self._cards[framework].show_progress())
        for signal in (
            context.inventory_taken,
            context.engine.started,
            context.engine.ended,
            context.settings_changed,
        ):
            signal.connect(self.refresh)

    def _build_interpreters(self) -> QWidget:
        card = Card()
        self.bind_text(card.set_title, N_("Interpreters that you added"))
        text = Label(tone="muted")
        self.bind_text(
            text.setText,
            N_(
                "Python interpreters on the search path, virtual environments and conda, uv and pyenv "
                "environments are found by themselves. Add others here."
            ),
        )
        card.body.addWidget(text)
        self._interpreters = vbox(spacing=0)
        card.body.addLayout(self._interpreters)
        add = Button(on_click=self._choose_interpreter)
        self.bind_text(add.setText, N_("Add an interpreter…"))
        card.body.addWidget(add)
        return card

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._again.set_icon("refresh", theme.text)
        self._banner.apply_theme(theme)
        for card in self._cards.values():
            card.apply_theme(theme)
        super().apply_theme(theme)

    def refresh(self, *_ignored: object) -> None:
        """Show what is known by now."""
        context = self._context
        self._again.setEnabled(not context.taking_inventory and not context.engine.busy)
        for card in self._cards.values():
            card.refresh()
        if context.inventory is None and context.inventory_error:
            self._banner.show_message(context.inventory_error)
        clear(self._interpreters)
        for path in context.settings.interpreters:
            row = QWidget()
            line = hbox(row)
            line.addWidget(Label(path, selectable=True), 1)
            forget = Button(_("Forget"), on_click=partial(self._forget, path))
            forget.setAccessibleName(_("Forget {path}", path=path))
            line.addWidget(forget)
            self._interpreters.addWidget(row)

    def add_interpreter(self, path: Path) -> None:
        """Add an interpreter, or an environment's folder, to where frameworks are looked for."""

        def work() -> str:
            from advisor.errors import AdvisorError
            from advisor.frameworks import interpreters

            interpreter = str(interpreters.named(path))
            if interpreters.inspect(interpreter) is None:
                raise AdvisorError(
                    f"{path} is no working Python interpreter.",
                    "Choose a python program, or one in an environment.",
                )
            return interpreter

        def added(interpreter: str) -> None:
            known = dict.fromkeys([*self._context.settings.interpreters, interpreter])
            self._context.change_settings(interpreters=tuple(known))
            self._context.look()

        self._context.jobs.submit(work, added, self._tell)

    def _choose_interpreter(self) -> None:
        choose_existing(self, _("Choose a Python interpreter"), self.add_interpreter)

    def _forget(self, path: str) -> None:
        kept = tuple(each for each in self._context.settings.interpreters if each != path)
        self._context.change_settings(interpreters=kept)
        self._context.look()

    def _tell(self, error: BaseException) -> None:
        self._banner.show_message(explain(error), close_name=_("Dismiss"))

    def _ask_to_remove(self, framework: str) -> None:
        name = find(self._context.catalogue, framework).name
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(_("Remove the environment of {framework}?", framework=name))
        box.setInformativeText(_("It can be set up again, which downloads it again."))
        remove = box.addButton(_("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(_("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        remove.clicked.connect(lambda: self._remove(framework))
        box.finished.connect(box.deleteLater)
        box.open()

    def _remove(self, framework: str) -> None:
        folder = self._context.folder

        def work(emit: Any, cancel: Any, pause: Any) -> None:
            from advisor.frameworks.environments import Environments

            Environments(folder).remove(framework)

        self._context.engine.ended.connect(self._on_removed)
        self._context.engine.start("remove", work)

    def _on_removed(self, _name: str, _result: Any, error: BaseException | None) -> None:
        self._context.engine.ended.disconnect(self._on_removed)
        if error is not None:
            self._tell(error)
        self._context.look()
