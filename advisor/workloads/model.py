"""What a workload is: a network, its input and batch, and what is known of both. Frozen value types only."""

from enum import StrEnum

from msgspec import Struct


class Task(StrEnum):
    """What a network is for."""

    IMAGE_CLASSIFICATION = "image-classification"
    NLP = "nlp"
    RL = "rl"


class Size(StrEnum):
    """How large a workload is."""

    COMPACT = "compact"
    STANDARD = "standard"
    LARGE = "large"


class Network(Struct, frozen=True):
    """A network as data: what counts, seeds and every worker derive from."""

    layers: tuple[dict[str, object], ...] = ()


class Workload(Struct, frozen=True):
    """A published architecture at one size, with what is known of it before anything runs."""

    id: str  # "resnet18-64"
    task: Task
    size: Size
    architecture: str  # "ResNet-18"
    input_shape: tuple[int, ...]  # of one item, channels last: (64, 64, 3); (128,) token ids; (4,)
    batch: int
    classes: int
    parameters: int  # trainable
    forward_flops: int  # floating-point operations per item, a multiply-add counts 2
    reference: str  # author, year
    options: dict[str, int] = {}  # layers, hidden width, heads, vocabulary, …
    family: str = ""  # which network builder of a worker makes it: "resnet", "encoder", "mlp", …

    @property
    def training_flops(self) -> int:
        """Operations of one training step per item: forward plus twice that for the backward pass
        (Kaplan et al. 2020, arXiv:2001.08361, section 2.1). Deep Q-learning adds the target network's
        forward pass."""
        return (4 if self.task is Task.RL else 3) * self.forward_flops
