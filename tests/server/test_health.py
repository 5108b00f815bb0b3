"""Health is a word in public and the details on loopback."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from livehall.server import health
from livehall.server.health import Readiness, internal_app, public_routes


async def works():
    pass


async def fails():
    raise ConnectionError("database db.internal does not answer")


async def hangs():
    await asyncio.Event().wait()


async def get(app, path, method="GET"):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:
        return await client.request(method, path)


PEOPLE = Starlette(
    routes=[Route(health.REPORTS, lambda _: PlainTextResponse("report taken"), methods=["POST"])]
)


async def test_all_parts_working_is_ready():
    app = Starlette(routes=public_routes(Readiness({"database": works})))
    assert [(await get(app, path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]


async def test_the_public_answer_names_no_part():
    answer = await get(Starlette(routes=public_routes(Readiness({"database": fails}))), "/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready\n")


async def test_the_loopback_answer_names_what_is_wrong():
    answer = await get(
        internal_app(Readiness({"database": fails, "media": works}), reports_to=PEOPLE), "/readyz"
    )
    assert answer.json()["parts"] == {"database": "database db.internal does not answer", "media": "ok"}
    assert answer.status_code == 503


async def test_a_part_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    assert await Readiness({"media": hangs}).findings() == {"media": "no answer within 0 s"}


async def test_figures_are_on_loopback_only():
    readiness = Readiness({})
    assert (
        "process_cpu_seconds_total"
        in (await get(internal_app(readiness, reports_to=PEOPLE), "/metrics")).text
    )
    assert (await get(Starlette(routes=public_routes(readiness)), "/metrics")).status_code == 404


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 405)])
async def test_the_media_server_reports_over_loopback(method, status):
    assert (
        await get(internal_app(Readiness({}), reports_to=PEOPLE), health.REPORTS, method)
    ).status_code == status
