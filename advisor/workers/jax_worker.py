"""JAX as its users write it: Flax NNX modules, Optax, and steps under ``nnx.jit``."""

import functools

import data_loaders
import decoder
import jax_decoder
import jax_runtime
import networks
import serving


def layers(jax, nnx):
    """The builder of modules, made once JAX and Flax are there."""
    functions = {
        "relu": jax.nn.relu,
        "tanh": jax.numpy.tanh,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    }

    def given(array):
        """An initialiser that draws nothing."""
        return lambda key, shape, *rest, **named: jax.numpy.array(array).reshape(shape)

    class Residual(nnx.Module):
        def __init__(self, body, shortcut, activation):
            self.body, self.shortcut, self.activation = body, shortcut, activation

        def __call__(self, x):
            x = self.body(x) + (self.shortcut(x) if self.shortcut else x)
            return self.activation(x) if self.activation else x

    class Embeddings(nnx.Module):
        """Sum of token, position and segment."""

        def __init__(self, token, position, segment):
            self.token, self.position, self.segment = token, position, segment

        def __call__(self, tokens):
            positions = jax.numpy.arange(tokens.shape[1])
            return self.token(tokens) + self.position(positions) + self.segment(jax.numpy.zeros_like(tokens))

    class Layers(networks.Builder):
        def __init__(self, weights):
            super().__init__(weights)
            self.rngs = nnx.Rngs(0)  # asked for, and nothing is drawn from it

        def sequential(self, layers):
            made = []
            for layer in layers:
                made.append(self.layer(layer))
                if layer["kind"] in ("convolution", "dense") and layer["activation"]:
                    made.append(functions[layer["activation"]])
            return nnx.Sequential(*made)

        def residual(self, body, shortcut, activation):
            after = functions[activation] if activation else None
            return Residual(self.sequential(body), self.sequential(shortcut) if shortcut else None, after)

        def activation(self, function):
            return functions[function]

        def convolution(self, name, inputs, outputs, size, stride, padding, bias, activation):
            arrays = self.arrays[name]
            return nnx.Conv(
                inputs,
                outputs,
                (size, size),
                stride,
                padding=padding,
                use_bias=bias,
                kernel_init=given(arrays["weight"].transpose(2, 3, 1, 0)),
                bias_init=given(arrays.get("bias")),
                rngs=self.rngs,
            )

        def dense(self, name, inputs, outputs, activation=None):
            kernel, bias = (given(array.T) for array in self.arrays[name].values())
            return nnx.Linear(inputs, outputs, kernel_init=kernel, bias_init=bias, rngs=self.rngs)

        def batch_norm(self, name, width, epsilon, momentum):
            scale, bias, mean, variance = self.arrays[name].values()
            settings = {"scale_init": given(scale), "bias_init": given(bias), "rngs": self.rngs}
            norm = nnx.BatchNorm(width, momentum=momentum, epsilon=epsilon, **settings)
            norm.mean[...], norm.var[...] = mean, variance
            return norm

        def layer_norm(self, name, width, epsilon):
            scale, bias = map(given, self.arrays[name].values())
            return nnx.LayerNorm(width, epsilon=epsilon, scale_init=scale, bias_init=bias, rngs=self.rngs)

        def attention(self, name, width, heads):
            attention = nnx.MultiHeadAttention(heads, width, decode=False, rngs=self.rngs)
            for part in ("query", "key", "value", "output"):
                projection = getattr(attention, "out" if part == "output" else part)
                kernel, bias = self.arrays[name + "." + part].values()
                projection.kernel[...] = kernel.T.reshape(projection.kernel.shape)
                projection.bias[...] = bias.reshape(projection.bias.shape)
            return attention

        def embeddings(self, name, **sizes):
            arrays = self.arrays[name]
            return Embeddings(*(self.table(arrays[kind]) for kind in ("token", "position", "segment")))

        def table(self, array):
            return nnx.Embed(*array.shape, embedding_init=given(array), rngs=self.rngs)

        def max_pooling(self, size, stride, padding):
            edges = (tuple(padding), tuple(padding))
            return lambda x: nnx.max_pool(x, (size, size), (stride, stride), edges)

        def global_average_pooling(self):
            return lambda x: x.mean((1, 2))

        def flatten(self, channels, side):
            return lambda x: x.reshape(len(x), -1)

        def first(self):
            return lambda x: x[:, 0]

    return Layers


def steps(jax, nnx, optax):
    """What is compiled: a forward pass, a greedy action, and a step of either kind of training."""

    def infer(model, inputs):
        return model(inputs)

    def act(model, observation):
        return model(observation).argmax()

    def classify(model, _target, batch):
        losses = optax.softmax_cross_entropy_with_integer_labels(model(batch["inputs"]), batch["labels"])
        return losses.mean()

    def q_learn(model, target, batch):
        best = target(batch["next_inputs"]).max(axis=1)
        aims = batch["rewards"] + networks.GAMMA * (1.0 - batch["ended"]) * best
        values = jax.numpy.take_along_axis(model(batch["inputs"]), batch["actions"][:, None], axis=1)
        return optax.huber_loss(values[:, 0], jax.lax.stop_gradient(aims)).mean()

    def train(model, optimiser, target, batch):
        compute = classify if target is None else q_learn
        loss, gradients = nnx.value_and_grad(compute)(model, target, batch)
        optimiser.update(model, gradients)
        return loss

    return infer, act, train


