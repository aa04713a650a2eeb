"""The machine page: what this computer is, what may be used of it, and how fast its parts are."""

from typing import Any

from PySide6.QtWidgets import QWidget

from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.page import Page
from advisor.gui.text import N_, _
from advisor.gui.theme import Theme
from advisor.gui.turn import Turn, in_turn
from advisor.gui.widgets import Button, Card, ErrorState, Facts, Label, PageHeader, ScrollColumn, vbox
from advisor.report.wording import machine as wording

_TRIES = 3  # of each measurement, where other programs disturb it


class MachinePage(Page):
    """Hardware as detected; a fact that couldn't be read says why. Speeds are measured on request."""

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self._calibration_error: str | None = None
        self._waiting = False  # for another benchmark on this host
        outer = vbox(self, 0)
        column = ScrollColumn()
        outer.addWidget(column)
        header = PageHeader()
        self.bind_text(header.title.setText, N_("This machine"))
        self.bind_text(
            header.subtitle.setText,
            N_("What was detected here. Nothing of it leaves this computer unless you export a report."),
        )
        self._again = Button(on_click=lambda: context.look(again=True))
        self.bind_text(self._again.setText, N_("Detect again"))
        header.buttons.addWidget(self._again)
        column.body.addWidget(header)
        self._error = ErrorState()
        self._error.action.clicked.connect(lambda: context.look(again=True))
        column.body.addWidget(self._error)
        self._hardware = Card()
        self.bind_text(self._hardware.set_title, N_("Hardware"))
        self._facts = Facts()
        self._hardware.body.addWidget(self._facts)
        column.body.addWidget(self._hardware)
        column.body.addWidget(self._build_speeds())
        column.body.addStretch(1)
        context.engine.heard.connect(self._on_heard)
        context.engine.ended.connect(self._on_engine_ended)
        context.engine.started.connect(self.refresh)
        context.inventory_taken.connect(self.refresh)

    def _build_speeds(self) -> QWidget:
        self._speeds = Card()
        self.bind_text(self._speeds.set_title, N_("Measured speeds"))
        text = Label(tone="muted")
        self.bind_text(
            text.setText,
            N_(
                "How fast memory, arithmetic and storage are here, as measured in about ten seconds. Every "
                "assessment measures this anew; it shows how much of the machine a framework uses."
            ),
        )
        self._speeds.body.addWidget(text)
        self._peaks = Facts()
        self._speeds.body.addWidget(self._peaks)
        self._state = Label()
        self._speeds.body.addWidget(self._state)
        self._measure = Button(on_click=self._start_measuring)
        self._measure.setObjectName("measure-speeds")
        self._speeds.body.addWidget(self._measure)
        return self._speeds

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._error.apply_theme(theme)
        self._again.set_icon("refresh", theme.text)
        super().apply_theme(theme)

    def refresh(self, *_ignored: object) -> None:
        """Show what is known by now."""
        context, language = self._context, self._context.language
        inventory = context.inventory
        self._again.setEnabled(not context.taking_inventory and not context.engine.busy)
        looked = inventory is None and not context.taking_inventory
        error = context.inventory_error if looked else None
        self._error.setVisible(error is not None)
        if error is not None:
            self._error.show_message(_("The machine could not be read"), error, _("Try again"))
        self._hardware.setVisible(error is None)
        self._speeds.setVisible(inventory is not None)
        if inventory is None:
            self._facts.show_facts([(_("Hardware"), _("Looking…"), False)])
            return
        unknown = _("not known")
        rows = [
            (name, value, not value.startswith(unknown))
            for name, value in wording.facts(inventory.machine, language)
        ]
        self._facts.show_facts(rows)
        self._show_speeds(language)

    def _show_speeds(self, language: str) -> None:
        busy = self._context.engine.busy
        calibration = self._context.calibration
        peaks = wording.peaks(calibration, language)
        self._peaks.setVisible(bool(peaks))
        self._peaks.show_facts([(each.label, f"{each.best}   ({each.readings})", True) for each in peaks])
        measuring = busy == "calibrate"
        self._measure.setEnabled(not busy or measuring)
        self._measure.setText(
            _("Cancel") if measuring else _("Measure again") if peaks else _("Measure speeds")
        )
        if measuring:
            self._state.setText(
                _("Another benchmark is running on this host; waiting for it to end.")
                if self._waiting
                else _("Measuring…")
            )
            self._state.set_tone("muted")
        elif self._calibration_error:
            self._state.setText(self._calibration_error)
            self._state.set_tone("bad")
        elif busy:
            self._state.setText(_("Available once nothing else is running."))
            self._state.set_tone("muted")
        warning = wording.busy_warning(calibration, language)
        quiet = not busy and not self._calibration_error
        if quiet and warning:
            self._state.setText(warning)
            self._state.set_tone("warning")
        self._state.setVisible(not quiet or warning is not None)

    def _start_measuring(self) -> None:
        engine = self._context.engine
        if engine.busy == "calibrate":
            engine.cancel()
            return
        inventory, folder = self._context.inventory, self._context.folder
        if inventory is None:
            return
        machine = inventory.machine
        self._calibration_error = None

        def work(emit: Any, cancel: Any, pause: Any) -> Any:
            from advisor.hardware.calibration import calibrate

            result = calibrate(machine, folder, cancel=cancel, tries=_TRIES)
            return None if cancel.is_set() else result

        self._waiting = False
        engine.start("calibrate", in_turn(work))

    def _on_heard(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, Turn):
                self._waiting = event.waiting
                self.refresh()

    def _on_engine_ended(self, name: str, result: Any, error: BaseException | None) -> None:
        if name == "calibrate":
            if error is not None:
                self._calibration_error = explain(error)
            elif result is not None:
                self._context.calibration = result
        self.refresh()
