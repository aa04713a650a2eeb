"""The other answers of a what-if: requirements, team, shares and data, as the wizard asks for them, in a column."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from advisor.decision.assumptions import answered
from advisor.decision.model import Needs, ProjectStage
from advisor.decision.shares import task_shares, workload_shares
from advisor.frameworks.model import Framework
from advisor.gui.inputs import ComboBox, Slider
from advisor.gui.page import Page
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Disclosure, Label, clear, hbox, vbox
from advisor.probes.model import WorkloadRun
from advisor.report import format as fmt
from advisor.report.context import ReportContext
from advisor.report.wording import names
from advisor.workloads.model import Task

if TYPE_CHECKING:
    from advisor.gui.wizard.step import Step


class Surroundings:
    """What the questions need to know: the frameworks of an assessment, and the window's language."""

    def __init__(self, catalogue: tuple[Framework, ...]) -> None:
        self.catalogue = catalogue

    @property
    def language(self) -> str:
        """The window's language."""
        return language()


class ShareRow(QWidget):
    """One task, or one workload: how much it counts among the others."""

    moved = Signal(int)

    def __init__(self, key: str, name: str) -> None:
        super().__init__()
        column = vbox(self, 0)
        head = hbox(spacing=Space.S)
        self._share = Label(tone="muted", wrap=False)
        head.addWidget(Label(name), 1)
        head.addWidget(self._share)
        self.slider = Slider()
        self.slider.setObjectName(f"share-of-{key}")
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(_("Share of {task}", task=name))
        self.slider.valueChanged.connect(self.moved)
        column.addLayout(head)
        column.addWidget(self.slider)

    def show_share(self, points: float, share: float) -> None:
        """Show how much it counts; the slider is moved without telling anybody."""
        text = fmt.percent(share)
        self._share.setText(text)
        self.slider.setAccessibleDescription(text)
        self.slider.blockSignals(True)
        self.slider.setValue(round(points))
        self.slider.blockSignals(False)


class Work(Page):
    """What the work is for, and how much each task that was measured counts."""

    edited = Signal(object)  # the needs, after an answer

    def __init__(self) -> None:
        super().__init__()
        self.needs = Needs()
        self._context: ReportContext | None = None
        column = vbox(self, Space.S)
        self._label = Label(role="strong")
        self.stage = ComboBox()
        self.stage.setObjectName("stage")
        self._label.setBuddy(self.stage)
        self.stage.activated.connect(lambda _index: self._change(stage=self.stage.currentData()))
        self._heading = Label(role="strong")
        self._shares = vbox(spacing=Space.S)
        self._rows: dict[str, ShareRow] = {}
        self._points: dict[str, float] = {}  # where the sliders are
        column.addWidget(self._label)
        column.addWidget(self.stage)
        column.addSpacing(Space.S)
        column.addWidget(self._heading)
        column.addLayout(self._shares)
        self.bind_text(self._label.setText, N_("Purpose"))
        self.bind_text(self.stage.setAccessibleName, N_("Purpose"))
        self.bind_text(self._heading.setText, N_("How much does each task count?"))

    def show_context(self, context: ReportContext) -> None:
        """Offer what an assessment was measured on."""
        self._context = context
        self.stage.clear()
        for stage in ProjectStage:
            self.stage.addItem(names.stage(stage, context.language), stage)
        clear(self._shares)
        self._rows = {}
        offered = self._offered(context)
        for key in offered if len(offered) > 1 else ():
            row = ShareRow(
                key,
                names.task(Task(key), context.language) if key in set(Task) else context.workload_name(key),
            )
            row.moved.connect(lambda points, key=key: self._on_moved(key, points))
            self._rows[key] = row
            self._shares.addWidget(row)
        self._heading.setVisible(bool(self._rows))
        self.show_needs(self.needs)

    def show_needs(self, needs: Needs) -> None:
        """Show answers that come from elsewhere."""
        self.needs = needs
        self.stage.setCurrentIndex(self.stage.findData(needs.stage))
        stated = _stated(needs)
        if stated != {key: points for key, points in self._points.items() if points > 0}:
            top = max(stated.values(), default=1.0)
            self._points = {key: 100.0 * stated.get(key, 0.0) / top for key in self._rows}
        self._show_shares()

    def _show_shares(self) -> None:
        shares = _shares(self.needs, self._runs)
        for key, row in self._rows.items():
            row.show_share(self._points.get(key, 0.0), shares.get(key, 0.0))

    @property
    def _runs(self) -> tuple[WorkloadRun, ...]:
        return self._context.assessment.runs if self._context else ()

    def _offered(self, context: ReportContext) -> list[str]:
        needs = context.assessment.needs
        measured = [run.workload for run in context.assessment.runs]
        found = [each.id if needs.workloads else each.task.value for each in measured]
        return list(dict.fromkeys([*_stated(needs), *found]))

    def _on_moved(self, key: str, points: int) -> None:
        # The others keep their places: the whole is what all come to.
        moved = {**self._points, key: float(points)}
        kept = {each: moved[each] for each in self._rows if moved[each] > 0}
        if not kept:
            self._show_shares()  # something has to count
            return
        self._points = moved
        if self.needs.workloads:
            self._change(workloads=kept)
        else:
            self._change(tasks={Task(each): share for each, share in kept.items()})
        self._show_shares()

    def _change(self, **changes: object) -> None:
        needs = answered(self.needs, **changes)
        if needs != self.needs:
            self.needs = needs
            self.edited.emit(needs)


