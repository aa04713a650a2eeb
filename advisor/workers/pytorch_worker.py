"""PyTorch: ``nn.Module`` run eagerly, or as levers say."""

import contextlib
import functools
import warnings

import common
import data_loaders
import decoder
import networks
import pytorch_decoder
import serving
import torch_files
import torch_runtime

_RENAMED = {"mean": "running_mean", "variance": "running_var"}


def layers(torch):
    """The builder of modules, made once torch is there."""
    nn = torch.nn
    functional = nn.functional

    class Residual(nn.Module):
        def __init__(self, body, shortcut, activation):
            super().__init__()
            self.body, self.shortcut, self.activation = body, shortcut, activation

        def forward(self, x):
            return self.activation(self.body(x) + self.shortcut(x))

    class Attention(nn.Module):
        def __init__(self, heads, projections):
            super().__init__()
            self.heads = heads
            self.query, self.key, self.value, self.output = projections

        def forward(self, x):
            def split(y):
                return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)

            attended = functional.scaled_dot_product_attention(
                split(self.query(x)), split(self.key(x)), split(self.value(x))
            )
            return self.output(attended.transpose(1, 2).flatten(2))

    class Embeddings(nn.Module):
        def __init__(self, token, position, segment):
            super().__init__()
            self.token, self.position, self.segment = token, position, segment

        def forward(self, tokens):
            positions = torch.arange(tokens.shape[1], device=tokens.device)
            return self.token(tokens) + self.position(positions) + self.segment(torch.zeros_like(tokens))

    class Mean(nn.Module):
        def forward(self, x):
            return x.mean((2, 3))

    class First(nn.Module):
        def forward(self, x):
            return x[:, 0]

    class Layers(networks.Builder):
        def chain(self, layers):
            modules = []
            for layer in layers:
                self.leads = not modules
                modules.append(self.layer(layer))
                if layer["kind"] in ("convolution", "dense") and layer["activation"]:
                    modules.append(self.function(layer["activation"]))
            return nn.Sequential(*modules)

        def load(self, layer, name):
            arrays = self.arrays[name].items()
            state = {_RENAMED.get(kind, kind): torch.from_numpy(array) for kind, array in arrays}
            layer.load_state_dict(state, strict=False)  # a count of batches is no weight
            return layer

        def function(self, name, inplace=False):
            return nn.ReLU(inplace) if name == "relu" else {"gelu": nn.GELU, "tanh": nn.Tanh}[name]()

        def sequential(self, layers):
            return self.chain(layers)

        def residual(self, body, shortcut, activation):
            after = self.function(activation, inplace=True) if activation else nn.Identity()
            return Residual(self.chain(body), self.chain(shortcut) if shortcut else nn.Identity(), after)

        def activation(self, function):
            # In place on what a layer before it made, as torchvision's ResNet has it; not on a body's own input.
            return self.function(function, inplace=not self.leads)

        def convolution(self, name, inputs, outputs, size, stride, padding, bias, activation):
            return self.load(nn.Conv2d(inputs, outputs, size, stride, padding, bias=bias), name)

        def dense(self, name, inputs, outputs, activation=None):
            return self.load(nn.Linear(inputs, outputs), name)

        def attention(self, name, width, heads):
            parts = ("query", "key", "value", "output")
            return Attention(heads, [self.dense(name + "." + part, width, width) for part in parts])

        def embeddings(self, name, **sizes):
            arrays = self.arrays[name]
            return Embeddings(*(self.table(arrays[kind]) for kind in ("token", "position", "segment")))

        def table(self, array):
            return nn.Embedding(*array.shape, _weight=torch.from_numpy(array).clone())

        def batch_norm(self, name, width, epsilon, momentum):
            return self.load(nn.BatchNorm2d(width, epsilon, 1.0 - momentum), name)

        def layer_norm(self, name, width, epsilon):
            return self.load(nn.LayerNorm(width, epsilon), name)

        def max_pooling(self, size, stride, padding):
            before, after = padding
            return nn.MaxPool2d(size, stride, before, ceil_mode=after > before)

        def global_average_pooling(self):
            return Mean()

        def flatten(self, channels, side):
            return nn.Flatten()

        def first(self):
            return First()

    return Layers


