"""ONNX Runtime: networks from ONNX files, served. It doesn't train."""

import common
import decoder
import onnx_files
import onnx_int8
import own_files
import serving


class Model:
    """A file's network and one input, at the batch given and at batch 1. Results are host values."""

    parameters = 0  # folded into constants: what exported them knows

    def __init__(self, session, inputs, path, int8):
        self.session, self.path, self.int8 = session, path, int8
        (self.name,) = (each.name for each in session.get_inputs())
        self.batch = {self.name: inputs}
        self.one = {self.name: inputs[:1].copy()}

    def infer(self):
        return self.session.run(None, self.batch)[0]

    def infer_one(self):
        return self.session.run(None, self.one)[0]

    def answers(self, inputs):
        return self.session.run(None, {self.name: inputs})[0]

    def wait(self, result=None):
        """Nothing to wait for."""

    def array(self, result):
        return result


class OwnModel:
    """A user's file, and the fixed batch of its inputs."""

    def __init__(self, session, parameters, arrays):
        self.session = session
        self.parameters = parameters
        names = [each.name for each in session.get_inputs()]
        self.batch = dict(zip(names, arrays))
        self.one = dict(zip(names, own_files.one(arrays)))

    def infer(self):
        return self.session.run(None, self.batch)

    def infer_one(self):
        return self.session.run(None, self.one)

    def outputs(self):
        return own_files.compared(self.infer())

    def wait(self, result=None):
        """Nothing to wait for."""


def _generator(session, inputs):
    """A file's network that writes text."""
    if session.get_providers()[0] != _PROVIDERS["cpu"]:
        raise common.Unsupported("no-text-generation")  # caches would travel to the device and back
    tokens, *caches = session.get_inputs()
    names = [tokens.name, *(each.name for each in caches)]

    def run(values):
        return session.run(None, dict(zip(names, values)))

    shapes = [[size if isinstance(size, int) else 0 for size in each.shape] for each in caches]
    return decoder.Served(run, run, shapes, inputs)


_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxRuntime(common.Framework):
    writes = True
    capabilities = ("infer",)
    levers = {"int8": lambda network: network.int8 if onnx_int8.is_quantised(network.path) else None}

    def load(self, threads, device, backend):
        import onnxruntime

        self.onnxruntime = onnxruntime
        kind = device.partition(":")[0]
        provider = _PROVIDERS.get(kind)
        if provider not in onnxruntime.get_available_providers():
            raise common.Unsupported("no-device " + device)
        self.providers = [provider]
        if kind != "cpu":
            self.providers = [(provider, {"device_id": common.device_index(device)})]
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1
        # Threads that go on spinning after their last call would take processors from whoever is measured next.
        self.options.add_session_config_entry("session.force_spinning_stop", "1")
        name = common.cpu_name() if kind == "cpu" else device
        return {"onnxruntime": onnxruntime.__version__}, name

    def serve(self, path, inputs, levers, calibration):
        if "int8" in levers:
            path = onnx_int8.quantised(path, levers["int8"], calibration)
        session = self.onnxruntime.InferenceSession(path, self.options, self.providers)
        if len(session.get_inputs()) > 1:
            return _generator(session, inputs)
        return Model(session, inputs, path, levers.get("int8"))

    def inspect(self):
        return onnx_files.inspect(self.file)

    def open_own(self, workload, seed, levers):
        held = onnx_files.read(self.file)
        try:
            session = self.onnxruntime.InferenceSession(self.file, self.options, self.providers)
        except Exception as error:
            raise own_files.cannot_open(error, self.file) from error
        return OwnModel(session, sum(held.constants.values()), own_files.inputs(workload, seed))


if __name__ == "__main__":
    serving.run(OnnxRuntime)
