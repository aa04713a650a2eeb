"""ONNX files read by hand: what the library that defines the format writes, and whatever anybody else does."""

import common
import numpy as np
import onnx
import onnx_files
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper


def network(location: str | None = None) -> onnx.ModelProto:
    """A convolution within a branch, and a matrix; its data beside the file where a location is named."""
    kernel = numpy_helper.from_array(np.ones((8, 3, 3, 3), np.float32), "kernel")
    matrix = numpy_helper.from_array(np.ones((8, 10), np.float32), "matrix")
    branch = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel"], ["features"])],
        "branch",
        [],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("If", ["chosen"], ["shown"], then_branch=branch, else_branch=branch),
        helper.make_node("GlobalAveragePool", ["shown"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["answer"]),
    ]
    ports = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, None, 32]),
        helper.make_tensor_value_info("chosen", TensorProto.BOOL, []),
        helper.make_tensor_value_info("matrix", TensorProto.FLOAT, [8, 10]),  # as old files have it
    ]
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["batch", 10])
    graph = helper.make_graph(nodes, "network", ports, [answer], [kernel, matrix])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    if location is not None:
        onnx.external_data_helper.set_external_data(model.graph.initializer[0], location)
        model.graph.initializer[0].ClearField("raw_data")
    return model


def written(folder, model, name="network.onnx"):
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return str(path)


def test_what_a_file_holds_is_what_the_library_wrote(tmp_path):
    found = onnx_files.inspect(written(tmp_path, network()))
    assert found == {
        "format": "ONNX, opset 17",
        "ports": [
            {"name": "image", "shape": [None, 3, None, 32], "dtype": "float32"},
            {"name": "chosen", "shape": [], "dtype": "bool"},
        ],
        "parameters": 8 * 27 + 80,
        "operators": {"Conv": 2, "If": 1, "GlobalAveragePool": 1, "Flatten": 1, "MatMul": 1},
        "single": True,
        "beside": [],
    }


def test_data_beside_the_file_is_fine(tmp_path):
    (tmp_path / "weights.bin").write_bytes(bytes(8 * 27 * 4))
    assert onnx_files.read(written(tmp_path, network("weights.bin"))).locations == {"weights.bin"}


@pytest.mark.parametrize(
    "location", ["../secret", "/etc/passwd", "folder/../../secret", "sub/weights.bin", "link", ""]
)
def test_data_from_elsewhere_is_refused(tmp_path, location):
    folder = tmp_path / "models"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path / "secret", folder / "sub" / "weights.bin"):
        place.write_bytes(b"x")
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(common.Unsupported, match="hostile-file"):
        onnx_files.read(written(folder, network(location)))


def test_data_that_isnt_there_is_said_so(tmp_path):
    with pytest.raises(common.Unsupported, match="no-external-data"):
        onnx_files.read(written(tmp_path, network("weights.bin")))


def test_graphs_nested_without_end_are_refused(tmp_path):
    model = network()
    for _ in range(24):
        outer = helper.make_graph([], "outer", [], [])
        outer.node.append(helper.make_node("If", ["chosen"], ["x"], then_branch=model.graph))
        model = helper.make_model(outer)
    with pytest.raises(common.Unsupported, match="nested too deeply"):
        onnx_files.read(written(tmp_path, model))


@given(st.data())
def test_whatever_the_bytes_are_they_are_read_or_refused(tmp_path_factory, data):
    whole = bytearray(network().SerializeToString())
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=8)
    ):
        whole[place] = byte
    cut = data.draw(st.integers(0, len(whole)))
    path = tmp_path_factory.getbasetemp() / "altered.onnx"
    for content in (bytes(whole), bytes(whole[:cut]), data.draw(st.binary(max_size=200))):
        path.write_bytes(content)
        try:
            found = onnx_files.inspect(str(path))
        except common.Unsupported:
            continue
        assert found["ports"]
