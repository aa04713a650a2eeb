"""Step 2: how large the network is, and the user's own data, for hours instead of milliseconds."""

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from advisor.assessment.own_work import asked
from advisor.decision.model import Answer, Basis
from advisor.decision.shares import wanted_workloads, workload_shares
from advisor.gui.inputs import DoubleSpinBox, SpinBox
from advisor.gui.text import N_, _
from advisor.gui.theme import Space
from advisor.gui.widgets import Choice, Label
from advisor.gui.wizard.data import DataCard
from advisor.gui.wizard.own import OwnCard
from advisor.gui.wizard.step import Step, choices
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.workloads.model import Size
from advisor.workloads.own import OwnWork, is_own

MIB = 2**20

SIZES = {
    Size.COMPACT: N_("Small networks; measured in minutes on a laptop."),
    Size.STANDARD: N_("What papers and tutorials use."),
    Size.LARGE: N_("Wants an accelerator, or patience."),
}


BASES = {
    Basis.SAFE: (
        N_("What is safe: settings that leave results as they are"),
        N_("The decision takes them where they were measured to pay."),
    ),
    Basis.APPROXIMATE: (
        N_("Approximations, too: other answers on up to"),
        N_(
            "Inference in fewer bits. It counts where its largest output is the default’s on all but so many of the "
            "inputs compared."
        ),
    ),
    Basis.AS_IT_COMES: (
        N_("None: we take it as it comes"),
        N_("The decision looks at every framework with its defaults alone."),
    ),
}


