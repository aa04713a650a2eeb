"""What a worker on TensorFlow asks of it beside a network: threads, devices, TF32, memory, matrix products."""

import json
import os
import time

import common


class Runtime(common.Framework):
    """TensorFlow without a network."""

    adjustable_threads = common.CONFINES
    groups_listen = True  # its server does on all addresses (2.21), and can't be told where to
    strategy = None  # of a group

    def environment(self, threads, device, backend):
        return {
            "TF_NUM_INTRAOP_THREADS": str(threads),
            "TF_NUM_INTEROP_THREADS": "1",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "TF_CPP_MIN_LOG_LEVEL": "1",
        }

    def load(self, threads, device, backend):
        import tensorflow as tf

        self.tf = tf
        self.device, name = find_device(tf, threads, device)
        return {"tensorflow": tf.__version__}, name

    def set_threads(self, count):
        """The pool keeps its size; its threads sleep while they wait, so that on one core they are as good as one."""

    def join(self, rank, addresses):
        os.environ["TF_CONFIG"] = json.dumps(
            {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}}
        )
        self.strategy = self.tf.distribute.MultiWorkerMirroredStrategy()
        self._sum = self.tf.function(self._sum_eagerly)

    def _sum_eagerly(self, values):
        def add(own):
            placed = self.tf.identity(own)  # what comes from outside has no device, which a reduction needs
            return self.tf.distribute.get_replica_context().all_reduce("SUM", placed)

        return self.strategy.run(add, (values,))

    def all_reduce(self, count):
        self._sum(self.tf.ones([count])).numpy()

    def set_tf32(self, allowed):
        self.tf.config.experimental.enable_tensor_float_32_execution(allowed)

    def gemm(self, size, dtype, iterations):
        tf = self.tf
        durations_s = []
        generator = tf.random.Generator.from_seed(0)
        a, b = (tf.cast(generator.normal([size, size]), dtype) for _ in range(2))
        for _ in range(iterations):
            start = time.perf_counter()
            tf.matmul(a, b)[0, 0].numpy()
            durations_s.append(time.perf_counter() - start)
        return durations_s

    def device_peak_bytes(self):
        if not self.device.startswith("/GPU"):
            return None
        peak = self.tf.config.experimental.get_memory_info("GPU:0")["peak"]
        self.tf.config.experimental.reset_memory_stats("GPU:0")
        return int(peak)


def onednn(_network):
    """Whether TensorFlow computes by oneDNN, as it came to decide by its variable and the processor."""
    from tensorflow.python.util import _pywrap_util_port

    return "1" if _pywrap_util_port.IsMklEnabled() else "0"


def find_device(tf, threads, name):
    """TensorFlow's name of a device and its display name; threads are set and other devices hidden.

    Raises
    ------
    common.Unsupported
        If this build of TensorFlow doesn't see it.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gpus = tf.config.list_physical_devices("GPU")
    kind = name.partition(":")[0]
    if kind == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return "/CPU:0", common.cpu_name()
    index = common.device_index(name)
    if kind not in ("cuda", "rocm", "mps") or index >= len(gpus):
        raise common.Unsupported("no-device " + name)
    tf.config.set_visible_devices(gpus[index], "GPU")
    tf.config.experimental.set_memory_growth(gpus[index], True)
    details = tf.config.experimental.get_device_details(gpus[index])
    return "/GPU:0", details.get("device_name", name)
