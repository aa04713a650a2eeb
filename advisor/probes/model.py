"""What is measured and what came of it: subjects, samples, outcomes. Frozen value types only."""

from enum import StrEnum

from msgspec import Struct

from advisor.bounds import Count, Elapsed, Positive
from advisor.frameworks.model import Affects, Lever, Prior
from advisor.probes.configuration import DEFAULT, Configuration
from advisor.workloads.model import Workload


class Capability(StrEnum):
    """What a subject can do."""

    TRAIN = "train"
    INFER = "infer"


class Quantity(StrEnum):
    """What one sample times."""

    TRAIN = "train"  # one training step (forward, loss, backward, update) at the workload's batch
    INFER = "infer"  # one forward pass at the workload's batch
    LATENCY = "latency"  # one forward pass at batch 1
    LOOP = "loop"  # reinforcement learning only: act, step the environment, store, learn
    LOAD = "load"  # one batch of the user's own data, read, decoded and put where the step takes it
    FED = "fed"  # one training step on such a batch

    @property
    def needs(self) -> Capability:
        """What a subject must be able to do for it."""
        infers = (Quantity.INFER, Quantity.LATENCY)
        return Capability.INFER if self in infers else Capability.TRAIN


IN_ROUNDS = (Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY, Quantity.LOOP)
"""What is sampled in rounds; the user's own data is read after them."""


class Outcome(StrEnum):
    """What became of a subject. None of these is ever a number in a table."""

    MEASURED = "measured"
    NOT_INSTALLED = "not-installed"
    IMPORT_FAILED = "import-failed"
    UNSUPPORTED = "unsupported"
    EXPORT_FAILED = (
        "export-failed"  # of a pair: what trains could not write the network, or what serves not read it
    )
    NOT_EQUIVALENT = "not-equivalent"
    OUT_OF_MEMORY = "out-of-memory"
    TIMED_OUT = "timed-out"
    CRASHED = "crashed"
    PROTOCOL_ERROR = "protocol-error"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # the time cap came first


class Subject(Struct, frozen=True, order=True):
    """Who is measured on what: the key of every result."""

    workload: str
    alternative: str
    configuration: Configuration = DEFAULT
    device: str = "cpu"  # "cpu", "cuda:0", "mps", "xpu:0"


class Conditions(Struct, frozen=True):
    """Under which conditions every subject of a run is measured."""

    threads: int
    cpus: tuple[int, ...] = ()  # affinity; empty: unrestricted
    dtype: str = "float32"
    tf32: bool = False
    seed: int = 0


class Sample(Struct, frozen=True):
    """One timed stretch of ``iterations`` repetitions of a quantity, taken in one round."""

    quantity: Quantity
    round: Count
    iterations: Positive
    elapsed_s: Elapsed
    cpu_s: float  # CPU time of the worker's process tree over the stretch
    items: Positive  # items processed (batch x iterations); environment steps for LOOP
    others_cpu_s: float = 0.0  # CPU time of the blocked workers meanwhile; should be about 0
    durations_s: tuple[float, ...] = ()  # every single call, for LATENCY


class Basis(StrEnum):
    """What a network's outputs were held against."""

    FLOAT64 = "float64"  # a reference that was computed once, apart from all frameworks
    RUNTIME = "runtime"  # what the model file's own runtime put out
    PEER = "peer"  # what another one of the user's scripts put out, or the first that took the file
    NONE = "none"  # nothing: the figures are of this alone


class Equivalence(Struct, frozen=True):
    """How a worker's network compared with its reference before anything was timed."""

    passed: bool
    parameters: int
    expected_parameters: int
    output_error: float | None = None  # max |y - ref| / max |ref|
    loss_errors: tuple[float, ...] = ()  # relative, of the loss before and after one training step
    tolerance: float = 1e-3
    reason: str | None = None
    basis: Basis = Basis.FLOAT64


class Fidelity(Struct, frozen=True):
    """How often an approximation answers as the default does, on inputs that nothing was fitted to.

    An answer is the largest output: the class, or the action.
    """

    items: Positive
    agreeing: Count

    @property
    def agreement(self) -> float:
        """The share of equal answers."""
        return self.agreeing / self.items


class Export(Struct, frozen=True):
    """How a pair's network came from what trains it to what serves it."""

    format: str
    bytes: int  # of all that was written
    elapsed_s: float
    cpu_s: float
    output_error: float | None = None  # max |y - source's| / max |source's|, over what is compared
    versions: dict[str, str] = {}  # of the tools that took part


