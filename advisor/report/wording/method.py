"""How the figures were made and the decision was reached, for readers who want to check it."""

from collections.abc import Sequence

from advisor.decision.criteria import PROCESS_BYTES
from advisor.decision.model import Decision, Needs, PriorityMode, ValueSource
from advisor.decision.trust import FEW_ROUNDS, HEAVY_LOAD, LEAST_MEASURED
from advisor.decision.verdict import (
    CLEAR_PROBABILITY,
    LEANING_PROBABILITY,
    LEANING_WIN,
    REPEATABLE_SDS,
)
from advisor.i18n import translator
from advisor.probes.model import ProbeResult, WorkloadRun
from advisor.probes.rounds import FAR_BEHIND, FAR_NOTE, FAR_ROUNDS
from advisor.probes.statistics import latency_percentiles
from advisor.report import format as fmt
from advisor.report.wording import own
from advisor.workloads.model import Source


def measuring(runs: Sequence[WorkloadRun], language: str) -> list[str]:
    """Return the rules of measurement that these runs kept to, a sentence or two each."""
    _ = translator(language).gettext
    results = _measured(runs)
    if not results:
        return [_("Nothing was measured.")]
    said = []
    if any(run.workload.source is Source.PUBLISHED for run in runs):
        said.append(
            _(
                "Same work: every framework builds the same published network from the same seeded weights. "
                "Parameters, outputs and the loss after one training step are compared with a float64 reference "
                "before anything is timed; what differs is not timed."
            )
        )
    said += own.measuring(runs, language)
    said += [
        _(
            "Same conditions: data type, batch, threads and cores are the same for all; reduced precision is "
            "off unless stated. Processor time over wall time is reported beside each figure."
        ),
        _(
            "Phases apart: import, building, the first step with its compiling, warm-up and steady state are "
            "timed separately. Speeds are of the steady state alone."
        ),
    ]
    if any(not each.subject.configuration.is_default for each in results):
        said.append(
            _(
                "Several settings: each framework’s defaults and other settings are measured as separate "
                "configurations. Odd rounds choose the one that does the planned work soonest and even rounds "
                "judge it, so that the luck of the choice doesn’t count; a tie goes to the fewest settings."
            )
        )
    several = len({each.subject.alternative for each in results}) > 1
    if several and all(run.interleaved and not run.blocks for run in runs):
        said.append(
            _(
                "Interleaved rounds: all frameworks stay loaded, and in every round each takes one sample, in "
                "random order and alone on the machine, so that drift meets all alike."
            )
        )
    elif several and any(run.blocks and run.interleaved for run in runs):
        said.append(
            _(
                "Blocks: not all frameworks fit in memory together. Those of one block share its rounds, and one "
                "that is measured in every block links them, so that drift between blocks drops out."
            )
        )
    if any(FAR_NOTE in each.notes for each in results):
        said.append(
            _(
                "Fewer rounds: who takes {ratio} times as long as another framework at the least, in everything that "
                "it can do, gets no further rounds after the first {rounds}. All samples taken count."
            ).format(ratio=fmt.exact(FAR_BEHIND), rounds=FAR_ROUNDS)
        )
    confidence = fmt.confidence()
    said.append(
        _("The round is the unit: a figure is the median over rounds with its {confidence} interval.").format(
            confidence=confidence
        )
    )
    if several and any(run.interleaved for run in runs):
        said.append(_("Frameworks are compared within rounds. A ratio whose interval holds 1 is a tie."))
    if any(_has_tail(each) for each in results):
        said.append(
            _("The 99th percentile’s interval is a bootstrap over rounds, each with all of its calls.")
        )
    if any(each.memory is not None for each in results):
        said.append(_("Memory is read over the first steps, in the process that is timed afterwards."))
    if any(each.scaling for each in results):
        said.append(_("Scalability is the same step on fewer cores and on all, taken in turn."))
    if any(each.parallel for each in results):
        said.append(_("Scaling over processes comes last, in rounds of its own with one core beside it."))
    said.append(_("Nothing on the machine is tuned; what may distort a figure is warned of."))
    return said


def deciding(decision: Decision, language: str) -> list[str]:
    """Return how values became this ranking and this verdict, a sentence or two each."""
    _ = translator(language).gettext
    said = []
    if decision.gates:
        said.append(
            _(
                "Requirements come first and are not traded off: an alternative that fails one is ruled out, and "
                "one of which it is not known is ranked but not recommended."
            )
        )
    said.append(
        _(
            "Every value is placed on a fixed scale, so that adding or leaving out an alternative moves no "
            "other: for speeds a doubling is worth 33 points, and for memory a doubling of what training adds "
            "and {process} beside it."
        ).format(process=fmt.size(PROCESS_BYTES))
    )
    said.append(
        _("Points are added with weights that come from swings, in groups, so that no group counts twice.")
    )
    said.append(
        _(
            "Uncertainty: {draws} draws of weights, measurements and cited facts (SMAA-2). Common drift "
            "cancels, because all alternatives share each draw’s rounds."
        ).format(draws=fmt.whole(decision.draws))
    )
    if any(each.source is ValueSource.MISSING for each in decision.values):
        said.append(
            _(
                "A value that is not known is neither guessed nor dropped: it may lie anywhere on its scale in "
                "each draw. An alternative that was not measured at all neither wins nor loses."
            )
        )
    return [*said, rule(language)]


