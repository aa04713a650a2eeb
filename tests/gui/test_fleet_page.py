"""Several machines in the window: naming them, watching them, what came of it; and a thousand at once."""

import sys

import asyncssh  # noqa: F401  (imported once, not in the middle of a test)
import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from advisor.assessment import document, fleet_hosts, host_lock
from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import FleetHost, FleetStore
from advisor.assessment.sites import task
from advisor.assessment.sites.model import Ended, HostOutcome, Way
from advisor.gui.export import ExportDialog
from advisor.gui.fleet.host_dialog import HostDialog
from advisor.gui.fleet.live_data import Shown
from advisor.gui.tables_data import Tone
from tests.assessment import made_up_hosts
from tests.assessment.made_up_hosts import MadeUpHost
from tests.gui import stage
from tests.samples import sample_assessment


@pytest.fixture
def page(window):
    """The page of several machines."""
    window.show_page("fleet")
    return window.page("fleet")


@pytest.fixture
def made_up_frameworks(monkeypatch, tmp_path):
    """This machine's program as a fleet starts it, with invented frameworks and a lock of the test's own."""
    (tmp_path / "lock").mkdir()
    monkeypatch.setenv(host_lock.FOLDER_VARIABLE, str(tmp_path / "lock"))
    monkeypatch.setattr(task, "own_command", lambda: (sys.executable, "-m", "tests.assessment.fleet_host"))


def name(dialog: HostDialog, **fields: str) -> None:
    for field, text in fields.items():
        getattr(dialog, field).setText(text)
    dialog.findChild(QPushButton, "accept-host").click()


def dialog_of(page) -> HostDialog:
    return next(each for each in page.setup.findChildren(HostDialog) if each.isVisible())


def add_ssh(page, **fields: str) -> HostDialog:
    page.setup.ssh_button.click()
    dialog = dialog_of(page)
    name(dialog, **fields)
    return dialog


def wait(qtbot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=stage.PATIENCE_MS)


def shown(page) -> list[str]:
    """The names of the machines in the live table."""
    model = page.live.model
    return [model.cell(row, 0).text for row in range(model.rowCount())]


def ended(page) -> bool:
    return not page._context.engine.busy and page._stack.currentWidget() is page.results


def test_from_naming_machines_to_a_pdf_that_says_what_failed(page, qtbot, tmp_path, made_up_frameworks):
    page.list.new_button.click()
    setup = page.setup
    assert not setup.start_button.isEnabled()
    setup.here_button.click()
    name(dialog_of(page), name="desk")
    add_ssh(page, address="127.0.0.1:9", name="attic")  # where nobody listens
    by_hand = tmp_path / "elsewhere.advisor"
    by_hand.write_bytes(document.encode(sample_assessment("standard")))
    setup.take(by_hand)
    wait(qtbot, lambda: [each for each in setup.findChildren(HostDialog) if each.isVisible()])
    name(dialog_of(page))
    assert [each.name for each in setup.hosts] == ["desk", "attic", "elsewhere"]
    setup.title.setText("our machines")
    setup.start_button.click()
    wait(qtbot, lambda: page.live.model.count(Shown.FAILED) == 1)
    page.live.kinds[Shown.FAILED].click()
    assert shown(page) == ["attic"]
    assert page.live.model.cell(0, 1).tone is Tone.BAD
    wait(qtbot, lambda: ended(page))

    (identity,) = FleetStore(page._context.folder).ids()
    kept = FleetStore(page._context.folder).load(identity)
    outcomes = {each.name: each.outcome for each in kept.hosts}
    assert outcomes == {
        "desk": HostOutcome.DONE,
        "attic": HostOutcome.UNREACHABLE,
        "elsewhere": HostOutcome.DONE,
    }
    assert {each.machine for each in kept.decision.machines} == {"desk", "elsewhere"}
    results = page.results
    wait(qtbot, lambda: results.tab.complete and "attic: not reached" in stage.texts(results))
    assert "What is best on each machine by itself" in stage.texts(results)

    results.export()
    (dialog,) = results.findChildren(ExportDialog)
    dialog.choose("pdf")
    with qtbot.waitSignal(dialog.saved, timeout=stage.PATIENCE_MS):
        dialog.save_as(tmp_path / "fleet.pdf")
    assert (tmp_path / "fleet.pdf").read_bytes().startswith(b"%PDF-")
    copy = tmp_path / "copy.json"
    results.save_copy(copy)
    wait(qtbot, copy.exists)
    assert fleets.decode(copy.read_bytes()) == kept
    results.back_button.click()
    wait(qtbot, lambda: [each.id for each in page.list.entries] == [identity])


