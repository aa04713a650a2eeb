"""A worker that keeps to no rule: its ``--backend`` names what it does wrong. It speaks the wire on its own.

What a worker says that is merely wrong, ``fake_worker`` says; here is what happens to pipes, processes and clocks.
"""

import json
import os
import signal
import subprocess
import sys
import time

mode = sys.argv[sys.argv.index("--backend") + 1]
asked = 0


def raw(data):
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def send(**message):
    line = json.dumps(message).encode() + b"\n"
    if mode == "answers twice":
        line *= 2
    if mode == "answers byte by byte":
        for byte in line:
            raw(bytes([byte]))
        return
    raw(line)


def hang():
    while True:
        time.sleep(3600)


def run_away():
    """Start a process that leaves session and parent, as a daemon does, and ignores SIGTERM."""
    code = (
        "import os, signal, time\n"
        "os.setsid()\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if child := os.fork():\n"
        f"    print('child', child, file=open({os.environ['TMPDIR']!r} + '/hostile', 'a'), flush=True)\n"
        "    os._exit(0)\n"
        "time.sleep(3600)"
    )
    subprocess.Popen([sys.executable, "-c", code]).wait()


def sampled(message):
    """What is told of a sample: a clock's figures, and whose they are."""
    iterations, items = message["iterations"], message["iterations"]
    if message["quantity"] in ("train", "infer"):
        items *= 4
    told = {
        "type": "sampled",
        "quantity": message["quantity"],
        "iterations": iterations,
        "items": items,
        "elapsed_s": 0.01 * iterations,
        "cpu_s": 0.02 * iterations,
        "durations_s": [0.01] * iterations if message["quantity"] == "latency" else [],
    }
    changes = {
        "counts ten times as many": {"items": items * 10},
        "answers for another quantity": {"quantity": "loop"},
        "repeats less": {"iterations": max(iterations - 1, 1), "items": max(items - 4, 1)},
        "clock runs backwards": {"elapsed_s": -0.01},
        "clock stands still": {"elapsed_s": 0.0},
        "clock of a day": {"elapsed_s": 1e300},
        "no processor time": {"cpu_s": -1.0},
    }
    return {**told, **changes.get(mode, {})}


def main():
    global asked
    if mode == "floods its output without an end":
        while True:
            raw(b"x" * 65536)
    if mode == "floods its output with lines":
        while True:
            raw(b"{}\n" * 1000)
    if mode == "says half and waits":
        raw(b'{"type": "hello", "proto')
        hang()
    send(type="hello", protocol=2, pid=1, python="3.11", worker="hostile")
    if mode == "forks without an end in sight":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(10):
            if os.fork() == 0:
                hang()
    if mode == "runs away":
        run_away()
        os.kill(os.getpid(), signal.SIGSEGV)
    send(type="ready", import_s=0.1, versions={"\x1b[2J": "\u202e"})
    if mode == "closes its input":
        os.close(0)
        hang()
    if mode == "closes its errors":
        os.close(2)
    for line in sys.stdin:
        message = json.loads(line)
        asked += 1
        if message["type"] == "prepare":
            first_s = dict.fromkeys(message["quantities"], 0.1)
            outputs, losses = [[1.0, -2.0], [0.5, 0.25]], [2.0, 1.5]
            if mode == "answers of no bounds":
                outputs, losses = [[1.7e308, -1.7e308], [0.5, 0.25]], [1.7e308, 1e-300]
            send(type="prepared", build_s=0.1, parameters=10, outputs=outputs, losses=losses, first_s=first_s)
        elif message["type"] == "sample":
            if mode == "stops in the middle of a sample" and asked > 8:
                raw(json.dumps(sampled(message)).encode()[:40])
                hang()
            send(**sampled(message))
        elif message["type"] == "memory":
            send(type="memory", device_peak_bytes=None)
        elif message["type"] == "threads":
            send(type="failed", outcome="unsupported", reason="fixed-threads")
            return
        elif message["type"] == "quit":
            if mode == "won't leave":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                hang()
            send(type="bye")
            return


main()
