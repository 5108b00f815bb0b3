"""Datagrams that are read in C do what they do when the interpreter reads them, whatever comes."""

import gc
import random
import socket
import struct
import subprocess
import time
import weakref
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livehall.media.client.publisher import vp8_payload
from livehall.media.dtls.certificate import Identity
from livehall.media.dtls.srtp import PROFILES, Opener, Packets, Sealer
from livehall.media.net import native
from livehall.media.net.ice import binding_request
from livehall.media.net.inbox import ARRIVAL, NativeInbox
from livehall.media.net.native import BY_INTERPRETER, Datagrams
from livehall.media.net.port import UdpPort
from livehall.media.net.registry import Registry
from livehall.media.net.transport import Transport
from livehall.media.rtp import h264, rtcp, vp8
from livehall.media.rtp.packet import Header, build, extension_block, extensions, parse_header
from livehall.media.tracks.layer import Layer, Repairs
from tests.media.two_ways import OPUS, RED, RTX, VIDEO, udp_socket
from tests.support.needs import need

FUZZER = Path(__file__).with_name("fuzz_inbox.c")
SOURCES = Path(__file__).parents[2] / "native" / "src"
PUBLISHERS = 3
LEVEL_ID, NUMBER_ID = 1, 5
LARGEST = 2000
H264 = 102
AUDIO, VP8, H264_STREAM, VP9, REPAIRS, UNKNOWN = range(6)  # SSRCs of a publisher, in tens

Operation = tuple[Any, ...]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    need("native")


# What is sent


