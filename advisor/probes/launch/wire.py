"""The wire to workers: typed messages, one JSON object a line. What a worker sends is not trusted.

The contract is ``workers/README.md``. Unknown fields are ignored, so that a newer worker's extra field
breaks no older program; a known field must have its exact type.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from advisor.bounds import Count, Elapsed, Positive, Seconds
from advisor.probes.model import Capability, Quantity
from advisor.workloads.datasets import Reading
from advisor.workloads.model import Network, Workload
from advisor.workloads.own import Port

PROTOCOL = 2
"""History. 1: first. 2: levers instead of a variant, the network as data, capabilities, threads set at run time."""

LINE_LIMIT_BYTES = 8 * 2**20
"""Longer lines are refused. The longest honest one, a latency sample, is a hundred times shorter."""

_Text = Annotated[str, Meta(max_length=10_000)]


class ProtocolError(Exception):
    """What came over the wire is no message of the protocol. The text is a code for the record."""


class Place(Struct, frozen=True):
    """A worker's place in a group, as its command line has it: every rank's address, "host:port"."""

    rank: int
    addresses: tuple[str, ...]


class Shard(Struct, frozen=True):
    """A rank's part of a group's work: a batch of its own, or with ``split`` its share of the one batch."""

    rank: int
    size: int
    split: bool


class ModelFile(Struct, frozen=True):
    """A network that a framework exported, for a runtime to serve."""

    path: str
    channels_first: bool  # how it takes images


class Prepare(Struct, frozen=True, tag_field="type", tag="prepare", omit_defaults=True):
    """Build the workload's network, or load it from a file, and make the first calls of the quantities asked for."""

    workload: Workload
    network: Network | None
    levers: dict[str, str]
    seed: int
    dtype: str
    tf32: bool
    quantities: tuple[Quantity, ...]
    shard: Shard | None = None  # of a rank of a group
    file: ModelFile | None = None


class ExportNetwork(Struct, frozen=True, tag_field="type", tag="export"):
    """Write the network that was prepared into an empty folder.

    ``packages`` is an interpreter in whose environment a tool may lie that the framework's own lacks.
    """

    format: str
    folder: str
    packages: str
    levers: dict[str, str] = {}  # that act while a network is exported


class Answer(Struct, frozen=True, tag_field="type", tag="answer"):
    """Say which output is the largest for every item of so many batches apart from the fixed one."""

    batches: int


class Inspect(Struct, frozen=True, tag_field="type", tag="inspect"):
    """Say what the user's model file holds."""


class Feed(Struct, frozen=True, tag_field="type", tag="load"):
    """Time the start of an epoch on the user's data: LOAD, TRAIN or FED."""

    data: Reading
    feeds: bool  # whether the network takes such items
    quantity: Quantity
    iterations: int
    threads: int
    seed: int


class Learn(Struct, frozen=True, tag_field="type", tag="learn"):
    """Train for so many more steps on real data, or on the workload's game, and tell how well the network does."""

    steps: int
    data: str | None  # a file of examples


class TakeSample(Struct, frozen=True, tag_field="type", tag="sample"):
    """Time ``iterations`` repetitions of a quantity."""

    quantity: Quantity
    iterations: int


class ReadMemory(Struct, frozen=True, tag_field="type", tag="memory"):
    """Report peak memory since the last such command."""


class SetThreads(Struct, frozen=True, tag_field="type", tag="threads"):
    """Compute with so many threads from now on."""

    count: int


class Multiply(Struct, frozen=True, tag_field="type", tag="gemm"):
    """Time the framework's own matrix multiplication."""

    size: int
    dtype: str
    iterations: int


class Reduce(Struct, frozen=True, tag_field="type", tag="reduce"):
    """Time the exchange of gradients between a group's ranks by itself, or of so many floats."""

    iterations: int
    floats: int = 0  # 0: as many as the network has parameters


class ReadWeights(Struct, frozen=True, tag_field="type", tag="weights"):
    """Tell the trained weights' digest."""


class Quit(Struct, frozen=True, tag_field="type", tag="quit"):
    """Say goodbye and leave."""


Command = (
    Prepare
    | ExportNetwork
    | Answer
    | Inspect
    | Feed
    | Learn
    | TakeSample
    | ReadMemory
    | SetThreads
    | Multiply
    | Reduce
    | ReadWeights
    | Quit
)


class Hello(Struct, frozen=True, tag_field="type", tag="hello"):
    """The worker's interpreter runs."""

    protocol: int
    pid: Positive
    python: _Text
    worker: _Text


