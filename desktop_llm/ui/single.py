"""One window per home folder: a lock, and a way to hand what a second start wants to the first."""

import hashlib
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop_llm.core.launch import LONGEST, Launch, from_bytes

WAIT_MS = 1000
HEAR_MS = 200
"""How long a start that has connected may take to say what it wants."""


class SingleInstance(QObject):
    """`first` tells whether this process owns the home; `asked(Launch)` that another was started."""

    asked = Signal(object)

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
        socket = self._server.nextPendingConnection()
        while socket.bytesAvailable() < LONGEST and socket.waitForReadyRead(HEAR_MS):
            pass
        launch = from_bytes(socket.read(LONGEST).data())
        socket.deleteLater()
        self.asked.emit(launch)

    def hand_over(self, launch: Launch) -> bool:
        """Let the first process do it. False where it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT_MS):
            return False
        socket.write(launch.to_bytes())
        heard = socket.waitForBytesWritten(WAIT_MS)
        socket.disconnectFromServer()
        return heard

    def release(self) -> None:
        """Let another process be the first."""
        self._server.close()
        self._lock.unlock()
