"""Values that rest on the catalogue and on the user: skill, ease, community, ecosystem, delivery.

How wide a fact is believed depends on its evidence grade. What two backends of one framework share,
a fact or the team's skill, errs alike for both.
"""

import math
from datetime import date
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from advisor.decision.criteria import ROWS, Counts, Kept, Recency, RubricLevel, Skill, TargetLevels
from advisor.decision.model import Criterion, CriterionValue, Needs, ValueSource
from advisor.decision.random_streams import Floats, RandomStreams
from advisor.decision.shares import task_shares
from advisor.decision.values import ValueEstimate, missing
from advisor.errors import AdvisorError
from advisor.frameworks.catalogue import fact
from advisor.frameworks.model import Alternative, Fact, Framework, Grade
from advisor.hardware.model import Machine
from advisor.probes.intervals import TAILS

GRADE_SD = {Grade.A: 3.0, Grade.B: 8.0, Grade.C: 15.0}
"""Standard deviation in points. On a rubric (25 points a level) 90 % of what is believed lies within
a fifth of a level for a primary record (A), half a level for an indirect one (B), and one level
for a judgement (C)."""

SKILL_GRADE = Grade.B
"""A team's word on itself: an interested party's."""

LEVEL_POINTS = 25.0

LEARNING = 0.5
"""Share of a missing skill that a team most willing to learn (level 4) makes up for."""

DAYS_PER_MONTH = 30.44


Found: TypeAlias = tuple[str, Fact]
"""A fact that states something, with the key it is kept under."""


class PartialValue(Struct, frozen=True):
    """One piece of evidence in points: central value, draws, and the fact it is."""

    points: float
    draws: Floats
    fact_id: str | None = None
    fact: Fact | None = None


