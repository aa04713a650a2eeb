"""The decoder of what workers send: every message of the contract, and nothing else."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.probes.launch import wire
from advisor.probes.model import Quantity
from tests.probes.doubles import WORKLOAD

REPLIES = [
    {"type": "hello", "protocol": 1, "pid": 7, "python": "3.11.7", "worker": "w"},
    {"type": "ready", "import_s": 0.5, "versions": {"torch": "2"}, "device_name": None},
    {
        "type": "prepared",
        "build_s": 0.1,
        "parameters": 10,
        "outputs": [[1.0, None]],
        "losses": [2.0, 1.0],
        "first_s": {"train": 0.5},
    },
    {
        "type": "sampled",
        "quantity": "train",
        "iterations": 2,
        "items": 8,
        "elapsed_s": 0.5,
        "cpu_s": 1.0,
        "durations_s": [],
    },
    {"type": "memory", "device_peak_bytes": None},
    {"type": "threads", "count": 1},
    {"type": "gemm", "flops": [1e9]},
    {"type": "bye"},
    {"type": "failed", "outcome": "unsupported", "reason": "why"},
]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply["type"])
def test_every_reply_of_the_contract_is_understood(reply):
    decoded = wire.decode(json.dumps(reply).encode() + b"\n")
    assert decoded.__struct_config__.tag == reply["type"]
    for name, value in reply.items():
        if name != "type":
            assert getattr(decoded, name) == value


def test_a_command_names_itself_and_carries_the_workload_whole():
    command = wire.Prepare(WORKLOAD, None, {"xla": "on"}, 3, "float32", False, (Quantity.TRAIN,))
    line = wire.encode(command)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    message = json.loads(line)
    assert message["type"] == "prepare"
    assert message["workload"]["id"] == WORKLOAD.id
    assert (message["levers"], message["quantities"]) == ({"xla": "on"}, ["train"])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b'{"type": "hello"}',
        b'{"type": "unheard-of"}',
        b'{"type": "memory", "device_peak_bytes": "5"}',
        b'{"type": "memory", "device_peak_bytes": 1e999}',
        b'{"type": "memory", "device_peak_bytes": 1' + b"0" * 400 + b"}",
        b'{"type": "ready", "import_s": 1e308, "versions": {}}',
        b'{"type": "sampled", "quantity": "train", "iterations": 1, "items": 1, "elapsed_s": 5e-324, "cpu_s": 0}',
        b'{"type": "sampled", "quantity": "train", "iterations": 1, "items": 1'
        + b"0" * 400
        + b', "elapsed_s": 1, "cpu_s": 0}',
        b'{"type": "gemm", "flops": [1e300]}',
        b'{"type": "failed", "outcome": "measured", "reason": ""}',
        b'{"type": "ready", "import_s": -1, "versions": {}}',
        b'{"type": "ready", "import_s": NaN, "versions": {}}',
        b'{"type": "ready", "import_s": 1, "versions": {"\xff": "1"}}',
        b'{"type": "sampled", "quantity": "train", "iterations": 1, "items": 1, "elapsed_s": 0, "cpu_s": 0}',
        b'{"type": "bye", "more": ' + b"[" * 200_000,
        b'{"type": "bye"}' + b" " * wire.LINE_LIMIT_BYTES,
    ],
    ids=lambda line: line[:40],
)
def test_what_is_no_message_is_a_protocol_error(line):
    with pytest.raises(wire.ProtocolError):
        wire.decode(line)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_decoder(line):
    with pytest.raises(wire.ProtocolError):
        wire.decode(b"\x00" + line)
    with contextlib.suppress(wire.ProtocolError):
        wire.decode(line)


@given(st.sampled_from(REPLIES), st.data())
def test_no_damage_to_a_message_breaks_the_decoder(reply, data):
    line = bytearray(json.dumps(reply).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = wire.decode(bytes(line))
    except wire.ProtocolError:
        return
    assert isinstance(decoded, wire.Reply)
