"""Networks of ONNX files in 8 bits, by ONNX Runtime's static quantisation.

Imported by worker scripts as a plain module, after ONNX Runtime.
"""

import os
import tempfile

import common


def quantised(path, form, calibration):
    """The path of the network with unsigned activations and signed weights in 8 bits (U8S8).

    ``form`` is "reduced" (weights in 7 bits) or "full": processors without VNNI add up pairs of products in 16 bits,
    which overflow with full weights, so the outputs would be wrong rather than rough.
    """
    if form == "full" and not common.processor_has("avx512_vnni", "avx_vnni", "amx_int8"):
        raise common.Unsupported("no-vnni")
    try:
        import onnx
        from onnxruntime import quantization
    except ImportError as error:
        raise common.Unsupported("no-quantiser " + (error.name or "onnx")) from None
    import onnxruntime

    given = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()
    if len(given) > 1:  # of a network that writes text, whose caches are inputs
        raise common.Unsupported("lever-int8")
    name = given[0].name

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.batches = calibration()

        def get_next(self):
            batch = next(self.batches, None)
            return None if batch is None else {name: batch}

    folder = tempfile.mkdtemp(dir=os.path.dirname(path))  # workers of one run read the same file
    prepared, made = os.path.join(folder, "prepared.onnx"), os.path.join(folder, "int8.onnx")
    # From a copy with its weights inside: preparing goes through a temporary folder, where those beside it are not.
    onnx.save(onnx.load(path), prepared)
    quantization.quant_pre_process(prepared, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(
        prepared,
        made,
        Reader(),
        quant_format=quantization.QuantFormat.QDQ,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        reduce_range=form == "reduced",
    )
    return made


def is_quantised(path):
    """Whether something in a file is computed in 8 bits."""
    import onnx

    nodes = onnx.load(path, load_external_data=False).graph.node
    return any(node.op_type == "QuantizeLinear" for node in nodes)
