"""Write ``resources/workloads/references.json`` anew. Needs an interpreter with PyTorch, and this project's.

Run as ``PYTHON_WITH_TORCH make_references.py WORKLOADS.json``, where the argument is what
``python -c "import msgspec, sys; from advisor.workloads.published import WORKLOADS, network;
sys.stdout.buffer.write(msgspec.json.encode([(each, network(each.id)) for each in WORKLOADS.values()]))"`` prints.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "advisor" / "workers"))

import float64_oracle  # noqa: E402
import seeds  # noqa: E402
import torch  # noqa: E402

SEED = 0


def main() -> None:
    workloads = json.loads(Path(sys.argv[1]).read_text())
    references = {}
    for fields, network in workloads:
        name = fields["id"]
        references[name] = float64_oracle.reference(torch, SimpleNamespace(**fields), network, seeds, SEED)
        print(name, references[name]["parameters"], references[name]["losses"])
    destination = PROJECT / "resources" / "workloads" / "references.json"
    destination.write_text(json.dumps({"seed": SEED, "workloads": references}, indent=1) + "\n")


if __name__ == "__main__":
    main()
