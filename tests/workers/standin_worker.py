"""A worker without a framework, on the real ``serving.py``: its ``--backend`` says how it misbehaves."""

import os
import subprocess
import sys
import time

import common
import serving


class Network:
    """One number that training adds to."""

    parameters = 1

    def __init__(self, mode, levers):
        self.mode = mode
        self.levers = levers
        self.value = 1.0
        self.waited = 0

    def infer(self):
        if self.mode == "memory":
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        if self.mode == "crash":
            raise ValueError("first line\nsecond line")
        if self.mode == "tool":
            raise RuntimeError("no hammer")
        if self.mode == "nan":
            return [[float("nan"), 1.0]]
        if self.mode == "slow":
            print("asleep", file=sys.stderr, flush=True)
            time.sleep(3600)
        return [[self.value] * 20] * 20

    def infer_one(self):
        return self.infer()

    def train(self):
        self.value += 1.0
        if self.mode == "chatter":
            chatter()
        return self.value

    def act(self, observation):
        return 0

    def learn(self, batch):
        self.value += len(batch["rewards"])

    def renew_target(self):
        self.value = 0.0

    def wait(self, result=None):
        self.waited += 1

    def array(self, result):
        return result


def chatter():
    """What frameworks do to standard output, on every level."""
    print("printed", flush=True)
    os.write(1, b'{"type": "bye"}\n')
    subprocess.run(["echo", "from a child"], check=True)


class Inferring:
    """A network that can't be trained."""

    parameters = 1

    def infer(self):
        return [[1.0] * 8] * 8

    infer_one = infer

    def wait(self, result=None):
        pass

    def array(self, result):
        return result


class StandIn(common.Framework):
    levers = {
        "gear": lambda network: network.levers["gear"],
        "stuck": lambda network: None,
        "process": lambda network: os.environ["STANDIN_PROCESS"],
    }

    def environment(self, threads, device, backend):
        return {"STANDIN_PROCESS": "own default"}

    def load(self, threads, device, backend):
        self.mode = backend
        self.threads = threads
        self.adjustable_threads = backend == "adjustable"
        if backend == "inferring":
            self.capabilities = ("infer",)
        if backend == "unimportable":
            raise ImportError("libmissing.so: cannot open shared object file")
        if backend == "chatter":
            chatter()
        return {"standin": os.environ["OMP_NUM_THREADS"]}, "stand-in"

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        return Inferring() if self.mode == "inferring" else Network(self.mode, levers)

    def set_threads(self, count):
        if not self.adjustable_threads:
            super().set_threads(count)
        self.threads = count

    def gemm(self, size, dtype, iterations):
        if self.mode == "still":
            return [0.0] * iterations
        if self.mode == "adjustable":
            return [2.0 / self.threads] * iterations
        return [0.5] + [2.0] * (iterations - 1)

    def missing_tool(self, error):
        return "no-hammer" if "hammer" in str(error) else None


if __name__ == "__main__":
    serving.run(StandIn)
