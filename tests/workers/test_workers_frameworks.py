"""Every real framework does the same work as the float64 reference, on the cores it is given."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from conversation import WORKERS, Conversation

from advisor.probes.equivalence import compare, load_references
from advisor.probes.launch import wire
from advisor.probes.model import Conditions, Quantity, Variant
from advisor.workloads.model import Size, Task
from advisor.workloads.published import WORKLOADS, find

pytestmark = pytest.mark.frameworks

ALTERNATIVES = {
    "pytorch": ("pytorch", None),
    "tensorflow": ("tensorflow", None),
    "keras-tensorflow": ("keras", "tensorflow"),
    "keras-torch": ("keras", "torch"),
    "keras-jax": ("keras", "jax"),
    "mxnet": ("mxnet", None),
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
        for task in (Task.NLP, Task.RL, Task.IMAGE_CLASSIFICATION):
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
    ],
)
def test_the_compiled_way_does_the_same_work(
    talk_to: Open, alternative: str, workload: str, tmp_path: Path
) -> None:
    with talk_to(alternative, TMPDIR=str(tmp_path)) as talk:
        talk.receive()
        prepared = talk.prepare(WORKLOADS[workload], Variant.COMPILED, (Quantity.INFER, Quantity.TRAIN))
        assert_equivalent(prepared, workload)
        assert talk.sample(Quantity.TRAIN, 2).iterations == 2
        assert isinstance(talk.ask(wire.Quit()), wire.Bye)
        assert talk.finish() == ([], 0)
    assert not list(tmp_path.glob("*inductor*"))  # neither a cache of its own left behind, nor the shared one


def test_keras_on_jax_has_no_other_way_than_compiled(talk_to: Open) -> None:
    with talk_to("keras-jax") as talk:
        talk.receive()
        assert talk.prepare(WORKLOADS["dqn-cartpole"], Variant.COMPILED).reason == "same-as-default"


def test_a_missing_compiler_is_named(talk_to: Open, tmp_path: Path) -> None:
    with talk_to("pytorch", PATH=str(tmp_path)) as talk:
        talk.receive()
        assert talk.prepare(WORKLOADS["dqn-cartpole"], Variant.COMPILED) == wire.Failed(
            "unsupported", "no-compiler"
        )


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


STEPS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import pytorch_worker, seeds, torch
workload = json.load(sys.stdin)
target = seeds.target_weights(workload, 0) if workload["task"] == "rl" else None
batch = seeds.fixed_batch(workload, 0)
batch = {name: array.transpose(0, 3, 1, 2).copy() if array.ndim == 4 else array for name, array in batch.items()}
worker = pytorch_worker.PyTorch()
worker.torch, worker.device = torch, torch.device("cpu")
network = worker.build(workload, seeds.weights(workload, 0), target, batch, compiled=False, tf32=False)
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
    ("task", "steps"), [(Task.NLP, 60), (Task.RL, 2000), (Task.IMAGE_CLASSIFICATION, 20)]
)
def test_many_steps_on_the_fixed_batch_keep_its_numbers_ordinary(
    framework_pythons: dict[str, str], task: Task, steps: int
) -> None:
    """Numbers that vanish or blow up would change the speed of a step.

    Adam's averages for units that fell silent end as subnormals; half a percent of them made no difference to
    the CPU time of a step.
    """
    said = json.loads(run_in_pytorch(framework_pythons, STEPS, find(task, Size.COMPACT), str(steps)))
    assert said["last"] < said["first"]
    assert said["subnormal"] < 1e-2


OPERATIONS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import pytorch_worker, torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
for name, workload in json.load(sys.stdin).items():
    shape = workload["input_shape"]
    with torch.device("meta"):
        module = pytorch_worker._networks(torch)[workload["family"]](workload).eval()
        if workload["family"] == "encoder":
            inputs = torch.zeros(1, *shape, dtype=torch.long)
        else:
            inputs = torch.zeros(1, *([shape[2], *shape[:2]] if len(shape) == 3 else shape))
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(inputs)
    print(name, counter.get_total_flops())
"""


def test_operations_are_those_that_pytorch_counts(framework_pythons: dict[str, str]) -> None:
    said = run_in_pytorch(framework_pythons, OPERATIONS, WORKLOADS)
    counted = {name: int(flops) for name, flops in (line.split() for line in said.splitlines())}
    assert counted == {name: workload.forward_flops for name, workload in WORKLOADS.items()}
