"""The program as a fleet's host would have it, with invented frameworks in the place of real ones.

``python -m tests.assessment.fleet_host --data FOLDER fleet work``
"""

import functools
import sys

from advisor.assessment import pipeline
from advisor.cli import fleet_work
from advisor.cli.main import run
from advisor.hardware.model import Calibration
from advisor.probes.equivalence import Reference, References
from advisor.workloads.published import WORKLOADS
from tests.probes.doubles import candidate

REFERENCES = References(
    0, {identity: Reference(10, ((1.0, -2.0), (0.5, 0.25)), (2.0, 1.5)) for identity in WORKLOADS}
)


def main() -> int:
    """Do what the command line says."""
    ready = tuple(
        candidate(
            name,
            noise=0.02,
            seed=index,
            seconds={"train": 0.02 * (1 + index), "infer": 0.01, "latency": 0.001},
        )
        for index, name in enumerate(("pytorch", "tensorflow", "mxnet"))
    )
    fleet_work.candidates = lambda *_: ready
    pipeline.candidates = lambda *_: ready
    pipeline.calibrate = lambda *_, **__: Calibration(gemm_fp32=(1e12,))
    pipeline.run = functools.partial(pipeline.run, references=REFERENCES)
    return run(sys.argv[1:])


if __name__ == "__main__":
    print("Welcome to this host.", flush=True)  # a login's greeting, which is no event
    sys.exit(main())
