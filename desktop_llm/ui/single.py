"""One window per home folder: a lock, and a way to bring the first window to the front."""

import hashlib
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 1000


class SingleInstance(QObject):
    """`first` tells whether this process owns the home; `asked` that another start was tried."""

    asked = Signal()

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(home / "running.lock"))
        # A lock is stale only when its process is gone, however long that process has lived.
        self._lock.setStaleLockTime(0)
        self.first = self._lock.tryLock(0)
        # Local socket names are short everywhere (108 bytes on Linux), paths are not.
        self._name = "desktop-llm-" + hashlib.sha256(str(home).encode()).hexdigest()[:16]
        self._server = QLocalServer(self)
        if self.first:
            self._listen()

    def _listen(self) -> None:
        QLocalServer.removeServer(self._name)  # left by a process that was killed
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(self._name)

    @Slot()
    def _on_connection(self) -> None:
        self._server.nextPendingConnection().deleteLater()
        self.asked.emit()

    def raise_first(self) -> bool:
        """Ask the first process to show its window. False where it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        return socket.waitForConnected(WAIT_MS)

    def release(self) -> None:
        """Let another process be the first."""
        self._server.close()
        self._lock.unlock()
