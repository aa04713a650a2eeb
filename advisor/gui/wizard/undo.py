"""Undo and redo of the wizard's answers. No Qt here: answers are values, so each state is simply kept."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from advisor.assessment.model import RunOptions
from advisor.decision.model import Needs

MOST = 200
"""States that are kept; one is a few kilobytes."""


class Answers(Struct, frozen=True):
    """Everything that the steps ask for."""

    needs: Needs
    options: RunOptions


class AnswerHistory:
    """The states that the answers went through.

    Letters typed and steps of a slider that follow one another in one place are one change, as in any editor.
    """

    def __init__(self, answers: Answers) -> None:
        self._past: list[Answers] = []
        self._future: list[Answers] = []
        self._now = answers
        self._place: tuple[str, ...] | None = None  # what the last change was about, if it goes on

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._future)

    def take(self, answers: Answers) -> None:
        """Take changed answers into account."""
        if answers == self._now:
            return
        place = _gradual(self._now, answers)
        if place is None or place != self._place or not self._past:
            self._past = [*self._past, self._now][-MOST:]
        self._place, self._now = place, answers
        self._future.clear()

    def pause(self) -> None:
        """Let what comes next be a change of its own: the user went elsewhere."""
        self._place = None

    def undo(self) -> Answers | None:
        """Go back by one change and return the answers, ``None`` where there is none."""
        return self._move(self._past, self._future)

    def redo(self) -> Answers | None:
        """Go forward again by one change."""
        return self._move(self._future, self._past)

    def _move(self, source: list[Answers], other: list[Answers]) -> Answers | None:
        if not source:
            return None
        other.append(self._now)
        self._now = source.pop()
        self._place = None
        return self._now


def _gradual(before: Answers, after: Answers) -> tuple[str, ...] | None:
    """Return the one place where a text or a number changed; ``None`` for a choice, or several at once."""
    places = list(_changes(msgspec.to_builtins(before), msgspec.to_builtins(after), ()))
    if len(places) != 1:
        return None
    place, value = places[0]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return place if number or place[-1] == "title" else None


def _changes(
    before: object, after: object, place: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from _changes(before.get(key), after.get(key), (*place, str(key)))
    elif before != after:
        yield place, after
