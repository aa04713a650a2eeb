"""What the parts of one workload's run share: its question, its clock, its workers, and who listens.

Everything here is internal to the room; ``schedule.run_workload`` is the door.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from advisor.hardware.model import Machine
from advisor.probes.configuration import Configuration, environment
from advisor.probes.energy import Meter
from advisor.probes.equivalence import Peers, References
from advisor.probes.launch import wire
from advisor.probes.launch.group import WorkerGroup, addresses
from advisor.probes.launch.process import Timeouts, Worker, WorkerError
from advisor.probes.model import (
    Budget,
    Candidate,
    Conditions,
    Eta,
    Outcome,
    ProbeEvent,
    ProbeWarning,
    Quantity,
    Sample,
    Subject,
    Trainer,
    Warned,
    WarningCode,
)
from advisor.workloads.datasets import OwnData
from advisor.workloads.model import Workload
from advisor.workloads.published import network

if TYPE_CHECKING:
    from advisor.probes.passes.export import Exported

T = TypeVar("T")

_WAKE_S = 0.25  # how often the watch over the cancel event looks up
_TELL_S = 1.0  # how often it says how far the run is while nothing is sampled

_DEADLINE_SHARE = 0.3
"""Of the time cap: whoever takes longer for one answer hangs. Two may hang, and the others still have samples."""

_BUSY_SHARE = 0.05
"""Blocked workers that use more than this share of a core while another is sampled are warned of."""
_BUSY_S = 0.03  # three clock ticks: below, a reading is mostly rounding
_REST_S = 0.3
"""How long the worker sampled last may go on waiting busily: threads of some OpenMP libraries do so for 0.2 s."""
_REST_STEP_S = 0.03


class Cancelled(Exception):  # noqa: N818 (no error: the user's wish)
    """The user cancelled."""


@dataclass
class RunContext:
    """One workload's run: shared by its phases, mutable, never seen outside the room."""

    workload: Workload
    conditions: Conditions
    budget: Budget
    listener: Callable[[ProbeEvent], None]
    cancel: threading.Event
    pause: threading.Event | None
    references: References
    machine: Machine | None
    timeouts: Timeouts
    rng: np.random.Generator
    meter: Meter
    peers: Peers = field(default_factory=Peers)
    data: OwnData | None = None  # the user's own, to be read after the rounds
    warnings: list[ProbeWarning] = field(default_factory=list)
    phases_s: dict[str, float] = field(default_factory=dict)
    sampling_s: float = 0.0
    parent_cpu_s: float = 0.0
    paused_s: float = 0.0
    largest_bytes: int = 0  # of main memory, that any worker was seen to take
    provisional_s: float | None = None  # when every subject had a first interval
    folder: Path = Path()  # for files that last as long as the run
    exports: dict[tuple[Trainer, tuple[tuple[str, str], ...]], "Exported | WorkerError"] = field(
        default_factory=dict
    )  # by what acted on them
    answers: dict[Subject, list[int]] = field(
        default_factory=dict
    )  # of defaults that others are held against
    estimate_s: Callable[[], float] | None = None  # how long the run will still take
    only: tuple[Quantity, ...] = ()  # of a search: what is sampled; empty: everything
    began: float = field(default_factory=time.perf_counter)
    _told_at: float = 0.0
    _sampling: bool = False
    _sampled: Worker | WorkerGroup | None = None  # the last one
    _fraction: float = 0.0
    _workers: set[Worker | WorkerGroup] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What is sampled for this workload."""
        if self.only:
            return self.only
        common = (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY)
        if not self.workload.answers:
            return common[:2]
        return (*common, Quantity.LOOP) if self.workload.loops else common

    @property
    def elapsed_s(self) -> float:
        """Time since the run began, pauses left out."""
        return time.perf_counter() - self.began - self.paused_s

    @property
    def remaining_s(self) -> float:
        """What is left of the time cap."""
        return self.budget.time_cap_s - self.elapsed_s

    def emit(self, event: ProbeEvent) -> None:
        """Tell the listener, one event at a time, whichever thread it comes from."""
        with self._lock:
            self.listener(event)

    def warn(
        self, code: WarningCode, when: str, subject: Subject | None = None, **detail: float | str
    ) -> None:
        """Keep and tell a warning of these circumstances; see :meth:`keep`."""
        self.keep(ProbeWarning(code, when, detail, subject))

    def keep(self, warning: ProbeWarning) -> None:
        """Keep and tell a warning, once per code, time and subject."""
        key = (warning.code, warning.when, warning.subject)
        with self._lock:
            if any((w.code, w.when, w.subject) == key for w in self.warnings):
                return
            self.warnings.append(warning)
            self.listener(Warned(warning))

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Tell nobody anything from another thread meanwhile."""
        with self._lock:
            yield

    def check(self) -> None:
        """Stand still while paused.

        Raises
        ------
        Cancelled
            The user wants no more.
        """
        if self.pause is not None and self.pause.is_set():
            since = time.perf_counter()
            while self.pause.is_set() and not self.cancel.wait(_WAKE_S):
                pass
            self.paused_s += time.perf_counter() - since
        if self.cancel.is_set():
            raise Cancelled

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the wall time of a block to a phase."""
        since = time.perf_counter()
        try:
            yield
        finally:
            self.phases_s[name] = self.phases_s.get(name, 0.0) + time.perf_counter() - since

    @contextlib.contextmanager
    def supervised(self) -> Iterator[None]:
        """Kill every worker as soon as the run is cancelled, and whatever is left at the end.

        Whoever watches over that also says how far the run is while no sample is taken.
        """
        over = threading.Event()

        def watch() -> None:
            while not over.is_set():
                if not self._sampling and time.perf_counter() - self._told_at >= _TELL_S:
                    try:
                        self.tell_eta()
                    except Exception:  # whoever listens hears of it when it is told of something that counts
                        self.estimate_s = None
                if self.cancel.wait(_WAKE_S):
                    with self._lock:
                        workers = tuple(self._workers)
                    for worker in workers:
                        worker.kill()
                    return

        thread = threading.Thread(target=watch, name="probe-cancel", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            with self._lock:
                workers = tuple(self._workers)
            for worker in workers:
                self.discard(worker)

    def launch(
        self,
        candidate: Candidate,
        subject: Subject,
        *,
        threads: int | None = None,
        cpus: tuple[int, ...] | None = None,
    ) -> Worker:
        """Start a candidate's worker under the run's conditions, or on other threads and cores."""
        return self._watched(
            Worker(
                candidate.interpreter,
                candidate.worker,
                threads=self.conditions.threads if threads is None else threads,
                device=subject.device,
                backend=candidate.backend,
                cpus=self.conditions.cpus if cpus is None else cpus,
                variables=environment(candidate.levers, subject.configuration),
                file=candidate.file,
            )
        )

    def launch_trainer(self, trainer: Trainer) -> Worker:
        """Start the worker that exports a pair's network, on the processor."""
        return self._watched(
            Worker(
                trainer.interpreter,
                trainer.worker,
                threads=self.conditions.threads,
                backend=trainer.backend,
                cpus=self.conditions.cpus,
            )
        )

    def _watched(self, worker: Worker) -> Worker:
        with self._lock:
            self._workers.add(worker)
        if self.cancel.is_set():  # the watch may have looked before this one was on its list
            worker.kill()
        return worker

    def launch_group(
        self, candidate: Candidate, subject: Subject, threads: int, cores: Sequence[tuple[int, ...]]
    ) -> WorkerGroup:
        """Start a worker on each of some sets of cores, to train one network together; one is a group, too."""
        reached = addresses(len(cores))
        workers: list[Worker] = []
        try:
            for rank, own in enumerate(cores):
                workers.append(
                    Worker(
                        candidate.interpreter,
                        candidate.worker,
                        threads=threads,
                        device=subject.device,
                        backend=candidate.backend,
                        cpus=own,
                        variables=environment(candidate.levers, subject.configuration),
                        group=wire.Place(rank, reached) if len(cores) > 1 else None,
                    )
                )
        except WorkerError:
            for worker in workers:
                worker.close()
            raise
        group = WorkerGroup(workers)
        with self._lock:
            self._workers.add(group)
        if self.cancel.is_set():
            group.kill()
        return group

    def workers_bytes(self) -> list[int]:
        """Return what every loaded worker takes of main memory."""
        with self._lock:
            workers = tuple(self._workers)
        return [each.tree.memory_bytes(each.tree.memory_source()) or 0 for each in workers]

    def discard(self, worker: Worker | WorkerGroup) -> None:
        """End a worker at once."""
        with self._lock:
            self._workers.discard(worker)
        worker.close()

    def dismiss(self, worker: Worker | WorkerGroup) -> None:
        """End a worker in good order; how it leaves doesn't change what it measured."""
        with contextlib.suppress(WorkerError):
            worker.quit(self.timeouts.quit_s)
        self.discard(worker)

    def greet(self, worker: Worker | WorkerGroup) -> wire.Ready:
        """Wait until a worker has imported its framework."""
        hello = self.within(lambda limit: worker.receive(wire.Hello, limit), self.timeouts.hello_s)
        if hello.protocol != wire.PROTOCOL:
            raise WorkerError(Outcome.PROTOCOL_ERROR, f"protocol-version: {hello.protocol}")
        return self.within(lambda limit: worker.receive(wire.Ready, limit), self.timeouts.ready_s)

    def prepare(
        self,
        worker: Worker | WorkerGroup,
        configuration: Configuration,
        quantities: tuple[Quantity, ...],
        file: wire.ModelFile | None = None,
        shard: wire.Shard | None = None,
    ) -> wire.Prepared:
        """Have a worker build the workload, or load it from a file."""
        command = wire.Prepare(
            workload=self.workload,
            network=network(self.workload.id),
            levers=dict(configuration.levers),
            seed=self.conditions.seed,
            dtype=self.conditions.dtype,
            tf32=self.conditions.tf32,
            quantities=quantities,
            shard=shard,
            file=file,
        )
        return self.within(
            lambda limit: worker.request(command, wire.Prepared, limit), self.timeouts.prepare_s
        )

    def within(self, ask: Callable[[float], T], timeout_s: float) -> T:
        """Ask a worker with its time-out, a share of the time cap, or what is left of it, whichever is least.

        Raises
        ------
        WorkerError
            SKIPPED, not TIMED_OUT, where the cap came before anyone could call it a hang.
        """
        patience_s = min(timeout_s, _DEADLINE_SHARE * self.budget.time_cap_s)
        limit = min(patience_s, self.remaining_s)
        try:
            return ask(limit)
        except WorkerError as error:
            if error.outcome is Outcome.CANCELLED:
                raise Cancelled from None
            if error.outcome is Outcome.TIMED_OUT and limit < patience_s:
                raise WorkerError(Outcome.SKIPPED, "time-cap") from None
            raise

    def sample(
        self,
        worker: Worker | WorkerGroup,
        subject: Subject,
        quantity: Quantity,
        iterations: int,
        round_number: int,
    ) -> Sample:
        """Take one sample, alone on the machine, and see that the other workers kept still."""
        self.check()
        with self._lock:
            others = [each for each in self._workers if each is not worker]
        self._let_rest(worker)
        idle_s = [each.tree.cpu_s() for each in others]
        own_s = time.process_time()
        command = wire.TakeSample(quantity, iterations)
        items = iterations * (self.workload.batch if quantity in (Quantity.TRAIN, Quantity.INFER) else 1)
        self._sampling, self._sampled = True, worker
        try:
            reply = self.within(lambda limit: worker.sample(command, limit, items), self.timeouts.sample_s)
        finally:
            self._sampling = False
        self.parent_cpu_s += time.process_time() - own_s
        self.sampling_s += reply.elapsed_s
        # A worker that has died meanwhile reads 0.
        others_cpu_s = sum(
            max(0.0, each.tree.cpu_s() - before) for each, before in zip(others, idle_s, strict=True)
        )
        if others_cpu_s > max(_BUSY_S, _BUSY_SHARE * reply.elapsed_s):
            self.warn(
                WarningCode.BUSY_NEIGHBOUR,
                "during",
                subject,
                others_cpu_s=others_cpu_s,
                elapsed_s=reply.elapsed_s,
            )
        self.tell_eta()
        return Sample(
            quantity=quantity,
            round=round_number,
            iterations=iterations,
            elapsed_s=reply.elapsed_s,
            cpu_s=reply.cpu_s,
            items=reply.items,
            others_cpu_s=others_cpu_s,
            durations_s=tuple(round(each, 8) for each in reply.durations_s),
        )

    def _let_rest(self, worker: Worker | WorkerGroup) -> None:
        """Wait until the worker that was sampled before another one takes no more time of the processors."""
        last = self._sampled
        if last is None or last is worker:
            return
        until_s, before_s = time.monotonic() + _REST_S, last.tree.cpu_s()
        while time.monotonic() < until_s and not self.cancel.wait(_REST_STEP_S):
            now_s = last.tree.cpu_s()
            if now_s <= before_s:
                return
            before_s = now_s

    def tell_eta(self) -> None:
        """Say how far the run is, at most four times a second."""
        with self._lock:
            now = time.perf_counter()
            if self.estimate_s is None or now - self._told_at < _WAKE_S:
                return
            self._told_at = now
            remaining_s = max(0.0, min(self.estimate_s(), self.remaining_s))
            done = self.elapsed_s / max(self.elapsed_s + remaining_s, 1e-9)
            self._fraction = max(self._fraction, done)  # a bar that runs back helps nobody
            self.listener(Eta(remaining_s, self._fraction))
