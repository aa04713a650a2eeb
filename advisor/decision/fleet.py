"""One choice for several machines: by shares of the work, for all of them, for each, and for what a mix would cost.

Points stand on fixed references, so those of different machines add up. Random streams of evidence and weights are
common to all machines, as the evidence and the user are; those of measurements are each machine's own.
"""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from msgspec import Struct

from advisor.decision import verdict
from advisor.decision.criteria import CRITERIA
from advisor.decision.engine import Model, Scored
from advisor.decision.explain import contrast
from advisor.decision.model import Verdict
from advisor.decision.random_streams import Floats, Floats32
from advisor.decision.verdict import Reason
from advisor.probes.intervals import TAILS

MOST_ALTERNATIVES = 3
"""Mixes of more are not looked at: nobody keeps four frameworks for points."""


class Member(Struct, frozen=True):
    """One machine: its share of the work, and the model of what was measured there."""

    name: str
    share: float
    model: Model
    complete: bool = True


class Common(Struct, frozen=True):
    """One alternative for all machines. ``lacking``: machines where it is not known to be eligible."""

    alternative: str
    framework: str
    points: float
    low: float
    high: float
    probability: float  # share of draws in which it is the best of those that all machines can use
    lacking: tuple[str, ...] = ()


class Mix(Struct, frozen=True):
    """The best use of some alternatives, each machine with the best of them there.

    ``gain`` is what it has before one alternative for all; None where no single one serves all.
    """

    by_machine: dict[str, str]
    frameworks: tuple[str, ...]
    points: float
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None


class OwnBest(Struct, frozen=True):
    """What is best on one machine, and how much the choice for all has less there, in points."""

    machine: str
    share: float  # of all work; they sum to 1
    verdict: Verdict
    best: str | None
    best_points: float | None = None
    common_points: float | None = None


class FleetDecision(Struct, frozen=True):
    """What all machines' measurements say together."""

    verdict: Verdict
    ranking: tuple[Common, ...]
    machines: tuple[OwnBest, ...]
    mixes: tuple[Mix, ...]  # the best of one alternative, of two, …: as far as one more is of any use
    draws: int
    seed: int


def decide_fleet(members: Sequence[Member]) -> FleetDecision:
    """Return the decision; the same one for the same members."""
    total = sum(each.share for each in members)
    shares = [each.share / total for each in members]
    scored = [each.model.scored() for each in members]
    decisions = [each.model.decide() for each in members]
    everywhere = [name for name in scored[0].names if all(name in each.names for each in scored)]
    usable = [name for name in everywhere if all(name in each.eligible for each in scored)]

    points, scores = _added(everywhere, scored, shares)
    order = sorted(everywhere, key=lambda name: (name not in usable, -points[name]))
    chosen = order[: len(usable)]
    frameworks = {name: each.frameworks[name] for each in scored for name in each.names}
    reached = _verdict(chosen, frameworks, points, scores, members, scored, shares)
    best = _first_shares(chosen, scores)
    ranking = []
    for name in order:
        ends = np.sort(scores[name])[[int(tail * (len(scores[name]) - 1)) for tail in TAILS]]
        lacking = tuple(
            member.name for member, each in zip(members, scored, strict=True) if name not in each.eligible
        )
        ranking.append(
            Common(
                name,
                frameworks[name],
                points[name],
                float(ends[0]),
                float(ends[1]),
                best.get(name, 0.0),
                lacking,
            )
        )
    common = chosen[0] if chosen else None
    machines = []
    for member, share, each, decision in zip(members, shares, scored, decisions, strict=True):
        own = each.eligible[0] if each.eligible else None
        machines.append(
            OwnBest(
                member.name,
                share,
                decision.verdict,
                own,
                each.points[own] if own else None,
                each.points[common] if common else None,
            )
        )
    first = members[0].model
    return FleetDecision(
        reached,
        tuple(ranking),
        tuple(machines),
        _mixes(common, frameworks, members, scored, shares),
        first.draws,
        first.seed,
    )


