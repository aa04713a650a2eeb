"""Stand-in for ``advisor.decision.engine.decide`` until that exists: a decision laid by hand."""

from statistics import geometric_mean, median

from advisor.decision.model import *  # noqa: F403
from advisor.frameworks.model import Grade
from advisor.probes.model import Outcome, Quantity, Task, Variant


def decide(needs, catalogue, machine, runs, seed=0):
    alts = [a for f in catalogue for a in f.alternatives]
    speed = {}
    for a in alts:
        steps = []
        for run in runs:
            for r in run.results:
                if r.subject.alternative == a.id and r.outcome is Outcome.MEASURED and r.subject.variant is Variant.DEFAULT:
                    steps.append(median(s.items / s.elapsed_s for s in r.samples if s.quantity is Quantity.TRAIN))
        speed[a.id] = geometric_mean(steps) if steps else None
    top = max((s for s in speed.values() if s), default=None)
    import math
    weights = {Criterion.TRAINING_SPEED: .3, Criterion.INFERENCE_THROUGHPUT: .15, Criterion.MEMORY: .1, Criterion.EASE_OF_USE: .1,
               Criterion.COMMUNITY: .15, Criterion.DEPLOYMENT: .1, Criterion.MAINTENANCE: .1}
    values = []
    for f in catalogue:
        for a in f.alternatives:
            s = speed[a.id]
            for c in weights:
                if c in (Criterion.TRAINING_SPEED, Criterion.INFERENCE_THROUGHPUT, Criterion.MEMORY):
                    if s:
                        p = 60 + 100 * math.log(s / top) / math.log(8)
                        values.append(CriterionValue(a.id, c, p, p - 4, p + 4, ValueSource.MEASURED, raw=s, unit="items/s", variant=Variant.DEFAULT))
                    else:
                        values.append(CriterionValue(a.id, c, 50, 0, 100, ValueSource.MISSING))
                else:
                    p = {"ease_of_use": 25 * f.facts["ease_of_use"].value, "community": 8 * math.log10(f.facts["downloads_month"].value),
                         "deployment": 25 * f.facts["deployment"].value, "maintenance": 90 if f.facts["maintained"].value else 5}[c]
                    values.append(CriterionValue(a.id, c, p, p - 10, p + 10, ValueSource.CATALOGUE, grade=Grade.C, facts=(c,)))
    total = {a.id: sum(weights[v.criterion] * v.points for v in values if v.alternative == a.id) for a in alts}
    gates = []
    for f in catalogue:
        for a in f.alternatives:
            m = f.facts["maintained"].value
            gates.append(GateResult("maintained", a.id, GateStatus.PASS if m else GateStatus.FAIL, {} if m else {"since": "2023-09"}, "maintained"))
            if not speed[a.id]:
                gates.append(GateResult("measured", a.id, GateStatus.UNKNOWN))
            for t in needs.constraints.targets:
                gates.append(GateResult(f"target:{t}", a.id, GateStatus.FAIL, {"target": str(t)}, f"target.{t}"))
    blocked = {a.id: tuple(g.gate for g in gates if g.alternative == a.id and g.status is not GateStatus.PASS) for a in alts}
    order = sorted(alts, key=lambda a: (bool(blocked[a.id]), -total[a.id]))
    n = len(alts)
    ranking = []
    for i, a in enumerate(order):
        acc = [math.exp(-1.1 * abs(i - j)) for j in range(n)]
        acc = tuple(x / sum(acc) for x in acc)
        ranking.append(Ranked(a.id, a.framework, i + 1, total[a.id], total[a.id] - 5, total[a.id] + 5, acc, .8 - .1 * i, 2.0 * i, dict(weights), not blocked[a.id], blocked[a.id]))
    ok = [r for r in ranking if r.eligible]
    gap = ok[0].points - ok[1].points if len(ok) > 1 else None
    kind = VerdictKind.NONE if not ok else VerdictKind.TOO_CLOSE if gap is not None and gap < 4 else VerdictKind.CLEAR
    rec = () if not ok else tuple(r.alternative for r in ok[: 2 if kind is VerdictKind.TOO_CLOSE else 1])
    verdict = Verdict(kind, rec, ok[0].acceptability[0] if ok else None, ok[1].alternative if len(ok) > 1 else None, gap,
                      gap and gap - 4, gap and gap + 4, "likely" if ok else "all-ruled-out", (Criterion.TRAINING_SPEED, Criterion.COMMUNITY))
    con = tuple(Contrast(order[0].id, o.id, tuple(sorted((Contribution(c, weights[c] * (next(v.points for v in values if v.alternative == order[0].id and v.criterion == c) - next(v.points for v in values if v.alternative == o.id and v.criterion == c))) for c in weights), key=lambda x: -abs(x.points)))) for o in order[1:])
    terms = tuple(UserTerm(a.id, Task.IMAGE_CLASSIFICATION, "epoch_s", 50000 / speed[a.id], 48000 / speed[a.id], 52000 / speed[a.id], ("dataset_items",)) for a in order if speed[a.id])
    return Decision(verdict, tuple(ranking), tuple(gates), tuple(values),
                    tuple(CriterionWeight(c, w, w * 200, stable_low=max(0, w - .1), stable_high=min(1, w + .2), challenger_low=order[1].id, challenger_high=order[1].id) for c, w in weights.items()),
                    {a.id: {b.id: .5 + .05 * (order.index(b) - order.index(a)) for b in alts} for a in alts},
                    {f.id: sum(r.acceptability[0] for r in ranking if r.framework == f.id) for f in catalogue},
                    con, Sensitivity({c: 1 / 7 for c in weights}, .4, 1.3,
                        tuple(TornadoBar(c, None, 3.0, 9.0) for c in list(weights)[:4]), (MethodRanking("topsis", tuple(a.id for a in order), 1.0),), ()),
                    terms, (Advice("compiled", "measured", {"ratio": 1.16, "break_even": 320.0}),), 10000, seed)


def find(task, size):
    from advisor.probes.model import Workload

    table = {
        Task.IMAGE_CLASSIFICATION: ("resnet18-64", "ResNet-18", (64, 64, 3), 32, 1000, 11_689_512, 297_000_000, "He et al. 2016"),
        Task.NLP: ("bert-tiny-128", "BERT-tiny", (128,), 32, 2, 4_386_178, 121_000_000, "Turc et al. 2019"),
        Task.RL: ("dqn-cartpole", "DQN (MLP)", (4,), 64, 2, 17_000, 34_000, "Barto et al. 1983"),
    }
    i, a, s, b, c, p, f, r = table[task]
    return Workload(i, task, size, a, s, b, c, p, f, r)
