"""Every real framework does the same work as the float64 reference, on the cores it is given."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from conversation import WORKERS, Conversation

from advisor.frameworks import catalogue
from advisor.probes import configuration
from advisor.probes.equivalence import compare, load_references
from advisor.probes.launch import wire
from advisor.probes.model import Conditions, Quantity
from advisor.workloads.counts import count
from advisor.workloads.model import (
    Activation,
    Adam,
    Attention,
    BatchNorm,
    Convolution,
    Dense,
    Embeddings,
    First,
    Flatten,
    Function,
    LayerNorm,
    MaxPooling,
    Network,
    Residual,
    Sequential,
    Sgd,
    Size,
    Task,
    Workload,
)
from advisor.workloads.published import WORKLOADS, find, network

pytestmark = pytest.mark.frameworks

ALTERNATIVES = {
    "pytorch": ("pytorch", None),
    "tensorflow": ("tensorflow", None),
    "keras-tensorflow": ("keras", "tensorflow"),
    "keras-torch": ("keras", "torch"),
    "keras-jax": ("keras", "jax"),
    "mxnet": ("mxnet", None),
    "jax": ("jax", None),
    "paddle": ("paddle", None),
}
Open = Callable[..., Conversation]

every_alternative = pytest.mark.parametrize("alternative", ALTERNATIVES)


@pytest.fixture
def talk_to(framework_pythons: dict[str, str]) -> Open:
    """Starts an alternative's worker on one thread and waits until its framework is imported."""

    def talk_to(alternative: str, *arguments: str, **environ: str) -> Conversation:
        framework, backend = ALTERNATIVES[alternative]
        if backend:
            arguments += ("--backend", backend)
        script = WORKERS / f"{framework}_worker.py"
        talk = Conversation(framework_pythons[framework], script, *arguments, **environ)
        assert isinstance(talk.receive(), wire.Hello)
        return talk

    return talk_to


def assert_equivalent(prepared: wire.Prepared | wire.Failed, workload: str) -> None:
    assert isinstance(prepared, wire.Prepared), prepared
    equivalence = compare(prepared, workload, load_references(), Conditions(threads=1))
    assert equivalence.passed, equivalence


@every_alternative
def test_the_same_work_on_no_more_cores_than_allowed(talk_to: Open, alternative: str) -> None:
    with talk_to(alternative) as talk:
        ready = talk.receive()
        assert isinstance(ready, wire.Ready), ready
        assert ready.import_s > 0
        for task in (Task.NLP, Task.TEXT_GENERATION, Task.RL, Task.IMAGE_CLASSIFICATION):
            workload = find(task, Size.COMPACT)
            prepared = talk.prepare(workload)
            assert_equivalent(prepared, workload.id)
            for quantity in prepared.first_s:
                sample = talk.sample(quantity, 2)
                assert sample.iterations == 2
                batch = workload.batch if quantity in (Quantity.TRAIN, Quantity.INFER) else 1
                assert sample.items == 2 * batch
                if sample.elapsed_s > 0.1:  # shorter ones can't be told from the clocks' steps
                    assert sample.cpu_s / sample.elapsed_s <= 1.1
        multiplied = talk.ask(wire.Multiply(256, "float32", 3))
        assert len(multiplied.flops) == 3
        assert isinstance(talk.ask(wire.Quit()), wire.Bye)
        assert talk.finish() == ([], 0)


@pytest.mark.parametrize(
    ("alternative", "workload"),
    [
        ("pytorch", "dqn-cartpole"),
        ("tensorflow", "bert-tiny"),
        ("keras-tensorflow", "dqn-cartpole"),
        ("keras-torch", "dqn-cartpole"),
        ("mxnet", "bert-tiny"),
        ("paddle", "dqn-cartpole"),
    ],
)
def test_the_compiled_way_does_the_same_work(
    talk_to: Open, alternative: str, workload: str, tmp_path: Path
) -> None:
    framework, backend = ALTERNATIVES[alternative]
    compiled = configuration.compiled(catalogue.find(catalogue.load(), framework), backend)
    assert compiled is not None
    with talk_to(alternative, TMPDIR=str(tmp_path)) as talk:
        talk.receive()
        levers = dict(compiled.levers)
        prepared = talk.prepare(WORKLOADS[workload], levers, (Quantity.INFER, Quantity.TRAIN))
        assert_equivalent(prepared, workload)
        assert prepared.applied == levers
        assert talk.sample(Quantity.TRAIN, 2).iterations == 2
        assert isinstance(talk.ask(wire.Quit()), wire.Bye)
        assert talk.finish() == ([], 0)
    assert not list(tmp_path.glob("*inductor*"))  # neither a cache of its own left behind, nor the shared one


