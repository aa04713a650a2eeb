"""How long a run will still take, as it is shown: counting down, not jumping about with every estimate."""

from advisor.assessment.run_state import RunState

STEADY_SHARE = 0.25
"""An estimate that differs by less than this from what is shown, or by ``STEADY_S``, leaves it counting down."""

STEADY_S = 15.0


class Countdown:
    """The time to go of the whole run. Estimates are the engine's; those of tasks to come are the current one's."""

    def __init__(self) -> None:
        self._end_s: float | None = None  # when the run ends, in seconds after its beginning
        self._workloads = 0
        self._began_s = 0.0  # when the current workload began

    def shown_s(self, state: RunState, elapsed_s: float) -> float | None:
        """Return what to show after a time, ``None`` before the first estimate."""
        if len(state.workloads) != self._workloads:
            self._workloads, self._began_s = len(state.workloads), elapsed_s
        if state.remaining_s is not None:
            whole_s = elapsed_s - self._began_s + state.remaining_s
            end_s = elapsed_s + state.remaining_s + whole_s * max(state.count - len(state.workloads), 0)
            room_s = max(STEADY_S, STEADY_SHARE * (end_s - elapsed_s))
            if self._end_s is None or abs(end_s - self._end_s) > room_s:
                self._end_s = end_s
        return None if self._end_s is None else max(self._end_s - elapsed_s, 0.0)
