"""Media over real sockets: a light publisher, the server, light viewers."""

import asyncio
import itertools

import pytest
from livekit.protocol import models, room, rtc

from livehall.media.client.publisher import SentStream, play, vp8_payload
from livehall.media.client.receiver import LightClient
from livehall.media.rtp import rtcp, vp8
from livehall.media.tracks import subscription
from tests.media.conftest import Stage, both_ways, eventually

pytestmark = [pytest.mark.media, both_ways]


class Received:
    """The packets of one kind that a viewer got, decrypted."""

    def __init__(self, viewer: LightClient) -> None:
        self.sequences: list[int] = []
        self.timestamps: list[int] = []
        self.payloads: list[bytes] = []
        self.repairs: dict[int, bytes] = {}  # original sequence: payload
        self.repair_count = 0
        self._viewer = viewer
        viewer.on_rtp = self._take

    def _take(self, packet, header) -> None:
        payload = packet[header.payload_start : header.payload_end]
        kind = self._viewer.streams[header.ssrc].kind
        if kind == "video":
            self.sequences.append(header.sequence)
            self.timestamps.append(header.timestamp)
            self.payloads.append(payload)
        elif kind == "repair":
            self.repairs[int.from_bytes(payload[:2])] = payload[2:]
            self.repair_count += 1


async def send_frames(video: SentStream, count: int, *, first: int = 0) -> list[int]:
    """Frames of one packet each, 5 ms apart; the sequence numbers."""
    sent = []
    for number in range(first, first + count):
        key, video.is_key_due = video.is_key_due or number == first, False
        video.send(vp8_payload(key=key, picture=number, layer_index=number), number * 3000)
        sent.append(video.sequence)
        await asyncio.sleep(0.005)
    return sent


