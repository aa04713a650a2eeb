"""A worker without a framework, which behaves as it is told: the double that proves every outcome.

Its script is the JSON object given as ``--backend`` (``DEFAULTS`` says what it may hold). The times it
reports are invented unless ``work`` says otherwise; it must never be offered to users as a framework.
"""

import argparse
import json
import os
import platform
import queue
import random
import signal
import subprocess
import sys
import threading
import time

PROTOCOL = 2

DEFAULTS = {
    "seconds": {"train": 0.02, "infer": 0.007, "latency": 0.001, "loop": 0.001},  # per iteration
    "work": "none",  # "none": times are only reported; "sleep", "burn": they pass
    "noise": 0.0,  # relative standard deviation of a sample
    "seed": 0,  # of the noise
    "scores": [0.1, 0.2, 0.5, 0.96],  # of the command "learn", one after the other; the last one stays
    "drift": 0.0,  # relative change per sample taken
    "warm_up": 0.0,  # how much longer the first samples take; halves with each
    "first_s": 0.1,  # reported first calls
    "import_s": 0.2,  # reported
    "speedup": None,  # on how many threads it runs that much faster than on one; None: on all of them
    "capabilities": ["train", "infer"],
    "wrong": {},  # "lever=value" -> how many of the first items it answers otherwise; its outputs differ, too
    "adjustable_threads": False,  # whether it takes the command "threads"
    "groups": False,  # whether it trains as one of several processes
    "groups_listen": False,  # whether these listen to other machines
    "group_cost": 1.0,  # how much longer a step takes in a group
    "reduce_s": 0.002,  # reported, of an exchange
    "in_step": True,  # whether a group's ranks have the same weights
    "factors": {},  # how many times as long everything takes with a lever, as "lever=value"
    "applied": None,  # levers that it says it pulled; None: all that were asked for
    "parameters": 10,
    "outputs": [[1.0, -2.0], [0.5, 0.25]],
    "losses": [2.0, 1.5],
    "memory_bytes": 0,  # really allocated by prepare
    "spike_bytes": 0,  # really allocated while a sample is taken, and freed
    "protocol": PROTOCOL,
    "fault": None,  # what happens …
    "at": "sample",  # … at this command, or at "start", "import"
    "after": 0,  # … once that many of these commands went well
    "on_rank": None,  # … in that rank of a group; None: in any, and alone
    "on_threads": None,  # … in a worker of so many threads; None: in any
    "outcome": "unsupported",  # of the fault "failed"
    "reason": "as-told",
    "flood_bytes": 0,  # of stderr, at every command
    "chatter": False,  # prints to stdout, as frameworks do
    "busy": False,  # computes while blocked
    "spin_s": 0.0,  # how long threads go on waiting busily after a sample
    "child": False,  # starts a process that would outlive it
    "stubborn": False,  # ignores SIGTERM
    "most_company": None,  # memory gives out when more workers than that are alive (needs a log, Linux)
    "log": None,  # file that gets a line per process id and command
}

script = dict(DEFAULTS)
counts = {}


class _Wire:
    """Replies leave on the descriptor that was stdout; prints go to stderr."""

    def __init__(self):
        self.descriptor = os.dup(1)
        os.dup2(2, 1)

    def raw(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.descriptor, view) :]

    def send(self, **message):
        self.raw(json.dumps(message).encode() + b"\n")


