"""Accelerator paths by contract, with stand-ins for the frameworks' modules: no accelerator is needed."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import common
import jax_runtime
import keras_worker
import mxnet_worker
import numpy as np
import paddle_worker
import pytest
import pytorch_worker
import tensorflow_runtime
import tensorflow_worker
import torch_runtime


class StandInTorch:
    """Records what it is asked to do; has one CUDA device, one XPU and one MPS device, or none."""

    def __init__(self, devices: int = 1):
        self.calls: list[tuple[Any, ...]] = []
        self.version = SimpleNamespace(hip=None)
        self.cuda = self._accelerator("cuda", devices)
        self.xpu = self._accelerator("xpu", devices)
        self.mps = SimpleNamespace(synchronize=lambda: self.calls.append(("mps",)))
        self.backends = SimpleNamespace(
            mps=SimpleNamespace(is_available=lambda: devices > 0),
            cuda=SimpleNamespace(matmul=SimpleNamespace(allow_tf32=None)),
            cudnn=SimpleNamespace(allow_tf32=None),
        )

    def _accelerator(self, name: str, devices: int) -> SimpleNamespace:
        return SimpleNamespace(
            is_available=lambda: devices > 0,
            device_count=lambda: devices,
            get_device_name=lambda device: f"Stand-in {device.type}",
            synchronize=lambda device: self.calls.append((name, device.index)),
            max_memory_allocated=lambda device: 42,
            reset_peak_memory_stats=lambda device: self.calls.append(("reset", name)),
        )

    def device(self, name: str) -> SimpleNamespace:
        kind, _, index = name.partition(":")
        return SimpleNamespace(type=kind, index=int(index) if index else None)


@pytest.mark.parametrize(
    ("name", "calls"), [("cpu", []), ("cuda:0", [("cuda", 0)]), ("xpu:0", [("xpu", 0)]), ("mps", [("mps",)])]
)
def test_pytorch_waits_for_its_device(name: str, calls: list[Any]) -> None:
    torch = StandInTorch()
    device, _ = torch_runtime.find_device(torch, name)
    network = SimpleNamespace(torch=torch, device=device)
    pytorch_worker.Network.wait(network, None)
    assert torch.calls == calls


@pytest.mark.parametrize("name", ["cuda:0", "xpu:0", "mps"])
def test_pytorch_without_the_device_is_unsupported(name: str) -> None:
    with pytest.raises(common.Unsupported, match="no-device"):
        torch_runtime.find_device(StandInTorch(devices=0), name)


def test_pytorchs_build_for_rocm_calls_its_devices_cuda() -> None:
    torch = StandInTorch()
    with pytest.raises(common.Unsupported, match="no-device rocm:0"):
        torch_runtime.find_device(torch, "rocm:0")
    torch.version.hip = "7.1"
    device, _ = torch_runtime.find_device(torch, "rocm:0")
    assert (device.type, device.index) == ("cuda", 0)
    environment = keras_worker.Keras().environment(3, "rocm:1", "torch")
    assert environment["KERAS_TORCH_DEVICE"] == "cuda:1"


def test_pytorch_with_too_few_devices_is_unsupported() -> None:
    with pytest.raises(common.Unsupported, match="no-device cuda:1"):
        torch_runtime.find_device(StandInTorch(), "cuda:1")


def test_pytorch_reads_and_forgets_peak_memory() -> None:
    runtime = torch_runtime.Runtime()
    runtime.torch = StandInTorch()
    runtime.device = runtime.torch.device("cuda:0")
    assert runtime.device_peak_bytes() == 42
    assert runtime.torch.calls == [("reset", "cuda")]
    runtime.device = runtime.torch.device("cpu")
    assert runtime.device_peak_bytes() is None


@pytest.mark.parametrize("allowed", [True, False])
def test_pytorch_sets_tf32_as_told(allowed: bool) -> None:
    worker = pytorch_worker.PyTorch()
    worker.torch = StandInTorch()
    worker.set_tf32(allowed)
    assert worker.torch.backends.cuda.matmul.allow_tf32 is allowed
    assert worker.torch.backends.cudnn.allow_tf32 is allowed


class StandInTensor:
    """A result still under way on a device; ``numpy`` is the only thing that waits."""

    def __init__(self) -> None:
        self.read = 0

    def numpy(self) -> float:
        self.read += 1
        return 0.0


def test_tensorflow_waits_by_reading_the_result() -> None:
    result = StandInTensor()
    tensorflow_worker.Network.wait(SimpleNamespace(), result)
    assert result.read == 1


def stand_in_tensorflow(gpus: list[str]) -> tuple[Any, dict[str, Any]]:
    """A module that remembers its settings."""
    settings: dict[str, Any] = {}
    config = SimpleNamespace(
        threading=SimpleNamespace(
            set_intra_op_parallelism_threads=lambda n: settings.update(intra=n),
            set_inter_op_parallelism_threads=lambda n: settings.update(inter=n),
        ),
        list_physical_devices=lambda kind: gpus,
        set_visible_devices=lambda devices, kind: settings.update(visible=devices),
        experimental=SimpleNamespace(
            set_memory_growth=lambda gpu, grows: settings.update(growth=(gpu, grows)),
            get_device_details=lambda gpu: {"device_name": "Stand-in GPU"},
        ),
    )
    return SimpleNamespace(config=config), settings


def test_tensorflow_takes_one_gpu_without_reserving_its_memory() -> None:
    tf, settings = stand_in_tensorflow(["first", "second"])
    assert tensorflow_runtime.find_device(tf, 3, "cuda:1") == ("/GPU:0", "Stand-in GPU")
    assert settings == {"intra": 3, "inter": 1, "visible": "second", "growth": ("second", True)}


def test_tensorflow_on_the_processor_hides_gpus() -> None:
    tf, settings = stand_in_tensorflow(["first"])
    assert tensorflow_runtime.find_device(tf, 2, "cpu")[0] == "/CPU:0"
    assert settings["visible"] == []


@pytest.mark.parametrize("name", ["cuda:0", "mps", "xpu:0"])
def test_tensorflow_without_the_device_is_unsupported(name: str) -> None:
    tf, _ = stand_in_tensorflow([])
    with pytest.raises(common.Unsupported, match="no-device"):
        tensorflow_runtime.find_device(tf, 2, name)


def test_mxnet_waits_for_everything() -> None:
    calls = []
    network = SimpleNamespace(mx=SimpleNamespace(nd=SimpleNamespace(waitall=lambda: calls.append("waitall"))))
    mxnet_worker.Network.wait(network, None)
    assert calls == ["waitall"]


def test_keras_hands_out_host_values_so_there_is_nothing_to_wait_for() -> None:
    """Its steps return numpy: were that to change, a sample would end before the device does."""
    value = np.float32(1.0)
    assert keras_worker.Network.array(None, value) is value


@pytest.mark.parametrize(
    ("device", "expected"),
    [("cpu", "cpu"), ("cuda:1", "cuda,cpu"), ("rocm:0", "rocm,cpu"), ("mps", "mps"), ("xpu:0", "xpu")],
)
def test_jax_preallocates_nothing_and_counts_threads(device: str, expected: str) -> None:
    environment = keras_worker.Keras().environment(3, device, "jax")
    assert environment["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert environment["NPROC"] == "3"
    assert environment["JAX_PLATFORMS"] == expected
    assert environment["KERAS_BACKEND"] == "jax"


class StandInJax(ModuleType):
    """Has two CUDA devices beside the processor; no other backend."""

    __version__ = "0.0"

    def __init__(self) -> None:
        super().__init__("jax")
        self.settings: dict[str, Any] = {}
        self.config = SimpleNamespace(update=self.settings.__setitem__)

    def local_devices(self, backend: str) -> list[SimpleNamespace]:
        if backend not in ("cpu", "cuda"):
            raise RuntimeError("Unknown backend " + backend)
        statistics = {"peak_bytes_in_use": 42} if backend == "cuda" else None
        return [
            SimpleNamespace(device_kind=f"Stand-in {number}", memory_stats=lambda: statistics)
            for number in range(2 if backend == "cuda" else 1)
        ]


def test_jax_takes_the_device_of_that_number(monkeypatch: pytest.MonkeyPatch) -> None:
    jax = StandInJax()
    monkeypatch.setitem(sys.modules, "jax", jax)
    runtime = jax_runtime.Runtime()
    _, name = runtime.load(1, "cuda:1", None)
    assert name == "Stand-in 1"
    assert jax.settings["jax_default_device"] is runtime.device
    assert runtime.device_peak_bytes() == 42
    runtime.load(1, "cpu", None)
    assert runtime.device_peak_bytes() is None


@pytest.mark.parametrize("device", ["cuda:2", "rocm:0"])
def test_jax_without_the_device_is_unsupported(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setitem(sys.modules, "jax", StandInJax())
    with pytest.raises(common.Unsupported, match=f"no-device {device}"):
        jax_runtime.Runtime().load(1, device, None)


class StandInPaddle(ModuleType):
    """A build for CUDA with one device, or the one for processors, which has no device whatever it counts."""

    __version__ = "0.0"

    def __init__(self, *, cuda: bool) -> None:
        super().__init__("paddle")
        self.asked: list[Any] = []
        self.base = SimpleNamespace(core=SimpleNamespace(set_num_threads=self.asked.append))
        self.is_compiled_with_cuda = lambda: cuda
        self.is_compiled_with_rocm = lambda: False
        self.set_device = self.asked.append
        self.device = SimpleNamespace(
            cuda=SimpleNamespace(
                device_count=lambda: 1,
                get_device_name=lambda index: f"Stand-in {index}",
                max_memory_allocated=lambda: 42,
                reset_peak_memory_stats=lambda: self.asked.append("reset"),
            )
        )


def test_paddle_takes_its_device_and_forgets_peak_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    paddle = StandInPaddle(cuda=True)
    monkeypatch.setitem(sys.modules, "paddle", paddle)
    worker = paddle_worker.Paddle()
    _, name = worker.load(3, "cuda:0", None)
    assert name == "Stand-in 0"
    assert worker.device_peak_bytes() == 42
    assert paddle.asked == [3, "gpu:0", "reset"]


@pytest.mark.parametrize(("cuda", "device"), [(True, "cuda:1"), (True, "rocm:0"), (False, "cuda:0")])
def test_paddle_without_the_device_is_unsupported(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, device: str
) -> None:
    monkeypatch.setitem(sys.modules, "paddle", StandInPaddle(cuda=cuda))
    with pytest.raises(common.Unsupported, match=f"no-device {device}"):
        paddle_worker.Paddle().load(1, device, None)
