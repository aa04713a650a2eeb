"""MXNet: hybridized Gluon blocks, or the same with static memory and shapes."""

import time

import architectures
import common


def _networks(mx):
    """The block classes, made once MXNet is there."""
    nn = mx.gluon.nn
    hybrid = mx.gluon.HybridBlock

    def batch_norm(width):
        return nn.BatchNorm(
            momentum=architectures.BATCH_NORM_MOMENTUM, epsilon=architectures.NORM_EPSILON, in_channels=width
        )

    class Named(hybrid):
        """A block that knows its layers by their canonical names."""

        def __init__(self):
            super().__init__()
            self.names = []

        def add(self, name, layer):
            self.names.append(name)
            setattr(self, name.replace(".", "_"), layer)

        def layer(self, name):
            return getattr(self, name.replace(".", "_"))

        def all_layers(self):
            for name in self.names:
                layer = self.layer(name)
                if isinstance(layer, Named):
                    for inner, leaf in layer.all_layers():
                        yield name + "." + inner, leaf
                else:
                    yield name, layer

    class Block(Named):
        def __init__(self, block):
            super().__init__()
            self.body = nn.HybridSequential()
            convolutions = architectures.block_convolutions(block)
            for name, inputs, outputs, size, stride in convolutions:
                convolution = nn.Conv2D(outputs, size, stride, size // 2, use_bias=False, in_channels=inputs)
                norm = batch_norm(outputs)
                self.body.add(convolution, norm)
                if name != convolutions[-1][0]:
                    self.body.add(nn.Activation("relu"))
                self.add(name, convolution)
                self.add(name.replace("conv", "norm"), norm)
            self.shortcut = None
            if block["projection"]:
                self.shortcut = nn.HybridSequential()
                projection = nn.Conv2D(
                    block["outputs"], 1, block["stride"], use_bias=False, in_channels=block["inputs"]
                )
                norm = batch_norm(block["outputs"])
                self.shortcut.add(projection, norm)
                self.add("projection", projection)
                self.add("projection_norm", norm)

        def hybrid_forward(self, F, x):  # noqa: N803
            shortcut = x if self.shortcut is None else self.shortcut(x)
            return F.relu(self.body(x) + shortcut)

    class ResNet(Named):
        def __init__(self, workload):
            super().__init__()
            self.body = nn.HybridSequential()
            convolution = nn.Conv2D(64, 7, 2, 3, use_bias=False, in_channels=3)
            norm = batch_norm(64)
            self.body.add(convolution, norm, nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
            self.add("stem.conv", convolution)
            self.add("stem.norm", norm)
            for block in architectures.resnet_blocks(workload["options"]["depth"]):
                layer = Block(block)
                self.body.add(layer)
                self.add(block["name"], layer)
            head = nn.Dense(workload["classes"], in_units=block["outputs"])
            self.body.add(nn.GlobalAvgPool2D(), head)
            self.add("head", head)

        def hybrid_forward(self, F, x):  # noqa: N803
            return self.body(x)

    def dense(units, inputs):
        return nn.Dense(units, flatten=False, in_units=inputs)

    def layer_norm(width):
        return nn.LayerNorm(epsilon=architectures.LAYER_NORM_EPSILON, in_channels=width)

    class Layer(Named):
        def __init__(self, hidden, heads):
            super().__init__()
            self.heads = heads
            self.scale = (hidden // heads) ** -0.5
            for name in ("query", "key", "value", "output"):
                self.add(name, dense(hidden, hidden))
            self.add("attention_norm", layer_norm(hidden))
            self.add("up", dense(4 * hidden, hidden))
            self.add("down", dense(hidden, 4 * hidden))
            self.add("output_norm", layer_norm(hidden))
            self.gelu = nn.GELU()

        def hybrid_forward(self, F, x):  # noqa: N803
            layer = self.layer

            def split(y):
                # (batch, sequence, width) to (batch x heads, sequence, width of a head)
                y = F.transpose(F.reshape(y, (0, 0, self.heads, -1)), (0, 2, 1, 3))
                return F.reshape(y, (-1, 0, 0), reverse=True)

            query, key, value = (split(layer(name)(x)) for name in ("query", "key", "value"))
            scores = F.softmax(F.batch_dot(query * self.scale, key, transpose_b=True))
            attended = F.reshape(F.batch_dot(scores, value), (-1, self.heads, 0, 0), reverse=True)
            attended = F.reshape(F.transpose(attended, (0, 2, 1, 3)), (0, 0, -1))
            x = layer("attention_norm")(x + layer("output")(attended))
            return layer("output_norm")(x + layer("down")(self.gelu(layer("up")(x))))

    class Encoder(Named):
        def __init__(self, workload):
            super().__init__()
            options = workload["options"]
            hidden = options["hidden"]
            self.sequence = workload["input_shape"][0]
            for name, rows in (
                ("token", "vocabulary"),
                ("position", "positions"),
                ("segment", "token_types"),
            ):
                self.add("embeddings." + name, nn.Embedding(options[rows], hidden))
            self.add("embeddings.norm", layer_norm(hidden))
            self.layers = ["layer%d" % index for index in range(options["layers"])]
            for name in self.layers:
                self.add(name, Layer(hidden, options["heads"]))
            self.add("pooler", dense(hidden, hidden))
            self.add("head", dense(workload["classes"], hidden))

        def hybrid_forward(self, F, tokens):  # noqa: N803
            layer = self.layer
            positions = layer("embeddings.position")(F.arange(self.sequence))
            x = layer("embeddings.token")(tokens) + layer("embeddings.segment")(F.zeros_like(tokens))
            x = layer("embeddings.norm")(F.broadcast_add(x, F.expand_dims(positions, 0)))
            for name in self.layers:
                x = layer(name)(x)
            first = F.reshape(F.slice_axis(x, axis=1, begin=0, end=1), (0, -1))
            return layer("head")(F.tanh(layer("pooler")(first)))

    class Mlp(Named):
        def __init__(self, workload):
            super().__init__()
            hidden = workload["options"]["hidden"]
            self.add("dense1", nn.Dense(hidden, "relu", in_units=workload["input_shape"][0]))
            self.add("dense2", nn.Dense(hidden, "relu", in_units=hidden))
            self.add("head", nn.Dense(workload["classes"], in_units=hidden))

        def hybrid_forward(self, F, x):  # noqa: N803
            for name in self.names:
                x = self.layer(name)(x)
            return x

    class NatureDqn(Named):
        def __init__(self, workload):
            super().__init__()
            self.add("conv1", nn.Conv2D(32, 8, 4, activation="relu", in_channels=workload["input_shape"][2]))
            self.add("conv2", nn.Conv2D(64, 4, 2, activation="relu", in_channels=32))
            self.add("conv3", nn.Conv2D(64, 3, activation="relu", in_channels=64))
            self.add("dense", nn.Dense(512, "relu", in_units=64 * 7 * 7))
            self.add("head", nn.Dense(workload["classes"], in_units=512))

        def hybrid_forward(self, F, x):  # noqa: N803
            for name in self.names:
                x = self.layer(name)(x)
            return x

    class Residual(Named):
        def __init__(self, width):
            super().__init__()
            for name in ("conv0", "conv1"):
                self.add(name, nn.Conv2D(width, 3, padding=1, in_channels=width))

        def hybrid_forward(self, F, x):  # noqa: N803
            return x + self.layer("conv1")(F.relu(self.layer("conv0")(F.relu(x))))

    class Section(Named):
        def __init__(self, inputs, width, side):
            super().__init__()
            self.add("conv", nn.Conv2D(width, 3, padding=1, in_channels=inputs))
            # The "same" padding of the original: in odd sides on both edges, in even ones at the far edge.
            self.pool = nn.MaxPool2D(3, 2, side % 2, ceil_mode=True)
            for name in ("residual0", "residual1"):
                self.add(name, Residual(width))

        def hybrid_forward(self, F, x):  # noqa: N803
            x = self.pool(self.layer("conv")(x))
            return self.layer("residual1")(self.layer("residual0")(x))

    class ImpalaDqn(Named):
        def __init__(self, workload):
            super().__init__()
            side, _, inputs = workload["input_shape"]
            self.sections = ["section%d" % index for index in range(len(architectures.IMPALA_WIDTHS))]
            for name, width in zip(self.sections, architectures.IMPALA_WIDTHS):
                self.add(name, Section(inputs, width, side))
                inputs, side = width, -(-side // 2)
            self.add("dense", nn.Dense(256, "relu", in_units=inputs * side * side))
            self.add("head", nn.Dense(workload["classes"], in_units=256))

        def hybrid_forward(self, F, x):  # noqa: N803
            for name in self.sections:
                x = self.layer(name)(x)
            return self.layer("head")(self.layer("dense")(F.relu(x)))

    return {
        "resnet": ResNet,
        "encoder": Encoder,
        "mlp": Mlp,
        "nature-dqn": NatureDqn,
        "impala-dqn": ImpalaDqn,
    }


def _parameter(layer, kind):
    """A layer's parameter for the last part of a canonical name."""
    if kind in ("mean", "variance"):
        return layer.running_mean if kind == "mean" else layer.running_var
    if hasattr(layer, "gamma"):
        return layer.gamma if kind == "weight" else layer.beta
    return layer.weight if kind == "weight" else layer.bias


class Network:
    """A block, its trainer and the fixed batch on a device."""

    def __init__(self, mx, block_class, workload, weights, target, batch, context, compiled):
        self.mx = mx
        self.context = context
        self.options = {"static_alloc": True, "static_shape": True} if compiled else {}
        self.block = self._load(block_class, workload, weights)
        self.target = None if target is None else self._load(block_class, workload, target)
        loss = mx.gluon.loss
        self.loss = loss.SoftmaxCrossEntropyLoss() if target is None else loss.HuberLoss()
        self.loss.hybridize(**self.options)
        kind, rate = architectures.hyperparameters(workload)
        if kind == "sgd":
            settings = {"momentum": architectures.SGD_MOMENTUM}
        else:
            beta1, beta2 = architectures.ADAM_BETAS
            settings = {"beta1": beta1, "beta2": beta2, "epsilon": architectures.ADAM_EPSILON}
        trained = self.block.collect_params()
        self.trainer = mx.gluon.Trainer(trained, kind, {"learning_rate": rate, **settings})
        self.parameters = sum(
            parameter.data(context).size for parameter in trained.values() if parameter.grad_req != "null"
        )
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1].copy()

    def _load(self, block_class, workload, weights):
        block = block_class(workload)
        block.initialize(ctx=self.context)
        layers = dict(block.all_layers())
        for name, array in weights.items():
            layer, _, kind = name.rpartition(".")
            if layer == "embeddings" and name in layers:
                layer, kind = name, "weight"
            _parameter(layers[layer], kind).set_data(self.mx.nd.array(array, ctx=self.context))
        block.hybridize(**self.options)
        return block

    def _to_device(self, batch):
        # MXNet's operators on indices take float32 as its documentation's examples do.
        return {
            name: self.mx.nd.array(array, ctx=self.context, dtype="float32") for name, array in batch.items()
        }

    def infer(self):
        return self.block(self.batch["inputs"])

    def infer_one(self):
        return self.block(self.one)

    def _step(self, batch):
        mx = self.mx
        if self.target is not None:
            best = self.target(batch["next_inputs"]).max(axis=1)
            aims = batch["rewards"] + architectures.GAMMA * (1.0 - batch["ended"]) * best
        with mx.autograd.record():
            outputs = self.block(batch["inputs"])
            if self.target is None:
                loss = self.loss(outputs, batch["labels"])
            else:
                loss = self.loss(mx.nd.pick(outputs, batch["actions"]), aims)
        loss.backward()
        self.trainer.step(len(batch["inputs"]))
        return loss

    def train(self):
        return self._step(self.batch).mean()

    def act(self, observation):
        return int(self.block(self.mx.nd.array(observation, ctx=self.context)).argmax(axis=1).asscalar())

    def learn(self, batch):
        self._step(self._to_device(batch))

    def renew_target(self):
        parameters = (block.collect_params().values() for block in (self.target, self.block))
        for old, new in zip(*parameters):
            old.set_data(new.data(self.context))

    def wait(self, result=None):
        self.mx.nd.waitall()

    def array(self, result):
        array = result.asnumpy()
        return array if array.size > 1 else array.reshape(())


class Mxnet(common.Framework):
    channels_first = True

    def environment(self, threads, device, backend):
        return {
            "MXNET_CPU_WORKER_NTHREADS": "1",  # operators at a time; each uses OMP_NUM_THREADS
            "MXNET_OMP_MAX_THREADS": str(threads),
            # MXNet has no switch of its own for TF32; NVIDIA's libraries read this one.
            "NVIDIA_TF32_OVERRIDE": "0",
        }

    def load(self, threads, device, backend):
        import mxnet as mx

        self.mx = mx
        kind = device.partition(":")[0]
        if kind == "cpu":
            self.context = mx.cpu()
            return {"mxnet": mx.__version__}, common.cpu_name()
        index = common.device_index(device)
        if kind != "cuda" or index >= mx.context.num_gpus():
            raise common.Unsupported("no-device " + device)
        self.context = mx.gpu(index)
        return {"mxnet": mx.__version__}, device

    def build(self, workload, weights, target, batch, compiled, tf32):
        block_class = _networks(self.mx)[workload["family"]]
        return Network(self.mx, block_class, workload, weights, target, batch, self.context, compiled)

    def gemm(self, size, dtype, iterations):
        if dtype == "bfloat16":
            raise common.Unsupported("dtype-" + dtype)
        mx = self.mx
        a, b = (mx.nd.random.normal(shape=(size, size), ctx=self.context).astype(dtype) for _ in range(2))
        durations_s = []
        for _ in range(iterations):
            start = time.perf_counter()
            mx.nd.dot(a, b)
            mx.nd.waitall()
            durations_s.append(time.perf_counter() - start)
        return durations_s


if __name__ == "__main__":
    common.run(Mxnet)
