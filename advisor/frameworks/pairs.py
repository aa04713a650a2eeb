"""Pairs: a framework that trains, and an inference runtime that serves what it trained.

A pair belongs to the framework that trains: code, skill, community and ecosystem are that framework's. What the
runtime decides (where a network can go, from which languages it answers) is read from the runtime's facts, and where
both have to hold, the weaker one speaks.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from advisor.frameworks.model import Alternative, Fact, Framework, Serves

_SERVED = ("deployment", "way.", "target.", "accelerator.", "quantisation", "pruning", "cuda.", "licence.")
"""Facts, or beginnings of their ids, that the runtime has the word on."""

_BOTH = ("platform.", "maintained", "last_release")
"""Facts that are as good as the weaker of the two."""

_LANGUAGE = "language."


def offered(catalogue: Iterable[Framework]) -> tuple[tuple[Framework, Alternative], ...]:
    """Return everything that can be adopted with its entry, each framework's pairs behind its own alternatives.

    A pair's entry is that of what trains, with the facts that hold for the pair marked ``@RUNTIME``.
    """
    catalogue = tuple(catalogue)
    return tuple(
        each
        for framework in catalogue
        for each in (*((framework, own) for own in framework.alternatives), *_pairs(framework, catalogue))
    )


def alternatives_of(framework: Framework, catalogue: Iterable[Framework]) -> tuple[Alternative, ...]:
    """Return what is listed under a framework: its own alternatives, or the pairs that a runtime serves."""
    if not framework.serves:
        return framework.alternatives
    catalogue = tuple(catalogue)
    served = (own for trainer in catalogue for own in _served(trainer, catalogue))
    return tuple(each for each in served if each.runtime == framework.id)


def named(alternative: Alternative, names: Iterable[str], catalogue: Iterable[Framework]) -> bool:
    """Whether an alternative is among those named by ids of frameworks or alternatives.

    A pair is meant by its own id, or by its runtime's: by that of every trainer, unless some trainers are named.
    """
    names = frozenset(names)
    own = {alternative.id, alternative.framework, alternative.trainer}
    if alternative.runtime is None or alternative.id in names:
        return bool(names & own)
    trainers = {
        each
        for framework in catalogue
        for each in (framework.id, *(own.id for own in framework.alternatives))
        if not framework.serves
    }
    return alternative.runtime in names and (bool(names & own) or not names & trainers)


def serving(runtime: Framework, alternative: Alternative) -> Serves:
    """Return the row of a runtime by which it serves what a pair trains."""
    return next(
        source
        for source in runtime.serves
        if (source.framework, source.backend) == (alternative.framework, alternative.backend)
    )


def stated_by(
    framework: Framework, alternative: Alternative, key: str, runtime: Framework
) -> tuple[str, str]:
    """Return which framework states a fact of a pair's entry, and the id that it states it under."""
    plain, _at, scope = key.partition("@")
    if scope != alternative.runtime:
        return framework.id, key
    if runtime.facts.get(plain) == framework.facts.get(key):
        return runtime.id, plain
    return framework.id, f"{plain}@{alternative.backend}"


def _pairs(trainer: Framework, catalogue: tuple[Framework, ...]) -> Iterator[tuple[Framework, Alternative]]:
    runtimes = {each.id: each for each in catalogue}
    for pair in _served(trainer, catalogue):
        yield _combined(trainer, runtimes[pair.runtime or ""], pair.backend), pair


def _served(trainer: Framework, catalogue: tuple[Framework, ...]) -> Iterator[Alternative]:
    own = {alternative.backend: alternative for alternative in trainer.alternatives}
    for runtime in catalogue:
        for source in runtime.serves:
            if source.framework == trainer.id and source.backend in own:
                trains = own[source.backend]
                yield Alternative(
                    id=f"{trains.id}-{runtime.id}",
                    framework=trainer.id,
                    name=f"{trains.name} → {runtime.name}",
                    backend=source.backend,
                    runtime=runtime.id,
                    trainer=trains.id,
                )


def _combined(trainer: Framework, runtime: Framework, backend: str | None) -> Framework:
    facts = dict(trainer.facts)
    own = f"@{backend}"
    for key, stated in trainer.facts.items():
        if key.endswith(own):  # what holds for the backend holds for a pair on it
            facts[f"{key.removesuffix(own)}@{runtime.id}"] = stated
    for key, stated in runtime.facts.items():
        marked = f"{key}@{runtime.id}"
        before = facts.get(marked, trainer.facts.get(key))
        speaks = key.startswith(_SERVED)
        speaks |= key.startswith(_BOTH) and _weaker(stated, before)
        speaks |= key.startswith(_LANGUAGE) and (before is None or before.value != "train")
        if speaks:
            facts[marked] = stated
    return replace(trainer, facts=facts)


def _weaker(stated: Fact, other: Fact | None) -> bool:
    """Whether a fact says less than another: false before true, lower before higher, earlier before later."""
    if other is None or stated.value is None or other.value is None:
        return other is None or stated.value is None
    return type(stated.value) is type(other.value) and stated.value < other.value  # type: ignore[operator]
