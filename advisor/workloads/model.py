"""What a workload is: a network, its input and batch, and what is known of both. Frozen value types only."""

from enum import StrEnum

from msgspec import Struct

from advisor.bounds import Count, Positive


class Task(StrEnum):
    """What a network is for."""

    IMAGE_CLASSIFICATION = "image-classification"
    NLP = "nlp"
    RL = "rl"
    TEXT_GENERATION = "text-generation"


class Size(StrEnum):
    """How large a workload is."""

    COMPACT = "compact"
    STANDARD = "standard"
    LARGE = "large"


class Function(StrEnum):
    """An activation."""

    RELU = "relu"
    GELU = "gelu"  # the exact one, by the error function
    TANH = "tanh"


class Sequential(Struct, frozen=True, tag_field="kind", tag="sequential"):
    """Layers one after the other."""

    layers: "tuple[Layer, ...]"


class Residual(Struct, frozen=True, tag_field="kind", tag="residual"):
    """``activation(body(x) + shortcut(x))``; an empty shortcut hands x on as it is."""

    body: "tuple[Layer, ...]"
    shortcut: "tuple[Layer, ...]" = ()
    activation: Function | None = None


class Convolution(Struct, frozen=True, tag_field="kind", tag="convolution"):
    """A square convolution over rows and columns, padded with zeros on all four sides."""

    name: str
    inputs: int
    outputs: int
    size: int
    stride: int = 1
    padding: int = 0
    bias: bool = True
    activation: Function | None = None


class BatchNorm(Struct, frozen=True, tag_field="kind", tag="batch-norm"):
    """Normalisation of each channel over the batch; ``momentum`` is the share of old statistics that is kept."""

    name: str
    width: int
    epsilon: float = 1e-5
    momentum: float = 0.9


class LayerNorm(Struct, frozen=True, tag_field="kind", tag="layer-norm"):
    """Normalisation of each position over its channels."""

    name: str
    width: int
    epsilon: float = 1e-12  # Devlin et al. 2019


class Attention(Struct, frozen=True, tag_field="kind", tag="attention"):
    """Self-attention (Vaswani et al. 2017) with its projections ``query``, ``key``, ``value`` and ``output``."""

    name: str
    width: int
    heads: int


class CausalAttention(Struct, frozen=True, tag_field="kind", tag="causal-attention"):
    """Self-attention in which no position sees a later one; while it writes, it keeps earlier keys and values."""

    name: str
    width: int
    heads: int


class Dense(Struct, frozen=True, tag_field="kind", tag="dense"):
    """A fully connected layer with bias, applied at each position."""

    name: str
    inputs: int
    outputs: int
    activation: Function | None = None


class Embeddings(Struct, frozen=True, tag_field="kind", tag="embeddings"):
    """Sum of the embeddings of token, position and segment; all tokens are of the first segment."""

    name: str
    vocabulary: int
    positions: int
    segments: int
    width: int


class TokenEmbeddings(Struct, frozen=True, tag_field="kind", tag="token-embeddings"):
    """Sum of the embeddings of token and position."""

    name: str
    vocabulary: int
    positions: int
    width: int


class NextToken(Struct, frozen=True, tag_field="kind", tag="next-token"):
    """Scores of every token as the next one, by the table of the layer ``embeddings`` (Press and Wolf 2017).

    Of all positions in training, of the last one in inference.
    """

    embeddings: str
    vocabulary: int
    width: int


class MaxPooling(Struct, frozen=True, tag_field="kind", tag="max-pooling"):
    """Maximum over squares. Where ``padding`` is more than fills up the last square, its input is nowhere negative:
    frameworks pad with zeros or with minus infinity."""

    size: int
    stride: int
    padding: tuple[int, int] = (0, 0)  # before and after, the same for rows and columns


class GlobalAveragePooling(Struct, frozen=True, tag_field="kind", tag="global-average-pooling"):
    """Mean over rows and columns."""


class Activation(Struct, frozen=True, tag_field="kind", tag="activation"):
    """A function of every number by itself."""

    function: Function


