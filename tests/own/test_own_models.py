"""A user's model files: real ones made on the spot, looked into, measured; damaged, huge and hostile ones refused."""

import pickle
import shutil
import subprocess
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import pytest

from advisor.assessment import own_work
from advisor.decision.model import Needs, ProjectStage
from advisor.errors import AdvisorError
from advisor.frameworks import catalogue as catalogue_file
from advisor.probes.model import Basis, Candidate, Capability, Outcome, Quantity, Trainer
from advisor.probes.trial import inspect
from advisor.resources import worker_script
from advisor.workloads import own
from advisor.workloads.model import Size, Task
from advisor.workloads.own import Contents, Port
from tests.probes.doubles import BUDGET, CONDITIONS, by_name, run

QUICK = msgspec.structs.replace(
    BUDGET, sample_s=0.02, min_rounds=2, max_rounds=2, memory_steps=1, scaling_rounds=0, least_steps=1
)
IMAGES = Contents("test", (Port("image", (None, 32, 32, 3), "float32"),), 10, {})

KERAS = """
import keras
image = keras.Input((None, None, 3), name="image")
x = keras.layers.Conv2D(4, 3, activation="relu")(image)
x = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization()(x))
keras.Model(image, keras.layers.Dense(5)(x)).save({path!r})
"""
KERAS_WITH_CODE = """
import keras
x = keras.Input((4,))
def run(y):
    open({mark!r}, "w")
    return y
keras.Model(x, keras.layers.Lambda(run, output_shape=(4,))(x)).save({path!r})
"""
TORCH = """
import torch
module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.LazyLinear(5))
module(torch.rand(2, 3, 8, 8))
shapes = ({{0: torch.export.Dim("batch")}},)
torch.export.save(torch.export.export(module.eval(), (torch.rand(2, 3, 8, 8),), dynamic_shapes=shapes), {path!r})
"""


class Trap:
    """What a pickle would do if somebody unpickled it."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


def make(interpreter, code, path, **parts):
    """Have a framework write a file, as a user does."""
    text = code.format(path=str(path), **{name: str(value) for name, value in parts.items()})
    subprocess.run([interpreter, "-c", text], check=True, capture_output=True)
    return path


def candidate(framework, interpreter, path, backend=None):
    """One framework's worker on a file."""
    worker = str(worker_script(f"{framework}_worker"))
    name = f"{framework}-{backend}" if backend else framework
    return Candidate(name, framework, backend, interpreter, worker, file=str(path))


def look(framework, interpreter, path, backend=None):
    return inspect(candidate(framework, interpreter, path, backend), CONDITIONS)


def opened(path, contents, shapes=None, batch=None):
    return own.model(path, contents, shapes or {}, batch, Task.IMAGE_CLASSIFICATION, Size.COMPACT)


@pytest.fixture
def image_file(tmp_path):
    path = tmp_path / "private.onnx"
    path.write_bytes(b"whatever")
    return path


def test_a_batch_and_free_sizes_are_the_users_to_say(image_file):
    contents = Contents("test", (Port("image", (None, None, None, 3), "float32"),), None, {})
    with pytest.raises(AdvisorError, match="may have any size") as refused:
        opened(image_file, contents)
    assert "--shape image=" in refused.value.remedy
    work = opened(image_file, contents, {"image": (24, 32, 3)}, batch=2)
    assert [tensor.shape for tensor in work.workload.inputs] == [(2, 24, 32, 3)]
    assert work.workload.answers
    for wrong in ((24, 32), (24, 32, 4), (0, 32, 3), (2**20, 2**20, 3)):
        with pytest.raises(AdvisorError):
            opened(image_file, contents, {"image": wrong})
    with pytest.raises(AdvisorError, match="no input “picture”"):
        opened(image_file, contents, {"picture": (24, 32, 3)})


