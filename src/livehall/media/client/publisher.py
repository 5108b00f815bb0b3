"""A light client that sends: the caller makes payloads, this class packets."""

import asyncio
import secrets
import time
from typing import Literal

from livekit.protocol import models, rtc

from livehall.media.client.offer import EXTENSION_IDS, H264, OPUS, RTX, VP8, Section
from livehall.media.client.receiver import LightClient
from livehall.media.rtp import rtcp
from livehall.media.rtp.packet import build, extension_block
from livehall.media.sdp import parse as sdp

_LAYERS = (
    models.VideoLayer(quality=models.LOW, width=320, height=180, bitrate=150_000, rid="q"),
    models.VideoLayer(quality=models.MEDIUM, width=640, height=360, bitrate=450_000, rid="h"),
    models.VideoLayer(quality=models.HIGH, width=1280, height=720, bitrate=1_700_000, rid="f"),
)


class SentStream:
    """One stream that we send; for simulcast, one layer."""

    def __init__(self, client: "LightPublisher", section: Section, ssrc: int, rid: str = "") -> None:
        self._client = client
        self.section = section
        self.ssrc = ssrc
        self.rid = rid
        self.sequence = secrets.randbits(15)
        self.payload_type = OPUS
        if section.kind == "video":
            self.payload_type = VP8 if section.codec == "vp8" else H264
        self.is_key_due = True  # a key frame was asked for
        self.key_frame_requests = 0
        self.asked_again: list[int] = []  # 16-bit numbers that the server wants repeated
        self.packets = self.octets = 0
        self._repairs = secrets.randbits(15)

    def send(
        self,
        payload: bytes,
        timestamp: int,
        *,
        marker: bool = True,
        level: int | None = None,
        payload_type: int | None = None,
    ) -> bytes:
        """Send the next packet and return it; `level` is the loudness in -dBov."""
        items: list[tuple[int, bytes]] = [(EXTENSION_IDS[sdp.MID], self.section.mid.encode())]
        if self.rid:
            items.append((EXTENSION_IDS[sdp.RID], self.rid.encode()))
        if level is not None:
            items.append((EXTENSION_IDS[sdp.LEVEL], bytes((level,))))
        items.append((EXTENSION_IDS[sdp.TRANSPORT_CC], self._client.next_transport_number().to_bytes(2)))
        self.sequence = (self.sequence + 1) & 0xFFFF
        packet = build(
            self.payload_type if payload_type is None else payload_type,
            marker,
            self.sequence,
            timestamp,
            self.ssrc,
            payload,
            extension_block(items),
        )
        self._client.path.send_rtp(packet)
        self.packets += 1
        self.octets += len(payload)
        return packet

    def skip(self) -> int:
        """Leave out a sequence number, as if its packet were lost."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        return self.sequence

    def repair(self, sequence: int, payload: bytes, timestamp: int) -> None:
        """Send a lost packet again, by RTX."""
        body = sequence.to_bytes(2) + payload
        self._repairs = (self._repairs + 1) & 0xFFFF
        self._client.path.send_rtp(build(RTX, True, self._repairs, timestamp, self.section.rtx_ssrc, body))

    def report(self, timestamp: int) -> None:
        """A sender report that maps `timestamp` to this moment."""
        ntp = int((time.time() + rtcp.NTP_EPOCH) * (1 << 32))
        self._client.path.send_rtcp(
            rtcp.sender_report(self.ssrc, ntp, timestamp, self.packets, self.octets, b"light")
        )


class LightPublisher(LightClient):
    def __init__(
        self,
        url: str,
        token: str,
        *,
        sample_every: int = 64,
        receive: int = 1,
        protocol: Literal["udp", "tcp"] = "udp",
        red: bool = False,
    ) -> None:
        """`red`: as with a `LightClient`, and sound is announced and offered with redundancy as well; what
        is sent is the caller's business."""
        super().__init__(url, token, sample_every=sample_every, receive=receive, protocol=protocol, red=red)
        self._red = red
        self._transport_number = 0
        self.sent: dict[int, SentStream] = {}  # by SSRC

    def next_transport_number(self) -> int:
        self._transport_number = (self._transport_number + 1) & 0xFFFF
        return self._transport_number

    async def publish_audio(self, source: int = models.MICROPHONE) -> SentStream:
        """Raises: TimeoutError when the server does not accept the track."""
        section = Section(
            kind="audio",
            direction="sendonly",
            cid=secrets.token_hex(8),
            ssrc=secrets.randbits(31),
            red=self._red,
        )
        request = rtc.AddTrackRequest(
            cid=section.cid,
            name="audio",
            type=models.AUDIO,
            source=source,  # type: ignore[arg-type]
            disable_red=not self._red,
        )
        return (await self._publish(section, request))[0]

    async def publish_video(
        self, *, rids: tuple[str, ...] = (), codec: str = "vp8", source: int = models.CAMERA
    ) -> list[SentStream]:
        """One stream, or one for each layer, lowest first.

        Raises: TimeoutError when the server does not accept the track.
        """
        section = Section(
            kind="video",
            direction="sendonly",
            cid=secrets.token_hex(8),
            ssrc=secrets.randbits(31),
            rtx_ssrc=secrets.randbits(31),
            rids=rids,
            codec="vp8" if codec == "vp8" else "h264",
        )
        request = rtc.AddTrackRequest(
            cid=section.cid,
            name="video",
            type=models.VIDEO,
            source=source,  # type: ignore[arg-type]
            width=1280,
            height=720,
            layers=_LAYERS if rids else _LAYERS[2:],
            simulcast_codecs=[rtc.SimulcastCodec(codec=codec, cid=section.cid)],
        )
        return await self._publish(section, request)

    async def _publish(self, section: Section, request: rtc.AddTrackRequest) -> list[SentStream]:
        await self.signal(add_track=request)
        await self.until(lambda: self._is_accepted(section.cid))
        self.add_section(section)
        answers = self._answers()
        await self.offer()
        await self.until(lambda: self._answers() > answers and not self._is_offering)
        if section.rids:
            made = [SentStream(self, section, secrets.randbits(31), rid) for rid in section.rids]
        else:
            made = [SentStream(self, section, section.ssrc)]
        self.sent |= {stream.ssrc: stream for stream in made}
        return made

    def sid_of(self, stream: SentStream) -> str:
        """The server's name of the track."""
        for response in self.signals:
            if response.track_published.cid == stream.section.cid:
                return response.track_published.track.sid
        raise KeyError(stream.section.cid)

    def reported(self, report: rtcp.Report) -> None:
        stream = self.sent.get(report.ssrc) if not isinstance(report, rtcp.BandwidthEstimate) else None
        if stream is None:
            return
        if isinstance(report, rtcp.KeyFrameRequest):
            stream.is_key_due = True
            stream.key_frame_requests += 1
        elif isinstance(report, rtcp.Nack):
            stream.asked_again.extend(report.sequences)

    def _is_accepted(self, cid: str) -> bool:
        return any(
            response.WhichOneof("message") == "track_published" and response.track_published.cid == cid
            for response in self.signals
        )

    def _answers(self) -> int:
        return sum(response.WhichOneof("message") == "answer" for response in self.signals)


def vp8_payload(
    *, key: bool, picture: int, layer_index: int = 0, starts: bool = True, size: int = 100
) -> bytes:
    """A payload with a whole VP8 descriptor (RFC 7741) in front of bytes that no decoder would like."""
    head = bytes(
        (0x90 if starts else 0x80, 0xE0, 0x80 | (picture >> 8 & 0x7F), picture & 0xFF, layer_index & 0xFF, 0)
    )
    return head + (b"\x10" if key else b"\x11") + b"\0" * size


async def play(stream: SentStream, *, seconds: float, frames_per_s: int = 30) -> int:
    """Send a steady fake VP8 picture, with key frames when they are asked for; frames sent."""
    frames = 0
    end = time.monotonic() + seconds
    start = time.monotonic()
    while time.monotonic() < end:
        key, stream.is_key_due = stream.is_key_due, False
        payload = vp8_payload(key=key, picture=frames, layer_index=frames)
        stream.send(payload, int((time.monotonic() - start) * 90000))
        frames += 1
        await asyncio.sleep(1 / frames_per_s)
    return frames
