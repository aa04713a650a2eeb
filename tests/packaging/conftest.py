"""The scripts of ``packaging/`` import each other by their plain names, as they do when they run."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "packaging"))
