"""A subscriber; also what publishers are made of."""

import asyncio
import base64
import gzip
import json
import os
import random
import secrets
import socket
import struct
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import aiohttp
from aioice import stun
from livekit.protocol import models, rtc
from pylibsrtp import Error as SrtpError

from bench.media.load import rtcp
from bench.media.load.dtls import DtlsSession
from bench.media.load.sections import LocalSide, RemoteSide, Section
from bench.media.load.wire import MARKER, PT_RTX, PT_VP8, LoadError

if TYPE_CHECKING:
    from bench.media.load.run import LoadRun

CONNECT_S = 20  # join to finished DTLS handshake
CHECK_S = 0.02  # between connectivity checks until one is answered
PING_S = 5
RECEIVE_BUFFER_BYTES = 2 << 20
SO_TIMESTAMPNS = 35  # asks the kernel for receive times; Python's socket module lacks the name
CLIENT = models.ClientInfo(
    sdk=models.ClientInfo.JS, protocol=17, version="2.23.0", os="linux", browser="Chrome"
)


class Client:
    def __init__(self, run: "LoadRun", index: int, identity: str) -> None:
        self.run, self.index, self.identity = run, index, identity
        self.counters = run.drain.counters[index]
        self.socket = _udp_socket()
        self.udp_port: int = self.socket.getsockname()[1]
        self.sections: list[Section] = []
        self._local = LocalSide(
            index, self.udp_port, secrets.token_hex(4), secrets.token_hex(12), run.dtls_identity.fingerprint
        )
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._offer_id = 0
        self.offer_pending = False
        self._offer_again = False
        self.tracks_published = 0
        self._leaving = False
        self._remote: RemoteSide | None = None
        self._remote_address: tuple[str, int] | None = None
        self._refused_candidates: list[str] = []
        self.extensions: dict[str, dict[str, int]] = {}  # mid: {extension name: id}
        self._ice_connected = False
        self.dtls: DtlsSession | None = None
        self.connected = asyncio.Event()
        self.started_at = self.connected_at = 0.0  # seconds since 1970
        self._last_sender_report: dict[int, tuple[int, float]] = {}  # ssrc: (NTP middle, when it came)

    def add_section(self, section: Section) -> None:
        section.mid = str(len(self.sections))
        self.sections.append(section)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(self.run.spawn(coroutine))

    # Signalling

    async def join(self) -> None:
        """Join the room and wait until the media connection stands. Raises: LoadError."""
        self.prepare_first_offer()
        self.started_at = time.time()
        self._offer_id = 1
        self.offer_pending = True
        query = {
            "access_token": self.run.access_token(self.identity),
            "join_request": _join_request(self._offer()),
        }
        try:
            self._websocket = await self.run.http.ws_connect(
                f"{self.run.plan.url}/rtc/v1", params=query, max_msg_size=0
            )
        except aiohttp.WSServerHandshakeError as error:
            raise LoadError(f"{self.identity} cannot join: HTTP status {error.status}") from None
        except aiohttp.ClientError as error:
            raise LoadError(f"{self.identity} cannot join: {error}") from None
        self.spawn(self._read_signals(self._websocket))
        self.spawn(self._ping())
        try:
            await asyncio.wait_for(self.connected.wait(), CONNECT_S)
        except TimeoutError:
            raise LoadError(f"{self.identity}: {self._what_is_missing()}") from None

    def prepare_first_offer(self) -> None:
        self.add_section(Section("audio", "recvonly"))
        self.add_section(Section("video", "recvonly"))

    async def leave(self) -> None:
        """Tell the server and close everything."""
        self._leaving = True
        for task in self._tasks:
            task.cancel()
        if self.dtls:
            self.dtls.close()
        if self._websocket is not None and not self._websocket.closed:
            try:
                await self.signal(leave=rtc.LeaveRequest(reason=models.CLIENT_INITIATED))
                await asyncio.wait_for(self._websocket.close(), 2)
            except (ConnectionError, TimeoutError, aiohttp.ClientError):
                pass  # the server went first
        self.counters.fd = -1
        self.socket.close()

    async def signal(self, **message: Any) -> None:
        assert self._websocket is not None
        await self._websocket.send_bytes(rtc.SignalRequest(**message).SerializeToString())

    async def send_offer(self) -> None:
        if self.offer_pending:
            self._offer_again = True
            return
        self.offer_pending = True
        self._offer_id += 1
        await self.signal(offer=self._offer())

    def _offer(self) -> rtc.SessionDescription:
        sdp = self._local.offer(self.sections, version=self._offer_id + 1)
        return rtc.SessionDescription(type="offer", sdp=sdp, id=self._offer_id)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_S)
            await self.signal(ping_req=rtc.Ping(timestamp=int(time.time() * 1000), rtt=1))

    async def _read_signals(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in websocket:
            if message.type == aiohttp.WSMsgType.BINARY:
                await self._on_signal(rtc.SignalResponse.FromString(message.data))
        if not self._leaving:
            raise LoadError(f"{self.identity}: the signalling was closed (code {websocket.close_code})")

    async def _on_signal(self, response: rtc.SignalResponse) -> None:
        kind = response.WhichOneof("message")
        if kind == "answer":
            self.offer_pending = False
            self._on_answer(response.answer.sdp)
            if self._offer_again:
                self._offer_again = False
                await self.send_offer()
        elif kind == "media_sections_requirement":
            wanted = response.media_sections_requirement
            for media, number in (("audio", wanted.num_audios), ("video", wanted.num_videos)):
                for _ in range(number):
                    self.add_section(Section(media, "recvonly"))
            await self.send_offer()
        elif kind == "trickle":
            self._on_candidate(json.loads(response.trickle.candidateInit).get("candidate", ""))
        elif kind == "track_published":
            self.tracks_published += 1
        elif kind == "leave" and not self._leaving:
            reason = models.DisconnectReason.Name(response.leave.reason)
            missing = "" if self.connected.is_set() else f"; {self._what_is_missing()}"
            raise LoadError(f"{self.identity}: told to leave: {reason}{missing}")

    def _on_answer(self, sdp: str) -> None:
        answer = RemoteSide.of(sdp)
        self.extensions.update(answer.extensions)
        if self._remote is not None:
            return
        self._remote = answer
        for candidate in answer.candidates:
            self._on_candidate(candidate)
        self._start_ice()

    def _what_is_missing(self) -> str:
        after = f"within {time.time() - self.started_at:.0f} s"
        if self._remote is None:
            return f"no answer to the offer {after}"
        if self._remote_address is None:
            others = ", ".join(self._refused_candidates) or "none"
            return f"the server offered no loopback UDP candidate {after} (others: {others})"
        return f"no answer to ICE checks {after}" if not self._ice_connected else f"no DTLS {after}"

    # ICE

    def _on_candidate(self, candidate: str) -> None:
        """Take the first UDP candidate that is an IPv4 loopback address."""
        fields = candidate.removeprefix("candidate:").split()
        if len(fields) < 8 or fields[2].lower() != "udp" or self._remote_address:
            return
        address, port = fields[4], int(fields[5])
        if not address.startswith("127."):
            self._refused_candidates.append(f"{address}:{port}")
            return
        self._remote_address = (address, port)
        self._start_ice()

    def _start_ice(self) -> None:
        if self._remote_address is None or self._remote is None or self.dtls:
            return
        self.socket.connect(self._remote_address)
        self.dtls = DtlsSession(
            self.run.dtls_identity, self._remote.is_dtls_client, self.send, self._on_dtls_ready
        )
        self.counters.fd = self.socket.fileno()
        self.spawn(self._check_connectivity())

    async def _check_connectivity(self) -> None:
        while not self._ice_connected:
            self.send(self._binding_request())
            await asyncio.sleep(CHECK_S)
        while True:  # consent; RFC 7675 §5.1 asks for a check within 30 s
            await asyncio.sleep(2.5 + random.random())
            self.send(self._binding_request())

    def _binding_request(self) -> bytes:
        assert self._remote is not None
        request = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            transaction_id=os.urandom(12),
        )
        request.attributes["USERNAME"] = f"{self._remote.ice_user}:{self._local.ice_user}"
        request.attributes["PRIORITY"] = 1845501695
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote.ice_password.encode())
        request.add_fingerprint()
        return bytes(request)

    def _on_stun(self, datagram: bytes) -> None:
        message = stun.parse_message(datagram)
        if message.message_class == stun.Class.REQUEST:
            response = stun.Message(
                message_method=message.message_method,
                message_class=stun.Class.RESPONSE,
                transaction_id=message.transaction_id,
            )
            response.attributes["XOR-MAPPED-ADDRESS"] = self._remote_address
            response.add_message_integrity(self._local.ice_password.encode())
            response.add_fingerprint()
            self.send(bytes(response))
        elif message.message_class == stun.Class.RESPONSE and not self._ice_connected:
            self._ice_connected = True
            assert self._remote is not None
            assert self.dtls is not None
            if not self._remote.is_dtls_client:
                self.dtls.step()

    def _on_dtls_ready(self) -> None:
        assert self._remote is not None
        assert self.dtls is not None
        if self._remote.fingerprint and self.dtls.peer_fingerprint != self._remote.fingerprint:
            raise LoadError(f"{self.identity}: the DTLS certificate is not the announced one")
        self.connected_at = time.time()
        self.connected.set()

    # Datagrams

    def send(self, datagram: bytes) -> None:
        try:
            self.socket.send(datagram)
        except OSError:
            self.run.send_errors += 1

    def on_datagram(self, datagram: bytes, when_ns: int) -> None:
        """STUN, DTLS, RTCP or a sampled RTP packet, by its first byte (RFC 7983 §7)."""
        first = datagram[0]
        if first < 4:
            self._on_stun(datagram)
        elif self.dtls is None:
            return
        elif 19 < first < 64:
            self.dtls.feed(datagram)
        elif first > 127 and self.dtls.receiving:
            if 64 <= (datagram[1] & 127) < 96:
                self._on_rtcp(datagram)
            else:
                self._on_sample(datagram, when_ns)

    def _on_sample(self, datagram: bytes, when_ns: int) -> None:
        """Is it what a publisher sent, and how old is it?"""
        assert self.dtls is not None
        assert self.dtls.receiving is not None
        self.run.samples += 1
        try:
            packet = self.dtls.receiving.unprotect(datagram)
        except SrtpError:
            self.run.bad_samples += 1
            return
        if packet[0] & 0x20 or packet[1] & 127 == PT_RTX:
            return  # a probe or a repeat
        position = packet.find(MARKER)
        if position < 0:
            self.run.bad_samples += 1
            return
        (sent,) = struct.unpack_from("!d", packet, position + len(MARKER))
        self.run.latencies.append(when_ns / 1e9 - sent)

    def _on_rtcp(self, datagram: bytes) -> None:
        assert self.dtls is not None
        assert self.dtls.receiving is not None
        try:
            packet = self.dtls.receiving.unprotect_rtcp(datagram)
        except SrtpError:
            return
        for kind, form, part in rtcp.parts(packet):
            if kind == rtcp.SENDER_REPORT and len(part) >= 14:
                ssrc, middle = struct.unpack_from("!I2xI", part, 4)
                self._last_sender_report[ssrc] = (middle, time.time())
            elif rtcp.asks_for_key_frame(kind, form):
                self.on_key_frame_request()

    def on_key_frame_request(self) -> None:
        """A subscriber has nothing to send."""

    def send_rtcp(self, now: float) -> None:
        """Send sender reports, receiver reports and the bandwidth estimate; due every second."""
        if not self.connected.is_set():
            return
        assert self.dtls is not None
        assert self.dtls.sending is not None
        streams = [stream for stream in self.counters.seen() if stream.payload_type != PT_RTX]
        blocks = [
            rtcp.report_block(stream.ssrc, stream.highest_seq - 65536, *self._echo(stream.ssrc, now))
            for stream in streams
        ]
        video = [stream.ssrc for stream in streams if stream.payload_type == PT_VP8]
        packet = self.sender_reports(now) + rtcp.receiver_reports(blocks) + rtcp.bandwidth_estimate(video)
        if packet:
            self.send(self.dtls.sending.protect_rtcp(packet))

    def sender_reports(self, now: float) -> bytes:
        return b""

    def _echo(self, ssrc: int, now: float) -> tuple[int, int]:
        """The last sender report's time and the delay since, as a report block has them."""
        middle, when = self._last_sender_report.get(ssrc, (0, 0.0))
        return middle, int((now - when) * 65536) & 0xFFFFFFFF if middle else 0


def _join_request(offer: rtc.SessionDescription) -> str:
    request = rtc.JoinRequest(
        client_info=CLIENT,
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True, adaptive_stream=False),
        publisher_offer=offer,
    )
    wrapped = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(request.SerializeToString())
    )
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()


def _udp_socket() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setblocking(False)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    udp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    udp.bind(("127.0.0.1", 0))
    return udp
