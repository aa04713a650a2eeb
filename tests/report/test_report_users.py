"""What the first page says to some of the realistic users: nothing that their case makes untrue."""

from msgspec.structs import replace

from advisor.decision import needs
from advisor.report import document, markdown
from advisor.report.model import Options
from tests.decision.test_users import FOLDER, MEASURED, decided
from tests.samples import sample_assessment


def page(name):
    """Return the first page of a user of the table, as Markdown."""
    assessment = replace(
        sample_assessment("standard"),
        needs=needs.read(FOLDER / f"{name}.toml"),
        catalogue=MEASURED,
        decision=decided(name),
    )
    return markdown.render(document.build(assessment, options=Options(summary_only=True)))


def test_who_trains_without_python_is_not_told_to_use_pip():
    text = page("java_only")
    assert "pip install" not in text and "nothing through Java" in text
    assert "pip install" in page("java_backend")  # models come trained: where from is open
    assert "measured through Python" not in page("cluster")


def test_what_requirements_decide_is_not_put_down_to_weights():
    for name in ("java_only", "tight_service", "small_memory"):
        text = page(name)
        assert "The requirements decide" in text
        assert "weight stands on" not in text and "change of a single weight" not in text


def test_one_requirement_that_nobody_meets_is_named():
    assert "No alternative meets the requirement “Uses the accelerator”" in page("no_accelerator")
    assert "whether it meets the requirement “Keeps to the memory limit”" in page("small_container")
    assert "left open by the nearest, PyTorch: 1" in page("borderline_service")


def test_a_latency_target_is_not_called_met_where_nothing_answered():
    both, phone = page("phone_and_server"), page("phone_within_50_ms")
    unmeasured = "How long an answer takes on Android was not measured."
    assert "PyTorch meets the latency target of 50" in both and unmeasured in both
    assert "meets the latency target" not in phone and unmeasured in phone
    assert "was not measured" not in page("relaxed_service")


def test_this_machine_does_not_tell_how_fast_another_answers():
    text = page("android_app")
    assert "Whole training" in text
    assert "Latency of one answer" not in text and "Requests per second" not in text
    assert "if it trained 2." in text and "trained and inferred" not in text
    assert "Latency of one answer" in page("relaxed_service")
