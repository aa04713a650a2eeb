"""How far a run is: a table that redraws on events on a terminal, plain lines elsewhere.

Nothing here has a timer: while a sample is being taken no event comes, and the terminal stays quiet.
"""

import time
from collections.abc import Sequence

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from advisor.assessment.journal import Journal
from advisor.assessment.pipeline import Event, Phase, PhaseStarted, WorkloadStarted
from advisor.assessment.run_state import Row, RunState
from advisor.cli.console import CliContext
from advisor.cli.live import LiveDisplay
from advisor.frameworks import catalogue as catalogue_file
from advisor.frameworks.model import Framework, InstallProgress, InstallState
from advisor.probes.model import (
    LearningProgress,
    Outcome,
    Provisional,
    Quantity,
    SearchProgress,
    Stage,
    StageChanged,
    Subject,
    Warned,
)
from advisor.report import format as fmt
from advisor.report.wording import measurements, names
from advisor.report.wording import stages as stage_words
from advisor.workloads.model import Workload


class InstallLog:
    """Says what the installation of managed environments does, and remembers what failed."""

    def __init__(self, door: CliContext, catalogue: Sequence[Framework]) -> None:
        self._door = door
        self._catalogue = catalogue
        self._seen: dict[str, InstallState] = {}
        self.failures: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Take one event; others than those of installations pass by."""
        if not isinstance(event, InstallProgress) or self._seen.get(event.framework) == event.state:
            return
        self._seen[event.framework] = event.state
        name = catalogue_file.find(self._catalogue, event.framework).name
        text = stage_words.installing(event, self._door.language)
        if event.state is InstallState.FAILED:
            self.failures[event.framework] = event.reason or ""
        self._door.err.print(f"  {name}: {text}")

    def finish(self) -> bool:
        """Return whether all went well."""
        return not self.failures


class RunDisplay(LiveDisplay):
    """Shows a run. A context manager; call it with every event. ``quantity`` orders its provisional ranking."""

    def __init__(
        self, door: CliContext, catalogue: Sequence[Framework], quantity: Quantity = Quantity.TRAIN
    ) -> None:
        super().__init__(door)
        self._door = door
        self._quantity = quantity
        self._names = names.alternative_names(catalogue)
        self._install = InstallLog(door, catalogue)
        self._state = RunState()
        self._journal = Journal(self._apply)
        self._told: set[Subject] = set()
        self._searched: tuple[str, str, str] | None = None
        self._learning: tuple[str, str, int] | None = None
        self._began = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Take one event into account and show it, at most four times a second."""
        self._journal(event)
        if isinstance(event, Provisional):
            # Above what is redrawn, so that it stays.
            (self.live.console if self.live else self._door.err).print(f"    {self._ranking(event)}")
        elif self.live is None:
            self._line(event)
        elif self.is_due or isinstance(event, PhaseStarted):
            self.paint(self._table())

    def _apply(self, event: Event) -> None:
        self._install(event)
        self._state.apply(event)

    def _line(self, event: Event) -> None:
        language = self._door.language
        match event:
            case PhaseStarted(phase):
                self._door.err.print(stage_words.phase(phase, language))
            case WorkloadStarted(workload=workload):
                self._door.err.print(f"  {self._title(workload)}")
            case StageChanged(subject, stage, outcome, reason) if (
                stage in (Stage.DONE, Stage.FAILED) and subject not in self._told
            ):
                self._told.add(subject)  # passes after the rounds end with "done" once more
                text = self._figures(self._state.rows[subject])
                if stage is Stage.FAILED:
                    text = names.outcome(outcome or Outcome.CRASHED, language)
                    text += f": {measurements.reason(reason, language)}" if reason else ""
                self._door.err.print(f"    {self._label(self._state.rows[subject])}: {text}")
            case SearchProgress(workload=workload, alternative=alternative, goal=goal) if self._searched != (
                workload,
                alternative,
                goal,
            ):
                self._searched = (workload, alternative, goal)
                self._door.err.print(f"    {stage_words.searching(event, self._names, language)}")
            case LearningProgress(workload=workload, alternative=alternative, seed=seed) if (
                self._learning
                != (
                    workload,
                    alternative,
                    seed,
                )
            ):
                self._learning = (workload, alternative, seed)
                self._door.err.print(f"    {stage_words.learning(event, self._names, language)}")
            case Warned(warning):
                text = measurements.warning(warning, self._names, language)
                self._door.err.print(f"    {self._door.gettext('Warning')}: {text}")

    def _ranking(self, event: Provisional) -> str:
        language, quantity = self._door.language, self._quantity
        # What only infers has no training to be ranked by.
        rows = self._state.fastest_first(quantity) or self._state.fastest_first(quantity := Quantity.INFER)
        entries = [f"{self._label(row)} {self._figure(row, quantity)}" for row in rows]
        return stage_words.provisional(event.elapsed_s, quantity, entries, language)

    def _table(self) -> Group:
        state, language = self._state, self._door.language
        elapsed_s = time.monotonic() - self._began
        parts: list[Text | Table | ProgressBar] = []
        head = stage_words.phase(state.phase, language) if state.phase else ""
        if state.current and state.phase is Phase.PROBE:
            head = self._title(state.current)
        parts.append(Text(head, style="bold"))
        if state.search is not None:
            parts.append(Text(f"  {stage_words.searching(state.search, self._names, language)}"))
        if state.learning is not None:
            parts.append(Text(f"  {stage_words.learning(state.learning, self._names, language)}"))
        if state.current and state.phase is Phase.PROBE:
            table = Table.grid(padding=(0, 2, 0, 0))
            for row in state.rows_of(state.current.id):
                table.add_row(
                    f"  {self._label(row)}", stage_words.stage(row.stage, language), self._figures(row)
                )
            parts.append(table)
            parts.append(ProgressBar(total=1.0, completed=state.fraction, width=48))
        parts.append(Text(stage_words.clock(elapsed_s, state.remaining_s, language), style="dim"))
        return Group(*parts)

    def _title(self, workload: Workload) -> str:
        language = self._door.language
        shape = "×".join(str(side) for side in workload.input_shape)
        what = [names.architecture(workload, language), shape, f"batch {workload.batch}"]
        return f"{names.task(workload.task, language)}: {', '.join(filter(None, what))}"

    def _label(self, row: Row) -> str:
        label = names.name_of(row.subject.alternative, self._names)
        if not row.subject.configuration.is_default:
            label += f", {names.configuration(row.subject.configuration, self._door.language)}"
        return label

    def _figures(self, row: Row) -> str:
        """Training speed so far, which is what most readers look for first; that of inference for who can't train."""
        quantity = next((each for each in (Quantity.TRAIN, Quantity.INFER) if each in row.figures), None)
        if row.outcome not in (None, Outcome.MEASURED):
            return names.outcome(row.outcome, self._door.language)
        if quantity is None:
            return ""
        named = (
            "" if quantity is Quantity.TRAIN else f", {names.quantity(quantity, self._door.language).lower()}"
        )
        return self._figure(row, quantity) + named

    def _figure(self, row: Row, quantity: Quantity) -> str:
        workload = next(each for each in self._state.workloads if each.id == row.subject.workload)
        figure = row.figures[quantity]
        rate = workload.batch / figure.median_s
        low, high = workload.batch / figure.high_s, workload.batch / figure.low_s
        unit = names.rate_unit(workload, quantity, self._door.language)
        return f"{fmt.number(rate)} {unit} ({fmt.interval(low, high)})"
