"""Environments and replay memory of the reinforcement-learning loop, in numpy, the same for every framework.

Imported by worker scripts as a plain module, inside foreign interpreters.
"""

import math

import numpy as np


class CartPole:
    """The pole on a cart of Barto, Sutton and Anderson 1983, by their equations without friction.

    Two actions push the cart left or right with 10 N; Euler steps of 0.02 s. An episode ends when the
    cart leaves +-2.4 m, the pole leaves +-12 degrees, or after 500 steps. Every step earns 1.
    """

    GRAVITY = 9.8
    CART_KG = 1.0
    POLE_KG = 0.1
    HALF_LENGTH_M = 0.5
    FORCE_N = 10.0
    STEP_S = 0.02
    actions = 2
    shape = (4,)
    dtype = np.float32
    LONGEST = 500

    def __init__(self, random):
        self.random = random

    def reset(self):
        self.state = [float(value) for value in self.random.random_sample(4) * 0.1 - 0.05]
        self.steps = 0
        return np.array(self.state, np.float32)

    def accelerations(self, force, angle, angular_velocity):
        """Of the cart (m/s2) and of the pole (rad/s2)."""
        mass = self.CART_KG + self.POLE_KG
        sine, cosine = math.sin(angle), math.cos(angle)
        push = (force + self.POLE_KG * self.HALF_LENGTH_M * angular_velocity**2 * sine) / mass
        pole = (self.GRAVITY * sine - cosine * push) / (
            self.HALF_LENGTH_M * (4.0 / 3.0 - self.POLE_KG * cosine**2 / mass)
        )
        return push - self.POLE_KG * self.HALF_LENGTH_M * pole * cosine / mass, pole

    def step(self, action):
        position, velocity, angle, angular_velocity = self.state
        cart, pole = self.accelerations(self.FORCE_N if action else -self.FORCE_N, angle, angular_velocity)
        self.state = [
            position + self.STEP_S * velocity,
            velocity + self.STEP_S * cart,
            angle + self.STEP_S * angular_velocity,
            angular_velocity + self.STEP_S * pole,
        ]
        self.steps += 1
        fallen = abs(self.state[0]) > 2.4 or abs(self.state[2]) > math.radians(12.0)
        return np.array(self.state, np.float32), 1.0, fallen or self.steps >= self.LONGEST


class Catch:
    """A ball falls down a 21 x 21 board, a paddle must be under it (after Mnih et al. 2014).

    Drawn at 84 x 84, the last four frames stacked, as the networks for Atari frames want it. Actions:
    left, stay, right. The end of the fall earns 1 or -1.
    """

    CELLS = 21
    PIXELS = 4
    PADDLE_CELLS = 3
    FRAMES = 4
    actions = 3
    dtype = np.uint8

    def __init__(self, random, channels_first):
        self.random = random
        self.channels_first = channels_first
        side = self.CELLS * self.PIXELS
        self.frames = np.zeros((self.FRAMES, side, side), np.uint8)
        self.shape = self.frames.shape if channels_first else (side, side, self.FRAMES)

    def reset(self):
        self.row = 0
        self.column = int(self.random.random_sample() * self.CELLS)
        self.paddle = self.CELLS // 2
        self.frames[:] = self._draw()
        return self._observe()

    def step(self, action):
        reach = self.PADDLE_CELLS // 2
        self.paddle = min(max(self.paddle + action - 1, reach), self.CELLS - 1 - reach)
        self.row += 1
        self.frames[:-1] = self.frames[1:]
        self.frames[-1] = self._draw()
        ended = self.row == self.CELLS - 1
        caught = abs(self.column - self.paddle) <= reach
        return self._observe(), (1.0 if caught else -1.0) if ended else 0.0, ended

    def _draw(self):
        pixels = self.PIXELS
        reach = self.PADDLE_CELLS // 2
        frame = np.zeros(self.frames.shape[1:], np.uint8)
        frame[
            self.row * pixels : (self.row + 1) * pixels, self.column * pixels : (self.column + 1) * pixels
        ] = 255
        frame[-pixels:, (self.paddle - reach) * pixels : (self.paddle + reach + 1) * pixels] = 255
        return frame

    def _observe(self):
        return self.frames.copy() if self.channels_first else np.moveaxis(self.frames, 0, -1).copy()


class Replay:
    """The last ``capacity`` transitions, drawn from uniformly."""

    def __init__(self, capacity, shape, dtype, random):
        self.random = random
        self.capacity = capacity
        self.size = 0
        self.next = 0
        self.observations = np.zeros((capacity,) + shape, dtype)
        self.next_observations = np.zeros((capacity,) + shape, dtype)
        self.actions = np.zeros(capacity, np.int32)
        self.rewards = np.zeros(capacity, np.float32)
        self.ended = np.zeros(capacity, np.float32)

    def add(self, observation, action, reward, next_observation, ended):
        index = self.next
        self.observations[index] = observation
        self.next_observations[index] = next_observation
        self.actions[index] = action
        self.rewards[index] = reward
        self.ended[index] = ended
        self.next = (index + 1) % self.capacity
        self.size = min(self.size + 1, self.capacity)

    def sample(self, count):
        """A batch in the form of ``seeds.fixed_batch``."""
        rows = (self.random.random_sample(count) * self.size).astype(np.int64)
        return {
            "inputs": network_input(self.observations[rows]),
            "actions": self.actions[rows],
            "rewards": self.rewards[rows],
            "next_inputs": network_input(self.next_observations[rows]),
            "ended": self.ended[rows],
        }


def network_input(observations):
    """Observations as the network takes them: float32, frames scaled to 0…1."""
    if observations.dtype == np.uint8:
        return observations.astype(np.float32) * np.float32(1.0 / 255.0)
    return observations


class Loop:
    """Deep Q-learning: act epsilon-greedily, step, store, learn every few steps, renew the target network.

    Whether a step explores comes from a seeded stream, so every framework acts through its network equally
    often.
    """

    epsilon = 0.1

    def __init__(self, workload, network, seed, channels_first):
        self.random = np.random.RandomState(seed + 3)
        self.network = network
        self.batch = workload["batch"]
        self.learn_every = workload["options"]["learn_every"]
        self.target_every = workload["options"]["target_every"]
        if tuple(workload["input_shape"]) == CartPole.shape:
            self.game = CartPole(self.random)
        else:
            self.game = Catch(self.random, channels_first)
        self.replay = Replay(workload["options"]["replay"], self.game.shape, self.game.dtype, self.random)
        self.observation = self.game.reset()
        self.steps = 0
        while self.replay.size < self.batch:
            self._advance(int(self.random.random_sample() * self.game.actions))

    def _ended(self, ended):
        """Whether nothing comes after a step, as far as the network is to learn."""
        return ended

    def _advance(self, action):
        following, reward, ended = self.game.step(action)
        self.replay.add(self.observation, action, reward, following, self._ended(ended))
        self.observation = self.game.reset() if ended else following

    def step(self):
        """One step of the environment, with its share of learning."""
        explore, choice = self.random.random_sample(2)
        if explore < self.epsilon:
            action = int(choice * self.game.actions)
        else:
            action = self.network.act(network_input(self.observation[np.newaxis]))
        self._advance(action)
        self.steps += 1
        if self.steps % self.learn_every == 0:
            self.network.learn(self.replay.sample(self.batch))
        if self.steps % self.target_every == 0:
            self.network.renew_target()
