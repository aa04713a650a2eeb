"""Trainable parameters and operations of a network, from its spec and the shape of one item.

Operations are those of matrix products and convolutions, a multiply-add counted as two; normalisation,
activations, pooling, softmax and embedding look-ups are left out, as published counts do (they are a few
percent here).
"""

from msgspec import Struct

from advisor.workloads.model import (
    Activation,
    Attention,
    BatchNorm,
    CausalAttention,
    Convolution,
    Dense,
    Embeddings,
    First,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNorm,
    MaxPooling,
    Network,
    NextToken,
    Residual,
    Sequential,
    TokenEmbeddings,
)

Shape = tuple[int, ...]
"""Of one item: (rows, columns, channels) of an image, (positions, channels) of a sequence, (channels,)."""


class Counts(Struct, frozen=True):
    """What a network comes to for one item."""

    parameters: int
    forward_flops: int
    output_shape: Shape


def count(network: Network, input_shape: Shape, context: int | None = None) -> Counts:
    """Return a network's counts.

    Parameters
    ----------
    context : int, optional
        Positions that causal attention looks at; those of ``input_shape`` by default. One token of a longer text has
        an input of one position.

    Raises
    ------
    ValueError
        A layer doesn't fit what comes before it; the message names it.
    """
    counter = _Counter(context or input_shape[0])
    shape = counter.chain(network.layers, input_shape)
    return Counts(counter.parameters, counter.flops, shape)


class _Counter:
    """Follows the shape of one item through the layers and adds up on the way."""

    def __init__(self, context: int) -> None:
        self.context = context
        self.parameters = 0
        self.flops = 0

    def chain(self, layers: tuple[Layer, ...], shape: Shape) -> Shape:
        for layer in layers:
            shape = self.layer(layer, shape)
        return shape

    def layer(self, layer: Layer, shape: Shape) -> Shape:
        match layer:
            case Sequential():
                return self.chain(layer.layers, shape)
            case Residual():
                after = self.chain(layer.body, shape)
                _fits(layer, self.chain(layer.shortcut, shape), after)
                return after
            case Convolution():
                _fits(layer, shape, (*shape[:2], layer.inputs))
                sides = tuple(
                    (side + 2 * layer.padding - layer.size) // layer.stride + 1 for side in shape[:2]
                )
                weights = layer.size**2 * layer.inputs * layer.outputs
                self.parameters += weights + (layer.outputs if layer.bias else 0)
                self.flops += 2 * weights * sides[0] * sides[1]
                return (*sides, layer.outputs)
            case Dense():
                return self.dense(layer, shape, layer.inputs, layer.outputs)
            case Attention():
                for _projection in ("query", "key", "value", "output"):
                    self.dense(layer, shape, layer.width, layer.width)
                # Scores, and their product with the values.
                self.flops += 2 * 2 * shape[0] ** 2 * layer.width
                return shape
            case CausalAttention():
                for _projection in ("query", "key", "value", "output"):
                    self.dense(layer, shape, layer.width, layer.width)
                # Counted as if every position saw all, as the field does (Kaplan et al. 2020, table 1).
                self.flops += 2 * 2 * shape[0] * self.context * layer.width
                return shape
            case TokenEmbeddings():
                self.parameters += (layer.vocabulary + layer.positions) * layer.width
                return (*shape, layer.width)
            case NextToken():
                _fits(layer, shape, (*shape[:-1], layer.width))
                self.flops += 2 * shape[0] * layer.width * layer.vocabulary
                return (layer.vocabulary,)
            case Embeddings():
                self.parameters += (layer.vocabulary + layer.positions + layer.segments) * layer.width
                return (*shape, layer.width)
            case BatchNorm() | LayerNorm():
                _fits(layer, shape, (*shape[:-1], layer.width))
                self.parameters += 2 * layer.width
                return shape
            case MaxPooling():
                spare = sum(layer.padding) - layer.size
                sides = tuple((side + spare) // layer.stride + 1 for side in shape[:2])
                return (*sides, *shape[2:])
            case Flatten():
                _fits(layer, shape, (layer.side, layer.side, layer.channels))
                return (layer.side**2 * layer.channels,)
            case GlobalAveragePooling() | First():
                return shape[-1:]
            case Activation():
                return shape

    def dense(self, layer: Layer, shape: Shape, inputs: int, outputs: int) -> Shape:
        _fits(layer, shape, (*shape[:-1], inputs))
        positions = shape[0] if len(shape) == 2 else 1
        self.parameters += inputs * outputs + outputs
        self.flops += 2 * inputs * outputs * positions
        return (*shape[:-1], outputs)


def _fits(layer: Layer, shape: Shape, expected: Shape) -> None:
    if shape != expected:
        raise ValueError(f"{layer} takes {expected}, but {shape} comes before it")
