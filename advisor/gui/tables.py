"""Tables in the window: the model, the filter and the view that every page uses."""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QDesktopServices,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShowEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from advisor.escapes import tooltip
from advisor.gui.tables_data import EMPTY, Cell, Table, Tone, stacked, tab_separated
from advisor.gui.theme import Space, Theme, Type, pixels

SORT_ROLE = Qt.ItemDataRole.UserRole
LINK_ROLE = Qt.ItemDataRole.UserRole + 1

_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.ForegroundRole,
        Qt.ItemDataRole.FontRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.AccessibleTextRole,
        SORT_ROLE,
        LINK_ROLE,
    }
)
"""What a cell has an answer to; painting one asks for twice as many."""

NARROWEST = 104
"""Pixels that a column's text may take however little room there is; the table then scrolls sideways."""

HIGHEST = 560
"""Pixels that a table of sentences may be high; beyond that it scrolls."""

_Index = QModelIndex | QPersistentModelIndex


def open_link(address: str) -> bool:
    """Open a web address in the user's browser; files are untrusted, so only http and https are followed."""
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if url.scheme() not in ("http", "https") or not url.host():
        return False
    return QDesktopServices.openUrl(url)


class TableModel(QAbstractTableModel):
    """A :class:`Table` as Qt's views see it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = EMPTY
        self._colours: dict[Tone, QBrush] = {}
        self.strong_font = QFont()
        self.strong_font.setPixelSize(pixels(Type.BODY))
        self.strong_font.setBold(True)
        self.files: Callable[[list[str]], list[Path]] | None = None  # of rows' keys, to be dragged out

    def set_table(self, table: Table) -> None:
        """Show another table."""
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def apply_theme(self, theme: Theme) -> None:
        """Draw each tone in the theme's colour for it."""
        colours = {
            Tone.MUTED: theme.muted,
            Tone.GOOD: theme.good,
            Tone.WARNING: theme.warning,
            Tone.BAD: theme.bad,
            Tone.LINK: theme.accent,
        }
        self._colours = {tone: QBrush(QColor(colour)) for tone, colour in colours.items()}
        if count := self.rowCount():
            last = self.index(count - 1, len(self.table.headers) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.ForegroundRole])

    def cell(self, row: int, column: int) -> Cell:
        """Return what stands in a cell."""
        return self.table.rows[row][column]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.table.headers)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES or not index.isValid():
            return None
        it = self.cell(index.row(), index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return it.text
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(it.tip or it.text)
            case Qt.ItemDataRole.ForegroundRole:
                return self._colours.get(it.tone)
            case Qt.ItemDataRole.FontRole if it.strong:
                return self.strong_font
            case Qt.ItemDataRole.TextAlignmentRole:
                side = (
                    Qt.AlignmentFlag.AlignRight
                    if index.column() in self.table.figures
                    else Qt.AlignmentFlag.AlignLeft
                )
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.table.headers[index.column()]}: {it.text}"
            case _ if role == SORT_ROLE:
                return it.key
            case _ if role == LINK_ROLE:
                return it.link or None
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        drags = Qt.ItemFlag.ItemIsDragEnabled if self.files is not None else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | drags

    def mimeData(self, indexes: Sequence[_Index]) -> QMimeData:
        data = QMimeData()
        keys = dict.fromkeys(self.table.keys[index.row()] for index in indexes)
        if self.files is not None:
            data.setUrls([QUrl.fromLocalFile(str(path)) for path in self.files(list(keys))])
        return data

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.table.headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            title = self.table.headers[section]
            return stacked(title) if section in self.table.figures else title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight if section in self.table.figures else Qt.AlignmentFlag.AlignLeft
            )
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class TableFilter(QSortFilterProxyModel):
    """Sorts by the key behind the text, cells without one last, and keeps the rows that a test accepts."""

    def __init__(self, source: TableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.setSourceModel(source)
        self._accepts: Callable[[tuple[Cell, ...]], bool] = lambda row: True
        self.setSortRole(SORT_ROLE)

    def set_test(self, accepts: Callable[[tuple[Cell, ...]], bool]) -> None:
        """Show only the rows that ``accepts``."""
        self._accepts = accepts
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:
        return self._accepts(self._source.table.rows[source_row])

    def lessThan(self, left: _Index, right: _Index) -> bool:
        mine, other = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if mine is None or other is None:
            ascending = self.sortOrder() is Qt.SortOrder.AscendingOrder
            return (mine is None) != ascending and mine is not other
        if isinstance(mine, str) or isinstance(other, str):
            return str(mine) < str(other)
        return bool(mine < other)


class _Sentences(QStyledItemDelegate):
    """Says how high a cell of wrapped text is; Qt's own answer forgets the style sheet's padding."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        size = super().sizeHint(option, index)
        width = option.rect.width() - 2 * Space.M
        if width <= 0:
            return size
        layout = QTextLayout(index.data() or "", index.data(Qt.ItemDataRole.FontRole) or option.font)
        wrap = QTextOption()
        wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(wrap)
        layout.beginLayout()
        spacing, height = option.fontMetrics.lineSpacing(), 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            height += max(line.height(), spacing)  # letters that another font stands in for may be taller
        layout.endLayout()
        return QSize(size.width(), math.ceil(max(height, spacing)) + 2 * Space.S)


class PlainTable(QTableView):
    """A table of whole rows, as every one of the window looks and is walked through."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table; the arrows move inside it
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 12)


