"""Figures as readers see them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report import format as fmt

NBSP = fmt.NBSP
positive = st.floats(1e-9, 1e15)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.4123, "0.412"), (12.34, "12.3"), (9.996, "10.0"), (999.6, "1,000"), (660_724, "661,000")],
)
def test_number_keeps_three_significant_digits(value, text):
    assert fmt.number(value) == text


@given(positive)
def test_number_is_within_half_a_unit_of_its_last_digit(value):
    assert float(fmt.number(value).replace(",", "")) == pytest.approx(value, rel=0.00501)


@given(positive)
def test_a_negative_number_is_the_positive_one_with_a_true_minus(value):
    assert fmt.number(-value) == "−" + fmt.number(value)


def test_nothing_is_called_minus_zero():
    assert fmt.points(-0.04) == "0.0"
    assert fmt.percent(-0.001) == "0%"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "<1%"), (0.004, "<1%"), (0.5, "50%"), (0.994, "99%"), (0.996, ">99%"), (1.0, ">99%")],
)
def test_a_simulated_share_is_never_certain(share, text):
    assert fmt.probability(share) == text


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (3.2e-5, "32.0 µs", "32.0 µs"),
        (0.00712, "7.12 ms", "7.12 ms"),
        (0.99996, "1.00 s", "1.00 s"),
        (99.94, "99.9 s", "99.9 s"),
        (100, "1 min 40 s", "1 分 40 秒"),
        (3599.6, "1.00 h", "1.00 小时"),
        (200_000, "2.31 days", "2.31 天"),
    ],
)
def test_durations_take_the_unit_that_suits_them(seconds, english, chinese):
    assert fmt.duration(seconds, "en") == english.replace(" ", NBSP)
    assert fmt.duration(seconds, "zh_CN") == chinese.replace(" ", NBSP)


@given(st.floats(1e-6, 1e7), st.floats(0.5, 1.0), st.floats(1.0, 2.0))
def test_a_duration_and_its_interval_share_a_unit(value, low, high):
    text, interval = fmt.duration_parts(value, value * low, value * high, "en")
    number, _space, _unit = text.partition(NBSP)
    ends = [float(end.replace(",", "")) for end in interval.split(fmt.EN_DASH)]
    middle = float(number.replace(",", ""))
    assert ends[0] <= middle * 1.006 and middle <= ends[1] * 1.006
    assert ends[0] / middle == pytest.approx(low, rel=0.02)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1,023 B"), (1024, "1 KiB"), (1.5 * 2**30, "1.50 GiB"), (2**20 - 1, "1.00 MiB")],
)
def test_bytes_are_binary(size, text):
    assert fmt.size(size).replace(NBSP, " ") == text


def test_intervals_with_negative_ends_are_not_read_as_differences():
    assert fmt.interval(1.0, 2.0, fmt.points) == "1.0–2.0"
    assert "…" in fmt.interval(-1.0, 2.0, fmt.points)


@pytest.mark.parametrize(
    ("iso", "english", "chinese"),
    [
        ("2026-11-20T09:30:00Z", "20 November 2026", "2026年11月20日"),
        ("2026-10", "October 2026", "2026年10月"),
        ("2024", "2024", "2024"),
        ("soon", "soon", "soon"),
    ],
)
def test_dates_are_written_as_the_language_does(iso, english, chinese):
    assert fmt.day(iso, "en") == english
    assert fmt.day(iso, "zh_CN") == chinese


def test_scientific_keeps_the_order_of_magnitude():
    assert fmt.scientific(3.2e-5) == "3e−5"
    assert math.isclose(float(fmt.scientific(0.001).replace("−", "-")), 0.001)
    assert fmt.scientific(0.0) == "0"


def test_a_large_ratio_has_no_more_digits_than_a_small_one():
    assert [fmt.ratio(each) for each in (0.674, 9.994, 9.996, 264.65)] == ["0.67×", "9.99×", "10.0×", "265×"]


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("PyTorch和JAX", "PyTorch 和 JAX"),
        ("Keras (JAX)和生态", "Keras (JAX) 和生态"),
        ("部署到Android尚不清楚", "部署到 Android 尚不清楚"),
        ("2 分 35 秒 的 1.29×。", "2 分 35 秒的 1.29×。"),
        ("1.29× as fast, in 3 rounds", "1.29× as fast, in 3 rounds"),
    ],
)
def test_a_space_stands_between_scripts_and_nowhere_within_chinese(text, set_):
    assert fmt.spaced(text) == set_ == fmt.spaced(set_)


def test_a_list_in_chinese_is_spaced_where_its_last_words_are_latin():
    assert fmt.listing(["JAX", "Keras (JAX)", "MXNet"], "zh_CN") == "JAX、Keras (JAX) 和 MXNet"
    assert fmt.listing(["内存", "速度"], "zh_CN") == "内存和速度"


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=6))
def test_percentages_of_a_whole_add_up(parts):
    shares = [each / sum(parts) for each in parts]
    shown = [int(each.rstrip("%")) for each in fmt.percents(shares)]
    assert sum(shown) == 100
    assert all(abs(mine - 100 * share) < 1 for mine, share in zip(shown, shares, strict=True))