async def test_a_viewer_gets_what_was_sent(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    audio = await alice.publish_audio()
    await bob.until(lambda: len(bob.tracks_by_mid) == 2)
    sent = await send_frames(video, 50)
    for number in range(20):
        audio.send(b"opus", number * 960, level=10)
    await bob.until(lambda: len(received.sequences) == 50 and bob.stream("audio") is not None)

    assert received.sequences == sent
    assert [vp8.parse(payload).picture for payload in received.payloads] == list(range(50))
    assert bob.totals().lost == 0
    assert bob.bad_samples == 0


async def test_a_late_viewer_begins_at_a_key_frame_that_was_asked_for(stage: Stage):
    alice = await stage.publisher()
    (video,) = await alice.publish_video()
    playing = asyncio.create_task(play(video, seconds=20))
    await eventually(lambda: video.packets > 30)
    bob = await stage.viewer()
    received = Received(bob)
    await bob.until(lambda: len(received.payloads) > 3)
    playing.cancel()

    assert video.key_frame_requests >= 1
    assert vp8.parse(received.payloads[0]).is_key
    assert bob.streams[next(iter(bob.streams))].first_at - bob.joined_at < 3.0


async def test_a_lost_packet_upstream_is_asked_for_and_passed_on(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    await send_frames(video, 5)
    missing = video.skip()
    await send_frames(video, 5, first=6)
    await alice.until(lambda: missing in video.asked_again)
    video.repair(missing, vp8_payload(key=False, picture=5), 15000)
    await bob.until(lambda: missing in received.sequences)

    assert sorted(received.sequences) == list(range(min(received.sequences), min(received.sequences) + 11))


async def test_a_packet_lost_downstream_is_repaired_from_the_cache_by_rtx(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    sent = await send_frames(video, 20)
    await bob.until(lambda: len(received.sequences) == 20)
    bob.nack(bob.stream("video").ssrc, [sent[3], sent[7]])
    await bob.until(lambda: len(received.repairs) == 2)

    by_sequence = dict(zip(received.sequences, received.payloads, strict=True))
    assert received.repairs == {sent[3]: by_sequence[sent[3]], sent[7]: by_sequence[sent[7]]}


async def test_who_missed_the_first_key_frame_gets_it_again_once(stage: Stage, monkeypatch):
    monkeypatch.setattr(subscription, "_MISSED_S", 60.0)
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    sent = await send_frames(video, 5)
    await bob.until(lambda: len(received.sequences) == 5)
    bob.request_key_frame(bob.stream("video").ssrc)
    await bob.until(lambda: len(received.repairs) == 5)
    assert received.repairs == dict(zip(sent, received.payloads, strict=True))

    bob.request_key_frame(bob.stream("video").ssrc)
    bob.nack(bob.stream("video").ssrc, [sent[3]])  # read after the request: what that brings comes before
    await bob.until(lambda: received.repair_count > 5)
    await send_frames(video, 5, first=5)
    await bob.until(lambda: len(received.sequences) == 10)
    assert received.repair_count == 6


async def test_a_key_frame_of_long_ago_is_not_repeated_but_asked_for(stage: Stage, monkeypatch):
    monkeypatch.setattr(subscription, "_MISSED_S", 0.0)
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    await send_frames(video, 5)
    await bob.until(lambda: len(received.sequences) == 5)
    requests = video.key_frame_requests
    bob.request_key_frame(bob.stream("video").ssrc)
    await alice.until(lambda: video.key_frame_requests > requests)
    await send_frames(video, 5, first=5)
    await bob.until(lambda: len(received.sequences) == 10)

    assert not received.repairs


async def test_numbers_wrap_around_without_a_seam(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    video.sequence = 65515
    await bob.until(lambda: bool(bob.tracks_by_mid))
    sent = await send_frames(video, 40)
    await bob.until(lambda: len(received.sequences) == 40)
    bob.nack(bob.stream("video").ssrc, [65535, 0])
    await bob.until(lambda: len(received.repairs) == 2)

    assert received.sequences == sent
    assert bob.totals().lost == 0


async def test_layers_change_as_the_viewer_wishes_without_a_seam(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    layers = await alice.publish_video(rids=("q", "h", "f"))
    sid = alice.sid_of(layers[0])
    tags = {stream.rid: index for index, stream in enumerate(layers)}

    async def film() -> None:
        number = 0
        while True:
            for stream in layers:
                key, stream.is_key_due = stream.is_key_due or number == 0, False
                picture = number + 1000 * tags[stream.rid]
                payload = vp8_payload(
                    key=key, picture=picture, layer_index=number, size=50 + tags[stream.rid]
                )
                stream.send(payload, 5000 * tags[stream.rid] + number * 3000)
            number += 1
            await asyncio.sleep(0.02)

    def shows(rid: str) -> bool:
        return bool(received.payloads) and len(received.payloads[-1]) == 57 + tags[rid]

    filming = asyncio.create_task(film())
    try:
        await bob.until(lambda: shows("f"))
        for quality, rid in ((models.LOW, "q"), (models.HIGH, "f"), (models.MEDIUM, "h")):
            await bob.signal(track_setting=rtc.UpdateTrackSettings(track_sids=[sid], quality=quality))
            await bob.until(lambda rid=rid: shows(rid))
    finally:
        filming.cancel()

    assert bob.totals().lost == 0
    steps = {(b - a) & 0xFFFF for a, b in zip(received.sequences, received.sequences[1:], strict=False)}
    assert steps == {1}
    pictures = [vp8.parse(payload).picture for payload in received.payloads]
    assert {(b - a) & 0x7FFF for a, b in itertools.pairwise(pictures)} == {1}
    moved = [(b - a) & 0xFFFFFFFF for a, b in zip(received.timestamps, received.timestamps[1:], strict=False)]
    assert all(0 < step < 45000 for step in moved)


async def test_a_disabled_track_costs_nothing_and_goes_on_without_a_gap(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    received = Received(bob)
    (video,) = await alice.publish_video()
    sid = alice.sid_of(video)
    playing = asyncio.create_task(play(video, seconds=30))
    await bob.until(lambda: len(received.sequences) > 5)
    await bob.signal(track_setting=rtc.UpdateTrackSettings(track_sids=[sid], disabled=True))
    track = stage.server.rooms.find("hall").published()[0]
    await eventually(lambda: track.feeds[0].is_paused)
    until_now, sent_until_now = len(received.sequences), video.packets
    await eventually(lambda: video.packets > sent_until_now + 10)
    assert len(received.sequences) - until_now <= 2

    await bob.signal(track_setting=rtc.UpdateTrackSettings(track_sids=[sid], quality=models.HIGH))
    await bob.until(lambda: len(received.sequences) > until_now + 10)
    playing.cancel()
    assert bob.totals().lost == 0


async def test_sender_reports_arrive_with_the_viewers_timestamps(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,) = await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    await send_frames(video, 3)
    video.report(6000)
    await bob.until(lambda: any(isinstance(report, rtcp.SenderReport) for report in bob.reports))

    report = next(report for report in bob.reports if isinstance(report, rtcp.SenderReport))
    assert report.ssrc == bob.stream("video").ssrc
    assert report.timestamp == 6000


async def test_publishers_are_told_what_arrived(stage: Stage):
    alice = await stage.publisher()
    (video,) = await alice.publish_video()
    await send_frames(video, 20)
    await alice.until(lambda: any(isinstance(report, rtcp.ReceptionReport) for report in alice.reports))

    report = next(report for report in alice.reports if isinstance(report, rtcp.ReceptionReport))
    assert (report.ssrc, report.lost) == (video.ssrc, 0)


async def test_who_speaks_is_told(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    audio = await alice.publish_audio()

    def told(active: bool) -> bool:
        return any(
            speaker.sid == alice.participant.sid and speaker.active is active
            for response in bob.signals
            for speaker in response.speakers_changed.speakers
        )

    async def talk() -> None:
        for number in range(1000):
            audio.send(b"opus", number * 960, level=15)
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    await bob.until(lambda: told(True))
    talking.cancel()
    await bob.until(lambda: told(False))


async def channels_open(stage: Stage) -> None:
    """Until everybody can get data on both channels: what is lossy and comes before is lost."""
    await channels_open_of(stage, *stage.server.rooms.find("hall").participants)


async def channels_open_of(stage: Stage, *identities: str) -> None:
    people = [stage.server.rooms.find("hall").participants[identity] for identity in identities]
    labels = ("_reliable", "_lossy")
    await eventually(lambda: all(p.publisher.has_channel(label) for p in people for label in labels))


def early_of(stage: Stage, identity: str) -> list[bytes]:
    return stage.server.rooms.find("hall").participants[identity]._early


async def test_data_reaches_the_others_on_the_channel_it_was_sent_on(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    await channels_open(stage)
    assert alice.send_data(b"kept", topic="chat")
    assert alice.send_data(b"maybe", label="_lossy")
    await bob.until(lambda: len(bob.messages) == 2)

    found = dict(bob.messages)
    assert found["_reliable"].user.payload == b"kept"
    assert found["_reliable"].user.topic == "chat"
    assert found["_reliable"].participant_identity == "alice"
    assert found["_lossy"].user.payload == b"maybe"
    assert not alice.messages


async def test_reliable_messages_wait_for_the_channel_of_who_has_just_come(stage: Stage):
    alice = await stage.publisher()
    await channels_open(stage)
    bob = await stage.viewer(opens_channels=False)
    api = await stage.api()
    bodies = [bytes((number,)) * 15_000 for number in range(10)]
    for body in bodies:
        assert alice.send_data(body)
    await eventually(lambda: len(early_of(stage, "bob")) == len(bodies))
    await api.room.send_data(room.SendDataRequest(room="hall", data=b"said by a server"))
    await api.room.send_data(room.SendDataRequest(room="hall", data=b"lost", kind=models.DataPacket.LOSSY))
    bob.open_channels()
    await bob.until(lambda: len(bob.messages) == 11)
    await channels_open(stage)
    assert alice.send_data(b"after")
    await bob.until(lambda: len(bob.messages) == 12)

    assert [packet.user.payload for _, packet in bob.messages] == [*bodies, b"said by a server", b"after"]
    assert not early_of(stage, "bob")


async def test_what_waits_for_a_channel_that_is_never_opened_is_bounded(stage: Stage):
    alice = await stage.publisher()
    await channels_open(stage)
    await stage.viewer(opens_channels=False)
    carol = await stage.viewer("carol")
    await channels_open_of(stage, "carol")
    for number in range(40):
        assert alice.send_data(bytes((number,)) * 15_000)
    await carol.until(lambda: len(carol.messages) == 40)

    kept = early_of(stage, "bob")
    assert [models.DataPacket.FromString(packet).user.payload[0] for packet in kept] == list(range(len(kept)))
    assert 256 * 1024 - 16_000 < sum(map(len, kept)) <= 256 * 1024


async def test_large_reliable_messages_arrive_whole_and_in_order(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    bodies = [bytes((number,)) * 15_000 for number in range(30)]
    await channels_open(stage)
    for body in bodies:
        assert alice.send_data(body)
    await bob.until(lambda: len(bob.messages) == 30)

    assert [packet.user.payload for _, packet in bob.messages] == bodies


async def test_data_without_the_right_goes_nowhere(stage: Stage):
    alice = await stage.publisher(can_publish_data=False)
    bob, carol = await stage.viewer(), await stage.viewer("carol")
    await channels_open(stage)
    assert alice.send_data(b"forbidden")
    assert carol.send_data(b"allowed")
    await bob.until(lambda: bool(bob.messages))

    assert [packet.user.payload for _, packet in bob.messages] == [b"allowed"]