def test_a_fixed_batch_stays_and_is_no_latency_of_one_answer(image_file):
    contents = Contents("test", (Port("image", (8, 4), "float32"),), None, {})
    work = opened(image_file, contents)
    assert (work.workload.batch, work.workload.answers) == (8, False)
    with pytest.raises(AdvisorError, match="fixed batch of 8"):
        opened(image_file, contents, batch=4)


def test_the_same_file_is_known_by_its_sum_and_not_by_its_name(image_file, tmp_path):
    other = shutil.copy(image_file, tmp_path / "another.onnx")
    first, second = opened(image_file, IMAGES).workload, opened(Path(other), IMAGES).workload
    assert first == second
    assert b"private" not in msgspec.json.encode(first)
    assert opened(image_file, IMAGES, batch=3).workload.id != first.id


@pytest.mark.parametrize("name", ["model.h5", "model.pkl", "model", "nowhere.keras"])
def test_what_is_no_model_file_is_said_so(tmp_path, name):
    if name != "nowhere.keras":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(AdvisorError):
        own.model_format(tmp_path / name)


def test_a_huge_file_isnt_read(tmp_path):
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(own.MODEL_LIMIT_BYTES + 1)
    with pytest.raises(AdvisorError, match="larger than"):
        own.model_format(path)


def test_a_runtime_is_measured_once_whoever_trained(image_file):
    trainer = Trainer("pytorch", None, "python", "worker", "onnx")
    ready = [
        Candidate(name, framework, None, "no-interpreter", "no-worker", trainer=trained)
        for name, framework, trained in (
            ("pytorch", "pytorch", None),
            ("pytorch-onnxruntime", "onnxruntime", trainer),
            ("keras-torch-onnxruntime", "onnxruntime", trainer),
        )
    ]
    found = own_work.candidates(ready, opened(image_file, IMAGES), catalogue_file.load())
    assert [(each.alternative, each.refusal) for each in found] == [
        ("pytorch-onnxruntime", None),
        ("pytorch", "no-importer .onnx"),
        ("keras-torch-onnxruntime", "measured-as pytorch-onnxruntime"),
    ]
    assert {each.trainer for each in found} == {None}
    needs = own_work.asked(Needs(), [opened(image_file, IMAGES)])
    assert needs.stage is ProjectStage.SERVING


def test_who_opens_no_such_file_isnt_started_and_says_why(image_file):
    ready = [Candidate(name, name, None, "no-interpreter", "no-worker") for name in ("pytorch", "mxnet")]
    work = opened(image_file, IMAGES)
    candidates = own_work.candidates(ready, work, catalogue_file.load())
    results = by_name(run(candidates, workload=work.workload, budget=QUICK))
    assert {each.outcome for each in results.values()} == {Outcome.UNSUPPORTED}
    assert {each.reason for each in results.values()} == {"no-importer .onnx"}


def test_frameworks_open_no_other_files_than_are_known():
    assert own.FORMATS == ("onnx", "keras", "pt2")
    opened_by = {ending for framework in catalogue_file.load() for ending in framework.opens}
    assert opened_by <= set(own.FORMATS)


@pytest.mark.frameworks
def test_a_keras_file_is_measured_on_its_backends_and_compared(framework_pythons, tmp_path):
    python = framework_pythons["keras"]
    path = make(python, KERAS, tmp_path / "private.keras")
    seen = look("keras", python, path, "jax")
    assert seen.contents is not None, seen.reason
    assert seen.contents.ports == (Port("image", (None, None, None, 3), "float32"),)
    assert seen.contents.operators["Conv2D"] == 1
    assert seen.contents.parameters == 3 * 3 * 3 * 4 + 4 + 8 + 4 * 5 + 5
    work = opened(path, seen.contents, {"image": (16, 16, 3)}, batch=4)
    candidates = [
        msgspec.structs.replace(candidate("keras", python, path, backend), own_runtime=True)
        for backend in ("jax", "torch")
    ]
    results = by_name(run(candidates, workload=work.workload, budget=QUICK))
    assert {each.outcome for each in results.values()} == {Outcome.MEASURED}, results
    second = results["keras-torch"]
    assert second.equivalence.basis is Basis.RUNTIME
    assert second.equivalence.output_error < 1e-4
    assert {each.quantity for each in second.samples} == {Quantity.TRAIN, Quantity.INFER, Quantity.LATENCY}


