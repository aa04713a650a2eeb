"""Windows job objects: a process and its descendants, ended together, at the latest with this program.

Job objects through ctypes, since no dependency offers them:
https://learn.microsoft.com/windows/win32/procthread/job-objects
"""

import ctypes
import subprocess
from typing import Any

_EXTENDED_LIMIT_INFORMATION = 9
_KILL_ON_JOB_CLOSE = 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    ]


class Job:
    """A job that takes its processes with it when its handle closes.

    Parameters
    ----------
    kernel32 : optional
        The system library, or a stand-in for it.
    """

    def __init__(self, kernel32: Any = None) -> None:
        self._kernel32 = kernel32 or ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined, unused-ignore]
        self._kernel32.CreateJobObjectW.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._kernel32.CreateJobObjectW(None, None))
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        self._check(
            self._kernel32.SetInformationJobObject(
                self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
            )
        )

    def add(self, process: "subprocess.Popen[bytes]") -> None:
        """Put a process, and whatever it starts from now on, into the job."""
        handle = ctypes.c_void_p(int(process._handle))  # type: ignore[attr-defined, unused-ignore]
        self._check(self._kernel32.AssignProcessToJobObject(self._handle, handle))

    def kill(self) -> None:
        """End every process of the job."""
        if self._handle:
            self._kernel32.TerminateJobObject(self._handle, 1)

    def close(self) -> None:
        """Release the handle, which ends what is left."""
        if self._handle:
            self._kernel32.CloseHandle(self._handle)
            self._handle = ctypes.c_void_p(None)

    @staticmethod
    def _check(succeeded: int) -> None:
        if not succeeded:
            raise OSError("job object refused")
