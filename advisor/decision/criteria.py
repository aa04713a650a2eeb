"""The criteria, one row each: where it belongs, where its value comes from, and what every preset makes of it.

A row says what is read and what is worth how many points; ``values`` and ``evidence`` do the reading. Its id
stands in ``model.Criterion``, its words in ``report.wording``.
"""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from advisor.decision import estimates
from advisor.decision.model import Criterion, Group, ProjectStage
from advisor.probes.model import ProbeResult, Quantity
from advisor.workloads.model import Workload

STARTUP_FULL_S = 2.0
"""Start-up time that earns 100 points; eight times it earns 0."""

PROCESS_BYTES = 256 * 2**20
"""What a process takes before it builds anything, about (117 to 491 MB in four frameworks, measured
2026-11-24). It is added to what training adds, so that a difference nobody feels earns next to nothing."""

BYTES_PER_PARAMETER = 16
"""Weights, gradients and two optimiser moments in float32: with the process, memory worth 100 points."""

FLOPS_PER_JOULE = 1e10
"""Training arithmetic per joule that earns 100 points."""

DOWNLOADS_TIMES_RANK = 2.3e10
"""Downloads a month times rank among PyPI packages, about constant for deep-learning frameworks
(2026-11: PyTorch 70M at 330, TensorFlow 26M at 908, Keras 19M at 957): turns a rank into downloads."""


class Speed(Struct, frozen=True):
    """Measured: how fast a quantity is sampled, against a share of the machine's peak.

    ``Quantity.TRAIN`` stands for what a task trains by, its loop with an environment included.
    """

    quantity: Quantity


class Reading(Struct, frozen=True):
    """Measured: a figure that was read once, less being better.

    ``full`` is what is worth 100 points for a workload, None where that can't be told, ``sd`` the figure's log
    standard deviation. ``beside``
    is added to both, where a difference between small figures isn't felt.
    """

    read: Callable[[ProbeResult], float | None]
    sd: float
    full: Callable[[Workload], float | None]
    beside: float = 0.0


class Start(Struct, frozen=True):
    """Measured: seconds from a start to the first training step, or to the first answer where it is to serve."""

    full_s: float


class Efficiency(Struct, frozen=True):
    """Measured: the share of what more cores could gain that training does gain; all of it is worth 100 points."""

    gain: Callable[[ProbeResult], estimates.Gain | None]


class RubricLevel(Struct, frozen=True):
    """Cited: levels 0 to 4 of a fact, or of one fact per task (``<fact>.<task>``) by the tasks' shares."""

    fact: str
    by_task: bool = False


class TargetLevels(Struct, frozen=True):
    """Cited: levels 0 to 4 of one fact per target asked for (``<fact>.<target>``), all counting alike.

    Where no target is asked for, or nothing is stated of any, ``otherwise`` has the level.
    """

    fact: str
    otherwise: str


class Counts(Struct, frozen=True):
    """Cited: facts that count something, on logarithmic scales with the figures worth 0 and 100 points.

    The first is the criterion's figure. Where it isn't known, ``stand_in`` names a fact in inverse proportion
    to it, and what the two multiply to.
    """

    scales: dict[str, tuple[float, float]]
    stand_in: tuple[str, float]


class Recency(Struct, frozen=True):
    """Cited: months since the date in a fact; none is worth 100 points, ``stale`` 0. ``kept`` false is worth 0."""

    fact: str
    kept: str
    stale: float


class Skill(Struct, frozen=True):
    """The user's word: what the team knows already."""


class Kept(Struct, frozen=True):
    """The user's word and a fact: how much stays of what there is, by levels 0 to 4 of ``<fact>.<from where>``."""

    fact: str


Measured: TypeAlias = Speed | Start | Reading | Efficiency
Evident: TypeAlias = RubricLevel | TargetLevels | Counts | Recency | Skill | Kept


class Row(Struct, frozen=True):
    """One criterion.

    Attributes
    ----------
    group : Group
        Whose weight it shares.
    unit : str
        Of the figure behind the points.
    value : Measured or Evident
        Where the value comes from.
    tiers : dict
        By stage, how far down its group it stands in that stage's preset: 1 matters most, those in one tier
        alike. A judgement, to start from.
    learned : bool
        Whether it weighs more, the more people would have to learn or write anew.
    beside : bool
        Whether it comes beside its group and takes nothing from the others: few have anything to say to it.
    training : bool
        Whether it is measured on training steps alone, and so means nothing for what only infers.
    whole : bool
        Whether it counts only where all that train were measured on it, unless the user weighs it: few runs measure
        it, and who was left out of it is not to be doubted for that.
    """

    id: Criterion
    group: Group
    unit: str
    value: Measured | Evident
    tiers: dict[ProjectStage, int]
    learned: bool = False
    beside: bool = False
    training: bool = False
    whole: bool = False


def _tiers(research: int, training: int, serving: int, edge: int) -> dict[ProjectStage, int]:
    return {
        ProjectStage.RESEARCH: research,
        ProjectStage.TRAINING: training,
        ProjectStage.SERVING: serving,
        ProjectStage.EDGE: edge,
    }


def _times(factor: float, count: int | None) -> float | None:
    return None if count is None else factor * count


