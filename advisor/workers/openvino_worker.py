"""OpenVINO: networks in its own files or in ONNX, served. It doesn't train."""

import sys

import common
import decoder
import onnx_files
import own_files
import serving

# OpenVINO reports its use to its makers where this module is there; a benchmark has nothing to report.
sys.modules["openvino_telemetry"] = None


class Model:
    """A file's network and one input, at the batch given and at batch 1. Results are host values."""

    parameters = 0  # folded into constants: what exported them knows

    def __init__(self, compiled, inputs, int8=None):
        self.request, self.single = compiled.create_infer_request(), compiled.create_infer_request()
        self.batch, self.one = [inputs], [inputs[:1].copy()]
        self.int8 = int8

    def infer(self):
        return self.request.infer(self.batch)[0]

    def infer_one(self):
        return self.single.infer(self.one)[0]

    def answers(self, inputs):
        return self.request.infer([inputs])[0]

    def wait(self, result=None):
        """Nothing to wait for."""

    def array(self, result):
        return result


def _generator(compiled, inputs):
    """A file's network that writes text. Its caches aren't copied on their way in and out."""

    def runner():
        request = compiled.create_infer_request()
        return lambda values: list(request.infer(values, share_inputs=True, share_outputs=True).values())

    caches = [each.partial_shape for each in compiled.inputs[1:]]
    shapes = [[0 if size.is_dynamic else size.get_length() for size in each] for each in caches]
    return decoder.Served(runner(), runner(), shapes, inputs)


class OwnModel:
    """A user's file, and the fixed batch of its inputs, in the file's order."""

    def __init__(self, compiled, parameters, arrays):
        self.request, self.single = compiled.create_infer_request(), compiled.create_infer_request()
        self.parameters = parameters
        self.batch, self.one = arrays, own_files.one(arrays)

    def infer(self):
        return self.request.infer(self.batch)

    def infer_one(self):
        return self.single.infer(self.one)

    def outputs(self):
        return own_files.compared([self.infer()[0]])

    def wait(self, result=None):
        """Nothing to wait for."""


class OpenVino(common.Framework):
    writes = True
    capabilities = ("infer",)
    levers = {"int8": lambda network: network.int8}

    def load(self, threads, device, backend):
        import openvino

        if device != "cpu":
            raise common.Unsupported("no-device " + device)
        self.core = openvino.Core()
        # Where the processor has bfloat16, OpenVINO computes in it unless told otherwise.
        self.settings = {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        return {"openvino": openvino.__version__}, common.cpu_name()

    def serve(self, path, inputs, levers, calibration):
        model, int8 = self.core.read_model(path), None
        if "int8" in levers:
            if len(model.inputs) > 1:  # of a network that writes text, whose caches are inputs
                raise common.Unsupported("lever-int8")
            model = self._quantised(model, inputs, calibration)
            if any(operation.get_type_name() == "FakeQuantize" for operation in model.get_ops()):
                int8 = "static"
        compiled = self.core.compile_model(model, "CPU", self.settings)
        return _generator(compiled, inputs) if len(compiled.inputs) > 1 else Model(compiled, inputs, int8)

    @staticmethod
    def _quantised(model, inputs, calibration):
        try:
            import nncf
        except ImportError:
            raise common.Unsupported("no-quantiser nncf") from None
        batches = list(calibration())
        # Tokens are read by transformers, for which NNCF leaves other operations alone.
        kind = nncf.ModelType.TRANSFORMER if inputs.dtype.kind == "i" else None
        return nncf.quantize(model, nncf.Dataset(batches), model_type=kind, subset_size=len(batches))

    def inspect(self):
        return onnx_files.inspect(self.file)

    def open_own(self, workload, seed, levers):
        held = onnx_files.read(self.file)
        try:
            compiled = self.core.compile_model(self.core.read_model(self.file), "CPU", self.settings)
        except Exception as error:
            raise own_files.cannot_open(error, self.file) from error
        return OwnModel(compiled, sum(held.constants.values()), own_files.inputs(workload, seed))


if __name__ == "__main__":
    serving.run(OpenVino)
