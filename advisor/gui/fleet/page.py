"""The page of several machines: from the list to a new fleet, its run, and what came of it."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from advisor.assessment.fleet import Fleet
from advisor.assessment.fleet_state import SharedFleetState
from advisor.gui.app_state import AppState
from advisor.gui.fleet.listing import FleetList
from advisor.gui.fleet.live import FleetLive
from advisor.gui.fleet.order import Order
from advisor.gui.fleet.results import FleetResults
from advisor.gui.fleet.setup import FleetSetup
from advisor.gui.page import Page
from advisor.gui.theme import Theme
from advisor.gui.widgets import vbox

JOB = "fleet"
"""The engine's name for it."""


class FleetPage(Page):
    """Shows one of four views; measuring is the engine's."""

    progressed = Signal()
    finished = Signal()

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self._state = SharedFleetState((), lambda: None)
        self.list, self.setup = FleetList(context), FleetSetup(context)
        self.live, self.results = FleetLive(context), FleetResults(context)
        self.views: tuple[Page, ...] = (self.list, self.setup, self.live, self.results)
        self._stack = QStackedWidget()
        for view in self.views:
            self._stack.addWidget(view)
        vbox(self, 0).addWidget(self._stack)
        self.list.new_requested.connect(lambda: self._set_up(None))
        self.list.opened.connect(self.show_fleet)
        self.setup.started.connect(self.start)
        self.setup.closed.connect(lambda: self._go(self.list))
        self.results.closed.connect(lambda: self._go(self.list))
        self.results.continued.connect(self._set_up)
        self.live.cancelled.connect(self._on_cancelled)
        context.engine.heard.connect(self._on_heard)
        context.engine.ended.connect(self._on_ended)

    @property
    def running(self) -> bool:
        """Whether machines are being measured."""
        return self._context.engine.busy == JOB

    def progress_text(self) -> str:
        """Return how far all machines are."""
        return self.live.progress_text()

    def show_fleet(self, fleet: Fleet) -> None:
        """Show what a fleet came to."""
        self.results.show_fleet(fleet)
        self._go(self.results)

    def start(self, order: Order) -> None:
        """Measure in the engine's thread; hosts are heard in threads of their own."""
        if self._context.engine.busy:
            return
        store, folder = self._context.store, self._context.folder

        def work(emit: Callable[[Any], None], cancel: threading.Event, pause: threading.Event) -> Fleet:
            self._state = state = SharedFleetState(order.waiting, lambda: emit(None))
            return order.carry_out(store, folder, state, cancel)

        self.live.begin(order.before.title if order.before else order.needs.title, order.waiting)
        self._go(self.live)
        self._context.engine.start(JOB, work)

    def retranslate(self, language: str) -> None:
        """Say everything in the window's language."""
        for view in self.views:
            view.retranslate(language)

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        for view in self.views:
            view.apply_theme(theme)

    def _go(self, view: Page) -> None:
        self._stack.setCurrentWidget(self.live if self.running and view is not self.live else view)

    def _set_up(self, before: Fleet | None) -> None:
        self.setup.begin(before)
        self._go(self.setup)

    def _on_cancelled(self) -> None:
        self._context.engine.cancel()
        self.live.take(())

    def _on_heard(self, _events: list[Any]) -> None:
        if self.running:
            self._take()

    def _take(self) -> None:
        self.live.take(self._state.take())
        self.progressed.emit()

    def _on_ended(self, name: str, result: Any, error: BaseException | None) -> None:
        if name != JOB:
            return
        self._take()
        if isinstance(result, Fleet):
            self.show_fleet(result)
            self.finished.emit()
        elif error is not None:
            self._go(self.setup)
            self.setup.tell(error)
