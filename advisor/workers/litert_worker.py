"""LiteRT: networks in its own files, served by its processor kernels (XNNPACK). It doesn't train."""

import common
import decoder
import serving


class Model:
    """A file's network and one input, at the batch given and at batch 1. Results are host values.

    A network whose shapes are fixed has a signature for either batch; another is allocated once for each.
    """

    parameters = 0  # folded into constants: what exported them knows

    def __init__(self, interpreter, inputs):
        signatures = interpreter().get_signature_list()
        self.interpreter = interpreter()
        self.name, self._run = self._runner(self.interpreter, signatures, "serving_default")
        self.batch = inputs
        own = "one" if "one" in signatures else "serving_default"
        one, self._run_one = self._runner(interpreter(), signatures, own)
        self.one = {one: inputs[:1].copy()}

    @staticmethod
    def _runner(interpreter, signatures, key):
        ((name,), (output,)) = signatures[key]["inputs"], signatures[key]["outputs"]
        run = interpreter.get_signature_runner(key)
        return name, lambda batch: run(**batch)[output]

    def infer(self):
        return self.answers(self.batch)

    def infer_one(self):
        return self._run_one(self.one)

    def answers(self, inputs):
        return self._run({self.name: inputs})

    def wait(self, result=None):
        """Nothing to wait for."""

    def array(self, result):
        return result


def _int8(network):
    details = network.interpreter.get_tensor_details() if isinstance(network, Model) else ()
    return "dynamic" if any(each["dtype"].__name__ == "int8" for each in details) else None


def _generator(interpreter, inputs):
    """A file's network that writes text, with a signature for each of the sizes that its tokens come in.

    Names are in order: tokens and scores before caches.
    """
    runs = {}
    for key in interpreter().get_signature_list():
        run = interpreter().get_signature_runner(key)
        names = sorted(run.get_input_details())
        shape = tuple(run.get_input_details()[names[0]]["shape"])
        runs[shape] = run, names, sorted(run.get_output_details())

    def answers(values):
        run, names, outputs = runs[values[0].shape]
        found = run(**dict(zip(names, values)))
        return [found[name] for name in outputs]

    return decoder.Served(answers, answers, [], inputs)


class LiteRt(common.Framework):
    writes = True
    capabilities = ("infer",)
    levers = {"int8": _int8}  # pulled by the export

    def load(self, threads, device, backend):
        import importlib.metadata

        from ai_edge_litert.interpreter import Interpreter

        if device != "cpu":
            raise common.Unsupported("no-device " + device)
        self.interpreter, self.threads = Interpreter, threads
        return {"ai-edge-litert": importlib.metadata.version("ai-edge-litert")}, common.cpu_name()

    def serve(self, path, inputs, levers, calibration):
        def interpreter():
            return self.interpreter(model_path=path, num_threads=self.threads)

        several = len(interpreter().get_signature_list()) > 2
        return _generator(interpreter, inputs) if several else Model(interpreter, inputs)


if __name__ == "__main__":
    serving.run(LiteRt)
