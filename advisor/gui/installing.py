"""Setting up managed environments from the window: what is under way, what it said, how it ended."""

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from advisor.frameworks.model import InstallProgress, InstallState
from advisor.gui.bridge import Engine, explain

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.frameworks.model import InstallPlan

LOG_LINES = 500
ENDED = (InstallState.DONE, InstallState.FAILED, InstallState.CANCELLED)


class Installer(QObject):
    """Runs installations in the engine's thread, and remembers the newest of each framework."""

    changed = Signal(str)  # a framework's progress
    installed = Signal()  # something was set up or removed: inventory anew

    def __init__(self, folder: "Path", engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._engine = engine
        self.progress: dict[str, InstallProgress] = {}
        self.logs: dict[str, deque[str]] = {}
        engine.heard.connect(self._on_heard)
        engine.ended.connect(self._on_ended)

    def under_way(self, framework: str) -> bool:
        """Whether a framework is being installed now."""
        progress = self.progress.get(framework)
        return progress is not None and progress.state not in ENDED

    def install(self, plans: "tuple[InstallPlan, ...]") -> None:
        """Set up environments. Only ever called because the user clicked on it."""
        folder = self._folder
        for plan in plans:
            self.logs[plan.framework] = deque(maxlen=LOG_LINES)
            self._take(InstallProgress(plan.framework, InstallState.RESOLVING))

        def work(emit: Callable[[Any], None], cancel: threading.Event, pause: threading.Event) -> Any:
            from advisor.assessment.journal import Journal
            from advisor.assessment.pipeline import install
            from advisor.frameworks.environments import Environments

            return install(plans, Environments(folder), Journal(emit), cancel)

        self._engine.start("install", work)

    def cancel(self) -> None:
        """Stop what is under way; nothing of it is left."""
        if self._engine.busy == "install":
            self._engine.cancel()

    def _take(self, progress: InstallProgress) -> None:
        self.progress[progress.framework] = progress
        if progress.line:
            self.logs.setdefault(progress.framework, deque(maxlen=LOG_LINES)).append(progress.line)

    def _on_heard(self, events: list[Any]) -> None:
        touched = {}
        for event in events:
            if isinstance(event, InstallProgress):
                self._take(event)
                touched[event.framework] = True
        for framework in touched:
            self.changed.emit(framework)

    def _on_ended(self, name: str, result: Any, error: BaseException | None) -> None:
        if name != "install":
            return
        for framework in [each for each in self.progress if self.under_way(each)]:
            state = InstallState.FAILED if error is not None else InstallState.CANCELLED
            reason = explain(error) if error is not None else None
            self._take(InstallProgress(framework, state, reason=reason))
            self.changed.emit(framework)
        self.installed.emit()
