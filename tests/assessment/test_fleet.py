"""A fleet from its hosts to its file and its report, with made-up hosts."""

import json
import threading

import msgspec
import pytest

from advisor.assessment import document
from advisor.assessment import fleet as fleets
from advisor.assessment.fleet import FleetHost, FleetStore, HostEnded
from advisor.assessment.fleet_state import FleetState, HostStage
from advisor.assessment.model import RunOptions
from advisor.assessment.sites.model import Ended, HostOutcome, Waiting
from advisor.cli.console import Exit
from advisor.cli.main import run as cli
from advisor.decision.model import Needs
from advisor.errors import AdvisorError
from advisor.report import fleet as fleet_report
from advisor.report import html, markdown, pdf
from tests.samples import sample_assessment


class MadeUp:
    """A host that ends its attempts as it is told to."""

    address = "made-up"

    def __init__(self, *attempts):
        self.attempts, self.jobs = list(attempts), []

    def run(self, job, hear, stop):
        self.jobs.append(job)
        hear(Waiting())
        ended = self.attempts.pop(0)
        if isinstance(ended, Exception):
            raise ended
        return ended


DONE = Ended(HostOutcome.DONE, assessment=sample_assessment("no-gpu"))
LOST = Ended(HostOutcome.LOST, "gone")


def run(sites, emit=lambda event: None):
    begun = fleets.begin(Needs(), RunOptions(), [FleetHost(name) for name in sites])
    return fleets.run(begun, sites, emit, threading.Event())


@pytest.fixture(scope="module")
def fleet():
    """Three machines, one of which was never reached."""
    no_gpu, standard = sample_assessment("no-gpu"), sample_assessment("standard")
    return fleets.decided(
        msgspec.structs.replace(
            fleets.begin(standard.needs, standard.options, []),
            hosts=(
                FleetHost("laptop", 1.0, outcome=HostOutcome.DONE, assessment=no_gpu),
                FleetHost("server", 3.0, outcome=HostOutcome.DONE, assessment=standard),
                FleetHost("attic", outcome=HostOutcome.UNREACHABLE, reason="Error: no route to host"),
            ),
        ),
        draws=500,
    )


def test_lost_host_is_tried_again_with_the_same_job_and_not_for_ever():
    back, gone = MadeUp(LOST, DONE), MadeUp(LOST, LOST, LOST, DONE)
    ended = run({"back": back, "gone": gone})
    assert ended.host("back").outcome is HostOutcome.DONE
    assert back.jobs[0] == back.jobs[1]
    assert ended.host("gone").outcome is HostOutcome.LOST
    assert len(gone.jobs) == fleets.ATTEMPTS


def test_host_that_breaks_takes_no_other_along():
    ended = run({"odd": MadeUp(RuntimeError("broken")), "well": MadeUp(DONE)})
    assert ended.host("odd").outcome is HostOutcome.FAILED
    assert "broken" in ended.host("odd").reason
    assert ended.host("well").outcome is HostOutcome.DONE
    assert [each.machine for each in ended.decision.machines] == ["well"]


def test_doors_hear_of_every_host():
    state = FleetState(("back",))
    seen = []

    def emit(event):
        state.apply(event)
        seen.append(state.hosts["back"].stage)

    run({"back": MadeUp(LOST, DONE)}, emit)
    assert seen == [HostStage.WAITING, HostStage.AGAIN, HostStage.WAITING, HostStage.ENDED]
    assert state.running == 0


def test_two_hosts_of_one_name_are_refused():
    with pytest.raises(AdvisorError, match="Two hosts"):
        fleets.begin(Needs(), RunOptions(), [FleetHost("a"), FleetHost("a")])


