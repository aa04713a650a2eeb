"""Keras 3 on TensorFlow, PyTorch or JAX: functional models, ``compile``, and its own train and predict steps."""

import contextlib
import os

import common
import data_loaders
import decoder
import jax_runtime
import keras_decoder
import keras_files
import keras_groups
import networks
import serving
import tensorflow_runtime
import torch_runtime


def layers(keras):
    """The builder of functional models, made once Keras is there. A spec's layer becomes a function of a tensor."""
    own = keras.layers

    class SumOfEmbeddings(own.Layer):
        """Of token, position and segment."""

        def __init__(self, vocabulary, positions, segments, width):
            super().__init__()
            self.token = own.Embedding(vocabulary, width)
            self.position = own.Embedding(positions, width)
            self.segment = own.Embedding(segments, width)

        def call(self, tokens):
            positions = keras.ops.arange(tokens.shape[1], dtype="int32")
            # All tokens are of the first segment, looked up once: on TensorFlow, Keras 3.15 squares a sparse
            # gradient before it sums what a repeated index collects, and Adam would differ from the others'.
            segment = self.segment(keras.ops.zeros((1,), dtype="int32"))
            return self.token(tokens) + self.position(positions) + segment

    class Layers(networks.Builder):
        def model(self, spec, input_shape):
            kind = "int32" if networks.reads_tokens(spec) else "float32"
            inputs = keras.Input(input_shape, dtype=kind)
            return keras.Model(inputs, self.sequential(spec["layers"])(inputs))

        def load(self, layer, *arrays):
            def apply(*inputs):
                outputs = layer(*inputs)
                layer.set_weights(arrays)
                return outputs

            return apply

        def sequential(self, layers):
            def apply(x):
                for layer in layers:
                    x = self.layer(layer)(x)
                return x

            return apply

        def residual(self, body, shortcut, activation):
            def apply(x):
                x = own.Add()([self.sequential(body)(x), self.sequential(shortcut)(x)])
                return self.activation(activation)(x) if activation else x

            return apply

        def activation(self, function):
            return own.ReLU() if function == "relu" else own.Activation(function)

        def convolution(self, name, inputs, outputs, size, stride, padding, bias, activation):
            same = stride == 1 and 2 * padding == size - 1
            padded = "same" if padding and same else "valid"
            convolution = own.Conv2D(outputs, size, stride, padded, use_bias=bias, activation=activation)
            kernel, *rest = self.arrays[name].values()
            loaded = self.load(convolution, kernel.transpose(2, 3, 1, 0), *rest)
            return lambda x: loaded(own.ZeroPadding2D(padding)(x) if padding and not same else x)

        def dense(self, name, inputs, outputs, activation):
            kernel, bias = self.arrays[name].values()
            return self.load(own.Dense(outputs, activation), kernel.T, bias)

        def batch_norm(self, name, width, epsilon, momentum):
            norm = own.BatchNormalization(momentum=momentum, epsilon=epsilon)
            return self.load(norm, *self.arrays[name].values())

        def layer_norm(self, name, width, epsilon):
            return self.load(own.LayerNormalization(epsilon=epsilon), *self.arrays[name].values())

        def attention(self, name, width, heads):
            arrays = []
            for part in ("query", "key", "value"):
                kernel, bias = self.arrays[name + "." + part].values()
                arrays += [kernel.T.reshape(width, heads, -1), bias.reshape(heads, -1)]
            kernel, bias = self.arrays[name + ".output"].values()
            arrays += [kernel.T.reshape(heads, -1, width), bias]
            loaded = self.load(own.MultiHeadAttention(heads, width // heads), *arrays)
            return lambda x: loaded(x, x)

        def embeddings(self, name, **sizes):
            return self.load(SumOfEmbeddings(**sizes), *self.arrays[name].values())

        def max_pooling(self, size, stride, padding):
            def apply(x):
                if networks.fills_last(padding, x.shape[1], size, stride):
                    return own.MaxPooling2D(size, stride, "same")(x)
                before_after = (tuple(padding), tuple(padding))
                return own.MaxPooling2D(size, stride)(
                    own.ZeroPadding2D(before_after)(x) if any(padding) else x
                )

            return apply

        def global_average_pooling(self):
            return own.GlobalAveragePooling2D()

        def flatten(self, channels, side):
            return own.Flatten()

        def first(self):
            return lambda x: x[:, 0]

    return Layers


def _q_learner(keras):
    class QLearner(keras.Model):
        """Action values of observations; trained on transitions against a target network."""

        def __init__(self, network, target):
            super().__init__()
            self.network = network
            self.target = target
            target.trainable = False

        def call(self, x):
            return self.network(x[0] if isinstance(x, (list, tuple)) else x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            _, actions, rewards, next_observations, ended = x
            best = keras.ops.max(self.target(next_observations), axis=1)
            aims = keras.ops.stop_gradient(rewards + networks.GAMMA * (1.0 - ended) * best)
            chosen = keras.ops.take_along_axis(y_pred, actions[:, None], axis=1)
            # In a group on TensorFlow Keras divides by the number of ranks what has an item's loss in a row of its own.
            return keras.losses.Huber()(aims[:, None], chosen)

    return QLearner


class Network:
    """A compiled Keras model and the fixed batch as the backend's tensors."""

    def __init__(self, keras, builder, input_shape, spec, weights, target, batch, levers):
        self.keras = keras
        self.made = builder(weights)
        self.model = self.made.model(spec, input_shape)
        variables = self.model.trainable_variables
        self.parameters = sum(int(keras.ops.size(variable)) for variable in variables)
        self.reinforcement = target is not None
        loss = None
        if self.reinforcement:
            target_model = builder(target).model(spec, input_shape)
            self.model = _q_learner(keras)(self.model, target_model)
        else:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimiser = self._optimiser(**spec["optimiser"])
        self.model.compile(optimiser, loss)
        if levers.get("jit_compile") == "on":
            if self.model.jit_compile:
                raise common.Unsupported("same-as-default")
            self.model.compile(optimiser, loss, jit_compile=True)
        if "steps_per_execution" in levers:
            self.train_many = self._train_many
            steps = {"steps_per_execution": int(levers["steps_per_execution"])}
            self.model.compile(optimiser, loss, jit_compile=self.model.jit_compile, **steps)
        self.batch = self._tensors(batch)
        self.one = keras.ops.convert_to_tensor(batch["inputs"][:1])

    def weights(self):
        return [self.keras.ops.convert_to_numpy(each) for each in self.model.trainable_variables]

    def _optimiser(self, kind, rate, momentum=None, beta1=None, beta2=None, epsilon=None):
        if kind == "sgd":
            return self.keras.optimizers.SGD(rate, momentum=momentum)
        return self.keras.optimizers.Adam(rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon)

    def _tensors(self, batch):
        return {name: self.keras.ops.convert_to_tensor(array) for name, array in batch.items()}

    def infer(self):
        return self.model.predict_on_batch(self.batch["inputs"])

    def infer_one(self):
        return self.model.predict_on_batch(self.one)

    def train(self):
        return self._step(self.batch)

    def feed(self, inputs, labels):
        self.batch = self._tensors({"inputs": inputs, "labels": labels})

    def given(self, batch):
        """What the model and its loss get of a batch."""
        return (tuple(batch.values()), None) if self.reinforcement else (batch["inputs"], batch["labels"])

    def _step(self, batch):
        return self.model.train_on_batch(*self.given(batch))

    def take_steps_by(self, step):
        """Train by a function of a batch from now on."""
        self._step = step

    def _train_many(self, count):
        """By ``fit``, which alone takes several steps at a time; it gets one batch again and again."""
        import tensorflow as tf

        batch = tuple(self.batch.values())
        data = tf.data.Dataset.from_tensors((batch,) if self.reinforcement else batch)
        history = self.model.fit(data.repeat(count), steps_per_epoch=count, verbose=0)
        return history.history["loss"][-1]

    def give(self, batch):
        """Take arrays in the fixed batch's place."""
        self.batch = self._tensors(batch)

    def act(self, observation):
        return int(self.model.predict_on_batch(observation).argmax())

    def learn(self, batch):
        self._step(self._tensors(batch))

    def renew_target(self):
        self.model.target.set_weights(self.model.network.get_weights())

    def wait(self, result=None):
        """Nothing to wait for: ``train_on_batch`` and ``predict_on_batch`` return host values."""

    def array(self, result):
        return result


class Generator(keras_decoder.Decoder, Network):
    """A network that writes text."""


def _steps_per_execution(network):
    steps = network.model.steps_per_execution
    return str(steps) if steps > 1 else None


class Keras(common.Framework):
    writes = True
    groups = True
    wraps = False  # a model in DistributedDataParallel, in a group on PyTorch
    levers = {
        "jit_compile": lambda network: "on" if network.model.jit_compile else None,
        "onednn": tensorflow_runtime.onednn,
        "steps_per_execution": _steps_per_execution,
        "mmap": common.memory_kept,
    }

    def environment(self, threads, device, backend):
        runtimes = {"tensorflow": tensorflow_runtime, "torch": torch_runtime, "jax": jax_runtime}
        self.runtime = runtimes[backend].Runtime()
        self.adjustable_threads = self.runtime.adjustable_threads
        self.runtime.place = self.place
        # A user's keras.json may change the dtype or the layout, and Keras writes one where there is none.
        own = {
            "KERAS_BACKEND": backend,
            "KERAS_HOME": os.devnull,
            "KERAS_TORCH_DEVICE": torch_runtime.torch_name(device),
        }
        return {**self.runtime.environment(threads, device, backend), **own}

    @property
    def groups_listen(self):
        return self.runtime.groups_listen

    def load(self, threads, device, backend):
        versions, name = self.runtime.load(threads, device, backend)
        import keras

        self.keras = keras
        return {"keras": keras.__version__, **versions}, name

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        self.runtime.set_tf32(tf32)
        strategy = getattr(self.runtime, "strategy", None)
        with strategy.scope() if strategy is not None else contextlib.nullcontext():
            network = self._made(workload, spec, weights, target, batch, levers)
        if strategy is not None:
            step = keras_groups.on_tensorflow(self.runtime.tf, strategy, network.model, network.given)
            network.take_steps_by(step)
        elif self.wraps:
            network.take_steps_by(keras_groups.on_torch(self.runtime.torch, network.model, network.given))
        return network

    def _made(self, workload, spec, weights, target, batch, levers):
        builder, shape = layers(self.keras), workload["input_shape"]
        if not networks.generates(spec):
            return Network(self.keras, builder, shape, spec, weights, target, batch, levers)
        builder = keras_decoder.extended(self.keras, builder, *shape, workload["batch"])
        network = Generator(self.keras, builder, shape, spec, weights, target, batch, levers)
        network.fill()
        return network

    def join(self, rank, addresses):
        self.runtime.join(rank, addresses)
        backend = self.keras.backend.backend()
        self.wraps = backend == "torch"
        if backend == "jax":
            self.keras.utils.set_random_seed(0)  # what layers start with must be alike everywhere
            # Every process gives its own batch; Keras makes one array of them, and JAX one step.
            self.keras.distribution.set_distribution(
                self.keras.distribution.DataParallel(auto_shard_dataset=False)
            )

    def all_reduce(self, count):
        self.runtime.all_reduce(count)

    def batches(self, items, reading):
        backend = self.keras.backend.backend()
        if backend == "tensorflow":
            return data_loaders.tensorflow(self.runtime.tf, items, reading)
        if backend == "torch":
            return data_loaders.pytorch(self.runtime.torch, items, reading)
        return data_loaders.plain(items, reading)

    def inspect(self):
        return keras_files.inspect(self.keras, self.file)

    def open_own(self, workload, seed, levers):
        return keras_files.Network(self.keras, self.file, workload, seed, levers)

    def set_threads(self, count):
        self.runtime.set_threads(count)

    def gemm(self, size, dtype, iterations):
        return self.runtime.gemm(size, dtype, iterations)

    def device_peak_bytes(self):
        return self.runtime.device_peak_bytes()

    def missing_tool(self, error):
        return self.runtime.missing_tool(error)

    def close(self):
        self.runtime.close()

    def export(self, network, kind, folder, levers):
        import exports

        if isinstance(network, Generator):
            if kind == "litert":
                sizes = decoder.signatures(*network.batch["inputs"].shape)
                models = dict(zip(sizes, network.written(*sizes.values())))
                return exports.litert_of_keras(self.keras, models, folder, levers)
            (model,) = network.written((None, None, None))
        else:
            model = network.model.network if network.reinforcement else network.model
        return exports.of_keras(model, kind, folder, levers)


if __name__ == "__main__":
    serving.run(Keras)
