"""Scripts of a user's, made on the spot: they need no framework, only Python."""

from pathlib import Path

import pytest

SCRIPT = """
NAME = "Secret project"
ITEMS = 4
{before}

class Work:
    weight = 1.0

    def infer(self):
        return [[self.weight, 2.0], [3.0, {last}]]

    def step(self):
        self.weight += 1.0

    {outputs}


def build(device, threads, seed):
    {during}
    return Work()
"""
OUTPUTS = """def outputs(self):
        return self.infer()"""


@pytest.fixture
def script(tmp_path):
    """Write a script; what isn't named in ``parts`` is left empty."""

    def write(name: str, **parts: str) -> Path:
        path = tmp_path / name
        path.write_text(
            SCRIPT.format(**{"before": "", "last": "4.0", "outputs": OUTPUTS, "during": "pass"} | parts)
        )
        return path

    return write
