"""The hosts that a user names, and what reaches each of them: read alike for the command line and the window."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from advisor.assessment import document
from advisor.assessment.fleet import FleetHost
from advisor.assessment.sites import task
from advisor.assessment.sites.local import LocalSite
from advisor.assessment.sites.model import HostOutcome, Site, Way
from advisor.errors import AdvisorError
from advisor.files import read_bounded

PROGRAM = "advisor"
"""What starts the program on a host over SSH, unless the user says otherwise."""

LARGEST_SHARE = 1e9


def named(text: str) -> tuple[str, str]:
    """Return name and target of ``[NAME=]TARGET``."""
    name, sign, target = text.partition("=")
    return (name, target) if sign and name and target else (text, text)


def shares(texts: Iterable[str], known: Sequence[str]) -> dict[str, float]:
    """Return the shares that ``NAME=SHARE`` give to known hosts.

    Raises
    ------
    AdvisorError
        One names no host, or is no positive number.
    """
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = -1.0
        if name not in known or not 0 < found[name] < LARGEST_SHARE:
            raise AdvisorError(
                f"“{text}” gives no host a share.",
                f"It should read like {known[0]}=2; hosts are {', '.join(known)}.",
            )
    return found


def here(name: str = "", share: float = 1.0) -> FleetHost:
    """Return this machine as a host, under its own name unless another is given."""
    address = LocalSite().address
    return FleetHost(name or address, share, address, way=Way.HERE)


def over_ssh(target: str, name: str = "", share: float = 1.0) -> FleetHost:
    """Return a host that SSH reaches; see ``sites.ssh`` for its address.

    Raises
    ------
    AdvisorError
        It is no such address, or SSH's package is missing.
    """
    from advisor.assessment.sites.ssh import SshSite

    return FleetHost(name or target, share, SshSite(target).address, way=Way.SSH)


def by_hand(path: Path, name: str = "", share: float = 1.0) -> FleetHost:
    """Return a host whose assessment was made by hand, from its file.

    Raises
    ------
    AdvisorError
        The file holds none.
    """
    found = document.decode(read_bounded(path, document.SIZE_CAP_BYTES), path.name)
    return FleetHost(name or path.stem, share, outcome=HostOutcome.DONE, assessment=found)


def sites(hosts: Iterable[FleetHost], folder: Path, program: str = PROGRAM) -> dict[str, Site]:
    """Return how those are reached that are not done, by their names.

    Parameters
    ----------
    folder : Path
        This machine's data folder.
    program : str
        What starts the program on hosts over SSH.
    """
    found: dict[str, Site] = {}
    for host in hosts:
        if host.outcome is HostOutcome.DONE:
            continue
        if host.way is Way.HERE:
            found[host.name] = LocalSite((*task.own_command(), "--data", str(folder)))
        elif host.way is Way.SSH:
            from advisor.assessment.sites.ssh import SshSite

            found[host.name] = SshSite(host.address, program)
    return found
