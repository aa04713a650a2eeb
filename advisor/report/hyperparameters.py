"""A search for hyper-parameters in every framework: its pace, and how good it got in equal time."""

from advisor.probes.hyperparameters import HyperRun, HyperSearch, HyperTrial
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.model import Block, Cell, Column, Paragraph, Section, Table
from advisor.report.wording import measurements as words
from advisor.report.wording import names
from advisor.report.wording import targets as wording


def section(context: ReportContext) -> Section | None:
    """Return what searches came to; None where none was asked for."""
    runs = [run for run in context.assessment.hyper_runs if any(each.trials for each in run.searches)]
    if not runs:
        return None
    blocks: list[Block] = [block for run in runs for block in _blocks(context, run)]
    return Section("hyperparameters", context.gettext("Searching hyper-parameters"), tuple(blocks))


def _blocks(context: ReportContext, run: HyperRun) -> list[Block]:
    _ = context.gettext
    language = context.language
    about = _(
        "{sampler} searched optimiser, rate and momentum for the network that learns “{target}”, in {trials} trials of "
        "{steps} steps with every framework; {same} of them, the first, were the same everywhere. Later ones follow "
        "from scores, in which rounding makes frameworks differ."
    ).format(
        sampler=run.sampler,
        target=wording.name(run.target, language),
        trials=fmt.whole(run.wanted),
        steps=fmt.whole(run.steps),
        same=fmt.whole(run.same_trials),
    )
    meaning = _(
        "How many trials an hour has is the speed of building, compiling, training and testing in other words; which "
        "score is found with how many trials is chance. Neither carries weight in the ranking."
    )
    order = {alternative: place for place, alternative in enumerate(context.alternatives)}
    rows = sorted(run.searches, key=lambda each: order.get(each.subject.alternative, len(order)))
    return [
        Paragraph(fmt.joined(about, meaning, language=language)),
        Table(
            f"hyperparameters-{run.target.workload.id}",
            _("{target}: a search in every framework").format(target=wording.name(run.target, language)),
            (
                Column(_("Framework"), width=1.0),
                Column(_("Trials"), numeric=True),
                Column(_("Trials per hour"), numeric=True),
                Column(_("Best score in equal time"), numeric=True),
                Column(_("Best score of all"), numeric=True),
                Column(_("Found with"), width=1.0),
            ),
            tuple(_row(context, run, each) for each in rows),
            notes=(
                _(
                    "Equal time: {time}, when the quickest had ended its trials. The time of a trial is that of "
                    "building, compiling, training and testing; one sequence of trials, so figures have no interval."
                ).format(time=fmt.duration(run.shared_s, language)),
            ),
        ),
    ]


def _row(context: ReportContext, run: HyperRun, search: HyperSearch) -> tuple[Cell, ...]:
    head = context.cell(search.subject.alternative)
    if not search.trials or search.per_hour is None:
        why = words.reason(search.reason, context.language) or names.outcome(search.outcome, context.language)
        return (head, Cell(words.shortened(why), muted=True, span=5))
    best = max(search.trials, key=lambda each: each.score)
    early = search.best(run.shared_s)
    return (
        head,
        Cell(fmt.whole(len(search.trials)), len(search.trials)),
        Cell(fmt.number(search.per_hour), search.per_hour),
        Cell(fmt.DASH, muted=True) if early is None else Cell(wording.score(run.target, early), early),
        Cell(wording.score(run.target, best.score), best.score),
        Cell(_settings(context, best)),
    )


def _settings(context: ReportContext, trial: HyperTrial) -> str:
    _ = context.gettext
    if trial.momentum is None:
        return _("Adam, rate {rate}").format(rate=fmt.number(trial.rate))
    return _("SGD, rate {rate}, momentum {momentum}").format(
        rate=fmt.number(trial.rate), momentum=fmt.number(trial.momentum)
    )