@every_alternative
def test_every_lever_of_the_catalogue_is_pulled_and_changes_no_result(
    talk_to: Open, alternative: str
) -> None:
    """But for those that compile, which take their time in a test of their own."""
    framework, backend = ALTERNATIVES[alternative]
    entry = catalogue.find(catalogue.load(), framework)
    workload = WORKLOADS["nature-dqn"]
    available = configuration.available(entry, backend)
    rows = [row for row in available if row.exact and not row.costly and not row.load]
    # All at once: the first value of each, then the second of those that have one.
    settings = [
        {row.id: row.values[place] for row in rows if place < len(row.values)}
        for place in range(max((len(row.values) for row in rows), default=0))
    ]
    for levers in settings:
        pulled = configuration.chosen(entry, levers, backend)
        with talk_to(alternative, **configuration.environment(rows, pulled)) as talk:
            talk.receive()
            prepared = talk.prepare(workload, levers, (Quantity.INFER, Quantity.TRAIN))
            assert_equivalent(prepared, workload.id)
            assert prepared.applied == levers


def test_a_lever_that_does_nothing_is_not_claimed(talk_to: Open) -> None:
    """An encoder has no images whose layout could be another."""
    with talk_to("pytorch") as talk:
        talk.receive()
        levers = {"memory_format": "channels_last", "fused_optimizer": "on"}
        assert talk.prepare(WORKLOADS["bert-tiny"], levers).applied == {"fused_optimizer": "on"}


def test_levers_of_cards_are_pulled_with_a_processor_as_stand_in(talk_to: Open) -> None:
    """No card computes here: the flags are PyTorch's own."""
    with talk_to("pytorch") as talk:
        talk.receive()
        exact = {"cudnn_benchmark": "on", "tf32": "on"}
        prepared = talk.prepare(WORKLOADS["nature-dqn"], exact, (Quantity.INFER, Quantity.TRAIN))
        assert_equivalent(prepared, "nature-dqn")
        assert prepared.applied == exact


@pytest.mark.parametrize("levers", [{"amp": "bfloat16"}, {"int8": "dynamic"}])
def test_an_approximation_of_pytorch_answers_as_the_default_does_nearly_always(
    talk_to: Open, levers: dict[str, str]
) -> None:
    workload, quantities = WORKLOADS["bert-tiny"], (Quantity.INFER,)
    with talk_to("pytorch") as talk:
        talk.receive()
        rough = talk.prepare(workload, levers, quantities)
        if rough == wire.Failed("unsupported", "no-bfloat16"):
            pytest.skip("this processor has no bfloat16")
        assert rough.applied == levers
        error = compare(rough, workload.id, load_references(), Conditions(threads=1)).output_error
        assert error is not None and 1e-4 < error < 0.1
        answers = talk.ask(wire.Answer(4)).classes
        talk.prepare(workload, {}, quantities)
        same = [one == other for one, other in zip(talk.ask(wire.Answer(4)).classes, answers, strict=True)]
    assert len(same) == 4 * workload.batch
    assert sum(same) / len(same) >= 0.9


def test_mxnet_has_static_shapes_with_static_memory_only(talk_to: Open) -> None:
    with talk_to("mxnet") as talk:
        talk.receive()
        failed = talk.prepare(WORKLOADS["dqn-cartpole"], {"static_shape": "on"})
        assert failed == wire.Failed("unsupported", "lever-static_shape")


def test_keras_on_jax_has_no_other_way_than_compiled(talk_to: Open) -> None:
    with talk_to("keras-jax") as talk:
        talk.receive()
        failed = talk.prepare(WORKLOADS["dqn-cartpole"], {"jit_compile": "on"})
        assert failed == wire.Failed("unsupported", "same-as-default")


def test_a_missing_compiler_is_named(talk_to: Open, tmp_path: Path) -> None:
    with talk_to("pytorch", PATH=str(tmp_path)) as talk:
        talk.receive()
        failed = talk.prepare(WORKLOADS["dqn-cartpole"], {"compile": "on"})
        assert failed == wire.Failed("unsupported", "no-compiler")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system knows no affinity")
