"""The native inner loop does what the interpreter does, byte for byte, whatever comes."""

import gc
import random
import socket
import subprocess
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livehall.media.client.publisher import vp8_payload
from livehall.media.net import native, outbox
from livehall.media.net.addresses import open_doors
from livehall.media.net.port import UdpWay
from livehall.media.net.registry import Registry
from livehall.media.rtp import red
from livehall.media.rtp.packet import build, extension_block
from livehall.media.settings import MediaSettings
from tests.media.two_ways import (
    BOTH_EXTENSIONS,
    OPUS,
    PEERS,
    RED,
    RTX,
    VIDEO,
    Door,
    Operation,
    Sending,
    Soon,
    World,
    by_interpreter,
    in_c,
    sealer_of,
    udp_socket,
)
from tests.support.needs import need

FUZZER = Path(__file__).with_name("fuzz_fanout.c")
SOURCES = Path(__file__).parents[2] / "native" / "src"
SO_NO_CHECK = 11  # no checksum: the kernel refuses UDP_SEGMENT on such a socket (udp(7), net/ipv4/udp.c)


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    need("native")


# What comes in


def payload_of(rng: random.Random, *, is_audio: bool) -> bytes:
    """Good ones, short ones, too large ones, and bytes that mean nothing."""
    if is_audio:
        blocks = [rng.randbytes(rng.randint(1, 9)) for _ in range(rng.randint(0, 3))]
        earlier = [(960 * (len(blocks) - at), block) for at, block in enumerate(blocks)]
        return rng.choice((red.build(earlier, rng.randbytes(5), OPUS), rng.randbytes(rng.randint(0, 30))))
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randint(0, 8))
    if kind == 1:
        return b"\x90\xe0\x81\x01\x02\x00\x10" + bytes(rng.randint(1400, 1700))
    return vp8_payload(
        key=rng.random() < 0.3,
        picture=rng.randrange(0x8000),
        layer_index=rng.randrange(256),
        starts=rng.random() < 0.7,
        size=rng.choice((0, 3, 100, 1100)),
    )


def packet_of(rng: random.Random, *, is_audio: bool) -> bytes:
    """With extensions of the publisher's own, a broken block of them, padding, or more padding than bytes."""
    types = (OPUS, RED, RED) if is_audio else (VIDEO, VIDEO, VIDEO, VIDEO, RTX)
    block = rng.choice((b"", extension_block([(1, b"m"), (4, b"\0\0\0")]), b"\xbe\xde\0\xff"))
    payload = payload_of(rng, is_audio=is_audio)
    packet = build(rng.choice(types), rng.random() < 0.5, 0, 0, 0, payload, block)
    padding = rng.choice((0, 0, 0, 1, 4, 200))
    if padding:
        packet = bytes((packet[0] | 0x20,)) + packet[1:] + b"\0" * 3 + bytes((padding,))
    return packet


def scene(seed: int, length: int, *, is_audio: bool) -> list[Operation]:
    """So many operations on a room, whatever may happen to one: the same for the same seed."""
    rng = random.Random(seed)
    yes_or_no = (False, True)

    def peer() -> int:
        return rng.randrange(PEERS)

    def packet() -> Operation:
        step = rng.choice((1, 1, 1, 1, 0, 2, 5, -3))
        return "packet", rng.randrange(3), step, rng.getrandbits(33), packet_of(rng, is_audio=is_audio)

    def picture() -> Operation:
        size, is_short = rng.choice((0, 40, 700)), rng.random() < 0.1
        return "picture", rng.random() < 0.2, rng.randint(1, 4), size, is_short

    makers = {
        picture: 45,
        packet: 20,
        lambda: ("flush",): 5,
        lambda: ("wait", rng.choice((1, 30, 700, 2000))): 8,
        lambda: ("join", peer()): 8,
        lambda: ("leave", peer()): 2,
        lambda: ("move", peer(), rng.choice(("udp", "udp", "tcp")), rng.randrange(2)): 4,
        lambda: ("want", peer(), rng.randrange(3), rng.random() < 0.2): 6,
        lambda: ("allow", peer(), rng.choice((2, 2, 2, 1, 0, -1))): 4,
        lambda: ("red", peer(), rng.choice(yes_or_no)): 3,
        lambda: ("nack", peer(), rng.randrange(8)): 4,
        lambda: ("pad", peer()): 2,
        lambda: ("report", rng.randrange(3)): 2,
        lambda: ("end", peer()): 1,
    }  # fmt: skip
    return [make() for make in rng.choices(list(makers), weights=list(makers.values()), k=length)]


