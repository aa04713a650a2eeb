"""What can run on a machine: catalogue entries and installations. Frozen value types only."""

from enum import StrEnum

from msgspec import Struct

from advisor.bounds import Colour


class Grade(StrEnum):
    """How good a fact's evidence is: A primary record, B indirect or interested party, C judgement."""

    A = "A"
    B = "B"
    C = "C"


class Fact(Struct, frozen=True, forbid_unknown_fields=True):
    """One statement about a framework, with where and when it comes from."""

    value: float | str | bool | None
    date: str  # ISO 8601: "2026-10-31", or "2026-10" where only the month is known
    source: str
    grade: Grade
    unit: str | None = None
    note: str | None = None


class Requirements(Struct, frozen=True, forbid_unknown_fields=True):
    """What a managed environment of one framework is made of, for one kind of hardware."""

    python: str  # "3.12"
    packages: tuple[str, ...]  # pinned requirement strings
    download_bytes: int | None = None  # approximate, shown before a download
    installed_bytes: int | None = None
    torch_backend: str | None = None  # uv's --torch-backend: "cpu", "auto"; None where torch isn't involved
    python_range: str | None = None  # every version that will do, ">=3.11,<3.14"; None: only ``python``


class Acts(StrEnum):
    """When a lever is pulled."""

    PROCESS = "process"  # before the import, by an environment variable
    EXPORT = "export"  # of a pair: while what trains writes the network
    BUILD = "build"  # while the network and its training step are built
    CALL = "call"  # at every call


class Affects(StrEnum):
    """What a lever can make faster."""

    TRAIN = "train"
    INFER = "infer"


class Lever(Struct, frozen=True, forbid_unknown_fields=True):
    """One setting by which a framework can be run otherwise than it comes; a row of its catalogue file.

    An exact lever leaves results as they are but for rounding; one that isn't trades accuracy for speed.
    """

    id: str
    values: tuple[str, ...]  # that differ from the framework's own default
    acts: Acts
    date: str
    source: str
    exact: bool = True
    affects: tuple[Affects, ...] = (Affects.TRAIN, Affects.INFER)
    variable: str | None = None  # of PROCESS: the environment variable that is set
    texts: dict[
        str, str
    ] = {}  # what the variable is set to for a value; the value itself where none is named
    needs: dict[str, str] = {}  # other levers, with their values, without which it isn't there
    costly: bool = False  # building takes minutes rather than seconds: a search tries it last
    load: bool = False  # what it gains hangs on what else the machine does: no verdict while it is busy
    backends: tuple[str, ...] = ()  # that it exists with; empty: all
    devices: tuple[str, ...] = ()  # kinds ("cpu", "cuda") that it exists on; empty: all
    since: str | None = None  # first version that has it
    note: str | None = None


class Prior(Struct, frozen=True, forbid_unknown_fields=True):
    """Levers that were seen to pay together elsewhere: what a search tries first."""

    levers: dict[str, str]
    date: str
    source: str
    affects: tuple[Affects, ...] = (Affects.TRAIN, Affects.INFER)


class Role(StrEnum):
    """What a framework is made for."""

    TRAIN = "train"
    SERVE = "serve"


class Colours(Struct, frozen=True, forbid_unknown_fields=True):
    """A framework's colour in charts, as ``#RRGGBB``, on a light and on a dark background."""

    light: Colour
    dark: Colour


class Serves(Struct, frozen=True, forbid_unknown_fields=True):
    """What an inference runtime can serve: which framework trains, and how its networks are exported.

    ``format`` is what the framework's worker is asked to write; ``how`` names the tool that does it.
    """

    framework: str
    format: str
    how: str
    date: str
    source: str
    backend: str | None = None  # of the framework, where it has several
    note: str | None = None  # what is lost on the way


class Wrapper(Struct, frozen=True, forbid_unknown_fields=True):
    """A way to use a framework: it changes how code is written, not what computes, so it is no alternative."""

    name: str
    package: str
    adds: str  # what it takes over
    ease_of_use: int  # level of that rubric
    version: str  # newest
    released: str  # ISO 8601
    licence: str  # as the distribution declares it
    date: str
    source: str
    note: str | None = None


class Alternative(Struct, frozen=True):
    """One thing that can be adopted: a framework, with a backend where it has a choice of them, or a pair.

    ``id`` is the framework's id, or ``framework-backend`` ("keras-jax"). A pair trains in a framework and serves by a
    runtime: its id is that of what trains with the runtime's behind it ("pytorch-onnxruntime").
    """

    id: str
    framework: str
    name: str
    backend: str | None = None
    runtime: str | None = None  # of a pair: the framework that serves
    trainer: str | None = None  # of a pair: the alternative that trains

    @property
    def scope(self) -> str | None:
        """What facts on this alternative alone are marked with: its runtime, or else its backend."""
        return self.runtime or self.backend


