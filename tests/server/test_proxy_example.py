"""The nginx example of the documentation carries pages, WebSockets and the client's address."""

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from livehall.server.passthrough import MediaPassthrough
from tests.server.serving import served
from tests.server.test_tls import write_pair
from tests.support.needs import need
from tests.support.processes import free_port

EXAMPLE = Path(__file__).parents[2] / "docs" / "install" / "nginx.conf"

MAIN = """
daemon off;
master_process off;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""


async def seen(request):
    """What the server knows of the caller."""
    return JSONResponse(
        {"client": request.client.host, "scheme": request.url.scheme, "host": request.url.hostname}
    )


async def echo(socket):
    async for message in socket:
        await socket.send(message)


def example_for(folder, backend, http, https):
    """The example with the paths and ports of this test in place of those of the documentation."""
    cert, key = write_pair(folder, "live.example.org")
    text = EXAMPLE.read_text()
    for theirs, ours in {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{backend};",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
        "/etc/letsencrypt/live/live.example.org/fullchain.pem": str(cert),
        "/etc/letsencrypt/live/live.example.org/privkey.pem": str(key),
    }.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


@pytest.fixture
async def proxy(tmp_path):
    """The HTTPS port of nginx before our edge, with its plain port."""
    app = Starlette(routes=[Route("/seen", seen)])
    http, https = free_port(), free_port()
    async with serve(echo, "127.0.0.1", 0) as media:
        edge = MediaPassthrough(app, f"http://127.0.0.1:{media.sockets[0].getsockname()[1]}")
        async with served(edge, proxy_headers=True, forwarded_allow_ips=["127.0.0.1"]) as backend:
            config = tmp_path / "nginx.conf"
            config.write_text(
                MAIN.format(folder=tmp_path, example=example_for(tmp_path, backend, http, https))
            )
            nginx = await asyncio.create_subprocess_exec(
                need("nginx"), "-c", config, "-e", tmp_path / "error.log"
            )
            try:
                async with asyncio.timeout(15):
                    while not await is_open(https):
                        assert nginx.returncode is None, (tmp_path / "error.log").read_text()
                        await asyncio.sleep(0.05)
                yield http, https
            finally:
                if nginx.returncode is None:
                    nginx.terminate()
                await nginx.wait()


async def is_open(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def trusting(folder):
    context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    context.check_hostname = False
    return context


async def test_a_page_comes_through_and_knows_who_asks(proxy, tmp_path):
    headers = {"host": "live.example.org", "x-forwarded-for": "198.51.100.1"}
    far = httpx.AsyncHTTPTransport(verify=trusting(tmp_path), local_address="127.0.0.2")
    async with httpx.AsyncClient(transport=far) as client:
        answer = await client.get(f"https://127.0.0.1:{proxy[1]}/seen", headers=headers)
    assert answer.json() == {"client": "127.0.0.2", "scheme": "https", "host": "live.example.org"}


async def test_a_websocket_comes_through_in_both_directions(proxy, tmp_path):
    async with connect(f"wss://127.0.0.1:{proxy[1]}/rtc", ssl=trusting(tmp_path)) as socket:
        await socket.send(b"\x00offer")
        assert await socket.recv() == b"\x00offer"


async def test_an_address_with_an_offer_in_it_comes_through(proxy, tmp_path):
    async with httpx.AsyncClient(verify=trusting(tmp_path)) as client:
        answer = await client.get(f"https://127.0.0.1:{proxy[1]}/seen?join_request={'x' * 60_000}")
    assert answer.status_code == 200


async def test_plain_http_is_sent_to_https(proxy):
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"http://127.0.0.1:{proxy[0]}/w/room?x=1", headers={"host": "live.example.org"}
        )
    assert (answer.status_code, answer.headers["location"]) == (301, "https://live.example.org/w/room?x=1")


async def test_forwarded_headers_of_a_stranger_are_not_believed():
    app = Starlette(routes=[Route("/seen", seen)])
    async with (
        served(app, proxy_headers=True, forwarded_allow_ips=["192.0.2.9"]) as port,
        httpx.AsyncClient() as client,
    ):
        answer = await client.get(
            f"http://127.0.0.1:{port}/seen",
            headers={"x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https"},
        )
    assert answer.json() == {"client": "127.0.0.1", "scheme": "http", "host": "127.0.0.1"}
