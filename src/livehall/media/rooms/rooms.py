"""All rooms of this server, and what the clock does to them."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress

import structlog
from livekit.protocol import models, rtc

from livehall.media.failures import Failures
from livehall.media.net.transport import OUR_SSRC, Transport
from livehall.media.rooms.connection import MediaCore
from livehall.media.rooms.grants import Claims
from livehall.media.rooms.participant import MakeConnection, Participant
from livehall.media.rooms.quality import tell_connection_quality, tell_wanted_layers
from livehall.media.rooms.room import Reports, Room
from livehall.media.rooms.speakers import INTERVAL_S
from livehall.media.rooms.tokens import Keys
from livehall.media.rtp import rtcp
from livehall.media.tracks.track import Track
from livehall.media.workers.place import ALONE, Place

SILENCE_S = 20.0  # without a sign of life a client has vanished; as LiveKit, media-observed §1
CONNECT_S = 30.0  # within which media must be connected
_TICK_S = 0.025
_FEEDBACK_S = 0.1
_REPORT_S = 1.0
_QUALITY_S = 5.0
log = structlog.get_logger(__name__)


class RoomRefused(Exception):
    """The room is not made, or not joined, here and now."""

    status: int  # of HTTP
    text: str  # for whoever asked


class RoomFull(RoomRefused):
    """It has as many participants as it may have."""

    status, text = 503, "The room is full."


class RoomElsewhere(RoomRefused):
    """Another worker is its home: made here as well, there would be two rooms of one name."""

    status, text = 421, "This room is of another worker of the media server."


class Rooms:
    def __init__(
        self,
        core: MediaCore,
        reports: Reports,
        keys: Keys,
        *,
        empty_timeout_s: int,
        departure_timeout_s: int,
        place: Place = ALONE,
    ) -> None:
        self._keys = keys
        self._place = place
        self._core = core
        self.core = core
        self.turn = core.turn
        self._reports = reports
        self._empty_timeout_s = empty_timeout_s
        self._departure_timeout_s = departure_timeout_s
        self._rooms: dict[str, Room] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._failures = Failures(log)

    def start(self) -> None:
        for work, interval in (
            (self._tick, _TICK_S),
            (self._feedback, _FEEDBACK_S),
            (self._speakers, INTERVAL_S),
            (self._report, _REPORT_S),
            (self._quality, _QUALITY_S),
        ):
            self._tasks.append(asyncio.create_task(self._every(interval, work), name=work.__name__))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        for room in tuple(self._rooms.values()):
            await self._end(room, models.SERVER_SHUTDOWN)

    # Rooms

    def find(self, name: str) -> Room | None:
        return self._rooms.get(name)

    def all(self) -> list[Room]:
        return list(self._rooms.values())

    def check_home(self, name: str) -> None:
        """Raises: RoomElsewhere."""
        if not self._place.owns(name):
            raise RoomElsewhere(name)

    def create(
        self,
        name: str,
        *,
        empty_timeout_s: int = 0,
        departure_timeout_s: int = 0,
        max_participants: int = 0,
        metadata: str = "",
    ) -> Room:
        """The room of this name, made if it is not there; zeros stand for the server's defaults.

        Raises: RoomElsewhere.
        """
        room = self._rooms.get(name)
        if room is not None:
            return room
        self.check_home(name)
        room = Room(
            name,
            self._reports,
            empty_timeout_s=empty_timeout_s or self._empty_timeout_s,
            departure_timeout_s=departure_timeout_s or self._departure_timeout_s,
            max_participants=max_participants,
            metadata=metadata,
        )
        self._rooms[name] = room
        self._reports.room("room_started", room)
        return room

    async def delete(self, name: str) -> bool:
        room = self._rooms.get(name)
        if room is None:
            return False
        await self._end(room, models.ROOM_DELETED)
        return True

    async def _end(self, room: Room, reason: int) -> None:
        if self._rooms.get(room.name) is room:
            del self._rooms[room.name]
        await room.close(reason)

    # Joining

    async def join(
        self,
        claims: Claims,
        client: models.ClientInfo,
        *,
        auto_subscribe: bool,
        has_two_connections: bool,
        connection: MakeConnection | None = None,
    ) -> Participant:
        """A new participant in its room, not yet told to others. Who had this identity is sent away.

        Raises: RoomRefused.
        """
        room = self.create(claims.video.room)
        # Looked up anew after each wait: others may have joined, or the room may have ended, meanwhile.
        while (before := room.participants.get(claims.identity)) is not None:
            before.send_leave(models.DUPLICATE_IDENTITY)
            await room.remove(before, models.DUPLICATE_IDENTITY)
            room = self.create(claims.video.room)
        if room.max_participants and len(room.participants) >= room.max_participants:
            raise RoomFull(room.name)
        participant = Participant(
            room,
            claims,
            self._core.by_tcp() if claims.identity in room.by_tcp else self._core,
            self._keys.issue,
            client=client,
            auto_subscribe=auto_subscribe,
            has_two_connections=has_two_connections,
            connection=connection,
        )
        room.participants[participant.identity] = participant
        room.had_participants = True
        return participant

    # The clock: what fails for one track, participant or room does not keep it from the others

    async def _every(self, interval_s: float, work: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            await asyncio.sleep(interval_s)
            try:
                await work()
            except Exception:  # the loop's edge: the next round goes on
                self._failures.tell("round failed", of=work.__name__)

    async def _tick(self) -> None:
        now = time.monotonic()
        for room in self._rooms.values():
            for track in room.published():
                try:
                    track.tick(now)
                except Exception:  # the loop's edge
                    self._failures.tell("track not looked after", of=track.sid, room=room.name)

    async def _feedback(self) -> None:
        now = time.monotonic()
        for room in self._rooms.values():
            for participant in room.participants.values():
                try:
                    participant.receiving.adapt(now)
                    participant.publisher.transport.tell_arrivals()
                except Exception:  # the loop's edge
                    self._failures.tell("feedback failed", of=participant.sid, room=room.name)

    async def _speakers(self) -> None:
        for room in self._rooms.values():
            try:
                room.tell_speakers()
            except Exception:  # the loop's edge
                self._failures.tell("speakers not told", of=room.sid, room=room.name)

    async def _report(self) -> None:
        now = time.monotonic()
        for room in tuple(self._rooms.values()):
            for participant in tuple(room.participants.values()):
                try:
                    _receiver_report(participant, now)
                    tell_wanted_layers(participant, now)
                except Exception:  # the loop's edge
                    self._failures.tell("report failed", of=participant.sid, room=room.name)
                try:
                    if not await self._is_alive(room, participant, now):
                        log.info("participant timed out", room=room.name, participant=participant.sid)
                except Exception:  # the loop's edge
                    self._failures.tell("participant not removed", of=participant.sid, room=room.name)
            if not room.participants:
                wait = room.departure_timeout_s if room.had_participants else room.empty_timeout_s
                if now - room.empty_since >= wait:
                    try:
                        await self._end(room, models.ROOM_CLOSED)
                    except Exception:  # the loop's edge
                        self._failures.tell("room not ended", of=room.sid, room=room.name)

    async def _is_alive(self, room: Room, participant: Participant, now: float) -> bool:
        """False when it was found to have vanished, and was removed."""
        if participant.has_ended:
            await room.remove(participant, models.CLIENT_INITIATED)
            return False
        if participant.is_active:
            if now - participant.last_heard < SILENCE_S:
                return True
            # Its signalling may live on: then it may come back with a new connection.
            participant.send_leave(models.CONNECTION_TIMEOUT, rtc.LeaveRequest.RECONNECT)
            await room.remove(participant, models.CONNECTION_TIMEOUT)
            return False
        if not participant.has_failed and now - participant.came_at < CONNECT_S:
            return True
        participant.send_leave(models.JOIN_FAILURE)
        await room.remove(participant, models.JOIN_FAILURE)
        return False

    async def _quality(self) -> None:
        for room in self._rooms.values():
            try:
                tell_connection_quality(room)
                room.tell_counts()
            except Exception:  # the loop's edge
                self._failures.tell("quality not told", of=room.sid, room=room.name)


def _receiver_report(participant: Participant, now: float) -> None:
    tracks = (publication.track for publication in participant.publications.values())
    lost = report_reception(participant.publisher.transport, tracks, now)
    if lost is not None:
        participant.fraction_lost_up = lost


def report_reception(transport: Transport, tracks: Iterable[Track | None], now: float) -> float | None:
    """Tell a sender what came of these tracks; the largest share lost, None when there is nothing to tell."""
    blocks = []
    for track in tracks:
        for layer in track.layers.values() if track is not None else ():
            block = layer.report_block(now)
            if block is not None:
                blocks.append(block)
    if not blocks:
        return None
    transport.send_rtcp(rtcp.receiver_reports(OUR_SSRC, blocks))
    return max(block.fraction_lost for block in blocks) / 256
