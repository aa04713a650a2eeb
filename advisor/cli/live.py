"""A part of the terminal that is drawn again and again, where there is a terminal."""

import time
from types import TracebackType
from typing import Self

from rich.console import RenderableType
from rich.live import Live

from advisor.cli.console import CliContext

REPAINT_S = 0.25


class LiveDisplay:
    """What displays of events share. A context manager; ``live`` is None where lines are printed instead."""

    def __init__(self, door: CliContext) -> None:
        self.live = (
            Live(console=door.err, auto_refresh=False, transient=True) if door.err.is_terminal else None
        )
        self._painted = 0.0

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.live:
            self.live.stop()

    @property
    def is_due(self) -> bool:
        """Whether it was drawn long enough ago."""
        return time.monotonic() - self._painted >= REPAINT_S

    def paint(self, content: RenderableType) -> None:
        """Draw it anew."""
        if self.live:
            self._painted = time.monotonic()
            self.live.update(content, refresh=True)
