"""The main job on real media, played once for each way of running; each test states one fact of it.

SQLite with our own media server in full length; PostgreSQL, and a real LiveKit server, in twenty seconds.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.journeys import evening as evenings
from tests.journeys import truth
from tests.journeys.evening import Evening
from tests.support import browser, fake_media
from tests.support.hall import hall
from tests.support.livekit.server import livekit_server
from tests.support.needs import need
from tests.support.postgres import PostgresServer
from tests.support.processes import free_port

SHORT_S = 20.0
SHARE_RECORDED = 0.999

pytestmark = [pytest.mark.browser, pytest.mark.media]
sqlite = pytest.param("sqlite", id="sqlite")
postgres = pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)
livekit = pytest.param("livekit", id="livekit", marks=pytest.mark.livekit)

everywhere = pytest.mark.parametrize("evening", [sqlite, postgres, livekit], indirect=True)
in_full = pytest.mark.parametrize("evening", [sqlite], indirect=True)
with_our_media = pytest.mark.parametrize("evening", [sqlite, postgres], indirect=True)
with_livekit = pytest.mark.parametrize("evening", [livekit], indirect=True)


@pytest.fixture(scope="module")
def evening(
    request: pytest.FixtureRequest, fake_devices: fake_media.Devices, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evening]:
    folder = tmp_path_factory.mktemp(request.param)
    match request.param:
        case "sqlite":
            yield _play(fake_devices, folder, evenings.FULL_S)
        case "postgres":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            with server.database() as url:
                yield _play(fake_devices, folder, SHORT_S, database_url=url)
        case "livekit":
            yield _play_on_livekit(fake_devices, folder)


def _play(
    devices: fake_media.Devices, folder: Path, seconds: float, database_url: str | None = None
) -> Evening:
    async def run() -> Evening:
        async with browser.chromium(need("chromium"), devices) as chromium:
            return await evenings.play(chromium, house, folder, seconds=seconds)

    with hall(folder, database_url=database_url, demo=True) as house:
        return asyncio.run(run())


def _play_on_livekit(devices: fake_media.Devices, folder: Path) -> Evening:
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/api/v1/webhooks/livekit"

    async def run() -> Evening:
        async with browser.chromium(need("chromium"), devices) as chromium:
            return await evenings.play(chromium, house, folder, seconds=SHORT_S, livekit=server)

    with (
        livekit_server(need("livekit"), webhook_url=webhook) as server,
        hall(folder, livekit=server, demo=True, settings={"LIVEHALL_PORT": str(port)}) as house,
    ):
        return asyncio.run(run())


@everywhere
def test_both_viewers_decode_more_and_more_frames(evening: Evening) -> None:
    for watched in (evening.bo, evening.cy):
        before, after = watched.decoded
        assert after >= before + 15


@everywhere
def test_the_number_on_both_viewers_screens_advances(evening: Evening) -> None:
    for watched in (evening.bo, evening.cy):
        assert truth.is_in_order(list(watched.numbers), fake_media.NUMBERS)


@everywhere
def test_a_picture_is_there_within_two_seconds_of_entering(evening: Evening) -> None:
    patient = 3 * 2.0  # two browsers and the server share two cores here
    assert evening.bo.first_picture_s < patient
    assert evening.cy.first_picture_s < patient


@everywhere
def test_both_viewers_hear_more_than_silence(evening: Evening) -> None:
    assert evening.bo.sound_level > 0.005
    assert evening.cy.sound_level > 0.005


@everywhere
def test_everybody_reads_the_same_chat_in_the_same_order(evening: Evening) -> None:
    assert sorted(evening.host_chat) == sorted(evening.said)
    assert evening.bo.chat == evening.host_chat
    assert evening.cy.chat == evening.host_chat


@everywhere
def test_the_lost_network_stops_the_picture_and_it_comes_back(evening: Evening) -> None:
    assert evening.loss.at_its_end.frames_decoded == evening.loss.before.frames_decoded
    assert evening.loss.swallowed["swallowed_datagrams"] > 50
    assert evening.loss.swallowed["swallowed_bytes"] > 0
    assert evening.loss.back_after_s < 15


@everywhere
def test_each_person_is_in_the_attendance_once(evening: Evening) -> None:
    assert sorted(row["username"] for row in evening.attendance if row["role"] == "viewer") == ["Bo", "Cy"]
    assert [row["role"] for row in evening.attendance].count("host") == 1
    assert [row["join_count"] for row in evening.attendance if row["role"] == "viewer"] == [1, 1]


@everywhere
def test_attendance_seconds_are_the_truth(evening: Evening, request: pytest.FixtureRequest) -> None:
    tolerance = 2 if "livekit" in request.node.name else 1
    rows = {row["username"]: row for row in evening.attendance}
    for name, watched in (("Bo", evening.bo), ("Cy", evening.cy)):
        joined, left = (datetime.fromisoformat(rows[name][end]) for end in ("joined_at", "left_at"))
        there = (left - joined).total_seconds()
        assert rows[name]["duration"] == pytest.approx(there, abs=0.502)  # whole seconds of milliseconds
        assert there == pytest.approx(watched.left_at - watched.connected_at, abs=tolerance), (
            f"{name} joined {joined.timestamp() - watched.connected_at:+.2f} s "
            f"and left {left.timestamp() - watched.left_at:+.2f} s from what the page saw"
        )


@everywhere
def test_the_session_has_ended(evening: Evening) -> None:
    assert evening.session["status"] == "ended"
    assert evening.session["max_viewers"] == 2


@with_our_media
def test_the_recording_is_ready_within_ten_seconds(evening: Evening) -> None:
    assert evening.replay is not None
    assert evening.replay.row["status"] == "ready"
    assert evening.replay.ready_after_s < 10


@with_our_media
def test_the_replay_page_plays_the_numbers(evening: Evening) -> None:
    assert evening.replay is not None
    numbers = [number for number in evening.replay.numbers if number is not None]
    assert len(numbers) == 2
    assert truth.is_in_order(numbers, fake_media.NUMBERS)


@with_our_media
def test_the_recording_lasts_as_long_as_the_session(evening: Evening) -> None:
    assert evening.replay is not None
    row, duration = evening.replay.row, evening.replay.file.duration
    began, ended, from_, to = (
        datetime.fromisoformat(of[name])
        for of in (evening.session, row)
        for name in ("started_at", "ended_at")
    )
    patient = 3 * 1.0  # two browsers and the server share two cores here
    assert 0 <= (from_ - began).total_seconds() < patient
    assert abs((to - ended).total_seconds()) < patient
    assert duration == pytest.approx((to - from_).total_seconds(), abs=0.1)
    assert evening.replay.shown_duration == row["duration"] == pytest.approx(duration, abs=0.6)  # whole


@with_our_media
def test_every_frame_that_reached_the_server_is_recorded_in_order(evening: Evening) -> None:
    assert evening.replay is not None
    file = evening.replay.file
    sent = [at for at, _ in truth.video_of(evening.sent)]

    lost, due = truth.missing(sent, [at for at, _ in file.taken])

    assert due > 0.9 * len(sent)
    assert len(lost) <= (1 - SHARE_RECORDED) * due, f"{len(lost)} of {due}: {lost[:20]}"
    numbers = [number for _, number in file.taken]
    if numbers[-1] is None:  # Chromium sends a black picture when the camera is switched off at the end
        numbers.pop()
    assert None not in numbers
    assert truth.is_in_order(numbers, fake_media.NUMBERS)


@with_our_media
def test_sound_and_picture_are_as_close_in_the_recording_as_they_were_captured(evening: Evening) -> None:
    assert evening.replay is not None
    assert abs(fake_media.around(evening.replay.file.offset - evening.captured_offset)) < 0.3


@with_livekit
def test_without_a_recorder_the_api_says_so(evening: Evening) -> None:
    assert evening.recording_refusal is not None
    assert (evening.recording_refusal.status, evening.recording_refusal.code) == (502, "media_unavailable")


@in_full
def test_no_page_has_a_barrier_that_axe_finds(evening: Evening) -> None:
    assert len(evening.barriers) == 6
    assert {page: found for page, found in evening.barriers.items() if found} == {}


@everywhere
def test_nothing_went_wrong_unseen(evening: Evening) -> None:
    assert evening.complaints == []
    assert evening.server_errors == []
