"""What strangers and broken clients send: dropped, never answered, never a crash (threats 31 and 34)."""

import asyncio
import random
import re
import socket
import struct

import pytest
from aioice import stun
from livekit.protocol import models
from structlog.testing import capture_logs

from livehall.media.client.offer import VP8, Offers
from livehall.media.client.publisher import play
from livehall.media.client.receiver import JoinFailed, LightClient
from livehall.media.net.ice import binding_request
from livehall.media.rtp import rtcp
from livehall.media.rtp.packet import build
from tests.media.conftest import DEADLINE_S, Stage, both_ways, eventually
from tests.media.test_whep import player, playing

pytestmark = pytest.mark.media


@pytest.fixture
def stranger(stage: Stage):
    """A UDP socket that nobody has vouched for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.connect(("127.0.0.1", stage.server.udp_port))
        yield udp


async def silence(stage: Stage, stranger: socket.socket) -> bool:
    """Whether nothing has come back by the time that the server answers somebody else."""
    await stage.viewer("probe")
    try:
        stranger.recv(2048)
    except BlockingIOError:
        return True
    return False


async def test_strangers_get_no_answer(stage: Stage, stranger: socket.socket):
    generator = random.Random(34)
    bare = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    stranger.send(bytes(bare))
    stranger.send(binding_request(("unknown", "password"), "me"))
    for size in (1, 4, 12, 20, 100, 1400, 2000):
        for first in (0, 1, 22, 128, 144, 200, 255):
            stranger.send(bytes((first,)) + generator.randbytes(size))

    assert await silence(stage, stranger)


async def test_checks_that_are_cut_short_are_not_told_of(
    stage: Stage, stranger: socket.socket, caplog: pytest.LogCaptureFixture
):
    """Priorities of two bytes: no such attribute can be read."""
    check = struct.pack("!HHI", stun.Method.BINDING, 8, stun.COOKIE) + b"a" * 12 + b"\0\x24\0\2\1\1\0\0"
    with capture_logs() as lines:
        for _ in range(50):
            stranger.send(check)
        assert await silence(stage, stranger)

    assert not [line for line in lines if line["log_level"] == "error"]
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_a_check_with_a_wrong_password_gets_no_answer(stage: Stage, stranger: socket.socket):
    bob = await stage.viewer()
    ufrag = bob.path._remote[0]
    stranger.send(binding_request((ufrag, "0" * 32), "me"))

    assert await silence(stage, stranger)


async def test_unknown_and_oversized_streams_are_dropped(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    for ssrc in range(1000, 1200):
        alice.path.send_rtp(build(96, True, 1, 1, ssrc, b"unknown"))
    for size in (0, 1, 1200):
        alice.path.send_rtp(build(77, True, 1, 1, video.ssrc, b"x" * size))
    alice.path.send(b"\x80" * 1800)
    alice.path.send_rtcp(b"\x8f\xce\x00\x01" + b"\0" * 4)
    playing = asyncio.create_task(play(video, seconds=30))
    await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 10)
    playing.cancel()

    assert len(bob.streams) == 1
    participant = stage.server.rooms.find("hall").participants["alice"]
    assert len(participant.publisher.transport.incoming) == 2


async def test_a_flood_of_key_frame_requests_does_not_reach_the_publisher(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,) = await alice.publish_video()
    playing = asyncio.create_task(play(video, seconds=30))
    await bob.until(lambda: bob.stream("video") is not None)
    before = video.key_frame_requests
    for _ in range(2000):
        bob.request_key_frame(bob.stream("video").ssrc)
    packets = video.packets
    await eventually(lambda: video.packets > packets + 30)  # one second
    playing.cancel()

    assert video.key_frame_requests - before <= 5


async def test_a_flood_of_nacks_is_answered_within_bounds(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,) = await alice.publish_video()
    playing = asyncio.create_task(play(video, seconds=30))
    await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 20)
    stream = bob.stream("video")
    for _ in range(1000):
        bob.nack(stream.ssrc, [(stream.highest - back) & 0xFFFF for back in range(15, -1, -1)])
    packets = stream.packets
    await bob.until(lambda: stream.packets > packets + 20)
    playing.cancel()

    assert bob.stream("repair").packets <= 1500


async def test_damaged_signalling_and_data_are_passed_over(stage: Stage):
    generator = random.Random(31)
    alice, bob = await stage.viewer("alice"), await stage.viewer()
    for size in (0, 1, 5, 50, 500):
        await bob._socket.send(generator.randbytes(size))
        bob.path.dtls.send(generator.randbytes(size))
        bob.path.send(b"\x17\xfe\xfd" + generator.randbytes(size))
    await eventually(lambda: bob.channels.send("_reliable", b"\xff\xff no protobuf"))
    await eventually(lambda: bob.send_data(b"after") and bool(alice.messages))

    assert alice.messages[0][1].user.payload == b"after"


async def test_too_many_requests_close_the_socket_of_that_client_only(stage: Stage):
    alice, bob = await stage.viewer("alice"), await stage.viewer()
    for _ in range(1000):
        try:
            await bob.signal(ping=1)
        except Exception:
            break
    await asyncio.wait_for(bob._socket.wait_closed(), 10)
    await alice.signal(ping=1)


async def test_a_certificate_that_was_not_announced_gets_no_media(stage: Stage):
    bob = LightClient(stage.url, stage.token("bob"))
    bob.path.party.fingerprint = ":".join(["00"] * 32)
    await bob.join()
    await bob.path.connected  # the handshake itself succeeds
    participant = stage.server.rooms.find("hall").participants["bob"]
    await eventually(lambda: participant.is_gone)
    await bob.until(lambda: bob.leave_reason is not None)

    assert bob.leave_reason == models.JOIN_FAILURE
    assert stage.hooks.names().count("participant_joined") == 0
    await bob.vanish()


@both_ways
@pytest.mark.parametrize("number", [-1, 0, 15, 300])
async def test_a_player_whose_extensions_fit_into_no_packet_costs_the_others_nothing(
    stage: Stage, number: int
):
    alice = await stage.publisher()
    (camera,) = await alice.publish_video()
    async with playing(camera), player(stage, "eve") as eve, player(stage) as bob:
        eve.offer = re.sub(r"a=extmap:\d+ ", f"a=extmap:{number} ", eve.offer)
        if number < 1:
            assert (await eve.post()).status_code == 400
        else:
            await eve.connect()
            await eve.until(lambda: len(eve.of(VP8)) > 5)  # without them
        await bob.connect()
        await bob.until(lambda: len(bob.of(VP8)) > 30)


@pytest.mark.parametrize("number", [-1, 0, 15, 300])
async def test_a_client_whose_extensions_fit_into_no_packet_costs_the_others_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, number: int
):
    alice = await stage.publisher()
    (camera,) = await alice.publish_video()
    eve = LightClient(stage.url, stage.token("eve"))
    write = Offers.write
    async with playing(camera):
        with monkeypatch.context() as patch:
            patch.setattr(
                Offers, "write", lambda *of: re.sub(r"a=extmap:\d+ ", f"a=extmap:{number} ", write(*of))
            )
            if number < 1:
                with pytest.raises(JoinFailed):
                    await eve.connect(DEADLINE_S)
                assert eve.leave_reason == models.JOIN_FAILURE
            else:
                await eve.connect(DEADLINE_S)
                await eve.until(lambda: (stream := eve.stream("video")) is not None and stream.packets > 5)
        bob = await stage.viewer()
        await bob.until(lambda: (stream := bob.stream("video")) is not None and stream.packets > 30)
    await eve.vanish()


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (r"a=ssrc:\d+ ", "a=ssrc:99999999999 "),
        (r"a=ssrc-group:FID \d+", "a=ssrc-group:FID 99999999999"),
        (r"VP8/90000", "VP8/0"),
    ],
    ids=["ssrc", "ssrc of a group", "clock"],
)
async def test_a_publisher_whose_numbers_fit_into_no_packet_is_sent_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, written: str, instead: str
):
    eve = await stage.publisher("eve", "first")
    write = Offers.write
    with monkeypatch.context() as patch:
        patch.setattr(Offers, "write", lambda *of: re.sub(written, instead, write(*of)))
        publishing = asyncio.create_task(eve.publish_video())
        await eve.until(lambda: eve.leave_reason is not None)
    assert eve.leave_reason == models.STATE_MISMATCH
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)
    await eventually(lambda: not stage.server.rooms.find("first").participants)


async def test_what_fails_in_one_room_does_not_keep_the_clock_from_the_others(stage: Stage):
    """However it has come in: here an SSRC that no packet can name, and a loss that is no number."""
    eve, alice = await stage.publisher("eve", "first"), await stage.publisher()
    (hers,), (camera,) = await eve.publish_video(), await alice.publish_video()
    async with playing(hers, camera):
        bob, vic = await stage.viewer(), await stage.viewer("vic", "first")
        for viewer in (bob, vic):
            await viewer.until(lambda viewer=viewer: viewer.stream("video") is not None)
        bad = stage.server.rooms.find("first").participants["eve"]
        incoming = bad.publisher.transport.incoming
        layer = incoming.pop(hers.ssrc)
        layer.ssrc = 99999999999
        bad.publisher.transport.incoming = {layer.ssrc: layer, **incoming, hers.ssrc: layer}
        bad.fraction_lost_up = None
        with capture_logs() as lines:
            alice.reports.clear()
            await alice.until(lambda: sum(isinstance(r, rtcp.TransportFeedback) for r in alice.reports) >= 10)
            await alice.until(lambda: sum(isinstance(r, rtcp.ReceptionReport) for r in alice.reports) >= 2)
            await stage.server.rooms._quality()
            before = camera.key_frame_requests
            bob.request_key_frame(bob.stream("video").ssrc)
            await eventually(lambda: camera.key_frame_requests > before)
    told = [line["event"] for line in lines if line["log_level"] == "error"]
    assert sorted(told) == ["feedback failed", "quality not told", "report failed"]
    assert [room.name for room in stage.server.rooms.all()] == ["first", "hall"]