def test_a_fleet_that_was_stopped_goes_on_where_it_was(page, qtbot, made_up_frameworks):
    page.list.new_button.click()
    page.setup.here_button.click()
    name(dialog_of(page), name="desk")
    page.setup.start_button.click()
    wait(qtbot, lambda: page.live.model.lines()[0].fastest is not None)
    page.live.cancel_button.click()
    wait(qtbot, lambda: ended(page))
    stopped = page.results.fleet
    assert stopped.host("desk").outcome is HostOutcome.CANCELLED
    page.results.more_button.click()
    assert page.setup.order().waiting == ("desk",)
    page.setup.start_button.click()
    wait(qtbot, lambda: ended(page))
    assert page.results.fleet.id == stopped.id
    assert page.results.fleet.host("desk").outcome is HostOutcome.DONE
    assert page.results.fleet.host("desk").assessment.id == stopped.host("desk").assessment.id


def test_a_password_is_refused_and_kept_nowhere(page, qtbot, tmp_path):
    page.list.new_button.click()
    dialog = add_ssh(page, address="ada:hunter2@host", name="host")
    assert "no address" in dialog.problem.text()
    assert "hunter2" not in dialog.problem.text()
    assert page.setup.hosts == ()
    name(dialog, address="ada@host")
    again = add_ssh(page, address="other@host", name="host")
    assert "called “host” already" in again.problem.text()
    again.reject()
    assert [each.address for each in page.setup.hosts] == ["ada@host"]


def test_a_thousand_machines_end_each_in_its_right_state(page, qtbot, monkeypatch):
    """Made-up machines; all ways to end in turn, some after an attempt that was lost."""
    told = made_up_hosts.lines(40)
    names = [f"node-{number:04d}" for number in range(1000)]
    monkeypatch.setattr(
        fleet_hosts,
        "sites",
        lambda hosts, folder, program: {
            each.name: MadeUpHost(told, made_up_hosts.attempts(number)) for number, each in enumerate(hosts)
        },
    )
    page.list.new_button.click()
    page.setup.hosts = tuple(FleetHost(each, 1.0, f"{each}.example", way=Way.SSH) for each in names)
    page.setup.refresh()
    page.setup.program.setText("env TOKEN=hunter2 advisor")
    page.setup.start_button.click()
    assert shown(page) == names
    wait(qtbot, lambda: ended(page))
    expected = {each: made_up_hosts.attempts(number)[-1] for number, each in enumerate(names)}
    lines = {line.name: line for line in page.live.model.lines()}
    assert {each: (line.running, line.outcome, line.reason) for each, line in lines.items()} == {
        each: (False, last.outcome, last.reason) for each, last in expected.items()
    }
    assert page.live.model.count(Shown.DONE) == sum(
        last.outcome is HostOutcome.DONE for last in expected.values()
    )
    assert page.live.progress_text() == "100%"
    (kept,) = (page._context.folder / "fleets").glob("*.json")
    assert b"hunter2" not in kept.read_bytes()


def test_nothing_else_is_measured_meanwhile_and_closing_asks(window, page, qtbot, monkeypatch):
    import threading

    gate = threading.Event()
    made_up = MadeUpHost(made_up_hosts.lines(4), (Ended(HostOutcome.FAILED, "made up"),), gate)
    monkeypatch.setattr(fleet_hosts, "sites", lambda hosts, folder, program: {"node": made_up})
    page.list.new_button.click()
    page.setup.put(FleetHost("node", address="node.example", way=Way.SSH))
    page.setup.start_button.click()
    wait(qtbot, lambda: page.live.model.lines()[0].progress == 1.0)
    window.new_assessment()
    assert window.stack.currentWidget() is page
    assert "running" in window.banner.text.text()
    window.show_page("start")
    assert "Fleet" in window.navigation.running.text()
    window.navigation.running.click()
    assert window.stack.currentWidget() is page
    assert not window.close()
    (box,) = window.findChildren(QMessageBox)
    next(each for each in box.findChildren(QPushButton) if each.text() == "Keep going").click()
    gate.set()
    wait(qtbot, lambda: ended(page))
    assert page.results.fleet.host("node").reason == "made up"
