"""WebSocket frames: what is read whatever way it is cut, and what is refused."""

import os
import random
import struct

import pytest

from livehall.gateway.centrifugo.codes import Disconnect
from livehall.gateway.centrifugo.frames import FrameReader, Opcode, close_frame, frame, unmask


def masked(payload: bytes, opcode: int = Opcode.TEXT, *, final: bool = True) -> bytes:
    """A client's frame."""
    mask = os.urandom(4)
    size = len(payload)
    first = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head = first + bytes([0x80 | size])
    elif size < 65536:
        head = first + bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        head = first + bytes([0x80 | 127]) + struct.pack("!Q", size)
    return head + mask + unmask(payload, mask)


def refused(data: bytes, max_message: int = 1000) -> int:
    with pytest.raises(Disconnect) as why:
        FrameReader(max_message).feed(data)
    return why.value.code


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_a_message_of_any_length_is_read(size: int) -> None:
    payload = os.urandom(size)
    assert FrameReader(100_000).feed(masked(payload)) == [(Opcode.TEXT, payload)]


def test_frames_are_read_however_the_stream_is_cut() -> None:
    messages = [b"a" * size for size in (0, 1, 125, 126, 500)]
    stream = b"".join(map(masked, messages))
    chance = random.Random(7)
    for _ in range(200):
        reader, at, read = FrameReader(1000), 0, []
        while at < len(stream):
            step = chance.randint(1, 200)
            read += reader.feed(stream[at : at + step])
            at += step
        assert [payload for _, payload in read] == messages


def test_a_fragmented_message_is_put_together_around_a_ping() -> None:
    stream = (
        masked(b"one ", final=False)
        + masked(b"?", Opcode.PING)
        + masked(b"two ", Opcode.CONTINUATION, final=False)
        + masked(b"three", Opcode.CONTINUATION)
    )
    assert FrameReader(1000).feed(stream) == [(Opcode.PING, b"?"), (Opcode.TEXT, b"one two three")]


def test_a_message_over_the_limit_is_refused_from_its_head() -> None:
    assert refused(masked(b"x" * 1001)[:8]) == 1009


def test_fragments_count_together() -> None:
    assert refused(masked(b"x" * 600, final=False) + masked(b"x" * 600, Opcode.CONTINUATION)) == 1009


@pytest.mark.parametrize(
    "data",
    [
        frame(b"{}"),  # unmasked
        b"\xc1" + masked(b"{}")[1:],  # a reserved bit
        masked(b"x", 3),  # unknown opcodes
        masked(b"x", 11),
        masked(b"x", Opcode.CONTINUATION),  # of nothing
        masked(b"x", final=False) + masked(b"y"),  # a message inside another
        masked(b"x", Opcode.PING, final=False),
        masked(b"x" * 126, Opcode.PING),
    ],
    ids=[
        "unmasked",
        "reserved bit",
        "opcode 3",
        "opcode 11",
        "continues nothing",
        "inside another",
        "cut ping",
        "long ping",
    ],
)
def test_a_breach_of_the_protocol_is_refused(data: bytes) -> None:
    assert refused(data) == 1002


def test_binary_messages_are_refused() -> None:
    assert refused(masked(b"x", Opcode.BINARY)) == 1003


def test_the_reason_of_a_close_fits_its_frame() -> None:
    data = close_frame(4502, "é" * 200)
    assert len(data) <= 127
    data[4:].decode()
