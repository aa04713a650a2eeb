"""What a user can cause: an error whose message says what happened and what to do about it."""


class AdvisorError(Exception):
    """A fault in input or circumstances. The doors print its message, never a traceback.

    Parameters
    ----------
    message : str
        What happened, in one sentence.
    remedy : str, optional
        What to do, in one sentence.
    """

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class HostBusyError(AdvisorError):
    """Another benchmark is running on this host."""
