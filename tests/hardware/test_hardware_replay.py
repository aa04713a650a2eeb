"""A recorded machine is told from its files alone, and one broken source never stops the rest."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pynvml
import pytest
from archspec.cpu import TARGETS
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import AdvisorError
from advisor.hardware import linux_cpu, platforms
from advisor.hardware.conditions import read_conditions
from advisor.hardware.detection import detect
from advisor.hardware.model import Absence, System
from advisor.hardware.source import CommandError, Source, run_command

MACHINES = Path(__file__).parent / "machines"


def _forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    len(TARGETS)  # archspec's table, filled when first used, has an entry for the architecture it is used on

    def asked(*_args: object, **_options: object) -> object:
        raise AssertionError("the live machine was asked")

    for module, names in (
        (psutil, ("cpu_count", "virtual_memory", "Process", "cpu_times", "sensors_battery", "getloadavg")),
        (os, ("sched_getaffinity", "cpu_count", "getloadavg", "uname")),
        (platform, ("machine", "system", "release", "libc_ver", "processor")),
        (subprocess, ("run", "Popen")),
        (shutil, ("disk_usage",)),
        (pynvml, ("nvmlInit",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, asked, raising=False)


@pytest.mark.parametrize("name", sorted(p.name for p in MACHINES.iterdir() if p.is_dir()))
def test_nothing_of_the_live_machine_leaks_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _forbid(monkeypatch)
    machine = detect(MACHINES / name, folder=Path("/home/u"))
    assert Absence.DETECTOR_FAILED not in machine.absent.values()
    read_conditions(MACHINES / name)


def test_a_link_out_of_the_tree_is_not_followed(
    tree: Callable[[Mapping[str, str]], Source], tmp_path: Path
) -> None:
    source = tree({"proc/version": "Linux version 1.0-recorded"})
    (tmp_path / "proc/cpuinfo").symlink_to("/proc/cpuinfo")
    (tmp_path / "sys").symlink_to("/sys")
    assert source.read("/proc/cpuinfo") is None
    assert source.names("/sys/devices/system/cpu") == ()
    machine = detect(tmp_path)
    assert machine.cpu.threads is None
    assert machine.os.kernel == "1.0-recorded"


def test_an_empty_folder_is_a_machine_of_which_nothing_is_known(tmp_path: Path) -> None:
    machine = detect(tmp_path, folder=Path("/x"))
    assert machine.cpu.architecture == "unknown"
    assert machine.limits.cores == 1.0
    assert machine.absent["cpu.model"] == Absence.RECORDED
    assert machine.absent["memory.total_bytes"] == Absence.RECORDED


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AdvisorError, match="no folder"):
        detect(tmp_path / "missing")


def test_a_detector_that_fails_costs_only_its_own_fields(
    recorded: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_source: Source) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(platforms, "detect_platform", broken)
    monkeypatch.setattr(linux_cpu, "detect_cpu", broken)
    machine = detect(recorded("graviton3"))
    assert machine.absent["platform"] == machine.absent["cpu"] == Absence.DETECTOR_FAILED
    assert machine.memory.total_bytes == 7911136 << 10
    assert machine.limits.cores == 4.0


def test_files_that_are_folders_or_not_text(tmp_path: Path) -> None:
    (tmp_path / "proc/cpuinfo").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "proc/self").mkdir()
    (tmp_path / "proc/self/mountinfo").write_bytes(b"\xff - \xfe\n1 2 3 4 5 - \n")
    machine = detect(tmp_path, folder=Path("/x"))
    assert Absence.DETECTOR_FAILED not in machine.absent.values()


@given(
    st.sampled_from([System.MACOS, System.WINDOWS]),
    st.text(max_size=60) | st.sampled_from(["{}", "[1]", "null"]),
)
def test_no_answer_of_a_tool_stops_a_detector(system: System, answer: str) -> None:
    machine = detect(MACHINES, run=lambda _command: answer, folder=Path("C:/u"), system=system)
    assert Absence.DETECTOR_FAILED not in machine.absent.values()


@pytest.mark.parametrize("system", [System.MACOS, System.WINDOWS])
def test_tools_that_are_missing_are_the_reason(system: System) -> None:
    def missing(_command: object) -> str:
        raise CommandError("missing")

    machine = detect(MACHINES, run=missing, folder=Path("C:/u"), system=system)
    assert machine.absent["cpu.model"] == Absence.COMMAND_FAILED
    assert machine.absent["memory.total_bytes"] == Absence.COMMAND_FAILED
    assert machine.absent["storage.kind"] == Absence.COMMAND_FAILED


def test_rosetta_does_not_hide_apple_silicon(recorded: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(recorded("macbook-m2-pro"), tmp_path / "mac")
    state = tmp_path / "mac/commands/sysctl.txt"
    state.write_text(state.read_text() + "sysctl.proc_translated: 1\nhw.cputype: 7\n")
    assert detect(tmp_path / "mac").cpu.architecture == "aarch64"


@pytest.mark.parametrize("command", [["/nonexistent/tool"], ["false"]])
def test_a_command_that_fails_says_so(command: list[str]) -> None:
    with pytest.raises(CommandError):
        run_command(command)
