"""Readings before and after, recorded and live."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.hardware.conditions import Conditions, compare, read_conditions
from advisor.hardware.model import Absence


def _edit(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)


def test_a_laptop_before_and_after(recorded: Callable[[str], Path], tmp_path: Path) -> None:
    root = tmp_path / "laptop"
    shutil.copytree(recorded("laptop-hybrid"), root)
    before = read_conditions(root)
    # user + nice + system + softirq of twelve CPUs; 900 + 901 + … + 911 ticks of user time
    assert before.busy_s == pytest.approx((sum(range(900, 912)) + 12 * (10 + 250 + 25)) / 100)
    assert before.steal_s == 0.0
    assert before.load_1m == 0.85
    assert before.on_battery is True
    assert before.governor == "powersave"
    assert before.frequency_hz == pytest.approx(1.3e9)
    assert before.throttle_count == 3
    assert before.available_bytes == 9500000 << 10
    # Ten seconds later: CPU 0 was busy for 6 s, 1 s was stolen from it, and it throttled twice.
    stat = (root / "proc/stat").read_text()
    _edit(
        root, "proc/stat", stat.replace("cpu0 900 10 250 7500 40 0 25 0", "cpu0 1500 10 250 7800 40 0 25 100")
    )
    _edit(root, "proc/uptime", "881.52 10560.00")
    _edit(root, "proc/loadavg", "2.50 1.0 0.5 1/890 4243")
    _edit(root, "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "5")
    _edit(root, "sys/class/power_supply/AC/online", "1")
    for cpu in range(12):
        _edit(root, f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq", "650000")
    after = read_conditions(root)
    change = compare(before, after)
    assert change.elapsed_s == pytest.approx(10.0)
    assert change.steal_share == pytest.approx(0.1)
    assert change.throttle_events == 2
    assert change.frequency_ratio == pytest.approx(0.5)
    assert change.on_battery is True
    assert change.governor_changed is False
    assert change.load_1m == 2.5
    # Whose time it was can't be told without the processes.
    assert (before.own_s, change.others_cores) == (None, None)
    assert before.absent["own_s"] == Absence.RECORDED


def test_processes_of_ones_own_are_told_from_others(recorded: Callable[[str], Path], tmp_path: Path) -> None:
    root = tmp_path / "laptop"
    shutil.copytree(recorded("laptop-hybrid"), root)

    def process(pid: int, parent: int, own: int, children: int) -> None:
        (root / f"proc/{pid}").mkdir(exist_ok=True)
        fields = f"S {parent} 1 1 0 -1 0 0 0 0 0 {own} 0 {children} 0 20 0 1"
        _edit(root, f"proc/{pid}/stat", f"{pid} (a (strange) name) {fields}")

    process(100, 1, 500, 50)
    process(101, 100, 200, 0)
    process(102, 101, 30, 0)
    process(200, 1, 9000, 0)
    shutil.copy(root / "proc/100/stat", root / "proc/self/stat")
    assert read_conditions(root).own_s == pytest.approx(7.8)


def test_only_the_allowed_cpus_count(recorded: Callable[[str], Path], tmp_path: Path) -> None:
    root = tmp_path / "laptop"
    shutil.copytree(recorded("laptop-hybrid"), root)
    _edit(root, "proc/self/status", "Cpus_allowed_list:\t3\n")
    reading = read_conditions(root)
    assert reading.cpus == (3,)
    assert reading.busy_s == pytest.approx((903 + 10 + 250 + 25) / 100)


def test_a_group_s_limit_bounds_what_is_available(recorded: Callable[[str], Path]) -> None:
    reading = read_conditions(recorded("container-cgroup2"))
    assert reading.available_bytes == (2 << 30) - (512 << 20) + (128 << 20)


READINGS = st.builds(
    Conditions,
    taken_s=st.floats(0, 1e6),
    busy_s=st.none() | st.floats(0, 1e6),
    steal_s=st.none() | st.floats(0, 1e6),
    total_s=st.none() | st.floats(0, 1e6),
    own_s=st.none() | st.floats(0, 1e6),
    frequency_hz=st.none() | st.floats(0, 1e10),
    throttle_count=st.none() | st.integers(0, 1000),
    on_battery=st.none() | st.booleans(),
    available_bytes=st.none() | st.integers(0, 1 << 40),
)


@given(READINGS, READINGS)
def test_counters_that_go_back_are_no_negative_work(before: Conditions, after: Conditions) -> None:
    change = compare(before, after)
    for value in (change.own_cores, change.others_cores, change.others_share, change.throttle_events):
        assert value is None or value >= 0
    assert change.others_share is None or change.others_share <= 1
    if before.busy_s is None or after.own_s is None:
        assert change.others_cores is None


def test_the_work_of_a_child_is_ones_own() -> None:
    before = read_conditions()
    burn = "import time\nwhile time.process_time() < 0.4: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    after = read_conditions()
    assert before.own_s is not None
    assert after.own_s is not None
    assert after.own_s - before.own_s >= 0.35
    change = compare(before, after)
    assert change.own_cores is not None
    assert change.own_cores > 0


@pytest.mark.skipif(sys.platform != "linux", reason="compares with what psutil reads on Linux")
def test_psutil_counts_the_same() -> None:
    before, reading, after = psutil.cpu_times(), read_conditions(), psutil.cpu_times()
    if len(reading.cpus) != psutil.cpu_count():
        pytest.skip("not all CPUs are allowed")

    def busy(times: object) -> float:
        return sum(float(getattr(times, name)) for name in ("user", "nice", "system", "irq", "softirq"))

    assert reading.busy_s is not None
    assert busy(before) - 0.1 <= reading.busy_s <= busy(after) + 0.1
    assert reading.steal_s is not None
    assert before.steal - 0.1 <= reading.steal_s <= after.steal + 0.1
