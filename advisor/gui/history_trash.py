"""Deleted assessments: put aside together, brought back together, deleted again; the banner that offers it."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject

from advisor.assessment.store import Store
from advisor.gui.text import _, ngettext
from advisor.gui.widgets import Banner

Change = Callable[[Callable[[], object], Callable[[object], object]], None]
"""``change(work, done)`` does work in the background, then shows the history anew."""


class Trash(QObject):
    """What was deleted in this window, the last at the end. For good once the window closes."""

    def __init__(self, store: Store, change: Change, parent: QObject) -> None:
        super().__init__(parent)
        self.banner = Banner("accent", "trash")
        self.banner.acted.connect(self.undo)
        self.banner.hide()
        self._store = store
        self._change = change
        self._removed: list[dict[str, str]] = []  # titles by id, of what was deleted together
        self._undone: list[dict[str, str]] = []

    def remove(self, titles: dict[str, str]) -> None:
        """Put assessments aside."""
        self._undone.clear()
        self._remove(titles)

    def undo(self) -> None:
        """Bring back what was deleted last."""
        if self._removed:
            titles = self._removed.pop()
            self._undone.append(titles)
            self._show()
            self._each(titles, self._store.restore, lambda _nothing: None)

    def redo(self) -> None:
        """Delete again what was brought back last."""
        if self._undone:
            self._remove(self._undone.pop())

    def empty(self) -> None:
        """Delete for good, when nobody can undo any more."""
        if self._removed:
            self._store.empty_trash()

    def _remove(self, titles: dict[str, str]) -> None:
        def removed(_nothing: object) -> None:
            self._removed.append(titles)
            self._show()

        self._each(titles, self._store.remove, removed)

    def _each(
        self, keys: Iterable[str], do: Callable[[str], object], done: Callable[[object], object]
    ) -> None:
        self._change(lambda: [do(key) for key in keys], done)

    def _show(self) -> None:
        self.banner.setVisible(bool(self._removed))
        if self._removed:
            titles = self._removed[-1]
            text = (
                _("“{title}” was deleted.", title=next(iter(titles.values())))
                if len(titles) == 1
                else ngettext("{n} assessment was deleted.", "{n} assessments were deleted.", len(titles))
            )
            self.banner.show_message(text, _("Undo"), _("Dismiss"))
