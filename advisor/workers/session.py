"""One framework's side of the conversation: what it does for each command, with clocks around it.

Numpy is imported only after the framework, so that the import's time is the framework's own.
"""

import ctypes
import hashlib
import math
import os
import time

import common

LEAST_S = 1e-9  # what a clock that didn't move is taken for: nothing takes no time


def _finite(values):
    """JSON has no word for a number that isn't finite."""
    return [value if math.isfinite(value) else None for value in values]


def pin(cpus):
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


class Session:
    """One framework's side of the conversation, after its import."""

    def __init__(self, framework, cpus):
        self.framework = framework
        self.cpus = cpus
        self.items = {}  # of the user's data, by what is read

    def prepare(self, message):
        if self.framework.file is not None:
            return self._prepare_own(message)
        import networks
        import seeds

        workload, spec, seed, levers = (message[key] for key in ("workload", "network", "seed", "levers"))
        self.channels_first = self.framework.channels_first
        if message["dtype"] != "float32":
            raise common.Unsupported("dtype-" + message["dtype"])
        if spec is None:
            raise common.Unsupported("no-network")
        if networks.generates(spec) and not self.framework.writes:
            raise common.Unsupported("no-text-generation")
        for lever in levers:
            if lever not in self.framework.levers:
                raise common.Unsupported("lever-" + lever)
        self.workload, self.spec, self.seed = workload, spec, seed
        self.loop = self.network = self.learner = None
        if message.get("file") is None:
            build_s, network = self._built(message)
        else:
            import exports

            build_s, network = exports.served(self.framework, message)
            self.channels_first = message["file"]["channels_first"]
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
            "applied": self._applied(levers),
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
            self.workload, spec, weights, target, batch, message["levers"], message["tf32"]
        )
        return time.perf_counter() - start, network

    def answer(self, message):
        """Which output is the largest, for every item of batches that no setting was fitted to."""
        import networks
        import seeds

        answers = getattr(self.network, "answers", None)
        if answers is None or networks.generates(self.spec):
            raise common.Unsupported("no-answers")
        classes = []
        for number in range(message["batches"]):
            seed = self.seed + seeds.HELD_OUT + number
            outputs = answers(seeds.inputs(self.workload, self.spec, seed, self.channels_first))
            classes += outputs.argmax(-1).ravel().tolist()
        return {"classes": classes}

    def export(self, message):
        import exports

        return exports.export(self.framework, self.network, message)

    def _prepare_own(self, message):
        """The user's own work: what it can do shows when it is built, and its outputs before it learns."""
        self.workload, self.spec, self.loop, self.network = message["workload"], None, None, None
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
        return {
            "build_s": build_s,
            "parameters": network.parameters,
            "outputs": [_finite(row) for row in outputs],
            "losses": [],
            "first_s": first_s,
            "applied": self._applied(levers),
            "capabilities": [each for each in ("train", "infer") if each in able],
        }

    def _applied(self, levers):
        """The levers that were pulled, as the framework shows them."""
        shown = {lever: self.framework.levers[lever](self.network) for lever in levers}
        return {lever: value for lever, value in shown.items() if value is not None}

    def learn(self, message):
        """Train for so many more steps on real data, and see how well the network does: that isn't timed."""
        import learning

        network = self.network
        if self.learner is None:
            settings = (self.seed, self.framework.channels_first, message["data"])
            self.learner = learning.learner(self.workload, network, *settings)
        last = None
        cpu = time.process_time()
        start = time.perf_counter()
        for _ in range(message["steps"]):
            last = self.learner.step()
        network.wait(last)
        elapsed_s = time.perf_counter() - start
        cpu_s = time.process_time() - cpu
        return {
            "steps": self.learner.steps,
            "elapsed_s": elapsed_s,
            "cpu_s": cpu_s,
            "score": self.learner.score(),
        }

    def inspect(self, _message):
        return self.framework.inspect()

    def load(self, message):
        """The start of an epoch: data alone, steps on the fixed batch alone, or steps fed with the data."""
        import data_items

        quantity, iterations, network = message["quantity"], message["iterations"], self.network
        reading = data_items.complete(message, self.workload, self.spec)
        fixed, items = network.batch, None
        if quantity != "train":
            # A program makes these once, whatever epochs follow.
            key = repr({**reading, "seed": None})
            if key not in self.items:
                with data_items.faults_of_data():
                    self.items = {key: data_items.of(reading, self.framework.channels_first)}
            items = self.items[key]
        cpu = time.process_time()
        start = time.perf_counter()
        batches = last = None
        if items is not None:
            batches = self.framework.batches(items, reading)
        for _ in range(iterations):
            if batches is not None:
                with data_items.faults_of_data():
                    inputs, labels = next(batches)
                if message["feeds"]:
                    # What is loaded counts once it is where the step takes it.
                    network.feed(inputs, labels)
            if quantity != "load":
                last = network.train()
        network.wait(last)
        elapsed_s = max(time.perf_counter() - start, LEAST_S)
        cpu_s = time.process_time() - cpu
        if batches is not None:
            batches.close()
        network.batch = fixed
        return {
            "quantity": quantity,
            "iterations": iterations,
            "items": self.workload["batch"] * iterations,
            "elapsed_s": elapsed_s,
            "cpu_s": cpu_s,
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
        pin(self.cpus[:1] if count == 1 else self.cpus)
        return {"count": count}

    def gemm(self, message):
        size = message["size"]
        durations_s = self.framework.gemm(size, message["dtype"], message["iterations"] + 1)
        return {"flops": [2.0 * size**3 / max(duration, LEAST_S) for duration in durations_s[1:]]}
