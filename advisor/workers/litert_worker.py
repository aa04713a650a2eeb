"""LiteRT: networks in its own files, served by its processor kernels (XNNPACK). It doesn't train."""

import common
import serving


class Model:
    """A file's network and one input, at the batch given and at batch 1. Results are host values.

    A network whose shapes are fixed has a signature for either batch; another is allocated once for each.
    """

    parameters = 0  # folded into constants: what exported them knows

    def __init__(self, interpreter, inputs):
        signatures = interpreter().get_signature_list()
        self.infer = self._runner(interpreter(), signatures, "serving_default", inputs)
        own = "one" if "one" in signatures else "serving_default"
        self.infer_one = self._runner(interpreter(), signatures, own, inputs[:1].copy())

    @staticmethod
    def _runner(interpreter, signatures, key, inputs):
        ((name,), (output,)) = signatures[key]["inputs"], signatures[key]["outputs"]
        run, batch = interpreter.get_signature_runner(key), {name: inputs}
        return lambda: run(**batch)[output]

    def wait(self, result=None):
        """Nothing to wait for."""

    def array(self, result):
        return result


class LiteRt(common.Framework):
    capabilities = ("infer",)

    def load(self, threads, device, backend):
        import importlib.metadata

        from ai_edge_litert.interpreter import Interpreter

        if device != "cpu":
            raise common.Unsupported("no-device " + device)
        self.interpreter, self.threads = Interpreter, threads
        return {"ai-edge-litert": importlib.metadata.version("ai-edge-litert")}, common.cpu_name()

    def serve(self, path, inputs, levers):
        return Model(lambda: self.interpreter(model_path=path, num_threads=self.threads), inputs)


if __name__ == "__main__":
    serving.run(LiteRt)
