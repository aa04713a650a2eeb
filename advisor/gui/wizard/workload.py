"""Step 2: how large the network is, and the user's own data, for hours instead of milliseconds."""

import msgspec
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from advisor.decision.shares import wanted_workloads
from advisor.gui.inputs import DoubleSpinBox, SpinBox
from advisor.gui.text import N_, _
from advisor.gui.theme import Space
from advisor.gui.widgets import Label
from advisor.gui.wizard.step import Step, choices
from advisor.report import format as fmt
from advisor.report.wording import names
from advisor.workloads.model import Size

MIB = 2**20

SIZES = {
    Size.COMPACT: N_("Small networks; measured in minutes on a laptop."),
    Size.STANDARD: N_("What papers and tutorials use."),
    Size.LARGE: N_("Wants an accelerator, or patience."),
}


class WorkloadStep(Step):
    """Model size, dataset, epochs, batch, latency target and memory limit."""

    key = "workload"
    title = N_("Workload")
    question = N_("How large is the work?")
    explanation = N_(
        "The size chooses the networks that are measured. The other figures translate the measurements into "
        "your terms: hours of training, requests answered per second."
    )

    def build(self) -> None:
        holder, made = choices(len(SIZES), 3)
        self._sizes = dict(zip(SIZES, made, strict=True))
        for size, choice in self._sizes.items():
            choice.clicked.connect(lambda _checked, size=size: self.change(size=size))
        self.column.body.addWidget(holder)
        card = self.card(N_("Your data"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(Space.M)
        self._grid.setColumnMinimumWidth(0, 210)
        self._grid.setColumnStretch(2, 1)
        card.body.addLayout(self._grid)
        self._items = self._spin(1, 2_000_000_000)
        self._items.setGroupSeparatorShown(True)
        self._items.valueChanged.connect(lambda value: self._set(dataset_items=value))
        self._row(0, N_("Items in your data set"), self._items, N_("Pictures, texts or recorded steps."))
        self._epochs = self._spin(1, 100_000)
        self._epochs.valueChanged.connect(lambda value: self._set(epochs=value))
        self._row(
            1,
            N_("Passes over the data"),
            self._epochs,
            N_("How often training sees every item: the number of epochs."),
        )
        # The lowest value stands for "the workload's own".
        self._batch = self._spin(0, 65_536)
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
        self._has_limit, self._most = self._limit(
            4,
            N_("Takes at most"),
            N_("Memory limit"),
            N_("The memory of one training process, or of the accelerator. Who takes more is ruled out."),
        )
        self._most.setRange(1, 16_777_216)
        self._has_target.toggled.connect(self._on_limits_changed)
        self._target.valueChanged.connect(self._on_limits_changed)
        self._has_limit.toggled.connect(self._on_limits_changed)
        self._most.valueChanged.connect(self._on_limits_changed)

    def _limit(self, row: int, text: str, name: str, tip: str) -> tuple[QCheckBox, DoubleSpinBox]:
        """Add a limit that is only asked for where its box is checked."""
        box, spin = QCheckBox(), DoubleSpinBox()
        spin.setDecimals(1)
        spin.setMinimumWidth(140)
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
        spin.setMinimumWidth(140)
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
        for size, sentence in SIZES.items():
            workloads = wanted_workloads(msgspec.structs.replace(needs, size=size))
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
            self._sizes[size].show_choice(names.size(size, language), f"{_(sentence)} {networks}.", expert)
            self._sizes[size].setChecked(size is needs.size)
        controls = (
            *(self._items, self._epochs, self._batch),
            *(self._has_target, self._target, self._has_limit, self._most),
        )
        for control in controls:
            control.blockSignals(True)
        own = needs.workload
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
        networks = _(", ").join(each.architecture for each in wanted_workloads(self.needs))
        return f"{names.size(self.needs.size, self.context.language)} · {networks}"

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
