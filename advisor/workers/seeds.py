"""The numbers that every framework starts from: weights, inputs and labels, drawn from a seed.

Imported by worker scripts as a plain module, inside foreign interpreters, after the framework: standard
library and numpy only (1.17 to 2.x). ``numpy.random.RandomState.random_sample`` is a frozen stream, the same
on every platform and version, so all draws go through it. Kernels are laid out as (output, input, height,
width), dense weights as (output, input); a worker transposes what its framework wants otherwise.
"""

import math

import numpy as np
from architectures import IMPALA_WIDTHS, block_convolutions, is_reinforcement, resnet_blocks

EXCERPT = 8  # rows and columns of an output that are compared with the reference


class _Draw:
    """Collects named arrays from one stream, in the order in which they are asked for."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)
        self.arrays = {}

    def uniform(self, name, shape, low, high):
        values = self.random.random_sample(shape)
        values *= high - low
        values += low
        self.arrays[name] = values.astype(np.float32)

    def kernel(self, name, shape, gain):
        """Weights with a standard deviation of ``gain / sqrt(inputs)``."""
        limit = math.sqrt(3.0) * gain / math.sqrt(np.prod(shape[1:]))
        self.uniform(name, shape, -limit, limit)

    def dense(self, name, inputs, outputs, gain=1.0):
        self.kernel(name + ".weight", (outputs, inputs), gain)
        self.uniform(name + ".bias", (outputs,), -0.1, 0.1)

    def convolution(self, name, inputs, outputs, size, bias):
        self.kernel(name + ".weight", (outputs, inputs, size, size), math.sqrt(2.0))
        if bias:
            self.uniform(name + ".bias", (outputs,), -0.1, 0.1)

    def layer_norm(self, name, width):
        self.uniform(name + ".weight", (width,), 0.5, 1.5)
        self.uniform(name + ".bias", (width,), -0.1, 0.1)

    def batch_norm(self, name, width):
        self.layer_norm(name, width)
        self.uniform(name + ".mean", (width,), -0.1, 0.1)
        self.uniform(name + ".variance", (width,), 0.5, 1.5)


def _resnet(draw, workload):
    draw.convolution("stem.conv", 3, 64, 7, bias=False)
    draw.batch_norm("stem.norm", 64)
    for block in resnet_blocks(workload["options"]["depth"]):
        convolutions = block_convolutions(block)
        for name, inputs, outputs, size, _stride in convolutions:
            draw.convolution(block["name"] + "." + name, inputs, outputs, size, bias=False)
            draw.batch_norm(block["name"] + "." + name.replace("conv", "norm"), outputs)
        if block["projection"]:
            draw.convolution(block["name"] + ".projection", block["inputs"], block["outputs"], 1, bias=False)
            draw.batch_norm(block["name"] + ".projection_norm", block["outputs"])
        last = block["outputs"]
    draw.dense("head", last, workload["classes"])


def _encoder(draw, workload):
    options = workload["options"]
    hidden = options["hidden"]
    for table, rows in (("token", "vocabulary"), ("position", "positions"), ("segment", "token_types")):
        draw.uniform("embeddings." + table, (options[rows], hidden), -0.5, 0.5)
    draw.layer_norm("embeddings.norm", hidden)
    for index in range(options["layers"]):
        prefix = "layer%d." % index
        for name in ("query", "key", "value", "output"):
            draw.dense(prefix + name, hidden, hidden)
        draw.layer_norm(prefix + "attention_norm", hidden)
        draw.dense(prefix + "up", hidden, 4 * hidden)
        draw.dense(prefix + "down", 4 * hidden, hidden)
        draw.layer_norm(prefix + "output_norm", hidden)
    draw.dense("pooler", hidden, hidden)
    draw.dense("head", hidden, workload["classes"])


def _mlp(draw, workload):
    hidden = workload["options"]["hidden"]
    draw.dense("dense1", workload["input_shape"][0], hidden, math.sqrt(2.0))
    draw.dense("dense2", hidden, hidden, math.sqrt(2.0))
    draw.dense("head", hidden, workload["classes"])


def _nature_dqn(draw, workload):
    draw.convolution("conv1", workload["input_shape"][2], 32, 8, bias=True)
    draw.convolution("conv2", 32, 64, 4, bias=True)
    draw.convolution("conv3", 64, 64, 3, bias=True)
    draw.dense("dense", 64 * 7 * 7, 512, math.sqrt(2.0))
    draw.dense("head", 512, workload["classes"])


def _impala_dqn(draw, workload):
    inputs = workload["input_shape"][2]
    for index, width in enumerate(IMPALA_WIDTHS):
        draw.convolution("section%d.conv" % index, inputs, width, 3, bias=True)
        for name in ("residual0.conv0", "residual0.conv1", "residual1.conv0", "residual1.conv1"):
            draw.convolution("section%d.%s" % (index, name), width, width, 3, bias=True)
        inputs = width
    draw.dense("dense", inputs * 11 * 11, 256, math.sqrt(2.0))
    draw.dense("head", 256, workload["classes"])


_FAMILIES = {
    "resnet": _resnet,
    "encoder": _encoder,
    "mlp": _mlp,
    "nature-dqn": _nature_dqn,
    "impala-dqn": _impala_dqn,
}


def weights(workload, seed):
    """Every array of the network by its canonical name, float32.

    ``*.mean`` and ``*.variance`` are running statistics, not trained. A dense layer that follows
    convolutions takes its inputs in the order channel, row, column.
    """
    draw = _Draw(seed)
    _FAMILIES[workload["family"]](draw, workload)
    return draw.arrays


def fixed_batch(workload, seed):
    """The batch on which equivalence is checked and steps are timed, images and frames channels last.

    Returns
    -------
    dict of numpy.ndarray
        "inputs" and "labels" (int32); for reinforcement learning "inputs", "actions" (int32), "rewards",
        "next_inputs" and "ended" (0 or 1).
    """
    random = np.random.RandomState(seed + 1)
    batch = workload["batch"]
    shape = (batch,) + tuple(workload["input_shape"])

    def integers(limit, size):
        return (random.random_sample(size) * limit).astype(np.int32)

    if workload["family"] == "encoder":
        inputs = integers(workload["options"]["vocabulary"], shape)
    else:
        inputs = (random.random_sample(shape) * 2.0 - 1.0).astype(np.float32)
    if not is_reinforcement(workload):
        return {"inputs": inputs, "labels": integers(workload["classes"], batch)}
    return {
        "inputs": inputs,
        "actions": integers(workload["classes"], batch),
        "rewards": (random.random_sample(batch) * 2.0 - 1.0).astype(np.float32),
        "next_inputs": (random.random_sample(shape) * 2.0 - 1.0).astype(np.float32),
        "ended": (random.random_sample(batch) < 0.1).astype(np.float32),
    }


def target_weights(workload, seed):
    """Weights of the target network of deep Q-learning: others than the trained network's."""
    return weights(workload, seed + 2)


def excerpt(outputs):
    """The rows and columns of an output that travel to the parent."""
    return [[float(value) for value in row[:EXCERPT]] for row in outputs[:EXCERPT]]
