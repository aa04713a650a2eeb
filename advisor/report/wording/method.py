"""How the figures were made and the decision was reached, for readers who want to check it."""

from advisor.i18n import translator


def measuring(language: str) -> list[str]:
    """Return the rules of measurement, a sentence or two each."""
    _ = translator(language).gettext
    return [
        _(
            "Same work: every framework builds the same published network from the same seeded weights. "
            "Parameters, outputs and the loss after one training step are compared with a float64 reference "
            "before anything is timed; what differs is not timed."
        ),
        _(
            "Same conditions: data type, batch, threads and cores are the same for all; reduced precision is "
            "off unless stated. Processor time over wall time is reported beside each figure."
        ),
        _(
            "Phases apart: import, building, the first step with its compiling, warm-up and steady state are "
            "timed separately. Speeds are of the steady state alone."
        ),
        _(
            "Default and compiled: each framework’s defaults and its own compiled way are measured as "
            "separate configurations. Where an alternative has several, odd rounds choose the one that does the "
            "planned work soonest and even rounds judge it, so that the luck of the choice doesn’t count; a tie "
            "goes to the fewest settings."
        ),
        _(
            "Interleaved rounds: all frameworks stay loaded, and in every round each takes one sample, in "
            "random order and alone on the machine, so that drift meets all alike."
        ),
        _(
            "The round is the unit: a figure is the median over rounds with its 95% interval; frameworks are "
            "compared within rounds. A ratio whose interval holds 1 is a tie."
        ),
        _(
            "Memory is read in a pass of its own, scalability in another; sampling stops when the order is "
            "settled or the time is up, and the rule that stopped it is stated."
        ),
        _("Nothing on the machine is tuned; what may distort a figure is warned of."),
    ]


def deciding(language: str, draws: str) -> list[str]:
    """Return how values become a ranking and a verdict, a sentence or two each."""
    _ = translator(language).gettext
    return [
        _(
            "Requirements come first and are not traded off: an alternative that fails one is ruled out, and "
            "one of which it is not known is ranked but not recommended."
        ),
        _(
            "Every value is placed on a fixed scale, so that adding or leaving out an alternative moves no "
            "other: for speeds and memory a doubling is worth 33 points."
        ),
        _("Points are added with weights that come from swings, in groups, so that no group counts twice."),
        _(
            "Uncertainty: {draws} draws of weights, measurements and cited facts (SMAA-2). Common drift "
            "cancels, because all alternatives share each draw’s rounds."
        ).format(draws=draws),
        _(
            "A value that is not known is neither guessed nor dropped: it may lie anywhere on its scale in "
            "each draw."
        ),
        _(
            "Clear: best in at least 90% of draws, and the 90% interval of its lead lies above zero. "
            "Leaning: best in at least 65% of draws, and ahead of the second in at least 75%. Otherwise it "
            "is too close to call."
        ),
    ]


def limits(language: str) -> list[str]:
    """Return what an assessment cannot tell, a sentence each."""
    _ = translator(language).gettext
    return [
        _(
            "Speeds hold for this machine, these versions and these networks; "
            "another machine may order them anew."
        ),
        _("Loading and augmenting data, input pipelines and storage are not part of the timed steps."),
        _(
            "All frameworks reach the same loss after one step; how well a model turns out after training is "
            "not compared."
        ),
        _("Training over several machines is not measured; scalability here is over the cores of one."),
        _("Cited facts are as old as their date; judgements of grade C are judgements."),
    ]


REFERENCES = (
    "R. Lahdelma, P. Salminen: SMAA-2: Stochastic multicriteria acceptability analysis for group decision "
    "making. Operations Research 49 (2001) 444–454.",
    "W. Edwards, F. H. Barron: SMARTS and SMARTER. Organizational Behavior and Human Decision Processes 60 "
    "(1994) 306–325.",
    "F. H. Barron, B. E. Barrett: Decision quality using ranked attribute weights. Management Science 42 "
    "(1996) 1515–1523.",
    "T. P. Hettmansperger, S. J. Sheather: Confidence intervals based on interpolated order statistics. "
    "Statistics & Probability Letters 4 (1986) 75–79.",
    "T. Kalibera, R. Jones: Rigorous benchmarking in reasonable time. ISMM 2013, 63–74.",
    "C.-L. Hwang, K. Yoon: Multiple attribute decision making (TOPSIS). Springer 1981.",
    "J.-P. Brans, P. Vincke: A preference ranking organisation method (PROMETHEE). Management Science 31 "
    "(1985) 647–656.",
    "J. Dezert, A. Tchamova, D. Han, J.-M. Tacnet: The SPOTIS rank reversal free method for multi-criteria "
    "decision-making support. FUSION 2020.",
    "K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016, 770–778.",
    "J. Devlin, M.-W. Chang, K. Lee, K. Toutanova: BERT. NAACL 2019, 4171–4186.",
    "I. Turc, M.-W. Chang, K. Lee, K. Toutanova: Well-read students learn better. arXiv:1908.08962 (2019).",
    "V. Mnih et al.: Human-level control through deep reinforcement learning. Nature 518 (2015) 529–533.",
    "J. Kaplan et al.: Scaling laws for neural language models. arXiv:2001.08361 (2020).",
)
"""What the method rests on, as cited; the same in every language."""
