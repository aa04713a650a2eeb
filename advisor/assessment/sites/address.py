"""How a host over SSH is written. No password has a place in it: an address is saved, shown and logged."""

import re

from msgspec import Struct

from advisor.errors import AdvisorError

# Nothing that a shell would read more into: an SSH configuration may hand a host on to a command.
_ADDRESS = re.compile(
    r"(?:(?P<user>[\w.+\\-]+)@)?"
    r"(?P<host>\w[\w.-]*|\[[\w:.%]+\]|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)"
    r"(?::(?P<port>\d{1,5}))?\Z"
)


class SshAddress(Struct, frozen=True):
    """Where SSH goes; what is None is as the user's SSH configuration has it."""

    host: str
    user: str | None = None
    port: int | None = None


def parse(text: str) -> SshAddress:
    """Read ``host``, ``user@host`` or ``user@host:port``; an IPv6 address with a port stands in brackets.

    Raises
    ------
    AdvisorError
        It is none. What was written isn't repeated: it may hold a password.
    """
    found = _ADDRESS.match(text)
    if found is None:
        raise AdvisorError(
            "That is no address of a host over SSH.",
            "It reads user@host or user@host:port; keys and passwords are SSH’s own business.",
        )
    port = found["port"]
    return SshAddress(found["host"].strip("[]"), found["user"], int(port) if port else None)
