"""Commands on saved assessments, needs, catalogue and machines: what they print and how they end."""

import json

import msgspec
import pytest

from advisor.assessment import document
from advisor.assessment.model import Status
from advisor.assessment.store import Store
from advisor.cli.console import Exit
from advisor.cli.main import run
from advisor.report import format as fmt
from tests.samples import KINDS, sample_assessment


@pytest.fixture
def cli(tmp_path, capsys, monkeypatch):
    """Run a command line with a data folder of its own; return exit code, stdout and stderr."""
    monkeypatch.setenv("LANG", "C.UTF-8")

    def call(*arguments):
        code = run(["--data", str(tmp_path / "data"), "--lang", "en", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def saved(tmp_path):
    """Write a synthetic assessment to a file."""

    def write(kind="standard"):
        path = tmp_path / f"{kind}.json"
        path.write_bytes(document.encode(sample_assessment(kind)))
        return path

    return write


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["recomend"], "Did you mean “recommend”?"),
        (["recommend", "--task", "image-clasification"], "Did you mean “image-classification”?"),
        (["recommend", "--budget", "quik"], "Did you mean “quick”?"),
        (["recommend", "--frameworks", "pytorhc"], "pytorch"),
        (["recommend", "--workload", "bert-mni"], "Did you mean “bert-mini”?"),
        (["recommend", "--workload", "bert-mini=0"], "above 0"),
        (["recommend", "--set", "tensorflow"], "tensorflow:xla=on"),
        (["recommend", "--set", "tensorfow:xla=on"], "not measured"),
        (["recommend", "--weights", "speed=3"], "criterion"),
        (["recommend", "--weights", "memory=300"], "0 to 100"),
        (["recommend", "--pdf", "/nowhere/at/all/x.pdf"], "does not exist"),
        (["catalogue", "show", "tensorflo"], "tensorflow"),
        (["assessments", "show", "20200101"], "advisor recommend"),
        (["frameworks", "remove", "mxnet"], "no managed environment"),
    ],
)
def test_wrong_names_are_answered_with_what_was_meant(cli, arguments, hint):
    code, out, err = cli(*arguments)
    assert code == Exit.INPUT
    assert hint in err
    assert "Traceback" not in err + out


def test_bare_help_documents_the_exit_codes(cli):
    code, out, _ = cli("--help")
    assert code == Exit.DONE
    assert "130 interrupted" in " ".join(out.split())


def test_detect_json_is_the_machine(cli):
    code, out, _ = cli("detect", "--json")
    machine = json.loads(out)
    assert code == Exit.DONE
    assert machine["limits"]["cores"] >= 1


def test_rank_repeats_the_saved_decision(cli, saved):
    code, out, _ = cli("rank", saved(), "--json")
    decision = json.loads(out)
    expected = sample_assessment("standard").decision
    assert code == Exit.DONE
    assert [each["alternative"] for each in decision["ranking"]] == [
        each.alternative for each in expected.ranking
    ]


def test_a_decision_can_stand_on_what_comes_or_on_what_is_safe(cli, saved):
    path = saved()
    judged = {}
    for basis in ("as-it-comes", "safe"):
        code, out, _ = cli("rank", path, "--basis", basis, "--json")
        assert code == Exit.DONE
        judged[basis] = {
            each["configuration"]["origin"] for each in json.loads(out)["values"] if each["configuration"]
        }
    assert judged["as-it-comes"] == {"default"}
    assert "compiled" in judged["safe"]
    _, shown, _ = cli("rank", path, "--basis", "as-it-comes")
    assert "Every framework counts as it comes." in " ".join(shown.split())
    _, shown, _ = cli("rank", path, "--basis", "approximate=0.5%")
    assert "on at most 0.5% of the inputs" in " ".join(shown.split())
    assert cli("rank", path, "--basis", "safe=2%")[0] == Exit.INPUT


def test_settings_are_listed_with_what_does_not_work(cli):
    code, out, _ = cli("tune", "settings", "pytorch")
    assert code == Exit.DONE
    assert "fused_optimizer" in out and "cudnn_benchmark" in out
    assert "Intel Extension for PyTorch" in out and "onednn" not in out


