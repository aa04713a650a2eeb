"""A worker's main program: the wire to its parent, and whatever is said over it first and last.

A worker script calls ``run(Framework)`` with a class that offers what ``README.md`` lists.
"""

import argparse
import faulthandler
import json
import os
import platform
import queue
import socket
import sys
import threading
import time
import traceback

import common
import session

PROTOCOL = 2
MEMORY_PHRASES = (
    "out of memory",
    "out_of_memory",
    "resource_exhausted",
    "resourceexhausted",
    "oom when allocating",
    "can't allocate memory",
    "cannot allocate memory",
    "unable to allocate",
    "failed to allocate",
    "memory allocation failed",
    "std::bad_alloc",
)


class _Wire:
    """The dedicated descriptor of replies. Whoever prints from now on, prints to stderr."""

    def __init__(self):
        sys.stdout.flush()
        self.descriptor = os.dup(1)
        os.dup2(2, 1)

    def send(self, **message):
        line = memoryview((json.dumps(message, allow_nan=False) + "\n").encode())
        while line:
            line = line[os.write(self.descriptor, line) :]


def _read_commands(commands):
    """Feed lines from stdin to the queue; when the parent has died, leave at once, even in mid-sample."""
    parent = os.getppid()
    with os.fdopen(os.dup(0), "rb", buffering=0) as stream:
        pending = b""
        while True:
            chunk = stream.read(65536)
            if not chunk:
                break
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                commands.put(line)
    commands.put(None)
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


def _own_cpus():
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(min(os.cpu_count() or 1, 64)))  # a mask of Windows holds no more


def _arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backend")
    parser.add_argument("--file")
    parser.add_argument("--group", type=json.loads)
    parser.add_argument(
        "--cpus", default=(), type=lambda text: tuple(int(cpu) for cpu in text.split(",") if cpu)
    )
    return parser.parse_args()


def _try_port(rank, addresses):
    """Find out whether this rank can listen at its address: frameworks crash or hang where it can't."""
    host, _, port = addresses[rank].rpartition(":")
    socket.create_server((host, int(port))).close()


def _is_memory(error):
    text = (type(error).__name__ + str(error)).lower()
    return isinstance(error, MemoryError) or any(phrase in text for phrase in MEMORY_PHRASES)


def _failure(error, fallback, framework):
    """The terminal message for an exception."""
    lines = str(error).strip().splitlines() or [""]
    # MXNet's message is a traceback of its own, the cause in its last line.
    line = lines[-1] if lines[0].startswith("Traceback") else lines[0]
    reason = (type(error).__name__ + ": " + line[:300]).rstrip(": ")
    if isinstance(error, common.Unsupported):
        return {"outcome": "unsupported", "reason": str(error)}
    if isinstance(error, common.Unreadable):
        return {"outcome": "export-failed", "reason": str(error)}
    missing = framework.missing_tool(error)
    if missing:
        return {"outcome": "unsupported", "reason": missing}
    if _is_memory(error):
        return {"outcome": "out-of-memory", "reason": reason}
    return {"outcome": fallback, "reason": reason}


def _serve(wire, talk, commands):
    """Carry out commands until the last one."""
    handlers = {
        "prepare": (talk.prepare, "prepared"),
        "export": (talk.export, "exported"),
        "answer": (talk.answer, "answered"),
        "inspect": (talk.inspect, "inspected"),
        "load": (talk.load, "sampled"),
        "learn": (talk.learn, "learned"),
        "sample": (talk.sample, "sampled"),
        "memory": (talk.memory, "memory"),
        "threads": (talk.threads, "threads"),
        "gemm": (talk.gemm, "gemm"),
        "reduce": (talk.reduce, "reduced"),
        "weights": (talk.weights, "weights"),
    }
    while True:
        line = commands.get()
        if line is None:
            return
        message = json.loads(line)
        if message["type"] == "quit":
            wire.send(type="bye")
            return
        handle, reply = handlers[message["type"]]
        wire.send(type=reply, **handle(message))


def run(framework_class):
    """Serve one parent until it says ``quit``, closes the wire, or something fails."""
    if "advisor" in sys.modules:
        sys.exit("a worker must not import the application")
    wire = _Wire()
    faulthandler.enable()
    arguments = _arguments()
    settings = (arguments.threads, arguments.device, arguments.backend)
    worker = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    cpus = arguments.cpus or _own_cpus()
    session.pin(arguments.cpus)
    framework = framework_class()
    framework.file = arguments.file
    framework.place = arguments.group
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "VECLIB_MAXIMUM"):
        os.environ[library + "_THREADS"] = str(arguments.threads)
    for name, value in framework.environment(*settings).items():
        os.environ.setdefault(name, value)
    commands = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    fallback, status = "crashed", 0
    try:
        wire.send(
            type="hello", protocol=PROTOCOL, pid=os.getpid(), python=platform.python_version(), worker=worker
        )
        if arguments.group is not None:
            _try_port(**arguments.group)
        fallback = "import-failed"
        start = time.perf_counter()
        versions, device_name = framework.load(*settings)
        import_s = time.perf_counter() - start
        fallback = "crashed"
        if arguments.group is not None:
            framework.join(**arguments.group)
        wire.send(
            type="ready",
            import_s=import_s,
            versions=versions,
            device_name=device_name,
            capabilities=framework.capabilities,
            adjustable_threads=framework.adjustable_threads,
            groups=framework.groups,
            groups_listen=framework.groups_listen,
        )
        _serve(wire, session.Session(framework, cpus), commands)
    except BrokenPipeError:
        pass  # the parent left between two messages
    except BaseException as error:
        traceback.print_exc()
        status = 1
        try:
            wire.send(type="failed", **_failure(error, fallback, framework))
        except BrokenPipeError:
            pass
    framework.close()
    # Not through the frameworks' own farewells, which may hang or crash after everything was said.
    sys.stderr.flush()
    os._exit(status)