def log(text, pid=None):
    """Add a line to the log that the script names, a file or a FIFO."""
    if script["log"]:
        descriptor = os.open(script["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, ("%s %d\n" % (text, pid or os.getpid())).encode())
        os.close(descriptor)


def read_commands(commands):
    """Feed the queue; when the parent is gone, leave at once, even in mid-sample."""
    with os.fdopen(os.dup(0), "rb") as stream:
        for line in stream:
            commands.put(json.loads(line))
    os._exit(0)


def company():
    """How many workers of this log are alive."""
    with open(script["log"], encoding="utf-8") as file:
        pids = [int(line.split()[1]) for line in file if line.startswith("start ")]
    return sum(1 for pid in pids if os.path.exists("/proc/%d/exe" % pid))


def misbehave(wire, moment):
    """Do what the script says for this moment, and flood stderr if it wants that."""
    if script["flood_bytes"]:
        line = b"x" * 1023 + b"\n"
        for _ in range(script["flood_bytes"] // len(line)):
            os.write(2, line)
    if script["chatter"]:
        print("chatter on stdout", flush=True)
    done = counts[moment] = counts.get(moment, 0) + 1
    if script["fault"] is None or script["at"] != moment or done <= script["after"]:
        return
    if script["on_threads"] not in (None, counts["threads"]):
        return
    if script["on_rank"] not in (None, counts["rank"]):
        return
    log("fault")
    fault = script["fault"]
    if fault == "hang":
        while True:
            time.sleep(3600)
    elif fault == "garbage":
        wire.raw(b"\xff\x00 this is no message\n")
    elif fault == "babble":
        while True:
            wire.send(type="bye")
    elif fault == "wrong-message":
        wire.send(type="bye")
    elif fault == "huge-line":
        wire.raw(b"[" + b"1," * (8 * 2**20) + b"1]\n")
    elif fault == "half-line":
        wire.raw(b'{"type": "samp')
        os._exit(0)
    elif fault == "exit":
        os._exit(0)
    elif fault == "status":
        os._exit(3)
    elif fault == "close-wire":
        os.close(wire.descriptor)
        time.sleep(3600)
    elif fault == "memory":
        raise MemoryError("as told")
    elif fault == "failed":
        wire.send(type="failed", outcome=script["outcome"], reason=script["reason"])
        os._exit(1)
    else:
        os.kill(os.getpid(), getattr(signal, fault))


def pass_time(seconds, how):
    """Let wall time pass, or CPU time."""
    if how == "sleep":
        time.sleep(seconds)
    elif how == "burn":
        burn(seconds)


def burn(seconds):
    """Use a core for so long."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def burn_for_ever():
    """Use a core from time to time, as a spinning thread pool would."""
    while True:
        burn(0.05)
        time.sleep(0.01)


def sample(message, threads, random_numbers):
    """Report a sample as slow as the script says."""
    quantity, iterations = message["quantity"], message["iterations"]
    taken = counts["sample"] - 1
    seconds = script["seconds"][quantity] * iterations
    seconds *= (1 + script["drift"]) ** taken * (1 + script["warm_up"] / 2**taken)
    cpu_s = seconds = seconds * counts["factor"]  # noise is others', and takes no time of this process
    seconds *= max(0.1, random_numbers.gauss(1, script["noise"]))
    if threads == 1 and script["speedup"]:
        seconds, cpu_s = seconds * script["speedup"], cpu_s * script["speedup"]
    seconds *= counts["slower"]
    spike = bytearray(b"\x01" * script["spike_bytes"])
    pass_time(seconds, script["work"])
    del spike
    batch = 1 if quantity in ("latency", "loop") else counts["batch"]
    return {
        "quantity": quantity,
        "iterations": iterations,
        "items": iterations * batch,
        "elapsed_s": seconds,
        "cpu_s": cpu_s * threads,
        "durations_s": [seconds / iterations] * iterations if quantity == "latency" else [],
    }


def learn(message):
    """Report scores as the script has them, however long the steps are said to take."""
    counts["steps"] += message["steps"]
    score = script["scores"][min(counts["evaluations"], len(script["scores"]) - 1)]
    counts["evaluations"] += 1
    seconds = script["seconds"]["train"] * message["steps"]
    return {"steps": counts["steps"], "elapsed_s": seconds, "cpu_s": seconds, "score": score}


def converse(wire, arguments):
    """Answer commands until ``quit`` or the end of stdin."""
    misbehave(wire, "import")
    wire.send(
        type="ready",
        import_s=script["import_s"],
        versions={"fake": "1"},
        device_name=None,
        capabilities=script["capabilities"],
        adjustable_threads=script["adjustable_threads"],
        groups=script["groups"],
        groups_listen=script["groups_listen"],
    )
    threads = arguments.threads
    random_numbers = random.Random(script["seed"])
    memory = []
    commands = queue.SimpleQueue()
    threading.Thread(target=read_commands, args=(commands,), daemon=True).start()
    while True:
        message = commands.get()
        kind = message["type"]
        log(kind)
        misbehave(wire, kind)
        if kind == "prepare":
            if script["most_company"] is not None and company() > script["most_company"]:
                raise MemoryError("too much company")
            counts["batch"] = message["workload"]["batch"]
            counts["steps"] = counts["evaluations"] = 0
            shard = message.get("shard")
            counts["slower"] = 1.0 if shard is None else script["group_cost"]
            if shard is not None and shard["split"]:
                counts["batch"] //= shard["size"]
                counts["slower"] /= shard["size"]
            counts["factor"] = 1.0
            for lever, value in message["levers"].items():
                counts["factor"] *= script["factors"].get(lever + "=" + value, 1.0)
            pulled = (lever + "=" + value for lever, value in message["levers"].items())
            counts["wrong"] = sum(script["wrong"].get(each, 0) for each in pulled)
            memory.append(bytearray(b"\x01" * script["memory_bytes"]))
            first_s = dict.fromkeys(message["quantities"], script["first_s"])
            outputs = script["outputs"]
            if counts["wrong"]:
                outputs = [[1.1 * value for value in row] for row in outputs]
            wire.send(
                type="prepared",
                build_s=0.01,
                parameters=script["parameters"],
                outputs=outputs if "infer" in first_s else [],
                losses=script["losses"] if "train" in first_s else [],
                first_s=first_s,
                applied=message["levers"] if script["applied"] is None else script["applied"],
            )
        elif kind == "answer":
            items = message["batches"] * counts["batch"]
            wire.send(type="answered", classes=[int(item < counts["wrong"]) for item in range(items)])
        elif kind == "sample":
            wire.send(type="sampled", **sample(message, threads, random_numbers))
            if script["spin_s"]:
                burn(script["spin_s"])
        elif kind == "learn":
            wire.send(type="learned", **learn(message))
        elif kind == "memory":
            wire.send(type="memory", device_peak_bytes=None)
        elif kind == "threads" and not script["adjustable_threads"]:
            wire.send(type="failed", outcome="unsupported", reason="fixed-threads")
            os._exit(1)
        elif kind == "threads":
            threads = message["count"]
            wire.send(type="threads", count=threads)
        elif kind == "reduce":
            count = message["floats"] or script["parameters"]
            wire.send(
                type="reduced", durations_s=[script["reduce_s"]] * message["iterations"], bytes=4 * count
            )
        elif kind == "weights":
            wire.send(type="weights", digest="same" if script["in_step"] else str(os.getpid()))
        elif kind == "gemm":
            wire.send(type="gemm", flops=[1e9] * message["iterations"])
        else:
            wire.send(type="bye")
            return


def main():
    """Speak the protocol as the script says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device")
    parser.add_argument("--backend", default="{}")
    parser.add_argument("--cpus")
    parser.add_argument("--group", type=json.loads, default={})
    arguments = parser.parse_args()
    wire = _Wire()
    script.update(json.loads(arguments.backend))
    counts["threads"] = arguments.threads
    counts["rank"] = arguments.group.get("rank")
    counts["slower"] = 1.0
    script["seconds"] = {**DEFAULTS["seconds"], **script["seconds"]}
    log("start")
    if script["stubborn"]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if script["child"]:
        # It inherits the wire, so that whoever waits for the wire's end waits for it too.
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], close_fds=False)
        log("child", child.pid)
    if script["busy"]:
        threading.Thread(target=burn_for_ever, daemon=True).start()
    misbehave(wire, "start")
    wire.send(
        type="hello",
        protocol=script["protocol"],
        pid=os.getpid(),
        python=platform.python_version(),
        worker="fake_worker",
    )
    try:
        converse(wire, arguments)
    except MemoryError as error:
        wire.send(type="failed", outcome="out-of-memory", reason="MemoryError: %s" % error)
        os._exit(1)


if __name__ == "__main__":
    main()
