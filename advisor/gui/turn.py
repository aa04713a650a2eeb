"""What measures in the window takes its turn on the host: it waits while another benchmark runs there."""

import threading
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from advisor.assessment import host_lock
from advisor.errors import HostBusyError
from advisor.gui.bridge import Work


class Turn(Struct, frozen=True):
    """Heard from a job that takes its turn: whether it still waits for another benchmark to end."""

    waiting: bool


def in_turn(work: Work) -> Work:
    """Return a job that holds the host while it works. Cancelled while it waits, it has done nothing."""

    def alone(emit: Callable[[Any], None], cancel: threading.Event, pause: threading.Event) -> Any:
        try:
            with host_lock.hold(lambda: emit(Turn(waiting=True)), cancel):
                emit(Turn(waiting=False))
                return work(emit, cancel, pause)
        except HostBusyError:  # only who was cancelled gives up waiting
            return None

    return alone
