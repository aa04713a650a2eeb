"""The clock of the hand-written scripts: one line of stdin asks, one line of stdout answers."""

import sys
import time


def serve(train, infer, wait, parameters):
    """Answer "train 5" and "infer 5" with seconds (wall, CPU) of so many steps, "parameters" with their number.

    ``wait(result)`` returns when the result of a step is there, and with it all before it.
    """
    steps_of = {"train": train, "infer": infer}
    for line in sys.stdin:
        what, *steps = line.split()
        if what == "parameters":
            print(parameters(), flush=True)
            continue
        step = steps_of[what]
        cpu, start = time.process_time(), time.perf_counter()
        for _ in range(int(steps[0])):
            result = step()
        wait(result)
        print(time.perf_counter() - start, time.process_time() - cpu, flush=True)