class Evidence:
    """Values alternatives on the criteria that nobody can measure here.

    Parameters
    ----------
    needs : Needs
        Tasks and team.
    machine : Machine
        Whose date is "now".
    streams : RandomStreams
        Where random draws come from.
    """

    def __init__(self, needs: Needs, machine: Machine, streams: RandomStreams) -> None:
        self.needs = needs
        today = _end(machine.detected_at[:10])
        if today is None:
            raise AdvisorError(
                f'The machine was detected on "{machine.detected_at}", which is no date.', "Detect it again."
            )
        self.today = today
        self.streams = streams

    def belief(self, framework: Framework, alternative: Alternative, criterion: Criterion) -> ValueEstimate:
        """Return what is believed of one alternative on one criterion of evidence."""
        match ROWS[criterion].value:
            case Skill():
                return self._skill(framework, alternative, criterion)
            case Kept(fact_id):
                return self._kept(framework, alternative, criterion, fact_id)
            case TargetLevels(fact_id, otherwise):
                asked = [f"{fact_id}.{target}" for target in self.needs.constraints.targets]
                stated = any(fact(framework, each, alternative.scope) is not None for each in asked)
                shares = dict.fromkeys(asked, 1.0 / len(asked)) if stated else {otherwise: 1.0}
                return self._rubric(framework, alternative, criterion, shares)
            case Counts() as counts:
                return self._counts(framework, alternative, criterion, counts)
            case Recency() as recency:
                return self._recency(framework, alternative, criterion, recency)
            case RubricLevel(fact_id, by_task=True):
                shares = {f"{fact_id}.{task}": share for task, share in task_shares(self.needs).items()}
                return self._rubric(framework, alternative, criterion, shares)
            case RubricLevel(fact_id):
                return self._rubric(framework, alternative, criterion, {fact_id: 1.0})
            case _:
                raise TypeError(f"{criterion} is measured")

    def _rubric(
        self,
        framework: Framework,
        alternative: Alternative,
        criterion: Criterion,
        shares: dict[str, float],
    ) -> ValueEstimate:
        found = {fact_id: self._fact(framework, alternative, fact_id) for fact_id in shares}
        parts = [
            (share, self._part(framework, found[fact_id], LEVEL_POINTS), (alternative.id, fact_id))
            for fact_id, share in shares.items()
        ]
        levels = [value for fact_id in shares if (value := _number(found[fact_id])) is not None]
        raw = None
        if len(levels) == len(shares):
            raw = sum(share * level for share, level in zip(shares.values(), levels, strict=True))
        return self._combine(alternative, criterion, parts, raw)

    def _counts(
        self, framework: Framework, alternative: Alternative, criterion: Criterion, counts: Counts
    ) -> ValueEstimate:
        parts = []
        raw = None
        first = next(iter(counts.scales))
        for fact_id, (zero, full) in counts.scales.items():
            found = self._fact(framework, alternative, fact_id)
            number = _number(found)
            if number is None and fact_id == first:
                stand_in, product = counts.stand_in
                found = self._fact(framework, alternative, stand_in)
                inverse = _number(found)
                number = product / inverse if inverse else None
            elif fact_id == first:
                raw = number
            part = None
            if found is not None and number is not None and number > 0:
                scaled = 100.0 * math.log(number / zero) / math.log(full / zero)
                part = self._spread(framework, found, scaled)
            parts.append((1.0 / len(counts.scales), part, (alternative.id, fact_id)))
        return self._combine(alternative, criterion, parts, raw)

    def _recency(
        self, framework: Framework, alternative: Alternative, criterion: Criterion, recency: Recency
    ) -> ValueEstimate:
        release = self._fact(framework, alternative, recency.fact)
        kept = self._fact(framework, alternative, recency.kept)
        part, months = None, None
        day = _end(release[1].value) if release is not None else None
        if release is not None and day is not None:
            months = max((self.today - day).days, 0) / DAYS_PER_MONTH
            part = self._spread(framework, release, max(100.0 * (1.0 - months / recency.stale), 0.0))
        if kept is not None and kept[1].value is False:
            part = self._spread(framework, kept, 0.0)
        parts = [(1.0, part, (alternative.id, recency.fact))]
        return self._combine(alternative, criterion, parts, months)

    def _skill(self, framework: Framework, alternative: Alternative, criterion: Criterion) -> ValueEstimate:
        team = self.needs.team
        level = team.skills.get(alternative.id, team.skills.get(framework.id))
        source = ValueSource.USER
        if level is None:
            if not team.skills:
                return missing(alternative.id, criterion, self.streams)
            # Whoever answers for some has none in the others, or silence would be worth more than the truth.
            level, source = 0, ValueSource.ASSUMED
        own = LEVEL_POINTS * level
        centre = own + (100.0 - own) * LEARNING * team.willingness / 4.0
        shared = self.streams.normal(
            "skill", alternative.id if alternative.id in team.skills else framework.id
        )
        part = PartialValue(centre, centre + GRADE_SD[SKILL_GRADE] * shared)
        return self._combine(
            alternative,
            criterion,
            [(1.0, part, (alternative.id, "skill"))],
            float(level),
            source,
        )

    def _kept(
        self, framework: Framework, alternative: Alternative, criterion: Criterion, fact_id: str
    ) -> ValueEstimate:
        """Weigh what there is by how much of it stays; of what is written for the framework itself all does."""
        existing = self.needs.team.existing
        if not existing:
            return missing(alternative.id, criterion, self.streams)
        total = sum(existing.values())
        parts: list[tuple[float, PartialValue | None, tuple[str, str]]] = []
        for origin, amount in existing.items():
            name = f"{fact_id}.{origin}"
            if origin == framework.id:
                part: PartialValue | None = PartialValue(100.0, np.full(self.streams.draws, 100.0))
            else:
                part = self._part(framework, self._fact(framework, alternative, name), LEVEL_POINTS)
            parts.append((amount / total, part, (alternative.id, name)))
        raw = None
        if all(part is not None for _, part, _ in parts):
            raw = sum(share * part.points for share, part, _ in parts if part) / LEVEL_POINTS
        return self._combine(alternative, criterion, parts, raw)

    def _combine(
        self,
        alternative: Alternative,
        criterion: Criterion,
        parts: list[tuple[float, PartialValue | None, tuple[str, str]]],
        raw: float | None,
        source: ValueSource = ValueSource.CATALOGUE,
    ) -> ValueEstimate:
        """Weigh the parts; one that is not known spans the full range."""
        known = [part for _, part, _ in parts if part is not None]
        if not known:
            return missing(alternative.id, criterion, self.streams)
        centre, draws = 0.0, np.zeros(self.streams.draws)
        for share, part, name in parts:
            centre += share * (part.points if part else 50.0)
            draws += share * (part.draws if part else 100.0 * self.streams.uniform(*name))
        low, high = np.quantile(draws, TAILS)
        grades = [part.fact.grade for part in known if part.fact]
        value = CriterionValue(
            alternative=alternative.id,
            criterion=criterion,
            points=centre,
            low=float(low),
            high=float(high),
            source=source,
            raw=raw,
            unit=ROWS[criterion].unit if raw is not None else None,
            grade=max(grades) if grades else None,  # the weakest: "A" < "B" < "C"
            facts=tuple(part.fact_id for part in known if part.fact_id),
        )
        return ValueEstimate(value, draws, known=True)

    def _fact(self, framework: Framework, alternative: Alternative, fact_id: str) -> Found | None:
        """Return a fact that states something, with the key it is kept under."""
        stated = fact(framework, fact_id, alternative.scope)
        if stated is None or stated.value is None:
            return None
        own = f"{fact_id}@{alternative.scope}"
        return (own if framework.facts.get(own) is stated else fact_id), stated

    def _part(self, framework: Framework, found: Found | None, scale: float) -> PartialValue | None:
        number = _number(found)
        return None if found is None or number is None else self._spread(framework, found, scale * number)

    def _spread(self, framework: Framework, found: Found, centre: float) -> PartialValue:
        key, stated = found
        sd = GRADE_SD[stated.grade]
        # Two pairs on one runtime share its facts, and so err alike on them.
        fact_id, _at, scope = key.partition("@")
        name = (scope, fact_id) if scope and scope not in framework.backends else (framework.id, key)
        return PartialValue(centre, centre + sd * self.streams.normal(*name), key, stated)


def _number(found: Found | None) -> float | None:
    """Return a fact's value where it is a number."""
    value = found[1].value if found else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _end(stated: float | str | bool | None) -> date | None:
    """Return the day a date stands for, None if it is none; a month or a year stands for its end (the 28th)."""
    parts = str(stated).split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isdecimal() for part in parts):
        return None
    try:
        year, month, day = (int(part) for part in (*parts, *("12", "28")[len(parts) - 1 :]))
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None
