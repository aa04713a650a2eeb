"""Pictures of every screen in both languages and themes: ``python -m tests.screenshots FOLDER``.

Everything shown is synthetic and says so. ``--only NAME`` takes that screen, ``--size 1024x700`` another size;
``--bundled-font`` writes in the letters that the program brings along, so that pictures of two machines are alike;
``QT_SCALE_FACTOR=2`` and ``QT_QPA_PLATFORM=xcb`` under Xvfb work as for any Qt program.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QSlider, QWidget

from advisor.assessment import fleet as fleets
from advisor.assessment import fleet_hosts, own_work, pipeline
from advisor.assessment.fleet import Fleet, FleetHost, FleetStore
from advisor.assessment.pipeline import Phase, PhaseStarted, Saved, WorkloadStarted
from advisor.assessment.sites.model import Ended, HostOutcome, Way
from advisor.decision.model import PriorityMode, ProjectStage, Target, VerdictKind
from advisor.frameworks.model import InstallProgress, InstallState
from advisor.gui import app, theme
from advisor.gui.charts_card import ChartView
from advisor.gui.main_window import MainWindow
from advisor.gui.text import choose_language
from advisor.i18n import LANGUAGES
from advisor.probes import preflight
from advisor.probes.model import (
    Eta,
    Outcome,
    ProbeWarning,
    Quantity,
    SampleTaken,
    Stage,
    StageChanged,
    Warned,
    WarningCode,
)
from advisor.probes.trial import Look
from advisor.resources import resource
from advisor.workloads.model import Task
from advisor.workloads.own import Contents, Port
from tests import samples
from tests.assessment import made_up_hosts
from tests.assessment.made_up_hosts import MadeUpHost
from tests.gui import stage

PATIENCE_S = 60.0


class Camera:
    """A window on stage, and ways to wait for it."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.context = window.context

    def wait(self, condition: Callable[[], Any]) -> None:
        """Let the window live until something is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the screen did not come")
            QApplication.processEvents()
            time.sleep(0.005)

    def settle(self) -> None:
        """Let everything be laid out and drawn."""
        for _turn in range(6):
            QApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def results(self, tab: str, sample: str = "synthetic-standard") -> None:
        """Show a sample's results at a tab."""
        page = self.window.page("results")
        before = page.assessment
        self.window.open_assessment(sample)
        self.wait(
            lambda: (
                self.window.stack.currentWidget() is page
                and page.assessment is not before
                and (page.model is not None or page.assessment.decision is None)
            )
        )
        page.show_tab(tab)
        part = page.tabs.currentWidget()
        self.wait(lambda: getattr(part, "complete", True))

    def wizard(self, step: str) -> Any:
        """Show a step of the wizard, answered a little."""
        self.window.new_assessment()
        page = self.window.page("wizard")
        page.goal_step._tasks[Task.NLP].click()
        page.goal_step._stages[ProjectStage.TRAINING].click()
        page.go(page.constraints_step)
        page.constraints_step._targets[Target.ANDROID].click()
        page.go(getattr(page, f"{step}_step"))
        return page


def _machine(camera: Camera) -> None:
    camera.context.calibration = samples.sample_assessment("standard").machine.calibration
    camera.window.show_page("machine")
    camera.window.page("machine").refresh()


def _frameworks(camera: Camera) -> None:
    camera.context.inventory = stage.make_inventory(missing=("mxnet", "keras"))
    installer = camera.context.installer
    installer.logs["keras"] = ["Resolved 61 packages in 1.2 s", "Downloading tensorflow-cpu (214 MiB)"]
    installer.progress["keras"] = InstallProgress(
        "keras", InstallState.DOWNLOADING, done_bytes=231 * 2**20, total_bytes=634 * 2**20
    )
    camera.window.show_page("frameworks")
    camera.context.inventory_taken.emit()


def _frameworks_after(camera: Camera) -> None:
    camera.context.installer.progress.clear()
    camera.context.inventory = stage.make_inventory()
    camera.context.inventory_taken.emit()


def _find(camera: Camera) -> None:
    camera.context.inventory = stage.make_inventory(missing=("mxnet", "keras", "pytorch", "tensorflow"))
    camera.window.show_page("start")
    camera.window.find_framework()


def _find_after(camera: Camera) -> None:
    QApplication.activeModalWidget().close()
    _frameworks_after(camera)


def _preparing(camera: Camera) -> None:
    busy = ProbeWarning(WarningCode.LOAD, "before", {"others_share": 0.6})
    preflight.warnings_now, kept = lambda: (busy,), preflight.warnings_now
    page = camera.wizard("run")
    page._next.click()
    camera.wait(lambda: page.run_step.errand.disturbances)
    preflight.warnings_now = kept