def _added(
    names: Sequence[str], scored: Sequence[Scored], shares: Sequence[float]
) -> tuple[dict[str, float], dict[str, Floats32]]:
    points = {
        name: math.fsum(share * each.points[name] for share, each in zip(shares, scored, strict=True))
        for name in names
    }
    weights = np.array(shares, dtype=np.float32)
    scores: dict[str, Floats32] = {
        name: np.einsum("h,hd->d", weights, np.stack([each.scores[name] for each in scored]))
        for name in names
    }
    return points, scores


def _first_shares(chosen: Sequence[str], scores: dict[str, Floats32]) -> dict[str, float]:
    if not chosen:
        return {}
    first = np.bincount(np.stack([scores[name] for name in chosen]).argmax(axis=0), minlength=len(chosen))
    return {name: float(count) / int(first.sum()) for name, count in zip(chosen, first, strict=True)}


def _verdict(
    chosen: list[str],
    frameworks: dict[str, str],
    points: dict[str, float],
    scores: dict[str, Floats32],
    members: Sequence[Member],
    scored: Sequence[Scored],
    shares: Sequence[float],
) -> Verdict:
    if not chosen:
        return verdict.nothing(Reason.NONE_PROVEN, ())
    capped = not all(each.complete for each in members) or any(each.capped for each in scored)
    if len(chosen) == 1:
        return verdict.alone(chosen[0], others_fail=False, capped=capped)
    leads = {}
    for name in chosen[1:]:
        # Weighted points by criterion, added over the machines; under equal weights they are the parts of the gap.
        parts: Floats = np.sum(
            [
                share * (each.contributions[chosen[0]] - each.contributions[name])
                for share, each in zip(shares, scored, strict=True)
            ],
            axis=0,
        )
        weighty = np.array(
            [any(each.weights[place] > 0 for each in scored) for place in range(len(CRITERIA))]
        )
        leads[name] = contrast(chosen[0], name, np.where(weighty, parts, 0.0), weighty.astype(float))
    # Measuring again would move each machine by itself.
    repeat_sd = math.sqrt(
        sum(
            (share * member.model.repeat_sd(chosen[0], chosen[1])) ** 2
            for share, member in zip(shares, members, strict=True)
        )
    )
    return verdict.reach(
        chosen,
        [frameworks[name] for name in chosen],
        np.array([points[name] for name in chosen]),
        np.stack([scores[name] for name in chosen]),
        leads,
        repeat_sd,
        capped=capped,
    )


def _mixes(
    common: str | None,
    frameworks: dict[str, str],
    members: Sequence[Member],
    scored: Sequence[Scored],
    shares: Sequence[float],
) -> tuple[Mix, ...]:
    """Return for one alternative, two and so on the best use of so many, as long as one more adds anything."""
    names = sorted({name for each in scored for name in each.eligible})
    found: list[Mix] = []
    for count in range(1, min(MOST_ALTERNATIVES, len(names)) + 1):
        best: tuple[float, dict[str, str]] | None = None
        for some in combinations(names, count):
            use: dict[str, str] = {}
            points = 0.0
            for member, each, share in zip(members, scored, shares, strict=True):
                own = [name for name in some if name in each.eligible]
                if not own:
                    break
                use[member.name] = max(own, key=lambda name: each.points[name])
                points += share * each.points[use[member.name]]
            else:
                if best is None or points > best[0]:
                    best = points, use
        if best is None or (found and best[0] <= found[-1].points):
            continue
        found.append(_mix(best, common, frameworks, members, scored, shares))
    return tuple(found)


def _mix(
    best: tuple[float, dict[str, str]],
    common: str | None,
    frameworks: dict[str, str],
    members: Sequence[Member],
    scored: Sequence[Scored],
    shares: Sequence[float],
) -> Mix:
    points, use = best
    used = tuple(dict.fromkeys(frameworks[name] for name in use.values()))
    if common is None:
        return Mix(use, used, points)
    gains = np.sort(
        np.sum(
            [
                share * (each.scores[use[member.name]] - each.scores[common])
                for member, each, share in zip(members, scored, shares, strict=True)
            ],
            axis=0,
        )
    )
    low, high = (float(gains[int(tail * (len(gains) - 1))]) for tail in TAILS)
    central = sum(
        share * (each.points[use[member.name]] - each.points[common])
        for member, each, share in zip(members, scored, shares, strict=True)
    )
    return Mix(use, used, points, central, low, high)
