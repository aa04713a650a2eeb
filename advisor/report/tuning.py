"""Faster settings: from the default to what a search found, lever by lever, and what was tried in vain."""

import math
from collections.abc import Iterator

from advisor.decision.estimates import planned_calls, planned_steps
from advisor.frameworks.model import Affects
from advisor.probes.intervals import median_interval
from advisor.probes.model import Outcome, ProbeResult, Quantity, SearchRecord, Trial, WorkloadRun
from advisor.probes.statistics import Ratio, linked_ratio, summarise
from advisor.report import approximations
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Bullets, Cell, Column, Heading, Paragraph, Section, Table
from advisor.report.wording import measurements as words
from advisor.report.wording import names, stages
from advisor.report.wording.evidence import cited


def section(context: ReportContext) -> Section | None:
    """Return what searches found and what they tried in vain; None where nothing was searched."""
    _ = context.gettext
    records = context.assessment.searches
    rough = approximations.blocks(context)
    if not records:
        return Section("tuning", _("Faster settings"), rough) if rough else None
    blocks: list[Block] = [
        Paragraph(
            _(
                "Settings were searched for every framework, for training and for inference apart. Samples of the "
                "search choose and rank nobody. What was found was measured anew beside the default, in rounds of "
                "its own, and does the same work to one part in a thousand."
            )
        )
    ]
    rows = [row for record in records for row in _rows(context, record)]
    if any(record.by_cpu for record in records):
        blocks.append(
            Paragraph(
                _(
                    "Others kept the machine busy while settings were searched, so seconds of the processor chose "
                    "them; how much faster they are was measured in wall time afterwards."
                ),
                note=True,
            )
        )
    if rows:
        blocks.append(
            Table(
                "tuning",
                _("From the default to the settings found"),
                (
                    Column(_("Framework"), width=0.8),
                    Column(_("For")),
                    Column(_("Settings"), width=1.4),
                    Column(_("Times as fast"), unit="×", numeric=True),
                    Column(_("Deviation"), numeric=True),
                    Column(_("Start takes longer"), unit="s", numeric=True),
                    Column(_("Pays after")),
                ),
                tuple(rows),
                notes=(
                    _(
                        "Bold: measured anew, with its {confidence} interval; other rows are of the search."
                    ).format(confidence=fmt.confidence()),
                    _(
                        "Deviation: the largest of the network’s outputs from the reference. Pays after: so many steps "
                        "or calls, of those planned."
                    ),
                ),
            )
        )
    else:
        blocks.append(Paragraph(_("No setting was found that is known to be faster than the default.")))
    blocks += rough
    if vain := [text for record in records if (text := _in_vain(context, record))]:
        blocks += [Heading(_("Tried without effect")), Bullets(tuple(vain))]
    if broken := _broken(context):
        blocks += [Heading(_("What does not work today")), Bullets(broken, note=True)]
    return Section("tuning", _("Faster settings"), tuple(blocks))


def _rows(context: ReportContext, record: SearchRecord) -> Iterator[tuple[Cell, ...]]:
    """One row per lever more, as the search saw it, and the whole as it was measured anew."""
    if record.proposed.is_default:
        return
    run = next((each for each in context.assessment.runs if each.workload.id == record.workload), None)
    goal = f"{stages.goal(record.goal, context.language)}, {context.workload_name(record.workload)}"
    head = (context.cell(record.alternative), Cell(goal, str(record.goal)))
    first = True
    for step in record.steps[:-1]:
        trial = record.trial(step)
        if trial is None or not record.gains(trial):
            continue
        label = ", ".join(f"{lever}={value}" for lever, value in step)
        yield (
            *(head if first else (Cell("", record.alternative), Cell("", str(record.goal)))),
            Cell(label, label),
            _gain(record.gains(trial)),
            _error(trial.output_error),
            Cell(fmt.DASH, muted=True),
            Cell(fmt.DASH, muted=True),
        )
        first = False
    default, tuned = _pair(run, record) if run else (None, None)
    label = record.proposed.label
    front = head if first else (Cell("", record.alternative), Cell("", str(record.goal)))
    ratio = None
    if run is not None and default is not None and tuned is not None:
        ratio = linked_ratio(run, default, tuned, record.quantity)
    if run is None or ratio is None or default is None or tuned is None:
        missing = context.gettext("found, and not measured anew")
        yield (*front, Cell(label, label, strong=True), Cell(missing, muted=True, span=4))
        return
    error = tuned.equivalence.output_error if tuned.equivalence else None
    yield (
        *front,
        Cell(label, label, strong=True),
        Cell(
            f"{fmt.ratio(ratio.median)} ({fmt.interval(ratio.low, ratio.high)})",
            ratio.median,
            ratio.low,
            ratio.high,
            strong=True,
        ),
        _error(error),
        *_break_even(context, run, record, default, tuned, ratio),
    )


