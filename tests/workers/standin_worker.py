"""A worker without a framework, on the real ``common.py``: its ``--backend`` says how it misbehaves."""

import os
import subprocess
import sys
import time

import common


class Network:
    """One number that training adds to."""

    parameters = 1

    def __init__(self, mode):
        self.mode = mode
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


class StandIn(common.Framework):
    def load(self, threads, device, backend):
        self.mode = backend
        if backend == "unimportable":
            raise ImportError("libmissing.so: cannot open shared object file")
        if backend == "chatter":
            chatter()
        return {"standin": os.environ["OMP_NUM_THREADS"]}, "stand-in"

    def build(self, workload, weights, target, batch, compiled, tf32):
        if compiled:
            raise common.Unsupported("same-as-default")
        return Network(self.mode)

    def gemm(self, size, dtype, iterations):
        return [0.5] + [2.0] * (iterations - 1)

    def missing_tool(self, error):
        return "no-hammer" if "hammer" in str(error) else None


if __name__ == "__main__":
    common.run(StandIn)
