"""VP8 and H.264 payloads: the RFCs' tables, frames there and back, and anything at all."""

import av
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from livehall.media.egress import av1, h264, vp8, vp9
from livehall.media.egress.encoders import make_decoder
from livehall.media.egress.frames import Assembler
from livehall.media.egress.vp8 import Malformed
from livehall.media.tracks.programme import Codec, Packet
from tests.media.egress.stage import Encoder, packetize, packetize_h264, packetize_vp8, read

# RFC 7741 §4.2: X|R|N|S|R|PID, then I|L|T|K, picture id, TL0PICIDX, TID|Y|KEYIDX
DESCRIPTORS = [
    ("10 aa", 1, True),
    ("00 aa", 1, False),
    ("11 aa", 1, False),  # partition 1
    ("90 80 05 aa", 3, True),
    ("90 80 80 05 aa", 4, True),  # 15-bit picture id
    ("90 c0 05 01 aa", 4, True),
    ("90 e0 05 01 20 aa", 5, True),
    ("90 f0 85 05 01 20 aa", 6, True),
    ("90 20 20 aa", 3, True),
    ("90 10 20 aa", 3, True),
    ("90 00 aa", 2, True),
]


@pytest.mark.parametrize(("payload", "length", "starts"), DESCRIPTORS)
def test_a_vp8_descriptor_is_read(payload: str, length: int, starts: bool) -> None:
    assert vp8.parse_descriptor(bytes.fromhex(payload)) == (length, starts)


@pytest.mark.parametrize("payload", ["", "90", "90 80", "90 80 80 01", "10", "90 f0 85 05"])
def test_a_vp8_descriptor_that_is_cut_off_is_malformed(payload: str) -> None:
    with pytest.raises(Malformed):
        vp8.parse_descriptor(bytes.fromhex(payload))


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "1c",
        "1c 85",
        "1c 05 aa",
        "18",
        "18 00 09 67",
        "18 00 00",
        "19 00 00 00",
        "1d 80 00 00",
        "1e aa",
        "00 aa",
    ],
)
def test_an_h264_payload_outside_of_the_mode_is_malformed(payload: str) -> None:
    with pytest.raises(Malformed):
        h264.Depacketizer().push(bytes.fromhex(payload))


def test_single_aggregated_and_fragmented_units_come_out_whole() -> None:
    depacketizer = h264.Depacketizer()
    assert depacketizer.push(bytes.fromhex("41 01")) == [bytes.fromhex("41 01")]
    assert depacketizer.push(bytes.fromhex("78 0002 6701 0003 680203")) == [
        bytes.fromhex("67 01"),
        bytes.fromhex("68 0203"),
    ]
    assert depacketizer.push(bytes.fromhex("7c 85 01")) == []
    assert depacketizer.push(bytes.fromhex("7c 05 02")) == []
    assert depacketizer.push(bytes.fromhex("7c 45 03")) == [bytes.fromhex("65 010203")]


@pytest.mark.parametrize("size", [(320, 180), (640, 360), (640, 480), (1280, 720), (176, 144), (354, 234)])
def test_the_size_of_a_picture_is_read_from_a_real_parameter_set(size: tuple[int, int]) -> None:
    units = h264.split_annex_b(Encoder("h264", size).encode(0, key=True))
    assert h264.size_of_sps(h264.parameter_sets(units)[0]) == size


@pytest.mark.parametrize(
    ("sps", "size"),
    [
        ("6742c01f8c8d40501e900f08846a", (640, 480)),  # a browser's constrained baseline
        ("6764000dacb40a0cfcf080000003008000001e478a15", (320, 180)),  # high profile with cropping
    ],
)
def test_the_size_of_a_picture_is_read_from_its_parameter_set(sps: str, size: tuple[int, int]) -> None:
    assert h264.size_of_sps(bytes.fromhex(sps)) == size


def _packets(payloads: list[bytes], timestamp: int, first: int) -> list[Packet]:
    return [
        Packet((first + number) & 0xFFFF, timestamp, number == len(payloads) - 1, payload, 0.0)
        for number, payload in enumerate(payloads)
    ]


KEY_HEAD = bytes.fromhex("10 00 00 9d 01 2a 40 01 b4 00")  # RFC 6386 §9.1: key frame, 320 × 180


@seed(1)
@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=4000), min_size=1, max_size=5))
def test_vp8_frames_survive_the_packets(frames: list[bytes]) -> None:
    assembler = Assembler("vp8")
    sent = [KEY_HEAD, *frames]
    found = [
        frame
        for number, data in enumerate(sent)
        for packet in _packets(packetize_vp8(data, number), number * 3000, number * 10)
        for frame in assembler.push(packet)
    ]
    assert [frame.data for frame in found] == sent
    assert found[0].is_key
    assert found[0].size == (320, 180)


