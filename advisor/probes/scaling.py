"""Scalability: the same training step on one core and on all of them, alternating."""

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from advisor.probes.context import Cancelled, Context
from advisor.probes.lane import Lane, iterations_for
from advisor.probes.memory import room_for
from advisor.probes.model import Quantity, Sample, Stage
from advisor.probes.process import Worker, WorkerError


def scalable(context: Context, lanes: Sequence[Lane]) -> list[Lane]:
    """Return the lanes whose scaling can be measured here; the others get the reason as a note."""
    chosen = []
    for lane in lanes:
        if lane.subject.device != "cpu":
            lane.note("scaling-accelerator")
        elif context.conditions.threads < 2:
            lane.note("scaling-one-core")
        else:
            chosen.append(lane)
    return chosen


def measure_scaling(context: Context, lanes: Sequence[Lane]) -> None:
    """Take alternating samples of a lane's own worker and of one with a single thread on a single core.

    Workers start several at once, since their start isn't timed; samples are taken alone as ever.
    """
    waiting = list(lanes)
    while waiting:
        batch = waiting[: max(1, room_for(context, len(waiting)))]
        del waiting[: len(batch)]
        with ThreadPoolExecutor(context.conditions.threads, thread_name_prefix="probe-scaling") as pool:
            # Those that start together don't share a core; samples are taken alone, on any core.
            cores = itertools.cycle(context.conditions.cpus or (None,))
            pairs = list(pool.map(lambda lane, core: _Pair.start(context, lane, core), batch, cores))
        context.check()
        for number in range(1, context.budget.scaling_rounds + 1):
            for index in context.rng.permutation(len(pairs)):
                pair = pairs[index]
                if pair is not None:
                    pair.alternate(number, one_first=bool(context.rng.integers(2)))
        for pair in pairs:
            if pair is not None:
                pair.close()


class _Pair:
    """One lane's worker on all cores, and its twin on one."""

    def __init__(self, context: Context, lane: Lane, one: Worker, everything: Worker) -> None:
        self._context = context
        self._lane = lane
        self._one = one
        self._everything = everything
        self._iterations: dict[Worker, int] = {}
        self._failed = False
        self._samples = {one: lane.one_core_samples, everything: lane.all_core_samples}
        for samples in self._samples.values():
            samples.clear()  # an interrupted pass was too short to keep

    @classmethod
    def start(cls, context: Context, lane: Lane, core: int | None) -> "_Pair | None":
        """Start what isn't running yet, the twin pinned to a core; None, with a note, where that fails."""
        if context.cancel.is_set():
            return None
        lane.enter(Stage.SCALING)
        started: list[Worker] = []
        try:
            cpus = () if core is None else (core,)
            one = context.launch(lane.candidate, lane.subject, threads=1, cpus=cpus)
            started.append(one)
            if lane.worker is None:
                lane.worker = context.launch(lane.candidate, lane.subject)
                context.greet(lane.worker)
                context.prepare(lane.worker, lane.subject, (Quantity.TRAIN,))
            context.greet(one)
            context.prepare(one, lane.subject, (Quantity.TRAIN,))
        except WorkerError as error:
            lane.note(f"scaling-{error.outcome}")
        except Cancelled:
            pass
        else:
            if core is None:
                lane.note("scaling-not-pinned")
            return cls(context, lane, one, lane.worker)
        for worker in started:
            context.discard(worker)
        return None

    def alternate(self, number: int, *, one_first: bool) -> None:
        """Take a sample of each, so that both meet the same moment of the machine."""
        if self._failed:
            return
        if self._context.remaining_s < 2 * self._lane.expected_s(Quantity.TRAIN):
            self._lane.note("scaling-time-cap")
            return
        pair = (self._one, self._everything) if one_first else (self._everything, self._one)
        try:
            if not self._iterations:
                for worker in pair:
                    self._find_iterations(worker)
            taken = [self._take(worker, self._iterations[worker], number) for worker in pair]
        except WorkerError as error:
            self._failed = True
            self._lane.note(f"scaling-{error.outcome}")
            return
        for worker, sample in zip(pair, taken, strict=True):
            self._samples[worker].append(sample)

    def _find_iterations(self, worker: Worker) -> None:
        aim_s = self._context.budget.sample_s
        first = self._take(worker, 1, 0)
        if first.elapsed_s >= aim_s:
            self._iterations[worker] = 1
            return
        second = self._take(worker, iterations_for(first, aim_s / 2), 0)
        self._iterations[worker] = iterations_for(second, aim_s)

    def _take(self, worker: Worker, iterations: int, number: int) -> Sample:
        return self._context.sample(worker, self._lane.subject, Quantity.TRAIN, iterations, number)

    def close(self) -> None:
        """Let both workers go."""
        self._context.dismiss(self._one)
        self._lane.unload()
        self._lane.enter(Stage.DONE)
