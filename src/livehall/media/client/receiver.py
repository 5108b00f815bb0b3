"""A viewer that joins as a browser does, and then only counts.

One packet in `sample_every` of each stream is decrypted: it must be authentic. The rest is counted by its
header, which SRTP leaves readable (RFC 3711 §3.1).
"""

import asyncio
import base64
import gzip
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Literal
from urllib.parse import urlencode

from livekit.protocol import models, rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from livehall.media.client.offer import OPUS, RED, RTX, Offers, Section
from livehall.media.client.path import MediaPath, Remote
from livehall.media.client.streams import Stream, Totals, totals
from livehall.media.dtls.sctp import DataChannels
from livehall.media.rtp import rtcp
from livehall.media.rtp.packet import Header, is_rtcp, parse_header
from livehall.media.sdp import parse as sdp

_OUR_SSRC = 1
_PING_EVERY_S = 5.0
_REPORT_EVERY_S = 1.0
_AUDIO_TYPES = (OPUS, RED)


class JoinFailed(Exception):
    """The server did not let this client in; the text says what it said."""


class LightClient:
    """`connect`, watch the figures, `close`. Times are monotonic seconds."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        sample_every: int = 64,
        receive: int = 2,
        protocol: Literal["udp", "tcp"] = "udp",
        family: Literal[4, 6] = 4,
        red: bool = False,
    ) -> None:
        """`url` is `ws://…`; `receive` sections of each kind are offered at first, those of sound with
        redundancy where `red`. Media takes the first candidate of the server with this protocol and version
        of IP."""
        self._url = url.rstrip("/")
        self._token = token
        self._protocol = protocol
        self._is_wanted: Callable[[str], bool] = _is_ipv6 if family == 6 else _is_ipv4
        self._sample_every = sample_every
        self.path = MediaPath(self._packet, self._data)
        self.sections: list[Section] = []
        for kind in ("audio", "video"):
            for _ in range(receive):
                self.add_section(Section(kind=kind, red=red))
        self.add_section(Section(kind="application"))
        self._offers = Offers(self.path.party)
        self._is_offering = False
        self._is_stale = False
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._answer = ""
        self._address: tuple[str, int] | None = None
        self.candidate = ""  # of the server, that media goes to
        self.channels: DataChannels | None = None
        self.messages: list[tuple[str, models.DataPacket]] = []  # (channel, packet) received
        self.signals: list[rtc.SignalResponse] = []  # everything that the server said, but pongs
        self.participant = models.ParticipantInfo()
        self.participants: dict[str, models.ParticipantInfo] = {}  # the others, by sid
        self.tracks_by_mid: dict[str, str] = {}
        self.token = token  # the newest that the server has issued
        self.leave_reason: int | None = None
        self.streams: dict[int, Stream] = {}
        self.samples = self.bad_samples = 0
        self.on_rtp: Callable[[bytes, Header], None] | None = None  # every packet, decrypted
        self.reports: list[rtcp.Report] = []  # RTCP from the server: the last 1000 of them
        self.joined_at = self.connected_at = 0.0

    # The life of a client

    async def connect(self, timeout_s: float = 15.0, *, opens_channels: bool = True) -> None:
        """Join, and wait until media is connected; without `opens_channels`, those for data come later.

        Raises: JoinFailed, PathFailed, TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            await self.join()
            await self.path.connected
        self.connected_at = time.monotonic()
        if opens_channels:
            self.open_channels()
        self._spawn(self._report())

    def open_channels(self) -> None:
        self.channels = DataChannels(self.path.dtls.send, self._message, is_server=self.path.is_dtls_server)
        self.channels.start()
        self.channels.open("_reliable")
        self.channels.open("_lossy", lossy=True)

    async def join(self, *, resume: bool = False) -> None:
        """Open the signalling and send the first offer.

        Raises: JoinFailed.
        """
        self.joined_at = time.monotonic()
        text = self._offers.write(self.sections)
        offer = rtc.SessionDescription(type="offer", sdp=text, id=self._offers.version)
        self._is_offering = True
        wish = rtc.JoinRequest(
            client_info=models.ClientInfo(sdk=models.ClientInfo.PYTHON, version="1.0.0", protocol=17),
            connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
            publisher_offer=offer,
            reconnect=resume,
            participant_sid=self.participant.sid if resume else "",
        )
        packed = rtc.WrappedJoinRequest(
            compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(wish.SerializeToString())
        )
        encoded = base64.urlsafe_b64encode(packed.SerializeToString()).decode()
        query = urlencode({"access_token": self.token, "join_request": encoded})
        try:
            self._socket = await connect(f"{self._url}/rtc/v1?{query}", max_size=None, ping_interval=None)
        except (InvalidHandshake, OSError) as error:
            raise JoinFailed(str(error)) from None
        self._spawn(self._read(self._socket))
        self._spawn(self._ping(self._socket))

    async def drop_signalling(self) -> None:
        """Lose the signalling without a goodbye; media goes on."""
        if self._socket is not None:
            self._socket.transport.abort()
            await self._socket.wait_closed()

    async def close(self) -> None:
        """Leave properly."""
        if self._socket is not None:
            with suppress(ConnectionClosed, TimeoutError):
                await self.signal(leave=rtc.LeaveRequest(reason=models.CLIENT_INITIATED))
                await asyncio.wait_for(self._socket.wait_closed(), 2.0)
        await self.vanish()

    async def vanish(self) -> None:
        """End without a word, as a killed process does."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        if self.channels is not None:
            await self.channels.close()
        self.path.close()
        if self._socket is not None:
            self._socket.transport.abort()
            await self._socket.wait_closed()

    # Figures

    def totals(self) -> Totals:
        return totals(list(self.streams.values()), self.samples, self.bad_samples)

    def stream(self, kind: Literal["audio", "video", "repair"]) -> Stream | None:
        """The first stream of this kind that has come."""
        return next((stream for stream in self.streams.values() if stream.kind == kind), None)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait for something that the server says or sends.

        Raises: TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    # Out

    def add_section(self, section: Section) -> Section:
        section.mid = str(len(self.sections))
        self.sections.append(section)
        return section

    async def signal(self, **message: object) -> None:
        assert self._socket is not None
        await self._socket.send(rtc.SignalRequest(**message).SerializeToString())  # type: ignore[arg-type]

    async def offer(self) -> None:
        """Offer the sections as they are now; one offer is outstanding at a time."""
        if self._is_offering:
            self._is_stale = True
            return
        self._is_offering = True
        text = self._offers.write(self.sections)
        await self.signal(offer=rtc.SessionDescription(type="offer", sdp=text, id=self._offers.version))

    def send_data(self, data: bytes, *, label: str = "_reliable", topic: str = "") -> bool:
        packet = models.DataPacket(user=models.UserPacket(payload=data, topic=topic))
        return self.channels is not None and self.channels.send(label, packet.SerializeToString())

    def nack(self, ssrc: int, sequences: list[int]) -> None:
        self.path.send_rtcp(rtcp.nack(_OUR_SSRC, ssrc, sequences))

    def request_key_frame(self, ssrc: int) -> None:
        self.path.send_rtcp(rtcp.picture_loss(_OUR_SSRC, ssrc))

    # In: signalling

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for data in socket:
                assert isinstance(data, bytes)
                await self._heard(rtc.SignalResponse.FromString(data))
                self._news.set()

    async def _heard(self, response: rtc.SignalResponse) -> None:
        kind = response.WhichOneof("message")
        if kind not in ("pong", "pong_resp"):
            self.signals.append(response)
        if kind == "join":
            self.participant = response.join.participant
            self.participants = {p.sid: p for p in response.join.other_participants}
        elif kind == "update":
            for info in response.update.participants:
                self._updated(info)
        elif kind == "answer":
            await self._answered(response.answer)
        elif kind == "trickle":
            self._candidate(json.loads(response.trickle.candidateInit).get("candidate", ""))
            await self._start_path()
        elif kind == "media_sections_requirement":
            for _ in range(response.media_sections_requirement.num_audios):
                self.add_section(Section(kind="audio"))
            for _ in range(response.media_sections_requirement.num_videos):
                self.add_section(Section(kind="video"))
            await self.offer()
        elif kind == "refresh_token":
            self.token = response.refresh_token
        elif kind == "leave":
            self.leave_reason = response.leave.reason
            if not self.path.connected.done():
                reason = models.DisconnectReason.Name(response.leave.reason)
                self.path.connected.set_exception(JoinFailed(f"told to leave: {reason}"))

    def _updated(self, info: models.ParticipantInfo) -> None:
        if info.sid == self.participant.sid:
            self.participant = info
        elif info.state == models.ParticipantInfo.DISCONNECTED:
            self.participants.pop(info.sid, None)
        else:
            self.participants[info.sid] = info

    async def _answered(self, answer: rtc.SessionDescription) -> None:
        self.tracks_by_mid = dict(answer.mid_to_track_id)
        self._is_offering = False
        self._answer = answer.sdp
        for line in answer.sdp.splitlines():
            if line.startswith("a=candidate:"):
                self._candidate(line[2:])
        await self._start_path()
        if self._is_stale:
            self._is_stale = False
            await self.offer()

    def _candidate(self, line: str) -> None:
        """Keep the first address of the server that is of the wanted kind."""
        fields = line.split()
        if self._address is not None or len(fields) < 6 or fields[2].lower() != self._protocol:
            return
        if self._is_wanted(fields[4]):
            self._address = (fields[4], int(fields[5]))
            self.candidate = line

    async def _start_path(self) -> None:
        """Begin as soon as there are both an answer and an address."""
        if self._address is None or not self._answer:
            return
        lines = self._answer.splitlines()
        first = sdp.parse(self._answer)[0]
        password = next(line[10:] for line in lines if line.startswith("a=ice-pwd:"))
        opens_dtls = "a=setup:active" in lines
        await self.path.start(
            Remote(
                first.ufrag,
                password,
                first.fingerprint,
                self._address,
                opens_dtls,
                is_tcp=self._protocol == "tcp",
            )
        )

    async def _ping(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(_PING_EVERY_S)
                ping = rtc.Ping(timestamp=time.time_ns() // 1_000_000)
                await socket.send(rtc.SignalRequest(ping_req=ping).SerializeToString())

    # In: media

    def _packet(self, datagram: bytes) -> None:
        if len(datagram) < 12 or self.path.dtls.opener is None:
            return
        if is_rtcp(datagram):
            self._rtcp(datagram)
            return
        header = parse_header(datagram)
        if header is None:
            return
        stream = self.streams.get(header.ssrc)
        if stream is None:
            stream = self.streams[header.ssrc] = Stream(header.ssrc, _kind(header))
        stream.count(header, len(datagram))
        if self.on_rtp is not None or stream.packets % self._sample_every == 1 or self._sample_every == 1:
            self._sample(datagram)
        self._news.set()

    def _sample(self, datagram: bytes) -> None:
        self.samples += 1
        opener = self.path.dtls.opener
        packet = opener.open_rtp(datagram) if opener is not None else None
        header = parse_header(packet) if packet is not None else None
        if packet is None or header is None:
            self.bad_samples += 1
        elif self.on_rtp is not None:
            self.on_rtp(packet, header)

    def _rtcp(self, datagram: bytes) -> None:
        opener = self.path.dtls.opener
        compound = opener.open_rtcp(datagram) if opener is not None else None
        if compound is None:
            return
        for report in rtcp.parse(compound):
            self.reports.append(report)
            if isinstance(report, rtcp.SenderReport) and report.ssrc in self.streams:
                middle = (report.ntp >> 16) & 0xFFFFFFFF
                self.streams[report.ssrc].last_report = (middle, time.monotonic())
            self.reported(report)
        del self.reports[:-1000]
        self._news.set()

    def reported(self, report: rtcp.Report) -> None:
        """Called for each RTCP report; a publisher answers requests here."""

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_REPORT_EVERY_S)
            now = time.monotonic()
            blocks = []
            for stream in self.streams.values():
                middle, at = stream.last_report
                delay = int((now - at) * 65536) if middle else 0
                blocks.append(rtcp.Block(stream.ssrc, 0, stream.lost, stream.highest, 0, middle, delay))
            if blocks:
                self.path.send_rtcp(rtcp.receiver_reports(_OUR_SSRC, blocks))

    def _data(self, datagram: bytes) -> None:
        if self.channels is not None:
            self.channels.receive(datagram)

    def _message(self, label: str, data: bytes) -> None:
        self.messages.append((label, models.DataPacket.FromString(data)))
        self._news.set()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))


def _is_ipv4(address: str) -> bool:
    return "." in address


def _is_ipv6(address: str) -> bool:
    return ":" in address


def _kind(header: Header) -> Literal["audio", "video", "repair"]:
    if header.payload_type in _AUDIO_TYPES:
        return "audio"
    return "repair" if header.payload_type == RTX else "video"
