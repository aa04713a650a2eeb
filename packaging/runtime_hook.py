"""Runs inside the frozen program before anything else of it."""

import os
import sys

if sys.platform == "linux":
    # The loader has put the program's own libraries first on the search path. They are found by now, and whatever
    # the program starts (an interpreter, a viewer for a report) must not get them: give it back the user's path.
    original = os.environ.get("LD_LIBRARY_PATH_ORIG")
    if original is not None:
        os.environ["LD_LIBRARY_PATH"] = original
    else:
        os.environ.pop("LD_LIBRARY_PATH", None)
