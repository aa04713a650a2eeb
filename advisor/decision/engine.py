"""From needs, catalogue, machine and measurements to the decision.

A ``Model`` does the slow part once (gates, values, draws); deciding again under other weights or values
reuses the same random numbers, so what moves on a slider is the answer and not the dice.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from advisor.decision import (
    basis,
    explain,
    gates,
    limits,
    methods,
    projections,
    sensitivity,
    smaa,
    trust,
    verdict,
)
from advisor.decision.advice import advise
from advisor.decision.criteria import CRITERIA, MEASURED, SPEEDS
from advisor.decision.evidence import Evidence
from advisor.decision.model import (
    Advice,
    Concern,
    Contrast,
    Criterion,
    CriterionValue,
    CriterionWeight,
    Decision,
    Effect,
    GateStatus,
    Needs,
    NextMeasurement,
    Ranked,
    Sensitivity,
    ValueSource,
    Verdict,
)
from advisor.decision.random_streams import Floats, Floats32, RandomStreams
from advisor.decision.smaa import Acceptability
from advisor.decision.trust import Doubt
from advisor.decision.values import Valuer
from advisor.decision.verdict import Reason
from advisor.decision.weights import WeightDraws, normalised, swing_points
from advisor.errors import AdvisorError
from advisor.frameworks.model import Framework
from advisor.frameworks.pairs import offered
from advisor.hardware.model import Machine
from advisor.probes.model import WorkloadRun

DRAWS = 10_000
"""Draws of SMAA: a share is then known to within one percentage point."""

MEASURE_NEXT = 5
LEAST_INFORMATION = 0.05
"""How many values worth knowing are named, and the expected points below which one isn't."""


def decide(
    needs: Needs,
    catalogue: Iterable[Framework],
    machine: Machine,
    runs: Iterable[WorkloadRun],
    seed: int = 0,
    draws: int = DRAWS,
) -> Decision:
    """Return the decision; the same one for the same arguments.

    Raises
    ------
    AdvisorError
        The needs leave no framework of the catalogue to compare.
    """
    return Model(needs, catalogue, machine, runs, seed, draws).decide()


class Scored(Struct, frozen=True):
    """Every alternative's additive value, by itself: what several machines' decisions are added up from."""

    names: tuple[str, ...]
    frameworks: dict[str, str]
    points: dict[str, float]
    contributions: dict[str, Floats]  # weighted points by criterion
    scores: dict[str, Floats32]  # in every draw
    weights: Floats
    eligible: tuple[str, ...]  # measured and past every gate, best first
    capped: bool  # some doubt keeps any verdict on it from being clear


