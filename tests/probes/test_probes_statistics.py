"""What samples say: summaries, paired ratios and what is derived from them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.hardware.model import Calibration
from advisor.probes.configuration import DEFAULT, Configuration, ConfigurationOrigin
from advisor.probes.model import (
    Outcome,
    ProbeResult,
    Quantity,
    Sample,
    ScalingPoint,
    Startup,
    Subject,
)
from advisor.probes.statistics import (
    break_even_steps,
    effective_cores,
    latency_percentiles,
    paired_ratio,
    parallel_efficiency,
    share_of_peak,
    summarise,
)
from tests.probes.doubles import WORKLOAD

TRAIN = Quantity.TRAIN


def samples(times_s, quantity=TRAIN, iterations=10, cores=2.0, first_round=1):
    return [
        Sample(quantity, number, iterations, time_s * iterations, cores * time_s * iterations, 4 * iterations)
        for number, time_s in enumerate(times_s, first_round)
    ]


def result(times_s=(), configuration=DEFAULT, startup=None, **fields):
    return ProbeResult(
        Subject("double", "a", configuration),
        Outcome.MEASURED,
        samples=tuple(samples(times_s)),
        startup=startup or Startup(),
        **fields,
    )


COMPILED = Configuration(ConfigurationOrigin.COMPILED, (("compile", "on"),))

positive = st.floats(1e-4, 10.0)
pairs = st.lists(st.tuples(positive, positive, positive), min_size=2, max_size=20)


def test_a_summary_is_of_one_quantity_in_seconds_per_iteration():
    mixed = samples([0.1, 0.2, 0.3]) + samples([9.0, 9.0, 9.0], Quantity.INFER)
    summary = summarise(mixed, TRAIN)
    assert (summary.median_s, summary.n) == (pytest.approx(0.2), 3)
    assert summary.low_s < 0.1 and summary.high_s > 0.3  # three rounds know little
    assert summary.effective_cores == pytest.approx(2.0)
    assert summary.items_per_s == pytest.approx(4 / 0.2)
    assert summary.low_items_per_s < summary.items_per_s < summary.high_items_per_s


def test_one_round_makes_no_summary():
    assert summarise(samples([0.1]), TRAIN) is None
    assert summarise([], TRAIN) is None


def test_a_long_sample_counts_as_one_round_like_a_short_one():
    chosen = samples([0.1, 0.1, 0.1]) + samples([0.4], iterations=10_000, first_round=4)
    assert summarise(chosen, TRAIN).median_s == pytest.approx(0.1)


def test_effective_cores_are_cpu_time_over_wall_time():
    assert effective_cores(samples([1.0], cores=1.0) + samples([3.0], cores=2.0)) == pytest.approx(7 / 4)


@given(pairs)
def test_turning_a_ratio_round_inverts_it(rows):
    a, b = samples([row[0] for row in rows]), samples([row[1] for row in rows])
    there, back = paired_ratio(a, b, TRAIN), paired_ratio(b, a, TRAIN)
    assert (back.median, back.low, back.high) == pytest.approx(
        (1 / there.median, 1 / there.high, 1 / there.low)
    )


@given(pairs)
def test_what_slows_a_whole_round_drops_out_of_the_ratio(rows):
    a, b = [row[0] for row in rows], [row[1] for row in rows]
    calm = paired_ratio(samples(a), samples(b), TRAIN)
    drifting = paired_ratio(
        samples([row[0] * row[2] for row in rows]), samples([row[1] * row[2] for row in rows]), TRAIN
    )
    assert (drifting.median, drifting.low, drifting.high) == pytest.approx((calm.median, calm.low, calm.high))


@given(pairs, positive)
def test_a_factor_between_two_is_found_exactly(rows, factor):
    base = [row[0] for row in rows]
    ratio = paired_ratio(samples([factor * each for each in base]), samples(base), TRAIN)
    assert (ratio.median, ratio.low, ratio.high) == pytest.approx((factor,) * 3)


@given(pairs)
def test_a_subject_ties_with_itself(rows):
    own = samples([row[0] for row in rows])
    assert paired_ratio(own, own, TRAIN).tie


def test_rounds_that_only_one_has_are_left_out():
    a = samples([0.2, 0.2, 0.2, 50.0])
    b = samples([0.1, 0.1, 0.1])
    ratio = paired_ratio(a, b, TRAIN)
    assert (ratio.median, ratio.n) == (pytest.approx(2.0), 3)
    assert paired_ratio(samples([1, 1]), samples([1, 1], first_round=3), TRAIN) is None


def test_a_ratio_that_may_be_one_is_a_tie():
    assert paired_ratio(samples([1.0, 1.1, 0.9]), samples([1.0, 1.0, 1.0]), TRAIN).tie
    assert not paired_ratio(samples([2.0, 2.1, 1.9]), samples([1.0, 1.0, 1.0]), TRAIN).tie


def test_percentiles_are_of_single_calls():
    calls = [i / 1000 for i in range(1, 101)]
    rounds = [Sample(Quantity.LATENCY, r, 50, 1.0, 1.0, 50, 0.0, tuple(calls[r::2])) for r in (0, 1)]
    found = latency_percentiles(rounds)
    assert found.n == 100
    assert (found.p50_s, found.p90_s) == pytest.approx((0.0505, 0.0901))
    assert latency_percentiles(samples([0.1])) is None
    assert found.p99_s is None  # of a hundred calls, the slowest says nothing of the 99th percentile


def test_the_99th_percentile_s_interval_is_over_rounds_and_holds_the_truth_as_often_as_it_says():
    # Calls of a round share its luck, so its interval is wider than the calls alone would make it.
    everything = np.exp(np.random.default_rng(1).normal(0, math.hypot(0.1, 0.2), 400_000))
    truth = float(np.quantile(everything, 0.99))
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rounds = [
            Sample(Quantity.LATENCY, r, 50, 1.0, 1.0, 50, 0.0, tuple(np.exp(luck + rng.normal(0, 0.2, 50))))
            for r, luck in enumerate(rng.normal(0, 0.1, 20))
        ]
        found = latency_percentiles(rounds)
        assert found.p99_low_s <= found.p99_s <= found.p99_high_s
        held += found.p99_low_s <= truth <= found.p99_high_s
    assert held >= 50


def test_efficiency_is_speed_up_over_cores():
    one, two, four = (
        ScalingPoint(processes, threads, tuple(samples([time_s] * 3)))
        for processes, threads, time_s in ((1, 1, 0.4), (2, 1, 0.3), (2, 2, 0.125))
    )
    assert parallel_efficiency(result(scaling=(one, two, four))).median == pytest.approx(0.8)
    assert parallel_efficiency(result(scaling=(four, two))).median == pytest.approx(1.2)  # from two to four
    assert parallel_efficiency(result()) is None
    assert parallel_efficiency(result(scaling=(one,))) is None


def test_share_of_peak_counts_operations_of_what_was_run():
    calibration = Calibration(gemm_fp32=(9e5, 1e6))
    measured = result([0.01] * 3)
    # 4 items in 10 ms, 3 x 100 operations each
    assert share_of_peak(WORKLOAD, measured, calibration, TRAIN) == pytest.approx(400 * 300 / 1e6)
    infer = result()
    assert share_of_peak(WORKLOAD, infer, calibration, Quantity.INFER) is None
    assert share_of_peak(WORKLOAD, measured, Calibration(), TRAIN) is None
    gpu = ProbeResult(Subject("double", "a", device="cuda:0"), Outcome.MEASURED, samples=measured.samples)
    assert share_of_peak(WORKLOAD, gpu, calibration, TRAIN) is None
    assert share_of_peak(WORKLOAD, gpu, Calibration(gpu_gemm_fp32=(1e7,)), TRAIN) == pytest.approx(0.012)


def test_break_even_is_where_the_saved_time_has_paid_for_the_start():
    default = result([0.10] * 5, startup=Startup(build_s=1.0, first_train_s=0.5))
    compiled = result([0.08] * 5, COMPILED, Startup(build_s=1.0, first_train_s=10.5))
    found = break_even_steps(default, compiled)
    assert found.steps == pytest.approx(10 / 0.02)
    assert (found.gain_s, found.cost_s) == pytest.approx((0.02, 10.0))
    total = [1.5 + 0.10 * found.steps, 11.5 + 0.08 * found.steps]
    assert total[0] == pytest.approx(total[1])


def test_break_even_never_comes_where_compiling_gains_nothing_sure():
    default = result([0.10, 0.11, 0.09, 0.1], startup=Startup(build_s=1.0, first_train_s=0.5))
    same = result([0.10, 0.09, 0.11, 0.1], COMPILED, Startup(build_s=1.0, first_train_s=9.0))
    assert break_even_steps(default, same).steps is None


def test_break_even_is_at_once_where_compiling_costs_nothing():
    default = result([0.10] * 4, startup=Startup(build_s=1.0, first_train_s=0.5))
    better = result([0.08] * 4, COMPILED, Startup(build_s=1.0, first_train_s=0.4))
    assert break_even_steps(default, better).steps == 0


def test_break_even_needs_the_start_up_times():
    default = result([0.10] * 4)
    compiled = result([0.08] * 4, COMPILED, Startup(build_s=1.0, first_train_s=0.4))
    assert break_even_steps(default, compiled) is None
    with pytest.raises(ValueError):
        break_even_steps(compiled, default)


def test_intervals_of_more_rounds_are_narrower():
    few = summarise(samples([0.1, 0.11, 0.09, 0.1, 0.105]), TRAIN)
    many = summarise(samples([0.1, 0.11, 0.09, 0.1, 0.105] * 6), TRAIN)
    assert math.log(many.high_s / many.low_s) < math.log(few.high_s / few.low_s)
