"""One peer connection of a participant: its transport, its data channels, and what it receives."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from livehall.media.congestion.downlink import Downlink
from livehall.media.dtls.certificate import Identity
from livehall.media.dtls.sctp import DataChannels
from livehall.media.net.registry import Registry
from livehall.media.net.transport import Incoming, Transport
from livehall.media.net.turn import TurnServers
from livehall.media.rtp.packet import Header
from livehall.media.sdp import write
from livehall.media.sdp.parse import Section
from livehall.media.tracks.subscription import Subscription
from livehall.media.tracks.track import LateLayers, Track

RELIABLE, LOSSY = "_reliable", "_lossy"  # labels of the data channels that LiveKit's clients have


class MediaCore(msgspec.Struct, frozen=True):
    """What all connections share."""

    registry: Registry
    identity: Identity
    candidates: Sequence[write.Candidate]
    turn: TurnServers

    def by_tcp(self) -> "MediaCore":
        """The same for those who shall come by TCP only, where there is a port for that."""
        candidates = [candidate for candidate in self.candidates if candidate.protocol == "tcp"]
        return msgspec.structs.replace(self, candidates=candidates) if candidates else self


class Owner(Protocol):
    """The participant."""

    def connection_ready(self, connection: "Connection") -> None: ...

    def connection_failed(self, connection: "Connection", reason: str) -> None: ...

    def stream_paused(self, wanted: "Wanted", *, is_paused: bool) -> None:
        """The way down does not carry this track, or does again."""
        ...

    def data_received(self, label: str, data: bytes) -> None: ...

    def data_opened(self, label: str) -> None:
        """A data channel takes messages from now on."""
        ...


class Wanted:
    """A track that the participant is to receive, and, once a section carries it, how."""

    def __init__(self, track: Track, publisher_sid: str) -> None:
        self.track = track
        self.publisher_sid = publisher_sid
        self.subscription: Subscription | None = None
        self.mid = ""
        self.quality = 2
        self.is_paused = False
        self.frames_per_s = 0
        self.is_receivable = True  # False when the client offers no codec for it

    def carry(self, subscription: Subscription, mid: str) -> None:
        self.subscription = subscription
        self.mid = mid
        subscription.quality = self.quality
        subscription.is_paused = self.is_paused
        subscription.frames_per_s = self.frames_per_s
        self.track.attach(subscription)
        subscription.start()

    def sent(self) -> write.Sent:
        assert self.subscription is not None
        return write.Sent(
            self.subscription.ssrc,
            self.subscription.rtx_ssrc,
            f"{self.publisher_sid}|{self.track.sid}",
            self.track.sid,
        )

    def drop(self) -> None:
        if self.subscription is not None:
            self.track.detach(self.subscription)
            self.subscription.close()
            self.subscription = None
        self.mid = ""


class Connection:
    def __init__(self, core: MediaCore, owner: Owner) -> None:
        self._core = core
        self._owner = owner
        self._description = write.Description()
        self._late: list[LateLayers] = []
        self._sctp_port: int | None = None
        self.channels: DataChannels | None = None
        self.wanted: dict[str, Wanted] = {}
        self.transport = Transport(
            core.registry,
            core.identity,
            on_ready=self._ready,
            on_failed=lambda reason: owner.connection_failed(self, reason),
            on_data=self._data,
            on_unknown=self._unknown,
        )
        self.downlink = Downlink(self.transport, self._paused)

    # What the participant receives

    def subscribe(self, track: Track, publisher_sid: str) -> None:
        if track.sid not in self.wanted:
            self.wanted[track.sid] = Wanted(track, publisher_sid)
            self.wishes_changed()

    def unsubscribe(self, sid: str) -> None:
        wanted = self.wanted.pop(sid, None)
        if wanted is not None:
            wanted.drop()
            self.wishes_changed()

    def set_quality(self, sid: str, *, quality: int, is_paused: bool, frames_per_s: int = 0) -> None:
        wanted = self.wanted.get(sid)
        if wanted is None:
            return
        wanted.quality, wanted.is_paused, wanted.frames_per_s = quality, is_paused, frames_per_s
        if wanted.subscription is not None:
            wanted.subscription.want(quality=quality, is_paused=is_paused, frames_per_s=frames_per_s)

    def adapt(self, now: float) -> None:
        """By the clock, ten times a second: send no more than the way down carries."""
        pictures = (
            w.subscription for w in self.wanted.values() if w.track.kind == "video" and w.subscription
        )
        self.downlink.adapt(pictures, now)

    def wishes_changed(self) -> None:
        """Called after `wanted` has changed; a connection that receives negotiates."""

    @property
    def is_to_have_channels(self) -> bool:
        """Whether its description has a section for data."""
        return self._sctp_port is not None

    def has_channel(self, label: str) -> bool:
        return self.channels is not None and self.channels.is_open(label)

    def send_data(self, label: str, data: bytes) -> bool:
        """Queue a message; False when there is no such channel, or it is full."""
        return self.channels is not None and self.channels.send(label, data)

    async def close(self) -> None:
        for wanted in self.wanted.values():
            wanted.drop()
        self.wanted.clear()
        if self.channels is not None:
            await self.channels.close()
        self.downlink.close()
        self.transport.close()

    # Within

    def local(self, setup: str = "passive") -> write.Local:
        own = self.transport.credentials
        setup = "active" if self.transport.opens_dtls else setup
        return write.Local(
            own.ufrag, own.password, self._core.identity.fingerprint, self._core.candidates, setup
        )

    def data_section(self, section: Section) -> list[str]:
        self._sctp_port = section.sctp_port
        self.open_channels()
        return write.data(section.mid, self.local())

    def open_channels(self) -> None:
        """Start the SCTP association as soon as there are both a section for it and DTLS."""
        if self.channels is None and self._sctp_port is not None and self.transport.is_ready:
            self.channels = DataChannels(
                self.transport.send_data,
                self._owner.data_received,
                is_server=True,
                on_open=self._owner.data_opened,
            )
            self.channels.start(self._sctp_port)

    def _ready(self) -> None:
        self.open_channels()
        for wanted in self.wanted.values():
            if wanted.subscription is not None:
                wanted.subscription.start()
        self._owner.connection_ready(self)

    def _paused(self, subscription: Subscription, is_paused: bool) -> None:
        wanted = self.wanted.get(subscription.track.sid)
        if wanted is not None:
            self._owner.stream_paused(wanted, is_paused=is_paused)

    def _data(self, datagram: bytes) -> None:
        if self.channels is not None:
            self.channels.receive(datagram)

    def _unknown(self, header: Header, extra: dict[int, bytes]) -> Incoming | None:
        for late in self._late:
            if (sink := late.claim(header, extra)) is not None:
                return sink
        return None