class Flatten(Struct, frozen=True, tag_field="kind", tag="flatten"):
    """All of an image's numbers in one row. A dense layer follows; its canonical order is channel, row, column."""

    channels: int
    side: int


class First(Struct, frozen=True, tag_field="kind", tag="first"):
    """The first position of a sequence."""


Layer = (
    Sequential
    | Residual
    | Convolution
    | BatchNorm
    | LayerNorm
    | Attention
    | CausalAttention
    | Dense
    | Embeddings
    | TokenEmbeddings
    | NextToken
    | MaxPooling
    | GlobalAveragePooling
    | Activation
    | Flatten
    | First
)


class Sgd(Struct, frozen=True, tag_field="kind", tag="sgd"):
    """Stochastic gradient descent with momentum."""

    rate: float
    momentum: float = 0.9


class Adam(Struct, frozen=True, tag_field="kind", tag="adam"):
    """Kingma and Ba 2015, with their values."""

    rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


class Network(Struct, frozen=True):
    """A network as data: what counts, seeds and every worker derive from.

    A layer's ``name`` is canonical: its weights are ``NAME.weight``, ``NAME.bias`` and so on in every framework.
    Random numbers are drawn for layers in the order in which they stand here, a body's before its shortcut's.
    """

    layers: tuple[Layer, ...]
    optimiser: Sgd | Adam


class Source(StrEnum):
    """Where a workload comes from."""

    PUBLISHED = "published"  # a network's spec, which every worker builds
    MODEL = "model"  # the user's model file
    SCRIPT = "script"  # the user's scripts, one for each framework


class Tensor(Struct, frozen=True):
    """One input of a model: its shape, the batch's included, and its kind of numbers."""

    shape: tuple[int, ...]
    dtype: str  # "float32", "int64", …


class Workload(Struct, frozen=True):
    """A network with its input and batch, and what is known of it before anything runs.

    Of the user's own work no path is kept, and no name unless the user wants it so: an assessment may be passed
    on. ``digests`` tell a file from another one; they are SHA-256 sums in hexadecimal, by alternative, or by ""
    for a file that all share.
    """

    id: str  # "resnet18-96", "own-1a2b3c4d"
    task: Task
    size: Size
    architecture: str  # "ResNet-18"; of own work its name, "" where that stays private
    input_shape: tuple[
        Positive, ...
    ]  # of one item, channels last: (64, 64, 3); (128,) token ids; (): not known
    batch: Positive
    classes: Count
    parameters: Count | None  # trainable; None: not known
    forward_flops: (
        Count | None
    )  # floating-point operations per item, a multiply-add counts 2; None: not known
    reference: str  # author, year
    options: dict[str, int] = {}  # of deep Q-learning: learn_every, target_every, replay
    sequence_flops: Count | None = (
        None  # of text generation: of a whole sequence, where an answer is one token
    )
    source: Source = Source.PUBLISHED
    digests: dict[str, str] = {}
    inputs: tuple[Tensor, ...] = ()  # of a model file, in its order
    flexible: bool = True  # whether a call can have a single item, too

    @property
    def answers(self) -> bool:
        """Whether a call with a single item can be timed."""
        return self.flexible or self.batch == 1

    @property
    def loops(self) -> bool:
        """Whether training means acting in an environment and learning from it."""
        return self.task is Task.RL and self.source is Source.PUBLISHED

    @property
    def generates(self) -> bool:
        """Whether it writes text: an item is a sequence in training and one token of it in inference."""
        return self.task is Task.TEXT_GENERATION and self.source is Source.PUBLISHED

    @property
    def training_flops(self) -> int | None:
        """Operations of one training step per item: forward plus twice that for the backward pass
        (Kaplan et al. 2020, arXiv:2001.08361, section 2.1). Deep Q-learning adds the target network's
        forward pass."""
        forward = self.first_answer_flops
        return None if forward is None else (4 if self.loops else 3) * forward

    @property
    def first_answer_flops(self) -> int | None:
        """Operations until the first answer to one item: of a generated text, all of what comes before it."""
        return self.forward_flops if self.sequence_flops is None else self.sequence_flops
