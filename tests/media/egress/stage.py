"""A room with real media and without a network: encoders, RTP packets, and a programme in memory.

Every picture carries its number as blocks, and once a second it flashes while the microphone beeps, so a
test can read from a file which frame it is and whether sound and picture belong together.
"""

import asyncio
import contextlib
import os
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

import av
import numpy as np
from av.video.frame import PictureType

from livehall.media.tracks.programme import Codec, Kind, Observer, Packet, Published, Tap

FPS = 15
WIDTH, HEIGHT = 320, 180
BITS = 12
_BLOCK = 24  # pixels
MTU = 1100  # bytes of payload
FLASH_FRAMES = 2
NTP_1970 = 2_208_988_800


PATIENT_S = 30.0


async def until(is_so: Callable[[], object]) -> None:
    """For what no event announces."""
    deadline = time.monotonic() + PATIENT_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)


# Pictures and sounds


def draw(number: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> av.VideoFrame:
    """Grey, a row of blocks for the number, the row beneath inverted; white below while it flashes."""
    luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
    for bit in range(BITS):
        value = 220 if number >> bit & 1 else 30
        x = 8 + bit * _BLOCK
        luma[8:32, x : x + _BLOCK] = value
        luma[36:60, x : x + _BLOCK] = 250 - value
    luma[80:170, 20:300] = 235 if number % FPS < FLASH_FRAMES else 40
    frame = av.VideoFrame.from_ndarray(np.repeat(luma[:, :, None], 3, axis=2), format="rgb24")
    return frame.reformat(size[0], size[1], format="yuv420p")


def read(frame: av.VideoFrame) -> tuple[int, bool]:
    """The number and whether it flashes. Raises: ValueError when the blocks contradict each other."""
    luma = frame.reformat(WIDTH, HEIGHT, format="gray").to_ndarray()
    number = 0
    for bit in range(BITS):
        x = 8 + bit * _BLOCK + _BLOCK // 2
        above, below = luma[16:24, x - 4 : x + 4].mean(), luma[44:52, x - 4 : x + 4].mean()
        if abs(above - below) < 60:
            raise ValueError("The blocks cannot be read.")
        number |= int(above > below) << bit
    return number, bool(luma[100:150, 60:260].mean() > 130)


def ticks_of(number: int) -> int:
    """RTP time of a picture: a camera is never quite regular."""
    return number * 90_000 // FPS + number * 37 % 11 * 90


_VPX = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "9999", "error-resilient": "1"}
_SVT = "rc=0:qp=35:pred-struct=1:lp=1:lookahead=0"
_ENCODERS: dict[str, tuple[str, dict[str, str]]] = {
    "vp8": ("libvpx", _VPX),
    "vp9": ("libvpx-vp9", _VPX),
    "av1": ("libsvtav1", {"preset": "8", "g": "9999", "svtav1-params": _SVT}),
    "h264": (
        "libx264",
        {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "9999", "forced-idr": "1"},
    ),
}
os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder tells what it is on standard error


@contextlib.contextmanager
def _usual_priority() -> Iterator[None]:
    """SVT-AV1 makes who opens it a realtime thread, where root may; what starts later inherits it."""
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameter)


