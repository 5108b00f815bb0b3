"""Low-latency HLS: parts of segments, as RFC 8216bis wants them, and what plays them as before."""

import asyncio
import re
from pathlib import Path

import av
import pytest
from aiohttp import web
from livekit.protocol import egress as proto
from playwright.async_api import async_playwright

from livehall.dialects.live.recordings.playlists import Playlists
from livehall.dialects.live.recordings.reloads import Reloads, Wish
from livehall.media.egress import wire
from livehall.media.egress.plans import Plan, SegmentPlan
from livehall.media.egress.service import EgressService
from livehall.media.tracks.programme import Codec
from tests.media.egress.stage import Room, Show, camera, microphone, until, watch
from tests.media.egress.studio import Studio
from tests.support.browser import DEVICES, QUIET
from tests.support.needs import lacking, need

PART_S = 0.4
HLS_JS = Path(__file__).parents[3] / "web/node_modules/hls.js/dist/hls.min.js"


def in_parts(folder: Path) -> Plan:
    return Plan(
        segments=SegmentPlan(
            prefix=str(folder / "hls/index"), playlist=str(folder / "hls/index.m3u8"), part_s=PART_S
        )
    )


def parts(text: str) -> list[tuple[float, str, bool]]:
    """Length, name, and whether a player may begin there."""
    found = re.findall(
        r'^#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"(,INDEPENDENT=YES)?$', text, re.MULTILINE
    )
    return [(float(duration), name, bool(independent)) for duration, name, independent in found]


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_parts_are_published_while_their_segment_grows(tmp_path: Path, codec: Codec) -> None:
    video, audio = camera(codec), microphone()
    studio = Studio(tmp_path, video, audio, plan=in_parts(tmp_path))
    studio.play(9, Show(video, audio))
    folder = tmp_path / "hls"
    text = (folder / "index.m3u8").read_text()

    assert "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.200" in text
    assert "#EXT-X-PART-INF:PART-TARGET=0.400" in text
    listed = parts(text)
    assert all(duration <= PART_S for duration, _, _ in listed)
    whole, _, coming = text.rpartition("#EXTINF:")
    last = [duration for duration, _, _ in parts(coming)]
    assert all(duration >= 0.75 * PART_S for duration in last)  # of 15 pictures a second, whose steps vary
    for name in re.findall(r"^(index_\d+\.ts)$", text, re.MULTILINE)[-3:]:
        pieces = [part for _, part, _ in listed if part.startswith(name.removesuffix(".ts"))]
        assert b"".join((folder / part).read_bytes() for part in pieces) == (folder / name).read_bytes()
    firsts = [independent for _, name, independent in listed if name.endswith("-0.ts")]
    assert all(firsts)
    assert len(firsts) >= 3
    hint = re.search(r'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="(index_\d+-\d+\.ts)"', text)
    assert hint is not None
    assert not (folder / hint[1]).exists()
    behind = 9 - sum(float(each) for each in re.findall(r"#EXTINF:([\d.]+)", text)) - sum(last)
    assert behind < 0.6 + 2 * PART_S + 0.1  # the mix, the part that grows, a tick
    assert whole


def test_what_was_played_in_parts_plays_as_a_whole(tmp_path: Path) -> None:
    video, audio = camera("h264"), microphone()
    studio, show = Studio(tmp_path, video, audio, plan=in_parts(tmp_path)), Show(video, audio)
    studio.play(12, show)
    listed = [name for _, name, _ in parts((tmp_path / "hls/index.m3u8").read_text())]
    assert "index_00000-0.ts" not in listed  # of the last few segments only
    assert not (tmp_path / "hls/index_00000-0.ts").exists()
    studio.close()

    text = (tmp_path / "hls/index.m3u8").read_text()
    assert ("#EXT-X-ENDLIST" in text, parts(text), "PRELOAD" in text) == (True, [], False)
    seen = watch(str(tmp_path / "hls/index.m3u8"))
    assert seen.numbers == show.shown
    assert len(seen.beeps) == 12
    assert max(map(abs, seen.offsets)) < 0.1


