"""The verdict and its thresholds, all in one place."""

from enum import StrEnum

import numpy as np

from advisor.decision import explain
from advisor.decision.model import Contrast, Verdict, VerdictKind
from advisor.decision.random_streams import Floats, Floats32
from advisor.probes.intervals import TAILS

CLEAR_PROBABILITY = 0.9
"""Clear: best in at least this share of draws, the gap's interval lies above 0, and nothing caps it."""

LEANING_PROBABILITY = 0.65
"""Leaning: best in at least this share of draws; below, it is too close to call."""

LEANING_WIN = 0.75
"""Leaning also takes this winning probability over the runner-up."""

REPEATABLE_SDS = 2.0
"""Clear and leaning take a gap of this many standard deviations of what measuring again would do to it, so
that repeated runs on one machine don't contradict each other: of two equals, one pair of runs in a thousand
would favour first the one and then the other by so much."""

SHORTLIST_PROBABILITY = 0.1
SHORTLIST_RELATIVE = 0.25
"""On the shortlist beside the first: best in at least a tenth of draws, and at least a quarter as often as the
likeliest; where nobody is, who is best most often."""


class Reason(StrEnum):
    """Why the verdict is what it is."""

    DOMINANT = "dominant"  # at least as good as the runner-up on every criterion
    ROBUST = "robust"  # clear, though the runner-up is better somewhere
    LIKELY = "likely"  # leaning
    HELD_BACK = "held-back"  # leaning, though it would be clear but for a doubt
    INTERVAL_SPANS_ZERO = "interval-spans-zero"  # too close: the gap can't be told from none
    BACKENDS_CLOSE = (
        "backends-close"  # too close, but only between backends of one framework, or what serves it
    )
    ONLY_ELIGIBLE = "only-eligible"  # everybody else fails a gate
    ONLY_PROVEN = "only-proven"  # leaning: of others it isn't known whether they pass
    FEW_MEASURED = "few-measured"  # nothing to compare it with
    CANCELLED = "cancelled"  # the run was stopped before its end
    ALL_RULED_OUT = "all-ruled-out"  # every alternative fails a gate
    NONE_PROVEN = "none-proven"  # nobody passes, but some gates are unknown


def nothing(reason: Reason, nearest: tuple[str, ...]) -> Verdict:
    """Return the verdict where no alternative may be recommended."""
    return Verdict(VerdictKind.NONE, (), None, reason=reason, nearest=nearest)


def too_little(reason: Reason, to_measure: tuple[str, ...]) -> Verdict:
    """Return the verdict where not enough was measured to recommend anything."""
    return Verdict(VerdictKind.TOO_LITTLE, (), None, reason=reason, nearest=to_measure)


def alone(name: str, *, others_fail: bool, capped: bool) -> Verdict:
    """Return the verdict where a single alternative may be recommended.

    It is clear only if a requirement rules out everybody else: to be the only one proven is no lead.
    """
    reason = Reason.ONLY_ELIGIBLE if others_fail else Reason.ONLY_PROVEN
    kind = VerdictKind.CLEAR if others_fail and not capped else VerdictKind.LEANING
    return Verdict(kind, (name,), None, reason=reason)


def reach(
    names: list[str],
    frameworks: list[str],
    points: Floats,
    scores: Floats32,
    contrasts: dict[str, Contrast],
    repeat_sd: float,
    *,
    capped: bool = False,
) -> Verdict:
    """Return the verdict over two or more eligible alternatives.

    Parameters
    ----------
    names, frameworks : list of str
        The eligible alternatives, best first, and their frameworks.
    points : array, shape (n,)
        Their central values.
    scores : array, shape (n, draws)
        Their values in every draw, exact ties settled.
    contrasts : dict
        The first's contrast with each of the others.
    repeat_sd : float
        Standard deviation that measuring again would give the gap between the first two.
    capped : bool
        Whether some doubt keeps the verdict from being clear, however large the lead.
    """
    best = np.bincount(scores.argmax(axis=0), minlength=len(names)) / scores.shape[1]
    gap_low, gap_high = _interval(scores[0] - scores[1])
    probability, win = float(best[0]), float(np.mean(scores[0] > scores[1]))
    of_framework = sum(
        float(each) for each, name in zip(best, frameworks, strict=True) if name == frameworks[0]
    )
    rival = 1
    recommended: tuple[str, ...] = (names[0],)
    lasting = float(points[0] - points[1]) >= REPEATABLE_SDS * repeat_sd
    if lasting and probability >= CLEAR_PROBABILITY and gap_low > 0:
        kind = VerdictKind.CLEAR
        dominant = all(part.points >= 0 for part in contrasts[names[1]].contributions)
        reason = Reason.DOMINANT if dominant else Reason.ROBUST
        if capped:
            kind, reason = VerdictKind.LEANING, Reason.HELD_BACK
    elif lasting and probability >= LEANING_PROBABILITY and win >= LEANING_WIN:
        kind, reason = VerdictKind.LEANING, Reason.LIKELY
    else:
        kind, reason = VerdictKind.TOO_CLOSE, Reason.INTERVAL_SPANS_ZERO
        bar = max(SHORTLIST_PROBABILITY, SHORTLIST_RELATIVE * float(best.max()))
        others = [place for place in range(1, len(names)) if best[place] >= bar]
        # The second by points may never be best: another backend of the first one's framework loses with it.
        others = others or [1 + int(best[1:].argmax())]
        rival, listed = others[0], [0, *others]
        gap_low, gap_high = _interval(scores[0] - scores[rival])
        recommended = tuple(names[place] for place in listed)
        if len({frameworks[place] for place in listed}) == 1:
            reason = Reason.BACKENDS_CLOSE
    return Verdict(
        kind=kind,
        recommended=recommended,
        probability=probability,
        runner_up=names[rival],
        gap=float(points[0] - points[rival]),
        gap_low=gap_low,
        gap_high=gap_high,
        reason=reason,
        decisive=explain.decisive(contrasts[names[rival]]),
        framework_probability=of_framework,
    )


def _interval(leads: Floats32) -> tuple[float, float]:
    """Return what the central part of some draws lies between."""
    ordered = np.sort(leads)
    low, high = (float(ordered[int(share * (len(ordered) - 1))]) for share in TAILS)
    return low, high