class TableView(PlainTable):
    """A sortable table whose rows can be copied into a spreadsheet and whose links open on a click.

    Text that doesn't fit is cut and whole in the tool tip; ``wrapping`` breaks it into lines instead, and makes
    the table as high as its rows (up to ``HIGHEST``), for tables that hold sentences.
    """

    def __init__(self, parent: QWidget | None = None, *, wrapping: bool = False) -> None:
        super().__init__(parent)
        self._wrapping = wrapping
        self.source = TableModel(self)
        self.filter = TableFilter(self.source, self)
        self.setModel(self.filter)
        self.setWordWrap(wrapping)
        if wrapping:
            self.setItemDelegate(_Sentences(self))
        self.setSortingEnabled(True)
        self.setMouseTracking(True)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setResizeContentsPrecision(40)  # of many rows, those in view tell enough
        self._share_due = False
        self._measured = False
        self._wanted: list[int] = []
        self._least: list[int] = []
        self.clear_sorting()
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_clicked)

    def set_table(self, table: Table) -> None:
        """Show another table, with columns as wide as what is in them where there is room."""
        self.source.set_table(table)
        self._measured = False
        self._share_when_seen()

    def _measure(self) -> None:
        """Find out how wide columns want to be, in the letters that the style gives."""
        table = self.source.table
        self.ensurePolished()
        self.horizontalHeader().ensurePolished()
        # Qt measures headers in the plain font, not in the style sheet's bold one.
        bold = QFontMetrics(self.source.strong_font)
        titles = [
            self.source.headerData(column, Qt.Orientation.Horizontal) for column in range(len(table.headers))
        ]
        heads = [max(map(bold.horizontalAdvance, title.split("\n"))) + 2 * Space.M for title in titles]
        self._wanted = [
            max(self.sizeHintForColumn(column), head) + Space.M for column, head in enumerate(heads)
        ]
        self._least = [self._narrowest(column, head) for column, head in enumerate(heads)]
        self._measured = True

    def apply_theme(self, theme: Theme) -> None:
        """Draw the tones in a theme's colours."""
        self.source.apply_theme(theme)

    def clear_sorting(self) -> None:
        """Show rows in the order in which the table has them."""
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)

    def shown_rows(self) -> list[int]:
        """Return the table's row numbers as they are shown: filtered and sorted."""
        return [
            self.filter.mapToSource(self.filter.index(row, 0)).row() for row in range(self.filter.rowCount())
        ]

    def selected_rows(self) -> list[int]:
        """Return the table's row numbers that are selected, from top to bottom."""
        chosen = sorted(self.selectionModel().selectedRows(), key=QModelIndex.row)
        return [self.filter.mapToSource(index).row() for index in chosen]

    def selected_keys(self) -> list[str]:
        """Return the keys of the selected rows, from top to bottom."""
        return [self.source.table.keys[row] for row in self.selected_rows()]

    def select_row(self, row: int) -> None:
        """Add a row of the table to the selection."""
        index = self.filter.mapFromSource(self.source.index(row, 0))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(index, flags.Select | flags.Rows)

    def drag_files(self, files: Callable[[list[str]], list[Path]]) -> None:
        """Let rows be dragged out of the window as files, which ``files`` makes of their keys."""
        self.source.files = files
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)

    def copy(self) -> None:
        """Put the selected rows, or all that are shown, on the clipboard."""
        rows = self.selected_rows() or self.shown_rows()
        QGuiApplication.clipboard().setText(tab_separated(self.source.table, rows))

    def copy_all(self) -> None:
        """Put all rows that are shown on the clipboard, in the order in which they are shown."""
        QGuiApplication.clipboard().setText(tab_separated(self.source.table, self.shown_rows()))

    def fit_height(self, most_rows: int = 14) -> None:
        """Be as high as the rows, up to a number of them."""
        rows = min(max(self.filter.rowCount(), 1), most_rows)
        height = (
            self.horizontalHeader().sizeHint().height() + rows * self.verticalHeader().defaultSectionSize()
        )
        self.setFixedHeight(height + self.horizontalScrollBar().sizeHint().height() + 2 * self.frameWidth())

    def keyPressEvent(self, event: Any) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            event.accept()
            return
        super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        link = self.indexAt(event.position().toPoint()).data(LINK_ROLE)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._measured = False
            self._share_when_seen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._share_when_seen()

    def setColumnHidden(self, column: int, hide: bool) -> None:
        super().setColumnHidden(column, hide)
        self._share_when_seen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._share_due:
            self.share_width()

    def _share_when_seen(self) -> None:
        """Measuring rows takes long: it is done once for a table that is seen, not for each step of its layout."""
        self._share_due = True
        if self.isVisible():
            self.share_width()

    def share_width(self) -> None:
        """Give every column the width that it wants where there is room for all.

        Where there isn't, columns of prose share what the others leave, and then the widest are cut back: none
        below its header or ``NARROWEST``, so that the table may scroll sideways.
        """
        self._share_due = False
        if not self._measured:
            self._measure()
        shown = [column for column in range(len(self._wanted)) if not self.isColumnHidden(column)]
        room = seen = self.viewport().width()
        prose = self.source.table.prose
        plain = [column for column in shown if column not in prose]
        if prose and sum(self._wanted[column] for column in shown) > room:
            kept = sum(self._least[column] for column in shown if column in prose)
            self._share(self._cut(plain, room - kept) + kept)
            room = 0
        else:
            room = self._cut(shown, room)
        if shown and room > 0:
            # Sentences may have all of it; a figure would stand far from those that it belongs to.
            wide = shown if shown[-1] in self.source.table.figures else shown[-1:]
            for column in wide:
                self.setColumnWidth(column, self.columnWidth(column) + room // len(wide))
        if self._wrapping:
            self.resizeRowsToContents()
            self._fit_wrapped()
        if self.viewport().width() < seen:  # taller rows have brought a scroll bar
            self.share_width()

    def _narrowest(self, column: int, head: int) -> int:
        """Return below what a column is never cut: its longest word where lines are broken, else whole figures."""
        table = self.source.table
        if not self._wrapping:
            wide = max(self._wanted[column] - Space.M, head)
            return wide if column in table.figures else max(min(wide, NARROWEST), head)
        words = {word for row in table.rows for word in row[column].text.split(" ")}
        longest = max(map(self.fontMetrics().horizontalAdvance, words), default=0) + 2 * Space.M
        return max(min(longest, NARROWEST), head)

    def _cut(self, columns: list[int], room: int) -> int:
        """Cut the widest columns back, all to the same width, until all fit; return the room that is left."""

        def width(column: int, most: int) -> int:
            return min(self._wanted[column], max(most, self._least[column]))

        return room - self._fit(columns, room, width)

    def _share(self, room: int) -> None:
        """Give columns of prose their shares, those that would be too narrow what they need."""
        prose = self.source.table.prose
        shown = [column for column in prose if not self.isColumnHidden(column)]
        whole = sum(prose[column] for column in shown)

        def width(column: int, most: int) -> int:
            return max(int(most * prose[column] / whole), self._least[column])

        self._fit(shown, room, width)

    def _fit(self, columns: list[int], room: int, width: Callable[[int, int], int]) -> int:
        """Set ``width(column, most)`` with the largest ``most`` at which all fit; return what they take."""

        def needed(most: int) -> int:
            return sum(width(column, most) for column in columns)

        most = max(bisect_right(range(max(room, 0) + 1), room, key=needed) - 1, 0)
        for column in columns:
            self.setColumnWidth(column, width(column, most))
        return needed(most)

    def _fit_wrapped(self) -> None:
        rows = sum(self.rowHeight(row) for row in range(self.filter.rowCount()))
        around = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        scroll = self.horizontalScrollBar().sizeHint().height() if self._scrolls_sideways() else 0
        height = min(rows + around + scroll, HIGHEST)
        if height != self.height():
            self.setFixedHeight(height)

    def _scrolls_sideways(self) -> bool:
        shown = (column for column in range(self.source.columnCount()) if not self.isColumnHidden(column))
        return sum(self.columnWidth(column) for column in shown) > self.viewport().width()

    def _on_clicked(self, index: QModelIndex) -> None:
        link = index.data(LINK_ROLE)
        if link:
            open_link(link)