PICTURE_ROOM: list[dict[str, Any]] = [
    {"payload_type": VIDEO, "rtx_payload_type": RTX, **BOTH_EXTENSIONS},
    {"payload_type": VIDEO, "rtx_payload_type": RTX, **BOTH_EXTENSIONS},
    {"payload_type": 100, "rtx_payload_type": None, "send_time_id": 3},
    {"payload_type": VIDEO, "rtx_payload_type": RTX, "send_time_id": None, "transport_cc_id": 1},
]
SOUND_ROOM: list[dict[str, Any]] = [
    {"payload_type": OPUS, "rtx_payload_type": None, "send_time_id": None, "red_payload_type": RED},
    {"payload_type": 109, "rtx_payload_type": None, "send_time_id": None},
]
KINDS = {
    "vp8": ("vp8", ()),
    "vp8 in three layers": ("vp8", ("q", "h", "f")),
    "h264": ("h264", ()),
    "vp9": ("vp9", ()),
    "opus": ("opus", ()),
}


def same(kind: str, made: list[Operation], native_way: Any = in_c) -> dict[str, Any]:
    """The outcome, which is the same both ways."""
    codec, rids = KINDS[kind]
    outcomes = []
    for sending in (by_interpreter, native_way):
        world = World(sending, codec, rids, SOUND_ROOM if codec == "opus" else PICTURE_ROOM)
        try:
            world.run(made)
            outcomes.append(world.outcome())
        finally:
            world.close()
    assert outcomes[1] == outcomes[0]
    return outcomes[0]


def counts(outcome: dict[str, Any]) -> list[int]:
    """Datagrams that came to each peer."""
    return [sum(map(len, by_door)) for by_door in outcome["datagrams"]]


def check(kind: str, *, examples: int, length: int) -> None:
    @settings(max_examples=examples, derandomize=True, deadline=None, database=None)
    @given(st.integers(0, 1 << 64))
    def compare(seed: int) -> None:
        same(kind, scene(seed, length, is_audio=kind == "opus"))

    compare()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_packets_in_give_the_same_bytes_out(kind: str):
    check(kind, examples=40, length=100)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_packets_in_give_the_same_bytes_out_for_long(kind: str):
    check(kind, examples=500, length=250)


def film(pictures: int, *, size: int = 1150) -> list[Operation]:
    """Pictures of five packets each in all three layers, flushed at the end of each picture."""
    made: list[Operation] = []
    for number in range(pictures):
        made += [("picture", number % 10 == 0, 5, size, False), ("flush",), ("wait", 33)]
    return made


