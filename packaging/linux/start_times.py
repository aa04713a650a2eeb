"""How soon the window appears: ``start_times.py PROGRAM … [--rounds N]`` (needs a display and xdotool).

The programs start in turns, each with an empty data folder, so that a busy machine slows all alike; what counts is
the ratio to the first. The time ends when the window is on the screen.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time

PATIENCE_S = 120


def seconds_to_window(program: str) -> float:
    """Start a program, wait for its window, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "FRAMEWORK_ADVISOR_DATA": folder}
        began = time.perf_counter()
        process = subprocess.Popen([program], env=environment, stderr=subprocess.DEVNULL)
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Framework Advisor"]
        subprocess.run(search, stdout=subprocess.DEVNULL, timeout=PATIENCE_S, check=True)
        elapsed = time.perf_counter() - began
        process.terminate()
        process.wait(PATIENCE_S)
    return elapsed


def main() -> None:
    """Print every program's median and range, and its ratio to the first, paired within rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    for program in arguments.programs:
        seconds_to_window(program)  # from here on, all find their files in memory
    rounds = [[seconds_to_window(each) for each in arguments.programs] for _ in range(arguments.rounds)]
    for index, program in enumerate(arguments.programs):
        times = [each[index] for each in rounds]
        ratio = statistics.median(each[index] / each[0] for each in rounds)
        print(
            f"{program}: {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f}), x{ratio:.2f}"
        )


if __name__ == "__main__":
    main()
