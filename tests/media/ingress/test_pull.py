"""Pulling from addresses (URL_INPUT): what may be fetched, and what becomes of it."""

import asyncio
import functools
import http.server
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import imageio_ffmpeg
import pytest
from livekit import api
from livekit.protocol import ingress as proto
from livekit.protocol import room as rooms

from livehall.media.ingress import service as ingresses
from livehall.media.ingress.fetching import Fetcher, FetchRefused, is_allowed
from livehall.media.serve import MediaServer
from tests.media.conftest import KEY, SECRET, Hooks, Stage, settings
from tests.media.ingress.conftest import an_ingress
from tests.support.processes import free_port

pytestmark = pytest.mark.media
State = proto.IngressState


class _Files(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://localhost:1/film.mp4")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A film of three seconds as MP4 and as HLS, and a playlist that names a file of this machine."""
    folder: Path = tmp_path_factory.mktemp("site")
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error",
            "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15:duration=3",
            "-f", "lavfi", "-i", "sine=frequency=440:duration=3",
            "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-pix_fmt", "yuv420p", "-c:a", "aac",
            "-movflags", "+faststart", folder / "film.mp4",
        ],
        check=True,
    )  # fmt: skip
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", folder / "film.mp4", "-c", "copy",
            "-hls_time", "1", "-hls_playlist_type", "vod", folder / "film.m3u8",
        ],
        check=True,
    )  # fmt: skip
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Files, directory=str(folder))
    )
    server.daemon_threads = True
    port = server.server_address[1]
    for name, segment in (("inner", "file:///etc/passwd"), ("foreign", f"http://localhost:{port}/film0.ts")):
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", segment, "#EXT-X-ENDLIST", ""]
        (folder / f"{name}.m3u8").write_text("\n".join(lines))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
async def stage(hooks: Hooks, tmp_path: Path) -> AsyncIterator[Stage]:
    chosen = settings(hooks, tmp_path, pull_hosts=("127.0.0.1",), pull_private=True, departure_timeout_s=20)
    async with MediaServer(chosen) as server, AsyncExitStack() as stack:
        yield Stage(server, stack, hooks)


async def a_pull(stage: Stage, url: str) -> proto.IngressInfo:
    return await an_ingress(stage, proto.URL_INPUT, url=url)


async def state_of(stage: Stage, info: proto.IngressInfo) -> proto.IngressState:
    request = proto.ListIngressRequest(ingress_id=info.ingress_id)
    return (await (await stage.api()).ingress.list_ingress(request)).items[0].state


@pytest.mark.parametrize("name", ["film.mp4", "film.m3u8"])
async def test_what_is_pulled_is_seen_and_heard_in_time_and_completes(stage: Stage, site: str, name: str):
    bob = await stage.viewer()
    made = await a_pull(stage, f"{site}/{name}")
    assert (made.url, made.stream_key, made.reusable) == (f"{site}/{name}", "", False)
    await stage.hooks.until("ingress_started")
    began = asyncio.get_running_loop().time()
    await stage.hooks.until("ingress_ended")
    assert 2 < asyncio.get_running_loop().time() - began < 5  # as long as the film, not as fast as it comes
    pictures, sounds = bob.stream("video"), bob.stream("audio")
    assert pictures is not None
    assert pictures.packets > 30
    assert sounds is not None
    assert sounds.packets > 100
    ended = await state_of(stage, made)
    assert ended.status == State.ENDPOINT_COMPLETE
    assert (ended.video.mime_type, ended.video.width, ended.audio.mime_type) == (
        "video/h264",
        320,
        "audio/aac",
    )


