"""One door to all tasks: ``nox --list``. What they do stands in ``packaging/``; this gives them an environment."""

import nox

nox.options.sessions = ["check"]
nox.options.reuse_venv = "yes"


def _check(session: nox.Session, *options: str) -> None:
    session.install("-e", ".[dev]")
    session.run("python", "packaging/check.py", *options, *session.posargs)


@nox.session
def check(session: nox.Session) -> None:
    """Formatting, lint, types, layers, translations; `-- --fix` mends."""
    _check(session)


@nox.session(python=["3.11", "3.12", "3.13"])
def units(session: nox.Session) -> None:
    """The checks, and the tests that need no framework."""
    _check(session, "--units")


@nox.session
def tests(session: nox.Session) -> None:
    """Everything, real frameworks last."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """How much of the program its tests run, with a floor."""
    _check(session, "--coverage")


@nox.session
def fuzz(session: nox.Session) -> None:
    """A minute of inputs that nobody thought of."""
    _check(session, "--fuzz")


@nox.session
def nightly(session: nox.Session) -> None:
    """Hours of such inputs, a thousand cancels, coverage."""
    _check(session, "--coverage", "--nightly")


@nox.session
def build(session: nox.Session) -> None:
    """An artefact into dist: `-- deb`, `appdir`, `windows`, `macos` or `wheel`."""
    session.run("python", "packaging/build.py", *session.posargs)
