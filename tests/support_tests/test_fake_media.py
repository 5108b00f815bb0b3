"""The picture that carries a number, the sound that belongs to it, and the browser that plays both."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.async_api import Page

from tests.support import browser, fake_media, frame_code, recorded
from tests.support.needs import need
from tests.support.waiting import eventually
from tests.support_tests import site


@pytest.mark.parametrize("number", [0, 1, 599, 4095, 65535])
@pytest.mark.parametrize("size", [(640, 360), (320, 180), (1280, 720)])
def test_a_number_is_read_from_a_picture_of_any_size(number: int, size: tuple[int, int]) -> None:
    assert frame_code.read(frame_code.draw(number, *size)) == number


def test_half_of_two_pictures_has_no_number() -> None:
    mixed = frame_code.draw(341, 640, 360)
    mixed[180:] = frame_code.draw(682, 640, 360)[180:]
    assert frame_code.read(mixed) is None
    assert frame_code.read(np.full((360, 640), 128, dtype=np.uint8)) is None


def record(path: Path, *, frames: int, sound_late_by: float) -> None:
    """A WebM file of numbered frames at a low bitrate, and the sound that belongs to them."""
    fake_media.write_sound(path.with_suffix(".wav"))
    with av.open(str(path), "w", format="webm") as out, av.open(str(path.with_suffix(".wav"))) as wav:
        picture = out.add_stream("libvpx", rate=15, options={"deadline": "realtime", "cpu-used": "8"})
        picture.width, picture.height, picture.pix_fmt, picture.bit_rate = 640, 360, "yuv420p", 250_000
        sound = out.add_stream("libopus", rate=48_000, layout="mono")
        for number in range(frames):
            luma = frame_code.draw(number, 640, 360)
            out.mux(picture.encode(av.VideoFrame.from_ndarray(luma, "gray").reformat(format="yuv420p")))
        out.mux(picture.encode())
        for frame in wav.decode(audio=0):
            assert frame.pts is not None
            if frame.pts / 48_000 > frames / 15:
                break
            frame.pts += round(sound_late_by * 48_000)
            out.mux(sound.encode(frame))
        out.mux(sound.encode())


def test_numbers_survive_vp8_at_a_low_bitrate(tmp_path: Path) -> None:
    record(tmp_path / "file.webm", frames=45, sound_late_by=0)

    assert [number for _, number in recorded.read(tmp_path / "file.webm").frames] == list(range(45))


@pytest.mark.parametrize("late_by", [0.0, 0.4])
def test_a_recording_tells_its_beeps_and_how_late_they_are(tmp_path: Path, late_by: float) -> None:
    record(tmp_path / "file.webm", frames=100, sound_late_by=late_by)

    read = recorded.read(tmp_path / "file.webm")

    assert read.beeps == pytest.approx([late_by + beat for beat in (0, 2, 4, 6)], abs=0.03)
    assert read.offset == pytest.approx(late_by, abs=0.03)


def test_beeps_are_found_to_ten_milliseconds() -> None:
    at = np.arange(7 * 48_000) / 48_000
    sound = np.where((at - 0.27) % 2 < 0.15, np.sin(2 * np.pi * 1000 * at), 0) * (at >= 0.27)
    assert fake_media.beeps_in(sound, 48_000) == pytest.approx([0.27, 2.27, 4.27, 6.27], abs=0.011)


@pytest.mark.parametrize("late_by", [-0.9, -0.2, 0.0, 0.35, 0.9])
def test_the_offset_between_sound_and_picture_is_told_with_its_sign(late_by: float) -> None:
    frames = [(10 + number / 15, number % 600) for number in range(570, 700)]
    beeps = [10 + second + late_by for second in range(2, 8, 2)]
    assert fake_media.offset_of(frames, beeps) == pytest.approx(late_by)


LOOPBACK_PAGE = """<!doctype html><title>two peers in one page</title>
<video id="own" autoplay muted></video><video id="far" autoplay></video>
<script>
async function call() {
  const near = new RTCPeerConnection(), far = new RTCPeerConnection();
  const devices = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  devices.getTracks().forEach((track) => near.addTrack(track, devices));
  far.ontrack = ({ streams }) => { document.getElementById("far").srcObject = streams[0]; };
  near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
  await near.setLocalDescription(await near.createOffer());
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription(await far.createAnswer());
  await near.setRemoteDescription(far.localDescription);
}
</script>"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A page on localhost, where a browser gives its camera."""
    (tmp_path / "index.html").write_text(LOOPBACK_PAGE)
    with site.serve(tmp_path) as address:
        yield address


@pytest.fixture
async def page(address: str, fake_devices: fake_media.Devices) -> AsyncIterator[Page]:
    async with browser.chromium(need("chromium"), fake_devices) as chromium:
        page = await chromium.new_page()
        await browser.watch(page)
        await page.goto(address)
        yield page


@pytest.mark.browser
@pytest.mark.media
async def test_a_page_shows_numbers_that_advance_and_sound_that_is_heard(page: Page) -> None:
    await page.evaluate("call()")

    await browser.shows_moving_picture(page, within=30)
    await eventually(lambda: browser.sound_level(page), lambda level: level > 0.01, within=20, what="a sound")


@pytest.mark.browser
@pytest.mark.media
async def test_the_page_that_captures_knows_how_far_sound_and_picture_are_apart(page: Page) -> None:
    await page.evaluate("call()")
    await browser.shows_moving_picture(page, within=30)

    first, again = await browser.captured_offset(page), await browser.captured_offset(page)

    assert abs(fake_media.around(first - again)) < 0.1
