"""What every worker script derives from, and what several of them need beside a framework.

Imported as a plain module inside foreign interpreters (Python 3.9 to 3.14): standard library only.
"""

import abc
import ipaddress
import os
import platform
import socket
import sys

CONFINES = hasattr(os, "sched_setaffinity") or os.name == "nt"
"""Whether this system knows how to keep a process to some of its processors."""


class Unsupported(Exception):
    """What is asked for doesn't exist in this framework or on this machine; the message is the reason."""


class Unreadable(Exception):
    """What a framework exported can't be read by what is to serve it; the message says why."""


def memory_kept(_network):
    """Lever ``mmap``: what glibc was started with; "off" where it is glibc, and takes nothing from the system anew."""
    off = "mmap_max=0" in os.environ.get("GLIBC_TUNABLES", "") and platform.libc_ver()[0] == "glibc"
    return "off" if off else None


def processor_has(*flags):
    """Whether the processor is known to have one of some abilities, by the names that Linux has for them."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            named = (line for line in file if line.startswith(("flags", "Features")))
            return not set(flags).isdisjoint(next(named, "").split())
    except OSError:
        return False


def wait_policy(_network):
    """Lever ``wait_policy``: what the OpenMP library found at its start. It has no call that tells."""
    return os.environ.get("OMP_WAIT_POLICY", "").lower() or None


def is_loopback(host):
    """Whether a name leads to this machine alone, wherever it is asked."""
    try:
        found = {address[0] for *_, address in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(each).is_loopback for each in found)


def keep_gloo_here(addresses):
    """Have gloo listen to this machine alone, where its ranks are all here: it would look for the machine's name.

    Read by PyTorch and PaddlePaddle.
    """
    if addresses[0].startswith("127."):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")


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


class Framework(abc.ABC):
    """What a worker script offers to ``serving.run``; a network's own side is listed in ``README.md``."""

    channels_first = False
    capabilities = ("train", "infer")  # with "train" missing, a network needs no ``train``
    groups_listen = False  # whether a group's servers listen beyond the loopback
    groups = False  # whether several processes can train one network; a network then has ``weights()``
    writes = False  # whether its builder knows the layers of a network that writes text
    place = None  # in a group: what ``join`` gets, for who needs it before the import
    file = None  # the user's own model or script, where one is to be opened
    adjustable_threads = False  # whether ``set_threads`` works once the framework is loaded
    levers = {}  # id -> function of a network: the lever's value as the framework itself shows it, or None

    def environment(self, threads, device, backend):
        """Environment variables to be set before the import, where a process lever hasn't set them already."""
        return {}

    @abc.abstractmethod
    def load(self, threads, device, backend):
        """Import the framework; versions by name, and the device's name."""

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        """The network of a spec with these weights, its optimiser, and the batch on the device."""
        raise Unsupported("no-training")

    def serve(self, path, inputs, levers, calibration):
        """The network in an exported file, with the batch that it answers.

        ``calibration()`` yields other batches, from which ranges of activations can be read.
        """
        raise Unsupported("no-files")

    def join(self, rank, addresses):
        """Become one of a group's ranks; returns when all are there. Each rank has an address, "host:port"."""
        raise Unsupported("no-groups")

    def all_reduce(self, count):
        """Add up so many floats over the group, and wait for them."""
        raise Unsupported("no-groups")

    def export(self, network, kind, folder, levers):
        """Write a network into a folder; return its path and the names of the tools that took part."""
        raise Unsupported("no-format " + kind)

    def batches(self, items, reading):
        """Endless batches of the user's data, by the framework's own loader; see ``README.md``."""
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
        raise Unsupported("no-products")

    def device_peak_bytes(self):
        """Peak accelerator memory since the last call; None without an accelerator."""
        return None

    def missing_tool(self, error):
        """A code for what an error says isn't there for a lever (a compiler), or None."""
        return None

    def close(self):  # noqa: B027 (most leave nothing)
        """Remove what was left on disk."""