def test_settings_are_exported_with_scripts(cli, saved, tmp_path):
    code, _, err = cli("tune", "export", saved(), tmp_path / "taken")
    assert code == Exit.DONE
    assert (tmp_path / "taken" / "settings.toml").exists()
    assert "train.py" in err


def test_what_if_moves_the_weight_it_names(cli, saved):
    path = saved()
    _, before, _ = cli("rank", path, "--json")
    _, after, _ = cli("rank", path, "--what-if", "training_speed=100", "--what-if", "community=0", "--json")
    weight = {}
    for name, text in (("before", before), ("after", after)):
        weight[name] = {each["criterion"]: each["weight"] for each in json.loads(text)["weights"]}
    assert weight["after"]["training_speed"] > weight["before"]["training_speed"]
    assert weight["after"]["community"] == 0


def test_sample_of_no_time_is_refused(cli, saved):
    path = saved()
    tree = json.loads(path.read_text("utf-8"))
    tree["runs"][0]["results"][0]["samples"][0]["elapsed_s"] = 0
    path.write_text(json.dumps(tree), "utf-8")
    code, _, err = cli("rank", path)
    assert code == Exit.INPUT
    assert "elapsed_s" in err


def test_rank_shows_the_verdict_of_the_report_in_its_words(cli, saved):
    _, out, _ = cli("rank", saved())
    decision = sample_assessment("standard").decision
    assert fmt.points(decision.ranking[0].points) in out


def test_explain_shows_every_part(cli, saved):
    _, short, _ = cli("rank", saved())
    _, full, _ = cli("rank", saved(), "--explain")
    assert "Weights" in full
    assert "Weights" not in short
    assert len(full) > 3 * len(short)


def test_nothing_to_recommend_has_an_exit_code_of_its_own(cli, saved):
    code, out, _ = cli("rank", saved("all-ruled-out"))
    assert code == Exit.NO_ANSWER
    assert "No framework can be recommended" in out


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_assessment_is_shown_whole(cli, saved, kind):
    code, out, err = cli("rank", saved(kind), "--explain")
    assert code in (Exit.DONE, Exit.NO_ANSWER)
    assert len(out) > 500
    assert "Traceback" not in err


def test_messages_follow_the_language(cli, saved):
    _, out, _ = cli("rank", saved(), "--lang", "zh_CN")
    assert "Adopt" not in out
    assert any("\u4e00" <= letter <= "\u9fff" for letter in out)


def test_report_writes_every_format(cli, saved, tmp_path):
    code, _, err = cli(
        "report", saved(),
        "--pdf", tmp_path / "r.pdf", "--html", tmp_path / "r.html",
        "--markdown", tmp_path / "r.md", "--csv", tmp_path / "tables",
    )  # fmt: skip
    assert code == Exit.DONE, err
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    assert "<html" in (tmp_path / "r.html").read_text("utf-8")
    assert (tmp_path / "r.md").read_text("utf-8").startswith("# ")
    assert list((tmp_path / "tables").glob("*.csv"))


def test_report_needs_to_know_what_to_write(cli, saved):
    code, _, err = cli("report", saved())
    assert code == Exit.INPUT
    assert "--pdf" in err


def test_damaged_file_is_refused_with_line_and_field(cli, saved):
    path = saved()
    tree = json.loads(path.read_text("utf-8"))
    tree["runs"][0]["rounds"] = "five"
    path.write_text(json.dumps(tree, indent=1), "utf-8")
    code, _, err = cli("rank", path)
    assert code == Exit.INPUT
    assert "runs[0].rounds" in err.replace("\n", "")
    assert "line" in err


def test_history_lists_shows_and_removes(cli, tmp_path):
    assessment = sample_assessment("standard")
    Store(tmp_path / "data").save(assessment)
    _, listed, _ = cli("assessments", "list")
    assert assessment.id in listed
    _, shown, _ = cli("assessments", "show", "latest", "--json")
    assert document.decode(shown.encode()) == assessment
    assert cli("assessments", "tag", "latest", "line 2, draft")[1].strip() == "line 2, draft"
    assert cli("assessments", "tag", "latest", "done", "--remove", "draft")[1].strip() == "line 2, done"
    assert assessment.id in cli("assessments", "list", "--tag", "done")[1]
    assert json.loads(cli("assessments", "list", "--tag", "draft", "--json")[1]) == []
    code, _, _ = cli("assessments", "remove", assessment.id)
    assert code == Exit.DONE
    assert json.loads(cli("assessments", "list", "--json")[1]) == []


