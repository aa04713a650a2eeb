"""Time to a target: how long small networks took to learn something real, and why that ranks nobody."""

import math
from collections.abc import Callable

from advisor.probes import learning
from advisor.probes.learning import Bounds, Learner, Reaching, TargetRun
from advisor.report import axes
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import (
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Heading,
    Panel,
    Paragraph,
    Section,
    Segment,
    Table,
)
from advisor.report.wording import measurements as words
from advisor.report.wording import names
from advisor.report.wording import targets as wording

_ROWS = 8  # of a curve, as a table shows it


def section(context: ReportContext) -> Section | None:
    """Return how long targets took; None where none was asked for."""
    _ = context.gettext
    runs = [run for run in context.assessment.targets if any(each.curves for each in run.learners)]
    if not runs:
        return None
    blocks: list[Block] = []
    for run in runs:
        blocks += [
            Heading(wording.name(run.target, context.language)),
            Paragraph(wording.about(run.target, context.language)),
            Paragraph(wording.meaning(run, context.language)),
        ]
        if (chart := _chart(context, run)) is not None:
            blocks.append(chart)
        blocks += [_times(context, run), _curves(context, run)]
    return Section("target", _("Time to a target"), tuple(blocks))


def _ordered(context: ReportContext, run: TargetRun) -> list[Learner]:
    known = {each.subject.alternative: each for each in run.learners}
    order = [*context.alternatives, *known]
    return [known[each] for each in dict.fromkeys(order) if each in known]


def _time(run: TargetRun, learner: Learner) -> Reaching | None:
    return learning.over_seeds([learning.seconds(each, run.target) for each in learner.curves])


def _chart(context: ReportContext, run: TargetRun) -> Chart | None:
    """Draw the median times, the first step's part apart; what is censored ends where its curve did."""
    _ = context.gettext
    labels, bars, spoken, ends = [], [], [], []
    for learner in _ordered(context, run):
        taken = _time(run, learner)
        if taken is None:
            continue
        label, colour = (
            context.label(learner.subject.alternative),
            context.colour(learner.subject.alternative),
        )
        first_s = min(learning.first_step_s(learner) or 0.0, taken.median.low)
        text = _duration(context, taken.median)
        segments = (Segment(0.0, first_s, colour, pale=True), Segment(first_s, taken.median.low, colour))
        bars.append(Bar(segments, taken.fastest, taken.slowest.low, text))
        labels.append(label)
        ends.append(taken.slowest.low)
        spoken.append(f"{label.text}: {text}")
    if not labels:
        return None
    high, ticks = axes.from_zero(ends)
    return Chart(
        f"target-{run.target.workload.id}",
        _(
            "{target}: seconds of training to the target, median over seeds; pale: the first step. The line goes from "
            "the quickest seed to the slowest."
        ).format(target=wording.name(run.target, context.language)),
        _("Seconds to the target. {entries}.").format(entries=_("; ").join(spoken)),
        tuple(labels),
        (Panel(_("Time to the target (s)"), 0.0, high, ticks, tuple(bars)),),
    )


def _times(context: ReportContext, run: TargetRun) -> Table:
    _ = context.gettext
    return Table(
        f"target-{run.target.workload.id}",
        _("{target}: steps and time until a score of {score}").format(
            target=wording.name(run.target, context.language),
            score=wording.score(run.target, run.target.score),
        ),
        (
            Column(_("Framework"), width=1.0),
            Column(_("Reached"), numeric=True),
            Column(_("Steps"), numeric=True),
            Column(_("Training time"), unit="s", numeric=True),
            Column(_("First step"), unit="s", numeric=True),
            Column(_("Each further step"), unit="s", numeric=True),
        ),
        tuple(_row(context, run, learner) for learner in _ordered(context, run)),
        notes=(wording.reading(run, context.language),),
    )


def _row(context: ReportContext, run: TargetRun, learner: Learner) -> tuple[Cell, ...]:
    head = context.cell(learner.subject.alternative)
    time = _time(run, learner)
    steps = learning.over_seeds([learning.steps(each, run.target) for each in learner.curves])
    if time is None or steps is None:
        why = words.reason(learner.reason, context.language) or names.outcome(
            learner.outcome, context.language
        )
        return (head, Cell(words.shortened(why), muted=True, span=5))
    reached = sum(each.reached(run.target) is not None for each in learner.curves)
    return (
        head,
        Cell(f"{reached}/{len(learner.curves)}", reached),
        _cell(steps, _number, len(learner.curves)),
        _cell(time, lambda bounds: _duration(context, bounds), len(learner.curves)),
        *(_seconds(context, each) for each in (learning.first_step_s(learner), learning.step_s(learner))),
    )


def _cell(found: Reaching, write: Callable[[Bounds], str], seeds: int) -> Cell:
    text = write(found.median)
    if seeds > 1:
        text += f" ({write(Bounds(found.fastest, found.fastest))} … {write(found.slowest)})"
    high = found.slowest.high
    return Cell(text, found.median.low, found.fastest, high if math.isfinite(high) else None)


def _number(bounds: Bounds) -> str:
    return fmt.whole(bounds.low) if math.isfinite(bounds.high) else f">{fmt.NBSP}{fmt.whole(bounds.low)}"


def _duration(context: ReportContext, bounds: Bounds) -> str:
    text = fmt.duration(bounds.low, context.language)
    return text if math.isfinite(bounds.high) else f">{fmt.NBSP}{text}"


def _seconds(context: ReportContext, value: float | None) -> Cell:
    return Cell(fmt.DASH, muted=True) if value is None else Cell(fmt.duration(value, context.language), value)


def _curves(context: ReportContext, run: TargetRun) -> Table:
    """The first seed's curves side by side, at some of their evaluations."""
    _ = context.gettext
    shown = [each for each in _ordered(context, run) if each.curves]
    first = {each.subject.alternative: each.curves[0] for each in shown}
    scores = {name: {point.steps: point.score for point in curve.points} for name, curve in first.items()}
    steps = sorted({step for known in scores.values() for step in known} - {run.target.first_steps})
    stride = max(1, math.ceil((len(steps) - 1) / (_ROWS - 1)))
    kept = sorted({*steps[::stride], steps[-1]})
    dash = Cell(fmt.DASH, muted=True)
    return Table(
        f"curves-{run.target.workload.id}",
        _("{target}: learning curves of the first seed").format(
            target=wording.name(run.target, context.language)
        ),
        (
            Column(_("Steps"), numeric=True),
            *(Column(context.name(each.subject.alternative), numeric=True) for each in shown),
        ),
        tuple(
            (
                Cell(fmt.whole(step), step),
                *(
                    Cell(wording.score(run.target, known[step]), known[step]) if step in known else dash
                    for known in scores.values()
                ),
            )
            for step in kept
        ),
        notes=(_("A curve ends where the target was reached, or its time was up."),),
    )
