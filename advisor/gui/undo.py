"""Undo and redo of answers. No Qt here: answers are values, so each state is simply kept."""

from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from advisor.assessment.model import RunOptions
from advisor.decision.differences import changed_fields
from advisor.decision.model import Needs

MOST = 200
"""States that are kept; one is a few kilobytes."""


class Answers(Struct, frozen=True):
    """Everything that the wizard's steps ask for."""

    needs: Needs
    options: RunOptions


State = TypeVar("State", bound=Struct)


class AnswerHistory(Generic[State]):
    """The states that answers went through.

    Letters typed and steps of a slider that follow one another in one place are one change, as in any editor.
    """

    def __init__(self, state: State) -> None:
        self._past: list[State] = []
        self._future: list[State] = []
        self._now = state
        self._place: tuple[str, ...] | None = None  # what the last change was about, if it goes on

    @property
    def now(self) -> State:
        """The state as it is."""
        return self._now

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._future)

    def take(self, state: State) -> None:
        """Take a changed state into account."""
        if state == self._now:
            return
        place = _gradual(self._now, state)
        if place is None or place != self._place or not self._past:
            self._past = [*self._past, self._now][-MOST:]
        self._place, self._now = place, state
        self._future.clear()

    def pause(self) -> None:
        """Let what comes next be a change of its own: the user went elsewhere."""
        self._place = None

    def undo(self) -> State | None:
        """Go back by one change and return the state, ``None`` where there is none."""
        return self._move(self._past, self._future)

    def redo(self) -> State | None:
        """Go forward again by one change."""
        return self._move(self._future, self._past)

    def _move(self, source: list[State], other: list[State]) -> State | None:
        if not source:
            return None
        other.append(self._now)
        self._now = source.pop()
        self._place = None
        return self._now


def _gradual(before: Struct, after: Struct) -> tuple[str, ...] | None:
    """Return the one place where a text or a number changed; ``None`` for a choice, or several at once."""
    changes = list(changed_fields(msgspec.to_builtins(before), msgspec.to_builtins(after)))
    if len(changes) != 1:
        return None
    place, _old, value = changes[0]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return place if number or place[-1] == "title" else None
