"""MXNet: hybridized Gluon blocks, as they come or as levers say."""

import itertools
import os
import subprocess
import sys
import time

import common
import data_loaders
import mxnet_decoder
import networks
import serving


def layers(mx):
    """The builder of blocks on a device, made once MXNet is there."""
    nn = mx.gluon.nn

    class Residual(mx.gluon.HybridBlock):
        def __init__(self, body, shortcut, activation):
            super().__init__()
            self.body, self.shortcut, self.activation = body, shortcut, activation

        def hybrid_forward(self, F, x):  # noqa: N803
            x = self.body(x) + (self.shortcut(x) if self.shortcut else x)
            return self.activation(x) if self.activation else x

    class Attention(mx.gluon.HybridBlock):
        def __init__(self, heads, scale, projections):
            super().__init__()
            self.heads, self.scale = heads, scale
            self.query, self.key, self.value, self.output = projections

        def hybrid_forward(self, F, x):  # noqa: N803
            def split(y):
                # (batch, sequence, width) to (batch x heads, sequence, width of a head)
                y = F.transpose(F.reshape(y, (0, 0, self.heads, -1)), (0, 2, 1, 3))
                return F.reshape(y, (-1, 0, 0), reverse=True)

            query, key, value = split(self.query(x)), split(self.key(x)), split(self.value(x))
            scores = F.softmax(F.batch_dot(query * self.scale, key, transpose_b=True))
            attended = F.reshape(F.batch_dot(scores, value), (-1, self.heads, 0, 0), reverse=True)
            return self.output(F.reshape(F.transpose(attended, (0, 2, 1, 3)), (0, 0, -1)))

    class Embeddings(mx.gluon.HybridBlock):
        def __init__(self, token, position, segment):
            super().__init__()
            self.token, self.position, self.segment = token, position, segment

        def hybrid_forward(self, F, tokens):  # noqa: N803
            positions = F.contrib.arange_like(tokens, axis=1)
            x = self.token(tokens) + self.segment(F.zeros_like(tokens))
            return F.broadcast_add(x, F.expand_dims(self.position(positions), 0))

    class First(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):  # noqa: N803
            return F.reshape(F.slice_axis(x, axis=1, begin=0, end=1), (0, -1))

    class Layers(networks.Builder):
        def __init__(self, weights, context):
            super().__init__(weights)
            self.context = context

        def load(self, layer, name, *parameters):
            layer.initialize(ctx=self.context)
            for parameter, array in zip(parameters, self.arrays[name].values()):
                getattr(layer, parameter).set_data(mx.nd.array(array, ctx=self.context))
            return layer

        def row(self, *blocks):
            block = nn.HybridSequential()
            block.add(*blocks)
            return block

        def sequential(self, layers):
            return self.row(*(self.layer(layer) for layer in layers))

        def residual(self, body, shortcut, activation):
            after = self.activation(activation) if activation else None
            return Residual(self.sequential(body), self.sequential(shortcut) if shortcut else None, after)

        def activation(self, function):
            return nn.GELU() if function == "gelu" else nn.Activation(function)

        def convolution(self, name, inputs, outputs, size, stride, padding, bias, activation):
            settings = {"activation": activation, "use_bias": bias, "in_channels": inputs}
            return self.load(nn.Conv2D(outputs, size, stride, padding, **settings), name, "weight", "bias")

        def dense(self, name, inputs, outputs, activation=None):
            # Gluon's Dense knows the functions of Activation only.
            inside = None if activation == "gelu" else activation
            dense = nn.Dense(outputs, inside, flatten=False, in_units=inputs)
            self.load(dense, name, "weight", "bias")
            return dense if inside == activation else self.row(dense, self.activation(activation))

        def batch_norm(self, name, width, epsilon, momentum):
            norm = nn.BatchNorm(momentum=momentum, epsilon=epsilon, in_channels=width)
            return self.load(norm, name, "gamma", "beta", "running_mean", "running_var")

        def layer_norm(self, name, width, epsilon):
            return self.load(nn.LayerNorm(epsilon=epsilon, in_channels=width), name, "gamma", "beta")

        def attention(self, name, width, heads):
            parts = ("query", "key", "value", "output")
            projections = [self.dense(name + "." + part, width, width) for part in parts]
            return Attention(heads, (width // heads) ** -0.5, projections)

        def embeddings(self, name, **sizes):
            return Embeddings(*self.tables(name))

        def tables(self, name):
            made = []
            for array in self.arrays[name].values():
                made.append(nn.Embedding(*array.shape))
                made[-1].initialize(ctx=self.context)
                made[-1].weight.set_data(mx.nd.array(array, ctx=self.context))
            return made

        def max_pooling(self, size, stride, padding):
            before, after = padding
            return nn.MaxPool2D(size, stride, before, ceil_mode=after > before)

        def global_average_pooling(self):
            return self.row(nn.GlobalAvgPool2D(), nn.Flatten())

        def flatten(self, channels, side):
            return nn.Flatten()

        def first(self):
            return First()

    return Layers


class Network:
    """A block, its trainer and the fixed batch on a device."""

    def __init__(self, mx, builder, spec, weights, target, batch, context, levers, shared=None):
        self.mx = mx
        self.builder = builder
        self.context = context
        self.options = {name: levers.get(name) == "on" for name in ("static_alloc", "static_shape")}
        if self.options["static_shape"] and not self.options["static_alloc"]:
            raise common.Unsupported("lever-static_shape")  # MXNet has it with the other only
        self.block = self._block(spec, weights)
        self.target = None if target is None else self._block(spec, target)
        loss = mx.gluon.loss
        self.loss = loss.SoftmaxCrossEntropyLoss() if target is None else loss.HuberLoss()
        self.loss.hybridize(**self.options)
        settings = dict(spec["optimiser"])
        kind, rate = settings.pop("kind"), settings.pop("rate")
        trained = self.block.collect_params()
        store = {"kvstore": None} if levers.get("kvstore") == "none" or shared is not None else {}
        self.shared = shared
        self.trainer = mx.gluon.Trainer(trained, kind, {"learning_rate": rate, **settings}, **store)
        self.parameters = sum(
            parameter.data(context).size for parameter in trained.values() if parameter.grad_req != "null"
        )
        if shared is not None:
            self.gradients = shared.keyed(
                [each.grad(context) for each in trained.values() if each.grad_req != "null"]
            )
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1].copy()
        self.fused = None
        if "subgraphs" in levers:  # a block of its own: fused layers can't be trained
            self.fused = self._block(spec, weights)
            self.fused.optimize_for(self.one, backend=levers["subgraphs"].upper(), **self.options)

    def _block(self, spec, weights):
        block = self.builder(weights, self.context).sequential(spec["layers"])
        block.hybridize(**self.options)
        return block

    def _to_device(self, batch):
        # MXNet's operators on indices take float32 as its documentation's examples do.
        return {
            name: self.mx.nd.array(array, ctx=self.context, dtype="float32") for name, array in batch.items()
        }

    def infer(self):
        return (self.fused or self.block)(self.batch["inputs"])

    def infer_one(self):
        return (self.fused or self.block)(self.one)

    def _step(self, batch):
        mx = self.mx
        if self.target is not None:
            best = self.target(batch["next_inputs"]).max(axis=1)
            aims = batch["rewards"] + networks.GAMMA * (1.0 - batch["ended"]) * best
        with mx.autograd.record():
            outputs = self.block(batch["inputs"])
            if self.target is None:
                loss = self.loss(outputs, batch["labels"])
            else:
                loss = self.loss(mx.nd.pick(outputs, batch["actions"]), aims)
        loss.backward()
        if self.shared is None:
            self.trainer.step(len(batch["inputs"]))
        else:
            self.shared.add_up(self.gradients)
            self.trainer.update(len(batch["inputs"]) * self.shared.size)
        return loss

    def train(self):
        return self._step(self.batch).mean()

    def feed(self, inputs, labels):
        inputs = inputs.astype("float32").as_in_context(self.context)
        self.batch = {"inputs": inputs, "labels": labels.astype("float32").as_in_context(self.context)}

    def weights(self):
        trained = self.block.collect_params().values()
        return [each.data(self.context).asnumpy() for each in trained if each.grad_req != "null"]

    def give(self, batch):
        """Take arrays in the fixed batch's place."""
        self.batch = self._to_device(batch)

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


class Generator(mxnet_decoder.Decoder, Network):
    """A network that writes text."""

    def _block(self, spec, weights):
        made = self.builder(weights, self.context).decoders(spec)
        for block in made:
            block.hybridize(**self.options)
        trained, self.reader, self.writer = made
        return trained


def _flag(name):
    return lambda network: "on" if dict(network.block._flags)[name] else None


class _Shared:
    """A group's store, which adds up what all ranks give it under a key. A key is never used for anything else."""

    def __init__(self, mx, context):
        self.mx, self.context = mx, context
        self.store = mx.kv.create("dist_sync")
        self.size = self.store.num_workers
        self.keys = itertools.count()

    def keyed(self, arrays):
        """The arrays by keys of their own, which all ranks make in the same order."""
        found = {next(self.keys): array for array in arrays}
        for key, array in found.items():
            self.store.init(key, self.mx.nd.zeros(array.shape, ctx=self.context))
        return found

    def add_up(self, arrays):
        """Replace each array by the sum of all ranks', the first ones first, as ``Trainer`` does."""
        for key, array in arrays.items():
            self.store.push(key, array, priority=-key)
            self.store.pull(key, array, priority=-key)


class Mxnet(common.Framework):
    writes = True
    channels_first = True
    groups = True
    shared = None  # of a group
    levers = {
        "static_alloc": _flag("static_alloc"),
        "static_shape": _flag("static_shape"),
        "subgraphs": lambda network: network.fused and network.fused._backend.lower(),
        "kvstore": lambda network: "none" if network.trainer._kvstore is None else None,
        "wait_policy": common.wait_policy,
        "mmap": common.memory_kept,
    }

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
        self.reduced = {}
        kind = device.partition(":")[0]
        if kind == "cpu":
            self.context = mx.cpu()
            return {"mxnet": mx.__version__}, common.cpu_name()
        index = common.device_index(device)
        if kind != "cuda" or index >= mx.context.num_gpus():
            raise common.Unsupported("no-device " + device)
        self.context = mx.gpu(index)
        return {"mxnet": mx.__version__}, device

    def batches(self, items, reading):
        return data_loaders.mxnet(self.mx, items, reading)

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        builder = layers(self.mx)
        if not networks.generates(spec):
            return Network(self.mx, builder, spec, weights, target, batch, self.context, levers, self.shared)
        if "subgraphs" in levers:
            raise common.Unsupported("lever-subgraphs")  # they take one input and give one output
        builder = mxnet_decoder.extended(self.mx, builder, *workload["input_shape"])
        network = Generator(self.mx, builder, spec, weights, target, batch, self.context, levers, self.shared)
        network.fill()
        return network

    def join(self, rank, addresses):
        host, _, port = addresses[0].rpartition(":")
        common_to_all = {
            "DMLC_PS_ROOT_URI": host,
            "DMLC_PS_ROOT_PORT": port,
            "DMLC_NODE_HOST": host,
            "DMLC_NUM_SERVER": "1",
            "DMLC_NUM_WORKER": str(len(addresses)),
        }
        os.environ.update(common_to_all, DMLC_ROLE="worker")
        if rank == 0:
            # Both serve as soon as MXNet is imported, and end with this process' tree.
            for role in ("scheduler", "server"):
                subprocess.Popen(
                    [sys.executable, "-c", "import mxnet"], env={**os.environ, "DMLC_ROLE": role}
                )
        self.shared = _Shared(self.mx, self.context)

    def all_reduce(self, count):
        if count not in self.reduced:
            self.reduced[count] = self.shared.keyed([self.mx.nd.ones(count, ctx=self.context)])
        self.shared.add_up(self.reduced[count])
        self.mx.nd.waitall()

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
    serving.run(Mxnet)
