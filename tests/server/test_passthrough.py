"""Signalling passes to the media server and back as it was sent; the server API never does."""

import asyncio
import contextlib

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

from livehall.server.passthrough import BODY_LIMIT, FRAME_LIMIT, MediaPassthrough
from tests.server.serving import served
from tests.support.processes import free_port

PAGES = Starlette(
    routes=[Route("/{rest:path}", lambda request: PlainTextResponse(f"page {request.url.path}"))]
)


async def far_side(socket):
    """A media server as a passage sees it: answers, and closes with codes of its own."""
    await socket.send(f"{socket.request.path} {socket.request.headers.get('authorization', '')}")
    async for message in socket:
        if message == "close":
            await socket.close(4003, "removed by the host")
        elif message == "vanish":
            socket.transport.abort()
        else:
            await socket.send(message)


def refuse(connection, request):
    return connection.respond(401, "no such token") if "token=bad" in request.path else None


@pytest.fixture
async def front():
    """The port of a passage before a far side that speaks WebSocket."""
    async with serve(far_side, "127.0.0.1", 0, process_request=refuse, max_size=4 * FRAME_LIMIT) as far:
        port = far.sockets[0].getsockname()[1]
        async with served(MediaPassthrough(PAGES, f"http://127.0.0.1:{port}")) as front:
            yield front


@pytest.fixture
async def http_front():
    """The port of a passage before a far side that speaks HTTP."""

    async def whip(request):
        body = await request.body()
        said = {"location": "/whip/resource/1", "x-asked": request.url.query, "set-cookie": "a=1"}
        return Response(body, 201, said, media_type="application/sdp")

    routes = [
        Route("/whip/{key}", whip, methods=["POST"]),
        Route("/rtc/validate", lambda _: PlainTextResponse("success")),
        Route("/twirp/{rest:path}", lambda _: PlainTextResponse("never")),
    ]
    async with (
        served(Starlette(routes=routes)) as far,
        served(MediaPassthrough(PAGES, f"http://127.0.0.1:{far}")) as front,
    ):
        yield front


async def test_frames_pass_both_ways_as_they_are(front):
    async with connect(f"ws://127.0.0.1:{front}/rtc") as socket:
        await socket.recv()
        for message in ("text ü", b"\x00\x01\xff", b"", b"x" * 300_000):
            await socket.send(message)
            assert await socket.recv() == message


async def test_path_query_and_authorization_pass(front):
    headers = {"Authorization": "Bearer abc"}
    async with connect(
        f"ws://127.0.0.1:{front}/rtc/v1?access_token=a%2Bb&auto_subscribe=1", additional_headers=headers
    ) as socket:
        assert await socket.recv() == "/rtc/v1?access_token=a%2Bb&auto_subscribe=1 Bearer abc"


async def test_a_close_code_of_the_media_server_reaches_the_client(front):
    async with connect(f"ws://127.0.0.1:{front}/rtc") as socket:
        await socket.recv()
        await socket.send("close")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4003, "removed by the host")


