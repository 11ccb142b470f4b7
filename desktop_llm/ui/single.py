"""One window per home folder: a lock, and a way to hand what a second start wants to the first."""

import contextlib
import hashlib
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop_llm.core.launch import LONGEST, Launch, from_bytes

FOLLOW_MS = 10000
"""How long a second start waits until the first one has heard it, or is gone; and, where it was asked
to end, until it has."""
RETRY_MS = 100
HEAR_MS = 200
"""How long a start that has connected may take to say what it wants."""
END, HEARD = b"\n", b"+"
"""What ends a launch on its way, and what answers it."""


class SingleInstance(QObject):
    """`first` tells whether this process owns the home; `asked(Launch)` that another was started."""

    asked = Signal(object)

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(home / "running.lock"))
        # A lock is stale only when its process is gone, however long that process has lived.
        self._lock.setStaleLockTime(0)
        # Local socket names are short everywhere (108 bytes on Linux), paths are not.
        self._name = "desktop-llm-" + hashlib.sha256(str(home).encode()).hexdigest()[:16]
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._on_connection)
        self.first = False
        self._told_pid = 0
        self._try_to_be_first(0)

    def _try_to_be_first(self, wait_ms: int) -> None:
        self.first = self._lock.tryLock(wait_ms)
        if self.first:
            QLocalServer.removeServer(self._name)  # left by a process that was killed
            self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
            self._server.listen(self._name)

    @Slot()
    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        while not socket.canReadLine() and socket.bytesAvailable() < LONGEST:
            if not socket.waitForReadyRead(HEAR_MS):
                break
        launch = from_bytes(socket.read(LONGEST).data())
        if launch.quit:
            self.close()  # whoever comes now would be heard, and then left alone
        socket.write(HEARD)
        socket.waitForBytesWritten(HEAR_MS)
        socket.deleteLater()
        self.asked.emit(launch)

    def hand_over(self, launch: Launch) -> bool:
        """Let the first process do it, once it has answered.

        False where it does not, or is gone: then this one is the `first` now.
        """
        until = QDeadlineTimer(FOLLOW_MS)
        while not self._told(launch, until):
            # It is on its way out, and no longer listens.
            self._try_to_be_first(min(RETRY_MS, until.remainingTime()))
            if self.first or until.hasExpired():
                return False
        return True

    def _told(self, launch: Launch, until: QDeadlineTimer) -> bool:
        self._told_pid, _, _ = self._lock.getLockInfo()
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(until.remainingTime()):
            return False
        socket.write(launch.to_bytes() + END)
        while socket.bytesToWrite() and socket.waitForBytesWritten(until.remainingTime()):
            pass
        if not socket.bytesAvailable():
            socket.waitForReadyRead(until.remainingTime())
        return socket.read(1).data() == HEARD

    def wait_for_end(self) -> bool:
        """Wait until the process that was told something has ended. False where it does not in time.

        Its lock would not do: it is given back while its files are still in use.
        """
        import psutil  # the window is there sooner without it

        until = QDeadlineTimer(FOLLOW_MS)
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._told_pid)
            # One that ended is kept as a zombie until whoever started it asks for its exit code.
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                if until.hasExpired():
                    return False
                QThread.msleep(RETRY_MS)
        return True

    def close(self) -> None:
        """Hear nobody any more: who is started now waits until `release`."""
        self._server.close()

    def release(self) -> None:
        """Let another process be the first."""
        self.close()
        self._lock.unlock()
