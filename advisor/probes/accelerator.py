"""How fast an accelerator multiplies matrices, measured through a framework: nothing else here can reach it."""

from collections.abc import Iterable

from msgspec.structs import replace

from advisor.hardware.model import Calibration
from advisor.probes.launch import wire
from advisor.probes.launch.process import Timeouts, Worker, WorkerError
from advisor.probes.model import Candidate, Conditions

SIZE = 8192
"""Side of the square matrices: three of them in FP32 take 0.8 GB, and one product 1.1 TFLOP."""

ITERATIONS = 10


def calibrate_accelerator(
    calibration: Calibration, candidates: Iterable[Candidate], conditions: Conditions
) -> Calibration:
    """Return the calibration with the accelerator's matrix-multiply rates, best of the frameworks that ran.

    Parameters
    ----------
    calibration : Calibration
        What was measured without an accelerator; returned as it is where no candidate uses one.
    candidates : iterable of Candidate
        Every one that runs on an accelerator is asked; one that fails is passed over.
    """
    single: tuple[float, ...] = ()
    half: tuple[float, ...] = ()
    for candidate in candidates:
        device = next((each for each in candidate.devices if each != "cpu"), None)
        if device is None:
            continue
        single = max(single, _rates(candidate, device, "float32", conditions), key=_best)
        half = max(half, _rates(candidate, device, "float16", conditions), key=_best)
    if not single and not half:
        return calibration
    absent = {name: reason for name, reason in calibration.absent.items() if not name.startswith("gpu_gemm")}
    return replace(calibration, gpu_gemm_fp32=single, gpu_gemm_half=half, absent=absent)


def _best(rates: tuple[float, ...]) -> float:
    return max(rates, default=0.0)


def _rates(candidate: Candidate, device: str, dtype: str, conditions: Conditions) -> tuple[float, ...]:
    timeouts = Timeouts()
    try:
        worker = Worker(
            candidate.interpreter,
            candidate.worker,
            threads=conditions.threads,
            device=device,
            backend=candidate.backend,
            cpus=conditions.cpus,
        )
        worker.receive(wire.Hello, timeouts.hello_s)
        worker.receive(wire.Ready, timeouts.ready_s)
        multiplied = worker.request(
            wire.Multiply(SIZE, dtype, ITERATIONS), wire.Multiplied, timeouts.sample_s
        )
        worker.quit(timeouts.quit_s)
    except WorkerError:
        return ()
    return tuple(multiplied.flops)
