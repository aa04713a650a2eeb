"""A run on its way, in words: phases, the stages of a subject, installations, the clock."""

from advisor.assessment.pipeline import Phase
from advisor.frameworks.model import Affects, InstallProgress, InstallState
from advisor.i18n import N_, translator
from advisor.probes.model import LearningProgress, Quantity, SearchProgress, Stage
from advisor.report import format as fmt
from advisor.report.wording import names

_PHASES = {
    Phase.INSTALL: N_("Setting up frameworks"),
    Phase.CALIBRATE: N_("Measuring the machine itself"),
    Phase.PROBE: N_("Measuring frameworks"),
    Phase.DECIDE: N_("Weighing the results"),
}

_STAGES = {
    Stage.WAITING: N_("waiting"),
    Stage.STARTING: N_("starting"),
    Stage.EXPORTING: N_("exporting the network"),
    Stage.PREPARING: N_("building, checking that it does the same work"),
    Stage.WARMING_UP: N_("warming up"),
    Stage.SAMPLING: N_("measuring"),
    Stage.MEMORY: N_("measuring memory"),
    Stage.SCALING: N_("measuring scalability"),
    Stage.LOADING: N_("reading your data"),
    Stage.PARALLEL: N_("measuring scaling over processes"),
    Stage.DONE: N_("done"),
    Stage.FAILED: N_("not measured"),
}

_INSTALLING = {
    InstallState.RESOLVING: N_("looking for packages"),
    InstallState.DOWNLOADING: N_("downloading"),
    InstallState.INSTALLING: N_("installing"),
    InstallState.VERIFYING: N_("trying it out"),
    InstallState.DONE: N_("ready"),
    InstallState.FAILED: N_("failed"),
    InstallState.CANCELLED: N_("cancelled"),
}


def phase(value: Phase, language: str) -> str:
    """Name a phase of a run."""
    return translator(language).gettext(_PHASES[value])


def stage(value: Stage, language: str) -> str:
    """Name the stage that a subject is in."""
    return translator(language).gettext(_STAGES[value])


def installing(progress: InstallProgress, language: str) -> str:
    """Say where an installation stands; a failure with its reason."""
    text = translator(language).gettext(_INSTALLING[progress.state])
    return f"{text}: {progress.reason}" if progress.reason else text


_GOALS = {Affects.TRAIN: N_("training"), Affects.INFER: N_("inference")}


def goal(value: Affects, language: str) -> str:
    """Name what a search makes faster."""
    return translator(language).gettext(_GOALS[value])


def searching(event: SearchProgress, labels: dict[str, str], language: str) -> str:
    """Say how far a search for faster settings is."""
    _ = translator(language).gettext
    return _("Searching settings: {framework}, {goal}: {n} tried, best so far {gain}").format(
        framework=names.name_of(event.alternative, labels),
        goal=goal(event.goal, language),
        n=event.tried,
        gain=fmt.ratio(event.gain),
    )


def learning(event: LearningProgress, labels: dict[str, str], language: str) -> str:
    """Say how far a network is on its way to a target."""
    _ = translator(language).gettext
    text = _("Time to a target: {framework}, seed {seed} of {seeds}: {steps} steps, score {score}")
    if event.trial:
        text = _("Hyper-parameters: {framework}, trial {seed} of {seeds}: score {score}")
    return text.format(
        framework=names.name_of(event.alternative, labels),
        seed=event.seed,
        seeds=event.seeds,
        steps=fmt.whole(event.steps),
        score=fmt.number(event.score),
    )


def clock(elapsed_s: float, remaining_s: float | None, language: str) -> str:
    """Say how long a run has taken and about how long it will still take, both in minutes and seconds."""
    _ = translator(language).gettext
    elapsed = _minutes(elapsed_s)
    if remaining_s is None:
        return _("{elapsed} so far").format(elapsed=elapsed)
    return _("{elapsed} so far, about {remaining} to go").format(
        elapsed=elapsed, remaining=_minutes(remaining_s)
    )


def provisional(elapsed_s: float, quantity: Quantity, entries: list[str], language: str) -> str:
    """Say who is ahead as soon as everybody has a first interval; the order may still change."""
    _ = translator(language).gettext
    return _("Provisional after {elapsed}, by {quantity}: {entries}").format(
        elapsed=fmt.duration(elapsed_s, language),
        quantity=names.quantity(quantity, language).lower(),
        entries=_("; ").join(entries),
    )


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
