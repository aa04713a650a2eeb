"""PaddlePaddle: ``nn.Layer`` run eagerly, or as levers say."""

import os
import time

import common
import data_loaders
import decoder
import networks
import paddle_decoder
import serving


def layers(paddle):
    """The builder of layers, made once Paddle is there."""
    nn = paddle.nn
    functions = {"relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}

    class Residual(nn.Layer):
        def __init__(self, body, shortcut, activation):
            super().__init__()
            self.body, self.shortcut, self.activation = body, shortcut, activation

        def forward(self, x):
            return self.activation(self.body(x) + self.shortcut(x))

    class Attention(nn.Layer):
        def __init__(self, attention):
            super().__init__()
            self.attention = attention

        def forward(self, x):
            return self.attention(x, x, x)

    class Embeddings(nn.Layer):
        """Sum of token, position and segment."""

        def __init__(self, token, position, segment):
            super().__init__()
            self.token, self.position, self.segment = token, position, segment

        def forward(self, tokens):
            positions = paddle.arange(tokens.shape[1])
            return self.token(tokens) + self.position(positions) + self.segment(paddle.zeros_like(tokens))

    class Mean(nn.Layer):
        def forward(self, x):
            return x.mean([2, 3])

    class First(nn.Layer):
        def forward(self, x):
            return x[:, 0]

    class Layers(networks.Builder):
        def sequential(self, layers):
            made = []
            for layer in layers:
                made.append(self.layer(layer))
                if layer["kind"] in ("convolution", "dense") and layer["activation"]:
                    made.append(functions[layer["activation"]]())
            return nn.Sequential(*made)

        def load(self, layer, name, *parameters):
            for parameter, array in zip(parameters, self.arrays[name].values()):
                getattr(layer, parameter).set_value(array)
            return layer

        def linear(self, layer, name):
            """Load a layer whose kernel is (inputs, outputs)."""
            layer.weight.set_value(self.arrays[name]["weight"].T.copy())
            layer.bias.set_value(self.arrays[name]["bias"])
            return layer

        def residual(self, body, shortcut, activation):
            after = functions[activation]() if activation else nn.Identity()
            return Residual(
                self.sequential(body), self.sequential(shortcut) if shortcut else nn.Identity(), after
            )

        def activation(self, function):
            return functions[function]()

        def convolution(self, name, inputs, outputs, size, stride, padding, bias, activation):
            biased = None if bias else False
            convolution = nn.Conv2D(inputs, outputs, size, stride, padding, bias_attr=biased)
            return self.load(convolution, name, "weight", "bias")

        def dense(self, name, inputs, outputs, activation=None):
            return self.linear(nn.Linear(inputs, outputs), name)

        def batch_norm(self, name, width, epsilon, momentum):
            norm = nn.BatchNorm2D(width, momentum, epsilon)
            return self.load(norm, name, "weight", "bias", "_mean", "_variance")

        def layer_norm(self, name, width, epsilon):
            return self.load(nn.LayerNorm(width, epsilon), name, "weight", "bias")

        def attention(self, name, width, heads):
            attention = nn.MultiHeadAttention(width, heads)
            parts = {"q_proj": "query", "k_proj": "key", "v_proj": "value", "out_proj": "output"}
            for projection, part in parts.items():
                self.linear(getattr(attention, projection), name + "." + part)
            return Attention(attention)

        def embeddings(self, name, **sizes):
            arrays = self.arrays[name]
            return Embeddings(*(self.table(arrays[kind]) for kind in ("token", "position", "segment")))

        def table(self, array):
            embedding = nn.Embedding(*array.shape)
            embedding.weight.set_value(array)
            return embedding

        def max_pooling(self, size, stride, padding):
            return nn.MaxPool2D(size, stride, [*padding, *padding])

        def global_average_pooling(self):
            return Mean()

        def flatten(self, channels, side):
            return nn.Flatten()

        def first(self):
            return First()

    return Layers


class Network:
    """A layer, its optimiser and the fixed batch on a device."""

    def __init__(self, paddle, build, spec, weights, target, batch, levers):
        self.paddle = paddle
        compiled = levers.get("to_static") == "on"
        static = paddle.jit.to_static if compiled else lambda layer: layer
        # Networks of reinforcement learning act and learn in turn, and have nothing that the mode changes. But Paddle
        # (3.3) takes up a program made without gradients again, in training, unless the mode tells the two apart.
        self.modes = target is None or compiled
        self.layer = static(build(weights).sequential(spec["layers"]))
        self.target = None
        if target is not None:
            self.target = static(build(target).sequential(spec["layers"]))
            self.target.eval()
        trained = [each for each in self.layer.parameters() if not each.stop_gradient]
        self.parameters = sum(int(each.size) for each in trained)
        self.optimiser = self._optimiser(trained, **spec["optimiser"])
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1]

    def distribute(self):
        """Train as one of a group: gradients are averaged while they are being computed."""
        self.layer = self.paddle.DataParallel(self.layer)
        self.layer.train()  # it says so from the start, whatever is wrapped

    def weights(self):
        return [each.numpy() for each in self.layer.parameters() if not each.stop_gradient]

    def _optimiser(self, trained, kind, rate, momentum=None, beta1=None, beta2=None, epsilon=None):
        optimisers = self.paddle.optimizer
        if kind == "sgd":
            return optimisers.Momentum(rate, momentum, trained)
        return optimisers.Adam(rate, beta1, beta2, epsilon, trained)

    def _to_device(self, batch):
        tensors = {name: self.paddle.to_tensor(array) for name, array in batch.items()}
        for name in {"labels", "actions"} & tensors.keys():
            tensors[name] = tensors[name].astype("int64")
        return tensors

    def _switch(self, training):
        if self.modes and self.layer.training != training:
            (self.layer.train if training else self.layer.eval)()

    def answer(self, inputs):
        self._switch(training=False)
        with self.paddle.no_grad():
            return self.layer(inputs)

    def infer(self):
        return self.answer(self.batch["inputs"])

    def infer_one(self):
        return self.answer(self.one)

    def _step(self, batch):
        paddle, functional = self.paddle, self.paddle.nn.functional
        self._switch(training=True)
        outputs = self.layer(batch["inputs"])
        if self.target is None:
            loss = functional.cross_entropy(outputs, batch["labels"])
        else:
            with paddle.no_grad():
                best = self.target(batch["next_inputs"]).max(axis=1)
                aims = batch["rewards"] + networks.GAMMA * (1.0 - batch["ended"]) * best
            chosen = paddle.take_along_axis(outputs, batch["actions"].unsqueeze(1), 1).squeeze(1)
            loss = functional.smooth_l1_loss(chosen, aims)
        loss.backward()
        self.optimiser.step()
        self.optimiser.clear_grad()
        return loss

    def train(self):
        return self._step(self.batch)

    def give(self, batch):
        """Take arrays in the fixed batch's place."""
        self.batch = self._to_device(batch)

    def feed(self, inputs, labels):
        self.batch = {"inputs": inputs, "labels": labels.astype("int64")}

    def act(self, observation):
        return int(self.answer(self.paddle.to_tensor(observation)).argmax())

    def learn(self, batch):
        self._step(self._to_device(batch))

    def renew_target(self):
        self.target.set_state_dict(self.layer.state_dict())

    def wait(self, result=None):
        synchronise(self.paddle)

    def array(self, result):
        return result.numpy()


