"""Step 4: who will do it."""

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout

from advisor.gui.inputs import ComboBox, Slider, SpinBox
from advisor.gui.text import N_, _, ngettext
from advisor.gui.theme import Space
from advisor.gui.widgets import Label
from advisor.gui.wizard.step import Step, anchored
from advisor.report.wording.answers import SKILLS, WILLINGNESS


class TeamStep(Step):
    """Skill per framework, what there is already, team size, willingness to learn."""

    key = "team"
    title = N_("Team")
    question = N_("Who will work with it?")
    explanation = N_("What your team knows already can outweigh a few percent of speed. Guess boldly.")

    def build(self) -> None:
        card = self.card(N_("How well does the team know each framework?"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(Space.S)
        self._grid.setColumnMinimumWidth(0, 0 if self.narrow else 120)
        self._grid.setColumnStretch(1, 1)
        card.body.addLayout(self._grid)
        # Skill in a runtime that only serves carries no weight: a pair is written in what trains.
        self._known = tuple(each for each in self.context.catalogue if not each.serves)
        self._skills: dict[str, ComboBox] = {}
        for row, framework in enumerate(self._known):
            combo = ComboBox()
            combo.setObjectName(f"skill-{framework.id}")
            if self.narrow:
                combo.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            else:
                combo.setMinimumWidth(260)
            name = Label(framework.name, wrap=False)
            name.setBuddy(combo)
            combo.activated.connect(
                lambda index, key=framework.id, combo=combo: self._on_skill_chosen(key, combo.itemData(index))
            )
            if self.narrow:
                self._grid.addWidget(name, 2 * row, 0, 1, 2)
                self._grid.addWidget(combo, 2 * row + 1, 0, 1, 2)
            else:
                self._grid.addWidget(name, row, 0)
                self._grid.addWidget(combo, row, 1, Qt.AlignmentFlag.AlignLeft)
            self._skills[framework.id] = combo
        card = self.card(
            N_("What do you have code or models for?"),
            N_("What is there already costs work to move. None checked: nothing has to be moved."),
        )
        line = QGridLayout()
        line.setHorizontalSpacing(Space.L)
        card.body.addLayout(line)
        self._existing: dict[str, QCheckBox] = {}
        in_a_row = 2 if self.narrow else 4
        for number, framework in enumerate(self._known):
            box = QCheckBox(framework.name)
            box.setObjectName(f"existing-{framework.id}")
            box.toggled.connect(self._on_existing_toggled)
            line.addWidget(box, *divmod(number, in_a_row))
            self._existing[framework.id] = box
        line.setColumnStretch(in_a_row, 1)
        card = self.card(N_("The team"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.M)
        grid.setColumnMinimumWidth(0, 0 if self.narrow else 120)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, 0 if self.narrow else 220)
        card.body.addLayout(grid)
        self._size = SpinBox()
        self._size.setRange(1, 10_000)
        self._size.setMinimumWidth(120)
        self._size.setObjectName("team-size")
        self._size.valueChanged.connect(lambda value: self._set(size=value))
        self._willingness, self._willingness_level = self._slider(), Label(tone="muted")
        self._willingness.valueChanged.connect(self._on_willingness_changed)
        for row, (message, control) in enumerate(
            ((N_("People"), self._size), (N_("Learns new things"), self._willingness))
        ):
            label = Label(wrap=False)
            label.setBuddy(control)
            self.bind_text(label.setText, message)
            self.bind_text(control.setAccessibleName, message)
            grid.addWidget(label, row, 0)
            if control is self._size:
                grid.addWidget(control, row, 1, Qt.AlignmentFlag.AlignLeft)
            else:
                grid.addWidget(control, row, 1)
        if self.narrow:
            grid.addWidget(self._willingness_level, 2, 0, 1, 2)
        else:
            grid.addWidget(self._willingness_level, 1, 2)

    def _slider(self) -> Slider:
        slider = Slider()
        slider.setRange(0, len(WILLINGNESS) - 1)
        slider.setPageStep(1)
        return slider

    def refresh(self) -> None:
        """Show the answers."""
        team = self.needs.team
        for framework in self._known:
            combo = self._skills[framework.id]
            combo.clear()
            # Where others are answered, it counts as "never seen"; where none is, skill has no weight.
            combo.addItem(_("not said"), None)
            for level in range(len(SKILLS)):
                combo.addItem(anchored(SKILLS, level), level)
            combo.setCurrentIndex(combo.findData(team.skills.get(framework.id)))
            combo.setAccessibleName(_("Skill in {framework}", framework=framework.name))
        for framework_id, box in self._existing.items():
            box.blockSignals(True)
            box.setChecked(framework_id in team.existing)
            box.blockSignals(False)
        self._size.blockSignals(True)
        self._size.setValue(team.size)
        self._size.blockSignals(False)
        self._willingness.blockSignals(True)
        self._willingness.setValue(team.willingness)
        self._willingness.blockSignals(False)
        self._willingness_level.setText(anchored(WILLINGNESS, team.willingness))
        self._willingness.setAccessibleDescription(self._willingness_level.text())

    def summary(self) -> str:
        """Return the team's size and what it knows best."""
        team = self.needs.team
        people = ngettext("{n} person", "{n} people", team.size)
        best = max(team.skills.values(), default=0)
        known = [each.name for each in self.context.catalogue if best and team.skills.get(each.id) == best]
        return " · ".join(filter(None, (people, _(", ").join(known))))

    def _set(self, **changes: object) -> None:
        self.change(team=msgspec.structs.replace(self.needs.team, **changes))

    def _on_skill_chosen(self, framework: str, level: int | None) -> None:
        skills = {key: value for key, value in self.needs.team.skills.items() if key != framework}
        if level is not None:
            skills[framework] = level
        self._set(skills=skills)

    def _on_existing_toggled(self) -> None:
        # Amounts that a file stated stay as they are.
        told = self.needs.team.existing
        self._set(
            existing={key: told.get(key, 1.0) for key, box in self._existing.items() if box.isChecked()}
        )

    def _on_willingness_changed(self, value: int) -> None:
        self._set(willingness=value)
        self.refresh()
