"""What every worker script shares: the wire, the conversation, threads, timing, memory.

A worker script calls ``run(Framework)`` with a class that offers what ``README.md`` lists. Imported as a plain
module inside foreign interpreters (Python 3.9 to 3.14): standard library at the top, numpy only after the
framework was imported, so that the import's time is the framework's own.
"""

import argparse
import ctypes
import faulthandler
import json
import math
import os
import platform
import queue
import sys
import threading
import time
import traceback

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


def _finite(values):
    """JSON has no word for a number that isn't finite."""
    return [value if math.isfinite(value) else None for value in values]


class Unsupported(Exception):
    """What is asked for doesn't exist in this framework or on this machine; the message is the reason."""


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


def _pin(cpus):
    """Restrict this process to some processors, where the system knows how."""
    if not cpus:
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cpus)
    elif os.name == "nt":
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        mask = ctypes.c_size_t(sum(1 << cpu for cpu in cpus))
        kernel.SetProcessAffinityMask(ctypes.c_void_p(kernel.GetCurrentProcess()), mask)


def _arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backend")
    parser.add_argument(
        "--cpus", default=(), type=lambda text: tuple(int(cpu) for cpu in text.split(",") if cpu)
    )
    return parser.parse_args()


def device_index(device):
    """The number in "cuda:1"; 0 where there is none."""
    return int(device.partition(":")[2] or 0)


def cpu_name():
    """The processor's name as far as the standard library and /proc tell."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _peak_rss_bytes():
    """Peak resident set of this process since the last call where the kernel can forget it, else ever."""
    if sys.platform.startswith("linux"):
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
        try:
            with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        except OSError:
            pass
        return peak
    if os.name == "nt":
        fields = ["PeakWorkingSetSize", "WorkingSetSize"] + ["other%d" % index for index in range(6)]

        class Counters(ctypes.Structure):
            _fields_ = [("cb", ctypes.c_ulong), ("PageFaultCount", ctypes.c_ulong)] + [
                (name, ctypes.c_size_t) for name in fields
            ]

        counters = Counters()
        counters.cb = ctypes.sizeof(counters)
        kernel = ctypes.windll.kernel32
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        if not kernel.K32GetProcessMemoryInfo(
            ctypes.c_void_p(kernel.GetCurrentProcess()), ctypes.byref(counters), counters.cb
        ):
            raise ctypes.WinError()
        return counters.PeakWorkingSetSize
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Session:
    """One framework's side of the conversation, after its import."""

    def __init__(self, framework):
        self.framework = framework

    def prepare(self, message):
        import seeds
        from architectures import is_reinforcement

        workload, seed = message["workload"], message["seed"]
        if message["dtype"] != "float32":
            raise Unsupported("dtype-" + message["dtype"])
        self.workload = workload
        self.loop = self.network = None
        weights = seeds.weights(workload, seed)
        target = seeds.target_weights(workload, seed) if is_reinforcement(workload) else None
        batch = seeds.fixed_batch(workload, seed)
        if self.framework.channels_first:
            for name, array in batch.items():
                if array.ndim == 4:
                    batch[name] = array.transpose(0, 3, 1, 2).copy()
        start = time.perf_counter()
        network = self.framework.build(
            workload, weights, target, batch, compiled=bool(message["levers"]), tf32=message["tf32"]
        )
        build_s = time.perf_counter() - start
        del weights, target
        self.network = network

        first_s, outputs, losses = {}, [], []
        quantities = message["quantities"]
        if "infer" in quantities:
            first_s["infer"], result = self._time_once(network.infer)
            outputs = seeds.excerpt(network.array(result))
        if "latency" in quantities:
            first_s["latency"], _ = self._time_once(network.infer_one)
        if "train" in quantities:
            first_s["train"], before = self._time_once(network.train)
            losses = [float(network.array(before))]
            losses.append(float(network.array(network.train())))
        if "loop" in quantities:
            import games

            self.loop = games.Loop(workload, network, seed, self.framework.channels_first)
            start = time.perf_counter()
            for _ in range(max(8, self.loop.learn_every)):
                self.loop.step()
            first_s["loop"] = time.perf_counter() - start
        return {
            "build_s": build_s,
            "parameters": network.parameters,
            "outputs": [_finite(row) for row in outputs],
            "losses": _finite(losses),
            "first_s": first_s,
        }

    def _time_once(self, call):
        start = time.perf_counter()
        result = call()
        self.network.wait(result)
        return time.perf_counter() - start, result

    def sample(self, message):
        quantity, iterations = message["quantity"], message["iterations"]
        network, batch = self.network, self.workload["batch"]
        calls = {
            "train": (network.train, batch),
            "infer": (network.infer, batch),
            "latency": (network.infer_one, 1),
            "loop": (self.loop and self.loop.step, 1),
        }
        call, items = calls[quantity]
        wait = network.wait
        durations_s = []
        clock = time.perf_counter
        cpu = time.process_time()
        start = clock()
        if quantity == "latency":
            for _ in range(iterations):
                before = clock()
                wait(call())
                durations_s.append(clock() - before)
        else:
            for _ in range(iterations):
                result = call()
            wait(result)
        elapsed_s = clock() - start
        cpu_s = time.process_time() - cpu
        return {
            "quantity": quantity,
            "iterations": iterations,
            "items": items * iterations,
            "elapsed_s": elapsed_s,
            "cpu_s": cpu_s,
            "durations_s": durations_s,
        }

    def memory(self, _message):
        return {
            "peak_rss_bytes": _peak_rss_bytes(),
            "device_peak_bytes": self.framework.device_peak_bytes(),
        }

    def gemm(self, message):
        size = message["size"]
        durations_s = self.framework.gemm(size, message["dtype"], message["iterations"] + 1)
        return {"flops": [2.0 * size**3 / duration for duration in durations_s[1:]]}


