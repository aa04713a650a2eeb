"""TensorFlow without Keras: ``tf.Module`` and ``tf.function``, plain or as levers say. Tensors are channels last."""

import common
import data_loaders
import networks
import serving
import tensorflow_decoder
import tensorflow_runtime


def layers(tf):
    """The builder of modules, made once TensorFlow is there. All are called as ``(x, training)``, while tracing."""

    functions = {
        None: lambda x: x,
        "relu": tf.nn.relu,
        "gelu": lambda x: tf.nn.gelu(x, approximate=False),
        "tanh": tf.tanh,
    }

    def pad(x, before, after):
        return tf.pad(x, [[0, 0], [before, after], [before, after], [0, 0]])

    class Apply(tf.Module):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def __call__(self, x, training):
            return self.function(x)

    class Sequential(tf.Module):
        def __init__(self, layers):
            super().__init__()
            self.layers = layers

        def __call__(self, x, training):
            for layer in self.layers:
                x = layer(x, training)
            return x

    class Residual(tf.Module):
        def __init__(self, body, shortcut, function):
            super().__init__()
            self.body, self.shortcut, self.function = body, shortcut, function

        def __call__(self, x, training):
            return self.function(self.body(x, training) + self.shortcut(x, training))

    class Dense(tf.Module):
        def __init__(self, weight, bias, function=functions[None]):
            super().__init__()
            self.weight, self.bias, self.function = tf.Variable(weight.T), tf.Variable(bias), function

        def __call__(self, x, training):
            # One product of two matrices: a batched one would broadcast the weights, and sum their gradients.
            flat = tf.reshape(x, [-1, x.shape[-1]]) if len(x.shape) > 2 else x
            flat = self.function(tf.nn.bias_add(tf.matmul(flat, self.weight), self.bias))
            return tf.reshape(flat, [*x.shape[:-1], flat.shape[-1]]) if len(x.shape) > 2 else flat

    class Convolution(tf.Module):
        def __init__(self, stride, padding, function, weight, bias=None):
            super().__init__()
            self.stride, self.padding, self.function = stride, padding, function
            self.weight = tf.Variable(weight.transpose(2, 3, 1, 0))
            self.bias = None if bias is None else tf.Variable(bias)

        def __call__(self, x, training):
            # Explicit padding inside conv2d would leave the gradient without a oneDNN kernel (TensorFlow 2.21).
            same = self.stride == 1 and 2 * self.padding == self.weight.shape[0] - 1
            if self.padding and not same:
                x = pad(x, self.padding, self.padding)
            x = tf.nn.conv2d(x, self.weight, self.stride, "SAME" if self.padding and same else "VALID")
            return self.function(x if self.bias is None else tf.nn.bias_add(x, self.bias))

    class BatchNorm(tf.Module):
        def __init__(self, epsilon, momentum, weight, bias, mean, variance):
            super().__init__()
            self.epsilon, self.momentum = epsilon, momentum
            self.weight, self.bias = tf.Variable(weight), tf.Variable(bias)
            # In a group every rank has running statistics of its own, as Keras' layer has them.
            own = {
                "synchronization": tf.VariableSynchronization.ON_READ,
                "aggregation": tf.VariableAggregation.MEAN,
            }
            self.mean = tf.Variable(mean, trainable=False, **own)
            self.variance = tf.Variable(variance, trainable=False, **own)

        def __call__(self, x, training):
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=x,
                scale=self.weight,
                offset=self.bias,
                mean=self.mean,
                variance=self.variance,
                epsilon=self.epsilon,
                exponential_avg_factor=1.0 - self.momentum,
                is_training=training,
            )
            if training:
                self.mean.assign(mean)
                self.variance.assign(variance)
            return outputs

    class LayerNorm(tf.Module):
        def __init__(self, epsilon, weight, bias):
            super().__init__()
            self.epsilon, self.weight, self.bias = epsilon, tf.Variable(weight), tf.Variable(bias)

        def __call__(self, x, training):
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            return tf.nn.batch_normalization(x, mean, variance, self.bias, self.weight, self.epsilon)

    class Attention(tf.Module):
        def __init__(self, heads, query, key, value, output):
            super().__init__()
            self.heads, self.query, self.key, self.value, self.output = heads, query, key, value, output

        def __call__(self, x, training):
            batch, sequence, width = x.shape

            def split(y):
                y = tf.reshape(y, [batch, sequence, self.heads, width // self.heads])
                return tf.transpose(y, [0, 2, 1, 3])

            query, key, value = (split(each(x, training)) for each in (self.query, self.key, self.value))
            scores = tf.matmul(query * (width // self.heads) ** -0.5, key, transpose_b=True)
            attended = tf.transpose(tf.matmul(tf.nn.softmax(scores), value), [0, 2, 1, 3])
            return self.output(tf.reshape(attended, [batch, sequence, width]), training)

    class Embeddings(tf.Module):
        def __init__(self, token, position, segment):
            super().__init__()
            self.token, self.position, self.segment = map(tf.Variable, (token, position, segment))

        def __call__(self, tokens, training):
            x = tf.gather(self.token, tokens) + self.position[: tokens.shape[1]]
            return x + tf.gather(self.segment, tf.zeros_like(tokens))

    class Layers(networks.Builder):
        def sequential(self, layers):
            return Sequential([self.layer(layer) for layer in layers])

        def residual(self, body, shortcut, activation):
            return Residual(self.sequential(body), self.sequential(shortcut), functions[activation])

        def convolution(self, name, inputs, outputs, size, stride, padding, bias, activation):
            return Convolution(stride, padding, functions[activation], **self.arrays[name])

        def dense(self, name, inputs, outputs, activation):
            return Dense(**self.arrays[name], function=functions[activation])

        def batch_norm(self, name, width, epsilon, momentum):
            return BatchNorm(epsilon, momentum, **self.arrays[name])

        def layer_norm(self, name, width, epsilon):
            return LayerNorm(epsilon, **self.arrays[name])

        def attention(self, name, width, heads):
            parts = ("query", "key", "value", "output")
            return Attention(heads, *(Dense(**self.arrays[name + "." + part]) for part in parts))

        def embeddings(self, name, **sizes):
            return Embeddings(**self.arrays[name])

        def max_pooling(self, size, stride, padding):
            def pool(x):
                if networks.fills_last(padding, x.shape[1], size, stride):
                    return tf.nn.max_pool2d(x, size, stride, "SAME")
                return tf.nn.max_pool2d(pad(x, *padding) if any(padding) else x, size, stride, "VALID")

            return Apply(pool)

        def global_average_pooling(self):
            return Apply(lambda x: tf.reduce_mean(x, [1, 2]))

        def activation(self, function):
            return Apply(functions[function])

        def flatten(self, channels, side):
            return Apply(lambda x: tf.reshape(x, [x.shape[0], -1]))

        def first(self):
            return Apply(lambda x: x[:, 0])

    return Layers


class _Optimiser:
    """SGD with momentum or Adam, by TensorFlow's fused update operations."""

    def __init__(self, tf, settings, variables):
        self.tf = tf
        self.settings = settings
        self.variables = variables

        def zeros():
            return [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]

        self.slots = [zeros() for _ in range(1 if settings["kind"] == "sgd" else 2)]
        betas = (settings[name] for name in ("beta1", "beta2") if name in settings)
        self.powers = [tf.Variable(beta, trainable=False) for beta in betas]

    def apply(self, gradients):
        apply = self._momentum if self.settings["kind"] == "sgd" else self._adam
        for variable, gradient, *slots in zip(self.variables, gradients, *self.slots):
            apply(variable.handle, self.tf.convert_to_tensor(gradient), *(slot.handle for slot in slots))
        for power, name in zip(self.powers, ("beta1", "beta2")):
            # By its handle, which in a group is this rank's own.
            self.tf.raw_ops.AssignVariableOp(resource=power.handle, value=power * self.settings[name])

    def _momentum(self, variable, gradient, accumulated):
        self.tf.raw_ops.ResourceApplyMomentum(
            var=variable,
            accum=accumulated,
            lr=self.settings["rate"],
            grad=gradient,
            momentum=self.settings["momentum"],
        )

    def _adam(self, variable, gradient, mean, square):
        self.tf.raw_ops.ResourceApplyAdam(
            var=variable,
            m=mean,
            v=square,
            beta1_power=self.powers[0],
            beta2_power=self.powers[1],
            lr=self.settings["rate"],
            beta1=self.settings["beta1"],
            beta2=self.settings["beta2"],
            epsilon=self.settings["epsilon"],
            grad=gradient,
        )


class Network:
    """A module, its optimiser and the fixed batch, on the only device that TensorFlow is shown."""

    def __init__(self, tf, builder, spec, weights, target, batch, levers, strategy=None):
        self.tf = tf
        self.strategy = strategy
        self.module = builder(weights).sequential(spec["layers"])
        self.target = None if target is None else builder(target).sequential(spec["layers"])
        self.batch = {name: tf.constant(array) for name, array in batch.items()}
        self.one = tf.identity(self.batch["inputs"][:1])
        self.optimiser = _Optimiser(tf, spec["optimiser"], self.module.trainable_variables)
        self.parameters = sum(int(variable.shape.num_elements()) for variable in self.optimiser.variables)
        options = {"jit_compile": True} if levers.get("xla") == "on" else {}
        self.traced = tf.function(lambda inputs: self.module(inputs, training=False), **options)
        self.forward = self.traced
        self._step = tf.function(self._step_eagerly if strategy is None else self._step_of_group, **options)
        self.concrete = {}  # by the inputs' shape; None is the training step's
        if levers.get("concrete") == "on":
            self._make_concrete()
        if "steps_per_call" in levers:
            self.steps_per_call = int(levers["steps_per_call"])
            self._steps = tf.function(self._steps_eagerly, **options)
            self.train_many = self._train_many

    def _step_of_group(self, batch):
        return self.strategy.run(self._step_eagerly, (batch,))

    def weights(self):
        return [variable.numpy() for variable in self.optimiser.variables]

    def _make_concrete(self):
        forward, step = self.forward, self._step
        shape = self.one.shape[1:]
        for inputs in (self.batch["inputs"], self.one):
            spec = self.tf.TensorSpec([len(inputs), *shape], inputs.dtype)
            self.concrete[len(inputs)] = forward.get_concrete_function(spec)
        self.concrete[None] = step.get_concrete_function(self.batch)
        self.forward = lambda inputs: self.concrete.get(len(inputs), forward)(inputs)
        self._step = lambda batch: self.concrete[None](batch)

    def _steps_eagerly(self, batch):
        """Several steps on one batch; those of a user would come from a data set."""
        loss = self.tf.zeros([])
        for _ in self.tf.range(self.steps_per_call):
            loss = self._step_eagerly(batch)
        return loss

    def _train_many(self, count):
        for _ in range(count // self.steps_per_call):
            loss = self._steps(self.batch)
        for _ in range(count % self.steps_per_call):
            loss = self.train()
        return loss

    def _step_eagerly(self, batch):
        tf = self.tf
        if self.target is not None:
            best = tf.reduce_max(self.target(batch["next_inputs"], training=False), 1)
            aims = batch["rewards"] + networks.GAMMA * (1.0 - batch["ended"]) * best
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
        gradients = tape.gradient(loss, self.optimiser.variables)
        if self.strategy is not None:
            gradients = tf.distribute.get_replica_context().all_reduce(
                "MEAN", list(map(tf.convert_to_tensor, gradients))
            )
        self.optimiser.apply(gradients)
        return loss

    def infer(self):
        return self.forward(self.batch["inputs"])

    def infer_one(self):
        return self.forward(self.one)

    def train(self):
        return self._step(self.batch)

    def feed(self, inputs, labels):
        self.batch = {"inputs": inputs, "labels": labels}

    def give(self, batch):
        """Take arrays in the fixed batch's place."""
        self.batch = {name: self.tf.constant(array) for name, array in batch.items()}

    def act(self, observation):
        return int(self.forward(self.tf.constant(observation)).numpy().argmax())

    def learn(self, batch):
        self._step({name: self.tf.constant(array) for name, array in batch.items()})

    def renew_target(self):
        for old, new in zip(self.target.variables, self.module.variables):
            old.assign(new)

    def written(self):
        """Functions that an export writes: shapes are traced as they are given, so there is one for either batch."""
        tf, inputs = self.tf, self.batch["inputs"]
        traced = tf.function(lambda inputs: {"outputs": self.module(inputs, training=False)})

        def of(batch):
            shape = [batch, *inputs.shape[1:]]
            return traced.get_concrete_function(tf.TensorSpec(shape, inputs.dtype, name="inputs"))

        return {"serving_default": of(inputs.shape[0]), "one": of(1)}

    def wait(self, result=None):
        # There is no call that waits for a device: reading the last result does.
        if result is not None:
            result.numpy()

    def array(self, result):
        return result.numpy()


class Generator(tensorflow_decoder.Decoder, Network):
    """A network that writes text."""

    def written(self):
        return tensorflow_decoder.written(self.tf, self.module, self.batch["inputs"].shape)


def _xla(network):
    """XLA's own report exists for what it compiles only."""
    try:
        return "on" if network.traced.experimental_get_compiler_ir(network.one)("hlo") else None
    except ValueError:
        return None


def _steps_per_call(network):
    return str(network.steps_per_call) if hasattr(network, "train_many") else None


class TensorFlow(tensorflow_runtime.Runtime):
    writes = True
    groups = True
    levers = {
        "xla": _xla,
        "onednn": tensorflow_runtime.onednn,
        "concrete": lambda network: "on" if network.concrete else None,
        "steps_per_call": _steps_per_call,
        "mmap": common.memory_kept,
    }

    def batches(self, items, reading):
        return data_loaders.tensorflow(self.tf, items, reading)

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        self.set_tf32(tf32)
        if self.strategy is not None:
            with self.strategy.scope():
                return self._made(workload, spec, weights, target, batch, levers)
        return self._made(workload, spec, weights, target, batch, levers)

    def _made(self, workload, spec, weights, target, batch, levers):
        builder = layers(self.tf)
        if not networks.generates(spec):
            return Network(self.tf, builder, spec, weights, target, batch, levers, self.strategy)
        if levers.get("concrete") == "on":
            raise common.Unsupported("lever-concrete")  # they are told apart by the number of sequences
        builder = tensorflow_decoder.extended(self.tf, builder, *workload["input_shape"])
        network = Generator(self.tf, builder, spec, weights, target, batch, levers, self.strategy)
        network.fill()
        return network

    def export(self, network, kind, folder, levers):
        import exports

        if kind != "litert":
            return super().export(network, kind, folder, levers)
        return exports.litert_of_functions(self.tf, network.written(), network.module, folder, levers)


if __name__ == "__main__":
    serving.run(TensorFlow)
