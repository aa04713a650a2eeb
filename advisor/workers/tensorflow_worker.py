"""TensorFlow without Keras: ``tf.Module`` and ``tf.function``, plain or compiled by XLA."""

import time

import architectures
import common


def _networks(tf):
    """The module classes, made once TensorFlow is there. Tensors are channels last."""

    class Dense(tf.Module):
        def __init__(self, weight, bias):
            super().__init__()
            self.weight = tf.Variable(weight.T)
            self.bias = tf.Variable(bias)

        def __call__(self, x):
            return tf.nn.bias_add(tf.matmul(x, self.weight), self.bias)

    class Convolution(tf.Module):
        def __init__(self, weight, bias=None):
            super().__init__()
            self.weight = tf.Variable(weight.transpose(2, 3, 1, 0))
            self.bias = None if bias is None else tf.Variable(bias)

        def __call__(self, x, stride=1, padding=0):
            # Explicit padding inside conv2d would leave the gradient without a oneDNN kernel (TensorFlow 2.21).
            if padding and stride > 1:
                x = tf.pad(x, [[0, 0], [padding, padding], [padding, padding], [0, 0]])
                padding = 0
            x = tf.nn.conv2d(x, self.weight, stride, "SAME" if padding else "VALID")
            return x if self.bias is None else tf.nn.bias_add(x, self.bias)

    class BatchNorm(tf.Module):
        def __init__(self, weight, bias, mean, variance):
            super().__init__()
            self.weight = tf.Variable(weight)
            self.bias = tf.Variable(bias)
            self.mean = tf.Variable(mean, trainable=False)
            self.variance = tf.Variable(variance, trainable=False)

        def __call__(self, x, training):
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=x,
                scale=self.weight,
                offset=self.bias,
                mean=self.mean,
                variance=self.variance,
                epsilon=architectures.NORM_EPSILON,
                exponential_avg_factor=1.0 - architectures.BATCH_NORM_MOMENTUM,
                is_training=training,
            )
            if training:
                self.mean.assign(mean)
                self.variance.assign(variance)
            return outputs

    class LayerNorm(tf.Module):
        def __init__(self, weight, bias):
            super().__init__()
            self.weight = tf.Variable(weight)
            self.bias = tf.Variable(bias)

        def __call__(self, x):
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            return tf.nn.batch_normalization(
                x, mean, variance, self.bias, self.weight, architectures.LAYER_NORM_EPSILON
            )

    class Network(tf.Module):
        """Layers by canonical name, each made from its own arrays."""

        def __init__(self, workload, weights):
            super().__init__()
            self.options = workload["options"]
            groups = {}
            for name, array in weights.items():
                layer, _, kind = name.rpartition(".")
                groups.setdefault(layer, {})[kind] = array
            self.layers = {layer: self.make(arrays) for layer, arrays in groups.items()}

        def make(self, arrays):
            if "mean" in arrays:
                return BatchNorm(**arrays)
            if "token" in arrays:
                return {name: tf.Variable(table) for name, table in arrays.items()}
            if arrays["weight"].ndim == 4:
                return Convolution(**arrays)
            return (Dense if arrays["weight"].ndim == 2 else LayerNorm)(**arrays)

    class ResNet(Network):
        def __call__(self, x, training):
            layers = self.layers
            x = tf.nn.relu(layers["stem.norm"](layers["stem.conv"](x, 2, 3), training))
            x = tf.nn.max_pool2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID")
            for block in architectures.resnet_blocks(self.options["depth"]):
                prefix = block["name"] + "."
                shortcut = x
                if block["projection"]:
                    shortcut = layers[prefix + "projection"](x, block["stride"])
                    shortcut = layers[prefix + "projection_norm"](shortcut, training)
                convolutions = architectures.block_convolutions(block)
                for name, _, _, size, stride in convolutions:
                    x = layers[prefix + name](x, stride, size // 2)
                    x = layers[prefix + name.replace("conv", "norm")](x, training)
                    if name != convolutions[-1][0]:
                        x = tf.nn.relu(x)
                x = tf.nn.relu(x + shortcut)
            return layers["head"](tf.reduce_mean(x, [1, 2]))

    class Encoder(Network):
        def __call__(self, tokens, training):
            layers, tables = self.layers, self.layers["embeddings"]
            heads = self.options["heads"]
            batch, sequence = tokens.shape
            x = tf.gather(tables["token"], tokens) + tables["position"][:sequence]
            x = layers["embeddings.norm"](x + tf.gather(tables["segment"], tf.zeros_like(tokens)))
            width = x.shape[-1]

            def split(y):
                return tf.transpose(tf.reshape(y, [batch, sequence, heads, width // heads]), [0, 2, 1, 3])

            for index in range(self.options["layers"]):
                prefix = "layer%d." % index
                flat = tf.reshape(x, [batch * sequence, width])
                query, key, value = (split(layers[prefix + name](flat)) for name in ("query", "key", "value"))
                scores = tf.matmul(query * (width // heads) ** -0.5, key, transpose_b=True)
                attended = tf.transpose(tf.matmul(tf.nn.softmax(scores), value), [0, 2, 1, 3])
                attended = layers[prefix + "output"](tf.reshape(attended, [batch * sequence, width]))
                flat = layers[prefix + "attention_norm"](flat + attended)
                inner = tf.nn.gelu(layers[prefix + "up"](flat), approximate=False)
                flat = layers[prefix + "output_norm"](flat + layers[prefix + "down"](inner))
                x = tf.reshape(flat, [batch, sequence, width])
            return layers["head"](tf.tanh(layers["pooler"](x[:, 0])))

    class Mlp(Network):
        def __call__(self, x, training):
            x = tf.nn.relu(self.layers["dense1"](x))
            return self.layers["head"](tf.nn.relu(self.layers["dense2"](x)))

    class FrameNetwork(Network):
        """The dense layer after the convolutions takes its inputs as row, column, channel."""

        def __init__(self, workload, weights):
            weights = dict(weights)
            dense = weights["dense.weight"]
            channels = next(a for n, a in reversed(list(weights.items())) if a.ndim == 4).shape[0]
            side = round((dense.shape[1] // channels) ** 0.5)
            dense = dense.reshape(-1, channels, side, side).transpose(0, 2, 3, 1)
            weights["dense.weight"] = dense.reshape(len(dense), -1)
            super().__init__(workload, weights)

        def decide(self, x):
            x = tf.nn.relu(self.layers["dense"](tf.reshape(x, [x.shape[0], -1])))
            return self.layers["head"](x)

    class NatureDqn(FrameNetwork):
        def __call__(self, x, training):
            for name, stride in (("conv1", 4), ("conv2", 2), ("conv3", 1)):
                x = tf.nn.relu(self.layers[name](x, stride))
            return self.decide(x)

    class ImpalaDqn(FrameNetwork):
        def __call__(self, x, training):
            for index in range(len(architectures.IMPALA_WIDTHS)):
                section = "section%d." % index
                x = tf.nn.max_pool2d(self.layers[section + "conv"](x, 1, 1), 3, 2, "SAME")
                for residual in ("residual0.", "residual1."):
                    y = self.layers[section + residual + "conv0"](tf.nn.relu(x), 1, 1)
                    x = x + self.layers[section + residual + "conv1"](tf.nn.relu(y), 1, 1)
            return self.decide(tf.nn.relu(x))

    return {
        "resnet": ResNet,
        "encoder": Encoder,
        "mlp": Mlp,
        "nature-dqn": NatureDqn,
        "impala-dqn": ImpalaDqn,
    }


class _Optimiser:
    """SGD with momentum or Adam, by TensorFlow's fused update operations."""

    def __init__(self, tf, kind, rate, variables):
        self.tf = tf
        self.kind = kind
        self.rate = rate
        self.variables = variables
        slots = 1 if kind == "sgd" else 2
        self.slots = [
            [tf.Variable(tf.zeros_like(variable), trainable=False) for _ in range(slots)]
            for variable in variables
        ]
        beta1, beta2 = architectures.ADAM_BETAS
        self.powers = [tf.Variable(beta1, trainable=False), tf.Variable(beta2, trainable=False)]

    def apply(self, gradients):
        tf = self.tf
        beta1, beta2 = architectures.ADAM_BETAS
        for variable, slots, gradient in zip(self.variables, self.slots, gradients):
            gradient = tf.convert_to_tensor(gradient)
            if self.kind == "sgd":
                tf.raw_ops.ResourceApplyMomentum(
                    var=variable.handle,
                    accum=slots[0].handle,
                    lr=self.rate,
                    grad=gradient,
                    momentum=architectures.SGD_MOMENTUM,
                )
            else:
                tf.raw_ops.ResourceApplyAdam(
                    var=variable.handle,
                    m=slots[0].handle,
                    v=slots[1].handle,
                    beta1_power=self.powers[0],
                    beta2_power=self.powers[1],
                    lr=self.rate,
                    beta1=beta1,
                    beta2=beta2,
                    epsilon=architectures.ADAM_EPSILON,
                    grad=gradient,
                )
        if self.kind == "adam":
            self.powers[0].assign(self.powers[0] * beta1)
            self.powers[1].assign(self.powers[1] * beta2)


class Network:
    """A module, its optimiser and the fixed batch, on the only device that TensorFlow is shown."""

    def __init__(self, tf, module_class, workload, weights, target, batch, compiled):
        self.tf = tf
        self.module = module_class(workload, weights)
        self.target = None if target is None else module_class(workload, target)
        self.batch = {name: tf.constant(array) for name, array in batch.items()}
        self.one = tf.identity(self.batch["inputs"][:1])
        kind, rate = architectures.hyperparameters(workload)
        self.optimiser = _Optimiser(tf, kind, rate, self.module.trainable_variables)
        self.parameters = sum(int(variable.shape.num_elements()) for variable in self.optimiser.variables)
        options = {"jit_compile": True} if compiled else {}
        self._forward = tf.function(lambda inputs: self.module(inputs, training=False), **options)
        self._step = tf.function(self._step_eagerly, **options)

    def _step_eagerly(self, batch):
        tf = self.tf
        if self.target is not None:
            best = tf.reduce_max(self.target(batch["next_inputs"], training=False), 1)
            aims = batch["rewards"] + architectures.GAMMA * (1.0 - batch["ended"]) * best
        with tf.GradientTape() as tape:
            outputs = self.module(batch["inputs"], training=True)
            if self.target is not None:
                errors = tf.abs(tf.gather(outputs, batch["actions"], batch_dims=1) - aims)
                small = tf.minimum(errors, 1.0)
                loss = tf.reduce_mean(0.5 * small * small + (errors - small))
            else:
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=batch["labels"], logits=outputs)
                )
        self.optimiser.apply(tape.gradient(loss, self.optimiser.variables))
        return loss

    def infer(self):
        return self._forward(self.batch["inputs"])

    def infer_one(self):
        return self._forward(self.one)

    def train(self):
        return self._step(self.batch)

    def act(self, observation):
        return int(self._forward(self.tf.constant(observation)).numpy().argmax())

    def learn(self, batch):
        self._step({name: self.tf.constant(array) for name, array in batch.items()})

    def renew_target(self):
        for old, new in zip(self.target.variables, self.module.variables):
            old.assign(new)

    def wait(self, result=None):
        # There is no call that waits for a device: reading the last result does.
        if result is not None:
            result.numpy()

    def array(self, result):
        return result.numpy()


class TensorFlow(common.Framework):
    def environment(self, threads, device, backend):
        return environment(threads)

    def load(self, threads, device, backend):
        import tensorflow as tf

        self.tf = tf
        self.device, name = find_device(tf, threads, device)
        return {"tensorflow": tf.__version__}, name

    def build(self, workload, weights, target, batch, compiled, tf32):
        self.tf.config.experimental.enable_tensor_float_32_execution(tf32)
        module_class = _networks(self.tf)[workload["family"]]
        return Network(self.tf, module_class, workload, weights, target, batch, compiled)

    def gemm(self, size, dtype, iterations):
        return gemm(self.tf, size, dtype, iterations)

    def device_peak_bytes(self):
        return device_peak_bytes(self.tf, self.device)


def environment(threads):
    """What TensorFlow reads when it is imported."""
    return {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "TF_CPP_MIN_LOG_LEVEL": "1",
    }


def find_device(tf, threads, name):
    """TensorFlow's name of a device and its display name; threads are set and other devices hidden.

    Raises
    ------
    common.Unsupported
        If this build of TensorFlow doesn't see it.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gpus = tf.config.list_physical_devices("GPU")
    kind = name.partition(":")[0]
    if kind == "cpu":
        tf.config.set_visible_devices([], "GPU")
        return "/CPU:0", common.cpu_name()
    index = common.device_index(name)
    if kind not in ("cuda", "rocm", "mps") or index >= len(gpus):
        raise common.Unsupported("no-device " + name)
    tf.config.set_visible_devices(gpus[index], "GPU")
    tf.config.experimental.set_memory_growth(gpus[index], True)
    details = tf.config.experimental.get_device_details(gpus[index])
    return "/GPU:0", details.get("device_name", name)


def gemm(tf, size, dtype, iterations):
    """Seconds of each matrix product."""
    durations_s = []
    generator = tf.random.Generator.from_seed(0)
    a, b = (tf.cast(generator.normal([size, size]), dtype) for _ in range(2))
    for _ in range(iterations):
        start = time.perf_counter()
        tf.matmul(a, b)[0, 0].numpy()
        durations_s.append(time.perf_counter() - start)
    return durations_s


def device_peak_bytes(tf, device):
    """Peak allocated accelerator memory since the last call."""
    if not device.startswith("/GPU"):
        return None
    peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    tf.config.experimental.reset_memory_stats("GPU:0")
    return int(peak)


if __name__ == "__main__":
    common.run(TensorFlow)