def _is_memory(error):
    text = (type(error).__name__ + str(error)).lower()
    return isinstance(error, MemoryError) or any(phrase in text for phrase in MEMORY_PHRASES)


def _failure(error, fallback, framework):
    """The terminal message for an exception."""
    lines = str(error).strip().splitlines() or [""]
    # MXNet's message is a traceback of its own, the cause in its last line.
    line = lines[-1] if lines[0].startswith("Traceback") else lines[0]
    reason = (type(error).__name__ + ": " + line[:300]).rstrip(": ")
    if isinstance(error, Unsupported):
        return {"outcome": "unsupported", "reason": str(error)}
    missing = framework.missing_tool(error)
    if missing:
        return {"outcome": "unsupported", "reason": missing}
    if _is_memory(error):
        return {"outcome": "out-of-memory", "reason": reason}
    return {"outcome": fallback, "reason": reason}


class Framework:
    """What a worker script offers to ``run``; a network's own side is listed in ``README.md``."""

    channels_first = False

    def environment(self, threads, device, backend):
        """Environment variables that must be set before the import."""
        return {}

    def load(self, threads, device, backend):
        """Import the framework; versions by name, and the device's name."""
        raise NotImplementedError

    def build(self, workload, weights, target, batch, compiled, tf32):
        """The network with these weights, its optimiser, and the batch on the device."""
        raise NotImplementedError

    def gemm(self, size, dtype, iterations):
        """Seconds of each of several products of two square matrices."""
        raise NotImplementedError

    def device_peak_bytes(self):
        """Peak accelerator memory since the last call; None without an accelerator."""
        return None

    def missing_tool(self, error):
        """A code for what an error says isn't there to run this variant (a compiler), or None."""
        return None

    def close(self):
        """Remove what was left on disk."""


def _serve(wire, session, commands):
    """Carry out commands until the last one."""
    handlers = {
        "prepare": (session.prepare, "prepared"),
        "sample": (session.sample, "sampled"),
        "memory": (session.memory, "memory"),
        "gemm": (session.gemm, "gemm"),
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
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    _pin(arguments.cpus)
    framework = framework_class()
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "VECLIB_MAXIMUM"):
        os.environ[library + "_THREADS"] = str(arguments.threads)
    os.environ.update(framework.environment(*settings))
    commands = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    fallback, status = "import-failed", 0
    try:
        wire.send(
            type="hello", protocol=PROTOCOL, pid=os.getpid(), python=platform.python_version(), worker=name
        )
        start = time.perf_counter()
        versions, device_name = framework.load(*settings)
        import_s = time.perf_counter() - start
        fallback = "crashed"
        wire.send(type="ready", import_s=import_s, versions=versions, device_name=device_name)
        _serve(wire, _Session(framework), commands)
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
