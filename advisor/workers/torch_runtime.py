"""What a worker on PyTorch asks of it beside a network: threads, devices, TF32, memory, matrix products."""

import os
import shutil
import socket
import tempfile
import time
import warnings

import common

_MISSING_TOOLS = {
    "No working C++ compiler found": "no-compiler",
    "Compiler: cl is not found": "no-compiler",
    "Python.h": "no-python-headers",
    "working triton installation": "no-triton",
}
"""What ``torch.compile`` says of tools that it needs, and our code for it."""


def int8(torch, module):
    """A copy whose dense layers compute in 8 bits, with ranges of activations found at every call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch calls torch.ao.quantization deprecated, in two categories
        quantisation = torch.ao.quantization
        return quantisation.quantize_dynamic(module.eval(), {torch.nn.Linear}, dtype=torch.qint8)


def int8_of(torch, module):
    """What a network shows of lever ``int8``."""
    dense = torch.ao.nn.quantized.dynamic.Linear
    found = module is not None and any(isinstance(each, dense) for each in module.modules())
    return "dynamic" if found else None


class Runtime(common.Framework):
    """PyTorch without a network."""

    adjustable_threads = True
    grouped = False

    def environment(self, threads, device, backend):
        # A cache of earlier runs would make the first compiled step look faster than it is. Precompiled headers
        # go to the temporary folder as it is at the import, whatever TORCHINDUCTOR_CACHE_DIR says (2.13).
        self.cache = tempfile.tempdir = tempfile.mkdtemp(prefix="advisor-inductor-")
        os.environ.update(TORCHINDUCTOR_CACHE_DIR=self.cache, TMPDIR=self.cache)
        return {}

    def load(self, threads, device, backend):
        import torch

        self.torch = torch
        self.threads = threads
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        self.device, name = find_device(torch, device)
        return {"torch": torch.__version__}, name

    def set_threads(self, count):
        self.torch.set_num_threads(count)

    def set_tf32(self, allowed):
        self.torch.backends.cuda.matmul.allow_tf32 = allowed
        self.torch.backends.cudnn.allow_tf32 = allowed

    def join(self, rank, addresses):
        import torch.distributed

        common.keep_gloo_here(addresses)
        host, _, port = addresses[0].rpartition(":")
        # Left to itself, the store listens to all addresses of the machine.
        listener = socket.create_server((host, int(port))).detach() if rank == 0 else None
        store = torch.distributed.TCPStore(
            host, int(port), len(addresses), rank == 0, master_listen_fd=listener
        )
        kind = "nccl" if self.device.type == "cuda" else "gloo"
        torch.distributed.init_process_group(kind, store=store, rank=rank, world_size=len(addresses))
        self.grouped = True

    def all_reduce(self, count):
        self.torch.distributed.all_reduce(self.torch.ones(count, device=self.device))
        synchronise(self.torch, self.device)

    def gemm(self, size, dtype, iterations):
        torch, device = self.torch, self.device
        torch.manual_seed(0)
        a, b = (torch.randn(size, size, device=device, dtype=getattr(torch, dtype)) for _ in range(2))
        durations_s = []
        with torch.inference_mode():
            for _ in range(iterations):
                start = time.perf_counter()
                a @ b
                synchronise(torch, device)
                durations_s.append(time.perf_counter() - start)
        return durations_s

    def device_peak_bytes(self):
        if self.device.type not in ("cuda", "xpu"):
            return None
        memory = getattr(self.torch, self.device.type)
        peak = memory.max_memory_allocated(self.device)
        memory.reset_peak_memory_stats(self.device)
        return peak

    def missing_tool(self, error):
        return next((code for text, code in _MISSING_TOOLS.items() if text in str(error)), None)

    def close(self):
        shutil.rmtree(self.cache, ignore_errors=True)


def synchronise(torch, device):
    """Wait until the device has done everything that it was given."""
    if device.type != "cpu":
        getattr(torch, device.type).synchronize(*(() if device.type == "mps" else (device,)))


def torch_name(name):
    """PyTorch's name of a device: its builds for ROCm call AMD's accelerators "cuda"."""
    return name.replace("rocm", "cuda")


def find_device(torch, name):
    """A device and its display name.

    Raises
    ------
    common.Unsupported
        If this build of PyTorch doesn't see it.
    """
    if name.startswith("rocm") and not torch.version.hip:
        raise common.Unsupported("no-device " + name)
    device = torch.device(torch_name(name))
    if device.type == "cpu":
        return device, common.cpu_name()
    backend = torch.backends.mps if device.type == "mps" else getattr(torch, device.type, None)
    if backend is None or not backend.is_available():
        raise common.Unsupported("no-device " + name)
    if device.type == "mps":
        return device, "Apple GPU"
    if (device.index or 0) >= backend.device_count():
        raise common.Unsupported("no-device " + name)
    return device, backend.get_device_name(device)
