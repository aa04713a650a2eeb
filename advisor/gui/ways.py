"""The ways back into an assessment, the same wherever one is shown: on, anew, with other answers, as a copy."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from advisor.assessment.model import Assessment, Status
from advisor.assessment.store import Store, new_id
from advisor.gui.text import N_, _

if TYPE_CHECKING:
    from advisor.gui.main_window import MainWindow


class Way(StrEnum):
    """What can be done with an assessment that is there."""

    OPEN = "open"
    RESUME = "resume"
    RUN_AGAIN = "run-again"
    EDIT = "edit-answers"
    DUPLICATE = "duplicate"


WAYS = {
    Way.OPEN: (N_("Open"), ""),
    Way.RESUME: (N_("Resume"), N_("Go on measuring after the last finished round")),
    Way.RUN_AGAIN: (N_("Run again"), N_("Measure anew with the same answers, as another assessment")),
    Way.EDIT: (N_("Edit answers"), N_("Begin a new assessment from these answers")),
    Way.DUPLICATE: (N_("Duplicate"), N_("Make a copy, with everything that was measured")),
}
"""Each way's name, and what it does."""


def ways(status: Status, *, running: bool = False, here: bool = True) -> tuple[Way, ...]:
    """Return the ways that an assessment's state leaves open.

    Parameters
    ----------
    running : bool
        Whether somebody is running it now.
    here : bool
        Whether it was measured on this machine: only such a run can be gone on with.
    """
    if running:
        return (Way.RUN_AGAIN, Way.EDIT)
    resume = (Way.RESUME,) if status is not Status.COMPLETE and here else ()
    return (*resume, Way.RUN_AGAIN, Way.EDIT, Way.DUPLICATE)


def resumable(status: Status, measured_on: str | None, here: str | None) -> bool:
    """Say whether a run of one processor can be gone on with on another; ``None`` for ours: not known yet."""
    return status is not Status.COMPLETE and here in (None, measured_on)


class WaysMenu(QMenu):
    """The ways as a menu; its actions are named by them."""

    chosen = Signal(str)  # a Way

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)

    def show_ways(self, open_ways: Iterable[Way]) -> None:
        """Offer these."""
        self.clear()
        for way in open_ways:
            name, purpose = WAYS[way]
            action = self.addAction(_(name))
            action.setObjectName(way)
            action.setToolTip(_(purpose) if purpose else "")
            action.triggered.connect(lambda _checked=False, way=way: self.chosen.emit(way))


class WayTaker(QObject):
    """Does what a way says, from any page. Whoever goes elsewhere while a file is read isn't called back."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window

    def take(self, way: str, identity: str) -> None:
        """Take a way with a saved assessment."""
        window, store = self._window, self._window.context.store
        if way == Way.DUPLICATE:
            window.context.jobs.submit(
                lambda: _duplicate(store, identity), self._on_duplicated, window.show_error
            )
        elif way == Way.OPEN:
            window.open_assessment(identity)
        elif not window.tell_if_running():
            window.load(lambda: store.load(identity), lambda assessment: self.take_with(way, assessment))

    def take_with(self, way: str, assessment: Assessment) -> None:
        """Take a way with an assessment that is at hand, saved or not."""
        window = self._window
        if way == Way.DUPLICATE:
            self.take(way, assessment.id)
            return
        if window.tell_if_running():
            return
        wizard = window.wizard.page
        if way == Way.RESUME:
            wizard.resume(assessment)
        else:
            step = "run" if way == Way.RUN_AGAIN else "goal"
            wizard.begin(window.context.drafts.like(assessment, step))
        window.show_page("wizard")

    def _on_duplicated(self, copy: Assessment) -> None:
        self._window.context.refresh_history()
        self._window.tell(_("Saved as “{title}”.", title=copy.title))


def _duplicate(store: Store, identity: str) -> Assessment:
    original = store.load(identity)
    title = _("{title} (copy)", title=original.title or _("Untitled assessment"))
    now = datetime.now(UTC)
    copy = msgspec.structs.replace(
        original, id=new_id(now), title=title, created_at=now.isoformat(timespec="seconds")
    )
    store.save(copy)
    return copy
