"""What comes by WHIP, encoded anew: the encoder's connection belongs to nobody in the room, its packets go to
a child process, and a guest publishes what the child makes of them.

The connection is looked after here, as the rooms' clock does it for participants: repeats and key frames are
asked for, and one that is silent or never connects ends.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import structlog
from livekit.protocol import ingress as proto

from livehall.media.egress import wire as packets
from livehall.media.failures import Failures
from livehall.media.ingress import wire
from livehall.media.ingress.broadcast import Broadcast
from livehall.media.ingress.guest import announcement
from livehall.media.ingress.pipeline import Pipeline, spawn
from livehall.media.rooms.answering import AnsweringConnection
from livehall.media.rooms.connection import Connection, Wanted
from livehall.media.rooms.participant import Participant
from livehall.media.rooms.publication import Publication
from livehall.media.rooms.rooms import CONNECT_S, SILENCE_S, RoomRefused, Rooms, report_reception
from livehall.media.sdp import parse as sdp
from livehall.media.tracks.programme import Packet
from livehall.media.tracks.track import Track

_TICK_S = 0.025
_FEEDBACK_EVERY, _REPORT_EVERY = 4, 40  # ticks
_MOST_WAITING = 8 << 20  # bytes that a child has not taken; beyond them packets are left out
log = structlog.get_logger(__name__)


class _Tapped:
    """Satisfies `programme.Tap`."""

    def __init__(self, index: int, send: Callable[[packets.Message], None]) -> None:
        self._index = index
        self._send = send

    def packet(self, packet: Packet) -> None:
        self._send(packets.Media(self._index, packet))

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self._send(packets.SenderReport(self._index, ntp, timestamp))

    def ended(self) -> None:
        """The connection ends with its tracks."""


class Recoding(Pipeline):
    """Satisfies `answering.Publisher`. `open` once, then `ended` is called, or `close`."""

    def __init__(
        self,
        rooms: Rooms,
        info: proto.IngressInfo,
        api_key: str,
        broadcast: Broadcast,
        joined: Callable[[Participant], None],
        ended: Callable[[str], Awaitable[None]],
    ) -> None:
        """`joined` gets the guest; `ended` the error that ended it, or nothing."""
        super().__init__(rooms, info, api_key)
        self._broadcast = broadcast
        self._joined = joined
        self._ended = ended
        self._publications: list[Publication] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._failures = Failures(log)
        self._has_failed = False
        self.is_over = False
        self.connection = AnsweringConnection(rooms.core, self, identity=info.participant_identity)

    async def open(self, sections: list[sdp.Section], offer: str) -> str:
        """Our answer. Raises: SdpInvalid, OSError."""
        process = self._process = await spawn("recoding_child")
        for section in sections:
            request = announcement(self._info, "video" if section.kind == "video" else "audio")
            self._publications.append(Publication(request))
        answer, _ = self.connection.answer(offer)
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._run(process))]
        return answer

    async def close(self) -> None:
        self.is_over = True
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self.connection.close()
        await self._kill()
        if self._guest is not None:
            await self._guest.leave()

    def joined(self, participant: Participant) -> None:
        self._joined(participant)

    def key_frame_wanted(self) -> None:
        for track in self._tracks():
            track.request_key_frame()

    # From the connection

    def claim(self, section: sdp.Section) -> Publication | None:
        return next((p for p in self._publications if p.track is None and p.kind == section.kind), None)

    def bound(self, publication: Publication) -> None:
        track = publication.track
        assert track is not None
        index = self._publications.index(publication)
        self._send(
            packets.Track(
                index=index,
                sid=track.sid,
                identity=track.identity,
                kind=track.kind,
                codec=track.codec,
                clock_rate=track.clock_rate,
            )
        )
        track.tap(_Tapped(index, self._send))

    def stopped(self, publication: Publication) -> None:
        self.connection.unpublish(publication)

    def connection_ready(self, connection: Connection) -> None:
        self.key_frame_wanted()

    def connection_failed(self, connection: Connection, reason: str) -> None:
        log.info("an encoder's connection failed", ingress=self._info.ingress_id, reason=reason)
        self._has_failed = True

    def stream_paused(self, wanted: Wanted, *, is_paused: bool) -> None:
        """Nothing is sent to an encoder."""

    def data_received(self, label: str, data: bytes) -> None:
        """Nor heard from it."""

    def data_opened(self, label: str) -> None:
        """It opens none."""

    # Within

    def _tracks(self) -> list[Track]:
        return [p.track for p in self._publications if p.track is not None]

    def _send(self, message: packets.Message) -> None:
        pipe = self._process.stdin if self._process is not None else None
        if (
            pipe is not None
            and not pipe.is_closing()
            and pipe.transport.get_write_buffer_size() < _MOST_WAITING
        ):
            pipe.write(packets.encode(time.time(), message))

    async def _run(self, process: asyncio.subprocess.Process) -> None:
        error = "What the encoder sends cannot be encoded anew."
        try:
            error = await self._carry(process) or error
        except RoomRefused as refused:
            error = refused.text
        except wire.WireInvalid:
            log.exception("a recoding child wrote nonsense", ingress=self._info.ingress_id)
        await self._ended(error)

    def _look_after(self, ticks: int, now: float) -> None:
        for track in self._tracks():
            track.tick(now)
        if ticks % _FEEDBACK_EVERY == 0:
            self._send(packets.Tick())
            self.connection.transport.tell_arrivals()
        if ticks % _REPORT_EVERY == 0:
            report_reception(self.connection.transport, self._tracks(), now)

    async def _watch(self) -> None:
        came, ticks = time.monotonic(), 0
        transport = self.connection.transport
        while True:
            await asyncio.sleep(_TICK_S)
            now, ticks = time.monotonic(), ticks + 1
            try:
                self._look_after(ticks, now)
            except Exception:  # the loop's edge: whether it is still there is asked all the same
                self._failures.tell("an encoder is not looked after", ingress=self._info.ingress_id)
            is_silent = now - (transport.last_heard if transport.is_ready else came) > (
                SILENCE_S if transport.is_ready else CONNECT_S
            )
            if self._has_failed or is_silent or transport.has_ended:
                await self._ended("")
                return
