"""Measuring again where others are busy: how often, and what is told of it."""

from collections.abc import Callable, Iterable

import pytest

from advisor.hardware.conditions import Conditions
from advisor.hardware.model import Calibration
from advisor.hardware.quiet import measure_quietly
from advisor.report.wording import machine as words


def reader(shares: Iterable[float | None], steal: float = 0.0) -> Callable[[], Conditions]:
    """Return a reader of conditions in which others take these shares, one per measurement of a second."""
    readings = []
    for number, share in enumerate(shares):
        start = 10.0 * number
        known = share is not None
        readings += [
            Conditions(taken_s=start, busy_s=0.0, total_s=0.0, own_s=0.0 if known else None, steal_s=0.0),
            Conditions(
                taken_s=start + 1.0,
                busy_s=0.5 + (share or 0.0),
                total_s=1.0,
                own_s=0.5 if known else None,
                steal_s=steal if known else None,
            ),
        ]
    return iter(readings).__next__


@pytest.mark.parametrize(
    ("shares", "made", "told"),
    [
        ([0.01], 1, 0.01),
        ([0.4, 0.02], 2, 0.02),
        ([0.4, 0.3, 0.5], 3, 0.3),
        ([None], 1, None),
    ],
)
def test_a_disturbed_measurement_is_made_again(
    shares: list[float | None], made: int, told: float | None
) -> None:
    numbers = iter(range(9))
    tried = measure_quietly(lambda: next(numbers), 3, lambda: False, reader(shares))
    assert tried.results == tuple(range(made))
    assert tried.others_share == pytest.approx(told)


def test_what_the_hypervisor_takes_counts_too() -> None:
    tried = measure_quietly(lambda: 1, 2, lambda: False, reader([0.05, 0.05], steal=0.1))
    assert (len(tried.results), tried.others_share) == (2, pytest.approx(0.15))


def test_a_cancelled_measurement_is_not_made_again() -> None:
    tried = measure_quietly(lambda: 1, 3, lambda: True, reader([0.9]))
    assert len(tried.results) == 1


def test_a_busy_machine_is_told_of_in_words() -> None:
    quiet = Calibration(gemm_fp32=(1e9,), others_share={"gemm_fp32": 0.02}, tries={"gemm_fp32": 1})
    busy = Calibration(gemm_fp32=(1e9,), others_share={"gemm_fp32": 0.42}, tries={"gemm_fp32": 3})
    assert words.busy_warning(quiet, "en") is None
    assert words.busy_warning(Calibration(gemm_fp32=(1e9,)), "en") is None  # of an older file
    told = words.busy_warning(busy, "en")
    assert told is not None and "42" in told and "3 tries" in told
    (found,) = words.peaks(busy, "en")
    assert "42" in found.readings
    assert "42" not in words.peaks(quiet, "en")[0].readings