def _preparing_after(camera: Camera) -> None:
    camera.window.page("wizard").run_step.errand.cancel()


def _run(camera: Camera) -> None:
    page = camera.wizard("run")
    page._next.click()
    camera.wait(lambda: any(row.figures for row in page.run_step._state.rows.values()))
    camera.wait(lambda: page.run_step._state.fraction > 0)


def _run_after(camera: Camera) -> None:
    camera.context.engine.cancel()
    camera.wait(lambda: not camera.context.engine.busy)


def _compare(camera: Camera) -> None:
    camera.window.show_page("assessments")
    page = camera.window.page("assessments")
    camera.wait(lambda: page.entries)
    for row in range(2):
        page.table.select_row(row)
    page.compare_selected()
    camera.wait(page.compare.isVisible)


def _compare_after(camera: Camera) -> None:
    camera.window.page("assessments").compare.back_button.click()


def _samples(camera: Camera) -> None:
    camera.results("measurements")
    tab = camera.window.page("results").measurements
    camera.settle()
    tab.ensureWidgetVisible(tab.explorer.hint)


def _what_if(camera: Camera, fold: str) -> Any:
    """Show a what-if with one group of questions open, and others of its answers changed."""
    camera.results("what-if")
    part = camera.window.page("results").what_if
    for key in ("requirements", "team", "work", "weights"):
        button = part.findChild(QPushButton, f"fold-{key}")
        if button.isChecked() != (key == fold):
            button.click()
    return part


def _requirements(camera: Camera) -> None:
    part = _what_if(camera, "requirements")
    part.findChild(QAbstractButton, "asks-MIT").click()
    camera.wait(lambda: part.needs.constraints.licences and part.decision.verdict.kind is VerdictKind.NONE)


def _team(camera: Camera) -> None:
    part = _what_if(camera, "team")
    part.findChild(QAbstractButton, "existing-tensorflow").click()
    camera.wait(lambda: "TensorFlow" in part.answer.answers.text())


def _scenarios(camera: Camera) -> None:
    camera.results("what-if")
    part = camera.window.page("results").what_if
    for name, criterion in (("Easy to learn", "ease_of_use"), ("Everywhere", "deployment")):
        for each, row in part.weights.rows.items():
            row.slider.setValue(100 if each == criterion else 5)
        part.keep(name)
    part.compare()
    camera.wait(lambda: part.side_by_side.tab.findChildren(ChartView) and part.side_by_side.tab.complete)


def _scenarios_after(camera: Camera) -> None:
    part = camera.window.page("results").what_if
    while part.state.scenarios:
        part.undo()
    part.side_by_side.back_button.click()


def _export(camera: Camera) -> None:
    camera.results("answer")
    camera.window.export()


def _export_after(camera: Camera) -> None:
    QApplication.activeModalWidget().close()


def _help(camera: Camera) -> None:
    camera.window.show_page("start")
    camera.window.show_help()


def _help_after(camera: Camera) -> None:
    QApplication.activeModalWidget().close()


def _glossary(camera: Camera) -> None:
    camera.window.show_page("start")
    camera.window.show_glossary()


def _pairs(camera: Camera) -> None:
    step = camera.wizard("priorities").priorities_step
    step._modes[PriorityMode.PAIRS].click()
    for pair, place in (("performance:people", -2), ("people:ecosystem", -8), ("performance:ecosystem", 8)):
        step.findChild(QSlider, f"pair-{pair}").setValue(place)


def _own(camera: Camera) -> None:
    """Show a model file of the user's own, with what it leaves open."""
    contents = Contents("ONNX, opset 17", (Port("image", (None, None, 32, 3), "float32"),), 296, {"Conv": 1})
    own_work.look, kept = lambda *_arguments: Look(Outcome.MEASURED, None, contents), own_work.look
    path = camera.context.folder / "classifier.onnx"
    path.write_bytes(b"looked into by the line above")
    camera.window.new_assessment()
    page = camera.window.page("wizard")
    page.take(path)
    camera.wait(lambda: page.own._shapes)
    own_work.look = kept


def _own_after(camera: Camera) -> None:
    camera.window.findChild(QPushButton, "own-remove").click()


def _data(camera: Camera) -> None:
    """Show a table of the user's own that says which column holds the classes."""
    path = camera.context.folder / "flowers.csv"
    rows = (f"{number},{number / 2},{('iris', 'rose')[number % 2]}" for number in range(150))
    path.write_text("\n".join(["length,width,class", *rows]) + "\n", "utf-8")
    camera.window.new_assessment()
    page = camera.window.page("wizard")
    page.take(path)
    camera.wait(lambda: page.data.data)


