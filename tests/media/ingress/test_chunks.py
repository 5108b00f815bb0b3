"""The chunk stream and AMF: whole, cut anywhere, and as nonsense."""

from contextlib import suppress

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from livehall.media.ingress.rtmp import amf0, chunks
from livehall.media.ingress.rtmp.chunks import ChunkReader, Message, RtmpInvalid
from livehall.media.ingress.rtmp.publishing import Dialogue, Publish, Unpublish

EXAMPLES = settings(max_examples=300, deadline=None, database=None, derandomize=True)
STRANGER = 16 << 10

messages = st.lists(
    st.builds(
        Message,
        kind=st.sampled_from([chunks.AUDIO, chunks.VIDEO, chunks.DATA, chunks.COMMAND]),
        stream=st.integers(0, 0xFFFFFFFF),
        timestamp=st.integers(0, 0xFFFFFFFF),
        body=st.binary(max_size=700),
    ),
    max_size=6,
)
values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=8,
)


@seed(1)
@EXAMPLES
@given(messages, st.integers(1, 300), st.integers(1, 4096))
def test_messages_come_out_as_they_went_in_however_they_are_cut(sent, step, chunk_size):
    reader = ChunkReader()
    data = chunks.write(Message(chunks.SET_CHUNK_SIZE, 0, 0, chunk_size.to_bytes(4)), 2, 128)
    data += b"".join(chunks.write(message, 3 + number % 4, chunk_size) for number, message in enumerate(sent))
    heard = [m for at in range(0, len(data), step) for m in reader.feed(data[at : at + step])]
    assert heard == sent
    assert reader.waiting == 0


@seed(2)
@EXAMPLES
@given(st.lists(st.binary(max_size=2000), max_size=8))
def test_nonsense_is_refused_or_waits_and_costs_little(pieces):
    reader = ChunkReader()
    try:
        for piece in pieces:
            list(reader.feed(piece))
            assert reader.waiting <= 3 * STRANGER + len(piece)
    except RtmpInvalid:
        pass


@seed(3)
@EXAMPLES
@given(st.binary(max_size=400))
def test_commands_of_nonsense_are_refused_or_mean_nothing(body):
    dialogue = Dialogue()
    try:
        said = dialogue.hear(Message(chunks.COMMAND, 0, 0, body))
    except RtmpInvalid:
        return
    assert said is None or isinstance(said, Publish | Unpublish)


@seed(4)
@EXAMPLES
@given(st.lists(values, max_size=5))
def test_values_come_back_from_amf(written):
    assert amf0.decode(amf0.encode(written)) == written


@seed(5)
@EXAMPLES
@given(st.binary(max_size=300))
def test_any_bytes_are_values_or_refused_and_nothing_else_happens(data):
    with suppress(amf0.AmfInvalid):
        assert isinstance(amf0.decode(data), list)


def test_values_nested_deeper_than_commands_are_refused():
    with pytest.raises(amf0.AmfInvalid):
        amf0.decode(b"\x03\x00\x01a" * 40)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x03" + bytes(3) + (STRANGER + 1).to_bytes(3) + b"\x14" + bytes(4), "message of"),
        (b"\xc3", "full header"),
        (b"\x02" + bytes(3) + b"\0\0\4\1" + bytes(4) + b"\x7f\xff\xff\xff", "chunks of"),
        (b"\x02" + bytes(3) + b"\0\0\4\1" + bytes(4) + bytes(4), "chunks of 0"),
        (b"".join(bytes((3 + n,)) + bytes(6) + b"\x14" + bytes(4) for n in range(9)), "chunk streams"),
    ],
)
def test_a_stranger_gets_little_room(data, what):
    with pytest.raises(RtmpInvalid, match=what):
        list(ChunkReader().feed(data))


def test_a_message_that_begins_in_the_middle_of_another_is_refused():
    head = b"\x03" + bytes(3) + (200).to_bytes(3) + b"\x14" + bytes(4)
    with pytest.raises(RtmpInvalid, match="begins before"):
        list(ChunkReader().feed(head + bytes(128) + head + bytes(128)))


def test_deltas_add_up():
    full = b"\x04" + (1000).to_bytes(3) + (1).to_bytes(3) + b"\x08" + bytes(4) + b"a"
    shorter = b"\x84" + (20).to_bytes(3) + b"b"
    same = b"\xc4" + b"c"
    heard = list(ChunkReader().feed(full + shorter + same + same))
    assert [(m.timestamp, m.body) for m in heard] == [(1000, b"a"), (1020, b"b"), (1040, b"c"), (1060, b"c")]


def test_extended_times_stand_in_every_chunk_of_a_message():
    message = Message(chunks.VIDEO, 1, 0x01020304, bytes(300))
    assert list(ChunkReader().feed(chunks.write(message, 6, 128))) == [message]


def test_a_key_ends_before_its_query():
    dialogue = Dialogue()
    dialogue.hear(Message(chunks.COMMAND, 0, 0, amf0.encode(["connect", 1.0, {"app": "live"}])))
    said = dialogue.hear(
        Message(chunks.COMMAND, 1, 0, amf0.encode(["publish", 5.0, None, "key?a=b", "live"]))
    )
    assert said == Publish("key")


def test_nothing_is_heard_before_connect():
    with pytest.raises(RtmpInvalid):
        Dialogue().hear(Message(chunks.COMMAND, 1, 0, amf0.encode(["publish", 5.0, None, "key"])))
