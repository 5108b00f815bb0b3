"""The page about adding an API: its blocks are an API, and one line of wiring serves it."""

import importlib

import httpx
import pytest

from livehall import dialects, migrations
from livehall.dialects.kit.openapi import Document
from livehall.server.app import App
from livehall.server.dialects import DIALECTS
from livehall.server.secrets import load_secrets
from livehall.server.settings import Settings, Store
from tests.dialects.live.test_clients import made
from tests.docs.pages import ROOT, blocks
from tests.support.in_process import started

PAGE = ROOT / "docs/api/adding-a-dialect.md"
FOLDER = "lectern"


@pytest.fixture
def lectern(tmp_path, monkeypatch):
    """The dialect that the page spells, in a folder of its own."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "__init__.py").touch()
    written = [block for block in blocks(PAGE) if block.info.startswith(f"python {FOLDER}/")]
    assert len(written) == 4
    for block in written:
        (tmp_path / block.info.removeprefix("python ")).write_text(block.text)
    monkeypatch.setattr(dialects, "__path__", [*dialects.__path__, str(tmp_path)])
    return importlib.import_module(f"livehall.dialects.{FOLDER}.routes").lectern


@pytest.fixture
async def hall(tmp_path, lectern):
    url = f"sqlite:///{tmp_path / 'livehall.db'}"
    await migrations.upgrade(url)
    settings = Settings(store=Store(data=str(tmp_path), database_url=url))
    app = App(settings, load_secrets(tmp_path), strict=True, rates_by=None, dialects=[*DIALECTS, lectern])
    async with started(app) as running:
        yield running


async def test_the_api_of_the_page_works(hall, lectern):
    ann = await hall.signed_in("ann@example.org", "admin")
    client = await made(ann, kind="oauth", scopes=["write"])
    token = await hall.client().post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client["client"]["client_id"], client["secret"]),
    )
    speaker = hall.client(token.json()["access_token"])
    speaker.base_url = httpx.URL("http://hall.test/lectern")
    added = [await speaker.post("/lectures", data={"name": name, "more": "x"}) for name in ("Waves", "Light")]
    assert [answer.status_code for answer in added] == [201, 201]
    assert added[0].headers["content-type"].startswith("text/plain")
    found = (await speaker.get("/lectures", params={"name[contains]": "wav"})).json()
    waves = {"id": added[0].text, "name": "Waves", "isLive": False}
    assert found == {"lectures": [waves], "total": 1}
    assert (await speaker.get("/lectures?isLive%5Beq%5D=true")).json()["total"] == 0
    page = (await speaker.get("/lectures?page=2&per_page=1")).json()
    assert ([each["name"] for each in page["lectures"]], page["total"]) == (["Waves"], 2)
    assert (await speaker.delete(f"/lectures/{added[0].text}")).status_code == 204

    stranger = hall.client()
    stranger.base_url = speaker.base_url
    for verb, path, options, status in (
        ("POST", "/lectures", {"json": {"name": "x"}}, 415),  # its order: the body before the caller
        ("POST", "/lectures", {"data": {"name": ""}}, 422),
        ("POST", "/lectures", {"data": {"name": "x"}}, 401),
        ("GET", "/lectures?name[eq]=x", {}, 422),
        ("GET", "/lectures?year[eq]=1", {}, 422),
        ("GET", "/lectures?isLive[eq]=perhaps", {}, 422),
        ("GET", "/lectures?per_page=51", {}, 422),
        ("PUT", "/lectures", {}, 404),  # and not 405
        ("GET", "/nowhere", {}, 404),
    ):
        answer = await stranger.request(verb, path, **options)
        assert answer.status_code == status, (verb, path)
        assert list(answer.json()) == ["reason"]
    assert (await speaker.delete("/lectures/1")).json()["reason"]

    served = (await hall.client().get("http://hall.test/openapi/lectern.json")).json()
    assert served["servers"] == [{"url": "/lectern"}]
    names = [each["name"] for each in served["paths"]["/lectures"]["get"]["parameters"]]
    assert names == ["page", "per_page", "name[contains]", "isLive[eq]"]
    assert set(served["paths"]["/lectures/{lectureId}"]["delete"]["responses"]) >= {
        "204",
        "401",
        "403",
        "404",
    }
    assert Document(lectern).build()["info"]["title"] == "Lectern"
