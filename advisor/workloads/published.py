"""The workloads: published architectures in three sizes, with parameters and operations written out.

Operations are those of matrix products and convolutions, a multiply-add counted as two; normalisation,
activations, pooling, softmax and embedding look-ups are left out, as published counts do (they are a few
percent here). Nothing in this file is measured, and nothing here builds a network: the worker scripts do.
"""

import difflib

from advisor.errors import AdvisorError
from advisor.workloads.model import Size, Task, Workload

IMAGE_CLASSES = 1000
VOCABULARY = 30_522
POSITIONS = 512
TOKEN_TYPES = 2
ENCODER_CLASSES = 2


class _Count:
    """Adds up trainable parameters and forward operations of one item, layer by layer."""

    def __init__(self) -> None:
        self.parameters = 0
        self.flops = 0

    def dense(self, inputs: int, outputs: int, *, positions: int = 1) -> None:
        """A fully connected layer with bias, applied at each of ``positions``."""
        self.parameters += inputs * outputs + outputs
        self.flops += 2 * inputs * outputs * positions

    def convolution(self, kernel: int, inputs: int, outputs: int, side: int, *, bias: bool) -> None:
        """A square convolution whose output is ``side`` x ``side``."""
        self.parameters += kernel * kernel * inputs * outputs + (outputs if bias else 0)
        self.flops += 2 * kernel * kernel * inputs * outputs * side * side

    def scale_and_shift(self, width: int) -> None:
        """The trainable part of a batch or layer normalisation."""
        self.parameters += 2 * width


