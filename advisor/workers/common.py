"""What every worker script shares: the wire, the conversation, threads, timing, memory.

A worker script calls ``run(Framework)`` with a class that offers what ``README.md`` lists. Imported as a plain
module inside foreign interpreters (Python 3.9 to 3.14): standard library at the top, numpy only after the
framework was imported, so that the import's time is the framework's own.
"""

import argparse
import ctypes
import faulthandler
import hashlib
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
LEAST_S = 1e-9  # what a clock that didn't move is taken for: nothing takes no time
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


class Unreadable(Exception):
    """What a framework exported can't be read by what is to serve it; the message says why."""


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


CONFINES = hasattr(os, "sched_setaffinity") or os.name == "nt"
"""Whether this system knows how to keep a process to some of its processors."""


def _pin(cpus):
    """Restrict this process, with all its threads, to some processors, where the system knows how."""
    if not cpus:
        return
    if hasattr(os, "sched_setaffinity"):
        for thread in os.listdir("/proc/self/task"):
            try:
                os.sched_setaffinity(int(thread), cpus)
            except ProcessLookupError:
                pass  # it ended meanwhile
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
    parser.add_argument("--file")
    parser.add_argument("--group", type=json.loads)
    parser.add_argument(
        "--cpus", default=(), type=lambda text: tuple(int(cpu) for cpu in text.split(",") if cpu)
    )
    return parser.parse_args()


def memory_kept(_network):
    """Lever ``mmap``: what glibc was started with; "off" where it is glibc, and takes nothing from the system anew."""
    off = "mmap_max=0" in os.environ.get("GLIBC_TUNABLES", "") and platform.libc_ver()[0] == "glibc"
    return "off" if off else None


def wait_policy(_network):
    """Lever ``wait_policy``: what the OpenMP library found at its start. It has no call that tells."""
    return os.environ.get("OMP_WAIT_POLICY", "").lower() or None


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


def numbers(framework, workload, spec, seed, shard=None):
    """Weights, those of the target network of deep Q-learning (None elsewhere), and the fixed batch.

    Ranks of a group have the same weights and different items: a batch of their own, or a part of the one.
    """
    import networks
    import seeds

    weights = seeds.weights(spec, seed)
    target = seeds.target_weights(spec, seed) if networks.is_reinforcement(workload) else None
    if shard is None or shard["split"]:
        batch = seeds.fixed_batch(workload, spec, seed)
    else:
        batch = seeds.fixed_batch(workload, spec, seed + 1000 * shard["rank"])
    if shard is not None and shard["split"]:
        part = slice(shard["rank"], None, shard["size"])
        batch = {name: array[part].copy() for name, array in batch.items()}
    if not framework.channels_first:
        weights = seeds.channels_last(spec, weights)
        return weights, target and seeds.channels_last(spec, target), batch
    for name, array in batch.items():
        if array.ndim == 4:
            batch[name] = array.transpose(0, 3, 1, 2).copy()
    return weights, target, batch


