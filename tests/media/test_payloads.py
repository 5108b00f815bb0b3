import pytest

from livehall.media.client.publisher import vp8_payload
from livehall.media.rtp import h264, vp8


def test_a_vp8_descriptor_tells_its_counters_and_a_key_frame():
    descriptor = vp8.parse(vp8_payload(key=True, picture=0x1234, layer_index=9))

    assert descriptor is not None
    assert (descriptor.picture, descriptor.layer_index) == (0x1234, 9)
    assert descriptor.is_key
    assert descriptor.starts_frame


def test_a_delta_frame_is_no_place_to_begin():
    descriptor = vp8.parse(vp8_payload(key=False, picture=1))
    assert descriptor is not None
    assert not descriptor.is_key


def test_a_continuation_of_a_key_frame_is_no_place_to_begin():
    descriptor = vp8.parse(vp8_payload(key=True, picture=1, starts=False))
    assert descriptor is not None
    assert not descriptor.is_key


def test_long_picture_ids_wrap_at_15_bits():
    payload = vp8_payload(key=False, picture=0x7FFE, layer_index=254)
    moved = vp8.parse(vp8.renumber(payload, vp8.parse(payload), 5, 3))

    assert (moved.picture, moved.layer_index) == (3, 1)


def test_short_picture_ids_wrap_at_7_bits():
    payload = bytes((0x90, 0x80, 0x7E)) + b"\x10rest"
    moved = vp8.parse(vp8.renumber(payload, vp8.parse(payload), 3, 9))

    assert not moved.picture_long
    assert moved.picture == 1


def test_renumbering_keeps_everything_else():
    payload = vp8_payload(key=True, picture=7, layer_index=7)
    moved = vp8.renumber(payload, vp8.parse(payload), 100, 50)

    assert len(moved) == len(payload)
    assert moved[:2] == payload[:2]
    assert moved[5:] == payload[5:]


@pytest.mark.parametrize(
    "payload", [b"", b"\x80", b"\x90\x80", b"\x90\x80\x80", b"\x90\xf0\x80\x00\x01", b"\x10"]
)
def test_a_vp8_payload_cut_short_is_no_descriptor(payload: bytes):
    assert vp8.parse(payload) is None


@pytest.mark.parametrize(
    ("payload", "is_key"),
    [
        (b"\x67\x42", True),  # SPS
        (b"\x65\x88", True),  # IDR
        (b"\x41\x9a", False),
        (b"\x78\x00\x02\x67\x42\x00\x02\x68\xce", True),  # STAP-A with an SPS
        (b"\x78\x00\x02\x41\x9a", False),
        (b"\x7c\x85\x88", True),  # FU-A, start of an IDR
        (b"\x7c\x05\x88", False),  # FU-A, its middle
        (b"\x78\x00", False),
        (b"\x7c", False),
        (b"", False),
    ],
)
def test_h264_key_frames_are_found(payload: bytes, is_key: bool):
    assert h264.starts_key_frame(payload) is is_key