class Network:
    """A module, its optimiser and the fixed batch on a device."""

    def __init__(self, libraries, build, spec, weights, target, batch, levers):
        self.jax, nnx, optax = libraries
        self.nnx = nnx
        model = build(weights).sequential(spec["layers"])
        # Two views of the same variables, one with the statistics of batches.
        self.model, self.training = nnx.view(model, use_running_average=True, raise_if_not_found=False), model
        self.target = None if target is None else build(target).sequential(spec["layers"])
        self.optimiser = nnx.Optimizer(model, self._optimiser(optax, **spec["optimiser"]), wrt=nnx.Param)
        self.parameters = sum(array.size for array in self._trained())
        infer, act, train = steps(self.jax, nnx, optax)
        donated = {"donate_argnames": ("model", "optimiser")} if levers.get("donate") == "on" else {}
        self.bind = nnx.cached_partial if levers.get("cached_partial") == "on" else functools.partial
        self.answer = self._compiled(infer, self.model)
        self.choose = self._compiled(act, self.model)
        self.step = self._compiled(train, self.training, self.optimiser, self.target, **donated)
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1]

    def _compiled(self, function, *objects, **settings):
        """A function compiled, with the objects that it always works on."""
        return self.bind(self.nnx.jit(function, **settings), *objects)

    def _trained(self):
        return self.jax.tree.leaves(self.nnx.state(self.training, self.nnx.Param))

    def donates(self):
        """Whether a training step takes the buffers of its model, which are gone then."""
        before = self._trained()
        self.train()
        return all(array.is_deleted() for array in before)

    def distribute(self, runtime):
        """Train as one of a group: one step over the batches of all ranks, each of which holds everything else."""
        for each in (self.training, self.optimiser, self.target):
            if each is not None:
                held = self.jax.tree.map(runtime.held_by_all, self.nnx.state(each))
                self.nnx.update(each, held)
        self.batch = {name: runtime.spread(array) for name, array in self.batch.items()}

    def weights(self):
        return [self.array(each) for each in self._trained()]

    def _optimiser(self, optax, kind, rate, momentum=None, beta1=None, beta2=None, epsilon=None):
        if kind == "sgd":
            return optax.sgd(rate, momentum)
        return optax.adam(rate, beta1, beta2, epsilon)

    def _to_device(self, batch):
        return {name: self.jax.numpy.asarray(array) for name, array in batch.items()}

    def infer(self):
        return self.answer(self.batch["inputs"])

    def infer_one(self):
        return self.answer(self.one)

    def train(self):
        return self.step(self.batch)

    def give(self, batch):
        """Take arrays in the fixed batch's place."""
        self.batch = self._to_device(batch)

    def feed(self, inputs, labels):
        self.give({"inputs": inputs, "labels": labels})

    def act(self, observation):
        return int(self.choose(observation))

    def learn(self, batch):
        self.step(batch)

    def renew_target(self):
        # Copies: a step may be allowed to take the trained network's own buffers.
        copies = self.jax.tree.map(self.jax.numpy.copy, self.nnx.state(self.training))
        self.nnx.update(self.target, copies)

    def wait(self, result=None):
        self.jax.block_until_ready(self.batch if result is None else result)

    def array(self, result):
        import numpy

        return numpy.asarray(result)


class Generator(decoder.Decoder, Network):
    """A network that writes text."""


class Jax(jax_runtime.Runtime):
    writes = True
    groups = True
    levers = {
        "donate": lambda network: "on" if network.donates() else None,
        "cached_partial": lambda network: None if network.bind is functools.partial else "on",
    }

    def load(self, threads, device, backend):
        versions, name = super().load(threads, device, backend)
        import flax
        import optax
        from flax import nnx

        self.libraries = self.jax, nnx, optax
        return {**versions, "flax": flax.__version__, "optax": optax.__version__}, name

    def batches(self, items, reading):
        return data_loaders.plain(items, reading)

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        self.set_tf32(tf32)
        jax, nnx, _optax = self.libraries
        build = layers(jax, nnx)
        if networks.generates(spec):
            build = jax_decoder.extended(jax, nnx, build, *workload["input_shape"], workload["batch"])
            network = Generator(self.libraries, build, spec, weights, target, batch, levers)
            network.fill()
        else:
            network = Network(self.libraries, build, spec, weights, target, batch, levers)
        if self.grouped:
            network.distribute(self)
        return network


if __name__ == "__main__":
    serving.run(Jax)