class Generator(decoder.Decoder, Network):
    """A network that writes text."""


def synchronise(paddle):
    """Wait until the device has done everything that it was given; on a processor calls return when done."""
    if paddle.get_device() != "cpu":
        paddle.device.synchronize()


def _to_static(network):
    return "on" if type(network.layer.forward).__name__.endswith("StaticFunction") else None


class Paddle(common.Framework):
    writes = True
    channels_first = True
    groups = True
    groups_listen = True  # rank 0's store does on all addresses (3.3), and can't be told where to
    grouped = False
    levers = {"to_static": _to_static}

    def environment(self, threads, device, backend):
        # Paddle has no switch of its own for TF32; NVIDIA's libraries read this one.
        return {"NVIDIA_TF32_OVERRIDE": "0"}

    def load(self, threads, device, backend):
        import paddle

        self.paddle = paddle
        paddle.base.core.set_num_threads(threads)
        kind = device.partition(":")[0]
        self.accelerated = kind != "cpu"
        if not self.accelerated:
            paddle.set_device("cpu")
            return {"paddle": paddle.__version__}, common.cpu_name()
        index = common.device_index(device)
        built = {"cuda": paddle.is_compiled_with_cuda, "rocm": paddle.is_compiled_with_rocm}.get(kind)
        if built is None or not built() or index >= paddle.device.cuda.device_count():
            raise common.Unsupported("no-device " + device)
        paddle.set_device("gpu:" + str(index))
        return {"paddle": paddle.__version__}, paddle.device.cuda.get_device_name(index)

    def batches(self, items, reading):
        return data_loaders.paddle(self.paddle, items, reading)

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        build = layers(self.paddle)
        if networks.generates(spec):
            if levers.get("to_static") == "on":
                raise common.Unsupported("lever-to_static")  # a program keeps no cache
            build = paddle_decoder.extended(self.paddle, build, *workload["input_shape"])
            network = Generator(self.paddle, build, spec, weights, target, batch, levers)
            network.fill()
        else:
            network = Network(self.paddle, build, spec, weights, target, batch, levers)
        if self.grouped:
            network.distribute()
        return network

    def join(self, rank, addresses):
        common.keep_gloo_here(addresses)
        os.environ.update(
            PADDLE_TRAINER_ID=str(rank),
            PADDLE_TRAINERS_NUM=str(len(addresses)),
            PADDLE_TRAINER_ENDPOINTS=",".join(addresses),
            PADDLE_CURRENT_ENDPOINT=addresses[rank],
            PADDLE_MASTER=addresses[0],
            PADDLE_DISTRI_BACKEND="nccl" if self.accelerated else "gloo",
        )
        self.paddle.distributed.init_parallel_env()
        self.grouped = True

    def all_reduce(self, count):
        self.paddle.distributed.all_reduce(self.paddle.ones([count]))
        synchronise(self.paddle)

    def gemm(self, size, dtype, iterations):
        paddle = self.paddle
        a, b = (paddle.randn([size, size]).astype(dtype) for _ in range(2))
        durations_s = []
        for _ in range(iterations):
            start = time.perf_counter()
            paddle.matmul(a, b)
            synchronise(paddle)
            durations_s.append(time.perf_counter() - start)
        return durations_s

    def device_peak_bytes(self):
        if not self.accelerated:
            return None
        memory = self.paddle.device.cuda
        peak = memory.max_memory_allocated()
        memory.reset_peak_memory_stats()
        return peak


if __name__ == "__main__":
    serving.run(Paddle)
