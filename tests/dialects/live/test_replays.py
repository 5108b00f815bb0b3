"""Watching a replay over HTTP: what was played counts, in media time."""

from datetime import timedelta

import pytest

from livehall.core.audience import jobs, replays, store
from livehall.kernel.actor import SYSTEM
from tests.dialects.live.evening import Evening, an_evening, code
from tests.dialects.live.test_recordings import a_ready_recording
from tests.support.people import Hands


@pytest.fixture
def hands(hall) -> Hands:
    clock = Hands(hall.app.house.desk.clock())
    hall.app.house.desk.clock = clock
    return clock


async def begun(evening: Evening, recording_id: str, client=None) -> dict:
    answer = await (client or evening.viewer).get(f"/recordings/{recording_id}/playback")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def beat(evening: Evening, attendance_id: str, *stretches, client=None):
    watched = [{"start": start, "end": end} for start, end in stretches]
    return await (client or evening.viewer).post(
        f"/attendance/{attendance_id}/beat", json={"watched": watched}
    )


async def the_replay(evening: Evening) -> dict:
    answer = await evening.host.get(f"/sessions/{evening.id}/attendance?source=replay")
    (row,) = answer.json()["data"]["attendance"]
    return row


async def figures(evening: Evening) -> dict:
    return (await evening.host.get(f"/sessions/{evening.id}/attendance/stats")).json()["data"]


async def test_a_replay_counts_what_was_watched(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    await evening.end()
    player = await begun(evening, recording.id)
    assert (player["duration"], player["next_beat_in"]) == (61, 30)
    assert (await hall.client().get(player["playback_url"])).status_code == 200
    assert (await figures(evening))["replay_viewers"] == 0

    assert (await beat(evening, player["attendance_id"])).status_code == 200
    hands.forward(seconds=30)
    await beat(evening, player["attendance_id"], (0, 12.4), (40, 55.2))
    hands.forward(seconds=30)
    await beat(evening, player["attendance_id"])  # paused
    row = await the_replay(evening)
    assert (row["source"], row["duration"], row["is_active"], row["role"]) == ("replay", 28, True, "viewer")
    told = await figures(evening)
    assert (told["replay_viewers"], told["unique_viewers"], told["total_watch_time"]) == (1, 0, 0)


async def test_asking_again_goes_on_with_the_same_replay(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    first = await begun(evening, recording.id)
    assert (await begun(evening, recording.id))["attendance_id"] == first["attendance_id"]


async def test_less_than_five_seconds_is_no_view(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    hands.forward(seconds=30)
    await beat(evening, player["attendance_id"], (0, 4.9))
    assert (await figures(evening))["replay_viewers"] == 0
    hands.forward(seconds=1)
    await beat(evening, player["attendance_id"], (4.9, 5.1))
    assert (await figures(evening))["replay_viewers"] == 1


async def test_nobody_watches_faster_than_a_player_runs(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    hands.forward(seconds=5)
    await beat(evening, player["attendance_id"], *[(0, 61)] * 50)
    assert (await the_replay(evening))["duration"] == 5 * replays.FASTEST
    answer = await beat(evening, player["attendance_id"], (-1, 5))
    assert code(answer) == (422, "validation_failed")


async def test_a_silent_replay_ends_when_it_was_last_heard(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    await beat(evening, player["attendance_id"])
    heard = hands.now
    hands.now = heard + timedelta(seconds=100)
    await replays.sweep(hall.app.house.desk)
    row = await the_replay(evening)
    assert row["is_active"] is False
    assert row["left_at"][:19] == heard.isoformat()[:19]

    await beat(evening, player["attendance_id"], (0, 10))  # it slept, and is back
    assert (await the_replay(evening))["is_active"] is True


async def test_a_replay_goes_on_over_the_end_of_its_session(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    await beat(evening, player["attendance_id"])
    await evening.end()
    assert (await the_replay(evening))["is_active"] is True
    assert (await beat(evening, player["attendance_id"])).status_code == 200


async def test_a_replay_may_begin_long_after_it_was_opened(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    hands.forward(minutes=5)
    await jobs.sweep(hall.app.house.desk)
    await replays.sweep(hall.app.house.desk)
    assert (await beat(evening, player["attendance_id"], (0, 5))).status_code == 200


async def test_a_replay_that_was_opened_during_the_session_may_begin_after_its_end(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    await evening.end()
    assert (await beat(evening, player["attendance_id"], (0, 5))).status_code == 200


async def test_a_replay_that_never_begins_is_forgotten_a_day_after_it_was_last_opened(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    hands.forward(hours=20)
    evening.viewer = await hall.signed_in("ben@example.org", "viewer")
    assert (await begun(evening, recording.id))["attendance_id"] == player["attendance_id"]
    desk = hall.app.house.desk
    for hours, is_kept in ((5, True), (20, False)):
        hands.forward(hours=hours)
        await replays.sweep(desk)
        async with desk.read(SYSTEM) as read:
            assert (await store.get(read, player["attendance_id"]) is not None) == is_kept


async def test_a_replay_belongs_to_who_began_it(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    cleo = await hall.signed_in("cleo@example.org", "viewer")
    assert code(await beat(evening, player["attendance_id"], client=cleo)) == (404, "not_found")


async def test_what_is_withdrawn_is_not_watched_on(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    player = await begun(evening, recording.id)
    await evening.host.patch(f"/recordings/{recording.id}", json={"visibility": "private"})
    assert code(await beat(evening, player["attendance_id"])) == (404, "not_found")
    assert code(await evening.viewer.get(f"/recordings/{recording.id}/playback")) == (404, "not_found")


async def test_the_hosts_own_replay_is_listed_and_counts_nowhere(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    player = await begun(evening, recording.id, evening.host)
    hands.forward(seconds=30)
    await beat(evening, player["attendance_id"], (0, 30), client=evening.host)
    assert (await the_replay(evening))["role"] == "host"
    assert (await figures(evening))["replay_viewers"] == 0


async def test_what_is_not_ready_is_not_played(hall):
    evening = await an_evening(hall)
    started = (await evening.host.post(f"/sessions/{evening.id}/recordings/start")).json()["data"]
    answer = await evening.host.get(f"/recordings/{started['id']}/playback")
    assert code(answer) == (409, "invalid_state")