async def test_a_pull_ends_with_its_room_and_cannot_be_changed(stage: Stage, site: str):
    made = await a_pull(stage, f"{site}/film.mp4")
    service = (await stage.api()).ingress
    with pytest.raises(api.TwirpError, match="not reusable"):
        await service.update_ingress(proto.UpdateIngressRequest(ingress_id=made.ingress_id, name="else"))
    await stage.hooks.until("ingress_started")
    await (await stage.api()).room.delete_room(rooms.DeleteRoomRequest(room="hall"))
    await stage.hooks.until("ingress_ended")
    assert (await state_of(stage, made)).status == State.ENDPOINT_INACTIVE
    await service.delete_ingress(proto.DeleteIngressRequest(ingress_id=made.ingress_id))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.mp4", "404"),
        ("elsewhere", "may pull from"),
        ("inner.m3u8", "cannot be played"),
        ("foreign.m3u8", "may pull from"),
    ],
    ids=["nothing", "redirection", "file in a playlist", "another host in a playlist"],
)
async def test_what_cannot_be_pulled_is_told(stage: Stage, site: str, name: str, words: str):
    made = await a_pull(stage, f"{site}/{name}")
    await stage.hooks.until("ingress_ended")
    state = await state_of(stage, made)
    assert state.status == State.ENDPOINT_ERROR
    assert words in state.error


async def listed(server: MediaServer) -> list[proto.IngressInfo]:
    async with api.LiveKitAPI(f"http://127.0.0.1:{server.http_port}", KEY, SECRET) as client:
        return list((await client.ingress.list_ingress(proto.ListIngressRequest())).items)


async def test_what_was_pulled_takes_no_place_and_is_forgotten_after_a_day(
    hooks: Hooks, tmp_path: Path, site: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ingresses, "MOST", 2)
    chosen = settings(hooks, tmp_path, pull_hosts=("127.0.0.1",), pull_private=True, rtmp_port=free_port())
    async with MediaServer(chosen) as server, AsyncExitStack() as stack:
        stage, made = Stage(server, stack, hooks), []
        for number in range(1, 4):
            made.append(await a_pull(stage, f"{site}/nothing.mp4"))
            await stage.hooks.until(*["ingress_ended"] * number)
        made += [await an_ingress(stage), await an_ingress(stage)]
        with pytest.raises(api.TwirpError) as refused:
            await an_ingress(stage)
        assert refused.value.code == "resource_exhausted"
        # Of those that are spent there are no more than of the others.
        assert [info.ingress_id for info in await listed(server)] == [info.ingress_id for info in made[1:]]

    async with MediaServer(chosen) as server:
        found = {info.ingress_id: info.state for info in await listed(server)}
        assert set(found) == {info.ingress_id for info in made[1:]}
        assert "404" in found[made[2].ingress_id].error  # how it ended is known to the next process, too
        assert found[made[2].ingress_id].ended_at > 0

    monkeypatch.setattr(ingresses, "SPENT_FOR_S", 0)
    async with MediaServer(chosen) as server:
        left = {info.ingress_id for info in await listed(server)}
    assert left == {made[3].ingress_id, made[4].ingress_id}
    assert made[2].ingress_id not in (tmp_path / ".state" / "ingresses.json").read_text()


async def test_a_host_that_is_not_named_is_refused(stage: Stage):
    for url in ("http://localhost/film.mp4", "file:///etc/passwd", "rtmp://127.0.0.1/live", ""):
        with pytest.raises(api.TwirpError) as refused:
            await a_pull(stage, url)
        assert refused.value.code == "invalid_argument"


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://media.example.org/a.mp4", True),
        ("https://MEDIA.example.org:8443/a.mp4", True),
        ("http://example.org/a", False),
        ("https://media.example.org.evil.net/a", False),
        ("https://media.example.org@evil.net/a", False),
        ("concat:https://media.example.org/a", False),
        ("crypto+https://media.example.org/a", False),
    ],
)
def test_only_web_addresses_of_named_hosts_are_allowed(url: str, is_good: bool):
    assert is_allowed(url, ("*.example.org",)) is is_good


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_an_allowed_host_with_an_address_of_this_network_is_not_called(host: str):
    fetcher = Fetcher(("*",), may_be_private=False)
    with pytest.raises(FetchRefused, match="may pull from"):
        fetcher.open(f"http://{host}:9/", 0, {})
