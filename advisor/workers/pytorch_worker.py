"""PyTorch: ``nn.Module`` run eagerly, or as levers say."""

import common
import networks
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
            def table(kind):
                weight = torch.from_numpy(self.arrays[name][kind])
                return nn.Embedding(*weight.shape, _weight=weight.clone())

            return Embeddings(table("token"), table("position"), table("segment"))

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

    def __init__(self, torch, spec, weights, target, batch, device, levers):
        self.torch = torch
        self.device = device
        self.reinforcement = target is not None
        self.layout = getattr(torch, levers.get("memory_format", "preserve_format"))
        compiled = torch.compile if levers.get("compile") == "on" else lambda module: module
        self.module = self._module(spec, weights)
        self.forward = compiled(self.module)
        if self.reinforcement:
            self.target = self._module(spec, target).eval().requires_grad_(False)
            self.forward_target = compiled(self.target)
        self.parameters = sum(parameter.numel() for parameter in self.module.parameters())
        fused = {"fused": True} if levers.get("fused_optimizer") == "on" else {}
        self.optimiser = self._optimiser(**spec["optimiser"], **fused)
        self.batch = self._to_device(batch)
        self.one = self.batch["inputs"][:1].clone()

    def _module(self, spec, weights):
        module = layers(self.torch)(weights).chain(spec["layers"])
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

    def _forward_only(self, inputs):
        self._switch(training=False)
        with self.torch.inference_mode():
            return self.forward(inputs)

    def infer(self):
        return self._forward_only(self.batch["inputs"])

    def infer_one(self):
        return self._forward_only(self.one)

    def _step(self, batch):
        functional = self.torch.nn.functional
        self._switch(training=True)
        self.optimiser.zero_grad()
        outputs = self.forward(batch["inputs"])
        if self.reinforcement:
            with self.torch.no_grad():
                best = self.forward_target(batch["next_inputs"]).amax(1)
                aims = batch["rewards"] + networks.GAMMA * (1.0 - batch["ended"]) * best
            chosen = outputs.gather(1, batch["actions"][:, None])[:, 0]
            loss = functional.huber_loss(chosen, aims)
        else:
            loss = functional.cross_entropy(outputs, batch["labels"])
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    def train(self):
        return self._step(self.batch)

    def act(self, observation):
        return int(self._forward_only(self._to_device({"inputs": observation})["inputs"]).argmax(1))

    def learn(self, batch):
        self._step(self._to_device(batch))

    def renew_target(self):
        self.target.load_state_dict(self.module.state_dict())

    def wait(self, result=None):
        torch_runtime.synchronise(self.torch, self.device)

    def array(self, result):
        return result.cpu().numpy()


def _memory_format(network):
    layout = network.torch.channels_last
    kernels = [each for each in network.module.parameters() if each.dim() == 4]
    last = kernels and all(each.is_contiguous(memory_format=layout) for each in kernels)
    return "channels_last" if last else None


class PyTorch(torch_runtime.Runtime):
    channels_first = True
    levers = {
        "compile": lambda network: "on" if hasattr(network.forward, "_orig_mod") else None,
        "memory_format": _memory_format,
        "fused_optimizer": lambda network: "on" if network.optimiser.defaults["fused"] else None,
    }

    def build(self, workload, spec, weights, target, batch, levers, tf32):
        self.set_tf32(tf32)
        return Network(self.torch, spec, weights, target, batch, self.device, levers)

    def export(self, network, kind, folder):
        import exports

        if kind != "onnx":
            return super().export(network, kind, folder)
        return exports.onnx_of_module(self.torch, network.module.eval(), network.batch["inputs"], folder)


if __name__ == "__main__":
    common.run(PyTorch)