_ROWS = (
    Row(
        Criterion.TRAINING_SPEED,
        Group.PERFORMANCE,
        "items/s",
        Speed(Quantity.TRAIN),
        _tiers(research=1, training=1, serving=3, edge=6),
        training=True,
    ),
    Row(
        Criterion.INFERENCE_THROUGHPUT,
        Group.PERFORMANCE,
        "items/s",
        Speed(Quantity.INFER),
        _tiers(research=4, training=4, serving=1, edge=4),
    ),
    Row(
        Criterion.INFERENCE_LATENCY,
        Group.PERFORMANCE,
        "s",
        Speed(Quantity.LATENCY),
        _tiers(research=4, training=5, serving=1, edge=1),
    ),
    Row(
        Criterion.STARTUP,
        Group.PERFORMANCE,
        "s",
        Start(STARTUP_FULL_S),
        _tiers(research=2, training=5, serving=4, edge=5),
    ),
    Row(
        Criterion.MEMORY,
        Group.PERFORMANCE,
        "bytes",
        Reading(
            estimates.memory_bytes,
            estimates.MEMORY_SD,
            full=lambda workload: _times(BYTES_PER_PARAMETER, workload.parameters),
            beside=PROCESS_BYTES,
        ),
        _tiers(research=2, training=3, serving=2, edge=2),
    ),
    Row(
        Criterion.SCALABILITY,
        Group.PERFORMANCE,
        "efficiency",
        Efficiency(estimates.over_cores),
        _tiers(research=3, training=2, serving=4, edge=6),
        training=True,
    ),
    Row(
        Criterion.PROCESS_SCALING,
        Group.PERFORMANCE,
        "efficiency",
        Efficiency(estimates.over_processes),
        _tiers(research=5, training=3, serving=4, edge=6),
        beside=True,
        training=True,
        whole=True,
    ),
    Row(
        Criterion.ENERGY,
        Group.PERFORMANCE,
        "J/item",
        Reading(
            lambda result: result.energy_j_per_item,
            estimates.ENERGY_SD,
            full=lambda workload: _times(1 / FLOPS_PER_JOULE, workload.training_flops),
        ),
        _tiers(research=5, training=5, serving=4, edge=3),
        training=True,
    ),
    Row(
        Criterion.EASE_OF_USE,
        Group.PEOPLE,
        "level",
        RubricLevel("ease_of_use"),
        _tiers(research=1, training=2, serving=2, edge=1),
    ),
    Row(
        Criterion.TEAM_SKILL,
        Group.PEOPLE,
        "level",
        Skill(),
        _tiers(research=1, training=1, serving=1, edge=1),
        learned=True,
    ),
    Row(
        Criterion.MIGRATION,
        Group.PEOPLE,
        "level",
        Kept("migration"),
        _tiers(research=1, training=1, serving=1, edge=1),
        learned=True,
        beside=True,
    ),
    Row(
        Criterion.COMMUNITY,
        Group.ECOSYSTEM,
        "downloads/month",
        # A small living project, and the most used.
        Counts(
            {
                "downloads_month": (1e5, 1e8),
                "github_stars": (1e3, 3e5),
                "contributors": (1e2, 1e4),
            },
            stand_in=("pypi_rank", DOWNLOADS_TIMES_RANK),
        ),
        _tiers(research=2, training=1, serving=1, edge=1),
    ),
    Row(
        Criterion.ECOSYSTEM,
        Group.ECOSYSTEM,
        "level",
        RubricLevel("ecosystem", by_task=True),
        _tiers(research=1, training=1, serving=1, edge=1),
    ),
    Row(
        Criterion.DEPLOYMENT,
        Group.DELIVERY,
        "level",
        TargetLevels("way", otherwise="deployment"),
        _tiers(research=2, training=2, serving=1, edge=1),
    ),
    Row(
        Criterion.MAINTENANCE,
        Group.DELIVERY,
        "months",
        Recency("last_release", kept="maintained", stale=24.0),
        _tiers(research=1, training=1, serving=1, edge=2),
    ),
)

ROWS: dict[Criterion, Row] = {row.id: row for row in _ROWS}

CRITERIA: tuple[Criterion, ...] = tuple(ROWS)
"""The order in which every array of the room holds the criteria."""

GROUPS: dict[Group, tuple[Criterion, ...]] = {
    group: tuple(row.id for row in _ROWS if row.group is group) for group in Group
}

MEASURED = tuple(row.id for row in _ROWS if isinstance(row.value, Measured))
"""Criteria that the probes measure; the others rest on the catalogue and the user."""

TRAINING = tuple(row.id for row in _ROWS if row.training)
"""Criteria that are measured on training steps alone."""

TRAINED = (*TRAINING, Criterion.MEMORY)
"""Criteria that a pair has from what trains it. Its memory, too: a peak of training held against one of inference
would count for a pair what is only less work."""

ANSWERING = tuple(
    row.id
    for row in _ROWS
    if isinstance(row.value, Speed) and row.value.quantity in (Quantity.INFER, Quantity.LATENCY)
)
"""Criteria on how fast a trained network answers where it was measured."""

SPEEDS = tuple(row.id for row in _ROWS if isinstance(row.value, Speed))
"""Criteria that a faster framework is better on."""


def tiers(stage: ProjectStage, group: Group) -> tuple[tuple[Criterion, ...], ...]:
    """Return which criteria of a group a stage's preset puts first, second, …; those in one tier matter alike.

    What comes beside its group is left out.
    """
    members = [ROWS[criterion] for criterion in GROUPS[group] if not ROWS[criterion].beside]
    return tuple(
        tuple(row.id for row in members if row.tiers[stage] == tier)
        for tier in sorted({row.tiers[stage] for row in members})
    )