class Framework(Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue entry. ``facts`` are keyed by the fact's id (see ``resources/catalogue/README.md``)."""

    id: str
    name: str
    homepage: str
    package: str  # distribution name whose version is the framework's
    module: str  # import name
    worker: str  # worker script's name, without ".py"
    licence: str
    requirements: dict[str, Requirements]  # keyed by "cpu", "cuda", "macos"
    facts: dict[str, Fact]
    backends: tuple[str, ...] = ()
    backend_modules: dict[str, str] = {}  # backend -> import name it needs
    backend_names: dict[str, str] = {}  # backend -> display name
    minimum_version: str | None = None
    claims: tuple[Fact, ...] = ()  # what articles say of it, shown as claims beside measurements
    beside: dict[
        str, str
    ] = {}  # distributions that it isn't used without, with their oldest version that will do
    distributions: tuple[str, ...] = ()  # other names it may be installed under: builds, nightlies
    order: int = 1000  # where it is listed, lowest first; frameworks of one number by id
    colour: Colours | None = None  # None: one of the spare ones
    roles: tuple[Role, ...] = (Role.TRAIN, Role.SERVE)
    serves: tuple[Serves, ...] = ()  # of an inference runtime: what it serves
    wrappers: tuple[Wrapper, ...] = ()
    opens: tuple[str, ...] = ()  # model files that its worker opens, by their endings: "keras", "onnx"
    levers: tuple[Lever, ...] = ()
    compiled: dict[str, str] = {}  # the levers of its own compiled way, with their values
    priors: tuple[Prior, ...] = ()  # best first
    broken: tuple[
        Fact, ...
    ] = ()  # ways of making it faster that don't work today, each said where users look

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """Every alternative that this framework offers by itself, one per backend; a runtime offers none."""
        if self.serves:
            return ()
        if not self.backends:
            return (Alternative(id=self.id, framework=self.id, name=self.name),)
        return tuple(
            Alternative(
                id=f"{self.id}-{backend}",
                framework=self.id,
                name=f"{self.name} ({self.backend_names.get(backend, backend)})",
                backend=backend,
            )
            for backend in self.backends
        )


class Origin(StrEnum):
    """How an interpreter was found."""

    MANAGED = "managed"
    PATH = "path"
    VENV = "venv"
    CONDA = "conda"
    UV = "uv"
    PYENV = "pyenv"
    USER = "user"


class Problem(StrEnum):
    """Why an installation won't do, told by its metadata alone."""

    PYTHON_TOO_OLD = "python-too-old"  # older than the workers' oldest Python
    VERSION_TOO_OLD = "version-too-old"  # older than the catalogue's minimum
    NUMPY_TOO_NEW = "numpy-too-new"  # the framework's import fails on this NumPy
    INCOMPLETE = "incomplete"  # a distribution that the framework isn't used without is missing or too old
    NO_BACKEND = "no-backend"  # a framework that needs a backend, and none is installed


class InstallNote(StrEnum):
    """What an installation had to do without, or do besides."""

    INDEX_FALLBACK = "index-fallback"  # PyTorch's own index wasn't reached; the default one gave the build
    PYTHON_DOWNLOAD = "python-download"  # no fitting Python was found on the machine


class Installation(Struct, frozen=True):
    """One framework found in one interpreter, read from package metadata without importing it."""

    framework: str
    version: str
    interpreter: str  # never resolved: a venv's python is a link that must stay one
    python_version: str
    origin: Origin
    backends: tuple[str, ...] = ()
    wheel: str | None = None  # "cpu", "cu130", … where the version or packages tell
    packages: dict[str, str] = {}  # versions of what matters beside it: numpy, jax, jaxlib, …
    problem: Problem | None = None
    notes: tuple[InstallNote, ...] = ()  # of a managed installation


class Absence(StrEnum):
    """Why there is no installation to probe an alternative with; a ``Problem`` may stand in its place."""

    NOT_INSTALLED = "not-installed"
    BACKEND_MISSING = "backend-missing"  # the framework is there, this backend isn't
    TRAINER_MISSING = "trainer-missing"  # of a pair: what serves is there, what trains isn't


class Choice(Struct, frozen=True):
    """Which installation an alternative is probed with, or why there is none."""

    alternative: str
    installation: Installation | None
    reason: Absence | Problem | None = None


class InstallState(StrEnum):
    """Where the installation of a managed environment stands."""

    RESOLVING = "resolving"
    DOWNLOADING = "downloading"
    INSTALLING = "installing"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class InstallPlan(Struct, frozen=True):
    """What ``Environments.install`` would do, known before anything is downloaded."""

    framework: str
    kind: str  # key of the catalogue's requirements: "cpu", "cuda", "macos", …
    requirements: Requirements
    folder: str  # the environment's place
    interpreter: str | None  # Python to build on; None: it has to be downloaded first
    python_version: str  # of ``interpreter``, or the one to be downloaded
    free_bytes: int | None = None  # on the disk that ``folder`` is on
    renews: bool = False  # a finished environment of other packages, which works until this one is there


class InstallProgress(Struct, frozen=True, tag="install"):
    """One step of an installation, as it happens; ``line`` is a log line of the installer."""

    framework: str
    state: InstallState
    line: str | None = None
    done_bytes: int | None = None
    total_bytes: int | None = None
    reason: str | None = None  # for FAILED: what happened and what to do
    note: InstallNote | None = None
