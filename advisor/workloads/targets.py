"""What time to a target is measured on: small networks on real data or a game, and the score that counts as learnt.

The data lies in ``resources/datasets``, with its licences.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from advisor.bounds import Positive
from advisor.resources import resource
from advisor.workloads.counts import count
from advisor.workloads.model import (
    Adam,
    Attention,
    Convolution,
    Dense,
    Embeddings,
    First,
    Flatten,
    Function,
    LayerNorm,
    MaxPooling,
    Network,
    Residual,
    Size,
    Task,
    Workload,
)

Score = Annotated[float, Meta(ge=0, le=1e6)]


class Measure(StrEnum):
    """What a score is."""

    ACCURACY = "accuracy"  # share of held-out examples that are told right
    RETURN = "return"  # mean return of games played without exploring


class LearningTarget(Struct, frozen=True):
    """A network that is to learn something, and when it has."""

    workload: Workload
    measure: Measure
    score: Score  # reached with the first evaluation that is at least this
    every: Positive  # training steps from one evaluation to the next
    most_steps: Positive  # whoever hasn't reached the score by then is censored

    @property
    def first_steps(self) -> int:
        """Steps up to the first that trains: in a game not every one does."""
        return self.workload.options.get("learn_every", 1)


def _target(
    id_: str,
    task: Task,
    architecture: str,
    input_shape: tuple[int, ...],
    batch: int,
    network: Network,
    reference: str,
    options: dict[str, int] | None = None,
    *,
    measure: Measure = Measure.ACCURACY,
    score: float,
    every: int,
    most_steps: int,
) -> tuple[LearningTarget, Network]:
    counts = count(network, input_shape)
    workload = Workload(
        id=id_,
        task=task,
        size=Size.COMPACT,
        architecture=architecture,
        input_shape=input_shape,
        batch=batch,
        classes=counts.output_shape[-1],
        parameters=counts.parameters,
        forward_flops=counts.forward_flops,
        reference=reference,
        options=options or {},
    )
    return LearningTarget(workload, measure, score, every, most_steps), network


_RELU = Function.RELU

_DIGITS = Network(
    (
        Convolution("conv1", 1, 16, 3, padding=1, activation=_RELU),
        Convolution("conv2", 16, 32, 3, padding=1, activation=_RELU),
        MaxPooling(2, 2, padding=(0, 0)),
        Flatten(32, side=4),
        Dense("dense", 512, 64, _RELU),
        Dense("head", 64, 10),
    ),
    Adam(rate=1e-3),
)

_SPAM = Network(
    (
        Embeddings("embeddings", vocabulary=4096, positions=64, segments=2, width=64),
        LayerNorm("embeddings.norm", 64),
        Residual((Attention("attention", 64, heads=1),)),
        LayerNorm("attention.norm", 64),
        First(),
        Dense("head", 64, 2),
    ),
    Adam(rate=1e-3),
)

_CARTPOLE = Network(
    (Dense("dense1", 4, 128, _RELU), Dense("dense2", 128, 128, _RELU), Dense("head", 128, 2)),
    Adam(rate=2e-3),
)

_TARGETS = (
    _target(
        "digits",
        Task.IMAGE_CLASSIFICATION,
        "CNN",
        (8, 8, 1),
        32,
        _DIGITS,
        "Alpaydin and Kaynak 1998",
        score=0.9,
        every=10,
        most_steps=600,
    ),
    _target(
        "spam",
        Task.NLP,
        "Encoder",
        (64,),
        32,
        _SPAM,
        "SpamAssassin 2002",
        score=0.85,
        every=10,
        most_steps=600,
    ),
    _target(
        "cartpole",
        Task.RL,
        "DQN",
        (4,),
        128,
        _CARTPOLE,
        "Barto et al. 1983",
        {"learn_every": 2, "target_every": 200, "replay": 20_000, "explored": 4000},
        measure=Measure.RETURN,
        score=195.0,  # what Gym's CartPole-v0 called solved
        every=250,
        most_steps=10_000,
    ),
)

TARGETS: dict[Task, LearningTarget] = {target.workload.task: target for target, _ in _TARGETS}
"""What is learnt for a task; one that isn't here has none."""

_NETWORKS = {target.workload.id: network for target, network in _TARGETS}


def network(target: LearningTarget) -> Network | None:
    """Return the network of a target; None of one that this version doesn't know."""
    return _NETWORKS.get(target.workload.id)


def data(target: LearningTarget) -> str | None:
    """Return the file of examples that a target is learnt from; None where that is a game."""
    return None if target.workload.loops else str(resource("datasets", f"{target.workload.id}.npz"))