@pytest.mark.frameworks
def test_a_pytorch_program_is_measured_and_not_trained(framework_pythons, tmp_path):
    python = framework_pythons["pytorch"]
    path = make(python, TORCH, tmp_path / "private.pt2")
    seen = look("pytorch", python, path)
    assert seen.contents is not None, seen.reason
    assert seen.contents.ports[0].shape == (None, 3, 8, 8)
    work = opened(path, seen.contents, batch=3)
    results = by_name(run([candidate("pytorch", python, path)], workload=work.workload, budget=QUICK))
    assert results["pytorch"].outcome is Outcome.MEASURED, results
    assert results["pytorch"].capabilities == (Capability.INFER,)


@pytest.mark.frameworks
@pytest.mark.parametrize("kind", ["keras", "pytorch"])
def test_damaged_and_hostile_archives_are_refused(framework_pythons, tmp_path, kind):
    python, ending, backend = framework_pythons[kind], {"keras": "keras", "pytorch": "pt2"}[kind], None
    backend = "jax" if kind == "keras" else None
    whole = make(python, KERAS if kind == "keras" else TORCH, tmp_path / f"whole.{ending}").read_bytes()
    faults = {"random": b"\x00\xff" * 500, "half": whole[: len(whole) // 2], "empty": b""}
    for name, data in faults.items():
        path = tmp_path / f"{name}.{ending}"
        path.write_bytes(data)
        seen = look(kind, python, path, backend)
        assert seen.outcome is Outcome.UNSUPPORTED
        assert seen.reason.startswith("damaged-file"), (name, seen.reason)
    bomb = tmp_path / f"bomb.{ending}"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("config.json", "w") as member,
    ):
        for _ in range(300):
            member.write(bytes(2**20))
    assert look(kind, python, bomb, backend).reason.startswith("hostile-file")


@pytest.mark.frameworks
def test_a_keras_file_with_code_in_it_is_refused_and_not_run(framework_pythons, tmp_path):
    mark = tmp_path / "ran"
    path = make(framework_pythons["keras"], KERAS_WITH_CODE, tmp_path / "code.keras", mark=mark)
    mark.unlink(missing_ok=True)
    seen = look("keras", framework_pythons["keras"], path, "jax")
    assert seen.outcome is Outcome.UNSUPPORTED
    assert seen.reason.startswith("cannot-open")
    assert not mark.exists()


@pytest.mark.frameworks
def test_nothing_in_a_pytorch_program_is_unpickled(framework_pythons, tmp_path):
    mark = tmp_path / "ran"
    path = make(framework_pythons["pytorch"], TORCH, tmp_path / "good.pt2")
    for name, hostile in (
        ("inputs.pt2", lambda member: member.endswith("sample_inputs/model.pt")),
        ("object.pt2", lambda member: False),
    ):
        altered = tmp_path / name
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(altered, "w") as target:
            for member in source.namelist():
                target.writestr(member, pickle.dumps(Trap(mark)) if hostile(member) else source.read(member))
            if name == "object.pt2":
                target.writestr("good/data/constants/opaque_obj_0", pickle.dumps(Trap(mark)))
        seen = look("pytorch", framework_pythons["pytorch"], altered)
        assert seen.outcome is Outcome.UNSUPPORTED, name
        assert not mark.exists()


def onnx_model() -> onnx.ModelProto:
    """A convolution, means and a matrix, of any batch."""
    generator = np.random.default_rng(0)
    weights = [
        onnx.numpy_helper.from_array(generator.standard_normal(shape).astype(np.float32), name)
        for name, shape in (("kernel", (4, 3, 3, 3)), ("matrix", (4, 5)))
    ]
    nodes = [
        onnx.helper.make_node("Conv", ["image", "kernel"], ["features"]),
        onnx.helper.make_node("GlobalAveragePool", ["features"], ["means"]),
        onnx.helper.make_node("Flatten", ["means"], ["flat"]),
        onnx.helper.make_node("MatMul", ["flat", "matrix"], ["answer"]),
    ]
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("image", ["batch", 3, 8, 8]), ("answer", ["batch", 5]))
    ]
    graph = onnx.helper.make_graph(nodes, "network", ports[:1], ports[1:], weights)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.frameworks
