"""ffmpeg as an encoder: a moving test picture and a tone, pushed by RTMP or WHIP in real time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import imageio_ffmpeg

WIDTH, HEIGHT = 320, 180
_INPUT = (
    "-re", "-f", "lavfi", "-i", f"testsrc2=size={WIDTH}x{HEIGHT}:rate=15",
    "-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100",
)  # fmt: skip
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "15", "-b:v", "300k")
IN_ORDER = (*H264, "-tune", "zerolatency", "-profile:v", "main")
OUT_OF_ORDER = (*H264, "-bf", "2", "-profile:v", "main")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-g", "15")


class Encoder:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def end(self) -> None:
        """As a person does who presses `q`."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    async def ended(self, deadline_s: float) -> str:
        """What it wrote until it ended by itself."""
        async with asyncio.timeout(deadline_s):
            _, errors = await self._process.communicate()
        return errors.decode()


@asynccontextmanager
async def rtmp(url: str, key: str, video: Sequence[str] = IN_ORDER) -> AsyncIterator[Encoder]:
    async with _running(*_INPUT, *video, "-c:a", "aac", "-f", "flv", f"{url}/{key}") as encoder:
        yield encoder


@asynccontextmanager
async def whip(url: str, key: str, *flags: str) -> AsyncIterator[Encoder]:
    video = (*H264, "-tune", "zerolatency", "-profile:v", "baseline")
    audio = ("-c:a", "libopus", "-ar", "48000", "-ac", "2")
    async with _running(*_INPUT, *video, *audio, "-f", "whip", "-authorization", key, *flags, url) as encoder:
        yield encoder


@asynccontextmanager
async def _running(*arguments: str) -> AsyncIterator[Encoder]:
    process = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", "error", *arguments,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    encoder = Encoder(process)
    try:
        yield encoder
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
