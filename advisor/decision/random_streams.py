"""Reproducible random streams, one per name: a draw depends on the seed and its own name only.

That is what keeps the draws of one alternative the same whichever others are compared with it.
"""

import hashlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Floats32: TypeAlias = NDArray[np.float32]


class RandomStreams:
    """Standard draws by name, ``draws`` of each, the same for the same seed and name.

    Parameters
    ----------
    seed : int
        Seed of everything drawn.
    draws : int
        How many draws each stream has.
    scope : str
        Makes every stream another one, for what is independent though its name is the same: another machine's
        measurements.
    """

    def __init__(self, seed: int, draws: int, scope: str = "") -> None:
        self.seed = seed
        self.draws = draws
        self._scope = (scope,) if scope else ()

    def generator(self, *name: str) -> np.random.Generator:
        """Return the generator that belongs to a name."""
        digest = hashlib.blake2b(
            "\0".join((str(self.seed), *self._scope, *name)).encode(), digest_size=16
        ).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

    def normal(self, *name: str) -> Floats:
        """Return standard normal draws."""
        return self.generator("normal", *name).standard_normal(self.draws)

    def uniform(self, *name: str) -> Floats:
        """Return draws between 0 and 1."""
        return self.generator("uniform", *name).random(self.draws)

    def exponential(self, *name: str) -> Floats:
        """Return standard exponential draws."""
        return self.generator("exponential", *name).standard_exponential(self.draws)