class Model:
    """Everything that a change of weights or values leaves as it is.

    Parameters
    ----------
    needs, catalogue, machine, runs
        What is decided on.
    seed : int
        Seed of all random numbers.
    draws : int
        How many draws of values and weights.
    scope : str
        The machine, where several are decided on together: their measurements are independent, evidence and
        weights are not.
    """

    def __init__(
        self,
        needs: Needs,
        catalogue: Iterable[Framework],
        machine: Machine,
        runs: Iterable[WorkloadRun],
        seed: int = 0,
        draws: int = DRAWS,
        scope: str = "",
    ) -> None:
        catalogue = tuple(catalogue)
        runs = basis.considered(needs, catalogue, runs)
        selected = gates.select(needs, catalogue)
        if not selected:
            raise AdvisorError(
                "No framework of the catalogue is left to compare.",
                f"Known are {', '.join(framework.id for framework in catalogue)}.",
            )
        self.needs, self.seed, self.draws = needs, seed, draws
        streams = RandomStreams(seed, draws)
        trainers = {each.id: each.trainer for _, each in offered(catalogue) if each.trainer is not None}
        measured = Valuer(needs, machine, runs, RandomStreams(seed, draws, scope), trainers)
        evidence = Evidence(needs, machine, streams)
        self.user_terms = projections.terms(needs, machine, [each.id for _, each in selected], measured)
        self.gates = gates.evaluate(needs, catalogue, machine, runs, self.user_terms)
        failed = gates.blocking(self.gates, GateStatus.FAIL)
        # Those that compete stand first in every array, those of which nothing is known behind them.
        known = trust.measured(self.gates)
        selected = tuple(sorted(selected, key=lambda pair: (pair[1].id in failed, pair[1].id not in known)))
        self.names = [alternative.id for _, alternative in selected]
        self.frameworks = [framework.id for framework, _ in selected]
        self._blocked = gates.blocking(self.gates)
        self._failed = failed
        # Where everyone fails, everyone is ranked, and nobody recommended.
        self._contenders = sum(name not in failed for name in self.names) or len(self.names)
        contenders = self.names[: self._contenders]
        compared = [name for name in contenders if name in known]
        # What was not measured neither wins nor loses; where next to nothing was, nobody does.
        self._compared = len(compared) if len(compared) >= trust.LEAST_MEASURED else self._contenders
        self._eligible = np.flatnonzero([name not in self._blocked and name in known for name in self.names])

        beliefs = [
            [
                measured.belief(alternative.id, criterion)
                if criterion in MEASURED
                else evidence.belief(framework, alternative, criterion)
                for framework, alternative in selected
            ]
            for criterion in CRITERIA
        ]
        self._peak_shares = {name: measured.peak_share(name) for name in self.names}
        self._advice: dict[str, tuple[Advice, ...]] = {
            alternative.id: advise(needs, machine, framework, alternative, measured)
            for framework, alternative in selected
            if alternative.id not in self._blocked
        }
        self._values = {(b.value.alternative, b.value.criterion): b.value for row in beliefs for b in row}
        self._draws = np.stack([np.stack([b.draws for b in row]) for row in beliefs]).astype(np.float32)
        self._assessed = self._with_data(catalogue, measured, evidence)
        self._concerns = trust.of_runs(
            measured.runs.values(), contenders, compared, ruled_out=len(contenders) < len(self.names)
        )
        self._catalogue, self._today = catalogue, evidence.today
        self._elsewhere = limits.uncounted(needs)
        self._weight_draws = WeightDraws(needs, self._assessed, streams)
        self._breaks = smaa.tie_breaks(self.names, streams)
        self.assessed = tuple(
            criterion for criterion, used in zip(CRITERIA, self._assessed, strict=True) if used
        )
        self.swing_points = swing_points(needs, self.assessed)

    def decide(
        self,
        weights: Mapping[Criterion, float] | None = None,
        values: Mapping[tuple[str, Criterion], float] | None = None,
    ) -> Decision:
        """Return the decision under other swing points or values, or under the needs' own.

        Parameters
        ----------
        weights : Mapping, optional
            Swing points to try out, 0 or more; criteria not named keep theirs, so the others keep their
            proportions.
        values : Mapping, optional
            Points to try out by (alternative, criterion), taken as certain.
        """
        swings = {**self.swing_points, **(weights or {})}
        central = normalised(np.array([swings[criterion] for criterion in CRITERIA]), self._assessed)
        stated = swings == self.swing_points
        drawn = self._weight_draws.draw(central, stated=stated)
        bounds = self._weight_draws.interval(central, stated=stated)
        known, draws = self._overridden(values or {})
        points, low, high = (
            np.array(
                [[getattr(known[name, criterion], end) for criterion in CRITERIA] for name in self.names]
            )
            for end in ("points", "low", "high")
        )
        found = smaa.analyse(draws, drawn, self._compared, self._eligible, self._breaks)
        total = points @ central
        # Best first; those that don't compete stand behind all others.
        order = sorted(
            range(len(self.names)),
            key=lambda place: (place >= self._contenders, place >= self._compared, -total[place]),
        )
        eligible = [place for place in order if place in self._eligible]
        contrasts = self._contrasts(eligible or order, order, points, central)
        concerns = self._all_concerns(known, swings, central, [self.names[place] for place in eligible[:2]])
        reached = self._verdict(
            eligible, total, found, contrasts, self._repeat_sd(eligible, central, draws), concerns
        )
        stable = [sensitivity.Stability()] * len(CRITERIA)
        answer = Sensitivity()
        if reached.runner_up is not None:
            # What is compared with the first is the one that the verdict names.
            rival = self.names.index(reached.runner_up)
            eligible = [eligible[0], rival, *(place for place in eligible[1:] if place != rival)]
        if eligible:
            names = [self.names[place] for place in eligible]
            stable = list(sensitivity.stability(points[eligible], central, 0))
            answer = self._sensitivity(eligible, names, points, low, high, central, bounds)
            answer = replace(answer, measure_next=self._measure_next(known, points, low, high, central))
        return Decision(
            verdict=reached,
            ranking=tuple(self._ranked(rank, place, total, found) for rank, place in enumerate(order, 1)),
            gates=self.gates,
            values=tuple(known[self.names[place], criterion] for place in order for criterion in CRITERIA),
            weights=tuple(
                CriterionWeight(
                    criterion=criterion,
                    weight=float(central[place]),
                    swing_points=float(swings[criterion]),
                    assessed=bool(self._assessed[place]),
                    low=float(bounds[0][place]),
                    high=float(bounds[1][place]),
                    stable_low=stable[place].low,
                    stable_high=stable[place].high,
                    challenger_low=self._challenger(eligible, stable[place].challenger_low),
                    challenger_high=self._challenger(eligible, stable[place].challenger_high),
                )
                for place, criterion in enumerate(CRITERIA)
            ),
            pairwise={
                row: {column: float(found.pairwise[i, j]) for j, column in enumerate(self.names) if i != j}
                for i, row in enumerate(self.names)
            },
            framework_acceptability=self._framework_acceptability(found),
            contrasts=tuple(contrasts.values()),
            sensitivity=answer,
            user_terms=self.user_terms,
            advice=self._advice[reached.recommended[0]] if reached.recommended else (),
            draws=self.draws,
            seed=self.seed,
            grounds=explain.grounds(central),
        )

    def scored(self) -> Scored:
        """Return every alternative's value under the needs' own weights."""
        central = normalised(
            np.array([self.swing_points[criterion] for criterion in CRITERIA]), self._assessed
        )
        weighted = {
            name: np.array([self._values[name, criterion].points for criterion in CRITERIA]) * central
            for name in self.names
        }
        scores = smaa.scores(self._draws, self._weight_draws.draw(central, stated=True)) + self._breaks
        points = {name: float(parts.sum()) for name, parts in weighted.items()}
        eligible = sorted((self.names[place] for place in self._eligible), key=lambda name: -points[name])
        return Scored(
            names=tuple(self.names),
            frameworks=dict(zip(self.names, self.frameworks, strict=True)),
            points=points,
            contributions=weighted,
            scores=dict(zip(self.names, scores, strict=True)),
            weights=central,
            eligible=tuple(eligible),
            capped=any(each.effect in (Effect.WITHHELD, Effect.CAPPED) for each in self._concerns),
        )

    def repeat_sd(self, first: str, second: str) -> float:
        """Return what measuring again would do to the gap between two: its standard deviation."""
        central = normalised(
            np.array([self.swing_points[criterion] for criterion in CRITERIA]), self._assessed
        )
        places = [self.names.index(first), self.names.index(second)]
        return self._repeat_sd(places, central, self._draws)

    def _all_concerns(
        self,
        known: Mapping[tuple[str, Criterion], CriterionValue],
        swings: Mapping[Criterion, float],
        central: Floats,
        leaders: list[str],
    ) -> tuple[Concern, ...]:
        """Return every doubt, the gravest first."""
        weights = dict(zip(CRITERIA, central.tolist(), strict=True))
        everything = sum(swings.values())
        lost = {
            criterion: swings[criterion] / everything
            for criterion, assessed in zip(CRITERIA, self._assessed, strict=True)
            if not assessed and swings[criterion] > 0
        }
        of_values = trust.of_values(
            known, weights, lost, self._elsewhere, leaders, self._catalogue, self._today
        )
        return trust.ordered((*self._concerns, *of_values, *trust.of_needs(self.needs)))

    def _with_data(self, catalogue: Iterable[Framework], measured: Valuer, evidence: Evidence) -> Floats:
        """Return 1 for each criterion on which any alternative has data, else 0.

        A criterion on which nobody has data can't tell anybody apart, so it carries no weight for anybody.
        The whole catalogue counts, also what is left out of the comparison: leaving one out changes nothing.
        """
        everyone = gates.select(Needs(), catalogue)
        return np.array(
            [
                bool(measured.assessed_workloads(criterion))
                if criterion in MEASURED
                else any(evidence.belief(*pair, criterion).known for pair in everyone)
                for criterion in CRITERIA
            ],
            dtype=float,
        )

    def _overridden(
        self, values: Mapping[tuple[str, Criterion], float]
    ) -> tuple[dict[tuple[str, Criterion], CriterionValue], Floats32]:
        if not values:
            return self._values, self._draws
        known, draws = dict(self._values), self._draws.copy()
        for (name, criterion), points in values.items():
            known[name, criterion] = CriterionValue(name, criterion, points, points, points, ValueSource.USER)
            draws[CRITERIA.index(criterion), self.names.index(name)] = points
        return known, draws

    def _contrasts(
        self, leaders: list[int], order: list[int], points: Floats, central: Floats
    ) -> dict[str, Contrast]:
        """Return the leader's contrast with everyone else, in the ranking's order."""
        best = leaders[0]
        return {
            self.names[place]: explain.contrast(
                self.names[best], self.names[place], points[best] - points[place], central
            )
            for place in order
            if place != best
        }

    def _repeat_sd(self, eligible: list[int], central: Floats, draws: Floats32) -> float:
        """Return what measuring again would do to the gap between the first two: its standard deviation.

        Weights and evidence stay as they are from run to run; the measured criteria don't.
        """
        if len(eligible) < 2:
            return 0.0
        first, second = eligible[:2]
        rows = [CRITERIA.index(criterion) for criterion in MEASURED]
        gaps = draws[rows, first] - draws[rows, second]
        return float(np.einsum("cd,c->d", gaps, central[rows].astype(np.float32)).std())

    def _verdict(
        self,
        eligible: list[int],
        total: Floats,
        found: Acceptability,
        contrasts: dict[str, Contrast],
        repeat_sd: float,
        concerns: tuple[Concern, ...],
    ) -> Verdict:
        return replace(
            self._bare_verdict(eligible, total, found, contrasts, repeat_sd, concerns), concerns=concerns
        )

    def _bare_verdict(
        self,
        eligible: list[int],
        total: Floats,
        found: Acceptability,
        contrasts: dict[str, Contrast],
        repeat_sd: float,
        concerns: tuple[Concern, ...],
    ) -> Verdict:
        everyone_fails = all(name in self._failed for name in self.names)
        withheld = trust.most(concerns, Effect.WITHHELD)
        if withheld is not None and not everyone_fails:
            return verdict.too_little(
                Reason(withheld.code), withheld.about if withheld.code == Doubt.FEW_MEASURED else ()
            )
        if not eligible:
            reason = Reason.ALL_RULED_OUT if everyone_fails else Reason.NONE_PROVEN
            # Fewest gates failed, then fewest unknown.
            counts = {
                name: (len(self._failed.get(name, ())), len(self._blocked[name])) for name in self.names
            }
            fewest = min(counts.values())
            return verdict.nothing(reason, tuple(name for name in self.names if counts[name] == fewest))
        capped = trust.most(concerns, Effect.CAPPED) is not None
        if len(eligible) == 1:
            others_fail = self._contenders == 1
            return verdict.alone(self.names[eligible[0]], others_fail=others_fail, capped=capped)
        return verdict.reach(
            [self.names[place] for place in eligible],
            [self.frameworks[place] for place in eligible],
            total[eligible],
            found.scores[eligible],
            contrasts,
            repeat_sd,
            capped=capped,
        )

    def _ranked(self, rank: int, place: int, total: Floats, found: Acceptability) -> Ranked:
        name = self.names[place]
        central = found.central_weights[place]
        return Ranked(
            alternative=name,
            framework=self.frameworks[place],
            rank=rank,
            points=float(total[place]),
            low=float(found.low[place]),
            high=float(found.high[place]),
            acceptability=tuple(found.ranks[place].tolist()),
            confidence=float(found.confidence[place]),
            expected_regret=float(found.regret[place]),
            central_weights=(
                {} if np.isnan(central[0]) else dict(zip(CRITERIA, central.tolist(), strict=True))
            ),
            eligible=name not in self._blocked,
            blocked_by=self._blocked.get(name, ()),
        )

    def _framework_acceptability(self, found: Acceptability) -> dict[str, float]:
        shares = dict.fromkeys(self.frameworks, 0.0)
        for framework, ranks in zip(self.frameworks, found.ranks, strict=True):
            shares[framework] += float(ranks[0])
        return shares

    def _challenger(self, eligible: list[int], place: int | None) -> str | None:
        return None if place is None else self.names[eligible[place]]

    def _sensitivity(
        self,
        eligible: list[int],
        names: list[str],
        points: Floats,
        low: Floats,
        high: Floats,
        central: Floats,
        bounds: tuple[Floats, Floats],
    ) -> Sensitivity:
        if len(eligible) < 2:
            return Sensitivity()
        top = eligible[:2]
        moved = sensitivity.least_change(points[eligible], central, 0, self._assessed)
        gap = float((points[top[0]] - points[top[1]]) @ central)
        speed = float(sum(central[CRITERIA.index(criterion)] for criterion in SPEEDS))
        faster = sensitivity.needed_speedup(gap, speed)
        share = self._peak_shares[self.names[top[1]]]
        return Sensitivity(
            least_change={} if moved is None else dict(zip(CRITERIA, moved.tolist(), strict=True)),
            least_change_distance=None if moved is None else float(np.abs(moved - central).sum()),
            needed_speedup=faster,
            needed_share_of_peak=None if faster is None or share is None else faster * share,
            tornado=explain.tornado((names[0], names[1]), points[top], low[top], high[top], central, bounds),
            methods=methods.rankings(names, points[eligible], central),
            judgement=explain.judgement_step(central),
        )

    def _measure_next(
        self,
        known: Mapping[tuple[str, Criterion], CriterionValue],
        points: Floats,
        low: Floats,
        high: Floats,
        central: Floats,
    ) -> tuple[NextMeasurement, ...]:
        """Return the values most worth knowing, among the alternatives that no gate rules out."""
        names = self.names[: self._contenders]
        missing = [
            [known[name, criterion].source is ValueSource.MISSING for criterion in CRITERIA] for name in names
        ]
        rows = slice(self._contenders)
        gains = sensitivity.information_value(points[rows], central, low[rows], high[rows], missing)
        order = np.argsort(-gains, axis=None, kind="stable")[:MEASURE_NEXT]
        return tuple(
            NextMeasurement(names[row], CRITERIA[column], float(gains[row, column]))
            for row, column in zip(*np.unravel_index(order, gains.shape), strict=True)
            if gains[row, column] >= LEAST_INFORMATION
        )
