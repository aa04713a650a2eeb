"""What an exported ``train.py`` or ``serve.py`` does: the network that was measured, with the settings found.

Runs in the framework's own interpreter, apart from the application. Variables are set before the framework is
imported, by starting once more: some are read by the C library when a process begins.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time

import common
import session

TOLERANCE = 1e-3  # relative, as before anything is measured


ANSWERS = 256  # on which an approximation is compared


def main(script, goal, worker, backend, device, threads, levers, variables, loss=None):
    """Train or serve with the settings, check them against the defaults, or time both.

    ``loss`` is the share of other answers that is accepted of an approximation; None where the outputs are the same.
    """
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--steps", type=int, default=20, help="training steps, or calls")
    parser.add_argument("--check", action="store_true", help="compare the outputs with the default's")
    parser.add_argument("--compare", type=int, metavar="PAIRS", help="time both in turn")
    parser.add_argument("--defaults", action="store_true", help="without the settings")
    parser.add_argument("--json", action="store_true", help="outputs and seconds per step, for programs")
    arguments = parser.parse_args()
    if arguments.check or arguments.compare:
        pairs = [
            [_other(script, variables, arguments.steps, defaults) for defaults in (True, False)]
            for _ in range(arguments.compare or 1)
        ]
        if arguments.check:
            _check(*pairs[0], loss)
        if arguments.compare:
            ratios = sorted(default["step_s"] / tuned["step_s"] for default, tuned in pairs)
            middle = len(ratios) // 2
            median = ratios[middle] if len(ratios) % 2 else (ratios[middle - 1] + ratios[middle]) / 2
            print("%.2f times as fast as with the defaults (%.2f to %.2f)" % (median, ratios[0], ratios[-1]))
        return
    wanted = {} if arguments.defaults else variables
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        sys.exit(subprocess.call([sys.executable, script, *sys.argv[1:]], env={**os.environ, **wanted}))
    folder = os.path.dirname(os.path.abspath(script))
    with open(os.path.join(folder, "work.json"), encoding="utf-8") as file:
        work = json.load(file)
    chosen = {} if arguments.defaults else levers
    framework, network = build(worker, backend, device, threads, chosen, work)
    report = _run(network, goal, arguments.steps)
    if loss is not None and goal == "infer":
        report["answers"] = _answers(framework, network, work)
    shown = {lever: framework.levers[lever](network) for lever in chosen}
    report["ignored"] = sorted(lever for lever, value in chosen.items() if shown[lever] != value)
    framework.close()
    if arguments.json:
        print(json.dumps(report))
    else:
        print(
            "%.6f s a step%s"
            % (report["step_s"], ", loss %.4f" % report["last"][0] if goal == "train" else "")
        )
    sys.stdout.flush()
    os._exit(0)  # not through the frameworks' farewells, which may hang


def build(worker, backend, device, threads, levers, work):
    """Import the framework and build the network, as it was measured. Put your own network in its place here."""
    module = importlib.import_module(worker)
    kinds = [each for each in vars(module).values() if isinstance(each, type)]
    own = [each for each in kinds if issubclass(each, common.Framework) and each.__module__ == worker]
    framework = own[-1]()
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "VECLIB_MAXIMUM"):
        os.environ.setdefault(library + "_THREADS", str(threads))
    for name, value in framework.environment(threads, device, backend).items():
        os.environ.setdefault(name, value)
    framework.load(threads, device, backend)
    weights, target, batch = session.numbers(framework, work["workload"], work["network"], work["seed"])
    network = framework.build(work["workload"], work["network"], weights, target, batch, levers, work["tf32"])
    return framework, network


def _run(network, goal, steps):
    """First outputs or losses, for comparing; then so many steps, timed."""
    import seeds

    if goal == "train":
        first = [[float(network.array(network.train())) for _ in range(2)]]
        call = network.train
    else:
        first = seeds.excerpt(network.array(network.infer()))
        call = network.infer
    many = getattr(network, "train_many", None) if goal == "train" else None
    for repeat in (max(2, steps // 4), steps):  # the first time warms up
        start = time.perf_counter()
        if many is not None:
            result = many(repeat)
        else:
            for _ in range(repeat):
                result = call()
        network.wait(result)
        step_s = (time.perf_counter() - start) / repeat
    last = [float(network.array(network.train()))] if goal == "train" else []
    return {"first": [list(map(float, row)) for row in first], "last": last, "step_s": step_s}


def _answers(framework, network, work):
    """The largest output of every item of batches that nothing was fitted to."""
    talk = session.Session(framework, ())
    talk.workload, talk.spec, talk.seed = work["workload"], work["network"], work["seed"]
    talk.network, talk.channels_first = network, framework.channels_first
    return talk.answer({"batches": -(-ANSWERS // work["workload"]["batch"])})["classes"]


def _other(script, variables, steps, defaults):
    """Run this script once more, with the settings or without, and read what it says."""
    environ = {name: value for name, value in os.environ.items() if name not in variables}
    command = [sys.executable, script, "--json", "--steps", str(steps)] + ["--defaults"] * defaults
    ended = subprocess.run(command, env=environ, stdout=subprocess.PIPE)
    if ended.returncode:
        sys.exit("failed " + ("with the defaults" if defaults else "with the settings"))
    return json.loads(ended.stdout.splitlines()[-1])


def _check(default, tuned, loss):
    if tuned["ignored"]:
        sys.exit("the framework shows no sign of: " + ", ".join(tuned["ignored"]))
    if "answers" in tuned:
        pairs = list(zip(default["answers"], tuned["answers"]))
        other = sum(one != another for one, another in pairs)
        said = "%d of %d answers are other ones than with the defaults" % (other, len(pairs))
        if other > loss * len(pairs):
            sys.exit("not accurate enough: " + said)
        print("accurate enough: " + said)
        return
    rows = list(zip(default["first"], tuned["first"]))
    scale = max(abs(value) for row, _ in rows for value in row)
    error = max(abs(one - other) for row, others in rows for one, other in zip(row, others)) / scale
    if not error <= TOLERANCE:
        sys.exit("not the same work: outputs differ by %.1e of the largest" % error)
    print("the same work as with the defaults: outputs differ by %.1e of the largest" % error)
