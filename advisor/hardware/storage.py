"""The storage behind a folder of a Linux machine, from its mounts and block devices."""

import re
import shutil
from pathlib import Path, PurePosixPath

from advisor.hardware.cgroups import Mount, read_mounts
from advisor.hardware.model import Absence, Storage, StorageKind
from advisor.hardware.source import Source

_MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs", "zram"})
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "lustre", "glusterfs", "fuse.glusterfs", "afs", "gpfs"}
    | {"fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "beegfs", "orangefs", "fuse.juicefs", "fuse.ceph"}
)
_VIRTUAL = frozenset({"virtiofs", "9p", "vboxsf", "fuse.vmhgfs-fuse", "prl_fs", "drvfs"})
_VIRTUAL_MODELS = ("amazon elastic block store", "qemu", "vmware", "virtual disk", "vbox", "persistentdisk")
"""Models of disks that a hypervisor provides, in lower case: what stands behind them can't be seen."""

_MAX_DEPTH = 8  # of stacked devices: partition on LVM on LUKS on RAID


def detect_storage(source: Source, folder: Path) -> tuple[Storage, dict[str, str]]:
    """Return what a folder is stored on. The folder need not exist yet."""
    # A recorded machine's folder must not be resolved through the live one's links.
    path = PurePosixPath(folder.resolve() if source.live else "/" / folder)
    mount = _mount_of(path, read_mounts(source))
    absent: dict[str, str] = {}
    kind, device = StorageKind.UNKNOWN, None
    if mount is not None:
        kind, device = _kind(source, mount)
    total, free = disk_space(folder) if source.live else (None, None)
    storage = Storage(
        path=str(folder),
        kind=kind,
        filesystem=mount.filesystem if mount else None,
        device=device,
        total_bytes=total,
        free_bytes=free,
    )
    reason = Absence.NOT_REPORTED if source.live else Absence.RECORDED
    for field in ("filesystem", "device", "total_bytes", "free_bytes"):
        if getattr(storage, field) is None:
            absent[f"storage.{field}"] = str(reason)
    if kind is StorageKind.UNKNOWN:
        absent["storage.kind"] = str(reason)
    return storage, absent


def disk_space(folder: Path) -> tuple[int | None, int | None]:
    """Return total and free bytes of a live folder's file system, or of where it would be made."""
    for candidate in (folder, *folder.absolute().parents):
        try:
            usage = shutil.disk_usage(candidate)
        except OSError:
            continue
        return usage.total, usage.free
    return None, None


def _mount_of(path: PurePosixPath, mounts: tuple[Mount, ...]) -> Mount | None:
    covering = [mount for mount in mounts if path.is_relative_to(mount.point)]
    # Of several mounts on one point the last one hides the others.
    return max(
        enumerate(covering),
        key=lambda numbered: (len(PurePosixPath(numbered[1].point).parts), numbered[0]),
        default=(0, None),
    )[1]


def _kind(source: Source, mount: Mount) -> tuple[StorageKind, str | None]:
    for filesystems, kind in (
        (_MEMORY, StorageKind.MEMORY),
        (_NETWORK, StorageKind.NETWORK),
        (_VIRTUAL, StorageKind.VIRTUAL),
    ):
        if mount.filesystem in filesystems:
            return kind, mount.origin
    disk = _disk_of_number(source, mount.device)
    if disk is None and mount.origin.startswith("/dev/"):
        # btrfs and others have numbers of their own; what is mounted names the device.
        disk = _disk_of_name(source, mount.origin.rpartition("/")[2])
    if disk is None:
        return StorageKind.UNKNOWN, mount.origin if mount.origin.startswith("/dev/") else None
    return _disk_kind(source, disk, 0), mount.origin if mount.origin.startswith("/dev/") else f"/dev/{disk}"


def _disk_of_number(source: Source, number: str) -> str | None:
    for disk in source.names("/sys/block"):
        if source.read(f"/sys/block/{disk}/dev") == number:
            return disk
        for part in source.names(f"/sys/block/{disk}"):
            if part.startswith(disk) and source.read(f"/sys/block/{disk}/{part}/dev") == number:
                return disk
    return None


def _disk_of_name(source: Source, name: str) -> str | None:
    for disk in source.names("/sys/block"):
        if disk == name or source.exists(f"/sys/block/{disk}/{name}"):
            return disk
        if source.read(f"/sys/block/{disk}/dm/name") == name:
            return disk
    return None


def _disk_kind(source: Source, disk: str, depth: int) -> StorageKind:
    folder = f"/sys/block/{disk}"
    below = source.names(f"{folder}/slaves")
    if below and depth < _MAX_DEPTH:
        # A stack is as slow as the slowest of what it stands on.
        kinds = {_disk_kind(source, _disk_of_name(source, name) or name, depth + 1) for name in below}
        order = (StorageKind.UNKNOWN, StorageKind.NETWORK, StorageKind.HDD, StorageKind.VIRTUAL)
        return next((kind for kind in (*order, StorageKind.SSD) if kind in kinds), StorageKind.NVME)
    model = f"{source.read(f'{folder}/device/vendor')} {source.read(f'{folder}/device/model')}".lower()
    if re.match(r"(vd|xvd|nbd|rbd|dasd)", disk) or any(name in model for name in _VIRTUAL_MODELS):
        return StorageKind.VIRTUAL
    if disk.startswith("nvme"):
        return StorageKind.NVME
    if disk.startswith("zram"):
        return StorageKind.MEMORY
    if disk.startswith("loop"):
        return StorageKind.UNKNOWN
    rotational = source.read_int(f"{folder}/queue/rotational")
    return {0: StorageKind.SSD, 1: StorageKind.HDD}.get(
        -1 if rotational is None else rotational, StorageKind.UNKNOWN
    )
