"""The workloads: published architectures in three sizes, each network written out as data.

Nothing in this file is measured, and nothing here builds a network: the worker scripts do, from these specs. To
add a network, write its spec and its row in ``_PUBLISHED``.
"""

import difflib

from advisor.errors import AdvisorError
from advisor.workloads.counts import count
from advisor.workloads.model import (
    Activation,
    Adam,
    Attention,
    BatchNorm,
    CausalAttention,
    Convolution,
    Dense,
    Embeddings,
    First,
    Flatten,
    Function,
    GlobalAveragePooling,
    Layer,
    LayerNorm,
    MaxPooling,
    Network,
    NextToken,
    Residual,
    Sgd,
    Size,
    Task,
    TokenEmbeddings,
    Workload,
)

IMAGE_CLASSES = 1000
ENCODER_CLASSES = 2
RELU, GELU, TANH = Function.RELU, Function.GELU, Function.TANH

# Learning rates of Adam are low: the fixed batch must not be learnt by heart within a run, or vanishing gradients
# (subnormal numbers) would change the speed of a step.


def _resnet(depth: int, batch: int) -> Network:
    """He et al. 2016, table 1; in bottlenecks the stride is in the 3x3 convolution (Goyal et al. 2017)."""
    repeats, expansion = {18: ((2, 2, 2, 2), 1), 50: ((3, 4, 6, 3), 4)}[depth]
    layers: list[Layer] = [
        Convolution("stem.conv", 3, 64, 7, stride=2, padding=3, bias=False),
        BatchNorm("stem.norm", 64),
        Activation(RELU),
        MaxPooling(3, 2, padding=(1, 1)),
    ]
    inputs = 64
    for stage, blocks in enumerate(repeats):
        width = 64 * 2**stage
        for block in range(blocks):
            name, stride = f"stage{stage}.block{block}", 2 if stage and not block else 1
            layers.append(_resnet_block(name, inputs, width, width * expansion, stride))
            inputs = width * expansion
    layers += [GlobalAveragePooling(), Dense("head", inputs, IMAGE_CLASSES)]
    # 0.1 at batch 256, scaled with the batch (Goyal et al. 2017).
    return Network(tuple(layers), Sgd(rate=0.1 * batch / 256))


