"""The start page: begin, go on, look back, and this machine at a glance. Must be cheap: it is shown first."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from advisor.assessment.store import Entry
from advisor.gui.app_state import AppState
from advisor.gui.drafts import Draft
from advisor.gui.first_start import FirstStart
from advisor.gui.page import Page
from advisor.gui.text import N_, _, ngettext
from advisor.gui.theme import Space, Theme
from advisor.gui.widgets import (
    Button,
    Card,
    EmptyState,
    Label,
    Pill,
    ScrollColumn,
    clear,
    hbox,
    vbox,
)

RECENT = 5


class StartPage(Page):
    """First screen. Everything on it that takes time to find out arrives later and has its place kept."""

    new_requested = Signal()
    open_requested = Signal(str)
    draft_requested = Signal(str)
    resume_requested = Signal(str)
    page_requested = Signal(str)

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        outer = vbox(self, 0)
        column = ScrollColumn()
        outer.addWidget(column)
        column.body.addWidget(self._build_welcome())
        self._first_start = FirstStart(context)
        self._first_start.chosen.connect(lambda: self.page_requested.emit("frameworks"))
        column.body.addWidget(self._first_start)
        glance = QHBoxLayout()
        glance.setSpacing(Space.L)
        glance.addWidget(self._build_machine(), 1)
        glance.addWidget(self._build_frameworks(), 1)
        column.body.addLayout(glance)
        self._unfinished = Card()
        self.bind_text(self._unfinished.set_title, N_("Unfinished"))
        self._unfinished_rows = vbox(spacing=0)
        self._unfinished.body.addLayout(self._unfinished_rows)
        column.body.addWidget(self._unfinished)
        self._recent = Card()
        self.bind_text(self._recent.set_title, N_("Recent assessments"))
        self._recent_rows = vbox(spacing=0)
        self._recent.body.addLayout(self._recent_rows)
        self._empty = EmptyState()
        self._recent.body.addWidget(self._empty)
        self._all = Button(kind="link", on_click=lambda: self.page_requested.emit("assessments"))
        self.bind_text(self._all.setText, N_("All assessments"))
        self._recent.body.addWidget(self._all)
        column.body.addWidget(self._recent)
        column.body.addStretch(1)
        context.history_changed.connect(self.refresh)
        context.inventory_taken.connect(self.refresh)

    def _build_welcome(self) -> QWidget:
        welcome = QWidget()
        rows = vbox(welcome, Space.S)
        title = Label(role="display")
        self.bind_text(title.setText, N_("Which framework should you adopt?"))
        lead = Label(role="lead", tone="muted")
        self.bind_text(
            lead.setText,
            N_(
                "Framework Advisor measures PyTorch, TensorFlow, Keras and MXNet on this very machine, "
                "weighs the figures with your needs and your team, and says which to adopt, how sure that "
                "is, and what would change it."
            ),
        )
        self._new = Button(kind="primary", on_click=self.new_requested.emit)
        self.bind_text(self._new.setText, N_("New assessment"))
        self._new.setToolTip("Ctrl+N")
        hint = Label(tone="muted", role="caption", wrap=False)
        self.bind_text(hint.setText, N_("Seven short steps, each with a sensible answer already chosen."))
        action = hbox(spacing=Space.M)
        action.addWidget(self._new)
        action.addWidget(hint)
        action.addStretch(1)
        rows.addWidget(title)
        rows.addWidget(lead)
        rows.addSpacing(Space.S)
        rows.addLayout(action)
        return welcome

    def _build_machine(self) -> QWidget:
        card = Card()
        self.bind_text(card.set_title, N_("This machine"))
        self._machine = vbox(spacing=Space.S)
        card.body.addLayout(self._machine)
        card.body.addStretch(1)
        more = Button(kind="link", on_click=lambda: self.page_requested.emit("machine"))
        self.bind_text(more.setText, N_("All details"))
        card.body.addWidget(more)
        return card

    def _build_frameworks(self) -> QWidget:
        card = Card()
        self.bind_text(card.set_title, N_("Frameworks"))
        self._frameworks = vbox(spacing=Space.S)
        card.body.addLayout(self._frameworks)
        card.body.addStretch(1)
        more = Button(kind="link", on_click=lambda: self.page_requested.emit("frameworks"))
        self.bind_text(more.setText, N_("Install or add frameworks"))
        card.body.addWidget(more)
        return card

    def apply_theme(self, theme: Theme) -> None:
        """Take over a theme's colours."""
        self._new.set_icon("plus", theme.on_accent)
        self._empty.apply_theme(theme)
        self._first_start.apply_theme(theme)
        super().apply_theme(theme)

    def retranslate(self, language: str) -> None:
        """Say everything in the window's language."""
        self._first_start.retranslate(language)
        super().retranslate(language)

    def refresh(self) -> None:
        """Show what is known by now."""
        self._first_start.refresh()
        self._show_machine()
        self._show_frameworks()
        self._show_unfinished()
        self._show_recent()

    def _show_machine(self) -> None:
        clear(self._machine)
        inventory = self._context.inventory
        if inventory is None:
            self._machine.addWidget(self._waiting())
            return
        from advisor.report.wording import machine as wording

        language = self._context.language
        machine = inventory.machine
        self._machine.addWidget(Label(machine.cpu.model or machine.cpu.architecture, "strong"))
        memory = wording.memory_allowed(machine, language)
        facts = (wording.cores(machine.limits, language), memory, wording.accelerators(machine, language))
        for fact in filter(None, facts):
            self._machine.addWidget(Label(fact, tone="muted"))

    def _show_frameworks(self) -> None:
        clear(self._frameworks)
        inventory = self._context.inventory
        if inventory is None:
            self._frameworks.addWidget(self._waiting())
            return
        from advisor.report.wording.names import alternative_names, name_of

        names = alternative_names(inventory.catalogue)
        for state in inventory.states:
            row = QWidget()
            line = hbox(row, Space.S)
            line.addWidget(Label(name_of(state.alternative, names)), 1)
            found = state.installation
            if found is None:
                line.addWidget(Pill(_("not installed"), "muted"))
            elif found.problem is not None:
                line.addWidget(Pill(_("has a problem"), "warning"))
            else:
                line.addWidget(Label(found.version, tone="muted", role="caption", wrap=False))
                line.addWidget(Pill(_("ready"), "good"))
            self._frameworks.addWidget(row)

    def _waiting(self) -> QWidget:
        error = self._context.inventory_error
        return Label(error, tone="bad") if error else Label(_("Looking…"), tone="muted")

    def _show_unfinished(self) -> None:
        clear(self._unfinished_rows)
        drafts = self._context.drafts.list()
        self._unfinished.setVisible(bool(drafts or self._context.interrupted))
        for entry in self._context.interrupted:
            self._unfinished_rows.addWidget(
                Row(
                    entry.title or _("Untitled assessment"),
                    _("Run interrupted, {date}", date=_date(entry.created_at, self._context.language)),
                    _("Resume"),
                    partial(self.resume_requested.emit, entry.id),
                )
            )
        for draft in drafts:
            self._unfinished_rows.addWidget(self._draft_row(draft))

    def _draft_row(self, draft: Draft) -> QWidget:
        seen = len(draft.seen)
        words = ngettext("Draft, {n} step seen, {date}", "Draft, {n} steps seen, {date}", seen, date="{date}")
        row = Row(
            draft.needs.title or _("Untitled assessment"),
            words.format(date=_date(draft.changed_at, self._context.language)),
            _("Continue"),
            lambda: self.draft_requested.emit(draft.id),
        )
        discard = Button(kind="quiet", on_click=lambda: self._discard(draft.id))
        discard.set_icon("trash", self.theme.muted)
        discard.setToolTip(_("Discard this draft"))
        discard.setAccessibleName(
            _("Discard the draft “{title}”", title=draft.needs.title or _("Untitled assessment"))
        )
        row.line.addWidget(discard)
        return row

    def _discard(self, identity: str) -> None:
        self._context.drafts.remove(identity)
        self.refresh()

    def _show_recent(self) -> None:
        clear(self._recent_rows)
        entries = [each for each in self._context.entries if each not in self._context.interrupted][:RECENT]
        self._empty.setVisible(not entries)
        self._all.setVisible(bool(entries))
        if not entries:
            self._empty.show_message(
                _("No assessments yet"),
                _("Your first one takes a few minutes. It stays on this machine, with everything in it."),
            )
            return
        for entry in entries:
            self._recent_rows.addWidget(self._recent_row(entry))

    def _recent_row(self, entry: Entry) -> QWidget:
        from advisor.decision.model import VerdictKind
        from advisor.report.wording.names import alternative_names, name_of, verdict_kind

        language = self._context.language
        names = alternative_names(self._context.catalogue)
        recommended = _(", ").join(name_of(each, names) for each in entry.recommended)
        when = _date(entry.created_at, language)
        row = Row(
            entry.title or _("Untitled assessment"),
            " · ".join(filter(None, (recommended, when))),
            _("Open"),
            lambda: self.open_requested.emit(entry.id),
        )
        if entry.verdict is not None:
            kind = VerdictKind(entry.verdict)
            tones = {
                VerdictKind.CLEAR: "good",
                VerdictKind.LEANING: "accent",
                VerdictKind.TOO_CLOSE: "warning",
            }
            row.line.insertWidget(1, Pill(verdict_kind(kind, language), tones.get(kind, "muted")))
        return row


class Row(QWidget):
    """An assessment or a draft: its title, a few words, and what can be done with it."""

    def __init__(self, title: str, words: str, action: str, on_click: Callable[[], object]) -> None:
        super().__init__()
        self.line = hbox(self, Space.M)
        self.line.setContentsMargins(0, Space.XS, 0, Space.XS)
        text = vbox(spacing=0)
        text.addWidget(Label(title, "strong"))
        text.addWidget(Label(words, "caption", "muted"))
        self.line.addLayout(text, 1)
        button = Button(action, on_click=on_click)
        button.setAccessibleName(f"{action}: {title}")
        self.line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)


def _date(stamp: str, language: str) -> str:
    from advisor.report.format import day

    return day(stamp, language)
