"""One side of a conversation with a worker script, without the parent that neighbours write."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from advisor.probes.launch import wire
from advisor.probes.model import Quantity
from advisor.workloads.model import Network, Workload
from advisor.workloads.published import network as published_network

WORKERS = Path(__file__).resolve().parents[2] / "advisor" / "workers"
KEPT = ("PATH", "HOME", "TMPDIR", "LANG")


class Conversation:
    """A started worker. Every reply is decoded strictly, as the parent does."""

    def __init__(self, interpreter: str, script: Path, *arguments: str, threads: int = 1, **environ: str):
        # A file, which never fills up as a pipe that nobody reads does.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [interpreter, str(script), "--threads", str(threads), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | environ,
        )
        self.errors = b""

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self._stderr.close()

    def receive(self) -> Any:
        """The next reply; None at the end of the wire."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return wire.decode(line) if line else None

    def send(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def ask(self, command: Any) -> Any:
        self.send(
            wire.encode(command) if isinstance(command, msgspec.Struct) else json.dumps(command).encode()
        )
        return self.receive()

    def prepare(
        self,
        workload: Workload,
        levers: Mapping[str, str] = {},
        quantities: Iterable[Quantity] = tuple(Quantity),
        dtype: str = "float32",
        network: Network | None = None,
    ) -> Any:
        """``network``: of a workload that isn't published."""
        wanted = tuple(q for q in quantities if q is not Quantity.LOOP or workload.task == "rl")
        network = network or published_network(workload.id)
        return self.ask(wire.Prepare(workload, network, dict(levers), 0, dtype, False, wanted))

    def sample(self, quantity: Quantity, iterations: int) -> Any:
        return self.ask(wire.TakeSample(quantity, iterations))

    def finish(self) -> tuple[list[Any], int]:
        """Close stdin; what still comes, and the exit status. ``errors`` holds stderr afterwards."""
        rest, _ = self.process.communicate(timeout=300)
        self._stderr.seek(0)
        self.errors = self._stderr.read()
        return [wire.decode(line) for line in rest.splitlines()], self.process.returncode
