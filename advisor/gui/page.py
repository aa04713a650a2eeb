"""What every page of the window is: a widget that can change its language and its theme while it is shown."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from advisor.gui.text import _
from advisor.gui.theme import LIGHT, Theme


class Page(QWidget):
    """A page: fixed texts are bound once with :meth:`bind_text`, changing ones are set in :meth:`refresh`.

    The main window calls :meth:`retranslate` after the language has been chosen and :meth:`apply_theme` when
    light turns dark; a page built later gets both before it is first shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self._bound: list[tuple[Callable[[str], object], str]] = []

    def bind_text(self, setter: Callable[[str], object], message: str) -> None:
        """Set a fixed text now, and again in every language that is chosen later.

        ``message`` is marked with ``N_`` where it is written.
        """
        self._bound.append((setter, message))
        setter(_(message))

    def retranslate(self, language: str) -> None:
        """Say everything in the window's language, which ``language`` names."""
        for setter, message in self._bound:
            setter(_(message))
        self.refresh()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours where the style sheet doesn't reach: icons and plots."""
        self.theme = theme
        self.refresh()

    def dress(self, sheet: str, theme: Theme) -> None:
        """Put on a style sheet and take over a theme's colours; done anew for a page before it is shown."""
        self.setStyleSheet(sheet)
        self.apply_theme(theme)

    def refresh(self) -> None:
        """Set whatever depends on data, language or theme. Called often: must be quick."""


PageT = TypeVar("PageT", bound=Page, covariant=True)


class Place(Generic[PageT]):
    """Where a page belongs in the window. The page is made when it is first gone to, so that starting is quick."""

    def __init__(self, make: Callable[[], PageT], made: Callable[[Page], object]) -> None:
        self._make = make
        self._made = made
        self._page: PageT | None = None

    @property
    def built(self) -> PageT | None:
        """The page, if it has been gone to."""
        return self._page

    @property
    def page(self) -> PageT:
        """The page, made now if it hasn't been."""
        if self._page is None:
            self._page = self._make()
            self._made(self._page)
        return self._page
