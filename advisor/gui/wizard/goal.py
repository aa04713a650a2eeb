"""Step 1: what the network is for, and what the work is about."""

from PySide6.QtWidgets import QGridLayout, QLineEdit

from advisor.decision.model import Answer, ProjectStage
from advisor.gui.inputs import SpinBox
from advisor.gui.text import N_, _
from advisor.gui.theme import Space
from advisor.gui.widgets import Label
from advisor.gui.wizard.step import Step, choices
from advisor.report.wording import names
from advisor.workloads.model import Task

TASKS = {
    Task.IMAGE_CLASSIFICATION: (
        N_("Say what a picture shows."),
        N_("Probed with residual convolutional networks (ResNet)."),
    ),
    Task.NLP: (
        N_("Understand text: sort it, answer questions about it."),
        N_("Probed with Transformer encoders (BERT)."),
    ),
    Task.RL: (
        N_("Learn to act by trial and reward."),
        N_("Probed with a value network that learns while it acts in an environment (DQN)."),
    ),
    Task.TEXT_GENERATION: (
        N_("Write text, token by token."),
        N_("Probed with a Transformer decoder that keeps keys and values (GPT-2)."),
    ),
}

STAGES = {
    ProjectStage.RESEARCH: (
        N_("Try ideas, change the model often, read what others publish."),
        N_("Weighs training speed, short start-up, ease of use and ecosystem."),
    ),
    ProjectStage.TRAINING: (
        N_("Train for long, again and again, on data that keeps coming."),
        N_("Weighs training speed, scalability and memory."),
    ),
    ProjectStage.SERVING: (
        N_("Answer requests of users, quickly and at all hours."),
        N_("Weighs latency, throughput and deployment."),
    ),
    ProjectStage.EDGE: (
        N_("Run on phones, in browsers or on small devices."),
        N_("Weighs deployment targets, latency and memory."),
    ),
}


class GoalStep(Step):
    """Tasks (one or several, with shares), stage, and a name for the assessment."""

    key = "goal"
    chosen = (Answer.TASK, Answer.STAGE)
    title = N_("Goal")
    question = N_("What will you build?")
    explanation = N_("Each task is probed with a published network, the same one in every framework.")

    def build(self) -> None:
        holder, made = choices(len(TASKS), 2, several=True)
        self._tasks = dict(zip(TASKS, made, strict=True))
        self._shares: dict[Task, SpinBox] = {}
        for task, choice in self._tasks.items():
            choice.clicked.connect(lambda _checked, task=task: self._on_task_clicked(task))
        self.body.addWidget(holder)
        self._build_shares()
        stage = Label(role="title")
        self.bind_text(stage.setText, N_("What is the work mostly about?"))
        self.body.addWidget(stage)
        holder, made = choices(len(STAGES), 2)
        self._stages = dict(zip(STAGES, made, strict=True))
        for key, choice in self._stages.items():
            choice.clicked.connect(lambda _checked, key=key: self.change(stage=key))
        self.body.addWidget(holder)
        name = self.card(N_("Name of this assessment"))
        self._name = QLineEdit()
        self._name.setMaxLength(120)
        self._name.textEdited.connect(lambda text: self.change(title=text))
        self.bind_text(self._name.setAccessibleName, N_("Name of this assessment"))
        name.body.addWidget(self._name)

    def _build_shares(self) -> None:
        self._share_card = self.card(
            N_("How much does each task count?"), N_("Shares of the whole; 1 and 1 count alike.")
        )
        grid = QGridLayout()
        grid.setColumnStretch(2, 1)
        grid.setHorizontalSpacing(Space.L)
        self._share_labels: dict[Task, Label] = {}
        for row, task in enumerate(TASKS):
            label, share = Label(wrap=False), SpinBox()
            share.setRange(1, 10)
            share.setMinimumWidth(90)
            share.valueChanged.connect(lambda value, task=task: self._on_share_changed(task, value))
            label.setBuddy(share)
            grid.addWidget(label, row, 0)
            grid.addWidget(share, row, 1)
            self._share_labels[task], self._shares[task] = label, share
        self._share_card.body.addLayout(grid)

    def refresh(self) -> None:
        """Show the answers."""
        language = self.context.language
        for task, (sentence, expert) in TASKS.items():
            name = names.task(task, language)
            self._tasks[task].show_choice(name, _(sentence), _(expert))
            self._tasks[task].setChecked(task in self.needs.tasks)
            chosen = task in self.needs.tasks
            share = self._shares[task]
            self._share_labels[task].setText(name)
            share.setAccessibleName(_("Share of {task}", task=name))
            self._share_labels[task].setVisible(chosen)
            share.setVisible(chosen)
            if chosen:
                share.blockSignals(True)
                share.setValue(max(1, round(self.needs.tasks[task] * self._scale())))
                share.blockSignals(False)
        self._share_card.setVisible(len(self.needs.tasks) > 1)
        for stage, (sentence, expert) in STAGES.items():
            self._stages[stage].show_choice(names.stage(stage, language), _(sentence), _(expert))
            self._stages[stage].setChecked(stage is self.needs.stage)
        if self._name.text() != self.needs.title:
            self._name.setText(self.needs.title)
        self._name.setPlaceholderText(_("For example: defect detection, line 2"))

    def summary(self) -> str:
        """Return tasks and stage."""
        language = self.context.language
        tasks = _(", ").join(names.task(task, language) for task in self.needs.tasks)
        return f"{tasks} · {names.stage(self.needs.stage, language)}"

    def _scale(self) -> float:
        """Shares below 1 are shown in whole numbers: the smallest as 1."""
        least = min(self.needs.tasks.values())
        return 1 / least if least < 1 else 1.0

    def _on_task_clicked(self, task: Task) -> None:
        tasks = dict(self.needs.tasks)
        if task not in tasks:
            tasks[task] = 1.0 / self._scale()
        elif len(tasks) > 1:
            del tasks[task]
        # In the catalogue's order, so that the same answers make the same assessment.
        self.change(tasks={each: tasks[each] for each in TASKS if each in tasks})
        self.refresh()

    def _on_share_changed(self, task: Task, value: int) -> None:
        scale = self._scale()
        tasks = {each: share * scale for each, share in self.needs.tasks.items()}
        self.change(tasks={**tasks, task: float(value)})
