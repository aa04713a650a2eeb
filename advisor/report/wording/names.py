"""Names of what the other rooms know by code: criteria, tasks, outcomes, targets, gates, units."""

from collections.abc import Iterable, Mapping

from advisor.assessment.model import Status
from advisor.decision.model import (
    Basis,
    Criterion,
    Group,
    Needs,
    PriorityMode,
    ProjectStage,
    Target,
    ValueSource,
    VerdictKind,
)
from advisor.frameworks.model import Framework, Grade
from advisor.frameworks.pairs import offered
from advisor.hardware.model import StorageKind
from advisor.i18n import N_, translator
from advisor.probes.configuration import Configuration, ConfigurationOrigin
from advisor.probes.model import (
    Outcome,
    Quantity,
    StopRule,
)
from advisor.report import format as fmt
from advisor.workloads.model import Size, Source, Task, Workload
from advisor.workloads.own import is_own
from advisor.workloads.published import WORKLOADS

_CRITERIA = {  # its name, and in a few words what it looks at
    Criterion.TRAINING_SPEED: (
        N_("Training speed"),
        N_("items trained per second in steady state"),
    ),
    Criterion.INFERENCE_THROUGHPUT: (
        N_("Inference throughput"),
        N_("items answered per second in batches"),
    ),
    Criterion.INFERENCE_LATENCY: (N_("Inference latency"), N_("time of one answer at batch 1")),
    Criterion.STARTUP: (N_("Start-up"), N_("import, building and the first step")),
    Criterion.MEMORY: (
        N_("Memory use"),
        N_("peak memory that training adds"),
    ),
    Criterion.SCALABILITY: (N_("Scalability"), N_("parallel efficiency from one core to all")),
    Criterion.PROCESS_SCALING: (
        N_("Scaling over processes"),
        N_("efficiency of several processes that train one network, each on a batch of its own"),
    ),
    Criterion.ENERGY: (N_("Energy"), N_("energy for one trained item")),
    Criterion.EASE_OF_USE: (
        N_("Ease of use"),
        N_("how much a newcomer has to know"),
    ),
    Criterion.TEAM_SKILL: (
        N_("Team skill"),
        N_("what your team knows, and would learn"),
    ),
    Criterion.MIGRATION: (
        N_("Migration"),
        N_("how much of your code and models stays"),
    ),
    Criterion.COMMUNITY: (N_("Community"), N_("people who use it and can be asked")),
    Criterion.ECOSYSTEM: (N_("Ecosystem and task fit"), N_("libraries, models and tools for your tasks")),
    Criterion.DEPLOYMENT: (N_("Deployment targets"), N_("where a trained model can run")),
    Criterion.MAINTENANCE: (N_("Maintenance"), N_("how recently and reliably it is released")),
}

_GROUPS = {
    Group.PERFORMANCE: N_("Performance"),
    Group.PEOPLE: N_("People"),
    Group.ECOSYSTEM: N_("Ecosystem"),
    Group.DELIVERY: N_("Delivery"),
}

_TASKS = {
    Task.IMAGE_CLASSIFICATION: N_("Image classification"),
    Task.NLP: N_("Natural language processing"),
    Task.RL: N_("Reinforcement learning"),
    Task.TEXT_GENERATION: N_("Text generation"),
}

_STAGES = {
    ProjectStage.RESEARCH: N_("Research and prototyping"),
    ProjectStage.TRAINING: N_("Production training"),
    ProjectStage.SERVING: N_("Serving"),
    ProjectStage.EDGE: N_("Edge and mobile"),
}

_BASES = {
    Basis.AS_IT_COMES: N_("frameworks as they come"),
    Basis.SAFE: N_("settings that keep results"),
    Basis.APPROXIMATE: N_("approximations up to {loss}"),
}

_SIZES = {Size.COMPACT: N_("Compact"), Size.STANDARD: N_("Standard"), Size.LARGE: N_("Large")}


