"""Somebody's own software, that webhooks are sent to."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web


class Receiver:
    """What it was called with; `status` and `headers` are what it answers."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.url = ""

    @property
    def bodies(self):
        return [json.loads(body) for _, body in self.calls]

    @property
    def types(self):
        return [body["type"] for body in self.bodies]

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _ in self.calls]

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append((headers, await request.read()))
        return web.Response(status=self.status, text="heard", headers={"Location": "/elsewhere"})


def fits(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks, written down once more, without anything of ours."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    heard = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", heard.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    heard.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
    yield heard
    await runner.cleanup()
