"""The threads behind the window: what they say arrives in order, gathered, and in the window's thread."""

import itertools
import threading
import time

import pytest

from advisor.errors import AdvisorError
from advisor.gui.bridge import REPAINT_INTERVAL_MS, Engine, Jobs, explain
from tests.gui.stage import PATIENCE_MS


@pytest.fixture
def engine(qapp):
    made = Engine()
    yield made
    made.stop()
    made.deleteLater()


def test_events_arrive_in_order_before_the_end_and_in_the_windows_thread(engine, qtbot) -> None:
    heard, threads = [], set()

    def on_heard(events):
        heard.extend(events)
        threads.add(threading.current_thread())

    def work(emit, cancel, pause):
        for number in range(5000):
            emit(number)
        return "result"

    engine.heard.connect(on_heard)
    at_the_end = []
    engine.ended.connect(lambda *_: at_the_end.append(len(heard)))
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS) as ended:
        engine.start("count", work)
    assert ended.args == ["count", "result", None]
    assert heard == list(range(5000))
    assert at_the_end == [5000]
    assert threads == {threading.main_thread()}


def test_a_chatty_job_repaints_at_most_four_times_a_second(engine, qtbot) -> None:
    moments = []
    enough = threading.Event()

    def on_heard(events):
        moments.append(time.monotonic())
        if len(moments) == 4:
            enough.set()

    def work(emit, cancel, pause):
        while not enough.wait(0.001):
            emit("chatter")

    engine.heard.connect(on_heard)
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS):
        engine.start("chatter", work)
    # The last delivery comes with the job's end and need not wait.
    spacings = [later - sooner for sooner, later in itertools.pairwise(moments[:4])]
    assert min(spacings) * 1000 >= REPAINT_INTERVAL_MS * 0.9


def test_a_quiet_job_is_heard_at_once_and_then_leaves_the_window_alone(engine, qtbot) -> None:
    go = threading.Event()

    def work(emit, cancel, pause):
        emit("only")
        go.wait(PATIENCE_MS / 1000)

    with qtbot.waitSignal(engine.heard, timeout=PATIENCE_MS) as heard:
        engine.start("quiet", work)
    assert heard.args == [["only"]]
    assert not engine._timer.isActive()
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS):
        go.set()


def test_only_one_job_at_a_time(engine, qtbot) -> None:
    go = threading.Event()
    engine.start("first", lambda emit, cancel, pause: go.wait(PATIENCE_MS / 1000))
    assert engine.busy == "first"
    with pytest.raises(RuntimeError, match="first"):
        engine.start("second", lambda emit, cancel, pause: None)
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS):
        go.set()
    assert engine.busy == ""


def test_cancelling_lets_a_paused_job_go_so_that_it_can_stop(engine, qtbot) -> None:
    paused = threading.Event()

    def work(emit, cancel, pause):
        while not pause.is_set():
            time.sleep(0.001)
        paused.set()
        cancel.wait(PATIENCE_MS / 1000)
        return pause.is_set()

    engine.start("job", work)
    engine.pause(True)
    assert engine.paused
    qtbot.waitUntil(paused.is_set, timeout=PATIENCE_MS)
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS) as ended:
        engine.cancel()
    assert ended.args[1] is False


def test_a_cancel_does_not_reach_the_next_job(engine, qtbot) -> None:
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS):
        engine.start("first", lambda emit, cancel, pause: cancel.wait(PATIENCE_MS / 1000))
        engine.cancel()
    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS) as ended:
        engine.start("second", lambda emit, cancel, pause: cancel.is_set())
    assert ended.args[1] is False


def test_an_error_comes_back_as_it_is(engine, qtbot) -> None:
    error = AdvisorError("The disk is full.", "Free some space.")

    def work(emit, cancel, pause):
        raise error

    with qtbot.waitSignal(engine.ended, timeout=PATIENCE_MS) as ended:
        engine.start("fails", work)
    assert ended.args[2] is error
    assert explain(error) == "The disk is full. Free some space."
    assert explain(ValueError("odd")) == "ValueError: odd"


def test_jobs_answer_in_the_windows_thread(qapp, qtbot) -> None:
    jobs = Jobs()
    answers = []

    def remember(answer):
        answers.append((answer, threading.current_thread()))

    jobs.submit(threading.current_thread, remember, remember)
    error = AdvisorError("no")

    def fail():
        raise error

    jobs.submit(fail, lambda answer: None, remember)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    jobs.stop()
    jobs.deleteLater()
    assert {thread for _, thread in answers} == {threading.main_thread()}
    found = [answer for answer, _ in answers]
    assert error in found
    assert threading.main_thread() not in found
