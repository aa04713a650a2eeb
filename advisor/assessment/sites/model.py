"""A job, what is heard of it, and how it ended: structs that travel. Nothing here knows how a host is reached."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol

import msgspec
from msgspec import Struct

from advisor.assessment.model import Assessment, RunOptions, Status
from advisor.assessment.pipeline import PhaseStarted, WorkloadStarted
from advisor.decision.model import Needs
from advisor.frameworks.model import InstallProgress
from advisor.probes.model import (
    Eta,
    LearningProgress,
    Provisional,
    SampleTaken,
    SearchProgress,
    StageChanged,
    Warned,
)

WORK = ("fleet", "work")
"""The command that does a job: one line of JSON on its standard input, events on its standard output."""


class Job(Struct, frozen=True):
    """One assessment to make on a host. Begun anew or gone on with by its ``id``: a job may be sent twice."""

    id: str
    needs: Needs
    options: RunOptions = RunOptions()
    install: bool = False  # set up frameworks that are missing there


class Waiting(Struct, frozen=True, tag="waiting"):
    """Another benchmark runs on the host; this one's turn is waited for."""


class Kept(Struct, frozen=True, tag="kept"):
    """The assessment is on the host's disk, complete up to here."""

    id: str
    status: Status


class Finished(Struct, frozen=True, tag="finished"):
    """The whole assessment, as its document: of this format or an older one."""

    assessment: msgspec.Raw


WireEvent = (
    Waiting
    | Kept
    | Finished
    | PhaseStarted
    | WorkloadStarted
    | InstallProgress
    | StageChanged
    | SampleTaken
    | Eta
    | Provisional
    | SearchProgress
    | LearningProgress
    | Warned
)
Hear = Callable[[WireEvent], None]


class Way(StrEnum):
    """What reaches a host. Others, which have a scheduler, are reached again by naming it again."""

    HERE = "here"
    SSH = "ssh"


class HostOutcome(StrEnum):
    """How a host's part ended."""

    DONE = "done"
    CANCELLED = "cancelled"  # stopped by the user
    FAILED = "failed"  # the program there said why
    UNREACHABLE = "unreachable"  # it never answered
    LOST = "lost"  # the connection, or the process there, ended in the middle


class Ended(Struct, frozen=True):
    """How one attempt ended; ``reason`` is the host's own words, untranslated."""

    outcome: HostOutcome
    reason: str = ""
    assessment: Assessment | None = None


class Stop:
    """The user's wish to stop, for whoever has to be told. Set once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        self.is_set = False

    def set(self) -> None:
        """Tell everybody who watches, and those who come later at once."""
        with self._lock:
            self.is_set = True
            calls, self._calls = self._calls, []
        for call in calls:
            call()

    @contextlib.contextmanager
    def watched(self, call: Callable[[], None]) -> Iterator[None]:
        """Call something on the wish to stop, while the block runs."""
        with self._lock:
            late = self.is_set
            if not late:
                self._calls.append(call)
        if late:
            call()
        try:
            yield
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._calls.remove(call)


class Site(Protocol):
    """A host, by whatever reaches it."""

    @property
    def address(self) -> str:
        """What reaches it, for people to read."""

    def run(self, job: Job, hear: Hear, stop: Stop) -> Ended:
        """Do a job there; blocks until it has ended. Never raises for what the host or the way to it does."""
