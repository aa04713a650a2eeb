"""Needs in, decision out: the frozen types of the decision room. Codes and numbers only, no sentences."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from advisor.frameworks.model import Grade
from advisor.probes.configuration import Configuration
from advisor.workloads.model import Size, Task

Level = Annotated[int, Meta(ge=0, le=4)]  # a rubric level, anchored wording in the catalogue
Share = Annotated[float, Meta(ge=0, le=1)]
Weight = Annotated[float, Meta(ge=0, le=100)]
Ratio = Annotated[float, Meta(ge=1 / 9, le=9)]  # of importance, on Saaty's scale


class ProjectStage(StrEnum):
    """What the work is for; each has a preset of weights."""

    RESEARCH = "research"
    TRAINING = "training"
    SERVING = "serving"
    EDGE = "edge"


class Criterion(StrEnum):
    """What alternatives are judged by; ``criteria`` has a row for each."""

    TRAINING_SPEED = "training_speed"
    INFERENCE_THROUGHPUT = "inference_throughput"
    INFERENCE_LATENCY = "inference_latency"
    STARTUP = "startup"
    MEMORY = "memory"
    SCALABILITY = "scalability"
    PROCESS_SCALING = "process_scaling"
    ENERGY = "energy"
    EASE_OF_USE = "ease_of_use"
    TEAM_SKILL = "team_skill"
    MIGRATION = "migration"  # what is there already, and how much of it stays
    COMMUNITY = "community"
    ECOSYSTEM = "ecosystem"  # ecosystem and fit to the tasks asked for
    DEPLOYMENT = "deployment"
    MAINTENANCE = "maintenance"


class Group(StrEnum):
    """Groups of criteria, weighed first among themselves."""

    PERFORMANCE = "performance"
    PEOPLE = "people"
    ECOSYSTEM = "ecosystem"
    DELIVERY = "delivery"


class Target(StrEnum):
    """Where a trained model must run."""

    SERVER = "server"
    DESKTOP = "desktop"
    ANDROID = "android"
    IOS = "ios"
    BROWSER = "browser"
    MICROCONTROLLER = "microcontroller"


class Basis(StrEnum):
    """Which settings of a framework a decision stands on."""

    AS_IT_COMES = "as-it-comes"  # nothing is set
    SAFE = "safe"  # what leaves results as they are, where it was measured to pay
    APPROXIMATE = "approximate"  # and what answers otherwise now and then, as seldom as the user says


class WorkloadNeeds(Struct, frozen=True, forbid_unknown_fields=True):
    """The user's own workload, for the translation into epochs, hours and requests."""

    dataset_items: Annotated[int, Meta(ge=1)] = 50_000
    epochs: Annotated[int, Meta(ge=1)] = 20
    batch: Annotated[int, Meta(ge=1)] | None = None  # None: the workload's own
    latency_target_s: Annotated[float, Meta(gt=0)] | None = None
    memory_limit_bytes: Annotated[int, Meta(ge=1)] | None = None  # of one process, or of the accelerator


