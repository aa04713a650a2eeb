"""Keras 3 on TensorFlow, PyTorch or JAX: layers, ``compile``, and its own train and predict steps."""

import os
import time

import architectures
import common
import pytorch_worker
import tensorflow_worker


def _layer_name(name):
    return name.replace(".", "_")


class _Builder:
    """Functional models from ``keras.layers``; layers bear their canonical names."""

    def __init__(self, keras, workload):
        self.keras = keras
        self.layers = keras.layers
        self.workload = workload
        self.options = workload["options"]

    def build(self):
        family = self.workload["family"]
        kind = "int32" if family == "encoder" else "float32"
        inputs = self.keras.Input(self.workload["input_shape"], dtype=kind)
        network = {
            "resnet": self.resnet,
            "encoder": self.encoder,
            "mlp": self.mlp,
            "nature-dqn": self.nature_dqn,
            "impala-dqn": self.impala_dqn,
        }[family]
        return self.keras.Model(inputs, network(inputs))

    def dense(self, x, name, units, activation=None):
        return self.layers.Dense(units, activation, name=_layer_name(name))(x)

    def convolution(self, x, name, filters, size, stride=1, padding=0, bias=True, activation=None):
        if padding and stride > 1:
            x = self.layers.ZeroPadding2D(padding)(x)
            padding = 0
        return self.layers.Conv2D(
            filters,
            size,
            stride,
            "same" if padding else "valid",
            use_bias=bias,
            activation=activation,
            name=_layer_name(name),
        )(x)

    def batch_norm(self, x, name):
        return self.layers.BatchNormalization(
            momentum=architectures.BATCH_NORM_MOMENTUM,
            epsilon=architectures.NORM_EPSILON,
            name=_layer_name(name),
        )(x)

    def layer_norm(self, x, name):
        return self.layers.LayerNormalization(
            epsilon=architectures.LAYER_NORM_EPSILON, name=_layer_name(name)
        )(x)

    def relu(self, x):
        return self.layers.ReLU()(x)

    def resnet(self, x):
        x = self.convolution(x, "stem.conv", 64, 7, 2, 3, bias=False)
        x = self.relu(self.batch_norm(x, "stem.norm"))
        x = self.layers.MaxPooling2D(3, 2)(self.layers.ZeroPadding2D(1)(x))
        for block in architectures.resnet_blocks(self.options["depth"]):
            prefix = block["name"] + "."
            shortcut = x
            if block["projection"]:
                shortcut = self.convolution(
                    x, prefix + "projection", block["outputs"], 1, block["stride"], bias=False
                )
                shortcut = self.batch_norm(shortcut, prefix + "projection_norm")
            convolutions = architectures.block_convolutions(block)
            for name, _, outputs, size, stride in convolutions:
                x = self.convolution(x, prefix + name, outputs, size, stride, size // 2, bias=False)
                x = self.batch_norm(x, prefix + name.replace("conv", "norm"))
                if name != convolutions[-1][0]:
                    x = self.relu(x)
            x = self.relu(self.layers.Add()([x, shortcut]))
        return self.dense(self.layers.GlobalAveragePooling2D()(x), "head", self.workload["classes"])

    def encoder(self, tokens):
        options, hidden, heads = self.options, self.options["hidden"], self.options["heads"]
        x = _embeddings(self.keras)(
            options["vocabulary"], options["positions"], options["token_types"], hidden, name="embeddings"
        )(tokens)
        x = self.layer_norm(x, "embeddings.norm")
        for index in range(options["layers"]):
            prefix = "layer%d." % index
            attended = self.layers.MultiHeadAttention(
                heads, hidden // heads, name=_layer_name(prefix + "attention")
            )(x, x)
            x = self.layer_norm(self.layers.Add()([x, attended]), prefix + "attention_norm")
            inner = self.dense(x, prefix + "up", 4 * hidden, "gelu")
            inner = self.dense(inner, prefix + "down", hidden)
            x = self.layer_norm(self.layers.Add()([x, inner]), prefix + "output_norm")
        return self.dense(self.dense(x[:, 0], "pooler", hidden, "tanh"), "head", self.workload["classes"])

    def mlp(self, x):
        for name in ("dense1", "dense2"):
            x = self.dense(x, name, self.options["hidden"], "relu")
        return self.dense(x, "head", self.workload["classes"])

    def nature_dqn(self, x):
        for name, filters, size, stride in (("conv1", 32, 8, 4), ("conv2", 64, 4, 2), ("conv3", 64, 3, 1)):
            x = self.convolution(x, name, filters, size, stride, activation="relu")
        x = self.dense(self.layers.Flatten()(x), "dense", 512, "relu")
        return self.dense(x, "head", self.workload["classes"])

    def impala_dqn(self, x):
        for index, width in enumerate(architectures.IMPALA_WIDTHS):
            section = "section%d." % index
            x = self.convolution(x, section + "conv", width, 3, padding=1)
            x = self.layers.MaxPooling2D(3, 2, "same")(x)
            for residual in ("residual0.", "residual1."):
                prefix = section + residual
                y = self.convolution(self.relu(x), prefix + "conv0", width, 3, padding=1, activation="relu")
                y = self.convolution(y, prefix + "conv1", width, 3, padding=1)
                x = self.layers.Add()([x, y])
        x = self.dense(self.layers.Flatten()(self.relu(x)), "dense", 256, "relu")
        return self.dense(x, "head", self.workload["classes"])


def _embeddings(keras):
    class Embeddings(keras.layers.Layer):
        """Sum of the embeddings of token, position and segment."""

        def __init__(self, vocabulary, positions, token_types, hidden, **options):
            super().__init__(**options)
            self.token = keras.layers.Embedding(vocabulary, hidden)
            self.position = keras.layers.Embedding(positions, hidden)
            self.segment = keras.layers.Embedding(token_types, hidden)

        def call(self, tokens):
            positions = keras.ops.arange(tokens.shape[1], dtype="int32")
            # All tokens are of the first segment, looked up once: on TensorFlow, Keras 3.15 squares a sparse
            # gradient before it sums what a repeated index collects, and Adam would differ from the others'.
            segment = self.segment(keras.ops.zeros((1,), dtype="int32"))
            return self.token(tokens) + self.position(positions) + segment

    return Embeddings


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
            aims = keras.ops.stop_gradient(rewards + architectures.GAMMA * (1.0 - ended) * best)
            chosen = keras.ops.take_along_axis(y_pred, actions[:, None], axis=1)[:, 0]
            return keras.losses.Huber()(aims, chosen)

    return QLearner


def _set_weights(model, weights, heads):
    """Canonical arrays into Keras' layers."""
    groups = {}
    for name, array in weights.items():
        layer, _, kind = name.rpartition(".")
        if layer.endswith((".query", ".key", ".value", ".output")):
            layer, _, projection = layer.rpartition(".")
            layer, kind = layer + ".attention", projection + "." + kind
        groups.setdefault(layer, {})[kind] = array
    channels = None
    for layer, arrays in groups.items():
        values = list(arrays.values())
        if layer.endswith(".attention"):
            values = _attention_weights(arrays, heads)
        elif "token" in arrays:
            pass
        elif values[0].ndim == 4:
            channels = values[0].shape[0]
            values[0] = values[0].transpose(2, 3, 1, 0)
        elif values[0].ndim == 2:
            kernel = values[0].T
            if channels and layer == "dense":
                # Keras flattens rows, columns, channels; the canonical order is channels first.
                side = round((len(kernel) // channels) ** 0.5)
                kernel = kernel.reshape(channels, side, side, -1).transpose(1, 2, 0, 3)
                kernel = kernel.reshape(channels * side * side, -1)
            values[0] = kernel
        model.get_layer(_layer_name(layer)).set_weights(values)


def _attention_weights(arrays, heads):
    """Kernels and biases of ``MultiHeadAttention`` in its order, split by head."""
    values = []
    for name in ("query", "key", "value"):
        kernel, bias = arrays[name + ".weight"].T, arrays[name + ".bias"]
        values += [kernel.reshape(len(kernel), heads, -1), bias.reshape(heads, -1)]
    kernel = arrays["output.weight"].T
    return [*values, kernel.reshape(heads, -1, kernel.shape[1]), arrays["output.bias"]]


class Network:
    """A compiled Keras model and the fixed batch as the backend's tensors."""

    def __init__(self, keras, workload, weights, target, batch, compiled):
        self.keras = keras
        heads = workload["options"].get("heads")
        self.model = _Builder(keras, workload).build()
        _set_weights(self.model, weights, heads)
        self.reinforcement = target is not None
        loss = None
        if self.reinforcement:
            target_model = _Builder(keras, workload).build()
            _set_weights(target_model, target, heads)
            self.model = _q_learner(keras)(self.model, target_model)
        else:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        kind, rate = architectures.hyperparameters(workload)
        if kind == "sgd":
            optimiser = keras.optimizers.SGD(rate, momentum=architectures.SGD_MOMENTUM)
        else:
            beta_1, beta_2 = architectures.ADAM_BETAS
            optimiser = keras.optimizers.Adam(
                rate, beta_1=beta_1, beta_2=beta_2, epsilon=architectures.ADAM_EPSILON
            )
        self.model.compile(optimiser, loss)
        if compiled:
            if self.model.jit_compile:
                raise common.Unsupported("same-as-default")
            self.model.compile(optimiser, loss, jit_compile=True)
        self.batch = self._tensors(batch)
        self.one = keras.ops.convert_to_tensor(batch["inputs"][:1])
        variables = (self.model.network if self.reinforcement else self.model).trainable_variables
        self.parameters = sum(int(keras.ops.size(variable)) for variable in variables)

    def _tensors(self, batch):
        return {name: self.keras.ops.convert_to_tensor(array) for name, array in batch.items()}

    def infer(self):
        return self.model.predict_on_batch(self.batch["inputs"])

    def infer_one(self):
        return self.model.predict_on_batch(self.one)

    def train(self):
        return self._step(self.batch)

    def _step(self, batch):
        if self.reinforcement:
            return self.model.train_on_batch(tuple(batch.values()))
        return self.model.train_on_batch(batch["inputs"], batch["labels"])

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


class _Backend:
    """What Keras leaves to its backend: threads, devices, TF32, memory."""

    def missing_tool(self, error):
        return None

    def close(self):
        pass


class _TensorFlowBackend(_Backend):
    def environment(self, threads, device):
        return tensorflow_worker.environment(threads)

    def load(self, threads, device):
        import tensorflow as tf

        self.tf = tf
        self.device, name = tensorflow_worker.find_device(tf, threads, device)
        return {"tensorflow": tf.__version__}, name

    def set_tf32(self, allowed):
        self.tf.config.experimental.enable_tensor_float_32_execution(allowed)

    def gemm(self, size, dtype, iterations):
        return tensorflow_worker.gemm(self.tf, size, dtype, iterations)

    def device_peak_bytes(self):
        return tensorflow_worker.device_peak_bytes(self.tf, self.device)


class _TorchBackend(_Backend):
    def environment(self, threads, device):
        self.worker = pytorch_worker.PyTorch()
        own = {"KERAS_TORCH_DEVICE": pytorch_worker.torch_name(device)}
        return {**self.worker.environment(threads, device, None), **own}

    def load(self, threads, device):
        return self.worker.load(threads, device, None)

    def set_tf32(self, allowed):
        self.worker.set_tf32(allowed)

    def gemm(self, size, dtype, iterations):
        return self.worker.gemm(size, dtype, iterations)

    def device_peak_bytes(self):
        return self.worker.device_peak_bytes()

    def missing_tool(self, error):
        return self.worker.missing_tool(error)

    def close(self):
        self.worker.close()


class _JaxBackend(_Backend):
    def environment(self, threads, device):
        kind = device.partition(":")[0]
        return {
            "JAX_PLATFORMS": {"cpu": "cpu", "cuda": "cuda,cpu", "rocm": "rocm,cpu"}.get(kind, kind),
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            # The size of XLA's thread pool on processors, which has no setting of its own.
            "NPROC": str(threads),
        }

    def load(self, threads, device):
        import jax

        self.jax = jax
        kind = device.partition(":")[0]
        try:
            devices = jax.devices(kind)
        except RuntimeError:
            raise common.Unsupported("no-device " + device) from None
        if common.device_index(device) >= len(devices):
            raise common.Unsupported("no-device " + device)
        self.device = devices[common.device_index(device)]
        jax.config.update("jax_default_device", self.device)
        name = common.cpu_name() if kind == "cpu" else self.device.device_kind
        return {"jax": jax.__version__}, name

    def set_tf32(self, allowed):
        self.jax.config.update("jax_default_matmul_precision", "tensorfloat32" if allowed else "highest")

    def gemm(self, size, dtype, iterations):
        jax = self.jax
        keys = jax.random.split(jax.random.key(0))
        a, b = (jax.random.normal(key, (size, size), dtype) for key in keys)
        durations_s = []
        for _ in range(iterations):
            start = time.perf_counter()
            jax.numpy.matmul(a, b).block_until_ready()
            durations_s.append(time.perf_counter() - start)
        return durations_s

    def device_peak_bytes(self):
        statistics = self.device.memory_stats()
        return statistics.get("peak_bytes_in_use") if statistics else None


class Keras(common.Framework):
    def environment(self, threads, device, backend):
        backends = {"tensorflow": _TensorFlowBackend, "torch": _TorchBackend, "jax": _JaxBackend}
        self.backend = backends[backend]()
        # A user's keras.json may change the dtype or the layout, and Keras writes one where there is none.
        own = {"KERAS_BACKEND": backend, "KERAS_HOME": os.devnull}
        return {**self.backend.environment(threads, device), **own}

    def load(self, threads, device, backend):
        versions, name = self.backend.load(threads, device)
        import keras

        self.keras = keras
        return {"keras": keras.__version__, **versions}, name

    def build(self, workload, weights, target, batch, compiled, tf32):
        self.backend.set_tf32(tf32)
        return Network(self.keras, workload, weights, target, batch, compiled)

    def gemm(self, size, dtype, iterations):
        return self.backend.gemm(size, dtype, iterations)

    def device_peak_bytes(self):
        return self.backend.device_peak_bytes()

    def missing_tool(self, error):
        return self.backend.missing_tool(error)

    def close(self):
        self.backend.close()


if __name__ == "__main__":
    common.run(Keras)
