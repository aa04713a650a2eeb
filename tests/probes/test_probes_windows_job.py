"""The Windows job object against a stand-in for kernel32, named as such: no Windows here."""

import ctypes

import pytest

from advisor.probes.launch import windows_job


class StandInForKernel32:
    """Records calls and says yes, or no where told to."""

    def __init__(self, refuses=()):
        self.calls = []
        self.refuses = refuses

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append((name, arguments))
            return 0 if name in self.refuses else 7

        self.__dict__[name] = StandInForFunction(call)
        return self.__dict__[name]

    def named(self, name):
        return [arguments for called, arguments in self.calls if called == name]


class StandInForFunction:
    """A foreign function: callable, with a result type."""

    restype = None

    def __init__(self, call):
        self.call = call

    def __call__(self, *arguments):
        return self.call(*arguments)


class StandInForPopen:
    _handle = 42


def test_a_job_kills_what_is_in_it_when_its_handle_closes_with_this_program():
    kernel = StandInForKernel32()
    windows_job.Job(kernel).add(StandInForPopen())
    [(handle, kind, limits, size)] = kernel.named("SetInformationJobObject")
    assert (handle.value, kind) == (7, 9)
    assert size == ctypes.sizeof(windows_job._ExtendedLimits)
    assert limits._obj.BasicLimitInformation.LimitFlags == 0x2000
    [(handle, process)] = kernel.named("AssignProcessToJobObject")
    assert (handle.value, process.value) == (7, 42)


def test_the_structure_has_windows_layout():
    """Sizes of JOBOBJECT_EXTENDED_LIMIT_INFORMATION in 64-bit Windows, by its documented fields."""
    assert ctypes.sizeof(windows_job._BasicLimits) == 64
    assert ctypes.sizeof(windows_job._ExtendedLimits) == 144


def test_killing_and_closing_twice_touch_no_foreign_handle():
    kernel = StandInForKernel32()
    job = windows_job.Job(kernel)
    job.kill()
    job.close()
    job.close()
    job.kill()
    assert len(kernel.named("TerminateJobObject")) == len(kernel.named("CloseHandle")) == 1


@pytest.mark.parametrize("refused", ["SetInformationJobObject", "AssignProcessToJobObject"])
def test_a_refused_job_is_an_error(refused):
    with pytest.raises(OSError):
        windows_job.Job(StandInForKernel32([refused])).add(StandInForPopen())
