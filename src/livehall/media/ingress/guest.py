"""A participant that no client stands behind: what this server itself publishes into a room.

It is in the room like any other, of kind INGRESS, and its packets enter where those of a publisher's
transport would. It cannot be asked for key frames: whoever begins to watch waits for the next one.
"""

import secrets
import time
from typing import Literal

from livekit.protocol import ingress as proto
from livekit.protocol import models, rtc

from livehall.media.rooms.grants import Claims, VideoGrant
from livehall.media.rooms.participant import Participant
from livehall.media.rooms.rooms import Rooms
from livehall.media.rtp import rtcp
from livehall.media.rtp.packet import Header
from livehall.media.tracks.programme import Codec
from livehall.media.tracks.track import Track

CLOCKS = {"audio": 48_000, "video": 90_000}  # RTP ticks per second
_PAYLOAD_TYPES = {"audio": 111, "video": 102}
_REPORT_S = 1.0  # between two sender reports, which let receivers put sound and picture together

Kind = Literal["audio", "video"]


def claims_of(info: proto.IngressInfo, api_key: str) -> Claims:
    """What an ingress's participant may do: publish, and nothing else."""
    grant = VideoGrant(
        room_join=True, room=info.room_name, can_publish=True, can_subscribe=False, can_publish_data=False
    )
    return Claims(
        api_key=api_key,
        identity=info.participant_identity,
        name=info.participant_name or info.participant_identity,
        metadata=info.participant_metadata,
        kind="ingress",
        video=grant,
    )


def announcement(
    info: proto.IngressInfo, kind: Kind, *, width: int = 0, height: int = 0
) -> rtc.AddTrackRequest:
    """The track as the ingress's definition names it."""
    if kind == "audio":
        return rtc.AddTrackRequest(
            cid=f"{info.ingress_id}-audio",
            name=info.audio.name or "audio",
            type=models.AUDIO,
            source=info.audio.source or models.MICROPHONE,
            stereo=True,
        )
    layer = models.VideoLayer(quality=models.HIGH, width=width, height=height)
    return rtc.AddTrackRequest(
        cid=f"{info.ingress_id}-video",
        name=info.video.name or "video",
        type=models.VIDEO,
        source=info.video.source or models.CAMERA,
        width=width,
        height=height,
        layers=[layer] if width else [],
    )


class Deaf:
    """Stands where a publisher's transport would: there is nobody to ask."""

    def send_rtcp(self, compound: bytes) -> None:
        pass


class Lane:
    """One track of a guest. Timestamps are unwrapped RTP ticks of the encoder's clock."""

    def __init__(self, track: Track, clock_rate: int) -> None:
        self._track = track
        self._layer = track.add_layer(secrets.randbits(32))
        self._clock_rate = clock_rate
        self._payload_type = track.payload_type
        self._sequence = secrets.randbits(16)
        self._reported_at = 0.0

    def packet(self, timestamp: int, marker: bool, payload: bytes, began_at: float) -> None:
        """`began_at`: Unix seconds at which the encoder's clock showed nought."""
        now = time.monotonic()
        short = timestamp & 0xFFFFFFFF
        if now - self._reported_at >= _REPORT_S:
            self._reported_at = now
            seconds = began_at + timestamp / self._clock_rate + rtcp.NTP_EPOCH
            report = rtcp.SenderReport(self._layer.ssrc, int(seconds * (1 << 32)), short)
            self._layer.sender_report(report, now)
        self._sequence = (self._sequence + 1) & 0xFFFF
        header = Header(self._sequence, short, self._layer.ssrc, self._payload_type, marker, 0, len(payload))
        self._layer.receive(payload, header, {}, now)


class Guest:
    """`join` makes one. It lives as long as somebody calls `packet` and the room keeps it."""

    def __init__(self, participant: Participant, info: proto.IngressInfo) -> None:
        self.participant = participant
        self._info = info
        self._lanes: dict[Kind, Lane] = {}
        self._began_at: float | None = None

    @classmethod
    async def join(cls, rooms: Rooms, info: proto.IngressInfo, api_key: str) -> "Guest":
        """Raises: RoomRefused."""
        participant = await rooms.join(
            claims_of(info, api_key), models.ClientInfo(), auto_subscribe=False, has_two_connections=False
        )
        participant.connection_ready(participant.publisher)
        return cls(participant, info)

    def packet(self, kind: Kind, timestamp: int, marker: bool, payload: bytes, size: tuple[int, int]) -> None:
        """One RTP payload, Opus or H.264; the first of a kind publishes the track. `size` of the picture."""
        if self.participant.is_gone:
            return
        self.participant.publisher.transport.last_heard = time.monotonic()
        if self._began_at is None:
            self._began_at = time.time() - timestamp / CLOCKS[kind]
        lane = self._lanes.get(kind) or self._publish(kind, size)
        if lane is not None:
            lane.packet(timestamp, marker, payload, self._began_at)

    async def leave(self) -> None:
        await self.participant.room.remove(self.participant, models.CLIENT_INITIATED)

    def _publish(self, kind: Kind, size: tuple[int, int]) -> Lane | None:
        request = announcement(self._info, kind, width=size[0], height=size[1])
        publication = self.participant.announce(request)
        if publication is None:  # its right to publish has been taken away
            return None
        codec: Codec = "opus" if kind == "audio" else "h264"
        track = Track(
            Deaf(),
            sid=publication.sid,
            identity=self.participant.identity,
            kind=kind,
            codec=codec,
            source=publication.source,
            clock_rate=CLOCKS[kind],
            payload_type=_PAYLOAD_TYPES[kind],
            rtx_payload_type=None,
        )
        lane = self._lanes[kind] = Lane(track, CLOCKS[kind])
        publication.bound(track, str(len(self._lanes) - 1))
        self.participant.bound(publication)
        return lane
