"""What newcomers are told to run is what CI runs."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_ci_runs_the_test_command_of_the_readme_as_it_is_written() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.search(r"<!-- tests -->\n```sh\n(.+?)\n```", readme, re.DOTALL)
    assert told is not None
    assert told[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
