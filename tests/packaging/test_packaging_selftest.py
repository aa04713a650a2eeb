"""The self-test of an installation: it passes here, finds what is broken, and needs no Python in a frozen program."""

import json
import os
import subprocess
import sys

import msgspec
import pytest

from advisor import __main__ as program
from advisor.assessment import pipeline
from advisor.cli import selftest
from advisor.cli.console import Exit
from advisor.cli.main import run
from advisor.errors import AdvisorError
from advisor.hardware.model import Calibration
from advisor.resources import worker_script


@pytest.fixture
def self_test(tmp_path, capsys, monkeypatch):
    """Run the self-test without measuring this machine; return its exit code and its lines."""
    monkeypatch.setattr(pipeline, "calibrate", lambda *_, **__: Calibration())

    def call():
        code = run(["--data", str(tmp_path / "data"), "--lang", "en", "self-test"])
        return code, capsys.readouterr().out.splitlines()

    return call


def test_passes_on_a_whole_installation_and_keeps_nothing(self_test, tmp_path):
    code, lines = self_test()
    assert [line[0] for line in lines] == ["✓"] * 5, lines
    assert code == Exit.DONE
    assert not (tmp_path / "data").exists()


def test_says_what_is_missing(self_test, monkeypatch):
    def nowhere():
        raise AdvisorError("uv was not found.")

    monkeypatch.setattr(selftest, "find_uv", nowhere)
    code, lines = self_test()
    assert code == Exit.FAULT
    assert [line for line in lines if line.startswith("✗")] == [
        "✗ Installer of managed environments: AdvisorError: uv was not found."
    ]


def test_a_ranking_the_wrong_way_round_is_a_fault(self_test, monkeypatch):
    monkeypatch.setattr(selftest, "SLOWNESS", {selftest.FAST: 3.0, selftest.SLOW: 1.0})
    code, lines = self_test()
    assert code == Exit.FAULT
    assert sum(line.startswith("✗") for line in lines) == 2  # and so there is nothing to report on


def test_a_worker_that_fails_is_a_fault(self_test, monkeypatch):
    candidate = selftest._candidate

    def broken(name):
        return msgspec.structs.replace(
            candidate(name), backend=json.dumps({"fault": "exit", "at": "prepare"})
        )

    monkeypatch.setattr(selftest, "_candidate", broken)
    code, lines = self_test()
    assert code == Exit.FAULT
    assert any(line.startswith("✗ Measurement and decision") for line in lines)


FROZEN = """
import sys
sys.frozen = True
from advisor.__main__ import main
sys.exit(main())
"""


def converse(script):
    command = [sys.executable, "-c", FROZEN, str(script), "--threads", "1", "--device", "cpu"]
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    return subprocess.run(
        command,
        input='{"type": "quit"}\n',
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


def test_frozen_program_is_the_interpreter_of_its_own_worker_only(tmp_path):
    answer = converse(worker_script("fake_worker"))
    assert json.loads(answer.stdout.splitlines()[0])["worker"] == "fake_worker"
    other = tmp_path / "fake_worker.py"
    other.write_text("print('run')")
    answer = converse(other)
    assert answer.returncode == Exit.INPUT
    assert "run" not in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "opened"),
    [
        ([], True),
        (["saved.advisor"], True),
        (["saved.json"], True),
        (["saved.txt"], False),
        (["gone.json"], False),
    ],
)
def test_window_opens_bare_or_with_a_saved_assessment(tmp_path, monkeypatch, capsys, arguments, opened):
    for name in ("saved.advisor", "saved.json", "saved.txt"):
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(sys, "argv", ["advisor", *arguments])
    windows = []
    monkeypatch.setattr(program, "_window", lambda paths: windows.append(paths) or 0)
    program.main()
    assert windows == ([arguments] if opened else [])


def test_completing_a_command_line_opens_no_window(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["advisor"])
    for name, value in {"DISPLAY": ":0", "COMP_WORDS": "advisor doc", "COMP_CWORD": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("_ADVISOR_COMPLETE", "bash_complete")
    monkeypatch.setattr(program, "_window", lambda paths: pytest.fail("a window was opened"))
    with pytest.raises(SystemExit):
        program.main()
    assert "doctor" in capsys.readouterr().out
