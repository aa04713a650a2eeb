"""The user's own script as a worker: whatever it computes with, it is timed as a framework's own network is.

What a script has to offer is in ``resources/scripts`` and in the help.
"""

import importlib.util
import os
import sys

import common
import serving
from own_files import rows


def make_way(path):
    """Let the script import what lies beside it, and nothing of what lies beside this file.

    Its folder comes first on the path, as Python has it, but last where the script is named as a package is: an
    ``import tensorflow`` in ``tensorflow.py`` means the framework.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != here]
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == here and name != "__main__":
            del sys.modules[name]
    stem = os.path.basename(path).partition(".")[0]
    place = 0 if importlib.util.find_spec(stem) is None else len(sys.path)
    sys.path.insert(place, os.path.dirname(path))


class Work:
    """What the script built, under the names that every network has here."""

    parameters = 0  # not known

    def __init__(self, built, items):
        self.built = built
        self.infer = getattr(built, "infer", None)
        self.train = getattr(built, "step", None)
        self.infer_one = self.infer if items == 1 else None
        if self.infer is None and self.train is None:
            raise common.Unsupported("script-does-nothing")

    def wait(self, result):
        if hasattr(self.built, "wait"):
            self.built.wait(result)

    def outputs(self):
        return rows(self.built.outputs()) if hasattr(self.built, "outputs") else []


class Script(common.Framework):
    """Loads the script; what it imports counts as its import, what ``build`` does as building."""

    def environment(self, threads, device, backend):
        return {"KERAS_BACKEND": backend} if backend else {}

    def load(self, threads, device, backend):
        self.settings = (device, threads)
        path = os.path.abspath(self.file)
        make_way(path)
        spec = importlib.util.spec_from_file_location("own_script", path)
        self.script = importlib.util.module_from_spec(spec)
        sys.modules["own_script"] = self.script  # as dataclasses and pickles of its classes want it
        spec.loader.exec_module(self.script)
        if not callable(getattr(self.script, "build", None)):
            raise common.Unsupported("script-has-no-build")
        names = ("torch", "tensorflow", "keras", "jax", "mxnet", "numpy")
        versions = {name: getattr(sys.modules.get(name), "__version__", None) for name in names}
        return {name: str(version) for name, version in versions.items() if version}, common.cpu_name()

    def open_own(self, workload, seed, levers):
        if getattr(self.script, "ITEMS", 1) != workload["batch"]:
            raise common.Unsupported("script-counts-other-items")
        device, threads = self.settings
        return Work(self.script.build(device, threads, seed), workload["batch"])


if __name__ == "__main__":
    serving.run(Script)