def _block(rng: random.Random) -> bytes:
    """Header extensions: none, both that are looked for, of odd lengths, with two bytes, broken."""
    number, level = rng.randbytes(2), bytes((rng.randrange(256),))
    two_byte = bytes((NUMBER_ID, 2)) + number + bytes((LEVEL_ID, 1)) + level + bytes((0, 7, 0, LEVEL_ID, 0))
    two_byte += b"\0" * (-len(two_byte) % 4)
    return rng.choice(
        (
            b"",
            extension_block([(LEVEL_ID, level), (NUMBER_ID, number)]),
            extension_block([(NUMBER_ID, number), (3, b"abc")]),
            extension_block([(NUMBER_ID, number), (NUMBER_ID, b"x"), (LEVEL_ID, level + b"y")]),
            struct.pack("!HH", 0x1000 | rng.randrange(16), len(two_byte) // 4) + two_byte,
            b"\xbe\xde\0\xff" + number,
            b"\xbe\xde\0\x01\xf0\0\0\0",
            rng.randbytes(8),
        )
    )


def _payload(rng: random.Random, stream: int) -> bytes:
    if stream == H264_STREAM:
        return rng.choice(
            (
                b"\x65idr",
                b"\x67sps",
                b"\x41slice",
                b"\x7c\x85fu",
                b"\x7c\x45fu",
                b"\x18\0\2\x68p\0\3\x65id",
                b"",
            )
        )
    if stream == VP8:
        made = vp8_payload(
            key=rng.random() < 0.3,
            picture=rng.randrange(0x8000),
            layer_index=rng.randrange(256),
            starts=rng.random() < 0.7,
            size=rng.choice((0, 3, 100, 1100)),
        )
        return rng.choice((made, made[: rng.randrange(len(made) + 1)], rng.randbytes(rng.randrange(9))))
    return rng.randbytes(rng.randrange(40))


def _packet(rng: random.Random, stream: int) -> bytes:
    expected = {AUDIO: OPUS, VP8: VIDEO, H264_STREAM: H264, REPAIRS: RTX}.get(stream, VIDEO)
    payload_type = rng.choice((expected,) * 5 + ((RED,) if stream == AUDIO else (RTX,)))
    packet = build(payload_type, rng.random() < 0.5, 0, 0, 0, _payload(rng, stream), _block(rng))
    padding = rng.choice((0, 0, 0, 0, 1, 4, 200))
    if padding:
        packet = bytes((packet[0] | 0x20,)) + packet[1:] + b"\0" * 3 + bytes((padding,))
    if rng.random() < 0.1:
        packet = bytes((packet[0] | 2,)) + packet[1:12] + rng.randbytes(8) + packet[12:]
    return packet


def scene(seed: int, length: int) -> list[Operation]:
    """The same for the same seed."""
    rng = random.Random(seed)

    def who() -> int:
        return rng.randrange(PUBLISHERS)

    def packet() -> Operation:
        stream = rng.choice((AUDIO, VP8, VP8, VP8, H264_STREAM, H264_STREAM, VP9, REPAIRS, UNKNOWN))
        step = rng.choice((1, 1, 1, 1, 1, 0, 2, 5, -3))
        return "packet", who(), stream, step, rng.getrandbits(32), _packet(rng, stream)

    makers = {
        packet: 100,
        lambda: ("read",): 25,
        lambda: ("again", who(), rng.randrange(5)): 6,
        lambda: ("forged", who(), rng.randrange(2000)): 6,
        lambda: ("raw", who(), rng.randbytes(rng.choice((0, 1, 11, 12, 40, 1501, 2047)))): 5,
        lambda: ("large", who()): 3,
        lambda: ("report", who()): 4,
        lambda: ("from elsewhere", who()): 3,
        lambda: ("move", who()): 2,
        lambda: ("take over", who()): 1,
        lambda: ("unpublish", who(), rng.choice((AUDIO, VP8))): 3,
        lambda: ("publish", who(), rng.choice((AUDIO, VP8))): 3,
        lambda: ("number by", who(), rng.choice((None, NUMBER_ID, 3))): 2,
        lambda: ("behind", rng.random() < 0.3): 2,
        lambda: ("close", who()): 1,
    }  # fmt: skip
    return [make() for make in rng.choices(list(makers), weights=list(makers.values()), k=length)]


# Who receives it


class Notes:
    """A reader that keeps what it gets."""

    red_payload_type: int | None = None

    def __init__(self) -> None:
        self.items: list[tuple[Any, ...]] = []

    def forward(self, item: Any, bodies: dict[int, bytes]) -> None:
        self.items.append(tuple(item))

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self.items.append((ntp, timestamp))

    def lane(self) -> None:
        return None


class Publisher:
    """A transport whose handshake is over, and the sockets that it sends from."""

    def __init__(self, registry: Registry, index: int) -> None:
        self.transport = Transport(
            registry,
            Identity(),
            on_ready=lambda: None,
            on_failed=lambda why: None,
            on_data=lambda data: None,
            on_unknown=lambda header, extra: None,
        )
        number, key, salt = list(PROFILES.values())[index % 2]
        secret = random.Random(index).randbytes(key + salt)
        self.transport._dtls.opener = Opener(secret, number)
        self.transport.sealer = Sealer(secret, number)
        self.transport.transport_cc_id = NUMBER_ID
        self.sealer = Sealer(secret, number)
        self.sockets = [udp_socket(), udp_socket()]
        self.notes, self.layers, self.reports = Notes(), {}, []
        self.sequences = dict.fromkeys(range(6), 65_530)
        self.sent: list[bytes] = []
        base = 100 * index
        for stream, kind, codec, payload_type in (
            (AUDIO, "audio", "opus", OPUS),
            (VP8, "video", "vp8", VIDEO),
            (H264_STREAM, "video", "h264", H264),
            (VP9, "video", "vp9", VIDEO),
        ):
            layer = Layer(
                self,
                ssrc=base + 10 * stream,
                kind=kind,
                codec=codec,
                payload_type=payload_type,
                red_payload_type=RED if kind == "audio" else None,
                clock_rate=90_000,
                level_id=LEVEL_ID if kind == "audio" else None,
            )
            layer.join(self.notes)
            self.layers[stream] = layer
            self.transport.incoming[layer.ssrc] = layer
        self.base = base
        self.transport.incoming[base + 10 * REPAIRS] = Repairs(self.layers[VP8], RTX)

    def send_rtcp(self, compound: bytes) -> None:
        self.reports.append(compound)


class Hall:
    """A door and those who publish; `outcome` is what became of all that was sent."""

    def __init__(self, datagrams: Datagrams) -> None:
        self.now = 1000.0
        self.registry = Registry()
        self.port = UdpPort.bind("127.0.0.1", 0, self.registry, datagrams)
        self.to = ("127.0.0.1", self.port.number)
        self.publishers = [Publisher(self.registry, index) for index in range(PUBLISHERS)]
        self.stranger = udp_socket()
        self._packets = Packets(LARGEST)
        for index in range(PUBLISHERS):
            self._check(index, self.publishers[index].sockets[0])

    def run(self, operations: list[Operation]) -> None:
        with patch("time.monotonic", lambda: self.now):
            for name, *arguments in [*operations, ("read",)]:
                getattr(self, f"_do_{name.replace(' ', '_')}")(*arguments)
                self.now += 0.001

    def outcome(self) -> dict[str, Any]:
        return {
            "dropped": self.registry.dropped,
            "items": [each.notes.items for each in self.publishers],
            "reports": [each.reports for each in self.publishers],
            "arrivals": [each.transport.arrivals._arrivals for each in self.publishers],
            "counts": [
                [(layer.packets, layer.octets, layer.level_packets, layer.level_sum, layer.loud_packets)
                 for layer in each.layers.values()]
                for each in self.publishers
            ],
            "strangers": [sorted(each.transport._strangers) for each in self.publishers],
        }  # fmt: skip

    def close(self) -> None:
        self.port.close()
        for udp in (self.stranger, *(udp for each in self.publishers for udp in each.sockets)):
            udp.close()

    @property
    def expected(self) -> int:
        """Streams that are read in C."""
        inbox = self.port._inbox
        return len(inbox._streams) if isinstance(inbox, NativeInbox) else 0

    def _check(self, index: int, udp: socket.socket) -> None:
        known = self.publishers[index].transport.credentials
        udp.sendto(binding_request((known.ufrag, known.password), "me"), self.to)
        self._do_read()

    def _send(self, index: int, datagram: bytes) -> None:
        self.publishers[index].sockets[0].sendto(datagram, self.to)

    def _do_read(self) -> None:
        self.port._readable()
        while self.port._inbox.is_waiting:
            self.port._read_on()

    def _do_packet(self, index: int, stream: int, step: int, timestamp: int, packet: bytes) -> None:
        publisher = self.publishers[index]
        publisher.sequences[stream] += step
        sequence, ssrc = publisher.sequences[stream] & 0xFFFF, publisher.base + 10 * stream
        sealed = self._packets.seal(packet, sequence, timestamp, ssrc, publisher.sealer)
        if sealed is not None:
            publisher.sent.append(sealed)
            self._send(index, sealed)

    def _do_again(self, index: int, back: int) -> None:
        for sealed in self.publishers[index].sent[-back - 1 :][:1]:
            self._send(index, sealed)

    def _do_forged(self, index: int, at: int) -> None:
        for sealed in self.publishers[index].sent[-1:]:
            changed = bytearray(sealed)
            changed[at % len(changed)] ^= 1
            changed[2:4] = ((int.from_bytes(changed[2:4]) + 1) & 0xFFFF).to_bytes(2)
            self._send(index, bytes(changed))

    def _do_raw(self, index: int, datagram: bytes) -> None:
        self._send(index, datagram)

    def _do_large(self, index: int) -> None:
        self._do_packet(index, VP8, 1, 0, build(VIDEO, True, 0, 0, 0, bytes(1490)))

    def _do_report(self, index: int) -> None:
        publisher = self.publishers[index]
        report = rtcp.sender_report(publisher.base + 10 * VP8, int(self.now) << 32, 9000, 1, 1, b"x")
        self._send(index, publisher.sealer.protect_rtcp(report))

    def _do_from_elsewhere(self, index: int) -> None:
        for sealed in self.publishers[index].sent[-1:]:
            self.stranger.sendto(sealed, self.to)

    def _do_move(self, index: int) -> None:
        self._do_read()
        sockets = self.publishers[index].sockets
        sockets.reverse()
        self._check(index, sockets[0])

    def _do_take_over(self, index: int) -> None:
        """Another peer is checked from the same address."""
        self._do_read()
        other = self.publishers[(index + 1) % PUBLISHERS]
        self._check(index, other.sockets[0])
        self._check((index + 1) % PUBLISHERS, other.sockets[0])

    def _do_unpublish(self, index: int, stream: int) -> None:
        publisher = self.publishers[index]
        publisher.transport.ignore(publisher.layers[stream].ssrc)

    def _do_publish(self, index: int, stream: int) -> None:
        layer = self.publishers[index].layers[stream]
        self.publishers[index].transport.incoming[layer.ssrc] = layer

    def _do_number_by(self, index: int, number_id: int | None) -> None:
        self.publishers[index].transport.transport_cc_id = number_id

    def _do_behind(self, is_behind: bool) -> None:
        self.port._is_behind = is_behind

    def _do_close(self, index: int) -> None:
        self._do_read()
        self.publishers[index].transport.close()


def in_c() -> Datagrams:
    return native.datagrams("on")


def same(operations: list[Operation]) -> dict[str, Any]:
    outcomes = []
    for datagrams in (BY_INTERPRETER, in_c()):
        hall = Hall(datagrams)
        try:
            hall.run(operations)
            outcomes.append(hall.outcome())
        finally:
            hall.close()
    assert outcomes[1] == outcomes[0]
    return outcomes[0]


@pytest.mark.parametrize("seed", range(40))
async def test_the_same_datagrams_have_the_same_consequences(seed: int):
    same(scene(seed, 400))


@pytest.mark.long
async def test_the_same_datagrams_have_the_same_consequences_for_long():
    for seed in range(1000, 1400):
        same(scene(seed, 600))


def film(packets: int) -> list[Operation]:
    made: list[Operation] = []
    for number in range(packets):
        body = vp8_payload(key=number == 0, picture=number, layer_index=1, starts=True, size=900)
        block = extension_block([(NUMBER_ID, number.to_bytes(2))])
        made.append(("packet", 0, VP8, 1, number * 3000, build(VIDEO, True, 0, 0, 0, body, block)))
        if number % 40 == 39:  # more than one batch, and not all of the last
            made.append(("read",))
    return made


async def test_all_of_a_film_arrives_in_order_and_but_the_first_packet_by_c():
    assert len(same(film(200))["items"][0]) == 200
    hall = Hall(in_c())
    try:
        hall.run(film(1))
        assert hall.expected == 1
        with patch.object(hall.publishers[0].transport, "receive", side_effect=AssertionError):
            hall.run(film(200)[1:])
        assert [
            item[0] - hall.publishers[0].notes.items[0][0] for item in hall.publishers[0].notes.items
        ] == list(range(200))
    finally:
        hall.close()


async def test_nothing_is_expected_of_one_who_has_gone():
    hall = Hall(in_c())
    try:
        hall.run(film(20))
        hall.run([*film(5), ("close", 0), *film(5)])
        assert hall.expected == 0
        assert len(hall.publishers[0].notes.items) == 25
    finally:
        hall.close()


async def test_what_is_published_no_more_is_let_go_though_nothing_of_it_comes():
    hall = Hall(in_c())
    try:
        hall.run(film(20))
        layer = weakref.ref(hall.publishers[0].layers[VP8])
        hall.run([("unpublish", 0, VP8)])
        assert hall.expected == 0
        del hall.publishers[0].layers[VP8], hall.publishers[0].transport.incoming[10 * REPAIRS]
        gc.collect()
        assert layer() is None
    finally:
        hall.close()


async def test_strangers_are_counted_up_to_a_limit_whichever_way_they_come():
    hall = Hall(in_c())
    try:
        transport = hall.publishers[0].transport
        for ssrc in range(1000, 1100):
            transport.opened(build(VIDEO, True, 0, 0, ssrc, b"x"))
        assert len(transport._strangers) == 64
    finally:
        hall.close()


async def test_what_is_not_forwarded_is_handed_over_by_itself_so_that_its_time_is_its_own():
    hall = Hall(in_c())
    try:
        hall.run(film(1))
        for name, *arguments in [*film(3)[1:], ("raw", 0, b"\x17" + bytes(20)), *film(2)[1:]]:
            getattr(hall, f"_do_{name}")(*arguments)
        handed = [hall.port._inbox.next(time.monotonic() + 10, opens=True) for _ in range(3)]
        assert [each is None for each in handed] == [True, False, True]
    finally:
        hall.close()


# What is found in a packet


def _parsed(codec: str, packet: bytes) -> tuple[Any, ...] | None:
    module = native.load()
    stream = module.ffi.new("hall_stream *")
    stream.kind = {"vp8": module.lib.HALL_VP8, "h264": module.lib.HALL_H264}[codec]
    stream.payload_type, stream.number_id, stream.level_id = VIDEO, NUMBER_ID, LEVEL_ID
    found = module.ffi.new("hall_arrival *")
    exact = module.ffi.new("uint8_t[]", packet)
    if not module.lib.hall_parse(stream, exact, len(packet), found):
        return None
    return ARRIVAL.unpack(module.ffi.buffer(found)[:])[2:]


def _by_python(codec: str, packet: bytes) -> tuple[Any, ...] | None:
    header: Header | None = parse_header(packet)
    if header is None:
        return None
    extra = extensions(packet)
    number, level = extra.get(NUMBER_ID, b""), extra.get(LEVEL_ID, b"")
    payload = packet[header.payload_start : header.payload_end]
    descriptor, is_key = None, False
    if header.payload_type == VIDEO and codec == "vp8":
        descriptor = vp8.parse(payload)
        is_key = descriptor is not None and descriptor.is_key
    elif header.payload_type == VIDEO:
        is_key = h264.starts_key_frame(payload)
    at = descriptor or vp8.Descriptor(False, False, -1, False, 0, -1, 0)
    return (
        header.timestamp, int.from_bytes(number) if len(number) == 2 else -1,
        header.sequence, header.payload_start, header.payload_end, level[0] if level else -1,
        at.picture_at, at.picture, at.layer_index_at, at.layer_index, packet[1],
        descriptor is not None, at.starts_frame, is_key, at.picture_long,
    )  # fmt: skip


def _check_parsing(examples: int) -> None:
    @settings(max_examples=examples, derandomize=True, deadline=None, database=None)
    @given(st.sampled_from(("vp8", "h264")), st.integers(0, 1 << 64), st.binary(max_size=60))
    def compare(codec: str, seed: int, noise: bytes) -> None:
        rng = random.Random(seed)
        whole = _packet(rng, VP8 if codec == "vp8" else H264_STREAM)
        whole = whole[:1] + bytes((rng.choice((VIDEO, VIDEO | 0x80, RTX)),)) + whole[2:]
        changed = bytearray(whole)
        changed[rng.randrange(len(changed))] = rng.randrange(256)
        for packet in (whole, bytes(changed), whole[: rng.randrange(len(whole))], b"\x90" + noise, noise):
            assert _parsed(codec, packet) == _by_python(codec, packet)

    compare()


def test_c_finds_in_a_packet_what_python_finds():
    _check_parsing(1500)


@pytest.mark.long
def test_c_finds_in_a_packet_what_python_finds_for_long():
    _check_parsing(10_000)


# Under the sanitizers


@pytest.mark.long
def test_whatever_comes_it_stays_within_its_memory(tmp_path: Path):
    need("cc")
    program = tmp_path / "fuzz"
    flags = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{SOURCES}"]
    subprocess.run(
        ["cc", *flags, "-o", program, FUZZER, SOURCES / "inbox.c"], check=True, capture_output=True
    )
    for seed in random.Random(4).sample(range(1 << 30), 4):
        subprocess.run([program, str(seed), "200000"], check=True, capture_output=True, timeout=300)
