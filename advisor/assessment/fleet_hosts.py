"""The hosts that a user names, and what reaches each of them: read alike for the command line and the window."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from advisor.assessment import document
from advisor.assessment.fleet import LARGEST_SHARE, FleetHost
from advisor.assessment.sites import address, task
from advisor.assessment.sites.local import LocalSite
from advisor.assessment.sites.model import HostOutcome, Site, Way
from advisor.errors import AdvisorError

PROGRAM = "advisor"
"""What starts the program on a host over SSH, unless the user says otherwise."""


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
    machine = LocalSite().address
    return FleetHost(name or machine, share, machine, way=Way.HERE)


def over_ssh(target: str, name: str = "", share: float = 1.0) -> FleetHost:
    """Return a host that SSH reaches.

    Raises
    ------
    AdvisorError
        It is no address of one.
    """
    address.parse(target)
    return FleetHost(name or target, share, target, way=Way.SSH)


def by_hand(path: Path, name: str = "", share: float = 1.0) -> FleetHost:
    """Return a host whose assessment was made by hand, from its file.

    Raises
    ------
    AdvisorError
        The file holds none.
    """
    return FleetHost(name or path.stem, share, outcome=HostOutcome.DONE, assessment=document.read(path))


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
        if host.done:
            continue
        if host.way is Way.HERE:
            found[host.name] = LocalSite((*task.own_command(), "--data", str(folder)))
        elif host.way is Way.SSH:
            from advisor.assessment.sites.ssh import SshSite

            found[host.name] = SshSite(host.address, program)
    return found
