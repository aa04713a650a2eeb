"""How the window feels: ``python -m tests.benchmarks.feel``.

The first wizard, a change of theme on each page, and a heartbeat while benchmarks run, each by the clock and by the
processor's time of the window's own thread: where the machine is busy, only the latter says something of the program.
"""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from advisor.assessment import pipeline
from advisor.gui import app
from tests import screenshots
from tests.gui import stage

BEAT_MS = 5
RUN = pipeline.run


def timed(name: str, act: Callable[[], object]) -> None:
    """Do something, draw what follows from it, and say how long that took."""
    began_s, used_s = time.perf_counter(), time.thread_time()
    act()
    QApplication.processEvents()
    elapsed_s, used_s = time.perf_counter() - began_s, time.thread_time() - used_s
    print(f"{name:32} {1000 * elapsed_s:6.0f} ms, of the processor {1000 * used_s:6.0f} ms")


def beat(camera: screenshots.Camera, patch: pytest.MonkeyPatch) -> None:
    """Run benchmarks on workers that only pretend, and print the longest gap between two beats."""
    patch.setattr(pipeline, "run", RUN)
    stage.replace_workers(patch, {"pytorch": {}, "tensorflow": {}, "jax": {}})
    wizard = camera.wizard("run")
    camera.settle()
    beats: list[tuple[float, float]] = []
    heart = QTimer(interval=BEAT_MS)
    heart.timeout.connect(lambda: beats.append((time.perf_counter(), time.thread_time())))
    ended: list[str] = []
    wizard.finished.connect(lambda _identity: heart.stop())
    wizard.finished.connect(ended.append)
    heart.start()
    wizard._next.click()
    camera.wait(lambda: ended)
    gaps = [[after - before for before, after in zip(*pair, strict=True)] for pair in pairwise(beats)]
    for name, place in (("by the clock", 0), ("of the processor", 1)):
        ordered = sorted(gap[place] for gap in gaps)
        longest = ", ".join(f"{1000 * each:.0f}" for each in ordered[:-6:-1])
        print(f"longest of {len(gaps)} gaps {name}: {longest} ms")


def main() -> None:
    """Measure and print."""
    app.create_application(["feel"])
    with screenshots.opened() as camera, pytest.MonkeyPatch.context() as patch:
        window = camera.window
        camera.settle()

        def toggle() -> None:
            window.context.change_settings(theme="light" if window.theme.name == "dark" else "dark")

        timed("first wizard", window.new_assessment)
        camera.settle()
        timed("theme, wizard", toggle)
        for tab in ("answer", "what-if", "measurements", "sensitivity", "advice", "evidence"):
            camera.results("answer") if tab == "answer" else window.page("results").show_tab(tab)
            camera.settle()
        timed("theme, results with every tab", toggle)
        for key in ("assessments", "frameworks", "machine", "settings", "start"):
            window.show_page(key)
            camera.settle()
            timed(f"theme, {key}", toggle)
        beat(camera, patch)


if __name__ == "__main__":
    main()
