"""Warnings of circumstances, from readings that stand for a machine's."""

import pytest
from msgspec.structs import replace

from advisor.hardware.conditions import Conditions
from advisor.probes import preflight
from advisor.probes.model import WarningCode
from tests.probes.doubles import candidate, run

CALM = Conditions(taken_s=0.0, busy_s=0.0, steal_s=0.0, total_s=0.0, own_s=0.0, available_bytes=2**40)


def reading(second, **changes):
    """A reading so many seconds on: 2 CPUs, of which this program uses one."""
    calm = replace(CALM, taken_s=second, busy_s=second, total_s=2 * second, own_s=second)
    return replace(calm, **changes)


def warnings(monkeypatch, *readings):
    taken = iter(readings)
    monkeypatch.setattr(preflight, "read_conditions", lambda: next(taken))
    return {(w.code, w.when): w.detail for w in run([candidate("a")]).warnings}


def test_a_calm_machine_is_not_warned_of(monkeypatch):
    assert warnings(monkeypatch, reading(0), reading(1), reading(9)) == {}


def test_other_programs_load_is_warned_of_with_its_share(monkeypatch):
    found = warnings(monkeypatch, reading(0), reading(1, busy_s=1.5), reading(9, busy_s=9.5))
    assert found == {(WarningCode.LOAD, "before"): {"others_share": pytest.approx(0.25)}}


def test_load_that_comes_later_is_warned_of_as_well(monkeypatch):
    found = warnings(monkeypatch, reading(0), reading(1), reading(9, busy_s=13.0))
    assert found == {(WarningCode.LOAD, "during"): {"others_share": pytest.approx(0.25)}}


@pytest.mark.parametrize(
    ("before", "after", "code", "when"),
    [
        ({"on_battery": True}, {"on_battery": True}, WarningCode.BATTERY, "before"),
        ({"on_battery": False}, {"on_battery": True}, WarningCode.BATTERY, "during"),
        ({"governor": "powersave"}, {}, WarningCode.GOVERNOR, "before"),
        ({"governor": "powersave", "scaling_driver": "amd-pstate"}, {}, WarningCode.GOVERNOR, "before"),
        ({"available_bytes": 2**30}, {}, WarningCode.LOW_MEMORY, "before"),
        ({"throttle_count": 3}, {"throttle_count": 5}, WarningCode.THROTTLED, "during"),
        ({}, {"gpu_throttle": ("thermal",)}, WarningCode.THROTTLED, "during"),
        ({}, {"steal_s": 1.0}, WarningCode.STEAL, "during"),
    ],
)
def test_each_circumstance_has_its_warning(monkeypatch, before, after, code, when):
    found = warnings(monkeypatch, reading(0, **before), reading(1, **before), reading(9, **after))
    assert list(found) == [(code, when)]


@pytest.mark.parametrize("driver", ["intel_pstate", "amd-pstate-epp"])
def test_powersave_is_the_ordinary_way_of_drivers_that_scale_themselves(monkeypatch, driver):
    state = {"governor": "powersave", "scaling_driver": driver}
    found = warnings(monkeypatch, reading(0, **state), reading(1, **state), reading(9, **state))
    assert not found


def test_what_the_machine_cannot_tell_is_not_warned_of(monkeypatch):
    assert warnings(monkeypatch, *(Conditions(taken_s=float(second)) for second in range(3))) == {}
