"""Webhooks of a served hall whose api process is killed."""

import asyncio
from pathlib import Path

import httpx

from tests.support.hall import hall
from tests.support.receiver import Receiver, fits
from tests.support.waiting import eventually

ANN = "ann@example.org"


async def test_what_was_not_heard_is_told_after_a_kill(tmp_path: Path, receiver: Receiver) -> None:
    """Both what has failed before, and what was committed in the moment of the kill."""
    with hall(tmp_path, settings={"LIVEHALL_WEBHOOKS_PRIVATE_TARGETS": "true"}) as served:
        await asyncio.to_thread(served.add_account, ANN, "admin")
        headers = {"Authorization": f"Bearer {await asyncio.to_thread(served.token, ANN)}"}
        async with httpx.AsyncClient(base_url=f"{served.url}/api/v1", headers=headers) as ann:
            hook = {"url": receiver.url, "event_types": ["room.created"]}
            made = await ann.post("/webhook-endpoints", json=hook)
            secret = made.json()["data"]["secret"]
            receiver.status = 503
            await ann.post("/rooms", json={"title": "One"})
            await eventually(lambda: _true(receiver.calls), within=20, what="the first attempt")
            await ann.post("/rooms", json={"title": "Two"})
            killed = served.pid("api")
            served.kill(killed)
            receiver.status = 200
            failed = list(receiver.calls)
            await eventually(
                lambda: _true(_titles(receiver, len(failed)) == {"One", "Two"}), within=40, what="both"
            )
    assert failed[0][1] in [body for _, body in receiver.calls[len(failed) :]]  # the same bytes
    assert len(set(receiver.ids)) == 2
    assert all(fits(secret, *call) for call in receiver.calls)


async def _true(condition: object) -> bool:
    return bool(condition)


def _titles(receiver: Receiver, after: int) -> set[str]:
    return {body["data"]["title"] for body in receiver.bodies[after:]}
