"""Whether an approximation answers as the default does, on inputs that nothing was fitted to."""

import math
from collections.abc import Sequence

from advisor.probes.context import RunContext
from advisor.probes.launch import wire
from advisor.probes.launch.process import Worker
from advisor.probes.model import Fidelity
from advisor.workloads.model import Source, Task, Workload

HELD_OUT = 256
"""Inputs, at least, on which answers are compared."""


def comparable(workload: Workload) -> bool:
    """Whether answers can be counted that are equal: of published networks, where an answer is one of some classes."""
    return workload.source is Source.PUBLISHED and workload.task is not Task.TEXT_GENERATION


def answers(context: RunContext, worker: Worker) -> list[int]:
    """Have a network answer the held-out inputs.

    Raises
    ------
    WorkerError
        The worker failed on it.
    """
    command = wire.Answer(math.ceil(HELD_OUT / context.workload.batch))
    return context.within(
        lambda limit: worker.request(command, wire.Answered, limit), context.timeouts.prepare_s
    ).classes


def fidelity(own: Sequence[int], default: Sequence[int]) -> Fidelity | None:
    """Return how many answers are the default's; None where they are not of the same inputs."""
    if len(own) != len(default) or not own:
        return None
    return Fidelity(len(own), sum(one == other for one, other in zip(own, default, strict=True)))
