"""Weights: presets by rank-order centroids, swing points, and draws of what is likely.

Criteria are weighed in groups, so splitting a criterion in two gives neither more say.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace

from advisor.decision import ahp
from advisor.decision.criteria import CRITERIA, GROUPS, ROWS, tiers
from advisor.decision.model import Criterion, Group, Needs, PriorityMode, ProjectStage
from advisor.decision.random_streams import Floats, Floats32, RandomStreams
from advisor.probes.intervals import NORMAL_TAIL, TAILS

Tiers: TypeAlias = tuple[tuple[Group, ...], ...]

GROUP_ORDER: dict[ProjectStage, Tiers] = {
    ProjectStage.RESEARCH: ((Group.PERFORMANCE, Group.PEOPLE, Group.ECOSYSTEM), (Group.DELIVERY,)),
    ProjectStage.TRAINING: ((Group.PERFORMANCE,), (Group.ECOSYSTEM,), (Group.PEOPLE, Group.DELIVERY)),
    ProjectStage.SERVING: ((Group.PERFORMANCE,), (Group.DELIVERY,), (Group.ECOSYSTEM,), (Group.PEOPLE,)),
    ProjectStage.EDGE: ((Group.DELIVERY, Group.PERFORMANCE), (Group.ECOSYSTEM,), (Group.PEOPLE,)),
}
"""Which group matters first; groups in one tier matter alike. A judgement, to start from."""

UNSURE_SD = 1.0
"""Log standard deviation of a weight of which the user is not sure at all: 90 % of what is likely lies
within a factor of five. It shrinks in proportion to sureness."""

LEARNED_MOST = 2.0
"""How much more a team's skill can come to weigh by its size: reached with ten people."""


def rank_order_centroid(count: int) -> Floats:
    """Return the centre of all weightings that respect an order of ``count`` criteria, most important first.

    ``w_k = (1/n) · Σ_{i=k..n} 1/i`` (Barron and Barrett 1996, Management Science 42:1515-1523).
    """
    return np.asarray(np.cumsum(1.0 / np.arange(count, 0, -1))[::-1] / count)


