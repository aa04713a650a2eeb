"""How a network's spec is read, apart from any framework and any numbers drawn.

Specs are ``advisor.workloads.model.Network`` as they travel: dicts, a layer's kind under "kind". Imported by worker
scripts as a plain module before their framework, so it imports nothing.
"""

GAMMA = 0.99  # discount of deep Q-learning


def leaves(layers):
    """Layers that hold no others, in the order in which their numbers are drawn."""
    for layer in layers:
        if layer["kind"] == "sequential":
            yield from leaves(layer["layers"])
        elif layer["kind"] == "residual":
            yield from leaves(layer["body"])
            yield from leaves(layer["shortcut"])
        else:
            yield layer


class Builder:
    """Makes a framework's layers from a spec: one method per kind, "batch-norm" by ``batch_norm(name, width, …)``.

    ``arrays[name]`` holds a layer's weights by kind: {"weight": …, "bias": …}. Whatever a builder decides, it decides
    once: what it makes must run a step without looking at the spec.
    """

    def __init__(self, weights):
        self.arrays = {}
        for name, array in weights.items():
            layer, _, kind = name.rpartition(".")
            self.arrays.setdefault(layer, {})[kind] = array

    def layer(self, layer):
        fields = dict(layer)
        return getattr(self, fields.pop("kind").replace("-", "_"))(**fields)


def fills_last(padding, side, size, stride):
    """Whether a padding is what frameworks call "same": as little as fills the last square, most of it after."""
    least = max((-(-side // stride) - 1) * stride + size - side, 0)
    return list(padding) == [least // 2, least - least // 2]


def reads_tokens(spec):
    """Whether a network's inputs are numbers of tokens."""
    return next(leaves(spec["layers"]))["kind"] in ("embeddings", "token-embeddings")


def generates(spec):
    """Whether a network writes text, token by token."""
    return any(layer["kind"] == "next-token" for layer in leaves(spec["layers"]))


def trained(name):
    """Whether the array of that name is changed by training steps."""
    return not name.endswith((".mean", ".variance"))


def is_reinforcement(workload):
    """Whether the workload has an environment in its loop."""
    return workload["task"] == "rl"
