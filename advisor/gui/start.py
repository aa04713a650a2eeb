"""The start page: begin, go on, look back, and this machine at a glance. Must be cheap: it is shown first."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from advisor.assessment.model import Status
from advisor.assessment.store import Entry
from advisor.gui.app_state import AppState
from advisor.gui.drafts import Draft
from advisor.gui.page import Page
from advisor.gui.tab_order import follow_layout
from advisor.gui.text import N_, _, moment, ngettext
from advisor.gui.theme import Space, Theme
from advisor.gui.ways import WAYS, Way, WaysMenu, resumable, ways
from advisor.gui.widgets import (
    Banner,
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

GLANCE_HEIGHT = 250
"""Pixels that the cards of machine and frameworks take once they are filled: their place is kept until then."""


class StartPage(Page):
    """First screen. Everything on it that takes time to find out arrives later and has its place kept."""

    find_requested = Signal()
    new_requested = Signal()
    example_requested = Signal()
    draft_requested = Signal(str)
    way_chosen = Signal(str, str)  # a way, and the assessment's id
    page_requested = Signal(str)
    running_requested = Signal()  # to see what is running

    def __init__(self, context: AppState) -> None:
        super().__init__()
        self._context = context
        self._discarded: list[Draft] = []
        outer = vbox(self, 0)
        column = ScrollColumn()
        outer.addWidget(column)
        column.body.addWidget(self._build_welcome())
        glance = QHBoxLayout()
        glance.setSpacing(Space.L)
        glance.addWidget(self._build_machine(), 1)
        glance.addWidget(self._build_frameworks(), 1)
        column.body.addLayout(glance)
        self._undo_banner = Banner("accent", "trash")
        self._undo_banner.setObjectName("undo-discard")
        self._undo_banner.acted.connect(self.undo)
        self._undo_banner.hide()
        column.body.addWidget(self._undo_banner)
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
        # Both are the last on the page and come together, so that nothing moves when they do.
        self._unfinished.hide()
        self._recent.hide()
        column.body.addStretch(1)
        QShortcut(
            QKeySequence.StandardKey.Undo,
            self,
            self.undo,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        )
        context.history_changed.connect(self.refresh)
        context.inventory_taken.connect(self.refresh)

    def _build_welcome(self) -> QWidget:
        welcome = QWidget()
        rows = vbox(welcome, Space.S)
        title = Label(role="display")
        self.bind_text(title.setText, N_("Which framework should you adopt?"))
        lead = Label(role="lead", tone="muted")

        def name_frameworks(text: str) -> None:
            from advisor.report import format as fmt

            names = fmt.listing([each.name for each in self._context.catalogue], self._context.language)
            lead.setText(text.format(frameworks=names))

        self.bind_text(
            name_frameworks,
            N_(
                "Framework Advisor measures {frameworks} on this very machine, "
                "weighs the figures with your needs and your team, and says which to adopt, how sure that "
                "is, and what would change it."
            ),
        )
        self._find = Button(kind="primary", on_click=self.find_requested.emit)
        self._find.setObjectName("find")
        self.bind_text(self._find.setText, N_("Find my framework"))
        self.bind_text(
            self._find.setToolTip,
            N_(
                "Set up what is missing, measure, and show the answer; asks once, before anything is downloaded"
            ),
        )
        self._new = Button(on_click=self.new_requested.emit)
        self._new.setObjectName("new")
        self.bind_text(self._new.setText, N_("New assessment"))
        self.bind_text(
            self._new.setToolTip,
            N_("Seven short steps, each with a sensible answer already chosen (Ctrl+N)"),
        )
        example = Button(kind="link", on_click=self.example_requested.emit)
        example.setObjectName("example")
        self.bind_text(example.setText, N_("See an example"))
        action = hbox(spacing=Space.M)
        for button in (self._find, self._new, example):
            action.addWidget(button)
        action.addStretch(1)
        rows.addWidget(title)
        rows.addWidget(lead)
        rows.addSpacing(Space.S)
        rows.addLayout(action)
        return welcome

    def _build_machine(self) -> QWidget:
        card = Card()
        card.setMinimumHeight(GLANCE_HEIGHT)
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
        card.setMinimumHeight(GLANCE_HEIGHT)
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
        self._find.set_icon("search", theme.on_accent)
        self._new.set_icon("plus", theme.text)
        self._empty.apply_theme(theme)
        self._undo_banner.apply_theme(theme)
        super().apply_theme(theme)

    def refresh(self) -> None:
        """Show what is known by now."""
        self._show_machine()
        self._show_frameworks()
        if self._context.history_known:
            self._show_unfinished()
            self._show_recent()
        follow_layout(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous() and self._context.history_known:
            self._show_unfinished()  # the wizard may have kept a draft meanwhile
            follow_layout(self)

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
        by_framework = {each.framework: each for each in inventory.installations}
        for framework in inventory.catalogue:
            row = QWidget()
            line = hbox(row, Space.S)
            line.addWidget(Label(framework.name), 1)
            found = by_framework.get(framework.id)
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
        stopped = [each for each in self._context.entries if each.status is not Status.COMPLETE]
        self._unfinished.setVisible(bool(drafts or stopped))
        for entry in stopped:
            self._unfinished_rows.addWidget(self._stopped_row(entry))
        for draft in drafts:
            self._unfinished_rows.addWidget(self._draft_row(draft))

    def _stopped_row(self, entry: Entry) -> QWidget:
        title = entry.title or _("Untitled assessment")
        date = moment(entry.created_at, self._context.language)
        if entry.id in self._context.running:
            row = Row(title, date, _("Show"), self.running_requested.emit)
            row.line.insertWidget(1, Pill(_("running"), "accent"))
            return row
        here = resumable(entry.status, entry.machine, self._context.machine_model)
        way = Way.RESUME if here else Way.RUN_AGAIN
        row = Row(title, date, _(WAYS[way][0]), partial(self.way_chosen.emit, way, entry.id))
        row.button.setObjectName(f"{way}-{entry.id}")
        row.line.insertWidget(1, Pill(_("cancelled"), "warning"))
        row.line.addWidget(self._more(entry, (Way.OPEN, *ways(entry.status, here=here)), title))
        return row

    def _more(self, entry: Entry, offered: tuple[Way, ...], title: str) -> Button:
        button = Button(kind="quiet")
        button.setObjectName(f"more-{entry.id}")
        button.set_icon("more", self.theme.muted)
        button.setToolTip(_("More"))
        button.setAccessibleName(_("More for “{title}”", title=title))
        menu = WaysMenu(button)
        menu.show_ways(offered)
        menu.chosen.connect(lambda way: self.way_chosen.emit(way, entry.id))
        button.setMenu(menu)
        return button

    def _draft_row(self, draft: Draft) -> QWidget:
        seen = len(draft.seen)
        words = ngettext("Draft, {n} step seen, {date}", "Draft, {n} steps seen, {date}", seen, date="{date}")
        row = Row(
            draft.needs.title or _("Untitled assessment"),
            words.format(date=moment(draft.changed_at, self._context.language)),
            _("Continue"),
            lambda: self.draft_requested.emit(draft.id),
        )
        row.button.setObjectName(f"continue-{draft.id}")
        discard = Button(kind="quiet", on_click=lambda: self._discard(draft))
        discard.setObjectName(f"discard-{draft.id}")
        discard.set_icon("trash", self.theme.muted)
        discard.setToolTip(_("Discard this draft; can be undone"))
        discard.setAccessibleName(
            _("Discard the draft “{title}”", title=draft.needs.title or _("Untitled assessment"))
        )
        row.line.addWidget(discard)
        return row

    def _discard(self, draft: Draft) -> None:
        self._context.drafts.remove(draft.id)
        self._discarded.append(draft)
        self._show_discarded()
        self.refresh()

    def undo(self) -> None:
        """Bring back the draft that was discarded last."""
        if self._discarded:
            self._context.drafts.save(self._discarded.pop())
            self._show_discarded()
            self.refresh()

    def _show_discarded(self) -> None:
        self._undo_banner.setVisible(bool(self._discarded))
        if self._discarded:
            title = self._discarded[-1].needs.title or _("Untitled assessment")
            text = _("The draft “{title}” was discarded.", title=title)
            self._undo_banner.show_message(text, _("Undo"), _("Dismiss"))

    def _show_recent(self) -> None:
        clear(self._recent_rows)
        self._recent.show()
        entries = [each for each in self._context.entries if each.status is Status.COMPLETE][:RECENT]
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
        when = moment(entry.created_at, language)
        title = entry.title or _("Untitled assessment")
        row = Row(
            title,
            " · ".join(filter(None, (recommended, when))),
            _("Open"),
            partial(self.way_chosen.emit, Way.OPEN, entry.id),
        )
        row.button.setObjectName(f"open-{entry.id}")
        if entry.verdict is not None:
            kind = VerdictKind(entry.verdict)
            tones = {
                VerdictKind.CLEAR: "good",
                VerdictKind.LEANING: "accent",
                VerdictKind.TOO_CLOSE: "warning",
            }
            row.line.insertWidget(1, Pill(verdict_kind(kind, language), tones.get(kind, "muted")))
        row.line.addWidget(self._more(entry, ways(entry.status), title))
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
        self.button = Button(action, on_click=on_click)
        self.button.setAccessibleName(f"{action}: {title}")
        self.line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