class _Session:
    """One framework's side of the conversation, after its import."""

    def __init__(self, framework, cpus):
        self.framework = framework
        self.cpus = cpus

    def prepare(self, message):
        if self.framework.file is not None:
            return self._prepare_own(message)
        import networks
        import seeds

        workload, spec, seed, levers = (message[key] for key in ("workload", "network", "seed", "levers"))
        if message["dtype"] != "float32":
            raise Unsupported("dtype-" + message["dtype"])
        if spec is None:
            raise Unsupported("no-network")
        if networks.generates(spec) and not self.framework.writes:
            raise Unsupported("no-text-generation")
        for lever in levers:
            if lever not in self.framework.levers:
                raise Unsupported("lever-" + lever)
        self.workload = workload
        self.loop = self.network = None
        if message.get("file") is None:
            build_s, network = self._built(message)
        else:
            import exports

            build_s, network = exports.served(self.framework, message)
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
        shown = {lever: self.framework.levers[lever](network) for lever in levers}
        return {
            "build_s": build_s,
            "parameters": network.parameters,
            "outputs": [_finite(row) for row in outputs],
            "losses": _finite(losses),
            "first_s": first_s,
            "applied": {lever: value for lever, value in shown.items() if value is not None},
        }

    def _built(self, message):
        """How long building took, and the network."""
        workload, spec = message["workload"], message["network"]
        weights, target, batch = numbers(
            self.framework, workload, spec, message["seed"], message.get("shard")
        )
        self.workload = dict(workload, batch=len(batch["inputs"]))  # this rank's own part, in a group
        start = time.perf_counter()
        network = self.framework.build(
            workload, spec, weights, target, batch, message["levers"], message["tf32"]
        )
        return time.perf_counter() - start, network

    def export(self, message):
        import exports

        return exports.export(self.framework, self.network, message)

    def _prepare_own(self, message):
        """The user's own work: what it can do shows when it is built, and its outputs before it learns."""
        self.workload, self.loop, self.network = message["workload"], None, None
        start = time.perf_counter()
        levers = message["levers"]
        network = self.framework.open_own(message["workload"], message["seed"], levers)
        build_s = time.perf_counter() - start
        self.network = network
        calls = {"infer": "infer", "latency": "infer_one", "train": "train"}
        able = [quantity for quantity, name in calls.items() if getattr(network, name, None) is not None]
        outputs = network.outputs()
        first_s = {}
        for quantity in able:
            if quantity in message["quantities"]:
                first_s[quantity], _ = self._time_once(getattr(network, calls[quantity]))
        shown = {lever: self.framework.levers[lever](network) for lever in levers}
        return {
            "build_s": build_s,
            "parameters": network.parameters,
            "outputs": [_finite(row) for row in outputs],
            "losses": [],
            "first_s": first_s,
            "applied": {lever: value for lever, value in shown.items() if value is not None},
            "capabilities": [each for each in ("train", "infer") if each in able],
        }

    def inspect(self, _message):
        return self.framework.inspect()

    def load(self, message):
        """The start of an epoch: data alone, steps on the fixed batch alone, or steps fed with the data."""
        quantity, iterations, network = message["quantity"], message["iterations"], self.network
        workload = self.workload
        settings = (workload["input_shape"], workload["batch"], message["threads"], message["seed"])
        fixed = network.batch
        cpu = time.process_time()
        start = time.perf_counter()
        batches = None
        if quantity != "train":
            batches = self.framework.batches(message["folder"], *settings)
        last = None
        for _ in range(iterations):
            if batches is not None:
                inputs, labels = next(batches)
                # What is loaded counts once it is where the step takes it.
                network.feed(inputs, labels)
            if quantity != "load":
                last = network.train()
        network.wait(last)
        elapsed_s = max(time.perf_counter() - start, LEAST_S)
        if batches is not None:
            batches.close()
        network.batch = fixed
        return {
            "quantity": quantity,
            "iterations": iterations,
            "items": workload["batch"] * iterations,
            "elapsed_s": elapsed_s,
            "cpu_s": time.process_time() - cpu,
            "durations_s": [],
        }

    def _time_once(self, call):
        start = time.perf_counter()
        result = call()
        self.network.wait(result)
        return time.perf_counter() - start, result

    def sample(self, message):
        quantity, iterations = message["quantity"], message["iterations"]
        network = self.network
        if quantity == "loop":
            call = self.loop.step
        else:
            call = getattr(network, "infer_one" if quantity == "latency" else quantity)
        items = self.workload["batch"] if quantity in ("train", "infer") else 1
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
        elif quantity == "train" and hasattr(network, "train_many"):
            wait(network.train_many(iterations))
        else:
            for _ in range(iterations):
                result = call()
            wait(result)
        elapsed_s = max(clock() - start, LEAST_S)
        cpu_s = time.process_time() - cpu
        return {
            "quantity": quantity,
            "iterations": iterations,
            "items": items * iterations,
            "elapsed_s": elapsed_s,
            "cpu_s": cpu_s,
            "durations_s": durations_s,
        }

    def reduce(self, message):
        """What the group's exchange of gradients takes by itself: so many floats added up over all ranks."""
        count = message["floats"] or self.network.parameters
        durations_s = []
        for _ in range(message["iterations"]):
            start = time.perf_counter()
            self.framework.all_reduce(count)
            durations_s.append(max(time.perf_counter() - start, LEAST_S))
        return {"durations_s": durations_s, "bytes": 4 * count}

    def weights(self, _message):
        digest = hashlib.sha256()
        for array in self.network.weights():
            digest.update(array.tobytes())
        return {"digest": digest.hexdigest()}

    def memory(self, _message):
        return {"device_peak_bytes": self.framework.device_peak_bytes()}

    def threads(self, message):
        """One thread keeps to one core, so that it is what a worker started with one thread on one core is."""
        count = message["count"]
        self.framework.set_threads(count)
        _pin(self.cpus[:1] if count == 1 else self.cpus)
        return {"count": count}

    def gemm(self, message):
        size = message["size"]
        durations_s = self.framework.gemm(size, message["dtype"], message["iterations"] + 1)
        return {"flops": [2.0 * size**3 / max(duration, LEAST_S) for duration in durations_s[1:]]}


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
    if isinstance(error, Unreadable):
        return {"outcome": "export-failed", "reason": str(error)}
    missing = framework.missing_tool(error)
    if missing:
        return {"outcome": "unsupported", "reason": missing}
    if _is_memory(error):
        return {"outcome": "out-of-memory", "reason": reason}
    return {"outcome": fallback, "reason": reason}