class Startup(Struct, frozen=True):
    """Phases before steady state, in seconds. ``None``: not measured."""

    import_s: float | None = None
    build_s: float | None = None
    first_train_s: float | None = None
    first_infer_s: float | None = None
    first_latency_s: float | None = None

    @property
    def total_s(self) -> float:
        """From the interpreter's start to the last of the first calls, as far as it was seen."""
        phases = (self.import_s, self.build_s, self.first_train_s, self.first_infer_s, self.first_latency_s)
        return sum(each or 0.0 for each in phases)


class MemoryReading(Struct, frozen=True):
    """Peak memory of the first steps of a quantity, in the process that is timed afterwards.

    ``peak_bytes`` and ``baseline_bytes`` are what the process tree holds for itself: at the peak, and with the
    framework imported and nothing built. ``device_*`` is accelerator memory.
    """

    peak_bytes: Count
    baseline_bytes: Count
    steps: Count
    samples: Count  # how often memory was read
    source: str  # "anonymous", "uss" or "rss": see ``ProcessTree.memory_bytes``
    device_peak_bytes: Count | None = None
    device_baseline_bytes: Count | None = None
    quantity: Quantity = Quantity.TRAIN  # INFER for a subject that can't train

    @property
    def used_bytes(self) -> int:
        """What the workload added to the imported framework."""
        return max(self.peak_bytes - self.baseline_bytes, 0)


class ContextMemory(Struct, frozen=True):
    """Memory of one text at the longest context, read anew and then written on, in a process that does nothing else."""

    tokens: Positive
    memory: MemoryReading


class DataPass(Struct, frozen=True):
    """The start of an epoch on the user's own data: loading alone, steps alone, and steps that are fed.

    ``samples`` are of LOAD, TRAIN and FED, in rounds shared by the three. ``reason`` says why there are none.
    """

    samples: tuple[Sample, ...] = ()
    reason: str | None = None


class StopRule(StrEnum):
    """Why sampling of a workload ended."""

    PRECISE = "precise"  # every interval is narrow enough
    DECIDED = "decided"  # every order is decided
    ROUNDS = "rounds"  # the budget's rounds are used up
    TARGET = "target"  # the budget's fewest rounds are done, and its time is used up
    TIME = "time"  # the time cap
    CANCELLED = "cancelled"


class ScalingPoint(Struct, frozen=True):
    """Training steps on so many processes of so many threads each, in rounds shared by a subject's points."""

    processes: Positive
    threads: Positive
    samples: tuple[Sample, ...] = ()


class ParallelPoint(Struct, frozen=True):
    """Training on several threads, or by several processes that keep one network in step, held against one core.

    Every core has one thread. With ``split`` the processes share the workload's batch (strong scaling; so do
    threads), without it each has a batch of that size (weak scaling). ``alone`` are the samples of one thread on
    one core from the same rounds.
    """

    processes: Positive
    threads: Positive  # of each process
    split: bool
    samples: tuple[Sample, ...] = ()  # items of all processes together
    alone: tuple[Sample, ...] = ()
    reduce_s: tuple[float, ...] = ()  # exchanging the gradients, by itself
    reduce_bytes: Count = 0
    reduce_least_s: tuple[
        float, ...
    ] = ()  # exchanging a single float: what an exchange takes whatever its size
    equal_weights: bool | None = None  # on all processes at the end; None: there is one


class ProbeResult(Struct, frozen=True):
    """Everything known of one subject, raw samples included."""

    subject: Subject
    outcome: Outcome
    reason: str | None = None
    stderr_tail: str | None = None
    capabilities: tuple[Capability, ...] = (Capability.TRAIN, Capability.INFER)
    applied: dict[str, str] = {}  # levers that the worker says it pulled
    versions: dict[str, str] = {}  # framework, numpy, backend … as the worker reports them
    device_name: str | None = None
    interpreter: str | None = None
    startup: Startup = Startup()
    equivalence: Equivalence | None = None
    samples: tuple[Sample, ...] = ()
    warmup_samples: tuple[Sample, ...] = ()  # taken, kept, not used
    scaling: tuple[ScalingPoint, ...] = ()  # TRAIN, points taken in alternation, fewest cores first
    parallel: tuple[ParallelPoint, ...] = ()  # fewest cores first
    memory: MemoryReading | None = None
    longest: ContextMemory | None = None  # of text generation
    energy_j_per_item: float | None = None
    steady: dict[str, bool] = {}  # per quantity
    notes: tuple[str, ...] = ()  # codes of what went less than well ("memory-not-measured", …)
    data: DataPass | None = None  # where the user's own data was read
    export: Export | None = None  # of a pair
    fidelity: Fidelity | None = None  # of a configuration that approximates, held against the default


