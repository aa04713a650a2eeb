"""Step 6: this machine, which frameworks to probe, and how much to measure."""

import msgspec
from PySide6.QtWidgets import QWidget

from advisor.assessment.model import RunOptions
from advisor.decision.gates import select
from advisor.frameworks.pairs import offered
from advisor.gui.app_state import AppState
from advisor.gui.framework_card import FrameworkCard
from advisor.gui.inputs import ComboBox
from advisor.gui.text import N_, _, ngettext
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import Button, Facts, Label, hbox
from advisor.gui.wizard.step import Step, check, choices
from advisor.gui.wizard.wanted import Wanted, most_time, wanted
from advisor.probes.budget import BUDGETS, search_extent
from advisor.probes.model import SearchExtent
from advisor.report import format as fmt
from advisor.report.wording import gates as wording
from advisor.report.wording import machine as machine_words
from advisor.report.wording import names

BUDGET_WORDS = {
    "quick": N_("A first answer, with wide intervals."),
    "standard": N_("Narrower intervals, each framework’s compiled way, and scaling over processes."),
    "thorough": N_("For a decision that costs real money."),
}


class MachineStep(Step):
    """Hardware as detected, frameworks found and missing, budget. How to measure isn't part of the needs."""

    context: AppState

    key = "machine"
    title = N_("This machine")
    question = N_("What shall be measured here?")
    explanation = N_("Every framework that is ready is probed. Missing ones can be set up from here.")

    def build(self) -> None:
        self.options = RunOptions()
        self._found: tuple[tuple[object, ...], Wanted] | None = None  # what was asked, and the answer
        card = self.card(N_("Hardware"))
        self._facts = Facts()
        card.body.addWidget(self._facts)
        self._device_row = QWidget()
        row = hbox(self._device_row, Space.M)
        label = Label(wrap=False)
        self._device = ComboBox()
        self._device.activated.connect(self._on_device_chosen)
        label.setBuddy(self._device)
        self.bind_text(label.setText, N_("Measure on"))
        self.bind_text(self._device.setAccessibleName, N_("Measure on"))
        row.addWidget(label)
        row.addWidget(self._device)
        row.addStretch(1)
        card.body.addWidget(self._device_row)
        budget = Label(role="title")
        self.bind_text(budget.setText, N_("How much time may it take?"))
        self.body.addWidget(budget)
        holder, made = choices(len(BUDGETS), 3)
        self._budgets = dict(zip(BUDGETS, made, strict=True))
        for key, choice in self._budgets.items():
            choice.clicked.connect(lambda _checked, key=key: self._on_budget_clicked(key))
        self.body.addWidget(holder)
        self._tune = check(
            self,
            N_("Search faster settings of every framework first"),
            N_(
                "What is found is measured beside the defaults. The first budget tries known good settings only; the "
                "others try one setting after the other, which takes longer."
            ),
        )
        self._tune.setObjectName("tune")
        self._tune.clicked.connect(self._on_tune_clicked)
        self.body.addWidget(self._tune)
        self._target = check(
            self,
            N_("Measure time to a target too"),
            N_(
                "How long a small network takes to read real handwritten digits, to tell unwanted mail, or to balance "
                "CartPole’s pole, where the task has one of these. It carries no weight."
            ),
        )
        self._target.setObjectName("target")
        self._target.clicked.connect(self._on_target_clicked)
        self.body.addWidget(self._target)
        head = hbox(spacing=Space.M)
        title = Label(role="title")
        self.bind_text(title.setText, N_("Frameworks to probe"))
        self._install_all = Button(on_click=self._on_install_all_clicked)
        head.addWidget(title, 1)
        head.addWidget(self._install_all)
        self.body.addLayout(head)
        self._cards: dict[str, FrameworkCard] = {}
        for framework in self.context.catalogue:
            made_card = FrameworkCard(self.context, framework, pickable=True)
            made_card.picked.connect(self._on_picked)
            self.body.addWidget(made_card)
            self._cards[framework.id] = made_card
        self.context.installer.changed.connect(lambda framework: self._cards[framework].show_progress())
        self.context.engine.started.connect(self.refresh)
        self.context.engine.ended.connect(self.refresh)

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._install_all.set_icon("download", theme.text)
        for card in self._cards.values():
            card.apply_theme(theme)
        super().apply_theme(theme)

    def show_options(self, options: RunOptions) -> None:
        """Show options that come from elsewhere."""
        self.options = options
        self.refresh()

    def refresh(self, *_ignored: object) -> None:
        """Show the answers and what is known of the machine by now."""
        language, inventory = self.context.language, self.context.inventory
        if inventory is None:
            text = self.context.inventory_error or _("Looking…")
            self._facts.show_facts([(_("Hardware"), text, False)])
        else:
            rows = machine_words.facts(inventory.machine, language)
            wanted = {_("Processor"), _("Allowed"), _("Memory"), _("Accelerator")}
            count = len(inventory.machine.gpus)
            wanted |= {_("Accelerator {index}", index=index) for index in range(count)}
            self._facts.show_facts([(name, value, True) for name, value in rows if name in wanted])
        self._show_devices(language)
        found = self.wanted()
        reasons = {
            each: " ".join(wording.gate_reason(gate, language) for gate in gates)
            for each, gates in (found.ruled_out if found else {}).items()
        }
        for card in self._cards.values():
            card.refresh(set(found.measured) if found else None, reasons)
        self._show_budgets(language)
        self._tune.setChecked(self.options.search is not SearchExtent.NONE)
        self._target.setChecked(self.options.target)
        plans = found.missing if found else ()
        size = sum(plan.requirements.download_bytes or 0 for plan in plans)
        self._install_all.setVisible(len(plans) > 1)
        self._install_all.setEnabled(not self.context.engine.busy)
        self._install_all.setText(_("Install all that is missing ({size})", size=fmt.size(size)))

    def _show_devices(self, language: str) -> None:
        inventory = self.context.inventory
        self._device_row.setVisible(inventory is not None and bool(inventory.machine.gpus))
        self._device.clear()
        self._device.addItem(_("the accelerator, where a framework can use it"), "auto")
        known = dict.fromkeys(("cpu", *({self.options.device} - {"auto"})))
        for device in known:
            self._device.addItem(names.device(device, language), device)
        self._device.setCurrentIndex(self._device.findData(self.options.device))

    def _show_budgets(self, language: str) -> None:
        searched, learning = self._searched(), self._learning()
        for key, budget in BUDGETS.items():
            name = names.budget(key, language)
            self._budgets[key].show_choice(
                name[:1].upper() + name[1:],
                f"{_(BUDGET_WORDS[key])} {most_time(self.needs, key, language, searched, learning)}",
                _(
                    "{low} to {high} rounds, samples of {sample}",
                    low=budget.min_rounds,
                    high=budget.max_rounds,
                    sample=fmt.duration(budget.sample_s, language),
                ),
            )
            self._budgets[key].setChecked(key == self.options.budget)

    def most_time(self) -> str:
        """Say how long a run with these options may take at most."""
        language = self.context.language
        return most_time(self.needs, self.options.budget, language, self._searched(), self._learning())

    def _searched(self) -> int:
        """For how many alternatives faster settings are looked for."""
        found = self.wanted()
        return len(found.measured) if found and self.options.search is not SearchExtent.NONE else 0

    def _learning(self) -> int:
        """For how many alternatives time to a target is measured."""
        found = self.wanted()
        return len(found.measured) if found and self.options.target else 0

    def summary(self) -> str:
        """Return how many alternatives can be probed."""
        found = self.wanted()
        ready = len(found.ready) if found else 0
        text = ngettext("{n} ready to probe", "{n} ready to probe", ready)
        return f"{text} · {names.budget(self.options.budget, self.context.language)}"

    def problem(self) -> str:
        """Return what keeps the run from starting: what can be set up, or waited for, doesn't."""
        found = self.wanted()
        if found is None or not (found.ready or self.context.plans):
            return self.context.inventory_error or _("The machine is still being looked at.")
        if found.ready or found.missing:
            return ""
        reasons = [plan for plan in self.context.plans.values() if isinstance(plan, str)]
        return "\n".join(dict.fromkeys(reasons)) or _("No framework is ready to be probed. See step 6.")

    def wanted(self) -> Wanted | None:
        """Return what these answers measure, ``None`` while the machine isn't known."""
        inventory = self.context.inventory
        if inventory is None:
            return None
        # Asked several times for each change, by the list of steps as well.
        asked = (self.needs, self.options, inventory, self.context.plans)
        if self._found is None or any(
            one is not other for one, other in zip(asked, self._found[0], strict=True)
        ):
            self._found = asked, wanted(*asked)
        return self._found[1]

    def run_options(self) -> RunOptions:
        """Return the options of a run, which name what is measured where that isn't all that is compared."""
        found = self.wanted()
        if found is None or found.measured == found.compared:
            return self.options
        return msgspec.structs.replace(self.options, frameworks=found.measured)

    def _on_install_all_clicked(self) -> None:
        found = self.wanted()
        if found is not None and not self.context.engine.busy:
            self.context.installer.install(found.missing)

    def _on_device_chosen(self, index: int) -> None:
        self.options = msgspec.structs.replace(self.options, device=self._device.itemData(index))
        self.edited.emit(self.needs)

    def _on_budget_clicked(self, key: str) -> None:
        self._choose(key, tune=self._tune.isChecked())

    def _on_tune_clicked(self, checked: bool) -> None:
        self._choose(self.options.budget, tune=checked)

    def _on_target_clicked(self, checked: bool) -> None:
        self.options = msgspec.structs.replace(self.options, target=checked)
        self.edited.emit(self.needs)

    def _choose(self, budget: str, *, tune: bool) -> None:
        """How far a search goes hangs on the budget."""
        extent = search_extent(budget) if tune else SearchExtent.NONE
        self.options = msgspec.structs.replace(self.options, budget=budget, search=extent)
        self.edited.emit(self.needs)

    def _on_picked(self, alternative: str, picked: bool) -> None:
        found = self.wanted()
        if found is None:
            return
        chosen = {*found.measured, alternative} if picked else {*found.measured} - {alternative}
        if not chosen:
            self.refresh()  # nothing at all can't be probed: the box goes back
            return
        known = [each.id for _, each in offered(self.context.catalogue)]
        unasked = msgspec.structs.replace(self.needs, frameworks=())
        usual = {each.id for _, each in select(unasked, self.context.catalogue)}
        # What is ruled out stays in the comparison, which says so, measured or not.
        compared = chosen | (set(found.ruled_out) & {*found.compared})
        # None named means all, so that a framework added to the catalogue later joins in.
        frameworks = () if compared == usual else tuple(e for e in known if e in compared)
        measured = tuple(each for each in known if each in chosen) if chosen & set(found.ruled_out) else ()
        self.options = msgspec.structs.replace(self.options, frameworks=measured)
        self.needs = msgspec.structs.replace(self.needs, frameworks=frameworks)
        self.edited.emit(self.needs)
        self.refresh()
