"""Which machines, and what is asked of them."""

from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QWidget

from advisor.assessment import fleet_hosts
from advisor.assessment.fleet import Fleet, FleetHost
from advisor.assessment.model import RunOptions
from advisor.assessment.sites.model import Way
from advisor.decision.model import Needs, ProjectStage
from advisor.errors import AdvisorError
from advisor.gui.app_state import AppState
from advisor.gui.bridge import explain
from advisor.gui.dialogs import choose_existing
from advisor.gui.fleet.host_dialog import HostDialog
from advisor.gui.fleet.order import Order
from advisor.gui.inputs import ComboBox
from advisor.gui.page import Page
from advisor.gui.tables import TableView
from advisor.gui.tables_data import Cell, Table, cell
from advisor.gui.text import N_, _, language
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Banner, Button, Card, Label, PageHeader, ScrollColumn, hbox, vbox
from advisor.probes.budget import BUDGETS
from advisor.report import format as fmt
from advisor.report.wording import fleet as words
from advisor.report.wording import names
from advisor.workloads.model import Task


def hosts_table(hosts: tuple[FleetHost, ...], spoken: str) -> Table:
    """Return the machines as a table, each row under its name."""
    rows = tuple(
        (
            Cell(each.name, each.name, strong=True),
            cell(words.way(each, spoken)),
            cell(each.address or fmt.DASH),
            Cell(f"{each.share:g}", each.share),
            cell(words.outcome(each.outcome, spoken) if each.outcome else _("to be measured")),
        )
        for each in hosts
    )
    headers = (_("Name"), _("Reached"), _("Address"), _("Share"), _("State"))
    return Table(headers, rows, frozenset({3}), tuple(each.name for each in hosts), {0: 1.0, 2: 1.5})


