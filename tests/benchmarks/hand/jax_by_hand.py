"""ResNet-18 in JAX (Flax NNX, Optax) as a user would write it. Reads "train 5" or "infer 5", prints seconds."""

import jax
import optax
import stopwatch
from flax import nnx


class ConvNorm(nnx.Module):
    def __init__(self, c_in, c_out, k, s, rngs):
        self.conv = nnx.Conv(c_in, c_out, (k, k), s, padding=k // 2, use_bias=False, rngs=rngs)
        self.norm = nnx.BatchNorm(c_out, momentum=0.9, rngs=rngs)

    def __call__(self, x):
        return self.norm(self.conv(x))


class BasicBlock(nnx.Module):
    def __init__(self, c_in, c_out, stride, rngs):
        self.a = ConvNorm(c_in, c_out, 3, stride, rngs)
        self.b = ConvNorm(c_out, c_out, 3, 1, rngs)
        self.skip = None if stride == 1 and c_in == c_out else ConvNorm(c_in, c_out, 1, stride, rngs)

    def __call__(self, x):
        skip = self.skip(x) if self.skip else x
        return nnx.relu(self.b(nnx.relu(self.a(x))) + skip)


class ResNet18(nnx.Module):
    def __init__(self, rngs):
        self.stem = ConvNorm(3, 64, 7, 2, rngs)
        self.blocks = nnx.Sequential(
            *[BasicBlock(64, 64, 1, rngs), BasicBlock(64, 64, 1, rngs)],
            *[BasicBlock(64, 128, 2, rngs), BasicBlock(128, 128, 1, rngs)],
            *[BasicBlock(128, 256, 2, rngs), BasicBlock(256, 256, 1, rngs)],
            *[BasicBlock(256, 512, 2, rngs), BasicBlock(512, 512, 1, rngs)],
        )
        self.head = nnx.Linear(512, 1000, rngs=rngs)

    def __call__(self, x):
        x = nnx.max_pool(nnx.relu(self.stem(x)), (3, 3), (2, 2), ((1, 1), (1, 1)))
        return self.head(self.blocks(x).mean((1, 2)))


model = ResNet18(nnx.Rngs(0))
served = nnx.view(model, use_running_average=True)
optimizer = nnx.Optimizer(model, optax.sgd(0.0125, 0.9), wrt=nnx.Param)


def loss_of(model, images, labels):
    return optax.softmax_cross_entropy_with_integer_labels(model(images), labels).mean()


@nnx.jit
def train(model, optimizer, images, labels):
    loss, gradients = nnx.value_and_grad(loss_of)(model, images, labels)
    optimizer.update(model, gradients)
    return loss


@nnx.jit
def infer(model, images):
    return model(images)


if __name__ == "__main__":
    # XLA's pool takes its size from NPROC.
    key = jax.random.key(0)
    batch = jax.random.normal(key, (32, 64, 64, 3))
    target = jax.random.randint(key, (32,), 0, 1000)
    stopwatch.serve(
        lambda: train(model, optimizer, batch, target),
        lambda: infer(served, batch),
        wait=jax.block_until_ready,
        parameters=lambda: sum(each.size for each in jax.tree.leaves(nnx.state(model, nnx.Param))),
    )
