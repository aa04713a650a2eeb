"""Configurations: the levers by which a framework is run otherwise than it comes.

A lever is a row of the framework's catalogue file. The default configuration pulls none; every other one names
those it pulls, so that two configurations are the same if and only if they are equal.
"""

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from advisor.errors import AdvisorError
from advisor.frameworks.model import Acts, Framework, Lever


class ConfigurationOrigin(StrEnum):
    """Where a configuration comes from."""

    DEFAULT = "default"  # as the framework comes
    COMPILED = "compiled"  # the framework's own compiled way, as its catalogue file names it
    TUNED = "tuned"  # found by a search on this machine
    USER = "user"  # asked for by name


class Configuration(Struct, frozen=True, order=True):
    """The levers that differ from the framework's own defaults, as sorted pairs of id and value."""

    origin: ConfigurationOrigin = ConfigurationOrigin.DEFAULT
    levers: tuple[tuple[str, str], ...] = ()

    @property
    def is_default(self) -> bool:
        """Whether the framework runs as it comes."""
        return not self.levers

    @property
    def label(self) -> str:
        """The levers in words of the catalogue: ``onednn=1, xla=on``; empty for the default."""
        return ", ".join(f"{lever}={value}" for lever, value in self.levers)


DEFAULT = Configuration()


def configuration(levers: Mapping[str, str], origin: ConfigurationOrigin) -> Configuration:
    """Return the configuration that pulls some levers; the default one where there are none."""
    if not levers:
        return DEFAULT
    return Configuration(origin, tuple(sorted(levers.items())))


def available(framework: Framework, backend: str | None = None, device: str = "cpu") -> tuple[Lever, ...]:
    """Return the levers that a framework has with a backend on a device ("cpu", "cuda:0", …)."""
    kind = device.partition(":")[0]
    return tuple(
        lever
        for lever in framework.levers
        if (not lever.backends or backend in lever.backends) and (not lever.devices or kind in lever.devices)
    )


def compiled(framework: Framework, backend: str | None = None, device: str = "cpu") -> Configuration | None:
    """Return a framework's compiled way; None where it has none, or where that is how it comes anyway."""
    known = {lever.id for lever in available(framework, backend, device)}
    levers = {lever: value for lever, value in framework.compiled.items() if lever in known}
    return configuration(levers, ConfigurationOrigin.COMPILED) if levers else None


def chosen(
    framework: Framework, levers: Mapping[str, str], backend: str | None = None, device: str = "cpu"
) -> Configuration:
    """Return the configuration that a user asks for.

    Raises
    ------
    AdvisorError
        The framework has no such lever here, or the lever no such value; the message says what there is.
    """
    known = {lever.id: lever for lever in available(framework, backend, device)}
    for name, value in levers.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f'Did you mean "{near[0]}"? ' if near else ""
            listed = ", ".join(sorted(known)) or "none"
            raise AdvisorError(
                f'{framework.name} has no setting "{name}" here.', f"{remedy}Its settings are: {listed}."
            )
        if value not in known[name].values:
            raise AdvisorError(
                f'{framework.name}: "{value}" is no value of "{name}".',
                f"Allowed: {', '.join(known[name].values)}.",
            )
        for other, needed in known[name].needs.items():
            if levers.get(other) != needed:
                raise AdvisorError(
                    f"{framework.name} has {name} only together with {other}={needed}.",
                    f"Set {other}={needed} as well.",
                )
    return configuration(levers, ConfigurationOrigin.USER)


def is_exact(levers: Iterable[Lever], pulled: Configuration) -> bool:
    """Whether a configuration leaves results as they are, but for rounding."""
    rough = {lever.id for lever in levers if not lever.exact}
    return not any(lever in rough for lever, _ in pulled.levers)


def environment(levers: Iterable[Lever], pulled: Configuration) -> dict[str, str]:
    """Return the environment variables of a configuration's process levers, and no others."""
    values = dict(pulled.levers)
    return {
        lever.variable: lever.texts.get(values[lever.id], values[lever.id])
        for lever in levers
        if lever.acts is Acts.PROCESS and lever.variable is not None and lever.id in values
    }