def test_file_from_elsewhere_joins_the_history(cli, saved):
    code, out, _ = cli("assessments", "import", saved())
    assert code == Exit.DONE
    assert out.strip() in cli("assessments", "list")[1]


def test_new_needs_pass_their_own_check(cli, tmp_path):
    path = tmp_path / "needs.toml"
    assert cli("needs", "new", path, "--stage", "edge", "--task", "nlp")[0] == Exit.DONE
    code, out, _ = cli("needs", "check", path, "--json")
    assert code == Exit.DONE
    assert json.loads(out)["stage"] == "edge"
    assert cli("needs", "new", path)[0] == Exit.INPUT  # never replaces a file unasked


def test_fault_in_needs_names_line_and_field(cli, tmp_path):
    path = tmp_path / "needs.toml"
    path.write_text('stage = "research"\n\n[team]\nsize = 0\n')
    code, _, err = cli("recommend", "--needs", path)
    assert code == Exit.INPUT
    assert "line 4" in err
    assert "team.size" in err


def test_catalogue_shows_facts_with_date_and_source(cli):
    _, out, _ = cli("catalogue", "show", "mxnet")
    retired = [line for line in out.splitlines() if "maintained" in line]
    assert retired
    assert "\t20" in retired[0]
    _, out, _ = cli("catalogue", "show", "keras")
    assert "KerasHub" in out and "Lightning" not in out


def test_interpreter_that_is_none_is_not_added(cli, tmp_path):
    path = tmp_path / "python"
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    code, _, err = cli("frameworks", "add", path)
    assert code == Exit.INPUT
    assert "no working Python" in err