def test_a_film_with_changing_layers_arrives_the_same_and_whole():
    made = film(60)
    for at, operation in enumerate(
        [
            ("want", 0, 0, False),
            ("want", 1, 1, False),
            ("allow", 2, 0),
            ("want", 0, 2, False),
            ("allow", 2, 2),
        ]
    ):
        made.insert(len(made) // 7 * (at + 1), operation)
    outcome = same("vp8 in three layers", made)

    got = counts(outcome)
    assert all(300 <= count <= 305 for peer, count in enumerate(got) if peer != 2)
    assert 200 < got[2] < 300  # the way to it was too full until the next key frame
    assert all(dropped == 0 for _, dropped in outcome["counts"])


def test_what_comes_late_from_before_the_beginning_is_not_sent():
    def packet(step: int, picture: int, *, key: bool = False) -> Operation:
        return "packet", 0, step, 0, build(VIDEO, True, 0, 0, 0, vp8_payload(key=key, picture=picture))

    outcome = same("vp8", [packet(0, 1), packet(5, 6, key=True), packet(-2, 4), packet(3, 7), packet(1, 8)])
    assert counts(outcome) == [3] * PEERS


@pytest.mark.parametrize("sending", [by_interpreter, in_c])
def test_readers_whose_packets_cannot_be_written_are_given_up_and_the_others_get_everything(sending: Any):
    good = PICTURE_ROOM[0]
    world = World(sending, "vp8", (), [good, good | {"send_time_id": -1}])
    try:
        world.run(film(15))
        outcome = world.outcome()
    finally:
        world.close()
    assert counts(outcome) == [75, 0] * (PEERS // 2)


@pytest.mark.parametrize("joins", [True, False], ids=["joined", "apart"])
def test_datagrams_are_the_same_joined_or_apart(joins: bool):
    same("vp8 in three layers", film(20), partial(in_c, joins=joins))


def test_datagrams_that_the_kernel_will_not_join_are_sent_one_by_one():
    def refused(udp: socket.socket, loop: Any) -> Any:
        udp.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        return in_c(udp, loop)

    outcome = same("vp8 in three layers", film(20), refused)
    assert all(dropped == 0 for _, dropped in outcome["counts"])


def test_a_packet_outlives_whoever_it_is_for():
    loop, receiver = Soon(), udp_socket()
    door = Door(in_c, loop)
    way, sealer = UdpWay(door, receiver.getsockname()), sealer_of(0)
    door.outbox.send_rtp(build(VIDEO, True, 0, 0, 0, b"picture"), 1, 2, 3, sealer, way)
    del way, sealer
    gc.collect()
    loop.run()

    assert len(receiver.recv(2048)) == 12 + 7 + 16
    door.outbox.close()
    door.udp.close()
    receiver.close()


def test_after_its_end_an_outbox_sends_nothing():
    loop, receiver = Soon(), udp_socket()
    door = Door(in_c, loop)
    way, sealer = UdpWay(door, receiver.getsockname()), sealer_of(0)
    packet = build(VIDEO, True, 0, 0, 0, b"picture")
    door.outbox.send_rtp(packet, 1, 2, 3, sealer, way)
    door.outbox.close()
    door.outbox.send_rtp(packet, 2, 2, 3, sealer, way)
    loop.run()

    with pytest.raises(BlockingIOError):
        receiver.recv(2048)
    assert door.outbox.sent == 0
    door.udp.close()
    receiver.close()


@pytest.mark.parametrize("sending", [by_interpreter, in_c])
def test_what_is_queued_while_an_outbox_is_held_leaves_in_order_when_it_is_released(sending: Sending):
    loop, receiver = Soon(), udp_socket()
    door = Door(sending, loop)
    way, sealer = UdpWay(door, receiver.getsockname()), sealer_of(0)
    many = outbox.SLOTS + 1  # more than one batch of the interpreter's
    door.outbox.hold()
    for sequence in range(many):
        door.outbox.send_rtp(build(VIDEO, True, 0, 0, 0, b"picture"), sequence, 2, 3, sealer, way)
    loop.run()  # nothing was asked of it
    assert door.outbox.sent < many
    door.outbox.release()

    assert [int.from_bytes(receiver.recv(2048)[2:4]) for _ in range(many)] == list(range(many))
    door.outbox.send_rtp(build(VIDEO, True, 0, 0, 0, b"picture"), many, 2, 3, sealer, way)
    assert door.outbox.sent == many
    loop.run()  # as before it was held
    assert door.outbox.sent == many + 1
    door.outbox.close()
    door.udp.close()
    receiver.close()


def test_one_who_cannot_be_reached_costs_the_others_nothing():
    loop, receiver = Soon(), udp_socket()
    door = Door(in_c, loop)
    good, nowhere = UdpWay(door, receiver.getsockname()), UdpWay(door, ("::1", 9))  # IPv6 by an IPv4 socket
    packet, sealers = build(VIDEO, True, 0, 0, 0, b"picture"), [sealer_of(0), sealer_of(1)]
    for sequence in range(3):
        door.outbox.send_rtp(packet, sequence, 2, 3, sealers[0], nowhere)
        door.outbox.send_rtp(packet, sequence, 2, 3, sealers[1], good)
    loop.run()

    assert (door.outbox.sent, door.outbox.dropped) == (3, 3)
    door.outbox.close()
    door.udp.close()
    receiver.close()


# Which way is taken


def test_it_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch):
    with udp_socket() as udp:
        for choice in ("auto", "on"):
            chosen = native.datagrams(choice)
            assert isinstance(chosen.outbox(udp, Soon()), native.NativeOutbox)
            assert isinstance(chosen.inbox(udp), native.NativeInbox)
    assert native.datagrams("off") is native.BY_INTERPRETER


async def test_where_it_is_missing_the_interpreter_forwards_or_the_start_is_refused(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(native, "_MODULE", "nothing_of_this_name")
    assert native.datagrams("auto") is native.BY_INTERPRETER
    wanted = MediaSettings(keys={"key": "s" * 32}, udp_host="127.0.0.1", udp_port=0, native="on")
    with pytest.raises(native.NativeMissing, match="LIVEHALL_MEDIA_NATIVE is on, but livehall-native is not"):
        await open_doors(wanted, Registry())


def test_one_of_another_interface_is_left_aside(monkeypatch: pytest.MonkeyPatch):
    other = SimpleNamespace(lib=SimpleNamespace(HALL_INTERFACE=native.INTERFACE + 1))
    monkeypatch.setattr(native.importlib, "import_module", lambda name: other)
    with pytest.raises(native.NativeMissing, match="interface"):
        native.load()
    assert native.datagrams("auto") is native.BY_INTERPRETER


# Under the sanitizers


@pytest.mark.long
def test_whatever_it_is_called_with_it_stays_within_its_memory(tmp_path: Path):
    need("cc")
    program = tmp_path / "fuzz"
    flags = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{SOURCES}"]
    subprocess.run(
        ["cc", *flags, "-o", program, FUZZER, SOURCES / "fanout.c"], check=True, capture_output=True
    )
    for seed in random.Random(4).sample(range(1 << 30), 4):
        subprocess.run([program, str(seed), "200000"], check=True, capture_output=True, timeout=300)
