"""The workloads' networks once more, apart from the workers: what their outputs and losses must be.

Written on a handful of operations that exist twice, in plain numpy and in float64 PyTorch. The numpy ones need no
framework, the PyTorch ones have gradients; both must agree.
"""

import math

import numpy as np

BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}
DECODERS = {"gpt-compact": (2, 2), "gpt2-small": (12, 12), "gpt2-small-1024": (12, 12)}
ENCODERS = {"bert-tiny": (2, 2), "bert-mini": (4, 4), "bert-base": (12, 12)}  # layers, heads


class NumpyOperations:
    """Channels-first operations in plain numpy."""

    def array(self, value):
        return np.asarray(value, np.float64) if np.asarray(value).dtype.kind == "f" else np.asarray(value)

    def _windows(self, x, size, stride, padding, fill):
        before, after = padding
        x = np.pad(x, ((0, 0), (0, 0), (before, after), (before, after)), constant_values=fill)
        windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
        return windows[:, :, ::stride, ::stride]

    def convolution(self, x, kernel, stride, padding):
        windows = self._windows(x, kernel.shape[-1], stride, (padding, padding), 0.0)
        return np.moveaxis(np.tensordot(windows, kernel, axes=((1, 4, 5), (1, 2, 3))), -1, 1)

    def max_pool(self, x, padding):
        return self._windows(x, 3, 2, padding, -np.inf).max((-2, -1))

    def relu(self, x):
        return np.maximum(x, 0.0)

    def gelu(self, x):
        return 0.5 * x * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))

    def softmax(self, x):
        powers = np.exp(x - x.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)

    def tanh(self, x):
        return np.tanh(x)

    def log(self, x):
        return np.log(x)

    def moments(self, x, axes):
        return x.mean(axes, keepdims=True), x.var(axes, keepdims=True)

    def maximum_over_rows(self, x):
        return x.max(1)


class TorchOperations:
    """The same in float64 PyTorch, with gradients."""

    def __init__(self, torch):
        self.torch = torch
        self.functional = torch.nn.functional

    def array(self, value):
        tensor = self.torch.from_numpy(np.ascontiguousarray(value))
        return tensor.double() if tensor.is_floating_point() else tensor.long()

    def convolution(self, x, kernel, stride, padding):
        return self.functional.conv2d(x, kernel, None, stride, padding)

    def max_pool(self, x, padding):
        before, after = padding
        padded = self.functional.pad(x, (before, after, before, after), value=-math.inf)
        return self.functional.max_pool2d(padded, 3, 2)

    def relu(self, x):
        return x.clamp(min=0.0)

    def gelu(self, x):
        return 0.5 * x * (1.0 + self.torch.erf(x / math.sqrt(2.0)))

    def softmax(self, x):
        return self.torch.softmax(x, -1)

    def tanh(self, x):
        return self.torch.tanh(x)

    def log(self, x):
        return self.torch.log(x)

    def moments(self, x, axes):
        return x.mean(axes, keepdim=True), x.var(axes, correction=0, keepdim=True)

    def maximum_over_rows(self, x):
        return x.amax(1)


