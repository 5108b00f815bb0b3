"""Log lines carry ids, and neither tokens nor what people wrote, and cannot be forged."""

import io
import json
import logging as stdlib_logging

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from livehall.server import logging
from livehall.server.child_output import ChildOutput
from livehall.server.settings import Log

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
SESSION = "0191f2b4-7c1e-7a44-9d3e-4f5a6b7c8d9e"


@pytest.fixture
def lines():
    """All log lines of the test as objects; the state of both log systems is put back after it."""
    stream = io.StringIO()
    root = stdlib_logging.getLogger()
    kept = root.handlers[:], root.level
    logging.configure(Log(level="debug", format="json"), "api", stream)
    structlog.configure(cache_logger_on_first_use=False)  # a logger kept by its module would outlive the test
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = kept
    structlog.reset_defaults()


async def ask(app, path, **kwargs):
    transport = httpx.ASGITransport(logging.RequestLog(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        return await client.request(kwargs.pop("method", "GET"), path, **kwargs)


def an_app(handle):
    return Starlette(routes=[Route("/{rest:path}", handle, methods=["GET", "POST"])])


async def test_lines_beneath_a_request_carry_its_id_and_session(lines):
    async def handle(_request):
        structlog.get_logger("x").info("session was ended")
        return PlainTextResponse("x")

    answer = await ask(an_app(handle), f"/api/v1/sessions/{SESSION}/end", headers={"x-request-id": "abc-1"})
    ended, answered = lines()
    assert answer.headers["x-request-id"] == "abc-1"
    assert {(line["request_id"], line["session_id"]) for line in (ended, answered)} == {("abc-1", SESSION)}
    assert (answered["event"], answered["status"], answered["process"]) == ("answered", 200, "api")


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\nb", "<script>"])
async def test_an_unsound_request_id_is_replaced(lines, given):
    answer = await ask(an_app(lambda _: PlainTextResponse("x")), "/", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 32


async def test_neither_query_nor_body_is_logged(lines):
    await ask(
        an_app(lambda _: PlainTextResponse("x")),
        "/api/v1/chat?access_token=hush-hush",
        method="POST",
        json={"text": "hello all"},
        headers={"authorization": f"Bearer {JWT}"},
    )
    assert "hush" not in str(lines())
    assert "hello" not in str(lines())
    assert JWT not in str(lines())


@pytest.mark.parametrize(
    "fields",
    [
        {"token": "hush"},
        {"access_token": "hush"},
        {"password": "hush"},
        {"text": "hush"},
        {"url": "wss://hall/rtc?access_token=hush&x=1"},
        {"note": "Authorization: Bearer hush"},
        {"note": "Authorization: lhk_hush-hush-hush-hush"},
        {"url": "https://films.test/a.mp4?X-Amz-Date=1&X-Amz-Signature=hush"},
        {"url": "https://films.test/a.mp4?sv=1&sig=hush%3D&se=2"},
    ],
)
def test_a_secret_in_a_field_is_not_written(lines, fields):
    structlog.get_logger("x").info("something happened", **fields)
    assert "hush" not in str(lines())


def test_a_token_in_the_words_of_a_library_is_cut_out(lines):
    stdlib_logging.getLogger("some.library").warning("refused %s", JWT)
    assert lines()[0]["event"] == "refused …"


def test_a_token_in_a_traceback_is_cut_out(lines):
    try:
        raise ValueError(JWT)
    except ValueError:
        structlog.get_logger("x").exception("it failed")
    line = lines()[0]
    assert JWT not in str(line)
    assert "ValueError: …" in line["exception"]


def test_a_line_cannot_be_forged():
    stream = io.StringIO()
    structlog.reset_defaults()
    out = ChildOutput(Log(format="console"), stream)
    out("media", b'joined name="x\r2026 [info] admin signed in \x1b[2J"')
    assert stream.getvalue().count("\n") == 1
    assert not set("\r\x1b") & set(stream.getvalue())


def test_json_lines_of_children_pass_unchanged():
    stream = io.StringIO()
    out = ChildOutput(Log(format="json"), stream)
    out("media", b'{"event":"room opened","process":"media"}')
    out("media", b"Segmentation fault")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first == {"event": "room opened", "process": "media"}
    assert (second["event"], second["process"]) == ("Segmentation fault", "media")
