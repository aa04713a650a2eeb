"""How long the window takes to appear, against a bare one: ``python -m tests.benchmarks.window``.

The bare one is of PySide6 and pyqtgraph. Both start in fresh interpreters, in turns, so that a busy machine
slows both; what counts is the ratio.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

BARE = """
import time
began = time.perf_counter()
import pyqtgraph
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1024, 700)
window.show()
application.processEvents()
print(time.perf_counter() - began)
window.close()
"""

OURS = """
import time
began = time.perf_counter()
import sys
from pathlib import Path
from advisor.assessment import settings
from advisor.gui import app
from advisor.gui.app_state import AppState
from advisor.gui.main_window import MainWindow
application = app.create_application([])
context = AppState(Path(sys.argv[1]), settings.load(Path(sys.argv[1])))
window = MainWindow(context)
window.resize(1024, 700)
window.show()
application.processEvents()
print(time.perf_counter() - began)
window.close()
"""


def first_window_s(code: str, folder: str) -> float:
    """Start an interpreter and return how long its window took."""
    done = subprocess.run(
        [sys.executable, "-c", code, folder],
        env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Measure in turns and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(first_window_s(BARE, folder), first_window_s(OURS, folder)) for _round in range(rounds)]
    bare, ours = zip(*pairs, strict=True)
    ratio = statistics.median(one / other for other, one in pairs)
    print(f"bare {statistics.median(bare):.3f} s, ours {statistics.median(ours):.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
