"""The user's own work in the wizard: a model file or scripts, dropped or chosen, looked into before anything runs."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QLineEdit, QWidget

from advisor.assessment import own_work
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.dialogs import choose_existing
from advisor.gui.inputs import ComboBox, SpinBox
from advisor.gui.text import _
from advisor.gui.theme import Space
from advisor.gui.widgets import Button, Card, Facts, Label, clear, hbox, vbox
from advisor.probes.trial import Look
from advisor.report import format as fmt
from advisor.report.wording import measurements, names
from advisor.report.wording import own as words
from advisor.workloads import own
from advisor.workloads.own import Contents, OwnWork


class Model(msgspec.Struct, frozen=True):
    """A model file that was looked into."""

    path: Path
    digest: str
    contents: Contents


class OwnCard(Card):
    """Takes files, asks what they leave open, and says what becomes of them. Paths live as long as the window."""

    changed = Signal(tuple)  # the work, complete; empty while something is missing

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self.setObjectName("own-work")
        self._context = context
        self._needs = Needs()
        self._model: Model | None = None
        self._looking: Path | None = None
        self._scripts: dict[str, Path] = {}
        self._interpreters: dict[str, str] = {}
        self._shapes: dict[str, QLineEdit] = {}
        self._fault = ""
        self.works: tuple[OwnWork, ...] = ()
        self._sentence = Label(tone="muted")
        self.body.addWidget(self._sentence)
        buttons = hbox(spacing=Space.M)
        self._choose_model = Button(on_click=self._on_choose_model_clicked)
        self._choose_script = Button(on_click=self._on_choose_script_clicked)
        self._remove = Button(kind="quiet", on_click=self.forget)
        for button, name in (
            (self._choose_model, "own-model"),
            (self._choose_script, "own-script"),
            (self._remove, "own-remove"),
        ):
            button.setObjectName(name)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self._status = Label()
        self._status.setObjectName("own-status")
        self.body.addWidget(self._status)
        self._facts = Facts()
        self.body.addWidget(self._facts)
        self._questions = QGridLayout()
        self._questions.setHorizontalSpacing(Space.L)
        self.body.addLayout(self._questions)
        self._batch = SpinBox()
        self._batch.setRange(1, 65_536)
        self._batch.setValue(own.DEFAULT_BATCH)
        self._batch.valueChanged.connect(self._compose)
        self._batch_label = Label(wrap=False)
        self._batch_label.setBuddy(self._batch)
        line = hbox(spacing=Space.M)
        line.addWidget(self._batch_label)
        line.addWidget(self._batch)
        line.addStretch(1)
        self.body.addLayout(line)
        self._rows = vbox(spacing=Space.S)
        self.body.addLayout(self._rows)

    # Files

    def take(self, path: Path) -> None:
        """Take a file: a script, or a model that somebody has to look into first."""
        if path.suffix.lower() == own.SCRIPT:
            self._model = None
            self._scripts[self._framework_of(path)] = path
            self._show_rows()
            self._compose()
            return
        self._scripts.clear()
        inventory = self._context.inventory
        if inventory is None:
            self._say(_("The machine is still being looked at."))
            return
        self._model, self._looking = None, path
        self._say(_("Looking into {name}…", name=path.name))

        def work() -> tuple[Look, str]:
            seen = own_work.look(path, inventory)
            return seen, own.digest_of(path, seen.contents.beside if seen.contents else ())

        self._context.jobs.submit(work, lambda found: self._on_looked(path, *found), self._on_failed)
        self.refresh()

    def _on_looked(self, path: Path, seen: Look, digest: str) -> None:
        if path != self._looking:
            return  # another one was taken meanwhile
        self._looking = None
        if seen.contents is None:
            reason = measurements.reason(seen.reason, self._context.language)
            self._say(_("{name} can’t be opened: {reason}.", name=path.name, reason=reason))
            return
        self._model = Model(path, digest, seen.contents)
        self._ask(seen.contents)
        self._compose()

    def _on_failed(self, error: BaseException) -> None:
        self._looking = None
        self._say(explain(error))

    def forget(self) -> None:
        """Go back to the published networks."""
        self._model, self._looking, self._fault = None, None, ""
        self._scripts.clear()
        self._interpreters.clear()
        self._show_rows()
        self._ask(None)
        self._take_up(())

    def _framework_of(self, path: Path) -> str:
        """The alternative whose framework a script imports first, or the first that has no script yet."""
        try:
            text = path.read_bytes()[: own.SCRIPT_LIMIT_BYTES].decode("utf-8", "replace")
        except OSError:
            text = ""
        modules = {
            each.id: framework.module
            for framework in self._context.catalogue
            for each in framework.alternatives
        }
        found = [
            (match.start(), identity)
            for identity, module in modules.items()
            if (match := re.search(rf"^\s*(?:import|from) {re.escape(module)}\b", text, re.MULTILINE))
        ]
        if found:
            return min(found)[1]
        return next((each for each in modules if each not in self._scripts), next(iter(modules)))

    # What a file leaves open

    def _ask(self, contents: Contents | None) -> None:
        clear(self._questions)
        self._shapes = {}
        for row, port in enumerate(contents.ports if contents else ()):
            if None not in port.shape[1:]:
                continue
            edit = QLineEdit()
            edit.setPlaceholderText(words.shape(port.shape[1:]))
            edit.setAccessibleName(_("Size of {name}", name=port.name))
            edit.editingFinished.connect(self._compose)
            label = Label(_("Size of {name}", name=port.name), wrap=False)
            label.setBuddy(edit)
            self._questions.addWidget(label, row, 0)
            self._questions.addWidget(edit, row, 1)
            self._shapes[port.name] = edit

    def _show_rows(self) -> None:
        """A row for each script: for which framework it is, and which interpreter runs it."""
        clear(self._rows)
        labels = names.alternative_names(self._context.catalogue)
        for alternative, path in self._scripts.items():
            row = hbox(spacing=Space.M)
            framework = ComboBox()
            framework.setAccessibleName(_("Framework of {name}", name=path.name))
            for each in (own_way for known in self._context.catalogue for own_way in known.alternatives):
                framework.addItem(labels[each.id], each.id)
            framework.setCurrentIndex(framework.findData(alternative))
            framework.activated.connect(
                lambda _index, box=framework, before=alternative: self._on_framework_chosen(
                    before, box.currentData()
                )
            )
            interpreter = ComboBox()
            interpreter.setAccessibleName(_("Interpreter of {name}", name=path.name))
            for known in self._interpreters_of(alternative):
                interpreter.addItem(known, known)
            chosen = self._interpreters.get(alternative)
            interpreter.setCurrentIndex(max(interpreter.findData(chosen), 0))
            interpreter.activated.connect(
                lambda _index, box=interpreter, of=alternative: self._on_interpreter_chosen(
                    of, box.currentData()
                )
            )
            row.addWidget(Label(path.name, "strong", wrap=False))
            row.addWidget(framework)
            row.addWidget(interpreter, 1)
            self._rows.addLayout(row)

    def _interpreters_of(self, alternative: str) -> tuple[str, ...]:
        """The interpreters that hold an alternative, the one that would be taken unasked first."""
        inventory = self._context.inventory
        if inventory is None:
            return ()
        known = next(
            each for each in catalogue_file.alternatives(inventory.catalogue) if each.id == alternative
        )
        taken = [
            state.installation.interpreter
            for state in inventory.states
            if state.alternative == alternative and state.installation is not None
        ]
        others = [
            each.interpreter
            for each in inventory.installations
            if each.framework == known.framework and (known.backend is None or known.backend in each.backends)
        ]
        return tuple(dict.fromkeys([*taken, *others]))

    def _on_framework_chosen(self, before: str, after: str) -> None:
        if after in self._scripts:
            self._show_rows()
            self._say(_("There is a script for that framework already."))
            return
        self._scripts = {(after if name == before else name): path for name, path in self._scripts.items()}
        self._interpreters.pop(before, None)
        self._show_rows()
        self._compose()

    def _on_interpreter_chosen(self, alternative: str, interpreter: str) -> None:
        self._interpreters[alternative] = interpreter
        self._compose()

    def _compose(self, *_ignored: object) -> None:
        """Make the work of what is known, or say what is missing."""
        needs = self._needs
        task = next(iter(needs.tasks))
        try:
            if self._model is not None:
                shapes = {
                    name: _sizes(edit.text()) for name, edit in self._shapes.items() if edit.text().strip()
                }
                work = own.model(
                    self._model.path,
                    self._model.contents,
                    shapes,
                    self._batch.value() if self._free() else None,
                    task,
                    needs.size,
                    digest=self._model.digest,
                )
                self._take_up((work,))
            elif self._scripts:
                interpreters = {
                    name: chosen for name in self._scripts if (chosen := self._interpreters.get(name))
                }
                self._take_up((own.scripts(self._scripts, interpreters, task, needs.size),))
        except AdvisorError as error:
            self._say(error.message)  # the remedies are for the command line

    def _free(self) -> bool:
        ports = self._model.contents.ports if self._model else ()
        return bool(ports) and all(port.shape and port.shape[0] is None for port in ports)

    def _take_up(self, works: tuple[OwnWork, ...]) -> None:
        self._fault = ""
        self.works = works
        self.changed.emit(works)
        self.refresh()

    def _say(self, fault: str) -> None:
        """Say what is missing; no work is complete then."""
        self._fault = fault
        self.works = ()
        self.changed.emit(())
        self.refresh()

    # Showing

    def show_needs(self, needs: Needs) -> None:
        """Forget files that other answers know nothing of."""
        self._needs = needs
        if self.works and not any(work.workload.id in needs.workloads for work in self.works):
            self._model, self._fault, self.works = None, "", ()
            self._scripts.clear()
            self._show_rows()
            self._ask(None)
        self.refresh()

    def problem(self, needs: Needs) -> str:
        """Return what keeps own work from being measured; "" where nothing does, or none is asked for."""
        if self._fault or self._looking is not None:
            return self._fault or _("The file is still being looked into.")
        wanted = {each for each in needs.workloads if own.is_own(each)}
        if wanted - {work.workload.id for work in self.works}:
            return _("Your own work is to be measured: name its files again. See step 2.")
        return ""

    def refresh(self) -> None:
        """Show what is known by now."""
        self.set_title(_("Your own work"))
        self._sentence.setText(
            _(
                "Measured instead of the published networks: a model file ({endings}), or scripts, one for each "
                "framework. Drop it on the window, or choose it.",
                endings=", ".join(f".{each}" for each in own.FORMATS),
            )
        )
        self._choose_model.setText(_("Model file…"))
        self._choose_script.setText(_("Script…"))
        self._remove.setText(_("Remove"))
        self._remove.setVisible(bool(self.works or self._fault or self._model or self._scripts))
        self._batch_label.setText(_("Items a call"))
        self._batch.setAccessibleName(_("Items a call"))
        for widget in (self._batch_label, self._batch):
            widget.setVisible(self._free())
        rows: list[tuple[str, str, bool]] = []
        if self._model is not None:
            found = words.contents(self._model.contents, self._context.language)
            rows = [(label, text, True) for label, text in found]
            rows.append((_("Can open it"), self._openers(), True))
        self._facts.show_facts(rows)
        self._facts.setVisible(bool(rows))
        problem = self.problem(self._needs)
        self._status.setText(problem or self._named())
        self._status.set_tone("warning" if problem else "")
        self._status.setVisible(bool(self._status.text()))

    def _named(self) -> str:
        language = self._context.language
        return "\n".join(
            _("Reports call it {name}.", name=names.architecture(work.workload, language))
            for work in self.works
        )

    def _openers(self) -> str:
        inventory = self._context.inventory
        if self._model is None or inventory is None:
            return ""
        labels = names.alternative_names(inventory.catalogue)
        able = own_work.able_to_open(self._model.path, inventory)
        return fmt.listing([labels[each] for each in able], self._context.language)

    def _on_choose_model_clicked(self) -> None:
        endings = " ".join(f"*.{each}" for each in own.FORMATS)
        choose_existing(self, _("Choose a model file"), self.take, f"{_('Model files')} ({endings})")

    def _on_choose_script_clicked(self) -> None:
        choose_existing(self, _("Choose a script"), self.take, f"{_('Scripts')} (*{own.SCRIPT})")


class RunScripts(QDialog):
    """Asks once before scripts of the user's run: which, and in which interpreter."""

    def __init__(self, commands: Sequence[Sequence[str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Run your scripts"))
        self.setMinimumWidth(560)
        column = vbox(self, Space.M, Space.L)
        column.addWidget(Label(_("These scripts of yours would run, with all that they do:")))
        for command in commands:
            column.addWidget(Label(shlex.join(command), "caption", selectable=True))
        buttons = hbox(spacing=Space.M)
        buttons.addStretch(1)
        buttons.addWidget(Button(_("Cancel"), on_click=self.reject))
        agree = Button(_("Run them"), "primary", self.accept)
        agree.setObjectName("agree-scripts")
        agree.setDefault(True)
        buttons.addWidget(agree)
        column.addLayout(buttons)


def _sizes(text: str) -> tuple[int, ...]:
    """Return the sizes in a text like ``224x224x3``.

    Raises
    ------
    AdvisorError
        It holds something else.
    """
    parts = [part.strip() for part in text.lower().replace("×", "x").split("x")]
    if not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise AdvisorError(_("“{text}” is no size.", text=text), _("Write it as in 224x224x3."))
    return tuple(int(part) for part in parts)
