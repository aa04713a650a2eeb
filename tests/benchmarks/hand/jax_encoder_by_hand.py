"""BERT-tiny in JAX (Flax NNX, Optax) as a user would write it. Reads "train 5" or "infer 5", prints seconds."""

import jax
import jax.numpy as jnp
import optax
import stopwatch
from flax import nnx


class Layer(nnx.Module):
    def __init__(self, width, heads, rngs):
        self.attention = nnx.MultiHeadAttention(heads, width, decode=False, rngs=rngs)
        self.norm1 = nnx.LayerNorm(width, epsilon=1e-12, rngs=rngs)
        self.norm2 = nnx.LayerNorm(width, epsilon=1e-12, rngs=rngs)
        self.up = nnx.Linear(width, 4 * width, rngs=rngs)
        self.down = nnx.Linear(4 * width, width, rngs=rngs)

    def __call__(self, x):
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.down(nnx.gelu(self.up(x), approximate=False)))


class Encoder(nnx.Module):
    def __init__(self, width, heads, layers, rngs):
        self.token = nnx.Embed(30522, width, rngs=rngs)
        self.position = nnx.Embed(512, width, rngs=rngs)
        self.segment = nnx.Embed(2, width, rngs=rngs)
        self.norm = nnx.LayerNorm(width, epsilon=1e-12, rngs=rngs)
        self.layers = nnx.Sequential(*[Layer(width, heads, rngs) for _ in range(layers)])
        self.pooler = nnx.Linear(width, width, rngs=rngs)
        self.head = nnx.Linear(width, 2, rngs=rngs)

    def __call__(self, tokens):
        x = self.token(tokens) + self.position(jnp.arange(tokens.shape[1]))
        x = self.layers(self.norm(x + self.segment(jnp.zeros_like(tokens))))
        return self.head(nnx.tanh(self.pooler(x[:, 0])))


model = Encoder(128, 2, 2, nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.adam(3e-5), wrt=nnx.Param)


def loss_of(model, tokens, labels):
    return optax.softmax_cross_entropy_with_integer_labels(model(tokens), labels).mean()


@nnx.jit
def train(model, optimizer, tokens, labels):
    loss, gradients = nnx.value_and_grad(loss_of)(model, tokens, labels)
    optimizer.update(model, gradients)
    return loss


@nnx.jit
def infer(model, tokens):
    return model(tokens)


if __name__ == "__main__":
    # XLA's pool takes its size from NPROC.
    key = jax.random.key(0)
    batch = jax.random.randint(key, (32, 128), 0, 30522)
    target = jax.random.randint(key, (32,), 0, 2)
    stopwatch.serve(
        lambda: train(model, optimizer, batch, target),
        lambda: infer(model, batch),
        wait=jax.block_until_ready,
        parameters=lambda: sum(each.size for each in jax.tree.leaves(nnx.state(model, nnx.Param))),
    )
