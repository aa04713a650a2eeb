"""The Nature DQN in JAX (Flax NNX, Optax) as a user would write it. Reads "train 5" or "infer 5", prints seconds."""

import jax
import jax.numpy as jnp
import optax
import stopwatch
from flax import nnx


class Nature(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(4, 32, (8, 8), 4, padding="VALID", rngs=rngs)
        self.conv2 = nnx.Conv(32, 64, (4, 4), 2, padding="VALID", rngs=rngs)
        self.conv3 = nnx.Conv(64, 64, (3, 3), padding="VALID", rngs=rngs)
        self.dense = nnx.Linear(3136, 512, rngs=rngs)
        self.head = nnx.Linear(512, 3, rngs=rngs)

    def __call__(self, x):
        for convolution in (self.conv1, self.conv2, self.conv3):
            x = nnx.relu(convolution(x))
        return self.head(nnx.relu(self.dense(x.reshape(len(x), -1))))


model, target = Nature(nnx.Rngs(0)), Nature(nnx.Rngs(1))
optimizer = nnx.Optimizer(model, optax.adam(2e-5), wrt=nnx.Param)


def loss_of(model, target, frames, actions, rewards, following, ended):
    aims = rewards + 0.99 * (1 - ended) * target(following).max(1)
    values = jnp.take_along_axis(model(frames), actions[:, None], 1)[:, 0]
    return optax.huber_loss(values, jax.lax.stop_gradient(aims)).mean()


@nnx.jit
def train(model, target, optimizer, batch):
    loss, gradients = nnx.value_and_grad(loss_of)(model, target, *batch)
    optimizer.update(model, gradients)
    return loss


@nnx.jit
def infer(model, frames):
    return model(frames)


if __name__ == "__main__":
    # XLA's pool takes its size from NPROC.
    key, other = jax.random.split(jax.random.key(0))
    frames, following = (jax.random.uniform(each, (32, 84, 84, 4)) for each in (key, other))
    actions, rewards = jax.random.randint(key, (32,), 0, 3), jax.random.uniform(key, (32,))
    batch = (frames, actions, rewards, following, jnp.zeros(32))
    stopwatch.serve(
        lambda: train(model, target, optimizer, batch),
        lambda: infer(model, frames),
        wait=jax.block_until_ready,
        parameters=lambda: sum(each.size for each in jax.tree.leaves(nnx.state(model, nnx.Param))),
    )
