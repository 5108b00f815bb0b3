"""A client that sends one Opus track (50 packets/s) and one VP8 track (30 frames/s)."""

import asyncio
import random
import secrets
import struct
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

from bench.media.load import rtcp
from bench.media.load.client import Client
from bench.media.load.sections import Section
from bench.media.load.wire import (
    AUDIO_PAYLOAD_BYTES,
    AUDIO_PPS,
    MARKER,
    PT_OPUS,
    PT_VP8,
    TICK_S,
    VIDEO_FPS,
    VIDEO_PAYLOAD_BYTES,
    LoadError,
)

if TYPE_CHECKING:
    from bench.media.load.run import LoadRun

NEGOTIATE_S = 10
CLOCK_RATES = {"audio": 48000, "video": 90000}
STAMP_BYTES = len(MARKER) + 8


class Publisher(Client):
    def __init__(self, run: "LoadRun", index: int, identity: str) -> None:
        super().__init__(run, index, identity)
        self.tracks = {kind: _track(kind, identity) for kind in ("audio", "video")}
        self.sent_packets: Counter[str] = Counter()  # by kind
        self._sent_bytes: Counter[str] = Counter()  # payload bytes, by kind
        self._media_started_at = 0.0
        self._key_frame_due = True
        self.key_frame_requests = 0
        self._transport_sequence = 0

    def prepare_first_offer(self) -> None:
        # Like a browser client: the tracks are added after the join, in a second offer.
        self.add_section(Section("audio", "recvonly"))

    async def publish(self) -> None:
        """Announce both tracks, negotiate them and start sending. Raises: LoadError."""
        audio, video = self.tracks["audio"], self.tracks["video"]
        await self.signal(
            add_track=rtc.AddTrackRequest(
                cid=audio.cid, name="audio", type=models.AUDIO, source=models.MICROPHONE
            )
        )
        layer = models.VideoLayer(quality=models.HIGH, width=1280, height=720, bitrate=1_500_000)
        await self.signal(
            add_track=rtc.AddTrackRequest(
                cid=video.cid,
                name="video",
                type=models.VIDEO,
                source=models.CAMERA,
                width=1280,
                height=720,
                layers=[layer],
            )
        )
        await self._wait_for(lambda: self.tracks_published >= 2, "tracks were not accepted")
        self.add_section(audio)
        self.add_section(video)
        await self.send_offer()
        await self._wait_for(lambda: not self.offer_pending, "the tracks' offer was not answered")
        self.spawn(self._send_media())

    async def _wait_for(self, condition: Callable[[], bool], complaint: str) -> None:
        end = time.monotonic() + NEGOTIATE_S
        while not condition():
            if time.monotonic() > end:
                raise LoadError(f"{self.identity}: {complaint} within {NEGOTIATE_S} s")
            await asyncio.sleep(TICK_S)

    def on_key_frame_request(self) -> None:
        self._key_frame_due = True
        self.key_frame_requests += 1

    def sender_reports(self, now: float) -> bytes:
        packets = b""
        for kind, section in self.tracks.items():
            if self.sent_packets[kind]:
                timestamp = int((now - self._media_started_at) * CLOCK_RATES[kind]) & 0xFFFFFFFF
                counts = self.sent_packets[kind], self._sent_bytes[kind]
                packets += rtcp.sender_report(section.ssrc, now, timestamp, *counts)
        return packets

    async def _send_media(self) -> None:
        """Send what is due, every few milliseconds, while the run wants media."""
        pictures = Pictures(self, self.run.plan.video_pps)
        sequence, packets = random.randrange(1000, 20000), 0
        filler = b"\x5c" * (AUDIO_PAYLOAD_BYTES - 1 - STAMP_BYTES)
        self._media_started_at = time.time()
        while self.run.sending:
            await asyncio.sleep(TICK_S)
            elapsed = time.time() - self._media_started_at
            pictures.send_until(elapsed)
            while packets < int(elapsed * AUDIO_PPS):
                packets += 1
                sequence = (sequence + 1) & 0xFFFF
                payload = b"\x78" + stamp() + filler
                self.send_rtp(self.tracks["audio"], PT_OPUS, sequence, packets * 960, payload)

    def take_key_frame_due(self) -> bool:
        due, self._key_frame_due = self._key_frame_due, False
        return due

    def send_rtp(
        self, section: Section, payload_type: int, sequence: int, timestamp: int, payload: bytes
    ) -> None:
        assert self.dtls is not None
        assert self.dtls.sending is not None
        first, extensions = self._header_extensions(section)
        header = struct.pack("!BBHII", first, payload_type, sequence, timestamp & 0xFFFFFFFF, section.ssrc)
        self.send(self.dtls.sending.protect(header + extensions + payload))
        self.sent_packets[section.kind] += 1
        self._sent_bytes[section.kind] += len(payload)

    def _header_extensions(self, section: Section) -> tuple[int, bytes]:
        """(first header byte, extension block) with the ids that the server has accepted."""
        ids = self.extensions.get(section.mid, {})
        block = b""
        if "mid" in ids:
            mid = section.mid.encode()
            block += bytes([(ids["mid"] << 4) | (len(mid) - 1)]) + mid
        if "abs-send-time" in ids:
            clock = int(time.time() * 262144) & 0xFFFFFF
            block += bytes([(ids["abs-send-time"] << 4) | 2]) + clock.to_bytes(3, "big")
        if "transport-cc" in ids:
            self._transport_sequence = (self._transport_sequence + 1) & 0xFFFF
            block += bytes([(ids["transport-cc"] << 4) | 1]) + self._transport_sequence.to_bytes(2, "big")
        if "level" in ids:
            block += bytes([ids["level"] << 4, 0x80 | 28])
        if not block:
            return 0x80, b""
        block += b"\0" * (-len(block) % 4)
        return 0x90, struct.pack("!HH", 0xBEDE, len(block) // 4) + block


class Pictures:
    """The VP8 track: frames of several packets, numbered as an encoder numbers them."""

    def __init__(self, publisher: Publisher, pps: int) -> None:
        self._publisher, self._section = publisher, publisher.tracks["video"]
        self._packets_per_frame = pps / VIDEO_FPS
        self._sequence = random.randrange(1000, 20000)
        self._layer_index = random.randrange(100)
        self._frames = self._packets = 0

    def send_until(self, elapsed_s: float) -> None:
        """Send the frames that are due by now."""
        while self._frames < int(elapsed_s * VIDEO_FPS):
            self._frames += 1
            self._layer_index = (self._layer_index + 1) & 255
            self._send_frame(self._publisher.take_key_frame_due())

    def _send_frame(self, is_key: bool) -> None:
        end, starts_frame = int(self._frames * self._packets_per_frame), True
        while self._packets < end:
            self._packets += 1
            self._sequence = (self._sequence + 1) & 0xFFFF
            head = vp8_head(self._frames, self._layer_index, starts_frame, is_key)
            starts_frame = False
            filler = b"\xa6" * (VIDEO_PAYLOAD_BYTES - len(head) - STAMP_BYTES)
            last = 0x80 if self._packets == end else 0
            self._publisher.send_rtp(
                self._section, PT_VP8 | last, self._sequence, self._frames * 3000, head + stamp() + filler
            )


def stamp() -> bytes:
    return MARKER + struct.pack("!d", time.time())


def vp8_head(frame: int, layer_index: int, starts_frame: bool, is_key: bool) -> bytes:
    """The VP8 payload descriptor (RFC 7741 §4.2) and, in a frame's first packet, the frame's header."""
    picture = frame & 0x7FFF
    first = 0x90 if starts_frame else 0x80
    head = bytes([first, 0xF0, 0x80 | (picture >> 8), picture & 255, layer_index, frame & 31])
    if not starts_frame:
        return head + b"\x55" * 10
    if is_key:
        return head + b"\x10\x02\x00\x9d\x01\x2a\x00\x05\xd0\x02"  # 1280 × 720
    return head + b"\x11\x02\x00" + b"\x00" * 7


def _track(kind: str, identity: str) -> Section:
    return Section(
        kind,
        "sendonly",
        cid=secrets.token_hex(8),
        stream=f"stream-{identity}",
        ssrc=random.getrandbits(31),
        rtx_ssrc=random.getrandbits(31),
    )