class Ready(Struct, frozen=True, tag_field="type", tag="ready"):
    """The framework is imported."""

    import_s: Seconds
    versions: dict[str, _Text]
    device_name: _Text | None = None
    capabilities: tuple[Capability, ...] = (Capability.TRAIN, Capability.INFER)
    groups: bool = False  # whether several of its processes can train one network
    groups_listen: bool = False  # whether these can be reached from other machines meanwhile, in the clear
    adjustable_threads: bool = False  # whether ``threads`` works while the framework runs


class Prepared(Struct, frozen=True, tag_field="type", tag="prepared"):
    """The network is built and every first call is made. ``None`` in a row: not a finite number."""

    build_s: Seconds
    parameters: Count
    outputs: list[list[float | None]]
    losses: list[float | None]
    first_s: dict[Quantity, Seconds]
    applied: dict[str, _Text] = {}  # the levers that were pulled, as the framework shows them
    capabilities: tuple[Capability, ...] | None = None  # of own work, which shows when it is built


class Exported(Struct, frozen=True, tag_field="type", tag="exported"):
    """The network lies in the folder."""

    file: ModelFile
    bytes: Positive  # of all that was written
    elapsed_s: Seconds
    cpu_s: Seconds
    versions: dict[str, _Text] = {}  # of the tools that took part


class Answered(Struct, frozen=True, tag_field="type", tag="answered"):
    """The number of the largest output, per item."""

    classes: Annotated[list[Count], Meta(max_length=100_000)]


class Inspected(Struct, frozen=True, tag_field="type", tag="inspected"):
    """What a model file holds: its format, inputs, trainable parameters, and how often which operator."""

    format: _Text
    ports: Annotated[list[Port], Meta(min_length=1, max_length=1000)]
    parameters: Count | None = None
    operators: Annotated[dict[str, Count], Meta(max_length=1000)] = {}
    single: bool = True  # whether a call can have a single item, where the batch is free
    beside: Annotated[list[_Text], Meta(max_length=1000)] = []  # files that hold part of it, in its folder


class Sampled(Struct, frozen=True, tag_field="type", tag="sampled"):
    """One timed stretch."""

    quantity: Quantity
    iterations: Positive
    items: Positive
    elapsed_s: Elapsed
    cpu_s: Seconds
    durations_s: list[Seconds] = []


class Learned(Struct, frozen=True, tag_field="type", tag="learned"):
    """How well the network does after so many steps; the times are of the stretch's training alone."""

    steps: Count
    elapsed_s: Seconds
    cpu_s: Seconds
    score: Annotated[float, Meta(ge=0, le=1e6)]


class MemoryRead(Struct, frozen=True, tag_field="type", tag="memory"):
    """Peak memory as the worker itself knows it."""

    device_peak_bytes: Count | None = None


class ThreadsSet(Struct, frozen=True, tag_field="type", tag="threads"):
    """How many threads the framework computes with now."""

    count: Positive


class Multiplied(Struct, frozen=True, tag_field="type", tag="gemm"):
    """Operations per second, one entry per repetition."""

    flops: list[Annotated[float, Meta(gt=0, le=1e24)]]


class Reduced(Struct, frozen=True, tag_field="type", tag="reduced"):
    """Seconds of each exchange, and how much every rank gave."""

    durations_s: list[Elapsed]
    bytes: Count


class Weights(Struct, frozen=True, tag_field="type", tag="weights"):
    """The trained weights' digest: ranks that were kept in step have the same."""

    digest: _Text


class Bye(Struct, frozen=True, tag_field="type", tag="bye"):
    """Terminal: all is well."""


class Failed(Struct, frozen=True, tag_field="type", tag="failed"):
    """Terminal: what went wrong, as the worker itself saw it."""

    outcome: Literal["import-failed", "unsupported", "export-failed", "out-of-memory", "crashed"]
    reason: _Text


Reply = (
    Hello
    | Ready
    | Prepared
    | Exported
    | Answered
    | Inspected
    | Sampled
    | Learned
    | MemoryRead
    | ThreadsSet
    | Multiplied
    | Reduced
    | Weights
    | Bye
    | Failed
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def encode(command: Command) -> bytes:
    """Return the line that carries a command."""
    return _encoder.encode(command) + b"\n"


def decode(line: bytes) -> Reply:
    """Return the reply that a line carries.

    Raises
    ------
    ProtocolError
        For whatever is not a message of the protocol.
    """
    if len(line) > LINE_LIMIT_BYTES:
        raise ProtocolError("line-too-long")
    try:
        return _decoder.decode(line)
    # Bad UTF-8 is a UnicodeDecodeError, nesting beyond the stack a RecursionError.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"not-a-message: {error}") from None
