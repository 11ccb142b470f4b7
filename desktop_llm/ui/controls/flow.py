"""A layout that puts widgets beside each other, and below where there is no more room. Knows none of them."""

from collections.abc import Iterator

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

Line = list[tuple[QLayoutItem, int]]


class Flow(QLayout):
    """Lines of widgets, each as wide as it likes to be, at most as the line; hidden ones take no room.

    What a line leaves goes to those in it that expand. In a line the widgets stand in the middle of
    its height. `spacing` holds in both directions.
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item; Qt calls it for `addWidget`."""
        self._items.append(item)

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at a place; None where there is none, as Qt asks for it."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """The same, and it is in the layout no longer."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It takes what it is given."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines at that width."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """All in one line."""
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        gaps = max(0, len(shown) - 1) * self.spacing()
        wide = sum(hint.width() for hint in shown) + gaps
        return self._with_margins(wide, max((hint.height() for hint in shown), default=0))

    def minimumSize(self) -> QSize:
        """Each in a line of its own."""
        shown = [item.minimumSize() for item in self._items if not item.isEmpty()]
        wide = max((least.width() for least in shown), default=0)
        return self._with_margins(wide, max((least.height() for least in shown), default=0))

    def _with_margins(self, width: int, height: int) -> QSize:
        edges = self.contentsMargins()
        return QSize(width + edges.left() + edges.right(), height + edges.top() + edges.bottom())

    def setGeometry(self, rect: QRect) -> None:
        """Put the widgets into their places."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Lay the lines out from the top of `rect`; returns their height with the margins."""
        edges, room = self.contentsMargins(), rect.marginsRemoved(self.contentsMargins())
        top = room.top()
        for line in self._lines(room.width()):
            tall = max(_tall(item, width) for item, width in line)
            left = room.left()
            for item, width in line:
                if move:
                    item.setGeometry(QRect(left, top, width, tall))
                left += width + self.spacing()
            top += tall + self.spacing()
        lines = max(0, top - room.top() - self.spacing())
        return lines + edges.top() + edges.bottom()

    def _lines(self, room: int) -> Iterator[Line]:
        """What stands in each line, with its width."""
        line: Line = []
        left = 0
        for item in self._items:
            if item.isEmpty():
                continue
            width = max(item.minimumSize().width(), min(item.sizeHint().width(), room))
            if line and left + width > room:
                yield _filled(line, room - left + self.spacing())
                line, left = [], 0
            line.append((item, width))
            left += width + self.spacing()
        if line:
            yield _filled(line, room - left + self.spacing())


def _filled(line: Line, spare: int) -> Line:
    """The line with what it leaves given to those that expand."""
    wanting = [item for item, _ in line if _expands(item)]
    more = max(0, spare) // max(1, len(wanting))
    return [(item, width + more * _expands(item)) for item, width in line]


def _expands(item: QLayoutItem) -> bool:
    return bool(item.expandingDirections() & Qt.Orientation.Horizontal)


def _tall(item: QLayoutItem, width: int) -> int:
    if item.hasHeightForWidth():
        return item.heightForWidth(width)
    return item.sizeHint().height()
