"""A recording that is to be published while its hall's api process lies dead."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from livehall.core.recordings import rows, store
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import rfc3339
from livehall.kernel.ids import Id
from livehall.server.database import desk_of
from livehall.server.settings import load_settings
from tests.support.hall import Hall, hall
from tests.support.waiting import eventually, wait_until

SOON = timedelta(seconds=5)  # for the request that sets it, on a slow machine too


async def test_a_time_to_publish_outlives_a_kill(tmp_path: Path) -> None:
    with hall(tmp_path) as served:
        await asyncio.to_thread(served.add_account)
        headers = {"Authorization": f"Bearer {await asyncio.to_thread(served.token)}"}
        async with httpx.AsyncClient(base_url=f"{served.url}/api/v1", headers=headers) as ada:
            room = (await ada.post("/rooms", json={"title": "Physics"})).json()["data"]["id"]
            made = await ada.post(f"/rooms/{room}/sessions", json={"title": "Waves"})
            recording_id = await _ready(served, made.json()["data"]["session"]["id"])
            path = f"/recordings/{recording_id}"
            due = datetime.now(UTC) + SOON
            killed = served.pid("api")
            answer = await ada.post(f"{path}/publish", json={"publish_at": rfc3339(due)})
            assert answer.json()["data"]["publish_at"] == rfc3339(due)
            with _left_dead(served, killed):
                left = due - datetime.now(UTC)
                assert left > timedelta(), "it was dead before"
                await asyncio.sleep(left.total_seconds() + 0.1)
                assert served.pids("api") == [], "nobody was there when its time came"

            async def shown() -> dict[str, Any]:
                try:
                    found = await ada.get(path)
                except httpx.TransportError:  # nobody listens yet
                    return {"visibility": None}
                return dict(found.json().get("data") or {"visibility": None})

            public = await eventually(
                shown, lambda data: data["visibility"] == "public", within=60, what="the replay", every=0.5
            )
            assert public["publish_at"] is None
            assert public["published_at"] >= rfc3339(due)
            listed = await ada.get("/replays")
    assert [each["recording_id"] for each in listed.json()["data"]["replays"]] == [recording_id]


@contextmanager
def _left_dead(served: Hall, pid: int) -> Iterator[None]:
    """Kill a process at once; only afterwards another takes its place."""
    os.kill(served.program.pid, signal.SIGSTOP)  # who would start it
    try:
        served.kill(pid)
        wait_until(lambda: pid not in served.pids("api"), within=5, what="its end")
        yield
    finally:
        os.kill(served.program.pid, signal.SIGCONT)


async def _ready(served: Hall, session_id: Id) -> Id:
    """As it is after a recorder's whole work, but for the file."""
    settings = load_settings(served.environ)
    async with desk_of(settings) as desk, desk.work(SYSTEM) as work:
        made = await rows.add_recording(work, await sessions.get(work, session_id))
        asset = await rows.file_of(work, made, 1)
        await store.add_asset(work, asset)
        await store.set_asset(work, asset, state="ready", size=1)
        await rows.move(work, await rows.move(work, made, "processing", duration_ms=1000), "ready", size=1)
    return made.id
