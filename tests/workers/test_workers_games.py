"""The environments, the replay memory and the loop that every framework runs."""

import math
from typing import Any

import games
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

LOOP = {
    "input_shape": [4],
    "batch": 16,
    "options": {"learn_every": 4, "target_every": 10, "replay": 32},
}


class CountingNetwork:
    """Stands in for a worker's network: always pushes right, and remembers what it was asked."""

    def __init__(self) -> None:
        self.acted = 0
        self.learnt: list[dict[str, Any]] = []
        self.renewed = 0

    def act(self, observation: np.ndarray) -> int:
        assert observation.shape[0] == 1
        assert observation.dtype == np.float32
        self.acted += 1
        return 1

    def learn(self, batch: dict[str, Any]) -> None:
        self.learnt.append(batch)

    def renew_target(self) -> None:
        self.renewed += 1


@given(
    angle=st.floats(-0.2, 0.2),
    velocity=st.floats(-1.0, 1.0),
    angular_velocity=st.floats(-2.0, 2.0),
    force=st.floats(-10.0, 10.0),
)
def test_the_cart_and_pole_obey_conservation_of_energy(
    angle: float, velocity: float, angular_velocity: float, force: float
) -> None:
    """The rate of change of kinetic and potential energy is the power of the force on the cart."""
    game = games.CartPole(np.random.RandomState(0))
    cart, pole = game.accelerations(force, angle, angular_velocity)
    total, pole_mass, length = game.CART_KG + game.POLE_KG, game.POLE_KG, game.HALF_LENGTH_M
    inertia = 4.0 / 3.0 * pole_mass * length**2  # of a rod about its end
    sine, cosine = math.sin(angle), math.cos(angle)
    kinetic = (
        total * velocity * cart
        + inertia * angular_velocity * pole
        + pole_mass
        * length
        * (
            cart * angular_velocity * cosine
            + velocity * pole * cosine
            - velocity * angular_velocity**2 * sine
        )
    )
    potential = -pole_mass * game.GRAVITY * length * sine * angular_velocity
    assert kinetic + potential == pytest.approx(force * velocity, abs=1e-9)


def test_a_cart_pushed_one_way_drops_its_pole() -> None:
    game = games.CartPole(np.random.RandomState(0))
    observation = game.reset()
    assert observation.shape == (4,)
    steps, ended = 0, False
    while not ended:
        observation, reward, ended = game.step(1)
        assert reward == 1.0
        steps += 1
    assert 5 < steps < 15
    assert observation[2] < -math.radians(12.0)  # it falls against the push


def test_catch_rewards_who_is_under_the_ball() -> None:
    game = games.Catch(np.random.RandomState(3), channels_first=True)
    for _ in range(20):
        game.reset()
        for row in range(20):
            aim = int(np.sign(game.column - game.paddle)) + 1
            _, reward, ended = game.step(aim)
            assert ended == (row == 19)
        assert reward == 1.0
    game.reset()
    game.column = 0
    rewards = [game.step(2)[1] for _ in range(20)]
    assert rewards == [0.0] * 19 + [-1.0]


def test_catch_shows_ball_and_paddle_in_its_last_four_frames() -> None:
    game = games.Catch(np.random.RandomState(0), channels_first=True)
    first = game.reset()
    assert first.shape == (4, 84, 84)
    assert (first == first[0]).all()
    then, _, _ = game.step(1)
    assert (then[:3] == first[1:]).all()
    ball, paddle = 4 * 4, 3 * 4 * 4
    assert (then[3] == 255).sum() == ball + paddle
    assert then[3, 4:8, game.column * 4 : game.column * 4 + 4].min() == 255
    last = games.Catch(np.random.RandomState(0), channels_first=False)
    assert (last.reset() == first.transpose(1, 2, 0)).all()


@given(capacity=st.integers(1, 8), count=st.integers(1, 20))
def test_replay_holds_the_latest_transitions(capacity: int, count: int) -> None:
    replay = games.Replay(capacity, (1,), np.float32, np.random.RandomState(0))
    for index in range(count):
        replay.add(np.array([index]), index % 2, float(index), np.array([index + 1]), index % 3 == 0)
    batch = replay.sample(64)
    kept = set(range(max(0, count - capacity), count))
    assert set(batch["rewards"].astype(int)) <= kept
    for row in range(64):
        index = int(batch["rewards"][row])
        assert batch["inputs"][row, 0] == index
        assert batch["next_inputs"][row, 0] == index + 1
        assert batch["actions"][row] == index % 2
        assert batch["ended"][row] == (index % 3 == 0)


def test_frames_are_scaled_to_one() -> None:
    scaled = games.network_input(np.array([0, 51, 255], np.uint8))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [0.0, 0.2, 1.0], rtol=1e-6)


def test_the_loop_learns_and_renews_as_often_as_it_says() -> None:
    network = CountingNetwork()
    loop = games.Loop(LOOP, network, seed=0, channels_first=False)
    for _ in range(100):
        loop.step()
    assert len(network.learnt) == 25
    assert network.renewed == 10
    assert all(batch["inputs"].shape == (16, 4) for batch in network.learnt)
    assert 75 <= network.acted < 100  # one in ten explores


def test_every_framework_explores_in_the_same_steps() -> None:
    def acted(seed: int) -> int:
        network = CountingNetwork()
        loop = games.Loop(LOOP, network, seed, channels_first=False)
        for _ in range(200):
            loop.step()
        return network.acted

    assert acted(0) == acted(0)