async def test_a_close_code_of_the_client_reaches_the_media_server():
    seen = asyncio.get_running_loop().create_future()

    async def far(socket):
        with contextlib.suppress(ConnectionClosed):
            await socket.recv()
        seen.set_result((socket.close_code, socket.close_reason))

    async with serve(far, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with served(MediaPassthrough(PAGES, f"http://127.0.0.1:{port}")) as front:
            socket = await connect(f"ws://127.0.0.1:{front}/rtc")
            await socket.close(4100, "leaving")
            async with asyncio.timeout(15):
                assert await seen == (4100, "leaving")


async def test_a_media_server_that_dies_is_told_as_a_bad_gateway(front):
    async with connect(f"ws://127.0.0.1:{front}/rtc") as socket:
        await socket.recv()
        await socket.send("vanish")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd.code == 1014


async def test_a_refusal_of_the_media_server_is_the_answer(front):
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{front}/rtc?token=bad")
    assert refused.value.response.status_code == 401
    assert b"no such token" in refused.value.response.body


async def test_a_frame_over_the_limit_ends_the_connection(front):
    async with connect(f"ws://127.0.0.1:{front}/rtc", max_size=None) as socket:
        await socket.recv()
        await socket.send(b"x" * (FRAME_LIMIT + 1))
        with pytest.raises(ConnectionClosed):
            await socket.recv()


async def test_a_client_that_does_not_read_slows_the_media_server():
    sent = 0
    stalled = asyncio.Event()

    async def far(socket):
        nonlocal sent
        for _ in range(200):
            try:
                async with asyncio.timeout(0.5):
                    await socket.send(b"x" * 500_000)
            except TimeoutError:
                break
            sent += 1
        socket.transport.abort()
        stalled.set()

    async with serve(far, "127.0.0.1", 0, write_limit=1) as server:
        port = server.sockets[0].getsockname()[1]
        async with (
            served(MediaPassthrough(PAGES, f"http://127.0.0.1:{port}")) as front,
            connect(f"ws://127.0.0.1:{front}/rtc", max_queue=1, close_timeout=0.1) as socket,
        ):
            async with asyncio.timeout(30):
                await stalled.wait()
            socket.transport.abort()
    assert sent < 100  # what the sockets between hold; the passage itself holds four frames


async def test_a_media_server_that_is_away_is_said_in_words():
    async with served(MediaPassthrough(PAGES, f"http://127.0.0.1:{free_port()}")) as front:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{front}/rtc")
        assert refused.value.response.status_code == 502
        assert b"being started again" in refused.value.response.body
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{front}/rtc/validate")
        assert (answer.status_code, answer.headers["retry-after"]) == (502, "1")


async def test_who_waits_for_a_media_server_waits_no_longer_than_the_process_lives():
    asked = []

    def is_ending():
        asked.append(True)
        return len(asked) == 3

    app = MediaPassthrough(PAGES, f"http://127.0.0.1:{free_port()}", is_ending=is_ending)
    async with served(app) as front:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{front}/rtc")
    assert refused.value.response.status_code == 502
    assert len(asked) == 3


async def test_connections_over_the_limit_are_refused():
    async with serve(far_side, "127.0.0.1", 0) as far:
        port = far.sockets[0].getsockname()[1]
        app = MediaPassthrough(PAGES, f"http://127.0.0.1:{port}", connection_limit=1)
        async with served(app) as front, connect(f"ws://127.0.0.1:{front}/rtc"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://127.0.0.1:{front}/rtc")
    assert refused.value.response.status_code == 503


async def test_http_passes_with_body_status_and_headers(http_front):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_front}") as client:
        answer = await client.post(
            "/whip/key?layers=2", content=b"v=0", headers={"content-type": "application/sdp"}
        )
        assert (answer.status_code, answer.content) == (201, b"v=0")
        assert (answer.headers["location"], answer.headers["x-asked"]) == ("/whip/resource/1", "layers=2")
        assert answer.headers["content-length"] == str(len(answer.content))
        assert (await client.get("/rtc/validate")).text == "success"


async def test_no_cookie_crosses_the_passage(http_front):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_front}") as client:
        assert "set-cookie" not in (await client.post("/whip/key", content=b"v=0")).headers


async def test_a_body_over_the_limit_is_refused(http_front):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_front}") as client:
        assert (await client.post("/whip/key", content=b"x" * (BODY_LIMIT + 1))).status_code == 413


async def test_signalling_is_only_read(http_front):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_front}") as client:
        assert (await client.post("/rtc/validate")).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/rtc/../twirp/livekit.RoomService/ListRooms",
        "/rtc/%2e%2e/twirp/livekit.RoomService/ListRooms",
        "/rtc/..%2ftwirp/livekit.RoomService/ListRooms",
        "/rtc//twirp/x",
        "/rtc/./x",
        "/rtc/..\\twirp/x",
    ],
)
async def test_a_path_that_could_mean_another_is_refused(http_front, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", http_front)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b" 404 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "path", ["/twirp/livekit.RoomService/ListRooms", "/rtcx", "/whips", "/", "/api/v1/rtc"]
)
async def test_all_other_paths_are_the_apps(http_front, path):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_front}") as client:
        assert (await client.get(path)).text == f"page {path}"


async def test_a_client_that_leaves_while_we_connect_is_not_taken_for_a_dead_media_server():
    asked, released = asyncio.Event(), asyncio.Event()

    async def slowly(_connection, _request):
        asked.set()
        await released.wait()

    async with serve(far_side, "127.0.0.1", 0, process_request=slowly) as far:
        port = far.sockets[0].getsockname()[1]
        with capture_logs() as logged:
            async with served(MediaPassthrough(PAGES, f"http://127.0.0.1:{port}")) as front:
                client = asyncio.create_task(connect_raw(front))
                async with asyncio.timeout(15):
                    await asked.wait()
                    (await client).transport.abort()
                await asyncio.sleep(0)
                released.set()
    assert logged == []


async def connect_raw(port):
    """A connection that has asked for a WebSocket and got no answer yet."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /rtc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await writer.drain()
    return writer