class Framework:
    """What a worker script offers to ``run``; a network's own side is listed in ``README.md``."""

    channels_first = False
    capabilities = ("train", "infer")  # with "train" missing, a network needs no ``train``
    groups = False  # whether several processes can train one network; a network then has ``weights()``
    writes = False  # whether its builder knows the layers of a network that writes text
    place = None  # in a group: what ``join`` gets, for who needs it before the import
    file = None  # the user's own model or script, where one is to be opened
    adjustable_threads = False  # whether ``set_threads`` works once the framework is loaded
    levers = {}  # id -> function of a network: the lever's value as the framework itself shows it, or None

    def environment(self, threads, device, backend):
        """Environment variables to be set before the import, where a process lever hasn't set them already."""
        return {}

    def load(self, threads, device, backend):
        """Import the framework; versions by name, and the device's name."""
        raise NotImplementedError

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        """The network of a spec with these weights, its optimiser, and the batch on the device."""
        raise NotImplementedError

    def serve(self, path, inputs, levers):
        """The network in an exported file, with the batch that it answers."""
        raise Unsupported("no-files")

    def join(self, rank, addresses):
        """Become one of a group's ranks; returns when all are there. Each rank has an address, "host:port"."""
        raise Unsupported("no-groups")

    def all_reduce(self, count):
        """Add up so many floats over the group, and wait for them."""
        raise NotImplementedError

    def export(self, network, kind, folder):
        """Write a network into a folder; return its path and the names of the tools that took part."""
        raise Unsupported("no-format " + kind)

    def batches(self, folder, shape, batch, threads, seed):
        """Endless batches of a folder of images, by the framework's own loader; see ``README.md``."""
        raise Unsupported("no-loader")

    def inspect(self):
        """What the user's model file holds; see ``README.md``."""
        raise Unsupported("no-importer")

    def open_own(self, workload, seed, levers):
        """The network that the user's file describes; see ``README.md``."""
        raise Unsupported("no-importer")

    def set_threads(self, count):
        """Compute with so many threads from now on."""
        raise Unsupported("fixed-threads")

    def gemm(self, size, dtype, iterations):
        """Seconds of each of several products of two square matrices."""
        raise NotImplementedError

    def device_peak_bytes(self):
        """Peak accelerator memory since the last call; None without an accelerator."""
        return None

    def missing_tool(self, error):
        """A code for what an error says isn't there for a lever (a compiler), or None."""
        return None

    def close(self):
        """Remove what was left on disk."""


def _serve(wire, session, commands):
    """Carry out commands until the last one."""
    handlers = {
        "prepare": (session.prepare, "prepared"),
        "export": (session.export, "exported"),
        "inspect": (session.inspect, "inspected"),
        "load": (session.load, "sampled"),
        "sample": (session.sample, "sampled"),
        "memory": (session.memory, "memory"),
        "threads": (session.threads, "threads"),
        "gemm": (session.gemm, "gemm"),
        "reduce": (session.reduce, "reduced"),
        "weights": (session.weights, "weights"),
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
    _pin(arguments.cpus)
    framework = framework_class()
    framework.file = arguments.file
    framework.place = arguments.group
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "VECLIB_MAXIMUM"):
        os.environ[library + "_THREADS"] = str(arguments.threads)
    for name, value in framework.environment(*settings).items():
        os.environ.setdefault(name, value)
    commands = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    fallback, status = "import-failed", 0
    try:
        wire.send(
            type="hello", protocol=PROTOCOL, pid=os.getpid(), python=platform.python_version(), worker=worker
        )
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
        )
        _serve(wire, _Session(framework, cpus), commands)
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
