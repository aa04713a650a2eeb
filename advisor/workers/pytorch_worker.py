"""PyTorch: ``nn.Module`` run eagerly, or through ``torch.compile``."""

import shutil
import tempfile
import time

import architectures
import common


def _networks(torch):
    """The module classes, made once torch is there."""
    nn = torch.nn
    functional = nn.functional

    def batch_norm(width):
        return nn.BatchNorm2d(
            width, eps=architectures.NORM_EPSILON, momentum=1.0 - architectures.BATCH_NORM_MOMENTUM
        )

    class Block(nn.Module):
        def __init__(self, block):
            super().__init__()
            self.names = []
            for name, inputs, outputs, size, stride in architectures.block_convolutions(block):
                self.names.append((name, name.replace("conv", "norm")))
                self.add_module(name, nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False))
                self.add_module(name.replace("conv", "norm"), batch_norm(outputs))
            self.projection = None
            if block["projection"]:
                self.projection = nn.Conv2d(block["inputs"], block["outputs"], 1, block["stride"], bias=False)
                self.projection_norm = batch_norm(block["outputs"])

        def forward(self, x):
            shortcut = x if self.projection is None else self.projection_norm(self.projection(x))
            for index, (conv, norm) in enumerate(self.names):
                x = getattr(self, norm)(getattr(self, conv)(x))
                if index < len(self.names) - 1:
                    x = functional.relu(x, inplace=True)
            return functional.relu(x + shortcut, inplace=True)

    class ResNet(nn.Module):
        def __init__(self, workload):
            super().__init__()
            self.stem = nn.ModuleDict({"conv": nn.Conv2d(3, 64, 7, 2, 3, bias=False), "norm": batch_norm(64)})
            stages = {}
            for block in architectures.resnet_blocks(workload["options"]["depth"]):
                stage, _, _ = block["name"].partition(".")
                stages.setdefault(stage, []).append(Block(block))
            self.stages = list(stages)
            for stage, blocks in stages.items():
                self.add_module(
                    stage, nn.ModuleDict({"block%d" % index: item for index, item in enumerate(blocks)})
                )
            self.head = nn.Linear(block["outputs"], workload["classes"])

        def forward(self, x):
            x = functional.relu(self.stem["norm"](self.stem["conv"](x)), inplace=True)
            x = functional.max_pool2d(x, 3, 2, 1)
            for stage in self.stages:
                for block in getattr(self, stage).values():
                    x = block(x)
            return self.head(x.mean((2, 3)))

    class Layer(nn.Module):
        def __init__(self, hidden, heads):
            super().__init__()
            self.heads = heads
            for name in ("query", "key", "value", "output"):
                self.add_module(name, nn.Linear(hidden, hidden))
            self.attention_norm = nn.LayerNorm(hidden, eps=architectures.LAYER_NORM_EPSILON)
            self.up = nn.Linear(hidden, 4 * hidden)
            self.down = nn.Linear(4 * hidden, hidden)
            self.output_norm = nn.LayerNorm(hidden, eps=architectures.LAYER_NORM_EPSILON)

        def forward(self, x):
            def split(y):
                return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)

            attended = functional.scaled_dot_product_attention(
                split(self.query(x)), split(self.key(x)), split(self.value(x))
            )
            x = self.attention_norm(x + self.output(attended.transpose(1, 2).flatten(2)))
            return self.output_norm(x + self.down(functional.gelu(self.up(x))))

    class Encoder(nn.Module):
        def __init__(self, workload):
            super().__init__()
            options = workload["options"]
            hidden = options["hidden"]
            self.embeddings = nn.ModuleDict(
                {
                    "token": nn.Embedding(options["vocabulary"], hidden),
                    "position": nn.Embedding(options["positions"], hidden),
                    "segment": nn.Embedding(options["token_types"], hidden),
                    "norm": nn.LayerNorm(hidden, eps=architectures.LAYER_NORM_EPSILON),
                }
            )
            self.layers = ["layer%d" % index for index in range(options["layers"])]
            for name in self.layers:
                self.add_module(name, Layer(hidden, options["heads"]))
            self.pooler = nn.Linear(hidden, hidden)
            self.head = nn.Linear(hidden, workload["classes"])

        def forward(self, tokens):
            positions = torch.arange(tokens.shape[1], device=tokens.device)
            x = self.embeddings["token"](tokens) + self.embeddings["position"](positions)
            x = self.embeddings["norm"](x + self.embeddings["segment"](torch.zeros_like(tokens)))
            for name in self.layers:
                x = getattr(self, name)(x)
            return self.head(torch.tanh(self.pooler(x[:, 0])))

    class Mlp(nn.Module):
        def __init__(self, workload):
            super().__init__()
            hidden = workload["options"]["hidden"]
            self.dense1 = nn.Linear(workload["input_shape"][0], hidden)
            self.dense2 = nn.Linear(hidden, hidden)
            self.head = nn.Linear(hidden, workload["classes"])

        def forward(self, x):
            x = functional.relu(self.dense1(x))
            return self.head(functional.relu(self.dense2(x)))

    class NatureDqn(nn.Module):
        def __init__(self, workload):
            super().__init__()
            self.conv1 = nn.Conv2d(workload["input_shape"][2], 32, 8, 4)
            self.conv2 = nn.Conv2d(32, 64, 4, 2)
            self.conv3 = nn.Conv2d(64, 64, 3)
            self.dense = nn.Linear(64 * 7 * 7, 512)
            self.head = nn.Linear(512, workload["classes"])

        def forward(self, x):
            x = functional.relu(self.conv1(x))
            x = functional.relu(self.conv2(x))
            x = functional.relu(self.conv3(x))
            return self.head(functional.relu(self.dense(x.flatten(1))))

    class Residual(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.conv0 = nn.Conv2d(width, width, 3, padding=1)
            self.conv1 = nn.Conv2d(width, width, 3, padding=1)

        def forward(self, x):
            return x + self.conv1(functional.relu(self.conv0(functional.relu(x))))

    class Section(nn.Module):
        def __init__(self, inputs, width, side):
            super().__init__()
            self.conv = nn.Conv2d(inputs, width, 3, padding=1)
            # The "same" padding of the original: in odd sides on both edges, in even ones at the far edge.
            self.pool = nn.MaxPool2d(3, 2, padding=side % 2, ceil_mode=True)
            self.residual0 = Residual(width)
            self.residual1 = Residual(width)

        def forward(self, x):
            return self.residual1(self.residual0(self.pool(self.conv(x))))

    class ImpalaDqn(nn.Module):
        def __init__(self, workload):
            super().__init__()
            side, _, inputs = workload["input_shape"]
            for index, width in enumerate(architectures.IMPALA_WIDTHS):
                self.add_module("section%d" % index, Section(inputs, width, side))
                inputs, side = width, -(-side // 2)
            self.dense = nn.Linear(inputs * side * side, 256)
            self.head = nn.Linear(256, workload["classes"])

        def forward(self, x):
            for index in range(len(architectures.IMPALA_WIDTHS)):
                x = getattr(self, "section%d" % index)(x)
            return self.head(functional.relu(self.dense(functional.relu(x).flatten(1))))

    return {
        "resnet": ResNet,
        "encoder": Encoder,
        "mlp": Mlp,
        "nature-dqn": NatureDqn,
        "impala-dqn": ImpalaDqn,
    }


_RENAMED = {".mean": ".running_mean", ".variance": ".running_var"}


def _state(torch, weights):
    """Canonical names to those of ``state_dict``."""
    state = {}
    for name, array in weights.items():
        stem, dot, kind = name.rpartition(".")
        if stem.startswith("embeddings") and kind in ("token", "position", "segment"):
            kind = kind + ".weight"
        state[stem + _RENAMED.get(dot + kind, dot + kind)] = torch.from_numpy(array)
    return state


_MISSING_TOOLS = {
    "No working C++ compiler found": "no-compiler",
    "Compiler: cl is not found": "no-compiler",
    "Python.h": "no-python-headers",
    "working triton installation": "no-triton",
}
"""What ``torch.compile`` says of tools that it needs, and our code for it."""


class Network:
    """A module, its optimiser and the fixed batch on a device."""

    def __init__(self, torch, module_class, workload, weights, target, batch, device, compiled):
        self.torch = torch
        self.device = device
        self.reinforcement = target is not None
        self.module = self._load(module_class, workload, weights)
        optimiser, rate = architectures.hyperparameters(workload)
        if optimiser == "sgd":
            self.optimiser = torch.optim.SGD(
                self.module.parameters(), rate, momentum=architectures.SGD_MOMENTUM
            )
        else:
            self.optimiser = torch.optim.Adam(
                self.module.parameters(), rate, betas=architectures.ADAM_BETAS, eps=architectures.ADAM_EPSILON
            )
        self.parameters = sum(parameter.numel() for parameter in self.module.parameters())
        if self.reinforcement:
            self.target = self._load(module_class, workload, target).eval().requires_grad_(False)
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1].clone()
        self.forward = torch.compile(self.module) if compiled else self.module
        if self.reinforcement:
            self.forward_target = torch.compile(self.target) if compiled else self.target

    def _load(self, module_class, workload, weights):
        module = module_class(workload)
        missing, unexpected = module.load_state_dict(_state(self.torch, weights), strict=False)
        if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
            raise ValueError("weights don't fit: %s, %s" % (missing, unexpected))
        return module.to(self.device)

    def _to_device(self, batch):
        tensors = {name: self.torch.from_numpy(array).to(self.device) for name, array in batch.items()}
        for name in ("labels", "actions"):
            if name in tensors:
                tensors[name] = tensors[name].long()
        return tensors

    def _switch(self, training):
        # Networks of reinforcement learning act and learn in turn, and have nothing that the mode changes.
        if not self.reinforcement and self.module.training != training:
            self.module.train(training)

    def _forward_only(self, inputs):
        self._switch(training=False)
        with self.torch.inference_mode():
            return self.forward(inputs)

    def infer(self):
        return self._forward_only(self.batch["inputs"])

    def infer_one(self):
        return self._forward_only(self.one)

    def _step(self, batch):
        functional = self.torch.nn.functional
        self._switch(training=True)
        self.optimiser.zero_grad()
        outputs = self.forward(batch["inputs"])
        if self.reinforcement:
            with self.torch.no_grad():
                best = self.forward_target(batch["next_inputs"]).amax(1)
                aims = batch["rewards"] + architectures.GAMMA * (1.0 - batch["ended"]) * best
            chosen = outputs.gather(1, batch["actions"][:, None])[:, 0]
            loss = functional.huber_loss(chosen, aims)
        else:
            loss = functional.cross_entropy(outputs, batch["labels"])
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    def train(self):
        return self._step(self.batch)

    def act(self, observation):
        inputs = self.torch.from_numpy(observation).to(self.device)
        return int(self._forward_only(inputs).argmax(1))

    def learn(self, batch):
        self._step(self._to_device(batch))

    def renew_target(self):
        self.target.load_state_dict(self.module.state_dict())

    def wait(self, result=None):
        synchronise(self.torch, self.device)

    def array(self, result):
        return result.cpu().numpy()


def synchronise(torch, device):
    """Wait until the device has done everything that it was given."""
    if device.type != "cpu":
        getattr(torch, device.type).synchronize(*(() if device.type == "mps" else (device,)))


class PyTorch(common.Framework):
    channels_first = True

    def environment(self, threads, device, backend):
        # A cache of earlier runs would make the first compiled step look faster than it is. Precompiled headers
        # go to the temporary folder as it is at the import, whatever TORCHINDUCTOR_CACHE_DIR says (2.13).
        self.cache = tempfile.tempdir = tempfile.mkdtemp(prefix="advisor-inductor-")
        return {"TORCHINDUCTOR_CACHE_DIR": self.cache, "TMPDIR": self.cache}

    def load(self, threads, device, backend):
        import torch

        self.torch = torch
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        self.device, name = find_device(torch, device)
        return {"torch": torch.__version__}, name

    def build(self, workload, weights, target, batch, compiled, tf32):
        self.set_tf32(tf32)
        module_class = _networks(self.torch)[workload["family"]]
        return Network(self.torch, module_class, workload, weights, target, batch, self.device, compiled)

    def set_tf32(self, allowed):
        self.torch.backends.cuda.matmul.allow_tf32 = allowed
        self.torch.backends.cudnn.allow_tf32 = allowed

    def gemm(self, size, dtype, iterations):
        return gemm(self.torch, self.device, size, dtype, iterations)

    def device_peak_bytes(self):
        return device_peak_bytes(self.torch, self.device)

    def missing_tool(self, error):
        return next((code for text, code in _MISSING_TOOLS.items() if text in str(error)), None)

    def close(self):
        shutil.rmtree(self.cache, ignore_errors=True)


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


def gemm(torch, device, size, dtype, iterations):
    """Seconds of each matrix product."""
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


def device_peak_bytes(torch, device):
    """Peak allocated accelerator memory since the last call."""
    if device.type not in ("cuda", "xpu"):
        return None
    memory = getattr(torch, device.type)
    peak = memory.max_memory_allocated(device)
    memory.reset_peak_memory_stats(device)
    return peak


if __name__ == "__main__":
    common.run(PyTorch)