class Network:
    """A module, its optimiser and the fixed batch on a device."""

    def __init__(self, torch, builder, spec, weights, target, batch, device, levers):
        self.torch = torch
        self.builder = builder
        self.device = device
        self.reinforcement = target is not None
        self.layout = getattr(torch, levers.get("memory_format", "preserve_format"))
        compiled = torch.compile if levers.get("compile") == "on" else lambda module: module
        if levers.get("cuda_graphs") == "on":
            compiled = functools.partial(torch.compile, mode="reduce-overhead")
        self.precision = levers.get("amp")
        self.module = self._module(spec, weights)
        self.forward = compiled(self.module)
        self.freezes = levers.get("freeze") == "on"
        self.int8 = levers.get("int8") == "dynamic"
        self.frozen = {}  # by the inputs' shape
        self.rough = None  # its copy in 8 bits
        if self.reinforcement:
            self.target = self._module(spec, target).eval().requires_grad_(False)
            self.forward_target = compiled(self.target)
        self.parameters = sum(parameter.numel() for parameter in self.module.parameters())
        fused = {"fused": True} if levers.get("fused_optimizer") == "on" else {}
        self.optimiser = self._optimiser(**spec["optimiser"], **fused)
        if levers.get("compile_step") == "on":
            self._step = torch.compile(self._step)
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1].clone()

    def distribute(self):
        """Train as one of a group: gradients are averaged while they are being computed."""
        self.forward = self.torch.nn.parallel.DistributedDataParallel(self.module)

    def weights(self):
        return [parameter.detach().cpu().numpy() for parameter in self.module.parameters()]

    def _module(self, spec, weights):
        module = self.builder(weights).chain(spec["layers"])
        return module.to(self.device, memory_format=self.layout)

    def _optimiser(self, kind, rate, momentum=None, beta1=None, beta2=None, epsilon=None, **fused):
        optim, parameters = self.torch.optim, self.module.parameters()
        if kind == "sgd":
            return optim.SGD(parameters, rate, momentum=momentum, **fused)
        return optim.Adam(parameters, rate, betas=(beta1, beta2), eps=epsilon, **fused)

    def _to_device(self, batch):
        tensors = {name: self.torch.from_numpy(array).to(self.device) for name, array in batch.items()}
        for name, tensor in tensors.items():
            if name in ("labels", "actions"):
                tensors[name] = tensor.long()
            elif tensor.dim() == 4:
                tensors[name] = tensor.to(memory_format=self.layout)
        return tensors

    def _switch(self, training):
        # Networks of reinforcement learning act and learn in turn, and have nothing that the mode changes.
        if not self.reinforcement and self.module.training != training:
            self.module.train(training)

    def answer(self, inputs):
        self._switch(training=False)
        with self.torch.inference_mode(), self._autocast():
            return self.forward(inputs)

    def _autocast(self):
        if self.precision is None:
            return contextlib.nullcontext()
        return self.torch.autocast(self.device.type, getattr(self.torch, self.precision))

    def _serve(self, inputs):
        """As a trained network serves: what is frozen or in 8 bits keeps the weights of the first call."""
        if self.int8 and self.rough is None:
            self.rough = torch_runtime.int8(self.torch, self.module)
        if not self.freezes and self.rough is None:
            return self.answer(inputs)
        jit = self.torch.jit
        with self.torch.inference_mode():
            if self.rough is not None:
                return self.rough(inputs)
            if inputs.shape not in self.frozen:
                self._switch(training=False)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)  # of torch.jit, from 2.11 on
                    traced = jit.trace(self.module, inputs, check_trace=False)
                    self.frozen[inputs.shape] = jit.optimize_for_inference(jit.freeze(traced.eval()))
            return self.frozen[inputs.shape](inputs)

    def infer(self):
        return self._serve(self.batch["inputs"])

    def infer_one(self):
        return self._serve(self.one)

    def answers(self, inputs):
        return self.array(self._serve(self._to_device({"inputs": inputs})["inputs"]))

    def _step(self, batch):
        functional = self.torch.nn.functional
        self._switch(training=True)
        self.optimiser.zero_grad()
        with self._autocast():
            outputs = self.forward(batch["inputs"]).float()  # the loss is in single precision
        if self.reinforcement:
            with self.torch.no_grad():
                best = self.forward_target(batch["next_inputs"]).amax(1)
                aims = batch["rewards"] + networks.GAMMA * (1.0 - batch["ended"]) * best
            chosen = outputs.gather(1, batch["actions"][:, None])[:, 0]
            loss = functional.huber_loss(chosen, aims)
        else:
            loss = functional.cross_entropy(outputs.flatten(0, -2), batch["labels"].flatten())
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    def train(self):
        return self._step(self.batch)

    def feed(self, inputs, labels):
        inputs = inputs.to(self.device, memory_format=self.layout)
        self.batch = {"inputs": inputs, "labels": labels.to(self.device).long()}

    def give(self, batch):
        """Take arrays in the fixed batch's place."""
        self.batch = self._to_device(batch)

    def act(self, observation):
        return int(self.answer(self._to_device({"inputs": observation})["inputs"]).argmax(1))

    def learn(self, batch):
        self._step(self._to_device(batch))

    def renew_target(self):
        self.target.load_state_dict(self.module.state_dict())

    def written(self):
        """The module that an export writes, an example of its inputs, and the dimensions of each that stay free."""
        return self.module.eval(), (self.batch["inputs"],), ((0,),)

    def wait(self, result=None):
        torch_runtime.synchronise(self.torch, self.device)

    def array(self, result):
        return result.float().cpu().numpy()


