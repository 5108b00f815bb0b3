"""One connection of somebody to a room: who it is, what it may do, what it publishes and receives.

State goes JOINING → ACTIVE (media connected) → DISCONNECTED. A participant outlives its signalling socket:
a client that lost it comes back with the same sid and goes on where it was.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog
from livekit.protocol import models, rtc

from livehall.media.rooms.answering import AnsweringConnection
from livehall.media.rooms.connection import LOSSY, RELIABLE, Connection, MediaCore, Wanted
from livehall.media.rooms.grants import KINDS, Claims, VideoGrant
from livehall.media.rooms.offering import OfferingConnection
from livehall.media.rooms.publication import Publication, new_sid
from livehall.media.sdp.parse import Section

if TYPE_CHECKING:
    from livehall.media.rooms.room import Room

MOST_TRACKS = 16  # announced by one participant
LARGEST_DATA = 64 * 1024  # bytes of one data packet
_MOST_EARLY = 256 * 1024  # bytes that wait for a channel
State = models.ParticipantInfo.State
log = structlog.get_logger(__name__)


class Signals(Protocol):
    """The way to the client's signalling; sending never waits and never fails."""

    def send(self, data: bytes) -> None:
        """An encoded `SignalResponse`."""
        ...

    def close(self) -> None:
        """After what was sent before."""
        ...


MakeConnection = Callable[[MediaCore, "Participant"], AnsweringConnection]


