"""Inference runtimes: what a framework exports is loaded, gives the same outputs, and only infers."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from conversation import WORKERS, Conversation

from advisor.frameworks import catalogue
from advisor.frameworks.model import Acts
from advisor.frameworks.pairs import offered, serving
from advisor.probes.equivalence import compare, load_references
from advisor.probes.launch import wire
from advisor.probes.model import Capability, Conditions, Quantity
from advisor.probes.passes.export import output_error
from advisor.workloads.model import Layer, Network, Size, Task, Workload
from advisor.workloads.published import find, network

pytestmark = pytest.mark.frameworks

FRAMEWORKS = catalogue.load()
PAIRS = {each.id: each for _, each in offered(FRAMEWORKS) if each.runtime is not None}
ANSWERS = (Quantity.INFER, Quantity.LATENCY)

PUBLISHED = tuple(
    find(task, Size.COMPACT) for task in (Task.TEXT_GENERATION, Task.IMAGE_CLASSIFICATION, Task.NLP, Task.RL)
)


def deep_text() -> tuple[Workload, Network]:
    """One longer text for a deeper network: so many caches that their order isn't right by chance."""
    workload = msgspec.structs.replace(PUBLISHED[0], id="deep-text", input_shape=(200,), batch=1)
    spec = network(PUBLISHED[0].id)
    assert spec is not None
    block = msgspec.json.encode(spec.layers[3:5]).decode()
    more = [block.replace("layer1", f"layer{number}") for number in range(2, 6)]
    layers = [layer for each in more for layer in msgspec.json.decode(each, type=tuple[Layer, ...])]
    return workload, msgspec.structs.replace(spec, layers=(*spec.layers[:5], *layers, *spec.layers[5:]))


NETWORKS = (*((each, network(each.id)) for each in PUBLISHED), deep_text())

Open = Callable[..., Conversation]


@pytest.fixture
def talk_to(framework_pythons: dict[str, str]) -> Open:
    def talk_to(framework: str, backend: str | None = None) -> Conversation:
        found = catalogue.find(FRAMEWORKS, framework)
        arguments = ("--backend", backend) if backend else ()
        talk = Conversation(framework_pythons[framework], WORKERS / f"{found.worker}.py", *arguments)
        assert isinstance(talk.receive(), wire.Hello)
        return talk

    return talk_to


@pytest.mark.parametrize("pair", PAIRS)
def test_what_serves_gives_what_trains_gave(
    talk_to: Open, framework_pythons: dict[str, str], tmp_path: Path, pair: str
) -> None:
    known = PAIRS[pair]
    assert known.runtime is not None
    exported = serving(catalogue.find(FRAMEWORKS, known.runtime), known).format
    with talk_to(known.framework, known.backend) as trainer, talk_to(known.runtime) as runtime:
        assert isinstance(trainer.receive(), wire.Ready)
        ready = runtime.receive()
        assert isinstance(ready, wire.Ready), ready
        assert ready.capabilities == (Capability.INFER,)
        for number, (workload, spec) in enumerate(NETWORKS):
            folder = tmp_path / str(number)
            folder.mkdir()
            trained = trainer.prepare(workload, quantities=(Quantity.INFER,), network=spec)
            packages = framework_pythons[known.runtime]
            made = trainer.ask(wire.ExportNetwork(exported, str(folder), packages))
            assert isinstance(made, wire.Exported), made
            assert made.bytes > 3.9 * workload.parameters  # what is folded away is little
            command = wire.Prepare(workload, spec, {}, 0, "float32", False, ANSWERS, file=made.file)
            served = runtime.ask(command)
            assert isinstance(served, wire.Prepared), served
            error = output_error(served.outputs, trained.outputs)
            assert error is not None and error < 1e-5
            assert trainer.sample(Quantity.INFER, 1).items == workload.batch  # an export leaves it as it was
            if workload in PUBLISHED:
                prepared = wire.Prepared(0.0, trained.parameters, served.outputs, [], {})
                conditions = Conditions(threads=1)
                assert compare(prepared, workload.id, load_references(), conditions, trains=False).passed
            for quantity in ANSWERS:
                sample = runtime.sample(quantity, 2)
                assert sample.items == 2 * (workload.batch if quantity is Quantity.INFER else 1)
                if sample.elapsed_s > 0.1:  # shorter ones can't be told from the clocks' steps
                    assert sample.cpu_s / sample.elapsed_s <= 1.1


ROUGH = [
    (pair, lever.id, value)
    for pair, known in PAIRS.items()
    for lever in catalogue.find(FRAMEWORKS, known.runtime or "").levers
    for value in lever.values
    if not lever.exact
]


@pytest.mark.parametrize(("pair", "lever", "value"), ROUGH)
def test_an_approximation_answers_as_the_default_does_nearly_always(
    talk_to: Open, framework_pythons: dict[str, str], tmp_path: Path, pair: str, lever: str, value: str
) -> None:
    known, workload = PAIRS[pair], find(Task.NLP, Size.COMPACT)
    assert known.runtime is not None
    found = catalogue.find(FRAMEWORKS, known.runtime)
    acts = next(each.acts for each in found.levers if each.id == lever)
    answers = []
    with talk_to(known.framework, known.backend) as trainer:
        assert isinstance(trainer.receive(), wire.Ready)
        trainer.prepare(workload, quantities=(Quantity.INFER,))
        for levers in ({}, {lever: value}):
            folder = tmp_path / str(len(answers))
            folder.mkdir()
            exporting = levers if acts is Acts.EXPORT else {}
            exported = wire.ExportNetwork(
                serving(found, known).format, str(folder), framework_pythons[found.id], exporting
            )
            made = trainer.ask(exported)
            assert isinstance(made, wire.Exported), made
            with talk_to(known.runtime) as runtime:
                assert isinstance(runtime.receive(), wire.Ready)
                command = wire.Prepare(
                    workload, network(workload.id), levers, 0, "float32", False, ANSWERS, file=made.file
                )
                served = runtime.ask(command)
                if isinstance(served, wire.Failed) and served.outcome == "unsupported":
                    pytest.skip(served.reason)  # the processor, or a package that isn't there
                assert isinstance(served, wire.Prepared), served
                assert served.applied == levers
                answers.append(runtime.ask(wire.Answer(4)).classes)
    same = sum(one == other for one, other in zip(*answers, strict=True)) / len(answers[0])
    assert len(answers[0]) == 4 * workload.batch
    assert len(set(answers[0])) > 1
    assert same >= 0.9


@pytest.mark.parametrize("runtime", [each.id for each in FRAMEWORKS if each.serves])
def test_what_cannot_be_read_is_an_outcome(talk_to: Open, tmp_path: Path, runtime: str) -> None:
    damaged = tmp_path / "network.onnx"
    damaged.write_bytes(b"no network")
    workload = find(Task.RL, Size.COMPACT)
    with talk_to(runtime) as talk:
        assert isinstance(talk.receive(), wire.Ready)
        file = wire.ModelFile(str(damaged), channels_first=True)
        failed = talk.ask(
            wire.Prepare(workload, network(workload.id), {}, 0, "float32", False, ANSWERS, file=file)
        )
    assert isinstance(failed, wire.Failed)
    assert failed.outcome == "export-failed" and failed.reason.startswith("unreadable: ")