class WarningCode(StrEnum):
    """Circumstances that weaken a measurement. Warned of, never tuned away."""

    LOAD = "load"
    BATTERY = "battery"
    GOVERNOR = "governor"
    THROTTLED = "throttled"
    STEAL = "steal"
    SHORT_SAMPLES = "short-samples"
    NOT_STEADY = "not-steady"
    BUSY_NEIGHBOUR = "busy-neighbour"  # a blocked worker used CPU while another was sampled
    SEQUENTIAL = "sequential"  # no two workers fitted in memory together
    BLOCKS = "blocks"  # not all workers fitted in memory together; an anchor links those that did
    LOW_MEMORY = "low-memory"
    TIME_CAP = "time-cap"
    INDEX_FALLBACK = "index-fallback"  # no accelerator wheels reachable, default index used


class ProbeWarning(Struct, frozen=True):
    """One warning; ``detail`` carries figures for the sentence that the edge makes of it."""

    code: WarningCode
    when: str  # "before", "during", "after"
    detail: dict[str, float | str] = {}
    subject: Subject | None = None


class SearchExtent(StrEnum):
    """How far a search for faster configurations goes."""

    NONE = "none"
    PRIORS = "priors"  # the shipped ones only
    FULL = "full"  # then one lever at a time


class Trial(Struct, frozen=True):
    """One configuration that a search tried. Its samples are the search's own and rank nobody.

    ``gains`` is the default's time over its own, round by round, wall time; ``cpu_gains`` the same in seconds of the
    processor, which others on the machine disturb less.
    """

    levers: tuple[tuple[str, str], ...]
    outcome: Outcome
    reason: str | None = None
    gains: tuple[float, ...] = ()
    cpu_gains: tuple[float, ...] = ()
    output_error: float | None = None
    start_s: float | None = None  # import, build and first calls
    fidelity: Fidelity | None = None  # of one that approximates


class SearchRecord(Struct, frozen=True):
    """What a search for one alternative and one goal tried, and what it proposes.

    ``steps`` lead from the default to the proposal, one lever more at a time; each is among the trials.
    """

    workload: str
    alternative: str
    device: str
    goal: Affects
    extent: SearchExtent
    quantity: Quantity  # that was timed for it
    trials: tuple[Trial, ...] = ()
    proposed: Configuration = DEFAULT
    approximate: tuple[Configuration, ...] = ()  # faster still, at the price of other answers now and then
    steps: tuple[tuple[tuple[str, str], ...], ...] = ()
    unjudged: tuple[str, ...] = ()  # levers on which a busy machine allowed no verdict
    by_cpu: bool = False  # chosen by seconds of the processor, because others kept the machine busy
    space: int = 1  # how many configurations there are
    stopped: bool = False  # time ran out
    elapsed_s: float = 0.0

    def trial(self, levers: tuple[tuple[str, str], ...]) -> Trial | None:
        """Return the trial of a configuration."""
        return next((each for each in self.trials if each.levers == levers), None)

    def gains(self, trial: Trial) -> tuple[float, ...]:
        """Return the gains of a trial that it was judged by."""
        return trial.cpu_gains if self.by_cpu else trial.gains


class Block(Struct, frozen=True):
    """Subjects that were loaded together, where memory couldn't hold all at once.

    Rounds ``first_round`` to ``last_round`` are shared by them. The anchor is measured in every block: a ratio
    between subjects of two blocks goes through it.
    """

    first_round: int
    last_round: int
    subjects: tuple[Subject, ...]


class WorkloadRun(Struct, frozen=True):
    """One workload measured on every subject, and how that went."""

    workload: Workload
    conditions: Conditions
    results: tuple[ProbeResult, ...]
    rounds: Count
    stop_rule: StopRule
    interleaved: bool  # False: sequential passes, memory couldn't hold all workers at once
    elapsed_s: float
    sampling_s: float
    parent_cpu_s: float  # CPU time of the parent while samples were taken
    warnings: tuple[ProbeWarning, ...] = ()
    phases_s: dict[str, float] = {}  # "prepare", "warm-up", "rounds", "scaling"
    blocks: tuple[Block, ...] = ()  # empty: all were loaded together, or each alone
    anchor: Subject | None = None  # what the blocks have in common
    unavoidable_s: float = 0.0  # imports, builds, first calls, and the samples that the figures rest on
    provisional_s: float | None = None  # after which every subject had a first interval


