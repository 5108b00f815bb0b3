"""Where a decoder may begin, by the payload's own words."""

import pytest

from livehall.media.rtp import av1, vp9


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (bytes((0x08, 0)), True),  # begins a frame, not predicted
        (bytes((0x88, 0x05, 0)), True),  # with a picture number of 7 bits
        (bytes((0x88, 0x81, 0x05, 0)), True),  # and of 15 bits
        (bytes((0xA8, 0x81, 0x05, 0x00, 0)), True),  # layers: the lowest
        (bytes((0xA8, 0x81, 0x05, 0x02, 0)), False),  # layers: a higher one
        (bytes((0x48, 0)), False),  # predicted
        (bytes((0x00, 0)), False),  # within a frame
        (bytes((0xA8, 0x81)), False),  # cut short
        (b"", False),
    ],
)
def test_vp9_begins_at_a_picture_that_refers_to_none(payload: bytes, expected: bool):
    unit = vp9.parse(payload)
    assert (unit is not None and unit.is_key) is expected


@pytest.mark.parametrize(("payload", "expected"), [(b"\x18\x0a", True), (b"\x10\x0a", False), (b"", False)])
def test_av1_begins_with_a_coded_video_sequence(payload: bytes, expected: bool):
    assert av1.starts_key_frame(payload) is expected
