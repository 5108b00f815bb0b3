"""One push of one encoder, from its accepted stream key to its end, and what is told of it."""

import time
from collections.abc import Callable
from typing import Protocol

from livekit.protocol import ingress as proto
from livekit.protocol import webhook

from livehall.media.rooms.participant import Participant
from livehall.media.rooms.publication import new_sid

State = proto.IngressState
Tell = Callable[[webhook.WebhookEvent], None]


class Source(Protocol):
    """Whoever brings the media of a push into the room."""

    @property
    def participant(self) -> Participant | None:
        """None until there is something to publish."""
        ...

    async def stop(self, reason: str) -> None:
        """End the encoder's connection and leave the room; `reason` is said to the encoder where it hears."""
        ...


class Broadcast:
    """Moves the state of `info`: BUFFERING → PUBLISHING → INACTIVE, or ERROR with its text."""

    def __init__(self, info: proto.IngressInfo, source: Source, tell: Tell) -> None:
        self.info = info
        self.source = source
        self.is_over = False
        self._tell = tell
        self._is_published = False
        self._octets: dict[str, int] = {}  # by track, at the last look
        self._looked_at = time.monotonic()
        info.state.Clear()
        info.state.status = State.ENDPOINT_BUFFERING
        info.state.resource_id = new_sid("IR_")
        info.state.started_at = info.state.updated_at = time.time_ns()

    def saw_video(self, *, mime_type: str, width: int, height: int, frame_rate: float = 0.0) -> None:
        """What the encoder sends, before anything is done to it."""
        video = self.info.state.video
        video.mime_type, video.width, video.height, video.framerate = mime_type, width, height, frame_rate

    def saw_audio(self, *, mime_type: str, channels: int, sample_rate: int) -> None:
        audio = self.info.state.audio
        audio.mime_type, audio.channels, audio.sample_rate = mime_type, channels, sample_rate

    def look(self) -> None:
        """By the clock: is it in the room, and how much of it comes?"""
        participant = self.source.participant
        if self.is_over or participant is None or participant.is_gone:
            return
        if not self._is_published and participant.is_active and participant.is_publisher:
            self._is_published = True
            self.info.state.room_id = participant.room.sid
            self._move_to(State.ENDPOINT_PUBLISHING)
            self._tell(webhook.WebhookEvent(event="ingress_started", ingress_info=self.told()))
        if self._is_published:
            self._measure(participant)

    def over(self, error: str = "", *, is_complete: bool = False) -> None:
        """It has ended, well or with an error that the host should read. Harmless when repeated.

        `is_complete`: the source has come to its end, and will not begin again.
        """
        if self.is_over:
            return
        self.is_over = True
        self.info.state.error = error
        self.info.state.ended_at = time.time_ns()
        del self.info.state.tracks[:]
        ended = State.ENDPOINT_COMPLETE if is_complete else State.ENDPOINT_INACTIVE
        self._move_to(State.ENDPOINT_ERROR if error else ended)
        if self._is_published or error:
            self._tell(webhook.WebhookEvent(event="ingress_ended", ingress_info=self.told()))

    def told(self) -> proto.IngressInfo:
        """As reports tell of it: without the key."""
        told = proto.IngressInfo()
        told.CopyFrom(self.info)
        told.stream_key = ""
        return told

    def _move_to(self, status: int) -> None:
        self.info.state.status = status  # type: ignore[assignment]
        self.info.state.updated_at = time.time_ns()

    def _measure(self, participant: Participant) -> None:
        """Bits per second since the last look, about once a second."""
        now = time.monotonic()
        elapsed = now - self._looked_at
        if elapsed < 1.0:
            return
        self._looked_at = now
        del self.info.state.tracks[:]
        for publication in participant.publications.values():
            track = publication.track
            if track is None:
                continue
            self.info.state.tracks.append(publication.info)
            octets = sum(layer.octets for layer in track.layers.values())
            bitrate = int(8 * (octets - self._octets.get(track.sid, octets)) / elapsed)
            self._octets[track.sid] = octets
            facts = self.info.state.video if track.kind == "video" else self.info.state.audio
            facts.average_bitrate = bitrate
        self.info.state.updated_at = time.time_ns()