class Oracle:
    """Forward pass and loss of one workload, from its canonical weights."""

    def __init__(self, operations, workload):
        self.do = operations
        self.workload = workload

    def forward(self, weights, inputs, *, training):
        """Logits or action values; images and frames come channels last."""
        network = {
            "resnet18": self._resnet,
            "resnet50": self._resnet,
            "bert": self._encoder,
            "gpt": self._decoder,
            "gpt2": self._decoder,
            "dqn": self._mlp,
            "nature": self._nature_dqn,
            "impala": self._impala_dqn,
        }[self.workload.id.partition("-")[0]]
        if len(inputs.shape) == 4:
            inputs = inputs.swapaxes(1, 3).swapaxes(2, 3)
        return network(weights, inputs, training)

    def loss(self, weights, batch, target=None):
        """Mean cross-entropy, or mean Huber loss of the temporal difference."""
        outputs = self.forward(weights, batch["inputs"], training=True)
        rows = np.arange(self.workload.batch)
        if self.workload.task == "text-generation":
            outputs = outputs.reshape(-1, outputs.shape[-1])
            rows, labels = np.arange(len(outputs)), batch["labels"].reshape(-1)
            return -self.do.log(self.do.softmax(outputs))[rows, labels].mean()
        if target is None:
            return -self.do.log(self.do.softmax(outputs))[rows, batch["labels"]].mean()
        best = self.do.maximum_over_rows(self.forward(target, batch["next_inputs"], training=False))
        aims = batch["rewards"] + 0.99 * (1.0 - batch["ended"]) * best
        errors = abs(outputs[rows, batch["actions"]] - aims)
        # Huber 1964: quadratic inside 1, linear outside.
        small = errors - self.do.relu(errors - 1.0)
        return (0.5 * small * small + (errors - small)).mean()

    def _norm(self, x, weights, name, training):
        if training:
            mean, variance = self.do.moments(x, (0, 2, 3))
        else:
            mean = weights[name + ".mean"].reshape(1, -1, 1, 1)
            variance = weights[name + ".variance"].reshape(1, -1, 1, 1)
        scale, shift = (weights[name + suffix].reshape(1, -1, 1, 1) for suffix in (".weight", ".bias"))
        return (x - mean) / (variance + 1e-5) ** 0.5 * scale + shift

    def _dense(self, x, weights, name):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def _convolution(self, x, weights, name, stride=1, padding=0):
        bias = weights[name + ".bias"].reshape(1, -1, 1, 1)
        return self.do.convolution(x, weights[name + ".weight"], stride, padding) + bias

    def _resnet(self, weights, x, training):
        def conv_norm(x, conv, norm, stride):
            kernel = weights[conv + ".weight"]
            x = self.do.convolution(x, kernel, stride, kernel.shape[-1] // 2)
            return self._norm(x, weights, norm, training)

        depth = int(self.workload.id.partition("-")[0].removeprefix("resnet"))
        x = self.do.max_pool(self.do.relu(conv_norm(x, "stem.conv", "stem.norm", 2)), (1, 1))
        for stage, repeats in enumerate(BLOCKS[depth]):
            for index in range(repeats):
                name = f"stage{stage}.block{index}"
                stride = 2 if stage > 0 and index == 0 else 1
                strides = (1, stride, 1) if depth == 50 else (stride, 1)
                shortcut = x
                if f"{name}.projection.weight" in weights:
                    shortcut = conv_norm(x, f"{name}.projection", f"{name}.projection_norm", stride)
                for number, step in enumerate(strides, 1):
                    x = conv_norm(x, f"{name}.conv{number}", f"{name}.norm{number}", step)
                    if number < len(strides):
                        x = self.do.relu(x)
                x = self.do.relu(x + shortcut)
        return self._dense(x.mean((2, 3)), weights, "head")

    def _encoder(self, weights, tokens, training):
        layers, heads = ENCODERS[self.workload.id]
        batch, sequence = tokens.shape

        def norm(x, name):
            mean, variance = self.do.moments(x, -1)
            return (x - mean) / (variance + 1e-12) ** 0.5 * weights[name + ".weight"] + weights[
                name + ".bias"
            ]

        def split(x):
            return x.reshape(batch, sequence, heads, -1).swapaxes(1, 2)

        x = weights["embeddings.token"][tokens] + weights["embeddings.position"][:sequence]
        x = norm(x + weights["embeddings.segment"][0], "embeddings.norm")
        for index in range(layers):
            layer = f"layer{index}."
            query, key, value = (
                split(self._dense(x, weights, layer + name)) for name in ("query", "key", "value")
            )
            scores = self.do.softmax(query @ key.swapaxes(2, 3) / math.sqrt(query.shape[-1]))
            attended = (scores @ value).swapaxes(1, 2).reshape(batch, sequence, -1)
            x = norm(x + self._dense(attended, weights, layer + "output"), layer + "attention_norm")
            inner = self.do.gelu(self._dense(x, weights, layer + "up"))
            x = norm(x + self._dense(inner, weights, layer + "down"), layer + "output_norm")
        return self._dense(self.do.tanh(self._dense(x[:, 0], weights, "pooler")), weights, "head")

    def _decoder(self, weights, tokens, training):
        """Without a cache: what a worker gets from one must be the last position of all that is worked out anew."""
        layers, heads = DECODERS[self.workload.id]
        batch, sequence = tokens.shape
        hidden = np.triu(np.full((sequence, sequence), -1e30), 1)

        def norm(x, name):
            mean, variance = self.do.moments(x, -1)
            x = (x - mean) / (variance + 1e-5) ** 0.5
            return x * weights[name + ".weight"] + weights[name + ".bias"]

        def split(x):
            return x.reshape(batch, sequence, heads, -1).swapaxes(1, 2)

        x = weights["embeddings.token"][tokens] + weights["embeddings.position"][:sequence]
        for index in range(layers):
            layer = f"layer{index}."
            inner = norm(x, layer + "attention_norm")
            query, key, value = (
                split(self._dense(inner, weights, layer + name)) for name in ("query", "key", "value")
            )
            scores = query @ key.swapaxes(2, 3) / math.sqrt(query.shape[-1]) + self.do.array(hidden)
            attended = (self.do.softmax(scores) @ value).swapaxes(1, 2).reshape(batch, sequence, -1)
            x = x + self._dense(attended, weights, layer + "output")
            inner = self.do.gelu(self._dense(norm(x, layer + "output_norm"), weights, layer + "up"))
            x = x + self._dense(inner, weights, layer + "down")
        x = norm(x, "norm")
        return (x if training else x[:, -1]) @ weights["embeddings.token"].T

    def _mlp(self, weights, x, training):
        for name in ("dense1", "dense2"):
            x = self.do.relu(self._dense(x, weights, name))
        return self._dense(x, weights, "head")

    def _nature_dqn(self, weights, x, training):
        for name, stride in (("conv1", 4), ("conv2", 2), ("conv3", 1)):
            x = self.do.relu(self._convolution(x, weights, name, stride))
        x = self.do.relu(self._dense(x.reshape(x.shape[0], -1), weights, "dense"))
        return self._dense(x, weights, "head")

    def _impala_dqn(self, weights, x, training):
        for section in range(3):
            x = self._convolution(x, weights, f"section{section}.conv", padding=1)
            x = self.do.max_pool(x, (1, 1) if x.shape[-1] % 2 else (0, 1))
            for unit in range(2):
                y = x
                for number in range(2):
                    name = f"section{section}.residual{unit}.conv{number}"
                    y = self._convolution(self.do.relu(y), weights, name, padding=1)
                x = x + y
        x = self.do.relu(x)
        x = self.do.relu(self._dense(x.reshape(x.shape[0], -1), weights, "dense"))
        return self._dense(x, weights, "head")


def learning_rate(workload):
    """Of the first training step: "sgd" or "adam", and by how much."""
    if workload.id.startswith("resnet"):
        return "sgd", 0.1 * workload.batch / 256
    if workload.id.startswith("bert"):
        return "adam", 3e-5 * 128 / {"bert-tiny": 128, "bert-mini": 256, "bert-base": 768}[workload.id]
    if workload.task == "text-generation":
        return "adam", {"gpt-compact": 6e-4, "gpt2-small": 1e-5, "gpt2-small-1024": 2e-5}[workload.id]
    return "adam", {"dqn-cartpole": 3e-4, "nature-dqn": 2e-5, "impala-dqn": 1e-5}[workload.id]


def reference(torch, workload, spec, seeds, seed):
    """Parameter count, excerpt of the outputs, and losses before and after one training step, in float64.

    ``workload`` has its fields as attributes, ``spec`` is its network, from which numbers are drawn only.
    """
    operations = TorchOperations(torch)
    oracle = Oracle(operations, workload)
    drawn = seeds.fixed_batch(vars(workload), spec, seed)
    batch = {name: operations.array(value) for name, value in drawn.items()}
    weights = {name: operations.array(value) for name, value in seeds.weights(spec, seed).items()}
    target = None
    if workload.task == "rl":
        target = {name: operations.array(value) for name, value in seeds.target_weights(spec, seed).items()}
    with torch.no_grad():
        outputs = oracle.forward(weights, batch["inputs"], training=False)
    trained = {
        name: value.requires_grad_()
        for name, value in weights.items()
        if not name.endswith((".mean", ".variance"))
    }
    before = oracle.loss(weights, batch, target)
    before.backward()
    optimiser, rate = learning_rate(workload)
    with torch.no_grad():
        for value in trained.values():
            # The first step of SGD with momentum is plain; that of Adam (Kingma and Ba 2015) has both
            # bias-corrected moments equal to the gradient and its square.
            step = value.grad if optimiser == "sgd" else value.grad / (value.grad.abs() + 1e-8)
            value -= rate * step
        after = oracle.loss(weights, batch, target)
    return {
        "parameters": sum(value.numel() for value in trained.values()),
        "outputs": seeds.excerpt(outputs.numpy()),
        "losses": [before.item(), after.item()],
    }
