"""Every framework's own loader reads a user's data and feeds it to a network that takes it."""

import pytest
from conversation import WORKERS, Conversation
from msgspec.structs import replace

from advisor.probes.launch import wire
from advisor.probes.model import Quantity
from advisor.workloads import datasets
from advisor.workloads.model import (
    Adam,
    CausalAttention,
    Dense,
    Embeddings,
    First,
    Flatten,
    LayerNorm,
    Network,
    NextToken,
    Residual,
    TokenEmbeddings,
)
from advisor.workloads.published import WORKLOADS
from tests.own import made_data

pytestmark = pytest.mark.frameworks

BATCH = 4
RATE = Adam(1e-5)
PICTURES = (
    replace(WORKLOADS["resnet18-96"], input_shape=(8, 8, 3), batch=BATCH, classes=3),
    Network((Flatten(3, 8), Dense("head", 192, 3)), RATE),
)
READER = (
    replace(WORKLOADS["bert-tiny"], input_shape=(6,), batch=BATCH, classes=2),
    Network((Embeddings("embeddings", 50, 8, 2, 4), First(), Dense("head", 4, 2)), RATE),
)
WRITER = (
    replace(
        next(each for each in WORKLOADS.values() if each.generates), input_shape=(6,), batch=BATCH, classes=50
    ),
    Network(
        (
            TokenEmbeddings("embeddings", 50, 16, 4),
            Residual((LayerNorm("attention.norm", 4), CausalAttention("attention", 4, 2))),
            LayerNorm("norm", 4),
            NextToken("embeddings", 50, 4),
        ),
        RATE,
    ),
)
ALTERNATIVES = {
    "pytorch": None,
    "tensorflow": None,
    "keras": "tensorflow",
    "keras-torch": "torch",
    "keras-jax": "jax",
    "mxnet": None,
    "jax": None,
    "paddle": None,
}


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_what_is_loaded_is_trained_on(framework_pythons, tmp_path, alternative) -> None:
    framework = alternative.partition("-")[0]
    arguments = ("--backend", ALTERNATIVES[alternative]) if ALTERNATIVES[alternative] else ()
    cases = (
        (PICTURES, made_data.images(tmp_path / "images")),
        (PICTURES, made_data.arrays(tmp_path / "arrays.npz")),
        (PICTURES, made_data.table(tmp_path / "table.csv")),  # no network here takes rows of numbers
        (READER, made_data.reviews(tmp_path / "reviews.csv")),
        (READER, made_data.lines(tmp_path / "lines.txt")),
        (WRITER, tmp_path / "lines.txt"),
    )
    with Conversation(
        framework_pythons[framework], WORKERS / f"{framework}_worker.py", *arguments, threads=2
    ) as talk:
        assert isinstance(talk.receive(), wire.Hello)
        assert isinstance(talk.receive(), wire.Ready)
        prepared = None
        for (workload, network), path in cases:
            if workload is not prepared:
                assert isinstance(
                    talk.prepare(workload, (), (Quantity.TRAIN,), network=network), wire.Prepared
                )
                prepared = workload
            data = datasets.look(path)
            feeds = datasets.feeds(data.description, workload)
            assert feeds == (path.name != "table.csv")
            for quantity in (Quantity.LOAD, Quantity.FED) if feeds else (Quantity.LOAD,):
                # More than an epoch.
                reply = talk.ask(wire.Feed(data.reading, feeds, quantity, 16, 2, 0))
                assert isinstance(reply, wire.Sampled), (path.name, quantity, reply)
                assert reply.items == 16 * BATCH
        (tmp_path / "images" / "secret_cats" / "0.PNG").write_bytes(b"\x89PNG")
        reply = talk.ask(wire.Feed(datasets.look(tmp_path / "images").reading, True, Quantity.LOAD, 20, 2, 0))
        assert isinstance(reply, wire.Failed)
        assert reply.reason.startswith("unreadable-data")
        assert "secret" not in reply.reason