def _data_after(camera: Camera) -> None:
    camera.window.findChild(QPushButton, "data-remove").click()


def synthetic_run(
    request: Any, inventory: Any, store: Any, emit: Any, cancel: threading.Event, **_: Any
) -> None:
    """Tell the events of a run of a sample, up to its middle, and wait to be cancelled."""
    assessment = samples.sample_assessment("standard")
    emit(PhaseStarted(Phase.PROBE))
    run = assessment.runs[0]
    emit(WorkloadStarted(run.workload, 0, 2, ()))
    for result in run.results:
        subject = result.subject
        if not subject.configuration.is_default:
            continue
        if subject.alternative == "keras-torch":
            emit(
                StageChanged(
                    subject, Stage.FAILED, Outcome.OUT_OF_MEMORY, "DefaultCPUAllocator: can't allocate"
                )
            )
            continue
        emit(StageChanged(subject, Stage.SAMPLING if subject.alternative != "mxnet" else Stage.WARMING_UP))
        for quantity in Quantity:
            taken = [each for each in result.samples if each.quantity is quantity][:7]
            times = sorted(each.elapsed_s / each.iterations for each in taken)
            if times and subject.alternative != "mxnet":
                for sample in taken:
                    emit(SampleTaken(subject, sample, times[3], times[0], times[-1]))
    for warning in assessment.warnings:
        emit(Warned(warning))
    emit(Saved(assessment))
    emit(Eta(94.0, 0.58))
    cancel.wait(PATIENCE_S)


def _fleets(camera: Camera) -> None:
    camera.window.show_page("fleet")
    page = camera.window.page("fleet")
    page._go(page.list)
    page.list.reload()
    camera.wait(lambda: page.list.entries)


def _fleet_setup(camera: Camera) -> None:
    _fleets(camera)
    page = camera.window.page("fleet")
    page.list.new_button.click()
    for host in synthetic_fleet().hosts:
        page.setup.put(replace(host, outcome=None, assessment=None, reason=""))
    page.setup.put(FleetHost("cluster-login", 1.0, outcome=HostOutcome.DONE))


def _fleet_host(camera: Camera) -> None:
    _fleet_setup(camera)
    camera.window.page("fleet").setup.ssh_button.click()


def _fleet_running(camera: Camera) -> None:
    _fleet_setup(camera)
    page = camera.window.page("fleet")
    page.setup.start_button.click()
    camera.wait(lambda: page.live.model.count("running") == 2 and page.live.model.progress > 0.7)


def _fleet_results(camera: Camera) -> None:
    _fleets(camera)
    page = camera.window.page("fleet")
    page.show_fleet(synthetic_fleet())
    camera.wait(lambda: page.results.verdict.headline.text() and page.results.tab.complete)


def synthetic_fleet() -> Fleet:
    """Return a fleet of a sample's machine, twice, and one that was never reached."""
    standard = samples.sample_assessment("standard")
    hosts = (
        FleetHost("laptop", 1.0, "laptop", HostOutcome.DONE, "", 1, standard, Way.HERE),
        FleetHost("workstation", 3.0, "ada@ws7.example", HostOutcome.DONE, "", 1, standard, Way.SSH),
        FleetHost(
            "attic", 1.0, "attic.example:2222", HostOutcome.UNREACHABLE, "No route to host", 1, way=Way.SSH
        ),
    )
    begun = fleets.begin(standard.needs, standard.options, hosts)
    return fleets.decided(replace(begun, id="20260101-000000-5a5a", title="SYNTHETIC team"), 500)


def synthetic_sites(hosts: Any, folder: Path, program: str) -> dict[str, MadeUpHost]:
    """Return hosts of which one ends at once, and the others wait to be cancelled."""
    gone = (Ended(HostOutcome.UNREACHABLE, "No route to host"),)
    return {
        each.name: MadeUpHost(
            made_up_hosts.lines(80, 0.6), gone, None if each.name == "attic" else threading.Event()
        )
        for each in hosts
        if not each.done
    }


def _nothing(camera: Camera) -> None:
    """Most screens leave nothing to be put back."""