def test_parts_of_a_killed_recorder_become_a_segment(tmp_path: Path) -> None:
    video, audio = camera("h264"), microphone()
    first = Studio(tmp_path, video, audio, plan=in_parts(tmp_path))
    first.play(5, Show(video, audio))
    before = (tmp_path / "hls/index.m3u8").read_text()
    assert parts(before.rpartition("#EXTINF:")[2])

    second = Studio(tmp_path, plan=in_parts(tmp_path))
    second.recorder.handle(0.0, wire.Resume(epoch=second.now, picture=1))
    video.taps.clear()
    second.add(video)
    second.play(4, Show(video, None, first=75), start=5)
    second.close()
    text = (tmp_path / "hls/index.m3u8").read_text()
    names = re.findall(r"^(index_\d+\.ts)$", text, re.MULTILINE)
    assert len(names) == len(set(names)) >= before.count("#EXTINF:") + 2
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    with av.open(str(tmp_path / "hls" / names[before.count("#EXTINF:")])) as container:
        assert next(container.decode(video=0)).key_frame


PAGE = """<video muted autoplay></video><script src="hls.js"></script><script>
const video = document.querySelector('video');
const hls = new Hls({ enableWorker: false, lowLatencyMode: true });
const parts = [], skips = [];
let holes = 0;
hls.on(Hls.Events.FRAG_LOADED, (_, { part }) => part && parts.push(part.index));
hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => {
  if (details.skippedSegments) skips.push(details.skippedSegments);
  holes += details.fragments.filter((each, at) => !each || each.sn !== details.startSN + at).length;
});
hls.loadSource('live/index.m3u8');
hls.attachMedia(video);
</script>"""


def served(folder: Path, asked: list[str]) -> web.Application:
    """As the hall serves it, without its rights."""
    playlists = Playlists()
    reloads = Reloads(playlists)

    async def give(request: web.Request) -> web.StreamResponse:
        path = folder / request.match_info["name"]
        asked.append(request.path_qs)
        wish = Wish.of(request.query.get("_HLS_msn"), request.query.get("_HLS_part"))
        if path.suffix == ".m3u8" and (now := await playlists.newest(path)) is not None:
            found = await reloads.wait(path, now, wish) if wish is not None else now
            assert found is not None
            form = found.recent if request.query.get("_HLS_skip") == "YES" else found.whole
            return web.Response(body=form.data)
        if not path.exists():
            await reloads.listed(path.with_name("index.m3u8"), path.name)
        return web.FileResponse(path) if path.exists() else web.Response(status=404)

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def script(_: web.Request) -> web.FileResponse:
        return web.FileResponse(HLS_JS)

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/hls.js", script), web.get("/live/{name}", give)])
    return app


@pytest.mark.media
@pytest.mark.browser
async def test_hls_js_plays_parts_and_is_two_seconds_behind(tmp_path: Path) -> None:
    program = need("chromium")
    if not HLS_JS.exists():
        lacking("hls.js (npm ci in web/)")
    video, audio = camera("h264"), microphone()
    service = EgressService(lambda _: Room(video, audio), lambda *_: None, tmp_path, part_s=PART_S)
    output = proto.SegmentedFileOutput(filename_prefix="hls/index", segment_duration=1)
    await service.start(proto.RoomCompositeEgressRequest(room_name="hall", segment_outputs=[output]))
    playing = asyncio.create_task(Show(video, audio).play(40))
    await until((tmp_path / "hls/index.m3u8").exists)
    asked: list[str] = []
    runner = web.AppRunner(served(tmp_path / "hls", asked), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*QUIET, *DEVICES])
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await page.wait_for_function("parts.length > 8 && hls.latency > 0 && hls.latency < 2.5")
        frames = await page.evaluate("video.getVideoPlaybackQuality().totalVideoFrames")
        await page.wait_for_function(f"video.getVideoPlaybackQuality().totalVideoFrames > {frames + 10}")
        await page.wait_for_function("skips.length > 3 && hls.latency < 2.5")
        assert await page.evaluate("holes") == 0
        await browser.close()
    await runner.cleanup()
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    await service.close()
    assert any("_HLS_part=" in path for path in asked)
    assert any(re.search(r"-\d+\.ts", path) for path in asked)