def _resnet_block(name: str, inputs: int, width: int, outputs: int, stride: int) -> Residual:
    """Two 3x3 convolutions, or a bottleneck of three where it widens again."""
    shapes: tuple[tuple[int, int, int, int], ...]
    if outputs > width:
        shapes = ((inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1))
    else:
        shapes = ((inputs, width, 3, stride), (width, width, 3, 1))
    body: list[Layer] = []
    for number, (before, after, size, step) in enumerate(shapes, 1):
        body += [
            Convolution(f"{name}.conv{number}", before, after, size, step, padding=size // 2, bias=False),
            BatchNorm(f"{name}.norm{number}", after),
            Activation(RELU),
        ]
    shortcut: tuple[Layer, ...] = ()
    if stride > 1 or inputs != outputs:
        shortcut = (
            Convolution(f"{name}.projection", inputs, outputs, 1, stride, bias=False),
            BatchNorm(f"{name}.projection_norm", outputs),
        )
    return Residual(tuple(body[:-1]), shortcut, RELU)  # the last activation comes after the sum


def _encoder(layers: int, width: int) -> Network:
    """Devlin et al. 2019: heads of 64, a feed-forward width of 4 x width, pooler, head."""
    network: list[Layer] = [
        Embeddings("embeddings", vocabulary=30_522, positions=512, segments=2, width=width),
        LayerNorm("embeddings.norm", width),
    ]
    for index in range(layers):
        name = f"layer{index}"
        network += [
            Residual((Attention(name, width, heads=width // 64),)),
            LayerNorm(f"{name}.attention_norm", width),
            Residual(
                (Dense(f"{name}.up", width, 4 * width, GELU), Dense(f"{name}.down", 4 * width, width)),
            ),
            LayerNorm(f"{name}.output_norm", width),
        ]
    network += [First(), Dense("pooler", width, width, TANH), Dense("head", width, ENCODER_CLASSES)]
    # The rate of Turc et al. 2019, falling with the width (Yang et al. 2022, arXiv:2203.03466).
    return Network(tuple(network), Adam(rate=3e-5 * 128 / width))


def _decoder(layers: int, width: int, rate: float) -> Network:
    """Radford et al. 2019 (GPT-2): norms before what they feed, heads of 64, scores by the table of tokens.

    Its GELU is the exact one here, for which every framework has a function of its own.
    """
    vocabulary, positions = 50_257, 1024
    network: list[Layer] = [TokenEmbeddings("embeddings", vocabulary, positions, width)]
    for index in range(layers):
        name = f"layer{index}"
        network += [
            Residual(
                (
                    LayerNorm(f"{name}.attention_norm", width, 1e-5),
                    CausalAttention(name, width, heads=width // 64),
                )
            ),
            Residual(
                (
                    LayerNorm(f"{name}.output_norm", width, 1e-5),
                    Dense(f"{name}.up", width, 4 * width, GELU),
                    Dense(f"{name}.down", 4 * width, width),
                )
            ),
        ]
    network += [LayerNorm("norm", width, 1e-5), NextToken("embeddings", vocabulary, width)]
    return Network(tuple(network), Adam(rate=rate))


def _mlp(width: int, actions: int) -> Network:
    """Two hidden layers."""
    layers = (
        Dense("dense1", 4, width, RELU),
        Dense("dense2", width, width, RELU),
        Dense("head", width, actions),
    )
    return Network(layers, Adam(rate=3e-4))


def _nature_dqn(actions: int) -> Network:
    """Mnih et al. 2015, Methods, "Model architecture": no padding, so 84 -> 20 -> 9 -> 7."""
    layers = (
        Convolution("conv1", 4, 32, 8, stride=4, activation=RELU),
        Convolution("conv2", 32, 64, 4, stride=2, activation=RELU),
        Convolution("conv3", 64, 64, 3, activation=RELU),
        Flatten(64, side=7),
        Dense("dense", 64 * 7 * 7, 512, RELU),
        Dense("head", 512, actions),
    )
    return Network(layers, Adam(rate=2e-5))


def _impala_dqn(actions: int) -> Network:
    """Espeholt et al. 2018, figure 3 (right), without its LSTM; sides 84 -> 42 -> 21 -> 11 by pooling.

    The pooling's padding is the original's "same": in odd sides at both edges, in even ones at the far edge.
    """
    layers: list[Layer] = []
    inputs, side = 4, 84
    for section, width in enumerate((16, 32, 32)):
        name = f"section{section}"
        layers += [
            Convolution(f"{name}.conv", inputs, width, 3, padding=1),
            MaxPooling(3, 2, padding=(side % 2, 1)),
            _impala_unit(f"{name}.residual0", width),
            _impala_unit(f"{name}.residual1", width),
        ]
        inputs, side = width, -(-side // 2)
    layers += [
        Activation(RELU),
        Flatten(inputs, side),
        Dense("dense", side * side * inputs, 256, RELU),
        Dense("head", 256, actions),
    ]
    return Network(tuple(layers), Adam(rate=1e-5))


def _impala_unit(name: str, width: int) -> Residual:
    return Residual(
        (
            Activation(RELU),
            Convolution(f"{name}.conv0", width, width, 3, padding=1, activation=RELU),
            Convolution(f"{name}.conv1", width, width, 3, padding=1),
        )
    )


def _published(
    id_: str,
    task: Task,
    size: Size,
    architecture: str,
    input_shape: tuple[int, ...],
    batch: int,
    network: Network,
    reference: str,
    options: dict[str, int] | None = None,
) -> tuple[Workload, Network]:
    """A workload, with what its network comes to, and the network."""
    counts = sequence = count(network, input_shape)
    if task is Task.TEXT_GENERATION:  # an answer is one token, with all before it in view
        counts = count(network, (1,), context=input_shape[0])
    workload = Workload(
        id=id_,
        task=task,
        size=size,
        architecture=architecture,
        input_shape=input_shape,
        batch=batch,
        classes=counts.output_shape[-1],
        parameters=counts.parameters,
        forward_flops=counts.forward_flops,
        reference=reference,
        options=options or {},
        sequence_flops=sequence.forward_flops if task is Task.TEXT_GENERATION else None,
    )
    return workload, network


_IMAGES, _NLP, _RL, _TEXT = Task.IMAGE_CLASSIFICATION, Task.NLP, Task.RL, Task.TEXT_GENERATION
_COMPACT, _STANDARD, _LARGE = Size.COMPACT, Size.STANDARD, Size.LARGE
_HE, _TURC, _DEVLIN = "He et al. 2016", "Turc et al. 2019", "Devlin et al. 2019"
_RADFORD = "Radford et al. 2019"
_MNIH, _BARTO, _ESPEHOLT = "Mnih et al. 2015", "Mnih et al. 2015; Barto et al. 1983", "Espeholt et al. 2018"
_TOKENS, _FRAMES = (128,), (84, 84, 4)
_CARTPOLE = {"learn_every": 1, "target_every": 500, "replay": 10_000}
_CATCH = {"learn_every": 4, "target_every": 10_000, "replay": 1_000}

_PUBLISHED = (
    _published("resnet18-96", _IMAGES, _COMPACT, "ResNet-18", (96, 96, 3), 16, _resnet(18, 16), _HE),
    _published("resnet18-112", _IMAGES, _STANDARD, "ResNet-18", (112, 112, 3), 32, _resnet(18, 32), _HE),
    _published("resnet50-224", _IMAGES, _LARGE, "ResNet-50", (224, 224, 3), 16, _resnet(50, 16), _HE),
    _published("resnet18-64", _IMAGES, _COMPACT, "ResNet-18", (64, 64, 3), 32, _resnet(18, 32), _HE),
    _published("bert-tiny", _NLP, _COMPACT, "BERT-tiny", _TOKENS, 32, _encoder(2, 128), _TURC),
    _published("bert-mini", _NLP, _STANDARD, "BERT-mini", _TOKENS, 32, _encoder(4, 256), _TURC),
    _published("bert-base", _NLP, _LARGE, "BERT-base", _TOKENS, 8, _encoder(12, 768), _DEVLIN),
    _published(
        "dqn-cartpole", _RL, _COMPACT, "DQN (MLP, CartPole)", (4,), 128, _mlp(128, 2), _BARTO, _CARTPOLE
    ),
    _published("nature-dqn", _RL, _STANDARD, "Nature-DQN", _FRAMES, 32, _nature_dqn(3), _MNIH, _CATCH),
    _published(
        "gpt-compact", _TEXT, _COMPACT, "GPT-2 (2 layers)", (128,), 4, _decoder(2, 128, 6e-4), _RADFORD
    ),
    _published("gpt2-small", _TEXT, _STANDARD, "GPT-2 small", (128,), 2, _decoder(12, 768, 1e-5), _RADFORD),
    _published(
        "gpt2-small-1024", _TEXT, _LARGE, "GPT-2 small", (1024,), 1, _decoder(12, 768, 2e-5), _RADFORD
    ),
    _published("impala-dqn", _RL, _LARGE, "DQN (IMPALA)", _FRAMES, 32, _impala_dqn(3), _ESPEHOLT, _CATCH),
)

WORKLOADS: dict[str, Workload] = {workload.id: workload for workload, _ in _PUBLISHED}
"""Every workload by its id."""

_NETWORKS: dict[str, Network] = {workload.id: network for workload, network in _PUBLISHED}

_BY_NAME_ONLY = frozenset({"resnet18-64"})
"""In no preset. At 64 pixels ResNet-18 ends in maps of 2 x 2, where XLA's convolutions on processors fall off a
cliff (25 times slower than at 3 x 3, measured 2026-11): a figure about the input's size, not about who uses XLA."""

PRESETS: dict[Task, dict[Size, dict[str, float]]] = {
    task: {
        size: {
            each.id: 1.0
            for each in WORKLOADS.values()
            if (each.task, each.size) == (task, size) and each.id not in _BY_NAME_ONLY
        }
        for size in Size
    }
    for task in Task
}
"""What a task at a size is measured by: workloads by id, with their shares, which add up to one."""


def network(workload_id: str) -> Network | None:
    """Return the network of a published workload; None for any other."""
    return _NETWORKS.get(workload_id)


def longest_context(workload: Workload) -> int:
    """Return how many tokens a published network that writes text has positions for; 0 of any other."""
    found = network(workload.id) if workload.generates else None
    first = found.layers[0] if found else None
    return first.positions if isinstance(first, TokenEmbeddings) else 0


def get(workload_id: str) -> Workload:
    """Return the workload of an id.

    Raises
    ------
    AdvisorError
        There is none; the message offers the nearest spelling.
    """
    if workload_id in WORKLOADS:
        return WORKLOADS[workload_id]
    near = difflib.get_close_matches(workload_id.lower(), WORKLOADS, n=1)
    remedy = f'Did you mean "{near[0]}"?' if near else f"Known are {', '.join(WORKLOADS)}."
    raise AdvisorError(f'There is no workload "{workload_id}".', remedy)


def preset(task: Task, size: Size) -> dict[str, float]:
    """Return the workloads that a task at a size is measured by, with their shares.

    Raises
    ------
    AdvisorError
        There is no such preset.
    """
    shares = PRESETS.get(task, {}).get(size)
    if not shares:
        raise AdvisorError(f"There is no {size} workload for {task}.")
    return dict(shares)


def find(task: Task, size: Size) -> Workload:
    """Return the workload with the largest share in a task at a size.

    Raises
    ------
    AdvisorError
        There is none.
    """
    shares = preset(task, size)
    return WORKLOADS[max(shares, key=lambda each: shares[each])]