class WorkloadStep(Step):
    """Model size, dataset, epochs, batch, latency target and memory limit."""

    key = "workload"
    chosen = (Answer.SIZE,)
    title = N_("Workload")
    question = N_("How large is the work?")
    explanation = N_(
        "The size chooses the networks that are measured. The other figures translate the measurements into "
        "your terms: hours of training, requests answered per second."
    )

    own_changed = Signal(tuple)  # the work of the user's own that is to be measured

    def build(self) -> None:
        self._sizes: dict[Size, Choice] = {}
        self.own: OwnCard | None = None
        self.data: DataCard | None = None
        if not self.narrow:  # beside what was measured, its networks can't be others
            self._published, made = choices(len(SIZES), 3)
            self._sizes = dict(zip(SIZES, made, strict=True))
            self.body.addWidget(self._published)
        for size, choice in self._sizes.items():
            choice.clicked.connect(lambda _checked, size=size: self.change(size=size))
        card = self.card(N_("How much, and how fast"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(Space.M)
        self._grid.setColumnMinimumWidth(0, 0 if self.narrow else 210)
        self._grid.setColumnStretch(1 if self.narrow else 2, 1)
        card.body.addLayout(self._grid)
        self._items = self._spin(1, 2_000_000_000)
        self._items.setObjectName("dataset-items")
        self._items.setGroupSeparatorShown(True)
        self._items.valueChanged.connect(lambda value: self._set(dataset_items=value))
        self._row(0, N_("Items in your data set"), self._items, N_("Pictures, texts or recorded steps."))
        self._epochs = self._spin(1, 100_000)
        self._epochs.setObjectName("epochs")
        self._epochs.valueChanged.connect(lambda value: self._set(epochs=value))
        self._row(
            1,
            N_("Passes over the data"),
            self._epochs,
            N_("How often training sees every item: the number of epochs."),
        )
        # The lowest value stands for "the workload's own".
        self._batch = self._spin(0, 65_536)
        self._batch.setObjectName("batch")
        self._batch.valueChanged.connect(lambda value: self._set(batch=value or None))
        self._row(2, N_("Items per step"), self._batch, N_("How many items are trained at once: the batch."))
        self._has_target, self._target = self._limit(
            3,
            N_("Answers within"),
            N_("Latency target"),
            N_(
                "The latency target: time from one input to its answer, with batch 1. Who misses it is ruled out."
            ),
        )
        self._target.setRange(0.1, 60_000)
        self._has_target.setObjectName("has-latency-target")
        self._target.setObjectName("latency-target")
        self._has_limit, self._most = self._limit(
            4,
            N_("Takes at most"),
            N_("Memory limit"),
            N_("The memory of one training process, or of the accelerator. Who takes more is ruled out."),
        )
        self._most.setRange(1, 16_777_216)
        self._has_limit.setObjectName("has-memory-limit")
        self._most.setObjectName("memory-limit")
        set_ = self.card(N_("Which settings may be set?"))
        self._basis: dict[Basis, QRadioButton] = {}
        for basis, (text, tip) in BASES.items():
            radio = QRadioButton()
            self.bind_text(radio.setText, text)
            self.bind_text(radio.setToolTip, tip)
            self.bind_text(radio.setAccessibleDescription, tip)
            radio.clicked.connect(lambda _checked, basis=basis: self.change(basis=basis))
            self._basis[basis] = radio
            if basis is not Basis.APPROXIMATE:
                set_.body.addWidget(radio)
                continue
            self._loss = DoubleSpinBox()
            self._loss.setObjectName("accepted-loss")
            self._loss.setRange(0, 50)
            self._loss.setDecimals(1)
            self._loss.setSuffix(" %")
            self.bind_text(self._loss.setAccessibleName, text)
            self._loss.setEnabled(False)
            radio.toggled.connect(self._loss.setEnabled)
            self._loss.valueChanged.connect(lambda value: self.change(accepted_loss=value / 100))
            row = QVBoxLayout() if self.narrow else QHBoxLayout()
            row.addWidget(radio)
            row.addWidget(self._loss)
            row.addStretch()
            set_.body.addLayout(row)
        self._has_target.toggled.connect(self._on_limits_changed)
        self._target.valueChanged.connect(self._on_limits_changed)
        self._has_limit.toggled.connect(self._on_limits_changed)
        self._most.valueChanged.connect(self._on_limits_changed)

    def add_own(self, card: OwnCard) -> None:
        """Ask for the user's own work as well, behind the published networks."""
        self.own = card
        card.changed.connect(self._on_own_changed)
        self.body.insertWidget(self.body.indexOf(self._published) + 1, card)

    def add_data(self, card: DataCard) -> None:
        """Ask for the user's own data as well, behind his work."""
        self.data = card
        self.body.insertWidget(self.body.indexOf(self.own or self._published) + 1, card)

    def _limit(self, row: int, text: str, name: str, tip: str) -> tuple[QCheckBox, DoubleSpinBox]:
        """Add a limit that is only asked for where its box is checked."""
        box, spin = QCheckBox(), DoubleSpinBox()
        spin.setDecimals(1)
        spin.setMinimumWidth(110 if self.narrow else 140)
        self.bind_text(box.setText, text)
        self.bind_text(box.setToolTip, tip)
        self.bind_text(box.setAccessibleDescription, tip)
        self.bind_text(spin.setAccessibleName, name)
        self._grid.addWidget(box, row, 0)
        self._grid.addWidget(spin, row, 1)
        return box, spin

    def _spin(self, low: int, high: int) -> SpinBox:
        spin = SpinBox()
        spin.setRange(low, high)
        spin.setMinimumWidth(110 if self.narrow else 140)
        return spin

    def _row(self, row: int, message: str, control: QWidget, tip: str) -> None:
        label = Label(wrap=False)
        label.setBuddy(control)
        self.bind_text(label.setText, message)
        self.bind_text(control.setAccessibleName, message)
        for widget in (label, control):
            self.bind_text(widget.setToolTip, tip)
        self.bind_text(control.setAccessibleDescription, tip)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(control, row, 1)

    def refresh(self) -> None:
        """Show the answers."""
        language, needs = self.context.language, self.needs
        published = {each: share for each, share in needs.workloads.items() if not is_own(each)}
        if self.own is not None:
            self.own.show_needs(needs)
            self._published.setVisible(bool(published) or not needs.workloads)
        if self.data is not None:
            self.data.refresh()
        for size, choice in self._sizes.items():
            sized = msgspec.structs.replace(needs, size=size, workloads=published)
            workloads = wanted_workloads(sized)
            networks = _(", ").join(each.architecture for each in workloads)
            expert = "\n".join(
                _(
                    "{network}: {parameters} parameters, batch {batch}",
                    network=each.architecture,
                    parameters=fmt.whole(each.parameters or 0),
                    batch=each.batch,
                )
                for each in workloads
            )
            choice.show_choice(names.size(size, language), f"{_(SIZES[size])} {networks}.", expert)
            choice.setChecked(size is needs.size)
        for basis, radio in self._basis.items():
            radio.setChecked(basis is needs.basis)
        controls = (
            *(self._items, self._epochs, self._batch),
            *(self._has_target, self._target, self._has_limit, self._most, self._loss),
        )
        for control in controls:
            control.blockSignals(True)
        own = needs.workload
        self._loss.setValue(needs.accepted_loss * 100)
        self._items.setValue(own.dataset_items)
        self._epochs.setValue(own.epochs)
        self._batch.setSpecialValueText(_("as in the paper"))
        self._batch.setValue(own.batch or 0)
        self._has_target.setChecked(own.latency_target_s is not None)
        if own.latency_target_s is not None:
            self._target.setValue(own.latency_target_s * 1000)
        elif self._target.value() < 1:
            self._target.setValue(50)
        self._target.setSuffix(" ms")
        self._target.setEnabled(own.latency_target_s is not None)
        self._has_limit.setChecked(own.memory_limit_bytes is not None)
        if own.memory_limit_bytes is not None:
            self._most.setValue(own.memory_limit_bytes / MIB)
        elif self._most.value() <= 1:
            self._most.setValue(1024)
        self._most.setSuffix(" MiB")
        self._most.setEnabled(own.memory_limit_bytes is not None)
        for control in controls:
            control.blockSignals(False)

    def summary(self) -> str:
        """Return the size and the networks."""
        language = self.context.language
        networks = _(", ").join(names.workload(each, language) for each in workload_shares(self.needs))
        if self.needs.workloads and all(map(is_own, self.needs.workloads)):
            return networks
        return f"{names.size(self.needs.size, language)} · {networks}"

    def problem(self) -> str:
        """Return what keeps own work from being measured."""
        own = "" if self.own is None else self.own.problem(self.needs)
        return own or ("" if self.data is None else self.data.problem())

    def _on_own_changed(self, works: tuple[OwnWork, ...]) -> None:
        """Ask for the work instead of what was asked for; or, where there is none, for the published networks again."""
        self.own_changed.emit(works)
        if {each.workload.id for each in works} == set(self.needs.workloads) != set():
            return  # the same files, named again
        scripted = any("" not in each.files for each in works)
        had = any(map(is_own, self.needs.workloads))
        plain = msgspec.structs.replace(
            self.needs, workloads={}, frameworks=() if had or scripted else self.needs.frameworks
        )
        needs = asked(plain, works)
        self.change(workloads=needs.workloads, frameworks=needs.frameworks, stage=needs.stage)
        self.refresh()

    def _set(self, **changes: object) -> None:
        self.change(workload=msgspec.structs.replace(self.needs.workload, **changes))

    def _on_limits_changed(self) -> None:
        timed, limited = self._has_target.isChecked(), self._has_limit.isChecked()
        self._target.setEnabled(timed)
        self._most.setEnabled(limited)
        self._set(
            latency_target_s=self._target.value() / 1000 if timed else None,
            memory_limit_bytes=round(self._most.value() * MIB) if limited else None,
        )
