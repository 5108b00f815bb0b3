"""An export that was promised is made, also when the process is killed at once."""

import asyncio
from datetime import datetime

import pytest

from livehall.kernel.clock import utc_now
from tests.support.hall import Hall, hall
from tests.support.waiting import eventually

PATIENCE_S = 60.0  # what was cut off is made when its lease has passed


@pytest.fixture
def running(tmp_path, database_url):
    with hall(tmp_path, database_url=database_url) as running:
        yield running


async def test_what_was_answered_with_success_is_made_after_a_kill(running: Hall):
    running.add_account()
    async with running.api(running.token()) as api:
        room = (await api.post("/rooms", {"title": "Physics"}))["id"]
        await api.put(f"/rooms/{room}/registration", {"mode": "optional"})
        await api.post(f"/rooms/{room}/registrations", {"email": "mia@example.org"})
        wanted = [
            (await api.post("/exports", {"kind": "registrations", "room_id": room}))["id"] for _ in range(10)
        ]
        await asyncio.to_thread(running.kill, running.pid("api"))
        killed_at = utc_now()
        await asyncio.to_thread(running.wait_ready)

        async def states() -> list[str]:
            return [(await api.get(f"/exports/{export_id}"))["state"] for export_id in wanted]

        await eventually(
            states, lambda found: set(found) == {"ready"}, within=PATIENCE_S, what="all are made", every=0.5
        )
        made = [(await api.get(f"/exports/{export_id}"))["ended_at"] for export_id in wanted]
        assert max(map(datetime.fromisoformat, made)) > killed_at, "something was pending"
        for export_id in wanted:
            file = await api.http.get(f"/exports/{export_id}/file")
            assert (file.status_code, "mia@example.org" in file.text) == (200, True)
    assert list((running.data / "incoming").iterdir()) == []