def test_file_keeps_everything_and_older_assessments_are_brought_up_to_date(fleet, tmp_path):
    store = FleetStore(tmp_path)
    store.save(fleet)
    assert store.load("latest") == fleet
    assert store.load(fleet.id[:10]).id == fleet.id
    tree = json.loads(fleets.encode(fleet))
    tree["schema_version"] = 99
    with pytest.raises(AdvisorError, match="newer version"):
        fleets.decode(json.dumps(tree).encode())
    for text in (b"", b"[]", b'{"hosts": 1}', b'{"hosts": [{"assessment": {}}], "schema_version": 1}'):
        with pytest.raises(AdvisorError):
            fleets.decode(text)


def test_a_verdict_that_contradicts_itself_is_refused(fleet):
    tree = msgspec.to_builtins(fleet)
    tree["decision"]["verdict"] |= {"kind": "clear", "recommended": []}
    with pytest.raises(AdvisorError, match="contradicts itself"):
        fleets.decode(msgspec.json.encode(tree))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("needs", "workload", "dataset_items"), 10**60 + 1),
        (("hosts", 0, "share"), -1.0),
        (("hosts", 0, "share"), 0.0),
        (("decision", "ranking", 0, "points"), 1e300),
    ],
)
def test_numbers_that_nothing_can_be_reckoned_with_are_refused(fleet, path, value):
    tree = msgspec.to_builtins(fleet)
    place = tree
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(AdvisorError, match="damaged or was edited"):
        fleets.decode(json.dumps(tree).encode())


def test_every_form_of_the_report_says_who_was_measured_and_what_failed(fleet):
    for language in ("en", "zh_CN"):
        made = fleet_report.build(fleet, language)
        page = html.render(made)
        assert "laptop" in page and "attic" in page and "no route to host" in page
        assert "no route to host" in markdown.render(made)
        assert pdf.render_document(made, fleets.encode(fleet)).startswith(b"%PDF-")


def test_points_of_the_summary_are_the_decisions(fleet):
    made = fleet_report.build(fleet)
    table = next(each for each in made.tables() if each.id == "fleet-machines")
    assert [row[0].text for row in table.rows] == ["laptop", "server"]
    for row, each in zip(table.rows, fleet.decision.machines, strict=True):
        assert row[2].value == each.best
        if each.best_points is not None and each.common_points is not None:
            assert row[4].value == pytest.approx(each.best_points - each.common_points)


def test_assessments_made_by_hand_become_a_fleet(tmp_path, capsys):
    for kind in ("no-gpu", "standard"):
        (tmp_path / f"{kind}.json").write_bytes(document.encode(sample_assessment(kind)))
    data = ["--data", str(tmp_path / "data"), "--lang", "en"]
    files = [f"laptop={tmp_path / 'no-gpu.json'}", str(tmp_path / "standard.json")]
    assert cli([*data, "fleet", "add", *files, "--share", "laptop=3"]) == Exit.DONE
    identity = capsys.readouterr().out.strip()
    kept = FleetStore(tmp_path / "data").load(identity)
    assert {each.name: each.share for each in kept.hosts} == {"laptop": 3.0, "standard": 1.0}
    assert cli([*data, "fleet", "show", "latest"]) == Exit.DONE
    assert "laptop" in capsys.readouterr().out
    assert cli([*data, "fleet", "report", "latest", "--pdf", str(tmp_path / "fleet.pdf")]) == Exit.DONE
    assert (tmp_path / "fleet.pdf").read_bytes().startswith(b"%PDF-")
    assert cli([*data, "fleet", "remove", identity]) == Exit.DONE
    assert not FleetStore(tmp_path / "data").ids()


def test_run_without_hosts_says_what_is_missing(tmp_path, capsys):
    assert cli(["--data", str(tmp_path), "fleet", "run"]) == Exit.INPUT
    assert "--ssh" in capsys.readouterr().err


def test_ended_event_says_whether_it_is_tried_again():
    events = []
    run({"a": MadeUp(LOST, DONE)}, events.append)
    assert [each.again for each in events if isinstance(each, HostEnded)] == [True, False]
