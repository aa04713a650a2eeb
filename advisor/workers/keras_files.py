"""Keras files (``.keras``), opened in safe mode: nothing in them is run that Keras doesn't know."""

import json
import zipfile
from collections import Counter

import common
import own_files

_OLDEST = (3, 12)
"""Older releases could be talked out of their safe mode (CVE-2025-9906 and those before it)."""

_RATE = 1e-6
"""Of plain gradient descent: what a step costs is asked, and weights that stay sensible keep it so."""


def load(keras, path):
    """The model of a file.

    Raises
    ------
    common.Unsupported
        The file is damaged, a trap, or needs code that isn't Keras' own.
    """
    if tuple(int(part) for part in keras.__version__.split(".")[:2]) < _OLDEST:
        raise common.Unsupported("too-old-for-files: keras " + keras.__version__)
    if "config.json" not in own_files.check_archive(path):
        raise common.Unsupported("damaged-file: config.json")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        inputs = model.inputs
    except Exception as error:
        raise own_files.cannot_open(error, path) from error
    if not inputs:
        raise common.Unsupported("no-inputs")
    if isinstance(model.output, dict):
        raise common.Unsupported("named-outputs")
    return model


def inspect(keras, path):
    """What a file holds."""
    model = load(keras, path)
    with zipfile.ZipFile(path) as archive:
        version = json.loads(archive.read("metadata.json")).get("keras_version", "3")
    return {
        "format": "Keras " + str(version)[:20],
        "ports": [
            {"name": each.name, "shape": list(each.shape), "dtype": str(each.dtype)} for each in model.inputs
        ],
        "parameters": _trainable(model),
        "operators": dict(Counter(type(layer).__name__ for layer in _layers(model))),
        "single": all(each.shape[0] in (None, 1) for each in model.inputs),
    }


def _layers(model):
    return model._flatten_layers(include_self=False, recursive=True)


def _trainable(model):
    return sum(_size(variable.shape) for variable in model.trainable_variables)


def _size(shape):
    count = 1
    for side in shape:
        count *= side
    return count


class Network:
    """A file's model, the fixed batch as the backend's tensors, and a step that halves its own outputs."""

    def __init__(self, keras, path, workload, seed, levers):
        self.model = load(keras, path)
        self.parameters = _trainable(self.model)
        arrays = own_files.inputs(workload, seed)
        self.convert = convert = keras.ops.convert_to_tensor
        self.batch = self._group([convert(array) for array in arrays])
        self.one = self._group([convert(array) for array in own_files.one(arrays)])
        options = {"jit_compile": True} if levers.get("jit_compile") == "on" else {}
        self.model.compile(keras.optimizers.SGD(_RATE), keras.losses.MeanSquaredError(), **options)
        if not self.parameters or any("float" not in str(each.dtype) for each in self.model.outputs):
            self.train = None
            return
        targets = [convert(0.5 * array) for array in self._shown()]
        self.targets = self._group(targets)

    @staticmethod
    def _group(tensors):
        return tensors if len(tensors) > 1 else tensors[0]

    def infer(self):
        return self.model.predict_on_batch(self.batch)

    def infer_one(self):
        return self.model.predict_on_batch(self.one)

    def feed(self, inputs, _labels):
        self.batch = self.convert(inputs)

    def train(self):
        return self.model.train_on_batch(self.batch, self.targets)

    def _shown(self):
        shown = self.infer()
        return shown if isinstance(shown, (list, tuple)) else [shown]

    def outputs(self):
        return own_files.compared(self._shown())

    def wait(self, result=None):
        """Nothing to wait for: these calls return host values."""
