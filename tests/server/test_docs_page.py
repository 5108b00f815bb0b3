"""The API's documentation page is served whole, from here alone."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from livehall.server import docs
from livehall.server.docs import docs_page
from livehall.server.pages import BUILT, SecurityHeaders, WebApp

WEB = Path(__file__).parents[2] / "web"
built_here = pytest.mark.skipif(not (BUILT / "docs-page").is_dir(), reason="the web app is not built")


def named_in(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', page)


@pytest.fixture
async def browser():
    app = SecurityHeaders(
        Starlette(routes=[Route("/docs", docs_page), Mount("/", WebApp())]),
        public_url="http://hall",
        media_url="ws://hall",
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hall") as client:
        yield client


@pytest.fixture
async def page(browser, monkeypatch, tmp_path):
    """The page's text, whether or not the web app is built here."""
    (tmp_path / "docs-page").mkdir()
    (tmp_path / "docs-page" / "swagger-ui-bundle.js").touch()
    monkeypatch.setattr(docs, "BUILT", tmp_path)
    answer = await browser.get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


async def test_the_page_says_what_it_is(page):
    assert "<title>Livehall API</title>" in page


async def test_the_page_names_no_other_host(page):
    assert "//" not in page
    assert all(address.startswith("/") for address in named_in(page))


async def test_the_page_holds_no_script_that_the_content_policy_refuses(page):
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert re.findall(r"\son\w+=", page) == []


def test_the_page_reads_the_served_document_and_asks_no_validator():
    start = (WEB / "public" / "docs-page" / "start.js").read_text()
    assert "url: '/openapi/live.json'" in start
    assert "validatorUrl: null" in start
    assert "//" not in re.sub(r"(^|\s)// .*", "", start)


@built_here
async def test_every_file_that_the_page_names_is_in_the_build(browser):
    page = (await browser.get("/docs")).text
    files = [address for address in named_in(page) if address != "/openapi/live.json"]
    assert {f: (await browser.get(f)).status_code for f in files} == dict.fromkeys(files, 200)
    assert any(f.endswith("swagger-ui-bundle.js") for f in files)


@built_here
async def test_the_licence_comes_with_the_files(browser):
    answer = await browser.get("/docs-page/LICENSE.txt")
    assert "Apache License" in answer.text


async def test_a_page_that_is_not_built_says_so(browser, monkeypatch, tmp_path):
    monkeypatch.setattr(docs, "BUILT", tmp_path)
    answer = await browser.get("/docs")
    assert (answer.status_code, "make web" in answer.text) == (503, True)