_QUANTITIES = {
    Quantity.TRAIN: N_("Training"),
    Quantity.INFER: N_("Inference"),
    Quantity.LATENCY: N_("Latency"),
    Quantity.LOOP: N_("Acting and learning"),
    Quantity.LOAD: N_("Loading alone"),
    Quantity.FED: N_("Training on it"),
}

_OF_TEXT = {Quantity.INFER: N_("Writing"), Quantity.LATENCY: N_("Time to first token")}

_OUTCOMES = {
    Outcome.MEASURED: N_("measured"),
    Outcome.NOT_INSTALLED: N_("not installed"),
    Outcome.IMPORT_FAILED: N_("could not be imported"),
    Outcome.UNSUPPORTED: N_("not supported here"),
    Outcome.EXPORT_FAILED: N_("export failed"),
    Outcome.NOT_EQUIVALENT: N_("computes something else"),
    Outcome.OUT_OF_MEMORY: N_("out of memory"),
    Outcome.TIMED_OUT: N_("timed out"),
    Outcome.CRASHED: N_("crashed"),
    Outcome.PROTOCOL_ERROR: N_("invalid response"),
    Outcome.CANCELLED: N_("cancelled"),
    Outcome.SKIPPED: N_("skipped, time was up"),
}

_TARGETS = {
    Target.SERVER: N_("servers"),
    Target.DESKTOP: N_("desktop computers"),
    Target.ANDROID: N_("Android"),
    Target.IOS: N_("iOS"),
    Target.BROWSER: N_("web browsers"),
    Target.MICROCONTROLLER: N_("microcontrollers"),
}

_GRADES = {
    Grade.A: N_("primary record"),
    Grade.B: N_("indirect, or from an interested party"),
    Grade.C: N_("judgement"),
}

_VERDICTS = {
    VerdictKind.CLEAR: N_("Clear"),
    VerdictKind.LEANING: N_("Leaning"),
    VerdictKind.TOO_CLOSE: N_("Too close to call"),
    VerdictKind.TOO_LITTLE: N_("Not enough measured"),
    VerdictKind.NONE: N_("No recommendation"),
}

_SOURCES = {
    ValueSource.MEASURED: N_("measured here"),
    ValueSource.CATALOGUE: N_("catalogue"),
    ValueSource.USER: N_("your answer"),
    ValueSource.ASSUMED: N_("assumed: no answer counts as none"),
    ValueSource.MISSING: N_("not known"),
    ValueSource.NOT_APPLICABLE: N_("does not apply"),
}

_STATUSES = {
    Status.RUNNING: N_("interrupted"),
    Status.COMPLETE: N_("complete"),
    Status.CANCELLED: N_("cancelled"),
}

_PRIORITY_MODES = {
    PriorityMode.WEIGHTS: N_("weights"),
    PriorityMode.PAIRS: N_("compared in pairs"),
    PriorityMode.ORDER: N_("order only"),
    PriorityMode.NONE: N_("no preference"),
}

_STOP_RULES = {
    StopRule.PRECISE: N_("every interval was narrow enough"),
    StopRule.DECIDED: N_("every order was decided"),
    StopRule.ROUNDS: N_("the budget's rounds were used up"),
    StopRule.TARGET: N_("the budget's fewest rounds were done and its time was used up"),
    StopRule.TIME: N_("the time cap was reached"),
    StopRule.CANCELLED: N_("it was cancelled"),
}

_STORAGE = {
    StorageKind.NVME: "NVMe",
    StorageKind.SSD: "SSD",
    StorageKind.HDD: N_("hard disk"),
    StorageKind.VIRTUAL: N_("virtual disk"),
    StorageKind.NETWORK: N_("network folder"),
    StorageKind.MEMORY: N_("in memory"),
    StorageKind.UNKNOWN: N_("unknown kind"),
}

_BUDGETS = {"quick": N_("quick"), "standard": N_("standard"), "thorough": N_("thorough")}

