"""Step 3: what must hold. Whoever fails is ruled out; the panel at the side shows it at once."""

import msgspec
from PySide6.QtWidgets import QCheckBox, QGridLayout

from advisor.decision.limits import ELSEWHERE
from advisor.decision.model import Target
from advisor.gui.inputs import SpinBox
from advisor.gui.text import N_, _
from advisor.gui.theme import Space
from advisor.gui.widgets import Card, Label, hbox
from advisor.gui.wizard.step import Step, check
from advisor.report.wording import names

TARGETS = {
    Target.SERVER: N_("A machine that answers requests over the network."),
    Target.DESKTOP: N_("Inside a program on people's computers."),
    Target.ANDROID: N_("Inside an Android app."),
    Target.IOS: N_("Inside an iPhone or iPad app."),
    Target.BROWSER: N_("On a web page, in JavaScript or WebAssembly."),
    Target.MICROCONTROLLER: N_("On a chip with kilobytes of memory."),
}

KIB = 1024

SYSTEMS = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}
LANGUAGES = {
    "python": "Python",
    "c++": "C++",
    "java": "Java",
    "javascript": "JavaScript",
    "swift": "Swift",
}
LICENCES = ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "MIT")

FLAGS = {
    "maintained": (
        N_("It must be maintained"),
        N_("Rules out frameworks whose project has retired them. Uncheck to have them ranked all the same."),
    ),
    "accelerator": (
        N_("It must use this machine's accelerator"),
        N_("GPU support through CUDA, ROCm, XPU or MPS."),
    ),
    "distributed": (
        N_("Training on several machines"),
        N_("Distributed training: data or model parallel over a network."),
    ),
    "federated": (
        N_("Data must stay where it is"),
        N_("Federated learning: the model travels to the data, not the data to the model."),
    ),
    "automl": (
        N_("Models should tune themselves"),
        N_("AutoML: search for architectures and hyperparameters."),
    ),
}