def _pair(run: WorkloadRun, record: SearchRecord) -> tuple[ProbeResult | None, ProbeResult | None]:
    """Return the default's and the proposal's results, as the ordinary rounds have them."""
    own = [
        each
        for each in run.results
        if (each.subject.alternative, each.subject.device) == (record.alternative, record.device)
    ]
    default = next((each for each in own if each.subject.configuration.is_default), None)
    tuned = next(
        (
            each
            for each in own
            if each.subject.configuration.levers == record.proposed.levers and each.samples
        ),
        None,
    )
    return default, tuned


def _gain(gains: tuple[float, ...]) -> Cell:
    interval = median_interval(gains)
    if interval is None:
        return Cell(fmt.ratio(gains[0]), gains[0])
    shown = f"{fmt.ratio(interval.median)} ({fmt.interval(interval.low, interval.high)})"
    return Cell(shown, interval.median, interval.low, interval.high)


def _error(value: float | None) -> Cell:
    return Cell(fmt.DASH, muted=True) if value is None else Cell(fmt.scientific(value), value)


def _break_even(
    context: ReportContext,
    run: WorkloadRun,
    record: SearchRecord,
    default: ProbeResult,
    tuned: ProbeResult,
    ratio: Ratio,
) -> tuple[Cell, Cell]:
    """Return what the start takes longer, and after how many steps or calls that is made up for."""
    _ = context.gettext
    starts = [_start_s(each, record.quantity) for each in (default, tuned)]
    summary = summarise(default.samples, record.quantity)
    if starts[0] is None or starts[1] is None or summary is None:
        return Cell(fmt.DASH, muted=True), Cell(fmt.DASH, muted=True)
    cost_s = starts[1] - starts[0]
    cost = Cell(fmt.number(cost_s), cost_s)
    if ratio.low <= 1.0:
        return cost, Cell(_("not known to be faster"))
    if cost_s <= 0:
        return cost, Cell(_("at once"), 0.0)
    gain_s = summary.median_s * (1 - 1 / ratio.median)
    count = math.ceil(cost_s / gain_s)
    needs = context.assessment.needs
    planned = planned_steps(needs, run) if record.goal is Affects.TRAIN else planned_calls(needs, run)
    text = _("{count} of {planned}").format(count=fmt.whole(count), planned=fmt.whole(planned))
    return cost, Cell(text, float(count))


def _start_s(result: ProbeResult, quantity: Quantity) -> float | None:
    startup = result.startup
    first_s = startup.first_infer_s if quantity is Quantity.INFER else startup.first_train_s
    parts = (startup.import_s, startup.build_s, first_s)
    known = [each for each in parts if each is not None]
    return sum(known) if len(known) == len(parts) else None


def _in_vain(context: ReportContext, record: SearchRecord) -> str:
    """Return a sentence on the levers that were tried and not taken, each with the best it did, or why it can't."""
    _ = context.gettext
    language = context.language
    taken = {lever for each in (record.proposed, *record.approximate) for lever in each.levers}
    best: dict[tuple[str, str], str] = {}
    for trial in sorted(record.trials, key=lambda each: len(each.levers)):
        for lever in set(trial.levers) - taken:
            said = _outcome(context, trial, record.gains(trial))
            if lever not in best and said:
                best[lever] = said
    parts = [f"{lever}={value}: {said}" for (lever, value), said in sorted(best.items())]
    if record.unjudged:
        levers = fmt.listing(list(record.unjudged), language)
        parts.append(_("{levers}: no verdict, because others kept the machine busy").format(levers=levers))
    if record.stopped:
        parts.append(_("the time for searching ran out"))
    if not parts:
        return ""
    return _("{framework}, {goal}, {workload}: {parts}").format(
        framework=context.name(record.alternative),
        goal=stages.goal(record.goal, language),
        workload=context.workload_name(record.workload),
        parts=_("; ").join(parts),
    )


def _outcome(context: ReportContext, trial: Trial, gains: tuple[float, ...]) -> str:
    if trial.outcome is Outcome.MEASURED:
        interval = median_interval(gains)
        if interval is None:
            return ""
        return f"{fmt.ratio(interval.median)} ({fmt.interval(interval.low, interval.high)})"
    if (trial.reason or "").startswith("lever-ignored"):
        return context.gettext("does nothing here")
    reason = words.reason(trial.reason, context.language)
    return reason or names.outcome(trial.outcome, context.language)


def _broken(context: ReportContext) -> tuple[str, ...]:
    """Return what the catalogue says of ways that don't work today, for the frameworks that were searched."""
    searched = {record.alternative for record in context.assessment.searches}
    facts = {
        str(fact.value): fact
        for alternative in searched
        if (framework := context.frameworks.get(alternative))
        for fact in framework.broken
    }
    text = context.gettext
    return tuple(
        text("{statement} ({source})").format(statement=text(value), source=cited(fact, context.language))
        for value, fact in facts.items()
    )
