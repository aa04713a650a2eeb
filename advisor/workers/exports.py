"""Networks on their way out: written by the framework that trains, for a runtime that serves.

Imported by worker scripts as a plain module, after their framework. The tools that write a format may lie in the
runtime's environment: nothing is installed twice, and nothing into an environment of the user's.
"""

import functools
import importlib.metadata
import os
import shutil
import subprocess
import sys
import time

import common
import seeds

CALIBRATION_BATCHES = 4
_FOLDERS = (
    "import sys, sysconfig\n"
    "print(*sys.version_info[:2], *map(sysconfig.get_path, ('purelib', 'platlib')), sep='\\n')"
)


def export(framework, network, message):
    """Write a network into a folder, by tools of this environment or of the one named; say what that took."""
    folder = message["folder"]
    sys.path.extend(_packages(message["packages"]))
    cpu, start = time.process_time(), time.perf_counter()
    path, tools = framework.export(network, message["format"], folder, message.get("levers", {}))
    elapsed_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu
    written = [os.path.join(each, name) for each, _, names in os.walk(folder) for name in names]
    return {
        "file": {"path": path, "channels_first": framework.channels_first},
        "bytes": sum(map(os.path.getsize, written)),
        "elapsed_s": elapsed_s,
        "cpu_s": cpu_s,
        "versions": {tool: importlib.metadata.version(tool) for tool in tools},
    }


def served(framework, message):
    """How long opening an exported file took, and the network in it with the workload's batch."""
    file = message["file"]
    work = message["workload"], message["network"]
    inputs = seeds.inputs(*work, message["seed"], file["channels_first"])
    calibration = functools.partial(_calibration, *work, message["seed"], file["channels_first"])
    start = time.perf_counter()
    try:
        network = framework.serve(file["path"], inputs, message["levers"], calibration)
    except common.Unsupported:
        raise
    except Exception as error:
        raise common.Unreadable("unreadable: " + str(error).strip().partition("\n")[0][:300]) from error
    return time.perf_counter() - start, network


def _calibration(workload, spec, seed, channels_first):
    """Batches that ranges of activations are read from."""
    for number in range(CALIBRATION_BATCHES):
        yield seeds.inputs(workload, spec, seed + seeds.CALIBRATION + number, channels_first)


def _packages(interpreter):
    """The folders in which an interpreter's packages lie; none where it is of another Python."""
    done = subprocess.run([interpreter, "-I", "-c", _FOLDERS], stdout=subprocess.PIPE, check=True)
    major, minor, *folders = done.stdout.decode().splitlines()
    return folders if (int(major), int(minor)) == sys.version_info[:2] else []


def require(*tools):
    """The names of the tools, which have to be there.

    Raises
    ------
    common.Unsupported
        If one isn't, in neither environment.
    """
    for tool in tools:
        try:
            importlib.metadata.version(tool)
        except importlib.metadata.PackageNotFoundError:
            raise common.Unsupported("no-exporter " + tool) from None
    return tools


def onnx_of_module(torch, module, inputs, free, folder):
    """A PyTorch module as ONNX, by the exporter that PyTorch calls its own; ``free`` are each input's free sizes."""
    tools = require("onnx", "onnxscript")
    path = os.path.join(folder, "network.onnx")
    shapes = torch.export.ShapesCollection()
    for tensor, axes in zip(inputs, free):
        shapes[tensor] = dict.fromkeys(axes, torch.export.Dim.DYNAMIC)
    settings = {"dynamic_shapes": shapes.dynamic_shapes(module, inputs), "verbose": False}
    torch.onnx.export(module, inputs, path, dynamo=True, **settings)
    return path, tools


def openvino_of_module(module, inputs, free, folder):
    """A PyTorch module in OpenVINO's own format, in full precision; ``free`` are each input's free sizes."""
    openvino = _openvino()
    path = os.path.join(folder, "network.xml")
    shapes = [
        [-1 if axis in axes else size for axis, size in enumerate(tensor.shape)]
        for tensor, axes in zip(inputs, free)
    ]
    model = openvino.convert_model(module, example_input=inputs, input=shapes)
    openvino.save_model(model, path, compress_to_fp16=False)
    return path, ("openvino",)


def _openvino():
    require("openvino")
    # It reports its use to its makers where this module is there; an export has nothing to report.
    sys.modules["openvino_telemetry"] = None
    import openvino

    return openvino


def litert_of_functions(tf, functions, module, folder, levers):
    """Traced functions of one module as signatures of one LiteRT file."""
    saved = os.path.join(folder, "saved")
    tf.saved_model.save(module, saved, signatures=functions)
    return _litert_of_saved(tf, saved, list(functions), folder, levers), ()


def _litert_of_saved(tf, saved, keys, folder, levers):
    path = os.path.join(folder, "network.tflite")
    converter = tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=keys)
    for name, value in _litert_settings(tf, levers).items():
        setattr(converter, name, value)
    with open(path, "wb") as file:
        file.write(converter.convert())
    shutil.rmtree(saved)
    return path


def _litert_settings(tf, levers):
    """What the converter is told for lever ``int8``: weights in 8 bits, activations as they come."""
    return {"optimizations": [tf.lite.Optimize.DEFAULT]} if levers.get("int8") == "dynamic" else {}


def of_keras(model, kind, folder, levers):
    """A functional Keras model of any batch, by Keras' own export."""
    if kind == "litert":
        import tensorflow

        path = os.path.join(folder, "network.tflite")
        model.export(path, format="litert", verbose=False, **_litert_settings(tensorflow, levers))
        return path, ("keras",)
    if kind == "openvino":
        openvino = _openvino()
        saved = os.path.join(folder, "saved")
        model.export(saved, format="tf_saved_model", verbose=False)
        path = os.path.join(folder, "network.xml")
        model = openvino.convert_model(saved)
        # Where there are several inputs and outputs, they come in no order of their own; their names are in order.
        results, parameters = (
            sorted(nodes, key=lambda node: node.output(0).get_any_name())
            for nodes in (model.get_results(), model.get_parameters())
        )
        openvino.save_model(openvino.Model(results, parameters), path, compress_to_fp16=False)
        shutil.rmtree(saved)
        return path, ("keras", "openvino")
    raise common.Unsupported("no-format " + kind)


def litert_of_keras(keras, models, folder, levers):
    """Functional Keras models of fixed sizes over the same weights, as signatures of one LiteRT file."""
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    for name, model in models.items():
        archive.track(model)
        specs = [tf.TensorSpec(each.shape, each.dtype, name=each.name) for each in model.inputs]
        archive.add_endpoint(name, model.__call__, [specs])
    saved = os.path.join(folder, "saved")
    archive.write_out(saved, verbose=False)
    return _litert_of_saved(tf, saved, list(models), folder, levers), ("keras",)