_RATE_UNITS = {
    Task.IMAGE_CLASSIFICATION: N_("images/s"),
    Task.NLP: N_("sequences/s"),
    Task.RL: N_("transitions/s"),
    Task.TEXT_GENERATION: N_("sequences/s"),
}

_USER_TERMS = {
    "epoch_s": N_("Time per epoch"),
    "training_run_s": N_("Whole training"),
    "requests_per_s": N_("Requests per second"),
    "latency_s": N_("Latency of one answer"),
    "latency_p99_s": N_("Latency, 99th percentile"),
    "largest_batch": N_("Largest batch"),
}

_TERMS_OF_TEXT = {
    "requests_per_s": N_("Tokens per second"),
    "latency_s": N_("Time to first token"),
    "latency_p99_s": N_("Time to first token, 99th percentile"),
}

_METHODS = {
    "topsis": "TOPSIS",
    "promethee-ii": "PROMETHEE II",
    "spotis": "SPOTIS",
}


def criterion(value: Criterion, language: str) -> str:
    """Name a criterion; one without words of its own by its id."""
    name, _note = _CRITERIA.get(value, (value.replace("_", " ").capitalize(), ""))
    return translator(language).gettext(name)


def criterion_inline(value: Criterion, language: str) -> str:
    """Name a criterion inside a sentence."""
    return criterion(value, language).lower()


def criterion_of(code: str, language: str) -> str:
    """Name a criterion inside a sentence by its code; an unknown code as it is."""
    return criterion_inline(Criterion(code), language) if code in set(Criterion) else code


def criterion_note(value: Criterion, language: str) -> str:
    """Say in a few words what a criterion looks at; "" for one without words of its own."""
    _name, note = _CRITERIA.get(value, ("", ""))
    return translator(language).gettext(note) if note else ""


def group(value: Group, language: str) -> str:
    """Name a group of criteria."""
    return translator(language).gettext(_GROUPS[value])


def task(value: Task, language: str) -> str:
    """Name a task."""
    return translator(language).gettext(_TASKS[value])


def workload(value: str, language: str) -> str:
    """Name a workload by its architecture, or the task that stands for one that never ran."""
    if value in set(Task):
        return task(Task(value), language)
    if is_own(value):
        return (
            translator(language).gettext("your own work ({digest})").format(digest=value.rpartition("-")[2])
        )
    return WORKLOADS[value].architecture if value in WORKLOADS else value


def architecture(value: Workload, language: str) -> str:
    """Name what a workload computes: its architecture; of own work that stays private, what tells it from other."""
    _ = translator(language).gettext
    if value.architecture:
        return value.architecture
    digest = value.id.rpartition("-")[2]
    match value.source:
        case Source.SCRIPT:
            return _("your script ({digest})").format(digest=digest)
        case Source.MODEL:
            return _("your model ({digest})").format(digest=digest)
        case _:
            return value.id


def stage(value: ProjectStage, language: str) -> str:
    """Name a project stage."""
    return translator(language).gettext(_STAGES[value])


def basis(needs: Needs, language: str) -> str:
    """Say which settings a decision stands on."""
    return (
        translator(language).gettext(_BASES[needs.basis]).format(loss=fmt.stated_percent(needs.accepted_loss))
    )


def size(value: Size, language: str) -> str:
    """Name a workload size."""
    return translator(language).gettext(_SIZES[value])


def configuration(value: Configuration, language: str) -> str:
    """Name a configuration: the default, the compiled way, or the levers that it pulls."""
    _ = translator(language).gettext
    if value.is_default:
        return _("default")
    if value.origin is ConfigurationOrigin.TUNED:
        return _("tuned: {settings}").format(settings=value.label)
    return _("compiled") if value.origin is ConfigurationOrigin.COMPILED else value.label


