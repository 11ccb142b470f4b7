"""The rows as Qt's list wants them, with titles that can be edited in place. Paints nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop_llm.ui.controls.plain import tip
from desktop_llm.ui.sidebar.rows import Row, RowKind

Index = QModelIndex | QPersistentModelIndex
ROW = int(Qt.ItemDataRole.UserRole)
BUSY = ROW + 1
SAID = Qt.ItemDataRole.AccessibleTextRole


class ConversationListModel(QAbstractListModel):
    """Signal: `renamed(conversation id, title)` when a title was edited in the list."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._busy: frozenset[str] = frozenset()

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them, from top to bottom."""
        return self._rows

    def show(self, rows: Iterable[Row]) -> None:
        """Replace all rows; nothing flickers where they are the same as before."""
        fresh = tuple(rows)
        if fresh == self._rows:
            return
        self.beginResetModel()
        self._rows = fresh
        self.endResetModel()

    def show_busy(self, conversation_ids: frozenset[str]) -> None:
        """Mark the conversations that a reply is being made for."""
        if conversation_ids != self._busy:
            self._busy = conversation_ids
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [BUSY, SAID])

    def row_of(self, conversation_id: str | None, message_id: str = "") -> QModelIndex:
        """Where a conversation stands, an invalid index where it does not.

        Of several hits in it that in `message_id`, or the first where it was not found there.
        """
        rows = enumerate(self._rows)
        places = [
            n for n, one in rows if one.conversation_id == conversation_id and _choosable(one)
        ]
        exact = [place for place in places if self._rows[place].message_id == message_id]
        return self.index((exact or places)[0]) if places else QModelIndex()

    def nearest(self, row: Row, before: Sequence[Row]) -> QModelIndex:
        """Where a row stands now, or where it is gone that of those `before` that was next to it."""
        places = {_key(one): place for place, one in enumerate(self._rows) if _choosable(one)}
        keys = [_key(one) for one in before]
        start = keys.index(_key(row)) if _key(row) in keys else 0
        for key in (*keys[start:], *reversed(keys[:start])):
            if key in places:
                return self.index(places[key])
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row's title, its Row, whether it is busy, or what a screen reader says of it."""
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.title
        if role == ROW:
            return row
        if role == BUSY:
            return row.conversation_id in self._busy
        if role == Qt.ItemDataRole.ToolTipRole and row.kind is not RowKind.HEADING:
            return tip(row.snippet or row.title)
        if role == SAID:
            busy = row.conversation_id in self._busy  # the dot beside it
            words = self.tr("a reply is being written") if busy else ""
            return ", ".join(part for part in (row.title, row.snippet, words) if part)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings can be neither chosen nor edited, hits only chosen."""
        kind = self._rows[index.row()].kind
        if kind is RowKind.HEADING:
            return Qt.ItemFlag.NoItemFlags
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usable | Qt.ItemFlag.ItemIsEditable if kind is RowKind.CONVERSATION else usable

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A title was edited: tell it; the list is shown again when it has been kept.

        One that is as it was is told to nobody: what stands there for a missing title is none.
        """
        if role != Qt.ItemDataRole.EditRole:
            return False
        row = self._rows[index.row()]
        if str(value).strip() != row.title:
            self.renamed.emit(row.conversation_id, str(value))
        return True


def _key(row: Row) -> tuple[str, str]:
    """What stays the same when a row gets another title or another place."""
    return row.conversation_id, row.message_id


def _choosable(row: Row) -> bool:
    return row.kind is not RowKind.HEADING