class FleetSetup(Page):
    """Machines and questions of a new fleet, or more machines of one that there is."""

    started = Signal(object)  # an order
    closed = Signal()

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self.hosts: tuple[FleetHost, ...] = ()
        self.before: Fleet | None = None
        outer = vbox(self, 0)
        column = ScrollColumn()
        outer.addWidget(column, 1)
        self.header = PageHeader()
        self.back_button = Button(on_click=self.closed.emit)
        self.bind_text(self.back_button.setText, N_("Back to the list"))
        self.header.buttons.addWidget(self.back_button)
        self.problem = Banner("bad")
        self.problem.hide()
        column.body.addWidget(self.header)
        column.body.addWidget(self.problem)
        column.body.addWidget(self._build_hosts())
        column.body.addWidget(self._build_questions())
        column.body.addStretch(1)
        foot = hbox(spacing=Space.M, margin=Space.M)
        self.hint = Label(tone="muted")
        self.start_button = Button(kind="primary", on_click=self._on_start)
        self.start_button.setObjectName("start-fleet")
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.start_button)
        outer.addLayout(foot)
        context.history_changed.connect(self._offer_answers)
        context.engine.started.connect(lambda _name: self._show_state())
        context.engine.ended.connect(lambda *_ended: self._show_state())

    def _build_hosts(self) -> QWidget:
        card = Card()
        self.bind_text(card.set_title, N_("Machines"))
        self.table = TableView()
        self.bind_text(self.table.setAccessibleName, N_("Machines"))
        self.table.selectionModel().selectionChanged.connect(lambda *_ranges: self._show_actions())
        self.table.doubleClicked.connect(lambda _index: self._on_change())
        self.here_button = Button(on_click=self._on_add_here)
        self.ssh_button = Button(on_click=self._on_add_ssh)
        self.hand_button = Button(on_click=self._on_add_by_hand)
        self.change_button = Button(on_click=self._on_change)
        self.remove_button = Button(kind="danger", on_click=self._on_remove)
        actions = hbox()
        for name, button, text in (
            ("add-here", self.here_button, N_("This machine…")),
            ("add-ssh", self.ssh_button, N_("Over SSH…")),
            ("add-by-hand", self.hand_button, N_("A saved assessment…")),
        ):
            button.setObjectName(name)
            self.bind_text(button.setText, text)
            actions.addWidget(button)
        actions.addStretch(1)
        for name, button, text in (
            ("change-host", self.change_button, N_("Change…")),
            ("remove-host", self.remove_button, N_("Remove")),
        ):
            button.setObjectName(name)
            self.bind_text(button.setText, text)
            actions.addWidget(button)
        card.body.addWidget(self.table)
        card.body.addLayout(actions)
        line = QFormLayout()
        line.setHorizontalSpacing(Space.L)
        self.program = QLineEdit(fleet_hosts.PROGRAM)
        self.program.setObjectName("program")
        self._program_label = Label(wrap=False)
        self._program_label.setBuddy(self.program)
        self.bind_text(self._program_label.setText, N_("Program on hosts over SSH"))
        self.bind_text(self.program.setAccessibleName, N_("Program on hosts over SSH"))
        self.bind_text(
            self.program.setToolTip,
            N_("What starts Framework Advisor there, as the host’s shell reads it. It isn’t saved."),
        )
        line.addRow(self._program_label, self.program)
        self.install = QCheckBox()
        self.install.setObjectName("install")
        self.bind_text(
            self.install.setText, N_("Let the machines download and set up frameworks that they lack")
        )
        card.body.addLayout(line)
        card.body.addWidget(self.install)
        return card

    def _build_questions(self) -> QWidget:
        self._questions = Card()
        self.bind_text(self._questions.set_title, N_("What is asked"))
        form = QFormLayout()
        form.setHorizontalSpacing(Space.L)
        form.setVerticalSpacing(Space.S)
        self.title = QLineEdit()
        self.title.setMaxLength(120)
        self.answers, self.task, self.stage, self.budget = (ComboBox() for _number in range(4))
        self.answers.setObjectName("answers")
        self.answers.activated.connect(lambda _index: self._show_state())
        self._rows: dict[str, Label] = {}
        for key, text, field in (
            ("title", N_("Title"), self.title),
            ("answers", N_("Answers"), self.answers),
            ("task", N_("Task"), self.task),
            ("stage", N_("Purpose"), self.stage),
            ("budget", N_("How much to measure"), self.budget),
        ):
            label = Label(wrap=False)
            label.setBuddy(field)
            self.bind_text(label.setText, text)
            self.bind_text(field.setAccessibleName, text)
            form.addRow(label, field)
            self._rows[key] = label
        self._questions.body.addLayout(form)
        return self._questions

    def begin(self, before: Fleet | None = None) -> None:
        """Ask for a new fleet, or for what is to be done on with one that there is."""
        self.before = before
        self.hosts = before.hosts if before else ()
        self.title.clear()
        self.problem.hide()
        self.refresh()
        self.ssh_button.setFocus()

    def tell(self, error: BaseException) -> None:
        """Say what kept the machines from being measured."""
        self.problem.show_message(explain(error), close_name=_("Dismiss"))

    # Showing

    def refresh(self) -> None:
        """Show machines and questions."""
        spoken = language()
        if self.before is None:
            self.header.title.setText(_("Assess several machines"))
        else:
            self.header.title.setText(self.before.title or _("Untitled"))
        self.header.subtitle.setText(
            _(
                "All are measured at once, each by itself. Leave them alone meanwhile: other programs take time "
                "away from the frameworks."
            )
        )
        self._questions.setVisible(self.before is None)
        self._offer(self.task, {str(each): names.task(each, spoken) for each in Task})
        self._offer(self.stage, {str(each): names.stage(each, spoken) for each in ProjectStage})
        self._offer(self.budget, {key: names.budget(key, spoken) for key in BUDGETS})
        self._offer_answers()
        self.table.set_table(hosts_table(self.hosts, spoken))
        self.table.fit_height(8)
        self._show_actions()

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self.table.apply_theme(theme)
        self.problem.apply_theme(theme)
        self.here_button.set_icon("machine", theme.text)
        self.ssh_button.set_icon("plus", theme.text)
        self.hand_button.set_icon("open", theme.text)
        self.change_button.set_icon("edit", theme.text)
        self.remove_button.set_icon("trash", theme.bad)
        super().apply_theme(theme)

    def _offer_answers(self) -> None:
        found = {"": _("those below, and otherwise a newcomer’s")}
        for draft in self._context.drafts.list():
            found[f"draft:{draft.id}"] = _("of the draft “{title}”", title=draft.needs.title or draft.id)
        for entry in self._context.entries:
            found[entry.id] = _("of the assessment “{title}”", title=entry.title or entry.id)
        self._offer(self.answers, found)
        self._show_state()

    def _offer(self, box: ComboBox, entries: dict[str, str]) -> None:
        chosen = box.currentData()
        box.clear()
        for key, text in entries.items():
            box.addItem(text, key)
        box.setCurrentIndex(max(box.findData(chosen), 0))

    def _show_actions(self) -> None:
        chosen = self._selected()
        self.change_button.setEnabled(chosen is not None)
        self.remove_button.setEnabled(chosen is not None)
        self._show_state()

    def _show_state(self) -> None:
        own = not self.answers.currentData()
        for key, field in (("task", self.task), ("stage", self.stage)):
            self._rows[key].setVisible(own)
            field.setVisible(own)
        over_ssh = any(each.way is Way.SSH and not each.done for each in self.hosts)
        self._program_label.setVisible(over_ssh)
        self.program.setVisible(over_ssh)
        waiting = self.order().waiting
        self.install.setVisible(bool(waiting))
        self.start_button.setText(_("Measure these machines") if waiting else _("Compare"))
        busy = self._context.engine.busy
        self.start_button.setEnabled(bool(self.hosts) and not busy)
        self.hint.setText(
            _("Something else is being measured or installed on this machine; wait for it.")
            if busy
            else _("Name at least one machine.")
            if not self.hosts
            else ""
        )

    # What can be done

    def order(self) -> Order:
        """Return what is asked for as it stands."""
        key = self.answers.currentData() or ""
        needs = Needs()
        if key.startswith("draft:"):
            drafts = {f"draft:{each.id}": each for each in self._context.drafts.list()}
            needs = drafts[key].needs if key in drafts else needs
        elif not key and self.task.count():
            tasks = {Task(self.task.currentData()): 1.0}
            needs = replace(needs, tasks=tasks, stage=ProjectStage(self.stage.currentData()))
        return Order(
            self.hosts,
            replace(needs, title=self.title.text().strip() or needs.title),
            RunOptions(budget=self.budget.currentData() or "quick"),
            "" if key.startswith("draft:") else key,
            self.program.text().strip() or fleet_hosts.PROGRAM,
            self.install.isChecked(),
            self.before,
        )

    def put(self, host: FleetHost, instead_of: str = "") -> None:
        """Add a machine, or put it in the place of another."""
        if instead_of:
            self.hosts = tuple(host if each.name == instead_of else each for each in self.hosts)
        else:
            self.hosts = (*self.hosts, host)
        self.refresh()

    def _checked(self, host: FleetHost, instead_of: str = "") -> FleetHost:
        if any(each.name == host.name != instead_of for each in self.hosts):
            raise AdvisorError(f"Another machine is called “{host.name}” already.", "Give it another name.")
        return host

    def _ask(self, dialog: HostDialog, instead_of: str = "") -> None:
        dialog.made.connect(lambda host: self.put(host, instead_of))
        dialog.open()

    def _on_add_here(self) -> None:
        def make(_address: str, name: str, share: float) -> FleetHost:
            return self._checked(fleet_hosts.here(name, share))

        self._ask(HostDialog(_("Add this machine"), make, self, fleet_hosts.here()))

    def _on_add_ssh(self) -> None:
        def make(address: str, name: str, share: float) -> FleetHost:
            return self._checked(fleet_hosts.over_ssh(address, name, share))

        self._ask(HostDialog(_("Add a host over SSH"), make, self, address=True))

    def _on_add_by_hand(self) -> None:
        choose_existing(
            self,
            _("Take in an assessment that was made by hand"),
            self.take,
            _("Assessments (*.json *.advisor)"),
        )

    def take(self, path: Path) -> None:
        """Read an assessment and ask what its machine is called."""
        self._context.jobs.submit(lambda: fleet_hosts.by_hand(path), self._name_taken, self.tell)

    def _name_taken(self, host: FleetHost) -> None:
        def make(_address: str, name: str, share: float) -> FleetHost:
            return self._checked(replace(host, name=name or host.name, share=share))

        self._ask(HostDialog(_("Take in"), make, self, host))

    def _on_change(self) -> None:
        chosen = self._selected()
        if chosen is None:
            return
        over_ssh = chosen.way is Way.SSH and not chosen.done

        def make(address: str, name: str, share: float) -> FleetHost:
            where = fleet_hosts.over_ssh(address).address if over_ssh else chosen.address
            changed = replace(chosen, name=name or chosen.name, share=share, address=where)
            return self._checked(changed, chosen.name)

        self._ask(HostDialog(_("Change"), make, self, chosen, address=over_ssh), chosen.name)

    def _on_remove(self) -> None:
        gone = set(self.table.selected_keys())
        self.hosts = tuple(each for each in self.hosts if each.name not in gone)
        self.refresh()

    def _on_start(self) -> None:
        self.problem.hide()
        self.started.emit(self.order())

    def _selected(self) -> FleetHost | None:
        keys = self.table.selected_keys()
        return next((each for each in self.hosts if len(keys) == 1 and each.name == keys[0]), None)
