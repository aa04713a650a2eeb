"""Makes the modules beside the worker scripts importable, as they are for a worker."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "advisor" / "workers"))
