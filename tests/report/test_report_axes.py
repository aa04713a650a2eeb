"""Axes hold what is drawn on them, and their ticks are round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report import axes
from advisor.report import format as fmt

values = st.lists(st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-6), min_size=1)


@given(values)
def test_an_axis_holds_every_value_and_zero(found):
    low, high, ticks = axes.spanning(found)
    slack = (high - low) * 1e-9
    assert low <= 0 <= high
    assert low - slack <= min(found) and max(found) <= high + slack
    assert 2 <= len(ticks) <= 8
    assert [tick.value for tick in ticks] == sorted(tick.value for tick in ticks)


@given(values)
def test_no_two_ticks_read_alike(found):
    _low, _high, ticks = axes.spanning(found)
    assert len({tick.text for tick in ticks}) == len(ticks)


@given(values)
def test_a_tick_stands_where_it_says(found):
    _low, _high, ticks = axes.spanning(found)
    units = {"k": 1e3, "M": 1e6, "G": 1e9}
    for tick in ticks:
        text = tick.text.replace(",", "").replace("−", "-")
        said = float(text.rstrip("kMG")) * units.get(text[-1], 1)
        assert said == pytest.approx(tick.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("top", "texts"),
    [
        (0.3, ["0", "0.1", "0.2", "0.3"]),
        (97.0, ["0", "25", "50", "75", "100"]),
        (812_000.0, ["0", "0.25M", "0.50M", "0.75M", "1.00M"]),
        (2.4e7, ["0", "10M", "20M", "30M"]),
    ],
)
def test_ticks_are_round_and_short(top, texts):
    _maximum, ticks = axes.from_zero([top], count=3 if len(texts) == 4 else 4)
    assert [tick.text for tick in ticks] == texts


def test_an_axis_without_values_still_has_a_length():
    maximum, ticks = axes.from_zero([], fmt.percent)
    assert maximum == 1.0
    assert [tick.text for tick in ticks][-1] == "100%"