def test_an_onnx_file_is_served_by_its_runtime(framework_pythons, tmp_path):
    python, path = framework_pythons["onnxruntime"], tmp_path / "private.onnx"
    path.write_bytes(onnx_model().SerializeToString())
    seen = look("onnxruntime", python, path)
    assert seen.contents is not None, seen.reason
    assert (seen.contents.format, seen.contents.parameters) == ("ONNX, opset 17", 4 * 27 + 20)
    work = opened(path, seen.contents, batch=3)
    candidates = [
        msgspec.structs.replace(candidate("onnxruntime", python, path), alternative=name, own_runtime=True)
        for name in ("first", "second")
    ]
    results = by_name(run(candidates, workload=work.workload, budget=QUICK))
    assert {each.outcome for each in results.values()} == {Outcome.MEASURED}, results
    assert results["first"].capabilities == (Capability.INFER,)
    assert results["second"].equivalence.output_error == 0
    other = framework_pythons.get("openvino")
    if other is not None:
        pair = [candidates[0], candidate("openvino", other, path)]
        beside = by_name(run(pair, workload=work.workload, budget=QUICK))["openvino"]
        assert beside.outcome is Outcome.MEASURED, beside
        assert (beside.equivalence.basis, beside.equivalence.output_error < 1e-3) == (Basis.RUNTIME, True)
    # A file that changed since it was looked into is another one's outcome, never a crash of the run.
    path.write_bytes(path.read_bytes()[:100])
    results = by_name(run(candidates[:1], workload=work.workload, budget=QUICK))
    assert results["first"].outcome is Outcome.UNSUPPORTED
    assert results["first"].reason.startswith("damaged-file")


@pytest.mark.frameworks
def test_weights_beside_a_file_are_part_of_what_it_is(framework_pythons, tmp_path):
    path, weights = tmp_path / "network.onnx", tmp_path / "network.data"
    onnx.save(
        onnx_model(),
        path,
        save_as_external_data=True,
        location=weights.name,
        size_threshold=0,
    )
    seen = look("onnxruntime", framework_pythons["onnxruntime"], path)
    assert seen.contents is not None, seen.reason
    assert seen.contents.beside == (weights.name,)
    before = opened(path, seen.contents, batch=2).workload
    assert before.digests[""] != own.digest_of(path)
    weights.write_bytes(weights.read_bytes()[::-1])
    assert opened(path, seen.contents, batch=2).workload.id != before.id
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    weights.rename(elsewhere / weights.name)
    weights.symlink_to(elsewhere / weights.name)
    with pytest.raises(AdvisorError, match="no file beside"):
        own.digest_of(path, (weights.name,))
    with pytest.raises(AdvisorError, match="no file beside"):
        own.digest_of(path, (f"elsewhere/{weights.name}",))


@pytest.mark.frameworks
def test_an_operator_that_the_runtime_doesnt_know_is_a_reason(framework_pythons, tmp_path):
    model, path = onnx_model(), tmp_path / "odd.onnx"
    model.graph.node[0].op_type = "Convolve"
    path.write_bytes(model.SerializeToString())
    work = opened(path, Contents("test", (Port("image", (None, 3, 8, 8), "float32"),), 1, {}), batch=2)
    odd = candidate("onnxruntime", framework_pythons["onnxruntime"], path)
    failed = by_name(run([odd], workload=work.workload, budget=QUICK))["onnxruntime"]
    assert failed.outcome is Outcome.UNSUPPORTED
    assert failed.reason.startswith("cannot-open")
    assert "Convolve" in failed.reason
    assert "odd.onnx" not in failed.reason
