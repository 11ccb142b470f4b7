"""A row whose less needed parts step aside where it is too narrow for all. Paints nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget


class Narrowing(QObject):
    """Hides the first of the `parts` first, and none of the others; all come back with the room.

    Whether a part is to be seen at all is told with `want`, not to the part itself.
    """

    def __init__(self, bar: QWidget, row: QHBoxLayout, parts: Sequence[QWidget]) -> None:
        super().__init__(bar)
        self._bar, self._row = bar, row
        self._wanted = dict.fromkeys(parts, True)
        bar.installEventFilter(self)

    def want(self, part: QWidget, wanted: bool) -> None:
        """Say whether a part is to be seen where there is room for it."""
        self._wanted[part] = wanted
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The row has another width, or one of its parts has."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.fit()
        return False

    def fit(self) -> None:
        """Show what there is room for."""
        margins = self._row.contentsMargins()
        around = self._bar.contentsRect().width() - margins.left() - margins.right()
        if (outer := self._bar.layout()) is not None and outer is not self._row:
            edges = outer.contentsMargins()
            around -= edges.left() + edges.right()
        shown = [part for part, wanted in self._wanted.items() if wanted]
        room = around - self._taken(self._others())
        while shown and self._taken(shown) > room:
            shown.pop(0)
        for part in self._wanted:
            if part.isVisibleTo(self._bar) != (part in shown):
                part.setVisible(part in shown)

    def _others(self) -> list[QWidget]:
        items = (self._row.itemAt(place) for place in range(self._row.count()))
        found = [item.widget() for item in items if item is not None]
        return [one for one in found if one and one not in self._wanted and not one.isHidden()]

    def _taken(self, widgets: Sequence[QWidget]) -> int:
        """What they take at least, each with the space beside it."""
        return sum(_narrowest(one) + self._row.spacing() for one in widgets)


def _narrowest(widget: QWidget) -> int:
    hint = widget.minimumSizeHint().width()
    return hint if hint >= 0 else widget.sizeHint().width()