Step = Callable[[Camera], None]
SCREENS: dict[str, tuple[Step, Step]] = {
    "start": (lambda camera: camera.window.show_page("start"), _nothing),
    "assessments": (lambda camera: camera.window.show_page("assessments"), _nothing),
    "machine": (_machine, _nothing),
    "frameworks": (_frameworks, _frameworks_after),
    "settings": (lambda camera: camera.window.show_page("settings"), _nothing),
    "help": (_help, _help_after),
    "glossary": (_glossary, _help_after),
    "wizard-pairs": (_pairs, _nothing),
    "compare": (_compare, _compare_after),
    "export": (_export, _export_after),
    **{
        f"results-{kind}": (lambda camera, kind=kind: camera.results("answer", f"synthetic-{kind}"), _nothing)
        for kind in ("too-close", "all-ruled-out", "cancelled")
    },
    **{
        f"wizard-{key}": (lambda camera, key=key: camera.wizard(key), _nothing)
        for key in ("goal", "workload", "constraints", "team", "priorities", "machine", "run")
    },
    "wizard-own": (_own, _own_after),
    "wizard-data": (_data, _data_after),
    "fleets": (_fleets, _nothing),
    "fleet-setup": (_fleet_setup, _nothing),
    "fleet-host": (_fleet_host, _export_after),
    "fleet-running": (_fleet_running, _run_after),
    "fleet-results": (_fleet_results, _nothing),
    "find": (_find, _find_after),
    "preparing": (_preparing, _preparing_after),
    "running": (_run, _run_after),
    **{
        f"results-{tab}": (lambda camera, tab=tab: camera.results(tab), _nothing)
        for tab in ("answer", "what-if", "measurements", "sensitivity", "advice", "evidence")
    },
    "what-if-requirements": (_requirements, _nothing),
    "what-if-team": (_team, _nothing),
    "what-if-work": (lambda camera: _what_if(camera, "work") and None, _nothing),
    "scenarios": (_scenarios, _scenarios_after),
    "results-samples": (_samples, _nothing),
}
"""Name -> how to get there, and how to leave it as it was."""


@contextmanager
def opened(
    language: str = "en", look: str = "light", size: tuple[int, int] = (1240, 820)
) -> Iterator[Camera]:
    """Open a window over synthetic assessments, as every screen begins with it."""
    choose_language(language)
    with tempfile.TemporaryDirectory() as data, pytest.MonkeyPatch.context() as patch:
        stage.replace_outside(patch)
        patch.setattr(pipeline, "run", synthetic_run)
        patch.setattr(fleet_hosts, "sites", synthetic_sites)
        context = stage.make_context(Path(data), language=language, theme=look)
        for kind in ("standard", "too-close", "cancelled", "all-ruled-out"):
            tags = ("line 2", "draft") if kind == "too-close" else ()
            context.store.save(replace(samples.sample_assessment(kind), tags=tags))
        FleetStore(context.folder).save(synthetic_fleet())
        window = MainWindow(context)
        window.resize(*size)
        window.show()
        camera = Camera(window)
        camera.wait(lambda: context.plans and context.entries)
        yield camera
        window.close()
        window.deleteLater()
        context.deleteLater()
        camera.settle()


def visited(camera: Camera, only: list[str]) -> Iterator[tuple[str, QWidget]]:
    """Go to one screen after the other; yield its name and the window or dialog that shows it."""
    for name, (go, leave) in SCREENS.items():
        if not only or name in only:
            go(camera)
            camera.settle()
            yield name, QApplication.activeModalWidget() or camera.window
            leave(camera)


def take(folder: Path, language: str, look: str, size: tuple[int, int], only: list[str]) -> None:
    """Take the pictures of one language and theme."""
    with opened(language, look, size) as camera:
        for name, shown in visited(camera, only):
            shown.grab().save(str(folder / f"{name}-{look}-{language}.png"))


def write_in_bundled_letters() -> None:
    """Let every letter be one of ``resources/fonts``, whatever fonts the machine has."""
    families = []
    for name in (
        "NotoSans-Regular.ttf",
        "NotoSans-Bold.ttf",
        "NotoSansSC-Regular.ttf",
        "NotoSansSC-Bold.ttf",
    ):
        number = QFontDatabase.addApplicationFont(str(resource("fonts", name)))
        families += QFontDatabase.applicationFontFamilies(number)
    font = QApplication.font()
    font.setFamilies(list(dict.fromkeys(families)))
    QApplication.setFont(font)


def main() -> None:
    """Take all pictures, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=SCREENS, action="append", default=[])
    parser.add_argument("--bundled-font", action="store_true")
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    parser.add_argument("--theme", choices=theme.THEMES, action="append")
    parser.add_argument("--size", default="1240x820")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    application = app.create_application(["advisor-screenshots"])
    if asked.bundled_font:
        write_in_bundled_letters()
    translations = app.QtTranslations(application)
    width, height = (int(each) for each in asked.size.split("x"))
    for language in asked.language or LANGUAGES:
        choose_language(language)
        translations.install()
        for look in asked.theme or theme.THEMES:
            take(asked.folder, language, look, (width, height), asked.only)


if __name__ == "__main__":
    main()
