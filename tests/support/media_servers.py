"""A media server for one test: ours in this process, or the real LiveKit server beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from livehall.engines.media import LiveKit
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from tests.support.livekit.server import API_KEY, API_SECRET, LiveKitServer
from tests.support.processes import free_port

rtc = pytest.importorskip("livekit.rtc")

DEADLINE_S = 15.0


class MediaAddress(msgspec.Struct, frozen=True):
    url: str  # of the server API
    is_ours: bool

    @property
    def signal_url(self) -> str:
        return self.url.replace("http", "ws", 1)


class Client:
    """One connection of the official SDK; `publish_audio` sends silence."""

    def __init__(self) -> None:
        self.room = rtc.Room()

    async def publish_audio(self) -> None:
        microphone = rtc.LocalAudioTrack.create_audio_track("microphone", rtc.AudioSource(48_000, 1))
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(microphone, options)


@asynccontextmanager
async def our_media_server(output_dir: Path) -> AsyncIterator[MediaAddress]:
    settings = MediaSettings(
        port=0, udp_host="127.0.0.1", udp_port=0, keys={API_KEY: API_SECRET}, output_dir=output_dir
    )
    async with MediaServer(settings) as server:
        yield MediaAddress(f"http://127.0.0.1:{server.http_port}", is_ours=True)


@pytest.fixture
async def our_media(tmp_path: Path) -> AsyncIterator[MediaAddress]:
    async with our_media_server(tmp_path / "output") as address:
        yield address


@pytest.fixture(params=["ours", pytest.param("livekit", marks=pytest.mark.livekit)])
async def media_address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaAddress]:
    """The test runs against each of the two."""
    if request.param == "livekit":
        server: LiveKitServer = request.getfixturevalue("livekit_server")
        yield MediaAddress(server.url, is_ours=False)
        return
    async with our_media_server(tmp_path / "output") as address:
        yield address


@asynccontextmanager
async def engine_at(url: str, secret: str = API_SECRET) -> AsyncIterator[LiveKit]:
    engine = LiveKit(url, API_KEY, secret)
    try:
        yield engine
    finally:
        await engine.close()
        await asyncio.sleep(0)  # aiohttp closes its sockets in the next turn of the loop


@asynccontextmanager
async def publishing(address: MediaAddress, token: str) -> AsyncIterator[Client]:
    """A connection by the official SDK, which both servers know."""
    client = Client()
    try:
        await asyncio.wait_for(client.room.connect(address.signal_url, token), DEADLINE_S)
        yield client
    finally:
        await client.room.disconnect()


def nowhere() -> str:
    """An address on which nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
