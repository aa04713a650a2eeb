# Moved to advisor.assessment.run_state, because the command line shows the same: import it from there.
# (For the GUI engineer: delete this file once nothing in gui imports it.)
from advisor.assessment.run_state import Figure, Row, RunState  # noqa: F401
