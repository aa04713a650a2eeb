"""Decides on other answers off the window's thread: one at a time, and always on the newest."""

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from advisor.assessment.model import Assessment
from advisor.decision.model import Decision, Needs, Priorities, PriorityMode
from advisor.gui.bridge import Jobs

if TYPE_CHECKING:
    from advisor.decision.engine import Model

KEPT = 3
"""Models that are kept: that of the assessment, and of the answers tried last."""


class Decider(QObject):
    """Turns answers into decisions on one assessment's measurements.

    A model takes a tenth of a second to build, and a few milliseconds to decide under other weights, so models are
    kept. While one decision is made, only the newest question waits: a drag over fifty positions never queues up.
    """

    decided = Signal(object, object)  # the needs, and the decision on them
    failed = Signal(object)  # what was raised

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._assessment: Assessment | None = None
        self._models: dict[bytes, Model] = {}
        self._wanted: Needs | None = None
        self._busy = False

    def begin(self, assessment: Assessment, model: "Model") -> None:
        """Decide on an assessment, whose own model is at hand."""
        self._assessment = assessment
        self._models = {_key(assessment.needs): model}
        self._wanted = None

    def forget(self) -> None:
        """Decide on nothing any more."""
        self._assessment, self._models, self._wanted = None, {}, None

    def ask(self, needs: Needs) -> None:
        """Decide on these answers as soon as possible; what was asked before and not begun is left out."""
        self._wanted = needs
        self._next()

    def stop(self) -> None:
        """Decide on nothing more, and wait for what is being decided."""
        self.forget()
        self._jobs.stop()

    def _next(self) -> None:
        assessment, needs = self._assessment, self._wanted
        if self._busy or assessment is None or needs is None:
            return
        self._wanted, self._busy = None, True
        model = self._models.get(_key(needs))
        self._jobs.submit(
            lambda: _decide(assessment, needs, model),
            lambda found: self._on_decided(assessment, needs, *found),
            lambda error: self._on_failed(assessment, error),
        )

    def _on_decided(self, assessment: Assessment, needs: Needs, model: "Model", decision: Decision) -> None:
        self._busy = False
        if assessment is self._assessment:
            own, *tried = {**self._models, _key(needs): model}.items()
            self._models = dict([own, *tried[-KEPT + 1 :]])
            self.decided.emit(needs, decision)
        self._next()

    def _on_failed(self, assessment: Assessment, error: BaseException) -> None:
        self._busy = False
        if assessment is self._assessment:
            self.failed.emit(error)
        self._next()


def _key(needs: Needs) -> bytes:
    """Return what a model stands for: the answers but for stated points, which it takes when it decides."""
    if needs.priorities.mode is PriorityMode.WEIGHTS:
        needs = replace(needs, priorities=Priorities(sureness=needs.priorities.sureness))
    return msgspec.json.encode(needs)


def _decide(assessment: Assessment, needs: Needs, model: "Model | None") -> "tuple[Model, Decision]":
    from advisor.assessment import redeciding
    from advisor.decision.weights import swing_points

    if model is None:
        model = redeciding.model(replace(assessment, needs=needs))
    points = swing_points(needs, model.assessed)
    return model, model.decide({} if points == model.swing_points else points)
