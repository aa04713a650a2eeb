"""What comes between "Run" and the first sample: setting up what is missing, looking again, waiting for quiet."""

from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from advisor.frameworks.model import InstallPlan, InstallState
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.probes.model import ProbeWarning, WarningCode

LOOK_AGAIN_MS = 2000

PASSING = frozenset({WarningCode.LOAD, WarningCode.STEAL})
"""Disturbances that may go away by waiting; a battery or a governor won't, and is warned of instead."""


class ErrandStage(StrEnum):
    """Where an errand is."""

    IDLE = "idle"
    INSTALLING = "installing"
    LOOKING = "looking"  # at the machine, or whether it is quiet
    WAITING = "waiting"  # for other programs


class Errand(QObject):
    """One way from the click to a machine that can be measured; never more than one at a time."""

    changed = Signal()
    ready = Signal()
    failed = Signal(str)  # why nothing can be measured

    def __init__(self, context: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage = ErrandStage.IDLE
        self.disturbances: tuple[ProbeWarning, ...] = ()
        self._context = context
        self._plans: tuple[InstallPlan, ...] = ()
        self._number = 0  # of the errand, so that answers to an earlier one are told apart
        self._asked = 0  # the errand for which is being found out whether it is quiet
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(LOOK_AGAIN_MS)
        self._again.timeout.connect(self._advance)
        context.engine.ended.connect(self._advance)
        context.inventory_taken.connect(self._advance)

    @property
    def under_way(self) -> bool:
        """Whether there is something left to do before measuring."""
        return self.stage is not ErrandStage.IDLE

    def begin(self, plans: tuple[InstallPlan, ...]) -> None:
        """Set up what the plans say, then wait until the machine is quiet; ``ready`` says when."""
        self._number += 1
        self._plans, self.disturbances = plans, ()
        self.stage = ErrandStage.LOOKING
        self._advance()

    def go_on(self) -> None:
        """Measure although the machine isn't quiet: the user knows."""
        if self.stage is ErrandStage.WAITING:
            self._end()
            self.ready.emit()

    def cancel(self) -> None:
        """Stop; what is half set up is taken away again."""
        if self.under_way:
            self._end()
            self._context.installer.cancel()

    def _end(self) -> None:
        self._number += 1
        self._again.stop()
        self._plans = ()
        self._show(ErrandStage.IDLE)

    def _show(self, stage: ErrandStage) -> None:
        self.stage = stage
        self.changed.emit()

    def _advance(self, *_ignored: object) -> None:
        context = self._context
        if not self.under_way or self._again.isActive():
            return
        if context.engine.busy:
            self._show(ErrandStage.INSTALLING)
        elif context.taking_inventory:
            self._show(ErrandStage.LOOKING)
        elif context.inventory is None:
            self._end()
            self.failed.emit(context.inventory_error or "")
        elif self._plans:
            plans, self._plans = self._plans, ()
            context.installer.install(plans)
            self._show(ErrandStage.INSTALLING)
        elif self._asked != self._number:
            self._look_whether_it_is_quiet()

    def _look_whether_it_is_quiet(self) -> None:
        if self.stage is ErrandStage.INSTALLING:
            self._show(ErrandStage.LOOKING)
        self._asked = number = self._number

        def looked(warnings: tuple[ProbeWarning, ...]) -> None:
            if number == self._number:
                self._on_looked(warnings)

        def could_not(error: BaseException) -> None:
            explain(error)  # keeps it in the log; what can't be told must not keep anybody from measuring
            looked(())

        self._context.jobs.submit(_warnings_now, looked, could_not)

    def _on_looked(self, warnings: tuple[ProbeWarning, ...]) -> None:
        self._asked = 0
        self.disturbances = tuple(each for each in warnings if each.code in PASSING)
        if not self.disturbances:
            self._end()
            self.ready.emit()
            return
        self._show(ErrandStage.WAITING)
        self._again.start()


def failures(context: AppState) -> str:
    """Return why frameworks could not be set up, a line each."""
    lines = [
        f"{progress.framework}: {progress.reason}"
        for progress in context.installer.progress.values()
        if progress.state is InstallState.FAILED and progress.reason
    ]
    return "\n".join(lines)


def _warnings_now() -> tuple[ProbeWarning, ...]:
    from advisor.probes import preflight

    return preflight.warnings_now()
