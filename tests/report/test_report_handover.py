"""What an assessment hands over is run for real: settings, scripts, and that they do the same work."""

import subprocess
import tomllib

import pytest
from msgspec.structs import replace

from advisor.decision.model import Basis
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue
from advisor.probes.configuration import ConfigurationOrigin, configuration
from advisor.probes.model import Conditions, Fidelity, Subject
from advisor.report import handover
from advisor.workloads.model import Task
from advisor.workloads.published import WORKLOADS
from tests.decision.builders import result, run
from tests.samples import sample_assessment

CARTPOLE = WORKLOADS["dqn-cartpole"]
SETTINGS = {
    "pytorch": {"fused_optimizer": "on", "mmap": "off"},
    "tensorflow": {"concrete": "on", "onednn": "1", "steps_per_call": "20"},
}


def assessment(settings, gain=2.0, basis=Basis.SAFE):
    """One in which the settings are that much faster than the defaults."""
    results = []
    for alternative, levers in settings.items():
        tuned = configuration(levers, ConfigurationOrigin.TUNED)
        for each in (
            result(alternative, 0.2, task=Task.RL),
            result(alternative, 0.2 / gain, task=Task.RL, configuration=tuned),
        ):
            subject = Subject(CARTPOLE.id, alternative, each.subject.configuration)
            results.append(replace(each, subject=subject))
    measured = replace(run(*results, task=Task.RL), workload=CARTPOLE, conditions=Conditions(threads=1))
    before = sample_assessment("standard")
    needs = replace(before.needs, tasks={Task.RL: 1.0}, basis=basis)
    return replace(before, catalogue=catalogue.load(), needs=needs, runs=(measured,))


def read(folder):
    rows = tomllib.loads((folder / "settings.toml").read_text("utf-8"))["settings"]
    return {(row["framework"], row["goal"]): row for row in rows}


def test_settings_say_what_is_set_and_what_it_brings(tmp_path):
    files = handover.write(assessment(SETTINGS), tmp_path)
    assert all(file.exists() for file in files)
    rows = read(tmp_path)
    row = rows["tensorflow", "train"]
    assert row["levers"] == SETTINGS["tensorflow"]
    assert row["variables"] == {"TF_ENABLE_ONEDNN_OPTS": "1"}
    assert row["times_as_fast"] == pytest.approx(2.0)
    assert "GLIBC_TUNABLES" in rows["pytorch", "infer"]["variables"]


def test_it_goes_by_what_the_decision_stands_on(tmp_path):
    handover.write(assessment(SETTINGS, basis=Basis.AS_IT_COMES), tmp_path)
    rows = read(tmp_path)
    assert all(row["levers"] == {} and "times_as_fast" not in row for row in rows.values())


def test_without_anything_measured_nothing_is_written(tmp_path):
    with pytest.raises(AdvisorError):
        handover.write(replace(assessment(SETTINGS), runs=()), tmp_path)
    assert not list(tmp_path.iterdir())


def script(folder, alternative, name):
    return folder / CARTPOLE.id / alternative / name


def ended(python, *arguments):
    return subprocess.run([python, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.mark.frameworks
@pytest.mark.parametrize("alternative", SETTINGS)
def test_scripts_do_the_same_work_as_the_defaults(framework_pythons, tmp_path, alternative):
    handover.write(assessment(SETTINGS), tmp_path)
    python = framework_pythons[alternative]
    for name in ("train.py", "serve.py"):
        checked = ended(python, script(tmp_path, alternative, name), "--check", "--compare", 1, "--steps", 40)
        assert checked.returncode == 0, checked.stderr
        assert "the same work as with the defaults" in checked.stdout
        assert "times as fast" in checked.stdout


@pytest.mark.frameworks
@pytest.mark.parametrize(("loss", "said"), [(0.1, "accurate enough: "), (0.0, "not accurate enough: ")])
def test_an_accepted_approximation_is_checked_by_its_answers(framework_pythons, tmp_path, loss, said):
    before = assessment({"pytorch": {"int8": "dynamic"}}, basis=Basis.APPROXIMATE)
    (measured,) = before.runs
    default, rough = measured.results
    runs = (replace(measured, results=(default, replace(rough, fidelity=Fidelity(256, 256)))),)
    needs = replace(before.needs, accepted_loss=loss)
    handover.write(replace(before, runs=runs, needs=needs), tmp_path)
    assert read(tmp_path)["pytorch", "infer"]["same_answers"] == 1.0
    checked = ended(framework_pythons["pytorch"], script(tmp_path, "pytorch", "serve.py"), "--check")
    assert (checked.stdout + checked.stderr).startswith(said)
    assert (checked.returncode == 0) == (loss > 0)


@pytest.mark.frameworks
def test_a_setting_without_effect_does_not_pass_the_check(framework_pythons, tmp_path):
    handover.write(assessment({"pytorch": {"memory_format": "channels_last"}}), tmp_path)
    checked = ended(framework_pythons["pytorch"], script(tmp_path, "pytorch", "train.py"), "--check")
    assert checked.returncode != 0
    assert "no sign of: memory_format" in checked.stderr
