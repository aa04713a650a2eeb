"""One framework: where it was found, whether it can be probed, and setting it up. For page and wizard."""

import platform

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QPlainTextEdit, QProgressBar, QWidget

from advisor.assessment.model import FrameworkState
from advisor.escapes import tooltip
from advisor.frameworks.model import (
    Alternative,
    Framework,
    Installation,
    InstallPlan,
    InstallProgress,
    InstallState,
    Origin,
    Problem,
)
from advisor.frameworks.pairs import alternatives_of
from advisor.frameworks.resolution import packages_for
from advisor.gui.app_state import AppState
from advisor.gui.installing import ENDED
from advisor.gui.text import _, language, ngettext
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Card, Disclosure, Label, Pill, clear, hbox, vbox
from advisor.report import format as fmt
from advisor.report import palette
from advisor.report.wording import stages
from advisor.report.wording.evidence import cited, said
from advisor.report.wording.frameworks import origin, why


class FrameworkCard(Card):
    """A framework's state. ``pickable`` adds a check box per alternative: probe it or not."""

    picked = Signal(str, bool)  # alternative, wanted
    removed = Signal(str)

    def __init__(self, context: AppState, framework: Framework, *, pickable: bool = False) -> None:
        super().__init__()
        self._context = context
        self._framework = framework
        self._pickable = pickable
        self._theme: Theme | None = None
        head = hbox(spacing=Space.M)
        self._mark = QFrame()
        self._mark.setFixedSize(6, 22)
        head.addWidget(self._mark)
        head.addWidget(Label(framework.name, "title", wrap=False))
        self._version = Label(tone="muted", wrap=False)
        head.addWidget(self._version)
        self._state = Pill()
        head.addWidget(self._state)
        head.addStretch(1)
        self._remove = Button(kind="quiet", on_click=lambda: self.removed.emit(framework.id))
        self._install = Button(on_click=self._on_install_clicked)
        head.addWidget(self._remove)
        head.addWidget(self._install)
        self.body.addLayout(head)
        self._rows = vbox(spacing=0)
        self.body.addLayout(self._rows)
        self._boxes: dict[str, QCheckBox] = {}
        self._pills: dict[str, tuple[Label, Pill]] = {}
        self._barred: dict[str, Pill] = {}
        self._reasons: dict[str, Label] = {}
        self._alternatives = alternatives_of(framework, context.catalogue)
        for alternative in self._alternatives:
            row = self._row(alternative)
            self._rows.addWidget(row)
            # With one alternative the line would only repeat the title.
            row.setVisible(pickable or alternative.name != framework.name)
        self._ways = Disclosure()
        self.body.addWidget(self._ways)
        self._show_ways()
        self._places = Disclosure()
        self.body.addWidget(self._places)
        self._build_progress()

    def _show_ways(self) -> None:
        """What stands on the framework: told where it is set up, not where it is picked."""
        wrappers = () if self._pickable else self._framework.wrappers
        self._ways.setVisible(bool(wrappers))
        names = ", ".join(each.name for each in wrappers)
        self._ways.button.setText(_("Ways to use it: {names}", names=names))
        for each in wrappers:
            said_of_it = said(each.adds, language())
            text = f"{each.name} {each.version} ({each.licence}): {said_of_it}."
            self._ways.body.addWidget(Label(text))
            self._ways.body.addWidget(
                Label(cited(each, language()), "caption", tone="muted", selectable=True)
            )

    def _row(self, alternative: Alternative) -> QWidget:
        row = QWidget()
        column = vbox(row, 0)
        column.setContentsMargins(0, Space.XS, 0, Space.XS)
        line = hbox(spacing=Space.M)
        column.addLayout(line)
        if self._pickable:
            box = QCheckBox(alternative.name)
            box.setObjectName(f"probe-{alternative.id}")
            box.toggled.connect(lambda wanted: self.picked.emit(alternative.id, wanted))
            self._boxes[alternative.id] = box
            line.addWidget(box, 1)
        else:
            line.addWidget(Label(alternative.name, wrap=False), 1)
        version, pill, barred = Label(tone="muted", role="caption", wrap=False), Pill(), Pill()
        barred.hide()
        for part in (version, barred, pill):
            line.addWidget(part)
        self._pills[alternative.id] = (version, pill)
        self._barred[alternative.id] = barred
        reason = Label(role="caption", tone="bad")
        reason.hide()
        column.addWidget(reason)
        self._reasons[alternative.id] = reason
        return row

    def _build_progress(self) -> None:
        self._progress = QWidget()
        column = vbox(self._progress, Space.S)
        line = hbox(spacing=Space.M)
        self._said = Label()
        self._cancel = Button(on_click=self._context.installer.cancel)
        line.addWidget(self._said, 1)
        line.addWidget(self._cancel)
        column.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        column.addWidget(self._bar)
        self._log_holder = Disclosure()
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setMinimumHeight(140)
        self._log_holder.body.addWidget(self._log)
        column.addWidget(self._log_holder)
        self.body.addWidget(self._progress)
        self._progress.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._theme = theme
        colours = palette.framework_colours(self._context.catalogue)
        colour = colours[self._framework.id].on(palette.Theme(theme.name))
        self._mark.setStyleSheet(f"background: {colour}; border-radius: 3px;")
        self._install.set_icon("download", theme.text)
        self._ways.apply_theme(theme)
        self._places.apply_theme(theme)
        self._log_holder.apply_theme(theme)

    def refresh(self, picked: set[str] | None = None, ruled_out: dict[str, str] | None = None) -> None:
        """Show what is known by now; ``picked`` are the alternatives that are to be probed, ``ruled_out`` those
        that the answers rule out, and why.
        """
        inventory = self._context.inventory
        states = {state.alternative: state for state in inventory.states} if inventory else {}
        ready = 0
        for alternative in self._alternatives:
            ready += self._show_alternative(alternative, states.get(alternative.id), picked)
            self._show_barred(alternative, (ruled_out or {}).get(alternative.id, ""))
        count = len(self._alternatives)
        if inventory is None:
            self._state.show_state(_("looking…"), "muted")
        elif ready == count:
            self._state.show_state(_("ready"), "good")
        elif ready:
            self._state.show_state(_("{ready} of {count} ready", ready=ready, count=count), "accent")
        else:
            self._state.show_state(_("not ready"), "muted")
        versions = {
            state.installation.version
            for state in states.values()
            if state.installation and state.alternative in self._pills
        }
        self._version.setText(", ".join(sorted(versions)))
        self._version.setVisible(bool(versions))
        found = (
            [each for each in inventory.installations if each.framework == self._framework.id]
            if inventory
            else []
        )
        self._show_places(found)
        self._show_install(found, ready < count)
        self.show_progress()

    def _show_alternative(
        self, alternative: Alternative, state: FrameworkState | None, picked: set[str] | None
    ) -> bool:
        version, pill = self._pills[alternative.id]
        installation = state.installation if state else None
        usable = installation is not None and installation.problem is None
        if self._pickable:
            box = self._boxes[alternative.id]
            box.blockSignals(True)
            box.setChecked(picked is None or alternative.id in picked)
            box.blockSignals(False)
            box.setAccessibleName(_("Probe {framework}", framework=alternative.name))
        version.setText(installation.version if installation else "")
        if state is None:
            pill.show_state("…", "muted")
        elif usable:
            pill.show_state(_("ready"), "good")
        else:
            reason = installation.problem if installation else state.reason
            pill.show_state(why(reason, language()), "warning" if isinstance(reason, Problem) else "muted")
        return usable

    def _show_barred(self, alternative: Alternative, reason: str) -> None:
        barred = self._barred[alternative.id]
        barred.setVisible(bool(reason))
        barred.show_state(_("ruled out"), "bad")
        barred.setToolTip(tooltip(reason))
        why_not = self._reasons[alternative.id]
        why_not.setText(reason)
        why_not.setVisible(bool(reason))
        if self._pickable:
            self._boxes[alternative.id].setAccessibleDescription(reason)

    def _show_places(self, found: list[Installation]) -> None:
        self._places.setVisible(bool(found))
        self._places.button.setText(ngettext("Found in {n} place", "Found in {n} places", len(found)))
        clear(self._places.body)
        for each in found:
            words = [f"{self._framework.name} {each.version}", f"Python {each.python_version}"]
            words.append(origin(each.origin, language()))
            if each.wheel:
                words.append(each.wheel)
            if each.backends:
                names = self._framework.backend_names
                words.append(", ".join(names.get(backend, backend) for backend in each.backends))
            self._places.body.addWidget(Label(" · ".join(words), selectable=True))
            self._places.body.addWidget(Label(each.interpreter, "code", selectable=True))
            if each.problem is not None:
                self._places.body.addWidget(Label(why(each.problem, language()), tone="warning"))

    def _show_install(self, found: list[Installation], lacking: bool) -> None:
        managed = any(each.origin is Origin.MANAGED for each in found)
        plan = self._context.plans.get(self._framework.id)
        busy = bool(self._context.engine.busy)
        self._remove.setVisible(managed and not self._pickable)
        self._remove.setEnabled(not busy)
        self._remove.setText(_("Remove"))
        self._remove.setAccessibleName(
            _("Remove the environment of {framework}", framework=self._framework.name)
        )
        renews = isinstance(plan, InstallPlan) and plan.renews and not self._pickable
        self._install.setVisible(renews or (not managed and (lacking or not self._pickable)))
        name = self._framework.name
        self._install.setAccessibleName(
            _("Renew {framework}", framework=name) if renews else _("Install {framework}", framework=name)
        )
        if isinstance(plan, str):
            self._install.setEnabled(False)
            self._install.setText(_("Install"))
            self._install.setToolTip(tooltip(plan))
            return
        self._install.setEnabled(plan is not None and not busy)
        size = plan.requirements.download_bytes if plan else None
        if renews:
            self._install.setText(_("Renew"))
        else:
            self._install.setText(_("Install ({size})", size=fmt.size(size)) if size else _("Install"))
        self._install.setToolTip(tooltip(self._plan_text(plan)) if plan else "")

    def _plan_text(self, plan: InstallPlan) -> str:
        needs = plan.requirements
        packages = ", ".join(packages_for(needs, platform.machine()))
        lines = [_("Into an environment of its own: {folder}", folder=plan.folder), packages]
        if plan.renews:
            lines.insert(0, _("An earlier version set it up from other packages."))
        if needs.installed_bytes:
            lines.append(_("{size} on disk", size=fmt.size(needs.installed_bytes)))
        if plan.interpreter is None:
            lines.append(_("Python {version} is downloaded, too.", version=plan.python_version))
        return "\n".join(lines)

    def show_progress(self) -> None:
        """Show the newest installation of this framework, if it isn't all well."""
        installer = self._context.installer
        progress = installer.progress.get(self._framework.id)
        if progress is None or progress.state is InstallState.DONE:
            self._progress.hide()
            return
        self._progress.show()
        self._show_installation(progress)
        log = installer.logs.get(self._framework.id, ())
        self._log_holder.setVisible(bool(log))
        self._log_holder.button.setText(_("Log"))
        self._log.setAccessibleName(
            _("Log of the installation of {framework}", framework=self._framework.name)
        )
        text = "\n".join(log)
        if text != self._log.toPlainText():
            self._log.setPlainText(text)
            self._log.verticalScrollBar().setValue(self._log.verticalScrollBar().maximum())

    def _show_installation(self, progress: InstallProgress) -> None:
        text = stages.installing(progress, self._context.language)
        text = text[:1].upper() + text[1:]
        if progress.done_bytes and progress.total_bytes:
            text += f", {fmt.size(progress.done_bytes)} / {fmt.size(progress.total_bytes)}"
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * progress.done_bytes / progress.total_bytes))
        else:
            self._bar.setRange(0, 0)
        self._said.setText(text)
        self._said.set_tone("bad" if progress.state is InstallState.FAILED else "")
        ended = progress.state in ENDED
        self._bar.setVisible(not ended)
        self._cancel.setVisible(not ended)
        self._cancel.setText(_("Cancel"))
        self._cancel.setAccessibleName(
            _("Cancel the installation of {framework}", framework=self._framework.name)
        )
        self._cancel.setEnabled(not self._context.engine.cancelling)

    def _on_install_clicked(self) -> None:
        plan = self._context.plans.get(self._framework.id)
        if isinstance(plan, InstallPlan) and not self._context.engine.busy:
            self._context.installer.install((plan,))
