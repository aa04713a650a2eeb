"""Does a probe say what a user's own stopwatch says?

Times three networks by hand-written scripts (``hand/``), each in the environment of its framework, in turn with
samples of the probe's worker on the same workload, and prints the ratio probe / hand: the median over paired
rounds and its quartiles. Both run on the same threads, one at a time. The ratio of CPU times survives a neighbour's
load, as that of wall times doesn't. Keras' scripts feed ``fit`` and ``predict`` from arrays, as its users do, and the
worker gives them one batch that is there already: where a step takes milliseconds, copying its frames shows. Run as
``python tests/benchmarks/hand_timing.py DATA_FOLDER [ROUNDS [THREADS [WORKLOAD …]]]``, where the folder is the
program's own (``advisor --data``) with every framework installed.
"""

import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "workers"))

from conversation import WORKERS, Conversation  # noqa: E402

from advisor.frameworks.environments import Environments  # noqa: E402
from advisor.probes.launch import wire  # noqa: E402
from advisor.probes.model import Quantity  # noqa: E402
from advisor.workloads.published import WORKLOADS  # noqa: E402

ALTERNATIVES = (
    ("pytorch", None),
    ("tensorflow", None),
    ("keras", "tensorflow"),
    ("keras", "torch"),
    ("keras", "jax"),
    ("mxnet", None),
    ("jax", None),
    ("paddle", None),
)
NETWORKS = {
    "resnet18-64": "{}_by_hand.py",
    "bert-tiny": "{}_encoder_by_hand.py",
    "nature-dqn": "{}_nature_by_hand.py",
}
QUANTITIES = (Quantity.TRAIN, Quantity.INFER)
SAMPLE_S = 1.0

GLIBC = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""What glibc itself comes to in a process that freed one large block, such as a checkpoint or a data set.

A worker frees the weights that it was given; a script that begins with random ones frees nothing large, and gives
memory back at every step only to fault it in again: 3,900 page faults and a tenth of a step of the Nature DQN.
"""


class ByHand:
    """A hand-written script that stays loaded and times itself when asked."""

    def __init__(self, interpreter: str, script: Path, backend: str | None, threads: int) -> None:
        environ = dict(os.environ, OMP_NUM_THREADS=str(threads), NPROC=str(threads), **GLIBC)
        if backend:
            environ["KERAS_BACKEND"] = backend
        self.process = subprocess.Popen(
            [interpreter, str(script), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            text=True,
        )

    def time(self, quantity: Quantity, steps: int) -> tuple[float, float]:
        """Wall and CPU seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{quantity} {steps}\n")
        self.process.stdin.flush()
        wall_s, cpu_s = self.process.stdout.readline().split()
        return float(wall_s), float(cpu_s)


def compare(
    interpreter: str, framework: str, backend: str | None, workload: str, threads: int, rounds: int
) -> None:
    """Print one line per quantity."""
    arguments = ("--backend", backend) if backend else ()
    by_hand = HERE / "hand" / NETWORKS[workload].format(framework)
    hand = ByHand(interpreter, by_hand, backend, threads)
    script = WORKERS / f"{framework}_worker.py"
    with (
        hand.process,
        Conversation(interpreter, script, *arguments, threads=threads) as talk,
    ):
        talk.receive(), talk.receive()
        prepared = talk.prepare(WORKLOADS[workload], quantities=QUANTITIES)
        assert isinstance(prepared, wire.Prepared), prepared

        def probe(quantity: Quantity, steps: int) -> tuple[float, float]:
            sample = talk.sample(quantity, steps)
            return sample.elapsed_s, sample.cpu_s

        name = f"{framework}-{backend}" if backend else framework
        for quantity in QUANTITIES:
            probe(quantity, 3), hand.time(quantity, 3)
            steps = max(2, round(2 * SAMPLE_S / probe(quantity, 2)[0]))
            pairs = []
            for _ in range(rounds):
                measured = {one: one(quantity, steps) for one in random.sample((probe, hand.time), 2)}
                pairs.append((measured[probe], measured[hand.time]))
            items_per_s = (
                WORKLOADS[workload].batch * steps / statistics.median(by_probe[0] for by_probe, _ in pairs)
            )
            print(
                f"{name:17} {workload:12} {quantity:6} {items_per_s:7.1f} items/s, {rounds} x {steps} steps",
                end="",
            )
            for index, clock in enumerate(("wall", "CPU")):
                ratios = [by_probe[index] / by_hand[index] for by_probe, by_hand in pairs]
                low, middle, high = statistics.quantiles(ratios, n=4)
                print(f"; {clock} probe/hand {middle:.3f} ({low:.3f} to {high:.3f})", end="")
            print(flush=True)
        hand.process.kill()


def main() -> None:
    installed = {each.framework: each.interpreter for each in Environments(Path(sys.argv[1])).list()}
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else len(os.sched_getaffinity(0))
    for workload in sys.argv[4:] or NETWORKS:
        for framework, backend in ALTERNATIVES:
            compare(installed[framework], framework, backend, workload, threads, rounds)


if __name__ == "__main__":
    main()