class Device(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of the phone, browser or microcontroller that the network must run on."""

    flash_bytes: Annotated[int, Meta(ge=1)] | None = None  # room for the program with its weights
    operations_per_s: Annotated[float, Meta(gt=0)] | None = None  # at most, multiplications and additions


class Constraints(Struct, frozen=True, forbid_unknown_fields=True):
    """What must hold, never traded off."""

    operating_systems: tuple[str, ...] = ()  # besides this machine's: linux, windows, macos
    targets: tuple[Target, ...] = ()
    device: Device = Device()
    languages: tuple[str, ...] = ()  # python, c++, java, …; where the work trains, one of them must train
    licences: tuple[str, ...] = ()  # SPDX ids allowed; empty: any
    federated: bool = False
    automl: bool = False
    distributed: bool = False
    accelerator: bool = False  # must use this machine's accelerator
    maintained: bool = True
    waived: tuple[str, ...] = ()  # gate ids the user chose to waive


class Team(Struct, frozen=True, forbid_unknown_fields=True):
    """Who will work with it, and what is there.

    ``skills``: framework id -> 0 never seen … 4 teaches others. ``existing``: framework id -> how much code and
    how many models there are for it, in any unit; only the shares count.
    """

    skills: dict[str, Level] = {}
    existing: dict[str, Annotated[float, Meta(gt=0)]] = {}
    size: Annotated[int, Meta(ge=1)] = 1
    willingness: Level = 2  # to learn something new


class PriorityMode(StrEnum):
    """What is known of the user's weights."""

    WEIGHTS = "weights"  # numbers, uncertain by ``1 - sureness``
    PAIRS = "pairs"  # comparisons in pairs (AHP), uncertain by ``1 - sureness``
    ORDER = "order"  # only the order of the criteria
    NONE = "none"  # nothing: every weighting is as likely


class Priorities(Struct, frozen=True, forbid_unknown_fields=True):
    """What matters. ``weights`` are swing points 0-100; a criterion not named has the preset's.

    ``comparisons`` say how many times more the first of two groups, or of two criteria of a group, matters
    than the second ("performance:people" = 3); a pair not named has the preset's ratio.
    """

    mode: PriorityMode = PriorityMode.WEIGHTS
    weights: dict[Criterion, Weight] = {}
    comparisons: dict[str, Ratio] = {}
    order: tuple[Criterion, ...] = ()
    sureness: Share = 0.5


class Answer(StrEnum):
    """A part of the needs that is left as it comes unless the user says something of it."""

    TASK = "task"
    STAGE = "stage"
    SIZE = "size"
    DATA = "data"  # items of a data set, and epochs
    WEIGHTS = "weights"  # the stage's preset
    SURENESS = "sureness"
    TEAM = "team"


class Needs(Struct, frozen=True, forbid_unknown_fields=True):
    """The user's answers: what the wizard edits and ``--needs`` reads.

    ``stated`` names answers that are the user's word even where they are the default.
    """

    schema_version: int = 1
    title: str = ""
    tasks: dict[Task, Annotated[float, Meta(gt=0)]] = field(
        default_factory=lambda: {Task.IMAGE_CLASSIFICATION: 1.0}
    )
    workloads: dict[str, Annotated[float, Meta(gt=0)]] = {}  # id -> share; empty: the presets of the tasks
    stage: ProjectStage = ProjectStage.RESEARCH
    size: Size = Size.COMPACT
    workload: WorkloadNeeds = WorkloadNeeds()
    constraints: Constraints = Constraints()
    team: Team = Team()
    priorities: Priorities = Priorities()
    basis: Basis = Basis.SAFE
    accepted_loss: Annotated[float, Meta(ge=0, le=0.5)] = 0.01  # share of other answers, for APPROXIMATE
    frameworks: tuple[str, ...] = ()  # empty: all in the catalogue
    stated: tuple[Answer, ...] = ()


class GateStatus(StrEnum):
    """Three values, never traded off against points."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class GateResult(Struct, frozen=True):
    """One gate for one alternative. ``detail`` holds figures and ids for the sentence."""

    gate: str  # "platform", "accelerator", "memory", "target:ios", "licence", "latency", …
    alternative: str
    status: GateStatus
    detail: dict[str, float | str] = {}
    fact: str | None = None  # catalogue fact id it rests on
    waived: bool = False


class ValueSource(StrEnum):
    """Where a criterion value comes from."""

    MEASURED = "measured"
    CATALOGUE = "catalogue"
    USER = "user"
    ASSUMED = "assumed"  # a skill not answered for, where others were: none
    MISSING = "missing"
    NOT_APPLICABLE = "not-applicable"  # a framework that can't train, on training


class CriterionValue(Struct, frozen=True):
    """One alternative's value on one criterion, in points on a fixed reference scale.

    ``low`` and ``high`` bound the central 95 % of what is believed. ``raw`` is the figure
    behind it in ``unit``; for several workloads the weighted geometric mean.
    """

    alternative: str
    criterion: Criterion
    points: float
    low: float
    high: float
    source: ValueSource
    raw: float | None = None
    unit: str | None = None
    grade: Grade | None = None
    facts: tuple[str, ...] = ()
    configuration: Configuration | None = None  # judged by; None: several, or none


class CriterionWeight(Struct, frozen=True):
    """A normalised weight (all sum to 1), its swing points, and its stability interval.

    ``assessed`` is false where no alternative has any data on the criterion: it then carries no
    weight for anybody, whatever its swing points. ``low`` and ``high`` bound the central 95 % of
    the weights drawn. Inside ``stable_low``…``stable_high`` the best alternative stays best, the other
    weights keeping their proportions; ``None`` where no change of this weight alters it.
    """

    criterion: Criterion
    weight: float
    swing_points: float
    assessed: bool = True
    low: float | None = None
    high: float | None = None
    stable_low: float | None = None
    stable_high: float | None = None
    challenger_low: str | None = None
    challenger_high: str | None = None


class Ranked(Struct, frozen=True):
    """One alternative of the ranking, best first. Points are the additive value, unclamped."""

    alternative: str
    framework: str
    rank: int
    points: float
    low: float
    high: float
    acceptability: tuple[float, ...]  # share of draws in which it takes rank 1, 2, …
    confidence: float  # SMAA-2 confidence factor
    expected_regret: float  # points lost to the best, on average
    central_weights: dict[Criterion, float]
    eligible: bool  # passes (or waives) every gate
    blocked_by: tuple[str, ...] = ()  # gates that fail or are unknown


class VerdictKind(StrEnum):
    """How firm the answer is."""

    CLEAR = "clear"
    LEANING = "leaning"
    TOO_CLOSE = "too-close"
    TOO_LITTLE = "too-little"  # not enough was measured to recommend anything
    NONE = "none"  # every alternative is ruled out


class Effect(StrEnum):
    """What a concern does to the answer, the gravest first."""

    WITHHELD = "withheld"  # nothing is recommended
    CAPPED = "capped"  # the verdict can't be clear, however large the lead
    WIDENED = "widened"  # what it touches counts as less certain
    NOTED = "noted"  # the answer stays as it is


class Concern(Struct, frozen=True):
    """One reason to trust the answer less, and what it does to it. ``code`` is one of ``trust.Doubt``."""

    code: str
    effect: Effect
    detail: dict[str, float] = {}
    about: tuple[str, ...] = ()  # alternatives, criteria or workloads, as the code has it


class Ground(StrEnum):
    """What a weight stands on."""

    MEASURED = "measured"  # here, in this run
    CITED = "cited"  # a count or a date from a source
    JUDGED = "judged"  # a level of a rubric
    STATED = "stated"  # the user's own word


class Verdict(Struct, frozen=True):
    """The answer. ``recommended`` holds one alternative, or the shortlist where it is too close.

    Where nothing can be recommended, ``nearest`` names the alternatives with the fewest violations; where
    too little was measured, those to measure. ``reason`` is one of ``verdict.Reason``.
    """

    kind: VerdictKind
    recommended: tuple[str, ...]
    probability: float | None  # share of draws in which the first is the best eligible one
    runner_up: str | None = None
    gap: float | None = None  # points between them
    gap_low: float | None = None
    gap_high: float | None = None
    reason: str = ""  # code: "dominant", "likely", "interval-spans-zero", "all-ruled-out", …
    decisive: tuple[Criterion, ...] = ()  # largest contributions to the gap
    framework_probability: float | None = None  # the same for the first's framework, whatever the backend
    nearest: tuple[str, ...] = ()
    concerns: tuple[Concern, ...] = ()  # gravest first


class Contribution(Struct, frozen=True):
    """One criterion's part in the gap between two alternatives, in weighted points."""

    criterion: Criterion
    points: float


class Contrast(Struct, frozen=True):
    """Why one alternative stands before another: contributions, largest first."""

    winner: str
    loser: str
    contributions: tuple[Contribution, ...]


class TornadoBar(Struct, frozen=True):
    """How the top-two gap moves when one input goes over its believed range."""

    criterion: Criterion
    alternative: str | None  # whose value; None: the criterion's weight
    gap_low: float
    gap_high: float


class MethodRanking(Struct, frozen=True):
    """What another method makes of the same values and weights (TOPSIS, PROMETHEE II, SPOTIS)."""

    method: str
    order: tuple[str, ...]
    kendall_tau: float  # agreement with the additive ranking, 1 is the same order


class NextMeasurement(Struct, frozen=True):
    """A missing or vague value whose knowledge would help most."""

    alternative: str
    criterion: Criterion
    information_value: float  # expected points gained by knowing it


class JudgementStep(Struct, frozen=True):
    """What one level of the weightiest judged criterion is worth, in weighted points of the first's lead."""

    criterion: Criterion
    points: float


class Sensitivity(Struct, frozen=True):
    """What would change the answer."""

    least_change: dict[Criterion, float] = {}  # weights at the nearest tie
    least_change_distance: float | None = None  # sum of absolute weight changes to it
    needed_speedup: float | None = None  # of the runner-up's training and inference, to draw level
    tornado: tuple[TornadoBar, ...] = ()
    methods: tuple[MethodRanking, ...] = ()
    measure_next: tuple[NextMeasurement, ...] = ()
    judgement: JudgementStep | None = None
    needed_share_of_peak: float | None = None  # of the machine's measured peak, at that speed-up


class UserTerm(Struct, frozen=True):
    """A figure in the user's terms, with its interval and what it assumes (codes)."""

    alternative: str
    workload: str
    quantity: str  # "epoch_s", "training_run_s", "requests_per_s", "latency_s", "largest_batch"
    value: float
    low: float
    high: float
    assumptions: tuple[str, ...] = ()
    holds: bool | None = None  # latency target met
    steps: int | None = None  # that the figure stands for, where it extrapolates
    timed_steps: int | None = None  # that were timed


class Advice(Struct, frozen=True):
    """One optimisation hint for the recommended alternative; ``detail`` holds the figures."""

    code: str
    basis: str  # "measured" or "cited"
    detail: dict[str, float | str] = {}
    fact: str | None = None


class Decision(Struct, frozen=True):
    """Everything the decision room says. Pure function of needs, catalogue, machine and measurements."""

    verdict: Verdict
    ranking: tuple[Ranked, ...]
    gates: tuple[GateResult, ...]
    values: tuple[CriterionValue, ...]
    weights: tuple[CriterionWeight, ...]
    pairwise: dict[str, dict[str, float]]  # winning probability of row over column
    framework_acceptability: dict[str, float]  # first-rank share summed over a framework's backends
    contrasts: tuple[Contrast, ...]
    sensitivity: Sensitivity
    user_terms: tuple[UserTerm, ...]
    advice: tuple[Advice, ...]
    draws: Annotated[int, Meta(ge=1, le=1_000_000)]
    seed: int
    grounds: dict[Ground, float] = {}  # share of the weight that stands on each