def _stated(needs: Needs) -> dict[str, float]:
    return dict(needs.workloads) or {task.value: share for task, share in needs.tasks.items()}


def _shares(needs: Needs, runs: Iterable[WorkloadRun]) -> dict[str, float]:
    if needs.workloads:
        return workload_shares(needs, runs)
    return {task.value: share for task, share in task_shares(needs).items()}


class Fold(Disclosure):
    """A group of questions that opens; its title says how many of them are answered otherwise than as saved."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__()
        self.button.setObjectName(f"fold-{key}")
        self._message = message
        self.show_changed(0)

    def show_changed(self, count: int) -> None:
        """Say how many answers differ."""
        title = _(self._message)
        self.button.setText(_("{title} ({count} changed)", title=title, count=count) if count else title)


class Asked(QWidget):
    """Questions in groups that open one by one; what they ask is made when they are first opened."""

    edited = Signal(object)  # the needs, after an answer

    def __init__(self) -> None:
        super().__init__()
        self._context: ReportContext | None = None
        self._needs = Needs()
        self._theme: Theme | None = None
        column = vbox(self, Space.S)
        self._folds = {
            "requirements": Fold("requirements", N_("Requirements")),
            "team": Fold("team", N_("Team")),
            "work": Fold("work", N_("Work and data")),
        }
        self._pages: dict[str, list[Work | Step]] = {}
        for key, fold in self._folds.items():
            fold.button.toggled.connect(lambda opened, key=key: self._fill(key) if opened else None)
            column.addWidget(fold)

    def show_context(self, context: ReportContext) -> None:
        """Ask about an assessment."""
        before, self._context = self._context, context
        if before is None or before.assessment.catalogue != context.assessment.catalogue:
            for key, pages in self._pages.items():
                clear(self._folds[key].body)
                pages.clear()
            self._pages.clear()
        for key, fold in self._folds.items():
            if fold.button.isChecked():
                self._fill(key)
        for page in self._shown():
            if isinstance(page, Work):
                page.show_context(context)

    def show_needs(self, needs: Needs, changed: dict[str, int]) -> None:
        """Show answers, and how many of each group differ from those saved."""
        self._needs = needs
        for key, fold in self._folds.items():
            fold.show_changed(changed.get(key, 0))
        for page in self._shown():
            if page.needs != needs:
                page.show_needs(needs)

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._theme = theme
        for fold in self._folds.values():
            fold.apply_theme(theme)
        for page in self._shown():
            page.apply_theme(theme)

    def retranslate(self) -> None:
        """Say everything in the window's language."""
        for page in self._shown():
            page.retranslate(language())

    def _shown(self) -> "list[Work | Step]":
        return [page for pages in self._pages.values() for page in pages]

    def _fill(self, key: str) -> None:
        if key in self._pages or self._context is None:
            return
        pages = self._pages[key] = list(self._make(key, Surroundings(self._context.assessment.catalogue)))
        for page in pages:
            page.edited.connect(self._on_edited)
            self._folds[key].body.addWidget(page)
            if isinstance(page, Work):
                page.show_context(self._context)
            page.show_needs(self._needs)
            page.retranslate(language())
            if self._theme is not None:
                page.apply_theme(self._theme)

    @staticmethod
    def _make(key: str, around: Surroundings) -> "tuple[Work | Step, ...]":
        from advisor.gui.wizard.constraints import ConstraintsStep
        from advisor.gui.wizard.team import TeamStep
        from advisor.gui.wizard.workload import WorkloadStep

        match key:
            case "requirements":
                return (ConstraintsStep(around, narrow=True),)
            case "team":
                return (TeamStep(around, narrow=True),)
            case _:
                return Work(), WorkloadStep(around, narrow=True)

    def _on_edited(self, needs: Needs) -> None:
        self._needs = needs
        for page in self._shown():
            if page is not self.sender():
                page.needs = needs
        self.edited.emit(needs)
