"""Qt and Python's reference counts after torch is imported: 200,000 calls must not abort the process.

PySide6 6.12.0 on Python 3.11 steals a reference to None in every void Qt call (DESIGN.md).
"""

import subprocess
import sys

PROGRAM = """
import sys
import torch
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel

app = QApplication([])
label, timer = QLabel(), QTimer()
before = sys.getrefcount(None)
for number in range(50_000):
    label.setText("x")
    label.setEnabled(True)
    timer.setInterval(number % 7)
    label.update()
print(torch.__version__, before - sys.getrefcount(None))
"""


def test_two_hundred_thousand_qt_calls_leave_none_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Python 3.12 and later make None immortal; before, a few references come and go by themselves.
    assert abs(int(done.stdout.split()[1])) < 1000