class Participant:
    def __init__(
        self,
        room: "Room",
        claims: Claims,
        core: MediaCore,
        issue_token: Callable[[Claims], str],
        *,
        client: models.ClientInfo,
        auto_subscribe: bool = True,
        has_two_connections: bool = False,
        connection: "MakeConnection | None" = None,
    ) -> None:
        """`connection`: of another kind than clients of our signalling have."""
        self.room = room
        self.claims = claims
        self._issue_token = issue_token
        self.grants: VideoGrant = claims.video
        self.sid = new_sid("PA_")
        self.identity = claims.identity
        self.name = claims.name
        self.metadata = claims.metadata
        self.attributes = dict(claims.attributes)
        self.client = client
        self.auto_subscribe = auto_subscribe
        self.joined_at_ms = time.time_ns() // 1_000_000
        self.state: int = models.ParticipantInfo.JOINING
        self.disconnect_reason: int = models.UNKNOWN_REASON
        self.version = 0
        self._described: models.ParticipantInfo | None = None
        self._described_in = (0, 0, 0)  # version, state, reason
        self.signals: Signals | None = None
        self.publications: dict[str, Publication] = {}
        self._carried_cids: set[str] = set()  # names of tracks that a section has carried
        self.refused_tracks: set[str] = set()  # that this client does not want
        self.policy: rtc.SubscriptionPermission | None = None  # who may receive its tracks; None: everybody
        self.came_at = time.monotonic()
        self.has_failed = False  # its media cannot be connected; the room's clock sends it away
        self.fraction_lost_up = 0.0  # of what it sends, over the last report
        self.quality_told: int | None = None
        self._early: list[bytes] = []  # reliable messages that came before the channel for them was open
        self.publisher = (
            connection(core, self)
            if connection is not None
            else AnsweringConnection(
                core,
                self,
                identity=self.identity,
                require_sections=None if has_two_connections else self._require_sections,
            )
        )
        self.subscriber: OfferingConnection | None = None
        if has_two_connections:
            self.subscriber = OfferingConnection(core, self, self._offer)

    # Who it is

    @property
    def receiving(self) -> Connection:
        """The connection that carries what this participant receives."""
        return self.subscriber or self.publisher

    @property
    def connections(self) -> tuple[Connection, ...]:
        return (self.publisher,) if self.subscriber is None else (self.publisher, self.subscriber)

    @property
    def is_active(self) -> bool:
        return self.state == models.ParticipantInfo.ACTIVE

    @property
    def is_gone(self) -> bool:
        return self.state == models.ParticipantInfo.DISCONNECTED

    @property
    def is_publisher(self) -> bool:
        return any(publication.is_announced for publication in self.publications.values())

    @property
    def has_ended(self) -> bool:
        """Both its signalling and its media are closed: a goodbye was lost with the socket."""
        return self.signals is None and self.publisher.transport.has_ended

    @property
    def last_heard(self) -> float:
        """Monotonic seconds of the last packet of media or its checks."""
        return max(connection.transport.last_heard for connection in self.connections)

    def info(self) -> models.ParticipantInfo:
        """What others see of it; to be read only. Who joins is told of everybody, and most only watch."""
        if self.publications:  # which change by themselves
            return self._describe()
        state = (self.version, self.state, self.disconnect_reason)
        if self._described is None or self._described_in != state:
            self._described, self._described_in = self._describe(), state
        return self._described

    def _describe(self) -> models.ParticipantInfo:
        return models.ParticipantInfo(
            sid=self.sid,
            identity=self.identity,
            name=self.name,
            state=State.Name(self.state),
            metadata=self.metadata,
            attributes=self.attributes,
            joined_at=self.joined_at_ms // 1000,
            joined_at_ms=self.joined_at_ms,
            version=self.version,
            permission=self.grants.permission(),
            is_publisher=self.is_publisher,
            kind=KINDS.get(self.claims.kind, models.ParticipantInfo.STANDARD),
            tracks=[p.info for p in self.publications.values() if p.is_announced],
            disconnect_reason=self.disconnect_reason,  # type: ignore[arg-type]
            client_protocol=self.client.client_protocol,
            capabilities=self.client.capabilities,
        )

    def touch(self) -> None:
        """What others see of it has changed."""
        self.version += 1

    # To the client

    def send(self, message: rtc.SignalResponse) -> None:
        self.send_encoded(message.SerializeToString())

    def send_encoded(self, message: bytes) -> None:
        """For what many are told: encoded once."""
        if self.signals is not None:
            self.signals.send(message)

    def send_token(self) -> None:
        """A fresh token with its present rights, so that it can come back after the first has expired."""
        claims = msgspec.structs.replace(
            self.claims,
            video=self.grants,
            name=self.name,
            metadata=self.metadata,
            attributes=self.attributes,
        )
        self.send(rtc.SignalResponse(refresh_token=self._issue_token(claims)))

    def send_leave(self, reason: int, action: int = rtc.LeaveRequest.DISCONNECT) -> None:
        leave = rtc.LeaveRequest(reason=reason, action=action)  # type: ignore[arg-type]
        leave.can_reconnect = action != rtc.LeaveRequest.DISCONNECT
        self.send(rtc.SignalResponse(leave=leave))

    def send_data(self, label: str, packet: bytes) -> None:
        """An encoded `DataPacket`. What is reliable and comes before the channel is open waits for it."""
        for connection in (self.receiving, self.publisher):
            if connection.has_channel(label):
                connection.send_data(label, packet)
                return
        waiting = sum(map(len, self._early)) + len(packet)
        if label == RELIABLE and self.receiving.is_to_have_channels and waiting <= _MOST_EARLY:
            self._early.append(packet)

    # Publishing

    def announce(self, request: rtc.AddTrackRequest) -> Publication | None:
        """A track that the client is about to publish; None when it may not."""
        if not self.grants.may_publish_source(request.source) or len(self.publications) >= MOST_TRACKS:
            return None
        for known in self.publications.values():
            if known.cid == request.cid:
                return known
        publication = Publication(request)
        self.publications[publication.sid] = publication
        return publication

    def claim(self, section: Section) -> Publication | None:
        free = [p for p in self.publications.values() if p.track is None and p.kind == section.kind]
        for publication in free:
            if section.track_id in publication.cids or section.stream_id in publication.cids:
                return publication
        # Some clients name the section's track otherwise than in `add_track`: then its kind decides,
        # unless the section is known to carry a track that has been taken away.
        if section.track_id in self._carried_cids or len(free) != 1:
            return None
        return free[0]

    def bound(self, publication: Publication) -> None:
        self._carried_cids |= publication.cids
        self.room.track_ready(self, publication)

    def stopped(self, publication: Publication) -> None:
        self.unpublish(publication)

    def unpublish(self, publication: Publication) -> None:
        if self.publications.pop(publication.sid, None) is not None:
            self.publisher.unpublish(publication)
            self.room.track_gone(self, publication)

    def mute(self, publication: Publication, *, muted: bool) -> None:
        if publication.info.muted == muted:
            return
        publication.info.muted = muted
        publication.touch()
        if publication.track is not None:
            publication.track.muted = muted
        if publication.is_announced:
            self.room.track_muted(self, publication)

    def lets_receive(self, other: "Participant", track_sid: str) -> bool:
        """Whether the publisher's own rules let `other` have this track."""
        if self.policy is None or self.policy.all_participants:
            return True
        return any(
            (rule.all_tracks or track_sid in rule.track_sids)
            and (rule.participant_sid == other.sid or rule.participant_identity == other.identity)
            for rule in self.policy.track_permissions
        )

    # From its connections

    def connection_ready(self, connection: Connection) -> None:
        if connection is self.receiving or self.subscriber is None or self.publications:
            self._become_active()

    def connection_failed(self, connection: Connection, reason: str) -> None:
        log.info("media connection failed", participant=self.sid, room=self.room.name, reason=reason)
        self.has_failed = True

    def stream_paused(self, wanted: Wanted, *, is_paused: bool) -> None:
        state = rtc.StreamState.PAUSED if is_paused else rtc.StreamState.ACTIVE
        info = rtc.StreamStateInfo(
            participant_sid=wanted.publisher_sid, track_sid=wanted.track.sid, state=state
        )
        self.send(rtc.SignalResponse(stream_state_update=rtc.StreamStateUpdate(stream_states=[info])))

    def data_received(self, label: str, data: bytes) -> None:
        if not self.grants.may_send_data or len(data) > LARGEST_DATA:
            return
        try:
            packet = models.DataPacket.FromString(data)
        except Exception:  # protobuf's DecodeError has no stable home; a client's nonsense is dropped
            return
        # Clients leave the kind out, or mean something else by it: the channel says it.
        packet.kind = models.DataPacket.LOSSY if label == LOSSY else models.DataPacket.RELIABLE
        packet.participant_sid = self.sid
        packet.participant_identity = self.identity
        if packet.WhichOneof("value") == "user":
            packet.user.participant_sid = self.sid
            packet.user.participant_identity = self.identity
        self.room.pass_data(self, label, packet)

    def data_opened(self, label: str) -> None:
        if label == RELIABLE:
            early, self._early = self._early, []
            for packet in early:
                self.send_data(label, packet)

    def _become_active(self) -> None:
        if self.state in (models.ParticipantInfo.JOINING, models.ParticipantInfo.JOINED):
            self.state = models.ParticipantInfo.ACTIVE
            self.touch()
            self.room.participant_active(self)

    def _require_sections(self, audios: int, videos: int) -> None:
        need = rtc.MediaSectionsRequirement(num_audios=audios, num_videos=videos)
        self.send(rtc.SignalResponse(media_sections_requirement=need))

    def _offer(self, sdp: str, number: int, carried: dict[str, str]) -> None:
        offer = rtc.SessionDescription(type="offer", sdp=sdp, id=number, mid_to_track_id=carried)
        self.send(rtc.SignalResponse(offer=offer))

    async def close(self) -> None:
        for connection in self.connections:
            await connection.close()
        if self.signals is not None:
            self.signals.close()
            self.signals = None
