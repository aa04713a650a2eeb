"""The program's terms in plain words, for whoever meets one in the window or in a report."""

from advisor.decision import ahp
from advisor.decision.engine import DRAWS
from advisor.i18n import N_, translator
from advisor.report import format as fmt

_ENTRIES = (
    (
        N_("Acceptability"),
        N_(
            "In what share of {draws} plausible readings of the evidence and the priorities a framework takes a rank. "
            "“First in 93%” says how firm a first place is, not how much better it is."
        ),
    ),
    (
        N_("Alternative"),
        N_("What can be adopted: a framework, or one with a backend, such as Keras on JAX."),
    ),
    (
        N_("Censored"),
        N_(
            "Of a learning curve that ended before its target was reached: all that is known is that the target takes "
            "longer."
        ),
    ),
    (
        N_("Comparison in pairs (AHP)"),
        N_(
            "Instead of points, you say of two things at a time how many times more the one matters. Weights are "
            "worked out from all pairs together."
        ),
    ),
    (
        N_("Confidence factor"),
        N_(
            "How often an alternative would come first under the weights that suit it best: what is left is doubt in "
            "the figures, not in the priorities."
        ),
    ),
    (
        N_("Configuration"),
        N_("How a framework is run: as it comes, compiled, or with settings of its own changed."),
    ),
    (
        N_("Consistency ratio"),
        N_(
            "How much comparisons in pairs contradict one another: 0 is not at all, 1 as much as answers by chance. "
            "Up to {accepted} is accepted; above it, one pair is named to be looked at again."
        ),
    ),
    (
        N_("Criterion"),
        N_(
            "What frameworks are judged by, such as training speed or deployment targets; criteria come in groups."
        ),
    ),
    (
        N_("Draw"),
        N_(
            "One plausible reading: figures, evidence and weights, each drawn from where it may lie. The answer is "
            "worked out for {draws} of them."
        ),
    ),
    (
        N_("Eligible"),
        N_(
            "Somebody who meets every requirement, or whose missed ones you waive. Only such are recommended."
        ),
    ),
    (
        N_("Gate"),
        N_(
            "A requirement that is met, missed or not known, and never traded off against points. Who misses one is "
            "ruled out; where it isn't known, somebody is ranked but not recommended."
        ),
    ),
    (
        N_("Interval"),
        N_(
            "Between which two figures the true one plausibly lies: those shown are of {confidence}. The wider, the "
            "less is known."
        ),
    ),
    (
        N_("Learning curve"),
        N_(
            "How well a network does on what it was not trained with, against the steps or the time of training."
        ),
    ),
    (
        N_("Median"),
        N_("The middle one of several figures: half are smaller, half larger. A few odd ones don't move it."),
    ),
    (
        N_("Points"),
        N_(
            "How good a figure is, on a scale that is the same whoever else is compared: 0 and 100 are fixed "
            "references. A doubling of speed is worth 33 points."
        ),
    ),
    (
        N_("Regret"),
        N_(
            "How many points are lost on average to whoever would have been best, over all draws. Small regret says "
            "that the choice is hardly ever a bad one."
        ),
    ),
    (
        N_("Round"),
        N_(
            "One turn in which every framework is sampled, one after the other, so that all have the same "
            "circumstances. Ratios are taken within rounds."
        ),
    ),
    (
        N_("Scenario"),
        N_("Other answers to the same measurements, kept with an assessment under a name."),
    ),
    (
        N_("Stability of a weight"),
        N_(
            "Between which weights of a criterion the first stays first, the others keeping their proportions."
        ),
    ),
    (
        N_("Steady state"),
        N_(
            "When steps take alike long, after importing, compiling and warming up. Speeds are measured there."
        ),
    ),
    (
        N_("Sureness"),
        N_("How sure you are of your weights. The less, the further they are varied from draw to draw."),
    ),
    (
        N_("Swing"),
        N_(
            "The step from the worst to the best on a criterion. A weight says how much that step is worth to you, "
            "not how important the criterion is in general."
        ),
    ),
    (
        N_("Tie"),
        N_(
            "Two that can't be told apart: the interval of their ratio holds 1, or that of their lead holds 0."
        ),
    ),
    (
        N_("Verdict"),
        N_(
            "How firm the answer is: clear, leaning, too close to call, not enough measured, or no recommendation "
            "because everybody is ruled out."
        ),
    ),
)


def entries(language: str) -> tuple[tuple[str, str], ...]:
    """Return every term with what it means, in the order of the alphabet in English."""
    _ = translator(language).gettext
    return tuple(
        (
            _(term),
            _(meaning).format(
                draws=fmt.whole(DRAWS), accepted=fmt.fixed(ahp.ACCEPTED, 1), confidence=fmt.confidence()
            ),
        )
        for term, meaning in _ENTRIES
    )
