"""What a run looks like so far, folded from the engine's events, for both doors."""

from msgspec import Struct, field

from advisor.assessment.model import Assessment
from advisor.assessment.pipeline import Event, Phase, PhaseStarted, Saved, WorkloadStarted
from advisor.probes.model import (
    Eta,
    LearningProgress,
    Outcome,
    ProbeWarning,
    Provisional,
    Quantity,
    SampleTaken,
    SearchProgress,
    Stage,
    StageChanged,
    Subject,
    Warned,
)
from advisor.workloads.model import Workload


class LiveFigure(Struct, frozen=True):
    """Seconds per iteration so far: median, interval, and how many samples they rest on."""

    median_s: float
    low_s: float
    high_s: float
    count: int


class Row(Struct):
    """One subject's line."""

    subject: Subject
    stage: Stage = Stage.WAITING
    outcome: Outcome | None = None
    reason: str | None = None
    stderr_tail: str | None = None
    figures: dict[Quantity, LiveFigure] = {}
    effective_cores: float | None = None


class RunState(Struct):
    """Everything a door shows of a run. :meth:`apply` takes events in their order."""

    phase: Phase | None = None
    workloads: list[Workload] = field(default_factory=list)
    count: int = 0
    rows: dict[Subject, Row] = field(default_factory=dict)
    warnings: list[ProbeWarning] = field(default_factory=list)
    remaining_s: float | None = None
    fraction: float = 0.0
    provisional_s: float | None = None  # when every subject of the current workload had a first interval
    search: SearchProgress | None = None  # while faster settings are searched for
    learning: LearningProgress | None = None  # while networks learn towards a target
    assessment: Assessment | None = None

    @property
    def current(self) -> Workload | None:
        """The workload that is being measured, or was last."""
        return self.workloads[-1] if self.workloads else None

    @property
    def progress(self) -> float:
        """How far the run is, as a share of its workloads."""
        if not self.count:
            return 0.0
        return min((len(self.workloads) - 1 + self.fraction) / self.count, 1.0)

    def rows_of(self, workload: str) -> list[Row]:
        """Return a workload's lines, in the order in which its subjects were first heard of."""
        return [row for row in self.rows.values() if row.subject.workload == workload]

    def fastest_first(self, quantity: Quantity) -> list[Row]:
        """Return the current workload's lines that have a figure of a quantity, by their medians so far."""
        rows = self.rows_of(self.current.id) if self.current else []
        return sorted(
            (row for row in rows if quantity in row.figures), key=lambda row: row.figures[quantity].median_s
        )

    def fastest(self, quantity: Quantity) -> Row | None:
        """Return the first of :meth:`fastest_first`."""
        rows = self.rows_of(self.current.id) if self.current else []
        timed = [row for row in rows if quantity in row.figures]
        return min(timed, key=lambda row: row.figures[quantity].median_s, default=None)

    def apply(self, event: Event) -> None:
        """Take one event into account."""
        match event:
            case PhaseStarted(phase):
                self.phase, self.learning = phase, None
            case WorkloadStarted(workload=workload, count=count):
                self.workloads.append(workload)
                self.count = count
                self.remaining_s, self.fraction, self.provisional_s = None, 0.0, None
                self.search = None
            case StageChanged(subject, stage, outcome, reason):
                row = self._row(subject)
                row.stage, row.outcome, row.reason = stage, outcome, reason
                self.search = None
            case SampleTaken():
                self._sampled(event)
            case Eta(remaining_s, fraction):
                self.remaining_s, self.fraction = remaining_s, fraction
            case SearchProgress():
                self.search = event
            case LearningProgress():
                self.learning = event
            case Provisional(elapsed_s):
                self.provisional_s = elapsed_s
            case Warned(warning):
                if warning not in self.warnings:
                    self.warnings.append(warning)
            case Saved(assessment):
                self._saved(assessment)

    def _row(self, subject: Subject) -> Row:
        return self.rows.setdefault(subject, Row(subject))

    def _sampled(self, event: SampleTaken) -> None:
        row = self._row(event.subject)
        quantity = event.sample.quantity
        before = row.figures.get(quantity)
        row.figures[quantity] = LiveFigure(
            event.median_s, event.low_s, event.high_s, before.count + 1 if before else 1
        )
        if event.sample.elapsed_s > 0:
            row.effective_cores = event.sample.cpu_s / event.sample.elapsed_s

    def _saved(self, assessment: Assessment) -> None:
        """The document knows what events leave out: a failed worker's last words."""
        self.assessment = assessment
        for run in assessment.runs:
            for result in run.results:
                row = self._row(result.subject)
                row.stderr_tail = result.stderr_tail
                if result.outcome is not Outcome.MEASURED and row.stage in (Stage.DONE, Stage.FAILED):
                    row.stage, row.outcome, row.reason = Stage.FAILED, result.outcome, result.reason
