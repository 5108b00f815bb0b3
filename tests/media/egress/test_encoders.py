"""How pictures are encoded, what counts as black, and what broken VP8 does to a decoder."""

import random
from contextlib import suppress

import av
import numpy as np
import pytest

from livehall.media.egress import x264
from livehall.media.egress.encoders import BLACK, PictureEncoder, is_dark, make_decoder
from tests.media.egress.stage import Encoder, draw, read

WIDE_XEON = "vendor_id\t: GenuineIntel\nflags\t\t: fpu ssse3 sse4_2 fma avx bmi1 avx2 bmi2 abm avx512f\n"


def grey(size: tuple[int, int], luma: int) -> av.VideoFrame:
    image = av.VideoFrame(*size, "yuv420p")
    for plane, value in zip(image.planes, (luma, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return image


def marked(size: tuple[int, int], at: tuple[int, int], side: int) -> av.VideoFrame:
    """Black, with a white square."""
    image = grey(size, 16)
    plane = image.planes[0]
    luma = np.frombuffer(bytearray(plane), np.uint8).reshape(size[1], plane.line_size)
    luma[at[1] : at[1] + side, at[0] : at[0] + side] = 235
    plane.update(luma.tobytes())
    return image


def encoded() -> list[bytes]:
    encoder = PictureEncoder((320, 180), 4.0)
    return [
        picture.data
        for number in range(20)
        for picture in encoder.encode(draw(number), number * 3000, force_key=False)
    ]


@pytest.mark.parametrize("size", [(1280, 720), (354, 234), (2, 2)])
@pytest.mark.parametrize(("luma", "is_black"), [(16, True), (BLACK, True), (BLACK + 1, False), (235, False)])
def test_a_picture_is_dark_up_to_a_luma(size: tuple[int, int], luma: int, is_black: bool) -> None:
    assert is_dark(grey(size, luma)) is is_black


@pytest.mark.parametrize("at", [(0, 0), (1267, 707), (1, 1), (633, 351)])
def test_a_small_light_on_a_black_picture_is_seen(at: tuple[int, int]) -> None:
    assert not is_dark(marked((1280, 720), at, 13))


def test_what_lies_beside_the_picture_in_memory_is_not_looked_at() -> None:
    image = grey((354, 234), 16)
    plane = image.planes[0]
    assert plane.line_size > 354
    luma = np.frombuffer(bytearray(plane), np.uint8).reshape(-1, plane.line_size)
    luma[:, 354:] = 255
    plane.update(luma.tobytes())
    assert is_dark(image)


@pytest.mark.parametrize(
    ("cpuinfo", "is_narrow"),
    [
        (WIDE_XEON, True),
        (WIDE_XEON + "\n" + WIDE_XEON.replace(" avx512f", ""), True),  # the first processor counts
        (WIDE_XEON.replace(" avx512f", ""), False),
        (WIDE_XEON.replace(" bmi2", ""), False),  # what it lacks it is not told to use
        (WIDE_XEON.replace("GenuineIntel", "AuthenticAMD"), False),
        ("processor\t: 0\nFeatures\t: fp asimd\n", False),
        ("no colon\n", False),
        ("", False),
    ],
)
def test_wide_vectors_are_left_aside_on_intel_alone(cpuinfo: str, is_narrow: bool) -> None:
    assert bool(x264.instructions_for(cpuinfo)) is is_narrow


def test_pictures_are_the_same_with_narrow_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    options = x264.options()
    if "x264-params" not in options:
        pytest.skip("this processor has no others")
    narrow = encoded()
    without = {name: value for name, value in options.items() if name != "x264-params"}
    monkeypatch.setattr(x264, "options", lambda: without)
    assert encoded() == narrow


def test_key_frames_come_when_they_are_due_and_when_they_are_wanted() -> None:
    encoder = PictureEncoder((320, 180), 2.0)
    decoder = make_decoder("h264")
    keys, shown = [], []
    for number in range(100):
        (picture,) = encoder.encode(draw(number), number * 3000, force_key=number == 25)
        (image,) = decoder.decode(av.Packet(picture.data))
        assert image.key_frame is picture.is_key
        assert picture.shape
        keys += [number] * picture.is_key
        shown.append(read(image)[0])
    assert (keys, shown) == ([0, 25, 85], list(range(100)))


def test_broken_vp8_is_shown_or_refused_and_the_next_key_frame_mends_it() -> None:
    """Whole frames of a publisher whose encoder went wrong: the network's losses are not let through."""
    chance, encoder = random.Random(1), Encoder("vp8")
    frames = [encoder.encode(number, key=number in (0, 7)) for number in range(8)]
    for _ in range(200):
        decoder = make_decoder("vp8")
        for frame in frames[:3]:
            decoder.decode(av.Packet(frame))
        broken = bytearray(frames[chance.choice((3, 7))])
        match chance.randrange(3):
            case 0:
                broken = broken[: chance.randrange(1, len(broken))]
            case 1:
                broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            case _:
                broken = bytearray(chance.randbytes(chance.randrange(1, 300)))
        with suppress(av.FFmpegError):  # what the recorder expects
            decoder.decode(av.Packet(bytes(broken)))
        (image,) = decoder.decode(av.Packet(frames[7]))
        assert read(image)[0] == 7
