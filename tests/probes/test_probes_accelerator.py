"""No accelerator is here: the fake worker stands for a framework that reaches one."""

import sys

from advisor.hardware.model import Calibration
from advisor.probes.accelerator import ITERATIONS, calibrate_accelerator
from advisor.probes.model import Candidate, Conditions
from advisor.resources import worker_script

CALIBRATION = Calibration(gemm_fp32=(1.0,), absent={"gpu_gemm_fp32": "measured-by-framework", "x": "y"})


def candidate(device, worker="fake_worker"):
    return Candidate("fake", "fake", None, sys.executable, str(worker_script(worker)), devices=(device,))


def test_rates_come_from_the_framework_that_reaches_the_accelerator():
    measured = calibrate_accelerator(CALIBRATION, [candidate("cpu"), candidate("cuda:0")], Conditions(1))
    assert len(measured.gpu_gemm_fp32) == len(measured.gpu_gemm_half) == ITERATIONS
    assert measured.gemm_fp32 == (1.0,)
    assert measured.absent == {"x": "y"}


def test_a_framework_that_fails_leaves_the_calibration_as_it_was():
    assert calibrate_accelerator(CALIBRATION, [candidate("cuda:0", "missing")], Conditions(1)) == CALIBRATION


def test_without_an_accelerator_nothing_is_started():
    assert calibrate_accelerator(CALIBRATION, [candidate("cpu", "missing")], Conditions(1)) is CALIBRATION
