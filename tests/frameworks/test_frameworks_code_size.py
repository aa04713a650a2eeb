"""What is counted of ease of use: the rules of counting, the catalogue's figures, and that the scripts are real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.frameworks import catalogue
from advisor.workloads.published import WORKLOADS

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "packaging"))
import code_size  # noqa: E402

SOURCE = '''
"""Not counted."""
import torch
from torch import nn

class Model(nn.Module):
    """Not counted."""
    def forward(self, x):
        return self.head(nn.functional.relu(x))

model = Model()
model.head = nn.Linear(
    1,
    2,
)
optimizer = torch.optim.SGD(model.parameters())
parts = []
parts.append(optimizer.step())

if __name__ == "__main__":
    torch.set_num_threads(1)
'''


def test_statements_names_and_namespaces_are_counted_once_and_only_the_frameworks():
    # class, def, return, and five more; nn.Module, nn.Linear, nn.functional.relu, torch.optim.SGD, .parameters, .step
    # in torch.nn, torch.nn.functional, torch.optim.
    assert code_size.count(SOURCE) == {"code_statements": 8, "code_names": 6, "code_namespaces": 3}


@pytest.mark.parametrize(
    "framework",
    [each for each in catalogue.load() if not each.serves],
    ids=lambda framework: framework.id,
)
def test_the_catalogue_states_what_is_counted(framework):
    """If this fails, copy the figures of ``python packaging/code_size.py`` into the catalogue."""
    counted = code_size.count((code_size.SCRIPTS / f"{framework.id}_by_hand.py").read_text("utf-8"))
    assert {identifier: framework.facts[identifier].value for identifier in counted} == counted


@pytest.mark.frameworks
@pytest.mark.parametrize(
    ("framework", "backend"),
    [
        ("pytorch", None),
        ("tensorflow", None),
        ("keras", "tensorflow"),
        ("keras", "torch"),
        ("keras", "jax"),
        ("mxnet", None),
        ("jax", None),
        ("paddle", None),
    ],
)
def test_every_script_trains_the_network_that_the_probe_measures(framework_pythons, framework, backend):
    asked = subprocess.run(
        [framework_pythons[framework], code_size.SCRIPTS / f"{framework}_by_hand.py", "2"],
        input="parameters\ntrain 1\ninfer 1\n",
        env=os.environ | ({"KERAS_BACKEND": backend} if backend else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    parameters, train, infer = asked.stdout.split("\n")[:3]
    assert int(parameters) == WORKLOADS["resnet18-64"].parameters
    assert all(float(seconds) > 0 for line in (train, infer) for seconds in line.split())
