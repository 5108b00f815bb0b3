"""The web app is served from memory, under headers that a browser enforces."""

import gzip

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from livehall.server.pages import SecurityHeaders, WebApp, content_security_policy


@pytest.fixture
def built(tmp_path):
    (tmp_path / "web" / "assets").mkdir(parents=True)
    (tmp_path / "web" / "index.html").write_text("<!doctype html><title>Livehall</title>")
    (tmp_path / "web" / "assets" / "index-0a1b2c.js").write_text("let answer = 42;" * 100)
    (tmp_path / "web" / "favicon.ico").write_bytes(b"\x00\x01")
    (tmp_path / "secret.txt").write_text("outside")
    return tmp_path / "web"


@pytest.fixture
async def browser(built):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(WebApp(built)), base_url="http://hall"
    ) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/rooms", "/w/autumn-briefing", "/index.html"])
async def test_an_address_of_the_app_is_its_first_page_and_never_stale(browser, path):
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert "<title>Livehall" in answer.text


async def test_a_hashed_file_may_be_kept_for_ever(browser):
    answer = await browser.get("/assets/index-0a1b2c.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_text_is_compressed_for_those_who_take_it(browser):
    plain = await browser.get("/assets/index-0a1b2c.js", headers={"accept-encoding": "identity"})
    packed = await browser.get("/assets/index-0a1b2c.js", headers={"accept-encoding": "gzip"})
    assert plain.headers.get("content-encoding") is None
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content
    assert int(packed.headers["content-length"]) < len(gzip.compress(plain.content)) + 50


async def test_a_page_that_the_browser_has_is_not_sent_again(browser):
    etag = (await browser.get("/")).headers["etag"]
    assert (await browser.get("/", headers={"if-none-match": etag})).status_code == 304


async def test_head_has_the_length_and_no_body(browser):
    answer = await browser.head("/favicon.ico")
    assert (answer.headers["content-length"], answer.content) == ("2", b"")


@pytest.mark.parametrize("path", ["/assets/gone.js", "/../secret.txt", "/assets/..%2f..%2fsecret.txt"])
async def test_what_the_build_does_not_hold_is_not_found(browser, path):
    assert (await browser.get(path)).status_code == 404


async def test_pages_are_only_read(browser):
    assert (await browser.post("/rooms")).status_code == 405


async def test_pages_that_are_not_built_say_so(tmp_path):
    transport = httpx.ASGITransport(WebApp(tmp_path / "none"))
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        answer = await client.get("/")
    assert (answer.status_code, "make web" in answer.text) == (503, True)


async def test_every_answer_carries_the_browsers_rules():
    app = Starlette(
        routes=[
            Route("/", lambda _: PlainTextResponse("x")),
            Route("/own", lambda _: PlainTextResponse("x", headers={"referrer-policy": "no-referrer"})),
        ]
    )
    guarded = SecurityHeaders(app, public_url="https://live.example.org", media_url="wss://live.example.org")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://hall") as client:
        answer, own, missing = [await client.get(path) for path in ("/", "/own", "/none")]
    assert {"content-security-policy", "x-content-type-options", "strict-transport-security"} <= set(
        answer.headers
    )
    assert own.headers["referrer-policy"] == "no-referrer"
    assert missing.headers["x-content-type-options"] == "nosniff"


def test_a_page_may_connect_to_a_media_server_elsewhere_and_to_nobody_else():
    policy = content_security_policy("https://live.example.org", "wss://livekit.example.org")
    assert "connect-src 'self' wss://livekit.example.org https://livekit.example.org;" in policy
    assert "connect-src 'self';" in content_security_policy("https://a.example", "wss://a.example")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy


async def test_only_the_audiences_embedded_page_may_stand_in_a_frame_and_it_uses_no_device():
    guarded = SecurityHeaders(
        Starlette(), public_url="https://live.example.org", media_url="wss://live.example.org"
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://hall") as client:
        for path in ("/w/1", "/studio/1?embed=1", "/?embed=1", "/w/1?embed=10"):
            answer = await client.get(path)
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        embedded = await client.get("/w/1?embed=1")
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    assert "camera=()" in embedded.headers["permissions-policy"]
