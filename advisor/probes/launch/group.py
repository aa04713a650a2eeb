"""Several processes that train one network in step, spoken to as if they were one worker.

Every rank gets every command; rank 0 answers. One that fails, dies or hangs ends all, since the others would wait
for it for ever.
"""

import queue
import socket
import threading
from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from advisor.probes.launch import wire
from advisor.probes.launch.process import Worker, WorkerError
from advisor.probes.model import Outcome

LOOPBACK = "127.0.0.1"

T = TypeVar("T", bound=Struct)


def addresses(count: int) -> tuple[str, ...]:
    """Return an address with a free port on the loopback for each of some ranks.

    Nothing keeps the ports free until the ranks bind them: one that can't says so, which ends its group.
    """
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(f"{LOOPBACK}:{each.getsockname()[1]}" for each in sockets)
    finally:
        for each in sockets:
            each.close()


class GroupTree:
    """The process trees of all ranks, read as one."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._trees = [each.tree for each in workers]

    def cpu_s(self) -> float:
        """Return the CPU time of all."""
        return sum(each.cpu_s() for each in self._trees)

    def memory_source(self) -> str:
        """Return which reading of memory all have."""
        return self._trees[0].memory_source()

    def memory_bytes(self, source: str) -> int | None:
        """Return what all hold; None where one can't be read."""
        read = [each.memory_bytes(source) for each in self._trees]
        return None if None in read else sum(each or 0 for each in read)


class WorkerGroup:
    """Workers with a place each in one group.

    Parameters
    ----------
    workers : sequence of Worker
        By rank. Started, not yet spoken to.
    """

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = tuple(workers)
        self._lock = threading.Lock()
        self._ended_by: WorkerError | None = None
        self.tree = GroupTree(workers)

    @property
    def size(self) -> int:
        """How many ranks there are."""
        return len(self._workers)

    @property
    def stderr_tail(self) -> str:
        """The last of what each rank wrote to stderr."""
        return "\n".join(f"rank {rank}: {each.stderr_tail}" for rank, each in enumerate(self._workers))

    def send(self, command: wire.Command) -> None:
        """Send a command to all, each with its own part of the work."""
        for rank, worker in enumerate(self._workers):
            own = command
            if isinstance(command, wire.Prepare) and command.shard is not None:
                own = replace(command, shard=replace(command.shard, rank=rank, size=self.size))
            worker.send(own)

    def receive_all(self, expected: type[T], timeout_s: float) -> tuple[T, ...]:
        """Wait for a reply of the expected kind from every rank.

        Raises
        ------
        WorkerError
            One of them failed, died, hung, was killed, or sent something else; all are gone then. The reason names
            the rank that was heard of first.
        """
        heard: queue.SimpleQueue[tuple[int, T | WorkerError]] = queue.SimpleQueue()

        def listen(rank: int, worker: Worker) -> None:
            try:
                heard.put((rank, worker.receive(expected, timeout_s)))
            except WorkerError as error:
                heard.put((rank, error))

        threads = [
            threading.Thread(target=listen, args=each, name=f"rank-{each[0]}", daemon=True)
            for each in enumerate(self._workers)
        ]
        for thread in threads:
            thread.start()
        replies: dict[int, T] = {}
        failure: WorkerError | None = None
        for _ in threads:
            rank, reply = heard.get()
            if not isinstance(reply, WorkerError):
                replies[rank] = reply
            elif failure is None:
                failure = self._failure(rank, reply)
                self.kill(failure.outcome, failure.reason)
        for thread in threads:
            thread.join()
        if failure is not None:
            self.close()
            raise failure
        return tuple(replies[rank] for rank in range(self.size))

    def _failure(self, rank: int, error: WorkerError) -> WorkerError:
        with self._lock:
            if self._ended_by is None:
                reason = f"rank-{rank}: {error.reason}" if self.size > 1 else error.reason
                self._ended_by = WorkerError(error.outcome, reason)
            return self._ended_by

    def receive(self, expected: type[T], timeout_s: float) -> T:
        """Wait for every rank's reply and return that of the first; see ``receive_all``."""
        return self.receive_all(expected, timeout_s)[0]

    def request(self, command: wire.Command, expected: type[T], timeout_s: float) -> T:
        """Send a command and wait for the replies; see ``receive``."""
        self.send(command)
        return self.receive(expected, timeout_s)

    def sample(self, command: wire.TakeSample, timeout_s: float, items: int | None = None) -> wire.Sampled:
        """Take a sample on all ranks at once: the first one's time, everybody's items and CPU time.

        ``items`` are those of one batch each time, which the ranks share or have one each of.
        """
        self.send(command)
        sampled = self.receive_all(wire.Sampled, timeout_s)
        total = sum(each.items for each in sampled)
        if any(
            (each.quantity, each.iterations) != (command.quantity, command.iterations) for each in sampled
        ) or (items is not None and total not in (items, items * self.size)):
            self.close()
            raise WorkerError(Outcome.PROTOCOL_ERROR, "another-sample-than-asked-for")
        return replace(sampled[0], items=total, cpu_s=sum(each.cpu_s for each in sampled))

    def in_step(self, timeout_s: float) -> bool:
        """Return whether all ranks have the same weights, to the bit."""
        self.send(wire.ReadWeights())
        return len({each.digest for each in self.receive_all(wire.Weights, timeout_s)}) == 1

    def quit(self, timeout_s: float) -> None:
        """End the conversation in good order, and the processes in any case."""
        try:
            self.request(wire.Quit(), wire.Bye, timeout_s)
        finally:
            self.close()

    def kill(self, outcome: Outcome = Outcome.CANCELLED, reason: str = "cancelled") -> None:
        """End all from any thread; whoever waits for a reply hears the outcome at once."""
        with self._lock:
            if self._ended_by is None:
                self._ended_by = WorkerError(outcome, reason)
        for worker in self._workers:
            worker.kill(outcome, reason)

    def close(self) -> None:
        """Kill what is left of all and release everything. Any number of times."""
        for worker in self._workers:
            worker.close()