def rule(language: str) -> str:
    """Return when a verdict is clear, leaning or neither, in full and by the figures that decide."""
    _ = translator(language).gettext
    return _(
        "Nothing is recommended where fewer than {least} frameworks were measured or the run was stopped. Clear: "
        "best in at least {clear} of draws, the {confidence} interval of its lead lies above zero, and the lead "
        "is at least {sds} standard deviations of what measuring again would do to it; never where others took "
        "{load} or more of the processors’ time, where fewer than {rounds} rounds were taken, or where somebody "
        "who isn’t ruled out was not measured. Who is left when requirements rule out everybody else is clear "
        "without a lead. Leaning: the same lead by repetition, best in at least {leaning} of draws, and ahead "
        "of the second in at least {win}; or the only one known to meet every requirement. Otherwise it is too "
        "close to call."
    ).format(
        least=LEAST_MEASURED,
        clear=fmt.percent(CLEAR_PROBABILITY),
        confidence=fmt.confidence(),
        sds=fmt.exact(REPEATABLE_SDS),
        load=fmt.percent(HEAVY_LOAD),
        rounds=FEW_ROUNDS,
        leaning=fmt.percent(LEANING_PROBABILITY),
        win=fmt.percent(LEANING_WIN),
    )


def references(runs: Sequence[WorkloadRun], decision: Decision | None, needs: Needs) -> tuple[str, ...]:
    """Return what the methods that were used rest on."""
    results = _measured(runs)
    rounds = max((len({sample.round for sample in each.samples}) for each in results), default=0)
    methods = {each.method for each in decision.sensitivity.methods} if decision else set()
    decided = decision is not None
    mode = needs.priorities.mode
    used = {
        "smaa": decided,
        "smarts": decided and mode is PriorityMode.WEIGHTS,
        "centroid": decided and mode in (PriorityMode.WEIGHTS, PriorityMode.PAIRS, PriorityMode.ORDER),
        "ahp": decided and mode is PriorityMode.PAIRS,
        "order-statistics": rounds >= 6,
        "repeating": bool(results),
        "bootstrap": any(_has_tail(each) for each in results),
        **{method: method in methods for method in ("topsis", "promethee-ii", "spotis")},
    }
    return tuple(text for key, text in _REFERENCES.items() if used[key])


def _measured(runs: Sequence[WorkloadRun]) -> list[ProbeResult]:
    return [each for run in runs for each in run.results if each.samples]


def _has_tail(result: ProbeResult) -> bool:
    found = latency_percentiles(result.samples)
    return found is not None and found.p99_s is not None


def limits(runs: Sequence[WorkloadRun], language: str) -> list[str]:
    """Return what an assessment cannot tell, a sentence each."""
    _ = translator(language).gettext
    cited = _("Cited facts are as old as their date; judgements of grade C are judgements.")
    if not _measured(runs):
        return [_("How fast anything is on this machine: nothing was measured."), cited]
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
        cited,
    ]


_REFERENCES = {
    "smaa": "R. Lahdelma, P. Salminen: SMAA-2: Stochastic multicriteria acceptability analysis for group "
    "decision making. Operations Research 49 (2001) 444–454.",
    "smarts": "W. Edwards, F. H. Barron: SMARTS and SMARTER. Organizational Behavior and Human Decision "
    "Processes 60 (1994) 306–325.",
    "centroid": "F. H. Barron, B. E. Barrett: Decision quality using ranked attribute weights. Management "
    "Science 42 (1996) 1515–1523.",
    "ahp": "T. L. Saaty: A scaling method for priorities in hierarchical structures. Journal of Mathematical "
    "Psychology 15 (1977) 234–281.",
    "order-statistics": "T. P. Hettmansperger, S. J. Sheather: Confidence intervals based on interpolated order "
    "statistics. Statistics & Probability Letters 4 (1986) 75–79.",
    "bootstrap": "B. Efron: Bootstrap methods: another look at the jackknife. Annals of Statistics 7 (1979) 1–26.",
    "repeating": "T. Kalibera, R. Jones: Rigorous benchmarking in reasonable time. ISMM 2013, 63–74.",
    "topsis": "C.-L. Hwang, K. Yoon: Multiple attribute decision making (TOPSIS). Springer 1981.",
    "promethee-ii": "J.-P. Brans, P. Vincke: A preference ranking organisation method (PROMETHEE). Management "
    "Science 31 (1985) 647–656.",
    "spotis": "J. Dezert, A. Tchamova, D. Han, J.-M. Tacnet: The SPOTIS rank reversal free method for "
    "multi-criteria decision-making support. FUSION 2020.",
}
"""What the methods rest on, as cited; the same in every language. Networks are cited where they are measured."""