@every_alternative
def test_threads_are_set_while_it_runs_where_it_says_so(talk_to: Open, alternative: str) -> None:
    """What is asked for is what it computes with: CPU seconds to the second, which no neighbour changes."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    if len(cpus) < 2:
        pytest.skip("needs two processors")
    with talk_to(alternative, "--cpus", ",".join(map(str, cpus)), threads=2) as talk:
        ready = talk.receive()
        assert ready.adjustable_threads == (alternative not in ("mxnet", "paddle"))
        if not ready.adjustable_threads:
            assert talk.ask(wire.SetThreads(1)).reason == "fixed-threads"
            return
        talk.prepare(WORKLOADS["resnet18-96"], quantities=(Quantity.TRAIN,))

        def helpers_s() -> float:
            """CPU seconds that a training step takes on other threads than the busiest."""
            before = thread_times(talk.process.pid)
            talk.sample(Quantity.TRAIN, 2)
            after = thread_times(talk.process.pid)
            spent = sorted(after[task] - before.get(task, 0.0) for task in after)
            return sum(spent[:-1]) / spent[-1]

        assert helpers_s() > 0.3
        assert talk.ask(wire.SetThreads(1)) == wire.ThreadsSet(1)
        sample = talk.sample(Quantity.TRAIN, 2)
        assert sample.cpu_s / sample.elapsed_s < 1.1
        if alternative in ("pytorch", "keras-torch"):  # the others keep their threads, on one core
            assert helpers_s() < 0.1
        assert talk.ask(wire.SetThreads(2)) == wire.ThreadsSet(2)
        assert helpers_s() > 0.3


def thread_times(pid: int) -> dict[str, float]:
    """CPU seconds of every thread of a process, by its id."""
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    times = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        times[task.name] = (int(fields[11]) + int(fields[12])) * tick_s
    return times


RELU, GELU = Function.RELU, Function.GELU

MADE_UP = {
    "images": Network(
        layers=(
            Convolution("stem", 3, 8, size=3, padding=1, bias=False),
            BatchNorm("norm", 8),
            Activation(RELU),
            Residual(
                (Sequential((Convolution("inner", 8, 8, size=5, padding=2, activation=RELU),)),),
                (Convolution("shortcut", 8, 8, size=1),),
                GELU,
            ),
            Convolution("wide", 8, 12, size=3, padding=0, stride=2),
            Activation(RELU),
            MaxPooling(3, 2, padding=(1, 1)),
            Flatten(12, side=4),
            Dense("head", 12 * 4 * 4, 5),
        ),
        optimiser=Sgd(rate=0.01),
    ),
    "sequences": Network(
        layers=(
            Embeddings("embeddings", vocabulary=50, positions=16, segments=1, width=24),
            Residual((LayerNorm("before", 24, epsilon=1e-5), Attention("attention", 24, heads=3))),
            Residual((Dense("up", 24, 40, GELU), Dense("down", 40, 24)), activation=Function.TANH),
            First(),
            Dense("head", 24, 5),
        ),
        optimiser=Adam(rate=1e-3),
    ),
}


@pytest.mark.parametrize("kind", MADE_UP)
def test_a_network_is_added_by_its_spec_alone(talk_to: Open, kind: str) -> None:
    """One that no framework has seen: counted, drawn, built and trained the same in each of them."""
    made_up, shape = MADE_UP[kind], (16, 16, 3) if kind == "images" else (10,)
    counts = count(made_up, shape)
    task = Task.IMAGE_CLASSIFICATION if kind == "images" else Task.NLP
    known = (counts.parameters, counts.forward_flops)
    workload = Workload("made-up", task, Size.COMPACT, "Made up", shape, 4, 5, *known, "of this test")
    prepared = {}
    for alternative in ALTERNATIVES:
        with talk_to(alternative) as talk:
            talk.receive()
            quantities = (Quantity.INFER, Quantity.TRAIN)
            prepared[alternative] = talk.prepare(workload, quantities=quantities, network=made_up)
    first = prepared["pytorch"]
    assert len(first.outputs) == 4
    assert len(first.outputs[0]) == counts.output_shape[0]
    assert first.losses[0] != pytest.approx(first.losses[1], rel=1e-3)
    for each in prepared.values():
        assert each.parameters == counts.parameters
        for row, expected in zip(each.outputs, first.outputs, strict=True):
            assert row == pytest.approx(expected, rel=1e-4, abs=1e-5)
        assert each.losses == pytest.approx(first.losses, rel=1e-3)


@every_alternative
def test_a_device_that_is_not_there_is_unsupported(talk_to: Open, alternative: str) -> None:
    with talk_to(alternative, "--device", "cuda:0", CUDA_VISIBLE_DEVICES="") as talk:
        assert talk.receive() == wire.Failed("unsupported", "no-device cuda:0")
        assert talk.finish() == ([], 1)


@every_alternative
def test_running_out_of_memory_is_told_from_a_crash(talk_to: Open, alternative: str) -> None:
    """A matrix of 1.6 GB where 256 MB are left."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("only Linux limits another process's memory")
    with talk_to(alternative) as talk:
        talk.receive()
        pages = int(Path(f"/proc/{talk.process.pid}/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 2**28
        resource.prlimit(talk.process.pid, resource.RLIMIT_AS, (limit, limit))
        failed = talk.ask(wire.Multiply(20_000, "float32", 1))
        assert isinstance(failed, wire.Failed)
        assert failed.outcome == "out-of-memory", failed.reason


def run_in_pytorch(pythons: dict[str, str], script: str, value: object, *arguments: str) -> str:
    """What a script prints in PyTorch's environment; it reads ``value`` as JSON."""
    run = subprocess.run(
        [pythons["pytorch"], "-c", script, str(WORKERS), *arguments],
        input=json.dumps(msgspec.to_builtins(value)),
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def described(workload: Workload) -> tuple[Workload, Network | None]:
    return workload, network(workload.id)


STEPS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import pytorch_worker, seeds, torch
workload, spec = json.load(sys.stdin)
target = seeds.target_weights(spec, 0) if workload["task"] == "rl" else None
batch = seeds.fixed_batch(workload, spec, 0)
batch = {name: array.transpose(0, 3, 1, 2).copy() if array.ndim == 4 else array for name, array in batch.items()}
worker = pytorch_worker.PyTorch()
worker.torch, worker.device, worker.threads = torch, torch.device("cpu"), 1
network = worker.build(workload, spec, seeds.weights(spec, 0), target, batch, levers={}, tf32=False)
first = network.train().item()
for _ in range(int(sys.argv[2])):
    last = network.train().item()
total = subnormal = 0
for parameter in network.module.parameters():
    state = network.optimiser.state[parameter].values()
    for tensor in (parameter.detach(), parameter.grad, *state):
        if torch.is_tensor(tensor):
            assert tensor.isfinite().all()
            total += tensor.numel()
            subnormal += ((tensor != 0) & (tensor.abs() < torch.finfo().tiny)).sum().item()
print(json.dumps({"first": first, "last": last, "subnormal": subnormal / total}))
"""


@pytest.mark.parametrize(
    ("task", "steps"),
    [(Task.NLP, 60), (Task.TEXT_GENERATION, 60), (Task.RL, 2000), (Task.IMAGE_CLASSIFICATION, 20)],
)
def test_many_steps_on_the_fixed_batch_keep_its_numbers_ordinary(
    framework_pythons: dict[str, str], task: Task, steps: int
) -> None:
    """Numbers that vanish or blow up would change the speed of a step.

    Adam's averages for units that fell silent end as subnormals; half a percent of them made no difference to
    the CPU time of a step.
    """
    said = json.loads(
        run_in_pytorch(framework_pythons, STEPS, described(find(task, Size.COMPACT)), str(steps))
    )
    assert said["last"] < said["first"]
    assert said["subnormal"] < 1e-2


OPERATIONS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import networks, pytorch_decoder, pytorch_worker, seeds, torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
for workload, spec in json.load(sys.stdin):
    name, shape = workload["id"], workload["input_shape"]
    builder = pytorch_worker.layers(torch)
    writes = networks.generates(spec)
    if writes:
        builder = pytorch_decoder.extended(torch, builder, *shape)
    module = builder(seeds.weights(spec, 0)).chain(spec["layers"]).train(writes)
    if len(shape) == 3:
        shape = [shape[2], *shape[:2]]
    kind = torch.long if networks.reads_tokens(spec) else torch.float
    inputs = torch.zeros(1, *shape, dtype=kind)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(inputs)
    print(name, counter.get_total_flops())
    if writes:
        module.eval()(inputs)
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            module(inputs[:, :1])
        print(name + ".token", counter.get_total_flops())
"""


def test_operations_are_those_that_pytorch_counts(framework_pythons: dict[str, str]) -> None:
    said = run_in_pytorch(framework_pythons, OPERATIONS, [described(each) for each in WORKLOADS.values()])
    counted = {name: int(flops) for name, flops in (line.split() for line in said.splitlines())}
    expected = {name: workload.first_answer_flops for name, workload in WORKLOADS.items()}
    expected |= {f"{name}.token": each.forward_flops for name, each in WORKLOADS.items() if each.generates}
    assert counted == expected
