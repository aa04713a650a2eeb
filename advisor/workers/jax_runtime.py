"""What a worker on JAX asks of it beside a network: threads, devices, TF32, memory, matrix products."""

import socket
import time

import common


class Runtime(common.Framework):
    """JAX without a network."""

    adjustable_threads = common.CONFINES
    grouped = False

    @property
    def groups_listen(self):
        """JAX's gloo can't be told where to listen (0.10): it does where the machine's own name leads."""
        return not common.is_loopback(socket.gethostname())

    def environment(self, threads, device, backend):
        kind = device.partition(":")[0]
        return {
            "JAX_PLATFORMS": {"cpu": "cpu", "cuda": "cuda,cpu", "rocm": "rocm,cpu"}.get(kind, kind),
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            # The size of XLA's thread pool on processors, which has no setting of its own.
            "NPROC": str(threads),
        }

    def load(self, threads, device, backend):
        import jax

        self.jax = jax
        if self.place is not None:
            self._join(**self.place)
        kind = device.partition(":")[0]
        try:
            devices = jax.local_devices(backend=kind)
        except RuntimeError:
            raise common.Unsupported("no-device " + device) from None
        if common.device_index(device) >= len(devices):
            raise common.Unsupported("no-device " + device)
        self.device = devices[common.device_index(device)]
        if self.place is None:  # a group's arrays lie on the devices of all ranks
            jax.config.update("jax_default_device", self.device)
        name = common.cpu_name() if kind == "cpu" else self.device.device_kind
        return {"jax": jax.__version__}, name

    def _join(self, rank, addresses):
        # Processors exchange by gloo; accelerators by their own libraries.
        self.jax.config.update("jax_cpu_collectives_implementation", "gloo")
        # Unless told where to, the coordinator listens to all addresses of the machine.
        self.jax.distributed.initialize(
            addresses[0], len(addresses), rank, coordinator_bind_address=addresses[0]
        )
        self.grouped = True

    def join(self, rank, addresses):
        sharding, np = self.jax.sharding, self.jax.numpy
        mesh = sharding.Mesh(self.jax.devices(), ("ranks",))
        self.apart = sharding.NamedSharding(mesh, sharding.PartitionSpec("ranks"))
        self.together = sharding.NamedSharding(mesh, sharding.PartitionSpec())
        self.sum = self.jax.jit(lambda rows: np.sum(rows, axis=0), out_shardings=self.together)
        self.rows = {}

    def spread(self, array):
        """One array over all ranks, of which this is the rank's own part."""
        return self.jax.make_array_from_process_local_data(self.apart, array)

    def held_by_all(self, array):
        """An array of which every rank has the whole."""
        return self.jax.make_array_from_process_local_data(self.together, array)

    def all_reduce(self, count):
        if count not in self.rows:
            self.rows[count] = self.spread(self.jax.numpy.ones((1, count)))
        self.sum(self.rows[count]).block_until_ready()

    def set_threads(self, count):
        """The pool keeps its size; its threads sleep while they wait, so that on one core they are as good as one."""

    def set_tf32(self, allowed):
        self.jax.config.update("jax_default_matmul_precision", "tensorfloat32" if allowed else "highest")

    def gemm(self, size, dtype, iterations):
        jax = self.jax
        keys = jax.random.split(jax.random.key(0))
        a, b = (jax.random.normal(key, (size, size), dtype) for key in keys)
        durations_s = []
        for _ in range(iterations):
            start = time.perf_counter()
            jax.numpy.matmul(a, b).block_until_ready()
            durations_s.append(time.perf_counter() - start)
        return durations_s

    def device_peak_bytes(self):
        statistics = self.device.memory_stats()
        return statistics.get("peak_bytes_in_use") if statistics else None
