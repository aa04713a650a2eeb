"""Whether exported scripts reproduce the ratio that an assessment states, within its interval.

Run as ``python tests/benchmarks/handover.py ASSESSMENT.json DATA [PAIRS]``, DATA being the application's data folder
with its environments, on the quiet machine that was measured. Every script whose settings aren't the defaults is
checked and timed against them, so many times in turn.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from advisor.assessment import document
from advisor.frameworks import catalogue
from advisor.frameworks.environments import Environments
from advisor.report import handover


def main() -> None:
    path, data = Path(sys.argv[1]), Path(sys.argv[2])
    pairs = sys.argv[3] if len(sys.argv) > 3 else "7"
    interpreters = {each.framework: each.interpreter for each in Environments(data).list()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        handover.write(document.decode(path.read_bytes(), path.name), folder)
        rows = tomllib.loads((folder / "settings.toml").read_text("utf-8"))["settings"]
        within = total = 0
        for row in rows:
            if "interval" not in row:
                continue
            framework = catalogue.find(catalogue.load(), row["framework"])
            command = [interpreters[framework.id], folder / row["script"], "--check", "--compare", pairs]
            ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
            found = re.search(r"([0-9.]+) times as fast .*\(([0-9.]+) to ([0-9.]+)\)", ended.stdout)
            low, high = row["interval"]
            said = found[0] if found else (ended.stderr.strip().splitlines() or ["nothing"])[-1]
            agrees = bool(found) and low <= float(found[1]) <= high
            within, total = within + agrees, total + 1
            print(f"{row['script']}: stated {row['times_as_fast']} ({low} to {high}); {said}; {agrees}")
        print(f"{within} of {total} within the interval")


if __name__ == "__main__":
    main()
