"""Space, cleanups and recordings that failed, for administrators, over HTTP."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from livehall.core.recordings import rows, store
from livehall.core.recordings.model import Recording, cleanup
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Statement
from tests.dialects.live.evening import Evening, an_evening, code
from tests.dialects.live.test_recordings import FILM, a_ready_recording
from tests.support.waiting import eventually


async def a_failed_recording(evening: Evening, film: bytes | None) -> Recording:
    """Its output ended badly; `film` is what lies in the media server's folder all the same."""
    house = evening.hall.app.house
    async with house.desk.work(SYSTEM) as work:
        session = await sessions.get(work, evening.id)
        recording = await rows.add_recording(work, session)
        output = await rows.add_egress(work, session, "file", recording.id)
        await store.change_egress(work, output, status="failed", media_id="EG_x", ended_at=work.now)
        recording = await rows.move(work, recording, "failed", error_code="lost")
    if film is not None:
        path = house.settings.recordings / output.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(film)
    return recording


async def administrator(hall):
    return await hall.signed_in("root@example.org", "admin")


async def test_the_space_is_told_to_administrators(hall, tmp_path):
    evening = await an_evening(hall)
    admin = await administrator(hall)
    recording = await a_ready_recording(evening, tmp_path)
    await a_failed_recording(evening, None)
    told = (await admin.get("/admin/storage")).json()["data"]
    assert told.pop("available") > 0
    assert told == {
        "backend": "local", "own_target": False, "used": len(FILM), "quota": None, "recordings": 2,
        "assets": 1, "reclaimable": 0, "failed_recordings": 1, "last_cleanup_at": None,
    }  # fmt: skip

    await evening.host.delete(f"/recordings/{recording.id}")
    told = (await admin.get("/admin/storage")).json()["data"]
    assert (told["used"], told["reclaimable"], told["recordings"]) == (len(FILM), len(FILM), 1)


async def test_another_organization_has_space_of_its_own(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_failed_recording(evening, FILM)
    other = await hall.signed_in("eve@example.net", "owner", "Elsewhere")
    told = (await other.get("/admin/storage")).json()["data"]
    assert (told["used"], told["recordings"], told["failed_recordings"]) == (0, 0, 0)
    assert code(await other.post(f"/admin/recordings/{recording.id}/retry")) == (404, "not_found")


@pytest.mark.parametrize(("verb", "path"), [("GET", "/admin/storage"), ("POST", "/admin/storage/cleanup")])
async def test_space_is_no_hosts_business(hall, verb, path):
    evening = await an_evening(hall)
    assert code(await evening.host.request(verb, path)) == (403, "forbidden")
    assert code(await evening.viewer.request(verb, path)) == (403, "forbidden")


async def test_a_cleanup_removes_what_was_deleted_long_enough_ago(hall, tmp_path):
    evening = await an_evening(hall)
    admin = await administrator(hall)
    recording = await a_ready_recording(evening, tmp_path)
    house = hall.app.house
    await house.loops.stop()  # the rounds are the test's own
    async with house.desk.read(SYSTEM) as read:
        asset = await store.asset_of(read, recording.id)
    await evening.host.delete(f"/recordings/{recording.id}")

    async def clean(**body):
        answer = await admin.post("/admin/storage/cleanup", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]

    within_grace = await clean(dry_run=True)
    assert (within_grace["deleted_objects"], within_grace["freed"]) == (0, 0)
    would = await clean(dry_run=True, older_than_days=0)
    assert (would["dry_run"], would["deleted_objects"], would["freed"]) == (True, 1, len(FILM))
    assert await house.storage.find(asset.storage_key)

    begun = await clean(older_than_days=0)
    assert (await clean())["job_id"] == begun["job_id"]
    await house.cleaner.clean_running()
    assert await house.storage.find(asset.storage_key) is None
    told = (await admin.get("/admin/storage")).json()["data"]
    assert (told["used"], told["assets"], told["reclaimable"]) == (0, 0, 0)
    assert told["last_cleanup_at"]
    again = (await clean())["job_id"]
    assert again != begun["job_id"]
    await house.cleaner.clean_running()
    await house.cleaner.forget_ended(timedelta(days=1))
    assert len(await cleanups(hall)) == 4
    await house.cleaner.forget_ended(timedelta())  # all but the last that removed something
    assert await cleanups(hall) == [again]
    assert (await admin.get("/admin/storage")).json()["data"]["last_cleanup_at"]


async def cleanups(hall):
    async with hall.app.house.desk.read(SYSTEM) as read:
        return await read.db.all(Statement(select(cleanup.c.id).order_by(cleanup.c.id), str))


async def test_a_cleanup_takes_days_that_are_not_negative(hall):
    await an_evening(hall)
    admin = await administrator(hall)
    answer = await admin.post("/admin/storage/cleanup", json={"older_than_days": -1})
    assert code(answer) == (422, "validation_failed")


async def test_a_failed_recording_is_processed_again(hall):
    evening = await an_evening(hall)
    admin = await administrator(hall)
    recording = await a_failed_recording(evening, FILM)
    path = f"/admin/recordings/{recording.id}/retry"
    assert code(await evening.host.post(path)) == (403, "forbidden")

    answer = await admin.post(path)
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "processing"), answer.text

    async def is_ready():
        shown = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]
        return shown["status"] == "ready" and shown

    shown = await eventually(is_ready, within=30, what="the recording is ready")
    assert (shown["file_size"], shown["attempts"], shown["error_code"]) == (len(FILM), 1, None)
    again = await admin.post(path)
    assert (again.status_code, again.json()["data"]["status"]) == (202, "ready")


async def test_a_recording_of_which_nothing_is_left_is_not_processed_again(hall):
    evening = await an_evening(hall)
    admin = await administrator(hall)
    recording = await a_failed_recording(evening, None)
    assert code(await admin.post(f"/admin/recordings/{recording.id}/retry")) == (410, "link_expired")


async def test_a_running_recording_is_not_processed_again(hall):
    evening = await an_evening(hall)
    admin = await administrator(hall)
    started = (await evening.host.post(f"/sessions/{evening.id}/recordings/start")).json()["data"]
    assert code(await admin.post(f"/admin/recordings/{started['id']}/retry")) == (409, "invalid_state")


async def test_a_deleted_recording_takes_its_left_overs_along(hall):
    evening = await an_evening(hall)
    admin = await administrator(hall)
    recording = await a_failed_recording(evening, FILM)
    house = hall.app.house
    async with house.desk.read(SYSTEM) as read:
        output = await store.egress_of(read, recording.id)
    left: Path = house.settings.recordings / output.path
    await evening.host.delete(f"/recordings/{recording.id}")
    await admin.post("/admin/storage/cleanup", json={"older_than_days": 0})
    await house.cleaner.clean_running()
    assert not left.exists()  # noqa: ASYNC240
