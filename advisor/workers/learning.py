"""Learning towards a target: real examples or a game, in an order that the seed alone decides, and how well it goes.

Imported by worker scripts as a plain module, inside foreign interpreters: standard library and numpy only.
"""

import games
import numpy as np

HELD_OUT_SHARE = 0.2  # of the examples, the last ones: never trained on
GAMES = 20  # played without exploring for one score


class Examples:
    """Labelled examples. A score is the share of held-out ones that the network tells right."""

    def __init__(self, workload, network, seed, channels_first, path):
        with np.load(path, allow_pickle=False) as data:
            inputs, labels = data["inputs"], data["labels"].astype(np.int32)
            scaled = "scale" in data.files
            inputs = inputs.astype(np.float32) / data["scale"] if scaled else inputs.astype(np.int32)
        if channels_first and inputs.ndim == 4:
            inputs = inputs.transpose(0, 3, 1, 2).copy()
        self.network, self.batch = network, workload["batch"]
        self.random = np.random.RandomState(seed + 4)
        self.count = len(labels) - int(len(labels) * HELD_OUT_SHARE)
        self.inputs, self.labels = inputs, labels
        self.order = []
        self.steps = 0

    def step(self):
        if len(self.order) < self.batch:
            self.order = list(np.argsort(self.random.random_sample(self.count)))
        rows = self.order[: self.batch]
        del self.order[: self.batch]
        self.steps += 1
        self.network.give({"inputs": self.inputs[rows], "labels": self.labels[rows]})
        return self.network.train()

    def score(self):
        """In batches of one size: another one would be compiled for."""
        right, total = 0, len(self.labels) - self.count
        for start in range(self.count, len(self.labels), self.batch):
            rows = np.minimum(np.arange(start, start + self.batch), len(self.labels) - 1)
            self.network.give({"inputs": self.inputs[rows], "labels": self.labels[rows]})
            told = self.network.array(self.network.infer()).argmax(1) == self.labels[rows]
            right += int(told[: len(self.labels) - start].sum())
        return right / total


class Balancing(games.Loop):
    """CartPole by deep Q-learning. A score is the mean return of games played greedily."""

    def __init__(self, workload, network, seed, channels_first):
        self.explored = workload["options"]["explored"]
        super().__init__(workload, network, seed, channels_first)

    @property
    def epsilon(self):
        """Falls to a twentieth over the first steps."""
        return max(0.05, 1.0 - self.steps / self.explored)

    def _ended(self, ended):
        # Time that is up is no fall: nothing is known of what would have come.
        return ended and self.game.steps < self.game.LONGEST

    def score(self):
        """All games at once, from starts that are the same every time."""
        random = np.random.RandomState(0)
        played = [games.CartPole(random) for _ in range(GAMES)]
        observations = np.stack([game.reset() for game in played])
        going = [True] * GAMES
        while any(going):
            self.network.give({"inputs": observations})
            actions = self.network.array(self.network.infer()).argmax(1)
            for index, game in enumerate(played):
                if going[index]:
                    observations[index], _, ended = game.step(int(actions[index]))
                    going[index] = not ended
        return sum(game.steps for game in played) / GAMES


def learner(workload, network, seed, channels_first, path):
    """What trains the network: on examples where there is a file of them, on the game elsewhere."""
    if path is None:
        return Balancing(workload, network, seed, channels_first)
    return Examples(workload, network, seed, channels_first, path)