class Generator(decoder.Decoder, Network):
    """A network that writes text."""

    def written(self):
        return pytorch_decoder.written(self.torch, self.module.eval(), self.batch["inputs"])


def _memory_format(network):
    layout = network.torch.channels_last
    kernels = [each for each in network.module.parameters() if each.dim() == 4]
    last = kernels and all(each.is_contiguous(memory_format=layout) for each in kernels)
    return "channels_last" if last else None


def _refuse_together(levers, one, *others):
    """Refuse a lever beside others which would go without effect, or without being noticed."""
    if one in levers and not levers.keys().isdisjoint(others):
        raise common.Unsupported("lever-" + one)


_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")  # a processor without them emulates it, twenty times slower


class PyTorch(torch_runtime.Runtime):
    writes = True
    channels_first = True
    groups = True
    levers = {
        "compile": lambda network: "on" if hasattr(network.forward, "_orig_mod") else None,
        "memory_format": _memory_format,
        "fused_optimizer": lambda network: "on" if network.optimiser.defaults["fused"] else None,
        "compile_step": lambda network: (
            "on" if hasattr(network._step, "_torchdynamo_orig_callable") else None
        ),
        "freeze": lambda network: "on" if network.frozen else None,
        "threads": lambda network: "half" if network.torch.get_num_threads() < network.threads else None,
        "wait_policy": common.wait_policy,
        "mmap": common.memory_kept,
        "cudnn_benchmark": lambda network: "on" if network.torch.backends.cudnn.benchmark else None,
        "cuda_graphs": lambda network: "on" if hasattr(network.forward, "_orig_mod") else None,
        "tf32": lambda network: "on" if network.torch.backends.cuda.matmul.allow_tf32 else None,
        "amp": lambda network: network.precision,
        "int8": lambda network: torch_runtime.int8_of(network.torch, network.rough),
    }

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        self.set_tf32(tf32 or levers.get("tf32") == "on")
        self.torch.backends.cudnn.benchmark = levers.get("cudnn_benchmark") == "on"
        _refuse_together(levers, "int8", "compile", "freeze", "amp")
        _refuse_together(levers, "amp", "freeze")
        if "amp" in levers and self.device.type == "cpu" and not common.processor_has(*_BFLOAT16):
            raise common.Unsupported("no-bfloat16")
        half = levers.get("threads") == "half"
        if half and self.threads < 2:
            raise common.Unsupported("same-as-default")
        self.set_threads(self.threads // 2 if half else self.threads)
        builder = layers(self.torch)
        if networks.generates(spec):
            for lever in ("freeze", "int8"):
                if lever in levers:  # a trace keeps no cache, a copy has none
                    raise common.Unsupported("lever-" + lever)
            builder = pytorch_decoder.extended(self.torch, builder, *workload["input_shape"])
            network = Generator(self.torch, builder, spec, weights, target, batch, self.device, levers)
            network.fill()
        else:
            network = Network(self.torch, builder, spec, weights, target, batch, self.device, levers)
        network.threads = self.threads
        if self.grouped:
            network.distribute()
        return network

    def export(self, network, kind, folder, levers):
        import exports

        module, inputs, free = network.written()
        if kind == "onnx":
            return exports.onnx_of_module(self.torch, module, inputs, free, folder)
        if kind == "openvino":
            return exports.openvino_of_module(module, inputs, free, folder)
        return super().export(network, kind, folder, levers)

    def batches(self, items, reading):
        return data_loaders.pytorch(self.torch, items, reading)

    def inspect(self):
        return torch_files.inspect(self.torch, self.file)

    def open_own(self, workload, seed, levers):
        return torch_files.Network(self.torch, self.file, workload, seed, levers, self.device)


if __name__ == "__main__":
    serving.run(PyTorch)
