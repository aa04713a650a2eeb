"""Fuzzes the program: ``python -m tests.fuzz --seconds 60``. What fails is kept as a file that can be driven again.

The corpus grows: an input that led where none had led before is kept, and half of the later ones are made from those.
"""

import argparse
import contextlib
import resource
import signal
import subprocess
import sys
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Hashable, Iterator
from pathlib import Path
from random import Random
from types import FrameType

from advisor import log
from tests.fuzz.targets import FOLDER, TARGETS

SHARES = {
    **{"documents": 0.64, "old": 0.12, "fleets": 0.12, "needs": 0.05},
    **{"messages": 0.02, "events": 0.02, "drafts": 0.02, "settings": 0.01},
}
"""Of the time."""

PATIENCE_S = 30
MEMORY_BYTES = 6 * 2**30
CORPUS_LIMIT = 400


class Fuzzer:
    """One run: makes inputs, drives them, keeps what is new and what fails.

    Parameters
    ----------
    folder : Path
        Holds the corpus by target, and ``failures``.
    seed : int
        The same seed and corpus make the same inputs.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = Random(seed)
        self._ways: dict[str, set[Hashable]] = {name: set() for name in TARGETS}
        self._corpus: dict[str, list[bytes]] = {name: [] for name in TARGETS}
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.failures: dict[Hashable, Path] = {}
        for name in TARGETS:
            for path in sorted((folder / name).glob("*.json")):
                self.drive(name, path.read_bytes())

    def one(self, name: str) -> None:
        """Make and drive an input."""
        self.drive(name, TARGETS[name].make(self._random, self._corpus[name]))

    def drive(self, name: str, data: bytes) -> None:
        """Drive an input, and remember where it led."""
        self.counts[name] += 1
        try:
            with _patience(), warnings.catch_warnings():
                warnings.simplefilter("error")
                way = TARGETS[name].drive(data, Random(zlib.crc32(data)))
        except Exception as error:
            self._failed(name, data, error)
            return
        self.refused[name] += way == "refused" or (isinstance(way, tuple) and way[0] == "refused")
        if way not in self._ways[name]:
            self._ways[name].add(way)
            self._keep(name, data)

    def _keep(self, name: str, data: bytes) -> None:
        corpus = self._corpus[name]
        if len(corpus) < CORPUS_LIMIT:
            corpus.append(data)
            path = self._folder / name / f"{zlib.crc32(data):08x}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        else:
            corpus[self._random.randrange(CORPUS_LIMIT)] = data

    def _failed(self, name: str, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [(frame.filename, frame.lineno) for frame in frames if "/advisor/" in frame.filename]
        key = (name, type(error), *own[-1:])
        if key in self.failures:
            return
        path = self._folder / "failures" / f"{name}-{zlib.crc32(data):08x}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.failures[key] = path
        print(f"\n{path}\n{''.join(traceback.format_exception(error)[-12:])}", file=sys.stderr, flush=True)

    def report(self) -> str:
        """Say how many inputs there were, and where they led."""
        lines = [
            f"{name}: {count:,} inputs, {self.refused[name]:,} refused with words, {len(self._ways[name]):,} ways"
            for name, count in self.counts.items()
        ]
        return "\n".join((*lines, f"{sum(self.counts.values()):,} inputs, {len(self.failures)} failures"))


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"more than {PATIENCE_S} s")


def main() -> int:
    """Fuzz for a time or a number of inputs; return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--inputs", type=int, help="stop after so many, whatever the time")
    parser.add_argument(
        "--seed", type=int, default=time.time_ns(), help="of the inputs; another one each time"
    )
    parser.add_argument("--corpus", type=Path, default=Path("build/fuzz"))
    parser.add_argument(
        "--processes", type=int, default=1, help="so many at once, each with a seed of its own"
    )
    parser.add_argument("--again", type=Path, nargs="+", help="drive these files (TARGET-….json) only")
    arguments = parser.parse_args()
    others = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.fuzz",
                *_repeated(arguments),
                "--seed",
                str(arguments.seed + number),
            ]
        )
        for number in range(1, arguments.processes)
    ]
    log.start(FOLDER, verbose=True)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    if arguments.again:
        fuzzer = Fuzzer(Path("build/fuzz-again"), 0)
        for path in arguments.again:
            fuzzer.drive(path.name.partition("-")[0], path.read_bytes())
    else:
        print(f"seed {arguments.seed}", flush=True)
        fuzzer = Fuzzer(arguments.corpus, arguments.seed)
        with contextlib.suppress(KeyboardInterrupt):
            _run(fuzzer, arguments.seconds, arguments.inputs)
    print(fuzzer.report(), flush=True)
    codes = [other.wait() for other in others]
    return bool(fuzzer.failures) or any(codes)


def _repeated(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return what another process is told."""
    told = ("--seconds", str(arguments.seconds), "--corpus", str(arguments.corpus))
    return told if arguments.inputs is None else (*told, "--inputs", str(arguments.inputs))


def _run(fuzzer: Fuzzer, seconds: float, inputs: int | None) -> None:
    spent = dict.fromkeys(SHARES, 0.0)
    begun = now = said = time.perf_counter()
    while now - begun < seconds and (inputs is None or sum(fuzzer.counts.values()) < inputs):
        name = min(SHARES, key=lambda each: spent[each] / SHARES[each])
        fuzzer.one(name)
        after = time.perf_counter()
        spent[name] += after - now
        now = after
        if now - said > 60:
            print(dict(fuzzer.counts), f"{len(fuzzer.failures)} failures", flush=True)
            said = now


if __name__ == "__main__":
    sys.exit(main())
