"""Long work that Ctrl-C, SIGTERM and a closed terminal stop without losing anything."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from advisor.cli.exits import Exit, complain

Result = TypeVar("Result")


def run_interruptibly(work: Callable[[threading.Event], Result]) -> Result:
    """Run ``work(cancel)`` in a thread; a first signal sets ``cancel``, a second ends the program at once.

    The main thread stays free for signals while the work blocks on a worker's pipe.
    """
    cancel = threading.Event()
    results: list[Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work(cancel))
        except BaseException as error:
            errors.append(error)

    def on_signal(number: int, frame: FrameType | None) -> None:
        if cancel.is_set():
            os._exit(Exit.INTERRUPTED)  # workers end with their pipes
        cancel.set()
        complain("Stopping; what was measured is kept. Press Ctrl-C again to stop at once.")

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        numbers.append(signal.SIGHUP)
    # What is ignored stays so, as for a program that nohup keeps alive.
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, on_signal) for number in heeded}
    try:
        thread = threading.Thread(target=target, name="engine")
        thread.start()
        while thread.is_alive():
            # A bounded wait, because Windows delivers signals only between waits.
            thread.join(1.0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if errors:
        raise errors[0]
    return results[0]