def test_nothing_is_downloaded_without_consent(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = cli("recommend", "--frameworks", "mxnet")
    assert "Nothing was downloaded" in err
    assert code in (Exit.INPUT, Exit.NO_ANSWER)
    assert not list((tmp_path / "data" / "environments").glob("*/*/bin/python"))


def test_doctor_reports_each_framework(cli):
    code, out, _ = cli("doctor", "--json")
    findings = json.loads(out)
    about = {each["detail"].get("alternative") for each in findings}
    assert {"pytorch", "tensorflow", "keras-jax", "mxnet"} <= about
    assert (code == Exit.INPUT) == any(each["severity"] == "problem" for each in findings)
    code, out, _ = cli("doctor")
    assert "{" not in out, "every sentence has its figures"


def test_latest_run_that_was_stopped_is_gone_on_with(cli, tmp_path, monkeypatch):
    """Ctrl-C ends a run as cancelled; only a kill leaves it as running."""
    store = Store(tmp_path / "data")
    stopped = msgspec.structs.replace(sample_assessment("cancelled"), id="20260102-000000-aaaa")
    store.save(msgspec.structs.replace(stopped, created_at="2026-01-02T00:00:00+00:00"))
    store.save(msgspec.structs.replace(sample_assessment("standard"), id="20260103-000000-bbbb"))
    resumed = []

    def measure(door, request, interrupted, yes, *, wait):
        resumed.append((interrupted.id, interrupted.status))

    monkeypatch.setattr("advisor.cli.recommend.measure", measure)
    cli("recommend", "--resume", "latest")
    assert resumed == [(stopped.id, Status.RUNNING)]
    store.remove(stopped.id)
    assert "No run was interrupted" in cli("recommend", "--resume", "latest")[2]


def test_hostile_names_reach_a_terminal_as_text(cli, tmp_path):
    hostile = "\x1b]52;c;aGk=\x07\x1b[2J\x9b2J\u202e"
    standard = sample_assessment("standard")
    machine = msgspec.structs.replace(
        standard.machine, cpu=msgspec.structs.replace(standard.machine.cpu, model=hostile)
    )
    needs = msgspec.structs.replace(standard.needs, title=hostile)
    Store(tmp_path / "data").save(
        msgspec.structs.replace(standard, title=hostile, needs=needs, machine=machine)
    )
    (tmp_path / "n.toml").write_text('"\\u001b[2J\\u009b" = 1\n')
    for arguments in (
        ["assessments", "list"],
        ["assessments", "list", "--json"],
        ["assessments", "show", "latest", "--explain"],
        ["assessments", "show", "latest", "--json"],
        ["needs", "check", tmp_path / "n.toml"],
        ["rank", f"x{hostile}"],
        [f"x{hostile}"],
    ):
        _, out, err = cli(*arguments)
        assert not set("\x1b\x07\x9b\u202e") & set(out + err), arguments


def test_log_tells_of_a_run_and_verbose_shows_it(cli, tmp_path):
    _, _, quiet = cli("assessments", "list")
    code = run(["--data", str(tmp_path / "data"), "--verbose", "assessments", "list"])
    assert code == Exit.DONE
    assert "assessments list" not in quiet
    assert (tmp_path / "data" / "logs" / "advisor.log").exists()


def test_a_file_of_the_history_that_can_not_be_read_is_said(cli, tmp_path):
    folder = tmp_path / "data" / "assessments"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text("{")
    code, _out, err = cli("assessments", "list")
    assert code == Exit.DONE
    assert "broken.json can’t be read" in err


def test_a_redecided_report_says_which_weights_were_changed(cli, saved, tmp_path):
    target = tmp_path / "report.md"
    code, _, _ = cli("report", saved(), "--what-if", "community=77", "--markdown", target)
    assert code == Exit.DONE
    assert "Changed by hand: community 77 (preset" in target.read_text("utf-8")
    code, _, _ = cli("report", saved(), "--markdown", target)
    assert "Changed by hand" not in target.read_text("utf-8")


def test_rank_prints_a_redecided_case(cli, saved, tmp_path):
    target = tmp_path / "other.pdf"
    code, _, _ = cli("rank", saved(), "--what-if", "community=77", "--pdf", target)
    assert code == Exit.DONE
    assert target.read_bytes().startswith(b"%PDF")


def test_a_what_if_is_kept_listed_and_reported_as_a_scenario(cli, saved, tmp_path):
    cli("assessments", "import", saved())
    code, _, err = cli("rank", "latest", "--what-if", "ease_of_use=100", "--keep-as", "Easy first")
    assert code == Exit.DONE and "Easy first" in err
    _, out, _ = cli("assessments", "scenarios", "latest")
    lines = [line.split("\t") for line in out.splitlines()]
    assert [line[0] for line in lines] == ["Scenario", "As saved", "Easy first"]
    assert lines[2][1] == "Weight of ease of use: 13 → 100"
    _, out, _ = cli("assessments", "scenarios", "latest", "--json")
    (kept,) = json.loads(out)
    assert kept["needs"]["priorities"]["weights"]["ease_of_use"] == 100
    report = tmp_path / "report.md"
    assert cli("report", "latest", "--scenario", "Easy first", "--markdown", report)[0] == Exit.DONE
    assert "(Easy first)" in report.read_text("utf-8")
    code, _, err = cli("rank", "latest", "--scenario", "easy")
    assert code == Exit.INPUT and "“Easy first”" in err
    _, out, _ = cli("rank", "latest", "--scenario", "Easy first", "--json")
    weights = {each["criterion"]: each["swing_points"] for each in json.loads(out)["weights"]}
    assert weights["ease_of_use"] == 100


def test_compare_leads_with_the_answers_and_puts_the_older_one_first(cli, saved, tmp_path):
    older, newer = saved("too-close"), saved("standard")
    later = msgspec.structs.replace(sample_assessment("standard"), created_at="2026-12-01T00:00:00Z")
    newer.write_bytes(document.encode(later))
    code, out, _ = cli("compare", newer, older)
    assert code == Exit.DONE
    assert out.index("Before: Synthetic sample: too-close") < out.index("After: Synthetic sample: standard")
    assert out.index("Answers that differ") < out.index("What changed in the measurements")
    _, out, _ = cli("compare", newer, older, "--json")
    found = json.loads(out)
    assert found["before"] == "synthetic-too-close" and found["answers"]
    path = tmp_path / "comparison.md"
    assert cli("compare", newer, older, "--markdown", path)[0] == Exit.DONE
    assert path.read_text("utf-8").startswith("# What changed between two assessments")