def tiered_centroid(order: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return rank-order centroids where those within one tier share theirs equally."""
    centroid = rank_order_centroid(sum(len(tier) for tier in order))
    weights: dict[str, float] = {}
    for tier in order:
        place = len(weights)
        weights |= dict.fromkeys(tier, float(centroid[place : place + len(tier)].mean()))
    return weights


def preset(stage: ProjectStage, team_size: int = 1) -> dict[Criterion, float]:
    """Return a stage's swing points, the most important criterion at 100.

    What a team already knows matters the more, the more people would have to learn anew: its points
    grow with the logarithm of the team's size, up to ``LEARNED_MOST`` times.
    """
    groups = tiered_centroid(GROUP_ORDER[stage])
    shares: dict[Criterion, float] = {}
    for group, members in GROUPS.items():
        order = tiers(stage, group)
        within = tiered_centroid(order)
        for criterion in members:
            # One beside its group weighs as much as those of its tier, and takes nothing from them.
            like = criterion if criterion in within else order[ROWS[criterion].tiers[stage] - 1][0]
            shares[criterion] = groups[group] * within[like]
    for row in ROWS.values():
        if row.learned:
            shares[row.id] *= min(1.0 + math.log10(team_size), LEARNED_MOST)
    top = max(shares.values())
    return {criterion: 100.0 * shares[criterion] / top for criterion in CRITERIA}


def swing_points(needs: Needs, assessed: Collection[Criterion] = CRITERIA) -> dict[Criterion, float]:
    """Return the swing points that the needs come to: the user's own, the preset's, those of an order or of pairs.

    With an order only, the points are its centroid, criteria not named sharing the last places. With no
    preference, groups count alike, and criteria alike within each. Both leave out what is not assessed. What counts
    unasked only where it was measured has no points where it is not assessed.
    """
    points = _all_points(needs, assessed)
    named = weighed(needs)
    silent = [each for each in CRITERIA if ROWS[each].whole and each not in assessed and each not in named]
    return points | dict.fromkeys(silent, 0.0)


def _all_points(needs: Needs, assessed: Collection[Criterion]) -> dict[Criterion, float]:
    priorities = needs.priorities
    if priorities.mode is PriorityMode.WEIGHTS:
        return preset(needs.stage, needs.team.size) | priorities.weights
    if priorities.mode is PriorityMode.PAIRS:
        return ahp.points(levels(needs))
    shares: dict[Criterion, float] = {}
    if priorities.mode is PriorityMode.ORDER:
        named = tuple(criterion for criterion in priorities.order if criterion in assessed)
        rest = tuple(each for each in CRITERIA if each in assessed and each not in named)
        centroid = tiered_centroid([*((criterion,) for criterion in named), rest])
        shares = {Criterion(criterion): share for criterion, share in centroid.items()}
    else:
        for group in GROUPS.values():
            used = [criterion for criterion in group if criterion in assessed]
            shares |= {criterion: 1.0 / len(used) for criterion in used}
    top = max(shares.values(), default=1.0)
    return {criterion: 100.0 * shares.get(criterion, 0.0) / top for criterion in CRITERIA}


def stating(
    needs: Needs, points: Mapping[Criterion, float], assessed: Collection[Criterion] = CRITERIA
) -> Needs:
    """Return needs in which some swing points are stated, the others staying what the needs come to.

    Where the needs state no points but an order, pairs or nothing, all that these come to are stated first.
    """
    given = needs.priorities
    stated = {}
    if given.mode is not PriorityMode.WEIGHTS:
        come_to = swing_points(needs, assessed)
        stated = {each: come_to[each] for each in CRITERIA if each in assessed or not ROWS[each].whole}
    weights = {**stated, **given.weights, **points}
    return replace(needs, priorities=replace(given, mode=PriorityMode.WEIGHTS, weights=weights))


def weighed(needs: Needs) -> frozenset[Criterion]:
    """Return the criteria that the user gives weight to in so many words."""
    given = needs.priorities
    if given.mode is PriorityMode.ORDER:
        return frozenset(given.order)
    if given.mode is PriorityMode.PAIRS:
        named = {each for pair in given.comparisons for each in pair.split(":")}
        return frozenset(each for each in CRITERIA if each in named)
    if given.mode is PriorityMode.WEIGHTS:
        return frozenset(each for each, points in given.weights.items() if points > 0)
    return frozenset()


def levels(needs: Needs) -> tuple[ahp.Level, ...]:
    """Return what the needs' comparisons in pairs come to: first the groups, then the criteria of each.

    A pair that is not compared counts as the preset has it.
    """
    return ahp.judge(needs.priorities.comparisons, preset(needs.stage, needs.team.size))


def normalised(points: Floats, assessed: Floats) -> Floats:
    """Return weights that sum to 1 over the assessed criteria; equal ones where no point was given."""
    kept = points * assessed
    if not kept.any():
        kept = assessed
    return np.asarray(kept / max(kept.sum(), np.finfo(float).tiny))


class WeightDraws:
    """Draws of likely weights on fixed random numbers, quick to redo when the points change.

    Parameters
    ----------
    needs : Needs
        Mode, order and sureness.
    assessed : array, shape (criteria,)
        1 where a criterion carries weight, else 0.
    streams : RandomStreams
        Where random draws come from.
    """

    def __init__(self, needs: Needs, assessed: Floats, streams: RandomStreams) -> None:
        self.assessed = assessed
        self.sd = UNSURE_SD * (1.0 - needs.priorities.sureness)
        normal = np.stack([streams.normal("weight", criterion) for criterion in CRITERIA])
        self._factors = (np.exp(self.sd * normal) * assessed[:, None]).astype(np.float32)
        self._stated = self._without_points(needs, streams)

    def draw(self, weights: Floats, *, stated: bool) -> Floats32:
        """Return weights drawn, shape (criteria, draws); each draw sums to 1.

        Parameters
        ----------
        weights : array, shape (criteria,)
            Central weights.
        stated : bool
            Whether the weights are the needs' own; then an order or no preference draws from all
            weightings that respect it. Weights tried out are drawn around themselves.
        """
        if stated and self._stated is not None:
            return self._stated
        drawn = self._factors * weights[:, None].astype(np.float32)
        drawn /= np.maximum(drawn.sum(axis=0), np.finfo(np.float32).tiny)
        return drawn

    def interval(self, weights: Floats, *, stated: bool) -> tuple[Floats, Floats]:
        """Return the central part of each weight, the others keeping their proportions."""
        if stated and self._stated is not None:
            low, high = np.quantile(self._stated, TAILS, axis=1)
            return low.astype(float), high.astype(float)
        factor = math.exp(NORMAL_TAIL * self.sd)
        return weights / (weights + (1.0 - weights) * factor), weights * factor / (
            weights * factor + 1.0 - weights
        )

    def _without_points(self, needs: Needs, streams: RandomStreams) -> Floats32 | None:
        used = [place for place in range(len(CRITERIA)) if self.assessed[place]]
        mode = needs.priorities.mode
        if mode in (PriorityMode.WEIGHTS, PriorityMode.PAIRS) or not used:
            return None
        drawn = np.zeros((len(CRITERIA), streams.draws))
        exponential = {place: streams.exponential("simplex", CRITERIA[place]) for place in used}
        if mode is PriorityMode.NONE:
            for group, members in GROUPS.items():
                places = [place for place in used if CRITERIA[place] in members]
                if places:
                    within = np.stack([exponential[place] for place in places])
                    drawn[places] = streams.exponential("group", group) * within / within.sum(axis=0)
            return np.asarray(drawn / drawn.sum(axis=0), dtype=np.float32)
        order = [CRITERIA.index(each) for each in needs.priorities.order if CRITERIA.index(each) in used]
        rest = [place for place in used if place not in order]
        simplex = np.stack([exponential[place] for place in used])
        simplex = -np.sort(-simplex / simplex.sum(axis=0), axis=0)
        drawn[order] = simplex[: len(order)]
        # Those not named come last, in no order: shuffled draw by draw.
        drawn[rest] = streams.generator("shuffle").permuted(simplex[len(order) :], axis=0)
        return drawn.astype(np.float32)