class Stage(StrEnum):
    """Where one subject stands during a run."""

    WAITING = "waiting"
    EXPORTING = "exporting"  # of a pair: what trains writes the network
    STARTING = "starting"  # interpreter and import
    PREPARING = "preparing"  # build, equivalence, first calls
    WARMING_UP = "warming-up"
    SAMPLING = "sampling"
    MEMORY = "memory"
    SCALING = "scaling"
    LOADING = "loading"  # the user's own data
    PARALLEL = "parallel"
    DONE = "done"
    FAILED = "failed"


class StageChanged(Struct, frozen=True, tag="stage"):
    """A subject entered a stage; ``outcome`` and ``reason`` are set for FAILED."""

    subject: Subject
    stage: Stage
    outcome: Outcome | None = None
    reason: str | None = None


class SampleTaken(Struct, frozen=True, tag="sample"):
    """A sample was taken. ``median`` and interval are of seconds per iteration so far."""

    subject: Subject
    sample: Sample
    median_s: float
    low_s: float
    high_s: float


class Eta(Struct, frozen=True, tag="eta"):
    """How long the run will still take, from what has been seen, and how far it is (0 to 1)."""

    remaining_s: float
    fraction: float


class Provisional(Struct, frozen=True, tag="provisional"):
    """Every subject that can be measured has a first interval, ``elapsed_s`` after the workload's start."""

    elapsed_s: float


class Warned(Struct, frozen=True, tag="warning"):
    """A warning came up."""

    warning: ProbeWarning


class SearchProgress(Struct, frozen=True, tag="search"):
    """A search has tried one more configuration; ``gain`` is the best one's so far (1: none)."""

    workload: str
    alternative: str
    goal: Affects
    tried: int
    gain: float


class LearningProgress(Struct, frozen=True, tag="learning"):
    """A network that learns was evaluated: with the ``seed``-th of ``seeds``, or in that trial of a search."""

    workload: str
    alternative: str
    seed: int
    seeds: int
    steps: int
    score: float
    trial: bool = False


ProbeEvent = StageChanged | SampleTaken | Eta | Provisional | Warned | SearchProgress | LearningProgress


class Budget(Struct, frozen=True):
    """How much measuring is wanted. Times in seconds, per workload unless said otherwise."""

    id: str  # "quick", "standard", "thorough"
    min_rounds: int
    max_rounds: int
    sample_s: float  # aimed length of one sample
    relative_half_width: float  # of a paired ratio's interval: narrow enough
    target_s: float  # no round beyond the fewest begins after that
    time_cap_s: float  # whatever is unfinished then is left out, with a warning
    compiled: bool
    scaling_rounds: int
    memory_steps: int
    longest_context: bool = False  # whether memory is read with the longest text, too
    parallel_s: float = 0.0  # for scaling over threads and processes, on top of the cap; 0: not measured
    open_groups: bool = False  # whether processes may listen to other machines for it
    least_steps: int = 10  # training steps behind every figure, over the fewest rounds
    search_s: float = 60.0  # of searching for faster configurations, per alternative and goal
    learning_seeds: int = 3  # curves of everybody to each target, where these are asked for
    learning_s: float = 20.0  # of training, after which a curve that has not reached its target ends


class Trainer(Struct, frozen=True):
    """What trains a pair: which interpreter runs which worker script, and the format it is to export."""

    alternative: str
    backend: str | None
    interpreter: str
    worker: str
    format: str


class Candidate(Struct, frozen=True):
    """An alternative ready to be probed: which interpreter runs which worker script, and how."""

    alternative: str
    framework: str
    backend: str | None
    interpreter: str
    worker: str  # script path
    devices: tuple[str, ...] = ("cpu",)
    configurations: tuple[Configuration, ...] = (DEFAULT,)
    levers: tuple[Lever, ...] = ()  # that the alternative has on these devices
    trainer: Trainer | None = None  # of a pair
    priors: tuple[Prior, ...] = ()  # what a search tries first
    file: str | None = None  # the user's own model or script, which its worker opens
    own_runtime: bool = False  # whether the file is of this framework's own format
    refusal: str | None = None  # why it isn't started: it opens no such file
    runs_code: bool = False  # whether the file is a script, which does whatever it likes
