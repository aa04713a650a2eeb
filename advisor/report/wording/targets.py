"""Time to a target in words: what is learnt, what the curves say, and how to read the figures."""

from advisor.i18n import N_, translator
from advisor.probes import learning
from advisor.probes.learning import TargetRun
from advisor.report import format as fmt
from advisor.workloads.targets import LearningTarget, Measure

_NAMES = {
    "digits": N_("Handwritten digits"),
    "cartpole": N_("CartPole"),
    "spam": N_("Unwanted mail"),
}

_ABOUT = {
    "digits": N_(
        "A small convolutional network learns to read 1,797 handwritten digits of 8 × 8 pixels, a fifth of which it is "
        "tested on and never trained with (Optical Recognition of Handwritten Digits, Alpaydin and Kaynak 1998, "
        "CC BY 4.0)."
    ),
    "spam": N_(
        "A small encoder with attention learns to tell unwanted mail from other by the first 64 words, from 2,000 "
        "mails of the SpamAssassin corpus, a fifth of which it is tested on and never trained with (PDDL 1.0, CC0 1.0)."
    ),
    "cartpole": N_(
        "A small network learns by deep Q-learning to balance a pole on a cart. It is tested in 20 games of at most "
        "500 steps, without exploring; a mean of 195 is what Gym’s CartPole-v0 called solved."
    ),
}


def name(target: LearningTarget, language: str) -> str:
    """Name what is learnt."""
    return translator(language).gettext(_NAMES.get(target.workload.id, target.workload.id))


def about(target: LearningTarget, language: str) -> str:
    """Say what is learnt, from what, and how it is tested."""
    _ = translator(language).gettext
    said = _(_ABOUT[target.workload.id]) if target.workload.id in _ABOUT else target.workload.architecture
    same = _("Weights at the start, order, optimiser and precision are the same in every framework.")
    return fmt.joined(said, same, language=language)


def score(target: LearningTarget, value: float) -> str:
    """Write a score in the target's measure."""
    return fmt.percent(value, 1) if target.measure is Measure.ACCURACY else fmt.fixed(value, 1)


def meaning(run: TargetRun, language: str) -> str:
    """Say what the curves mean for the choice of a framework."""
    _ = translator(language).gettext
    found = learning.agreement(run)
    if found is None:
        return _("Only one framework learnt it, so there is nothing to compare.")
    if found.same_steps:
        text = _(
            "Every framework took the same number of steps with each seed, and scores after as many steps were at most "
            "{gap} apart: this time is the speed of a training step in other words. It carries no weight in the "
            "ranking, which counts that speed already."
        )
    elif found.same_steps is None:
        text = _(
            "Some curves ended early, so whether frameworks take the same number of steps is not known; scores after "
            "as many steps were at most {gap} apart. This carries no weight in the ranking, which counts the speed of "
            "a step."
        )
    else:
        text = _(
            "From equal weights, in equal order, frameworks took different numbers of steps: they round sums "
            "differently, and learning enlarges that (scores after as many steps were up to {gap} apart). Who needs "
            "fewer steps is chance here, so this carries no weight in the ranking, which counts the speed of a step."
        )
    return text.format(gap=score(run.target, found.gap))


def reading(run: TargetRun, language: str) -> str:
    """Say how the table of times is to be read."""
    _ = translator(language).gettext
    return _(
        "Training alone is timed, the first step with its compiling included; testing, every {every} steps, is not. "
        "Medians of {seeds} seeds, in brackets the quickest and the slowest; “>” where a curve ended before the target "
        "was reached, after {most} steps or when its time was up."
    ).format(
        every=fmt.whole(run.target.every),
        seeds=fmt.whole(run.seeds),
        most=fmt.whole(run.target.most_steps),
    )