def _count_resnet(side: int, classes: int, blocks: tuple[int, ...], *, bottleneck: bool) -> _Count:
    """He et al. 2016, table 1; in bottlenecks the stride is in the 3x3 convolution (Goyal et al. 2017)."""
    count = _Count()
    side = -(-side // 2)
    count.convolution(7, 3, 64, side, bias=False)
    count.scale_and_shift(64)
    side = -(-side // 2)  # the max-pooling
    inputs = 64
    for stage, repeats in enumerate(blocks):
        width = 64 * 2**stage
        outputs = 4 * width if bottleneck else width
        for block in range(repeats):
            before = side
            if stage > 0 and block == 0:
                side = -(-side // 2)
            layers: tuple[tuple[int, int, int, int], ...]
            if bottleneck:
                layers = ((1, inputs, width, before), (3, width, width, side), (1, width, outputs, side))
            else:
                layers = ((3, inputs, width, side), (3, width, width, side))
            for kernel, fan_in, fan_out, output_side in layers:
                count.convolution(kernel, fan_in, fan_out, output_side, bias=False)
                count.scale_and_shift(fan_out)
            if block == 0 and (side != before or inputs != outputs):
                count.convolution(1, inputs, outputs, side, bias=False)
                count.scale_and_shift(outputs)
            inputs = outputs
    count.dense(inputs, classes)
    return count


def _count_encoder(layers: int, hidden: int, sequence: int) -> _Count:
    """Devlin et al. 2019: embeddings, layers with a feed-forward width of 4 x hidden, pooler, head."""
    count = _Count()
    count.parameters += (VOCABULARY + POSITIONS + TOKEN_TYPES) * hidden
    count.scale_and_shift(hidden)
    for _ in range(layers):
        for _projection in ("query", "key", "value", "output"):
            count.dense(hidden, hidden, positions=sequence)
        count.flops += 2 * 2 * sequence * sequence * hidden  # scores, and their product with the values
        count.scale_and_shift(hidden)
        count.dense(hidden, 4 * hidden, positions=sequence)
        count.dense(4 * hidden, hidden, positions=sequence)
        count.scale_and_shift(hidden)
    count.dense(hidden, hidden)  # the pooler sees the first position
    count.dense(hidden, ENCODER_CLASSES)
    return count


def _count_mlp(inputs: int, hidden: int, actions: int) -> _Count:
    """Two hidden layers."""
    count = _Count()
    count.dense(inputs, hidden)
    count.dense(hidden, hidden)
    count.dense(hidden, actions)
    return count


def _count_nature_dqn(actions: int) -> _Count:
    """Mnih et al. 2015, Methods, "Model architecture": no padding, so 84 -> 20 -> 9 -> 7."""
    count = _Count()
    count.convolution(8, 4, 32, 20, bias=True)
    count.convolution(4, 32, 64, 9, bias=True)
    count.convolution(3, 64, 64, 7, bias=True)
    count.dense(7 * 7 * 64, 512)
    count.dense(512, actions)
    return count


def _count_impala(actions: int) -> _Count:
    """Espeholt et al. 2018, figure 3 (right), without its LSTM; sides 84 -> 42 -> 21 -> 11 by pooling."""
    count = _Count()
    inputs, side = 4, 84
    for width in (16, 32, 32):
        count.convolution(3, inputs, width, side, bias=True)
        side = -(-side // 2)
        for _ in range(2 * 2):
            count.convolution(3, width, width, side, bias=True)
        inputs = width
    count.dense(side * side * inputs, 256)
    count.dense(256, actions)
    return count


def _resnet(depth: int, side: int, batch: int, size: Size) -> Workload:
    blocks, bottleneck = {18: ((2, 2, 2, 2), False), 50: ((3, 4, 6, 3), True)}[depth]
    count = _count_resnet(side, IMAGE_CLASSES, blocks, bottleneck=bottleneck)
    return Workload(
        id=f"resnet{depth}-{side}",
        task=Task.IMAGE_CLASSIFICATION,
        size=size,
        architecture=f"ResNet-{depth}",
        family="resnet",
        input_shape=(side, side, 3),
        batch=batch,
        classes=IMAGE_CLASSES,
        parameters=count.parameters,
        forward_flops=count.flops,
        reference="He et al. 2016",
        options={"depth": depth},
    )


def _encoder(name: str, layers: int, hidden: int, heads: int, batch: int, size: Size) -> Workload:
    sequence = 128
    count = _count_encoder(layers, hidden, sequence)
    return Workload(
        id=f"bert-{name}",
        task=Task.NLP,
        size=size,
        architecture=f"BERT-{name}",
        family="encoder",
        input_shape=(sequence,),
        batch=batch,
        classes=ENCODER_CLASSES,
        parameters=count.parameters,
        forward_flops=count.flops,
        reference="Devlin et al. 2019" if name == "base" else "Turc et al. 2019",
        options={
            "layers": layers,
            "hidden": hidden,
            "heads": heads,
            "vocabulary": VOCABULARY,
            "positions": POSITIONS,
            "token_types": TOKEN_TYPES,
        },
    )


def _cartpole() -> Workload:
    hidden, actions = 128, 2
    count = _count_mlp(4, hidden, actions)
    return Workload(
        id="dqn-cartpole",
        task=Task.RL,
        size=Size.COMPACT,
        architecture="DQN (MLP, CartPole)",
        family="mlp",
        input_shape=(4,),
        batch=128,
        classes=actions,
        parameters=count.parameters,
        forward_flops=count.flops,
        reference="Mnih et al. 2015; Barto et al. 1983",
        options={"hidden": hidden, "learn_every": 1, "target_every": 500, "replay": 10_000},
    )


def _frames(id_: str, architecture: str, count: _Count, size: Size, reference: str) -> Workload:
    return Workload(
        id=id_,
        task=Task.RL,
        size=size,
        architecture=architecture,
        family=id_,
        input_shape=(84, 84, 4),
        batch=32,
        classes=3,
        parameters=count.parameters,
        forward_flops=count.flops,
        reference=reference,
        options={"learn_every": 4, "target_every": 10_000, "replay": 1_000},
    )


WORKLOADS: dict[str, Workload] = {
    workload.id: workload
    for workload in (
        _resnet(18, 64, 32, Size.COMPACT),
        _resnet(18, 112, 32, Size.STANDARD),
        _resnet(50, 224, 16, Size.LARGE),
        _encoder("tiny", 2, 128, 2, 32, Size.COMPACT),
        _encoder("mini", 4, 256, 4, 32, Size.STANDARD),
        _encoder("base", 12, 768, 12, 8, Size.LARGE),
        _cartpole(),
        _frames("nature-dqn", "Nature-DQN", _count_nature_dqn(3), Size.STANDARD, "Mnih et al. 2015"),
        _frames("impala-dqn", "DQN (IMPALA)", _count_impala(3), Size.LARGE, "Espeholt et al. 2018"),
    )
}
"""Every workload by its id."""


def find(task: Task, size: Size) -> Workload:
    """The workload of a task at a size.

    Raises
    ------
    AdvisorError
        If there is none.
    """
    for workload in WORKLOADS.values():
        if workload.task is task and workload.size is size:
            return workload
    raise AdvisorError(f"There is no {size} workload for {task}.")


PRESETS: dict[tuple[Task, Size], dict[str, float]] = {
    (workload.task, workload.size): {workload.id: 1.0} for workload in WORKLOADS.values()
}
"""Which workloads stand for a task at a size, with the shares that they count by."""


def preset(task: Task, size: Size) -> dict[str, float]:
    """Return the workloads that stand for a task at a size, with their shares.

    Raises
    ------
    AdvisorError
        If there are none.
    """
    found = PRESETS.get((task, size))
    if not found:
        raise AdvisorError(f"There is no {size} workload for {task}.")
    return dict(found)


def get(id_: str) -> Workload:
    """Return a workload by its id.

    Raises
    ------
    AdvisorError
        There is none; the message offers the nearest spelling.
    """
    if id_ in WORKLOADS:
        return WORKLOADS[id_]
    near = difflib.get_close_matches(id_, WORKLOADS, n=1)
    remedy = f'Did you mean "{near[0]}"?' if near else f"Known are {', '.join(WORKLOADS)}."
    raise AdvisorError(f'There is no workload "{id_}".', remedy)