class Encoder:
    """Encodes numbered pictures in real time settings."""

    def __init__(self, codec: Codec, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
        self.size = size
        name, options = _ENCODERS[codec]
        encoder = av.CodecContext.create(name, "w")
        assert isinstance(encoder, av.VideoCodecContext)
        encoder.width, encoder.height = size
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = Fraction(1, FPS)
        encoder.framerate = Fraction(FPS)
        if codec != "av1":
            encoder.bit_rate = 600_000
        encoder.thread_count = 1
        encoder.options = options
        with _usual_priority():
            encoder.open(strict=False)
        self._encoder = encoder

    def encode(self, number: int, *, key: bool) -> bytes:
        frame = draw(number, self.size)
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        return b"".join(bytes(packet) for packet in self._encoder.encode(frame))


def packetize_vp8(frame: bytes, picture_id: int) -> list[bytes]:
    descriptor = struct.pack("!BBH", 0x80, 0x80, 0x8000 | picture_id & 0x7FFF)
    pieces = [frame[at : at + MTU] for at in range(0, len(frame), MTU)]
    return [
        bytes([descriptor[0] | (0x10 if number == 0 else 0)]) + descriptor[1:] + piece
        for number, piece in enumerate(pieces)
    ]


def packetize_vp9(picture: bytes, picture_id: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> list[bytes]:
    is_key = not picture[0] & 0x04  # profile 0, no frame shown again: frame_type is the sixth bit
    pieces = [picture[at : at + MTU] for at in range(0, len(picture), MTU)]
    payloads = []
    for number, piece in enumerate(pieces):
        marks = 0x80 | 0x40 * (not is_key) | 0x08 * (number == 0) | 0x04 * (number == len(pieces) - 1)
        structure = struct.pack("!BHH", 0x10, *size) if is_key and number == 0 else b""
        marks |= 0x02 * bool(structure)
        payloads.append(struct.pack("!BH", marks, 0x8000 | picture_id & 0x7FFF) + structure + piece)
    return payloads


def packetize_av1(unit: bytes) -> list[bytes]:
    payloads: list[bytes] = []
    obus = list(_obus(unit))
    is_key = any(obu[0] >> 3 & 15 == 1 for obu in obus)  # has a sequence header
    for obu in obus:
        pieces = [obu[at : at + MTU] for at in range(0, len(obu), MTU)]
        for number, piece in enumerate(pieces):
            marks = 0x10 | 0x80 * (number > 0) | 0x40 * (number < len(pieces) - 1)
            payloads.append(bytes([marks | 0x08 * (is_key and not payloads)]) + piece)
    return payloads


def _obus(unit: bytes) -> Iterator[bytes]:
    """Without delimiters and sizes."""
    at = 0
    while at < len(unit):
        start = at
        at += 2 if unit[start] & 4 else 1
        header = bytes([unit[start] & ~2]) + unit[start + 1 : at]
        length = shift = 0
        while True:
            byte = unit[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if unit[start] >> 3 & 15 != 2:
            yield header + unit[at : at + length]
        at += length


def packetize(codec: str, data: bytes, number: int) -> list[bytes]:
    """The payloads of an encoded picture."""
    match codec:
        case "h264":
            return packetize_h264(data)
        case "vp9":
            return packetize_vp9(data, number)
        case "av1":
            return packetize_av1(data)
    return packetize_vp8(data, number)


def packetize_h264(access_unit: bytes) -> list[bytes]:
    units = [unit.rstrip(b"\0") for unit in access_unit.split(b"\0\0\1")[1:]]
    small = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    payloads = []
    if small:
        payloads.append(b"\x78" + b"".join(struct.pack("!H", len(unit)) + unit for unit in small))
    for unit in units:
        if unit in small:
            continue
        if len(unit) <= MTU:
            payloads.append(unit)
            continue
        pieces = [unit[at : at + MTU] for at in range(1, len(unit), MTU)]
        for number, piece in enumerate(pieces):
            marks = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
            payloads.append(bytes([unit[0] & 0xE0 | 28, marks | unit[0] & 0x1F]) + piece)
    return payloads


def beeps(seconds: float, pitch: float = 1000.0) -> list[bytes]:
    """Opus packets of 20 ms: a beep of `FLASH_FRAMES` pictures' length at every full second."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.time_base = Fraction(1, 48_000)
    at = np.arange(round(seconds * 48_000))
    tone = 12_000 * np.sin(2 * np.pi * pitch * at / 48_000) * (at % 48_000 < 48_000 * FLASH_FRAMES / FPS)
    stereo = np.repeat(tone.astype(np.int16), 2).reshape(1, -1)
    packets = []
    for start in range(0, stereo.shape[1] - 1920 + 1, 1920):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(stereo[:, start : start + 1920]), "s16", "stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start // 2, Fraction(1, 48_000)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


# The room


@dataclass(eq=False)
class Line(Published):
    """One published track; `send` numbers and delivers, except for what the network is told to do."""

    sid: str
    identity: str
    kind: Kind
    codec: Codec
    source: str
    clock_rate: int
    muted: bool = False
    lost: frozenset[int] = frozenset()  # ordinals of packets that never come
    late: dict[int, int] = field(default_factory=dict)  # ordinal → comes after so many later packets
    wants_key: bool = True
    key_requests: int = 0
    sequence: int = 65_500  # wraps around soon
    timestamp: int = 0xFFFF_0000  # too
    sent: int = 0
    taps: list[Tap] = field(default_factory=list)
    _held: list[tuple[int, Packet]] = field(default_factory=list)

    def tap(self, tap: Tap) -> Callable[[], None]:
        self.taps.append(tap)
        self.request_key_frame()
        return lambda: self.taps.remove(tap) if tap in self.taps else None

    def request_key_frame(self) -> None:
        self.key_requests += 1
        self.wants_key = True

    def send(self, payloads: list[bytes], ticks: int, at: float) -> None:
        for number, payload in enumerate(payloads):
            ordinal, self.sent = self.sent, self.sent + 1
            marker = self.kind == "video" and number == len(payloads) - 1
            packet = Packet(
                (self.sequence + ordinal) & 0xFFFF, (self.timestamp + ticks) & 0xFFFFFFFF, marker, payload, at
            )
            if ordinal in self.late:
                self._held.append((ordinal + self.late[ordinal], packet))
            elif ordinal not in self.lost:
                self._deliver(packet)
            for due, held in [item for item in self._held if item[0] <= ordinal]:
                self._held.remove((due, held))
                self._deliver(held._replace(arrived_at=at))

    def report(self, ticks: int, at: float) -> None:
        for tap in list(self.taps):
            tap.sender_report(round((at + NTP_1970) * 2**32), (self.timestamp + ticks) & 0xFFFFFFFF)

    def _deliver(self, packet: Packet) -> None:
        for tap in list(self.taps):
            tap.packet(packet)


def camera(codec: Codec = "vp8", sid: str = "TR_cam", source: str = "CAMERA") -> Line:
    return Line(sid, "ada", "video", codec, source, 90_000)


def microphone(sid: str = "TR_mic", identity: str = "ada") -> Line:
    return Line(sid, identity, "audio", "opus", "MICROPHONE", 48_000)


class Room:
    """A programme in memory."""

    def __init__(self, *lines: Line) -> None:
        self.sid, self.name = "RM_test", "hall"
        self.lines = list(lines)
        self.observers: list[Observer] = []
        self.levels: dict[str, float] = {}  # of those who speak, by identity

    def published(self) -> tuple[Published, ...]:
        return tuple(self.lines)

    def speaking(self) -> dict[str, float]:
        return self.levels

    def observe(self, observer: Observer) -> Callable[[], None]:
        self.observers.append(observer)
        return lambda: self.observers.remove(observer)

    def publish(self, line: Line) -> None:
        self.lines.append(line)
        for observer in list(self.observers):
            observer.track_published(line)

    def unpublish(self, line: Line) -> None:
        self.lines.remove(line)
        for tap in list(line.taps):
            tap.ended()
        for observer in list(self.observers):
            observer.track_unpublished(line)

    def mute(self, line: Line, muted: bool) -> None:
        line.muted = muted
        for observer in list(self.observers):
            observer.track_muted(line)

    def close(self) -> None:
        for observer in list(self.observers):
            observer.closed()


class Show:
    """What happens on a camera and a microphone, as events in time."""

    def __init__(
        self, video: Line | None, audio: Line | None, *, first: int = 0,
        size: tuple[int, int] = (WIDTH, HEIGHT), audio_delay_s: float = 0.0,
    ) -> None:  # fmt: skip
        self._video, self._audio, self._first = video, audio, first
        self._encoder = Encoder(video.codec, size) if video else None
        self._audio_delay_s = audio_delay_s  # on the network
        self.shown: list[int] = []

    def events(self, seconds: float) -> Iterator[tuple[float, Callable[[float], None]]]:
        """(seconds from the beginning, what to do then; it gets the wall time of the beginning)."""
        events: list[tuple[float, Callable[[float], None]]] = []
        if self._video:
            numbers = range(round(seconds * FPS))
            events += [(ticks_of(n) / 90_000, partial(self._picture, n)) for n in numbers]
        if self._audio:
            for n, packet in enumerate(beeps(seconds + 1)[: round(seconds * 50)]):
                events.append((n / 50 + self._audio_delay_s, partial(self._sound, n, packet)))
        return iter(sorted(events, key=lambda event: event[0]))

    def _picture(self, n: int, t0: float) -> None:
        assert self._video is not None
        assert self._encoder is not None
        line, number = self._video, self._first + n
        key, line.wants_key = line.wants_key, False
        data = self._encoder.encode(number, key=key)
        payloads = packetize(line.codec, data, number)
        at = t0 + ticks_of(n) / 90_000
        line.send(payloads, ticks_of(n), at)
        if n % FPS == 5:
            line.report(ticks_of(n), at)
        self.shown.append(number)

    def _sound(self, n: int, packet: bytes, t0: float) -> None:
        assert self._audio is not None
        if not self._audio.muted:
            self._audio.send([packet], n * 960, t0 + n / 50 + self._audio_delay_s)
        if n % 50 == 5:
            self._audio.report(n * 960, t0 + n / 50)

    async def play(self, seconds: float, clock: "Clock | None" = None) -> None:
        """In real time, or in that of a clock that waits for who is late."""
        clock = clock or Clock(waits=False)
        t0 = clock.time()
        for at, act in self.events(seconds):
            await clock.until(self, t0 + at)
            act(t0)
        clock.leave(self)


class Clock:
    """Unix seconds in which a programme is shown: where it `waits`, no moment passes before everybody has
    shown what belongs to it, however long a loaded machine takes. Then it is behind the wall for good."""

    def __init__(self, *, waits: bool = True) -> None:
        self._waits = waits
        self._behind = 0.0
        self._due: dict[object, float] = {}

    def time(self) -> float:
        now = time.time() - self._behind
        if self._waits and self._due and (late := now - min(self._due.values())) > 0:
            self._behind += late
            now -= late
        return now

    async def until(self, who: object, moment: float) -> None:
        self._due[who] = moment
        while (wait := moment - self.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait)

    def leave(self, who: object) -> None:
        self.time()  # what is late until here stays so
        del self._due[who]


# Looking at what was made


@dataclass
class Watched:
    numbers: list[int]
    times: list[float]  # seconds, of each picture
    flashes: list[float]
    beeps: list[float]
    duration: float
    sound: np.ndarray

    @property
    def offsets(self) -> list[float]:
        """Seconds from each beep to the nearest flash."""
        return [min((flash - beep for flash in self.flashes), key=abs) for beep in self.beeps if self.flashes]


def watch(path: str) -> Watched:
    numbers, times, flashes, sounds = [], [], [], []
    first_sound = None
    with av.open(path) as container:
        duration = (container.duration or 0) / 1e6
        was_flash = False
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    number, is_flash = read(frame)
                    numbers.append(number)
                    times.append(frame.time or 0.0)
                    if is_flash and not was_flash:
                        flashes.append(frame.time or 0.0)
                    was_flash = is_flash
                elif isinstance(frame, av.AudioFrame):
                    if first_sound is None:
                        first_sound = frame.time or 0.0
                    sounds.append(frame.to_ndarray()[0])
    sound = np.concatenate(sounds) if sounds else np.zeros(0, np.float32)
    return Watched(numbers, times, flashes, _onsets(sound, first_sound or 0.0), duration, sound)


def _onsets(sound: np.ndarray, first: float) -> list[float]:
    window = 240  # 5 ms
    loud = np.abs(sound[: len(sound) // window * window]).reshape(-1, window).max(axis=1) > 0.05
    onsets: list[float] = []
    last = -1.0
    for index in np.flatnonzero(loud):
        at = first + index * window / 48_000
        if last < 0 or at - last > 0.3:
            onsets.append(at)
        last = at
    return onsets
