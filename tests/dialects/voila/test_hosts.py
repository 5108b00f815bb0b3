"""Host names of a dialect: there its paths need no prefix, and all that is answered is its own."""

import httpx
import pytest

from livehall import migrations
from livehall.server.app import App
from livehall.server.secrets import load_secrets
from livehall.server.settings import Settings, Store
from livehall.server.settings.dialects import Voila

HOST = "api.voila.example"


@pytest.fixture
async def app(tmp_path):
    url = f"sqlite:///{tmp_path / 'livehall.db'}"
    await migrations.upgrade(url)
    settings = Settings(store=Store(data=str(tmp_path), database_url=url), voila=Voila(hosts=(HOST,)))
    app = App(settings, load_secrets(tmp_path), strict=True)
    await app.start()
    yield app
    await app.stop()


async def test_v12_on_its_own_host_an_api_needs_no_prefix(app):
    async def asked(url):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi)) as client:
            answer = await client.get(url)
        is_voila = answer.headers.get("content-type") == "application/json" and set(answer.json()) == {
            "message", "code",
        }  # fmt: skip
        return answer.status_code, is_voila

    for url in (f"http://{HOST}/v1", f"https://{HOST.upper()}:8443", f"http://{HOST}/voila/v1"):
        assert await asked(f"{url}/organizations/x/ping") == (401, True), url
    assert await asked("http://hall.test/voila/organizations/x/ping") == (401, True)
    # Whatever else is asked of this host is unknown to its API; other hosts have the usual paths.
    for path in ("/", "/api/v1/health", "/rooms", "/docs", "/meltingspot/x"):
        assert await asked(f"http://{HOST}{path}") == (404, True), path
    assert (await asked("http://hall.test/api/v1/rooms"))[0] == 200
    assert not (await asked("http://hall.test/v1/organizations/x/ping"))[1]
    for host in ("evil.example", f"x{HOST}", f"{HOST}.evil.example"):
        assert not (await asked(f"http://{host}/v1/organizations/x/ping"))[1], host
