"""The numbers that every framework starts from: weights, inputs and labels, drawn from a seed.

Imported by worker scripts as a plain module, inside foreign interpreters, after the framework: standard
library and numpy only (1.17 to 2.x). ``numpy.random.RandomState.random_sample`` is a frozen stream, the same
on every platform and version, so all draws go through it. Kernels are laid out as (output, input, height,
width), dense weights as (output, input); a worker transposes what its framework wants otherwise.
"""

import math

import numpy as np
from networks import generates, is_reinforcement, leaves, reads_tokens

HELD_OUT, CALIBRATION = (
    100_000,
    200_000,
)  # added to the seed: batches apart from the fixed one, and from each other
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

    def bias(self, layer):
        self.uniform(layer["name"] + ".bias", (layer["outputs"],), -0.1, 0.1)

    def dense(self, layer):
        # LeCun et al. 1998; before a rectifier He et al. 2015.
        gain = math.sqrt(2.0) if layer["activation"] == "relu" else 1.0
        self.kernel(layer["name"] + ".weight", (layer["outputs"], layer["inputs"]), gain)
        self.bias(layer)

    def convolution(self, layer):
        shape = (layer["outputs"], layer["inputs"], layer["size"], layer["size"])
        self.kernel(layer["name"] + ".weight", shape, math.sqrt(2.0))
        if layer["bias"]:
            self.bias(layer)

    def attention(self, layer):
        width = layer["width"]
        for projection in ("query", "key", "value", "output"):
            name = layer["name"] + "." + projection
            self.dense({"name": name, "inputs": width, "outputs": width, "activation": None})

    causal_attention = attention

    def token_embeddings(self, layer):
        # So small that the first scores, which are products with this table, tell no token from another.
        for table, rows in (("token", "vocabulary"), ("position", "positions")):
            self.uniform(layer["name"] + "." + table, (layer[rows], layer["width"]), -0.05, 0.05)

    def embeddings(self, layer):
        for table, rows in (("token", "vocabulary"), ("position", "positions"), ("segment", "segments")):
            self.uniform(layer["name"] + "." + table, (layer[rows], layer["width"]), -0.5, 0.5)

    def layer_norm(self, layer):
        self.uniform(layer["name"] + ".weight", (layer["width"],), 0.5, 1.5)
        self.uniform(layer["name"] + ".bias", (layer["width"],), -0.1, 0.1)

    def batch_norm(self, layer):
        self.layer_norm(layer)
        self.uniform(layer["name"] + ".mean", (layer["width"],), -0.1, 0.1)
        self.uniform(layer["name"] + ".variance", (layer["width"],), 0.5, 1.5)

    def nothing(self, layer):
        """Of a layer without weights."""


def weights(network, seed):
    """Every array of the network by its canonical name, float32.

    ``*.mean`` and ``*.variance`` are running statistics, not trained. A dense layer that follows
    a flattened image takes its inputs in the order channel, row, column.
    """
    draw = _Draw(seed)
    for layer in leaves(network["layers"]):
        getattr(draw, layer["kind"].replace("-", "_"), draw.nothing)(layer)
    return draw.arrays


def channels_last(network, arrays):
    """The same weights for a framework that flattens an image in the order row, column, channel."""
    arrays, image = dict(arrays), None
    for layer in leaves(network["layers"]):
        if layer["kind"] == "flatten":
            image = layer["channels"], layer["side"], layer["side"]
        elif layer["kind"] == "dense" and image:
            name = layer["name"] + ".weight"
            kernel = arrays[name].reshape((-1,) + image).transpose(0, 2, 3, 1)
            arrays[name] = kernel.reshape(len(kernel), -1)
            image = None
    return arrays


def fixed_batch(workload, network, seed):
    """The batch on which equivalence is checked and steps are timed, images and frames channels last.

    Returns
    -------
    dict of numpy.ndarray
        "inputs" and "labels" (int32; of a text each position's next token); for reinforcement learning
        "inputs", "actions" (int32), "rewards",
        "next_inputs" and "ended" (0 or 1).
    """
    random = np.random.RandomState(seed + 1)
    batch = workload["batch"]
    shape = (batch,) + tuple(workload["input_shape"])

    def integers(limit, size):
        return (random.random_sample(size) * limit).astype(np.int32)

    if generates(network):
        text = integers(workload["classes"], (batch, shape[1] + 1))
        return {"inputs": text[:, :-1].copy(), "labels": text[:, 1:].copy()}
    if reads_tokens(network):
        inputs = integers(next(leaves(network["layers"]))["vocabulary"], shape)
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


def inputs(workload, network, seed, channels_first):
    """The fixed batch's inputs, or with another seed other ones, images as a framework takes them."""
    batch = fixed_batch(workload, network, seed)["inputs"]
    return batch.transpose(0, 3, 1, 2).copy() if channels_first and batch.ndim == 4 else batch


def target_weights(network, seed):
    """Weights of the target network of deep Q-learning: others than the trained network's."""
    return weights(network, seed + 2)


def excerpt(outputs):
    """The rows and columns of an output that travel to the parent."""
    return [[float(value) for value in row[:EXCERPT]] for row in outputs[:EXCERPT]]