def quantity(value: Quantity, language: str, workload: Workload | None = None) -> str:
    """Name a quantity; of a workload that writes text its inference is writing, after a first token."""
    named = _OF_TEXT if workload is not None and workload.generates else {}
    return translator(language).gettext(named.get(value, _QUANTITIES[value]))


def outcome(value: Outcome, language: str) -> str:
    """Name an outcome, as it stands in a table where a figure would be."""
    return translator(language).gettext(_OUTCOMES[value])


def target(value: Target, language: str) -> str:
    """Name a deployment target."""
    return translator(language).gettext(_TARGETS[value])


def grade(value: Grade, language: str) -> str:
    """Say what an evidence grade means."""
    return translator(language).gettext(_GRADES[value])


def verdict_kind(value: VerdictKind, language: str) -> str:
    """Name how firm a verdict is."""
    return translator(language).gettext(_VERDICTS[value])


def value_source(value: ValueSource, language: str) -> str:
    """Name where a value comes from."""
    return translator(language).gettext(_SOURCES[value])


def status(value: Status, language: str) -> str:
    """Name how far a run came."""
    return translator(language).gettext(_STATUSES[value])


def priority_mode(value: PriorityMode, language: str) -> str:
    """Name what is known of the user's weights."""
    return translator(language).gettext(_PRIORITY_MODES[value])


def stop_rule(value: StopRule, language: str) -> str:
    """Say why sampling ended, as half a sentence."""
    return translator(language).gettext(_STOP_RULES[value])


def storage_kind(value: StorageKind, language: str) -> str:
    """Name how a folder is stored."""
    return translator(language).gettext(_STORAGE[value])


def budget(value: str, language: str) -> str:
    """Name a budget; an unknown id as it is."""
    return translator(language).gettext(_BUDGETS.get(value, value))


def rate_unit(value: Workload, quantity_of: Quantity, language: str) -> str:
    """Return the unit of a rate: images, sequences, tokens, transitions, environment steps or items per second."""
    gettext = translator(language).gettext
    if quantity_of is Quantity.LOOP:
        return gettext(N_("steps/s"))
    if value.generates and quantity_of is not Quantity.TRAIN:
        return gettext(N_("tokens/s"))
    return gettext(_RATE_UNITS[value.task] if value.source is Source.PUBLISHED else N_("items/s"))


def user_term(value: str, language: str, *, generates: bool = False) -> str:
    """Name a figure in the user's terms; an unknown code as it is.

    Parameters
    ----------
    generates : bool
        Whether the workload writes text: an answer is a token then, and its latency that of the first one.
    """
    named = _TERMS_OF_TEXT if generates else {}
    return translator(language).gettext(named.get(value, _USER_TERMS.get(value, value)))


def method(value: str) -> str:
    """Name a decision method, which is the same in every language."""
    return _METHODS.get(value, value)


def programming_language(value: str) -> str:
    """Name a programming language by its id."""
    special = {"c++": "C++", "javascript": "JavaScript", "c#": "C#"}
    return special.get(value, value.capitalize())


def device(value: str, language: str) -> str:
    """Name a device as frameworks call it: ``cpu``, ``cuda:0``, ``rocm:0``, ``mps``, ``xpu:0``."""
    if value == "cpu":
        return translator(language).gettext(N_("CPU"))
    kind, _, index = value.partition(":")
    name = {"cuda": "CUDA", "rocm": "ROCm", "mps": "Apple MPS", "xpu": "Intel XPU"}.get(kind, kind)
    return f"{name} {index}" if index else name


def alternative_names(catalogue: Iterable[Framework]) -> dict[str, str]:
    """Return the display name of every alternative by id: ``PyTorch``, ``Keras (JAX)``, ``PyTorch → OpenVINO``."""
    return {alternative.id: alternative.name for _, alternative in offered(catalogue)}


def name_of(alternative: str, names: Mapping[str, str]) -> str:
    """Return an alternative's display name, its id where the catalogue no longer knows it."""
    return names.get(alternative, alternative)
