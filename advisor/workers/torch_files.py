"""PyTorch's exported programs (``.pt2``), opened without unpickling anything but tensors."""

import os
from collections import Counter

import common
import own_files


def load(torch, path):
    """The exported program of a file.

    Raises
    ------
    common.Unsupported
        The file is damaged, a trap, or holds objects that only unpickling would bring back.
    """
    members = own_files.check_archive(path)
    for name in members:
        # Objects of classes of somebody's own, and compiled code: both would run.
        if os.path.basename(name).startswith(("custom_obj_", "opaque_obj_")) or name.endswith(
            (".so", ".pyd", ".dll")
        ):
            raise common.Unsupported("hostile-file: " + name[:100])
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    try:
        program = torch.export.load(path)
    except Exception as error:
        raise own_files.cannot_open(error, path) from error
    if not program.graph_signature.user_inputs:
        raise common.Unsupported("no-inputs")
    return program


def _inputs(torch, program):
    """The tensors that the user of a program gives it."""
    wanted = program.graph_signature.user_inputs
    nodes = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    tensors = [nodes[name].meta["val"] for name in wanted if name in nodes]
    if len(tensors) != len(wanted) or not all(isinstance(each, torch.Tensor) for each in tensors):
        raise common.Unsupported("no-tensor-inputs")
    return list(zip(wanted, tensors))


def inspect(torch, path):
    """What a file holds."""
    program = load(torch, path)
    ports = _inputs(torch, program)
    calls = Counter(str(node.target) for node in program.graph.nodes if node.op == "call_function")
    first = [tensor.shape[0] for _, tensor in ports]
    return {
        "format": "PyTorch ExportedProgram",
        "ports": [
            {
                "name": name,
                "shape": [side if isinstance(side, int) else None for side in tensor.shape],
                "dtype": str(tensor.dtype).replace("torch.", ""),
            }
            for name, tensor in ports
        ],
        "parameters": _parameters(program),
        "operators": dict(calls.most_common(200)),
        "single": all(_least(program, side) <= 1 for side in first),
    }


def _least(program, side):
    if isinstance(side, int):
        return side
    bounds = program.range_constraints.get(side.node.expr)
    return 0 if bounds is None else int(bounds.lower)


def _parameters(program):
    return sum(program.state_dict[name].numel() for name in program.graph_signature.parameters)


class Network:
    """A file's program on a device, and the fixed batch. It only infers: what is exported for that doesn't train."""

    def __init__(self, torch, path, workload, seed, levers, device):
        for lever in levers:
            if lever != "compile":
                raise common.Unsupported("lever-" + lever)
        self.torch = torch
        self.device = device
        program = load(torch, path)
        self.parameters = _parameters(program)
        self.module = program.module().to(device)
        self.forward = torch.compile(self.module) if levers.get("compile") == "on" else self.module
        arrays = own_files.inputs(workload, seed)
        self.batch = [torch.from_numpy(array).to(device) for array in arrays]
        self.one = [torch.from_numpy(array).to(device) for array in own_files.one(arrays)]

    def _run(self, tensors):
        with self.torch.no_grad():
            return self.forward(*tensors)

    def infer(self):
        return self._run(self.batch)

    def infer_one(self):
        return self._run(self.one)

    def outputs(self):
        shown = self.infer()
        while not isinstance(shown, self.torch.Tensor):
            shown = next(iter(shown.values())) if isinstance(shown, dict) else shown[0]
        return own_files.compared([shown.float().cpu().numpy()])

    def wait(self, result=None):
        if self.device.type != "cpu":
            getattr(self.torch, self.device.type).synchronize()