class ConstraintsStep(Step):
    """Targets, systems, languages, licences and special needs."""

    key = "constraints"
    title = N_("Constraints")
    question = N_("What must hold?")
    explanation = N_(
        "A framework that breaks one of these is ruled out, however fast it is. Leave open what you don't "
        "need."
    )

    def build(self) -> None:
        self._targets: dict[Target, QCheckBox] = {}
        card = self.card(N_("The trained model must run on"))
        grid = self._grid(card)
        for number, (target, tip) in enumerate(TARGETS.items()):
            box = QCheckBox()
            box.setObjectName(f"target-{target.value}")
            self.bind_text(box.setToolTip, tip)
            self.bind_text(box.setAccessibleDescription, tip)
            box.toggled.connect(self._on_toggled)
            self._targets[target] = box
            grid.addWidget(box, *divmod(number, self._columns))
        # The lowest value stands for "not said".
        self._flash = SpinBox()
        self._flash.setRange(0, 2_000_000)
        self._flash.setGroupSeparatorShown(True)
        self._flash.setMinimumWidth(140)
        self._flash.setObjectName("flash")
        self._flash.valueChanged.connect(self._on_toggled)
        room = Label(wrap=False)
        room.setBuddy(self._flash)
        self.bind_text(room.setText, N_("Room there for the program with its network"))
        self.bind_text(self._flash.setAccessibleName, N_("Room there for the program with its network"))
        tip = N_("The flash of a chip, or what an app or page may weigh. Who does not fit is ruled out.")
        self.bind_text(self._flash.setToolTip, tip)
        self.bind_text(self._flash.setAccessibleDescription, tip)
        if self.narrow:
            room.setWordWrap(True)
            card.body.addWidget(room)
            card.body.addWidget(self._flash)
        else:
            line = hbox(spacing=Space.M)
            line.addWidget(room)
            line.addWidget(self._flash)
            line.addStretch(1)
            card.body.addLayout(line)
        card = self.card(N_("Special needs"))
        self._flags: dict[str, QCheckBox] = {}
        for name, (text, tip) in FLAGS.items():
            box = check(self, text, tip)
            box.setObjectName(f"needs-{name}")
            box.toggled.connect(self._on_toggled)
            self._flags[name] = box
            card.body.addWidget(box)
        self._systems = self._boxes(
            N_("It must also work on"), SYSTEMS, N_("Besides this machine's own system, which always counts.")
        )
        self._languages = self._boxes(N_("Your code is written in"), LANGUAGES, "")
        self._licences = self._boxes(
            N_("Licences that you allow"), {each: each for each in LICENCES}, N_("None checked: any licence.")
        )

    @property
    def _columns(self) -> int:
        return 2 if self.narrow else 3

    def _grid(self, card: Card) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.S if self.narrow else Space.L)
        for column in range(self._columns):
            grid.setColumnStretch(column, 1)
        card.body.addLayout(grid)
        return grid

    def _boxes(self, title: str, items: dict[str, str], explanation: str) -> dict[str, QCheckBox]:
        card = self.card(title, explanation)
        grid = self._grid(card)
        made = {}
        for number, (key, name) in enumerate(items.items()):
            made[key] = QCheckBox(name)
            made[key].setObjectName(f"asks-{key}")
            made[key].toggled.connect(self._on_toggled)
            grid.addWidget(made[key], *divmod(number, self._columns))
        return made

    def refresh(self) -> None:
        """Show the answers."""
        constraints = self.needs.constraints
        states = {box: target in constraints.targets for target, box in self._targets.items()}
        states |= {box: getattr(constraints, name) for name, box in self._flags.items()}
        states |= {box: name in constraints.operating_systems for name, box in self._systems.items()}
        states |= {box: name in constraints.languages for name, box in self._languages.items()}
        states |= {box: name in constraints.licences for name, box in self._licences.items()}
        flash = constraints.device.flash_bytes
        self._flash.blockSignals(True)
        self._flash.setSpecialValueText(_("not said"))
        self._flash.setSuffix(" KiB")
        self._flash.setValue(_kib(flash))
        self._flash.setEnabled(any(target in ELSEWHERE for target in constraints.targets))
        self._flash.blockSignals(False)
        for box, checked in states.items():
            box.blockSignals(True)
            box.setChecked(checked)
            box.blockSignals(False)
        for target, box in self._targets.items():
            name = names.target(target, self.context.language)
            # "iOS" is written as it is.
            box.setText(name if name[1:2].isupper() else name[:1].upper() + name[1:])

    def summary(self) -> str:
        """Name the requirements."""
        constraints, language = self.needs.constraints, self.context.language
        named = [_(FLAGS[flag][0]) for flag in FLAGS if getattr(constraints, flag)]
        named += [names.target(target, language) for target in constraints.targets]
        named += [self._systems[system].text() for system in constraints.operating_systems]
        named += [self._languages[each].text() for each in constraints.languages]
        named += constraints.licences
        return _(", ").join(named) or _("none")

    def _on_toggled(self) -> None:
        def checked(boxes: dict[str, QCheckBox]) -> tuple[str, ...]:
            return tuple(name for name, box in boxes.items() if box.isChecked())

        constraints = self.needs.constraints
        targets = tuple(target for target, box in self._targets.items() if box.isChecked())
        self._flash.setEnabled(any(target in ELSEWHERE for target in targets))
        flash = constraints.device.flash_bytes
        if self._flash.value() != _kib(flash):  # else bytes that a file stated stay as they are
            flash = self._flash.value() * KIB or None
        self.change(
            constraints=msgspec.structs.replace(
                constraints,
                targets=targets,
                device=msgspec.structs.replace(constraints.device, flash_bytes=flash),
                operating_systems=checked(self._systems),
                languages=checked(self._languages),
                licences=checked(self._licences),
                **{name: box.isChecked() for name, box in self._flags.items()},
            )
        )


def _kib(room: int | None) -> int:
    """Return whole KiB, at least one; 0 for what is not said."""
    return 0 if room is None else max(room // KIB, 1)