@seed(2)
@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=4000), min_size=1, max_size=5))
def test_h264_slices_survive_the_packets(slices: list[bytes]) -> None:
    parameter_sets = [bytes.fromhex("6742c01f8c8d40501e900f08846a"), bytes.fromhex("68ce3c80")]
    safe = [bytes(byte | 1 for byte in data) for data in slices]  # no zeros, so no start code inside
    units = [[*parameter_sets, b"\x65" + safe[0]], *([b"\x41" + data] for data in safe[1:])]
    assembler = Assembler("h264")
    found = [
        frame
        for number, group in enumerate(units)
        for packet in _packets(packetize_h264(h264.annex_b(group)), number * 3000, number * 10)
        for frame in assembler.push(packet)
    ]
    assert [frame.data for frame in found] == [h264.annex_b(group) for group in units]
    assert found[0].size == (640, 480)


@seed(3)
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["vp8", "h264"]), st.lists(st.tuples(st.binary(max_size=60), st.booleans()), max_size=12)
)
def test_no_payload_breaks_an_assembler(codec: str, payloads: list[tuple[bytes, bool]]) -> None:
    assembler = Assembler(codec)  # type: ignore[arg-type]  # from a list of the two
    for number, (payload, marker) in enumerate(payloads):
        assembler.push(Packet(number, number // 2 * 3000, marker, payload, 0.0))


@seed(4)
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_no_parameter_set_breaks_the_reader(sps: bytes) -> None:
    try:
        width, height = h264.size_of_sps(b"\x67" + sps)
    except Malformed:
        return
    assert width > 0
    assert height > 0


@pytest.mark.parametrize("codec", ["vp8", "h264", "vp9", "av1"])
def test_pictures_of_every_codec_come_back_from_their_packets(codec: Codec) -> None:
    encoder, assembler = Encoder(codec), Assembler(codec)
    decoder = make_decoder(codec)
    shown, keys = [], []
    for number in range(12):
        payloads = packetize(codec, encoder.encode(number, key=number in (0, 8)), number)
        for place, payload in enumerate(payloads):
            packet = Packet(0, number * 6000, place == len(payloads) - 1, payload, 0.0)
            for frame in assembler.push(packet):
                keys += [number] * frame.is_key
                shown += [read(image)[0] for image in decoder.decode(av.Packet(frame.data))]
    assert (shown, keys) == (list(range(12)), [0, 8])


def test_layers_of_a_vp9_picture_become_one_superframe() -> None:
    gatherer = vp9.Gatherer()
    for marks, layer, body in ((0xAA, 0x00, b"ab"), (0xE8, 0x02, b"cd"), (0xE4, 0x02, b"e")):
        structure = bytes.fromhex("30 0140 00b4 0280 0168") if marks == 0xAA else b""
        gatherer.add(bytes([marks, 5, layer, 9]) + structure + body)
    assert gatherer.size == (640, 360)
    picture, is_key = gatherer.take()
    assert (picture, is_key) == (b"abcde" + bytes.fromhex("d9 02000000 03000000 d9"), True)


@pytest.mark.parametrize(
    "payload", ["", "8a 05 18", "8b 05", "82 05 38 00 01", "aa 05 00", "88 05", "80 05 aa", "8a 05 08 ff 01"]
)
def test_a_vp9_payload_that_is_cut_off_is_malformed(payload: str) -> None:
    with pytest.raises(Malformed):
        vp9.Gatherer().add(bytes.fromhex(payload))


@pytest.mark.parametrize(
    "payload", ["", "00", "10", "20 05 aa", "20 01 aa", "00 81", "90 aa", "00 00", "30 01 aa 01 bb"]
)
def test_an_av1_payload_that_is_cut_off_is_malformed(payload: str) -> None:
    with pytest.raises(Malformed):
        av1.Gatherer().add(bytes.fromhex(payload))


def test_obus_of_av1_get_their_sizes_back_and_pieces_become_whole() -> None:
    gatherer = av1.Gatherer()
    gatherer.add(bytes.fromhex("28 02 08aa 30bb"))  # two OBUs, the second without a length
    gatherer.add(bytes.fromhex("50 3401cc"))  # the beginning of one with an extension
    gatherer.add(bytes.fromhex("90 dd"))
    assert gatherer.take() == (bytes.fromhex("1200 0a01aa 3201bb 360102ccdd"), True)


@seed(5)
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["vp9", "av1"]), st.lists(st.binary(max_size=40), max_size=6))
def test_any_payloads_of_layered_codecs_are_taken_or_malformed(codec: Codec, payloads: list[bytes]) -> None:
    assembler = Assembler(codec)
    for number, payload in enumerate(payloads):
        assembler.push(Packet(number, number, True, payload, 0.0))
