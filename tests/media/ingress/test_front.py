"""The RTMP port and strangers: slow ones, many ones, loud ones."""

import asyncio

import pytest
import structlog

from livehall.media.ingress.guard import MOST_WRONG
from livehall.media.ingress.rtmp import amf0, chunks, front
from livehall.media.ingress.rtmp.chunks import ChunkReader, Message
from tests.media.conftest import DEADLINE_S, Stage
from tests.media.ingress.conftest import an_ingress

pytestmark = pytest.mark.media


async def knock(stage: Stage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", stage.server.rtmp_port)


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What came until the server closed."""
    async with asyncio.timeout(DEADLINE_S):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def publish(stage: Stage, key: str) -> list[Message]:
    """A bare encoder's way up to `publish`, and all that it was answered."""
    reader, writer = await knock(stage)
    try:
        writer.write(b"\x03" + bytes(1536))
        await asyncio.wait_for(reader.readexactly(1 + 1536 * 2), DEADLINE_S)
        writer.write(bytes(1536))
        for values in (
            ["connect", 1.0, {"app": "live"}],
            ["createStream", 2.0, None],
            ["publish", 3.0, None, key, "live"],
        ):
            writer.write(chunks.write(Message(chunks.COMMAND, 0, 0, amf0.encode(values)), 3, 128))
        return list(ChunkReader().feed(await closed(reader)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return []
    finally:
        writer.close()


async def test_a_wrong_key_is_told_so_and_not_logged(stage: Stage):
    with structlog.testing.capture_logs() as logs:
        answers = await publish(stage, "not-the-key-of-anybody")
    status = amf0.decode(answers[-1].body)
    assert status[0] == "onStatus"
    assert status[3]["code"] == "NetStream.Publish.BadName"
    assert logs
    assert "not-the-key-of-anybody" not in str(logs)


async def test_a_guesser_is_not_heard_any_more(stage: Stage):
    made = await an_ingress(stage)
    for _ in range(MOST_WRONG):
        assert await publish(stage, "wrong")
    assert not await publish(stage, made.stream_key)


async def test_what_is_not_rtmp_is_closed(stage: Stage):
    reader, writer = await knock(stage)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await closed(reader) == b""
    writer.close()


async def test_who_says_nothing_is_closed(stage: Stage, monkeypatch):
    monkeypatch.setattr(front, "HANDSHAKE_S", 0.05)
    reader, writer = await knock(stage)
    assert await closed(reader) == b""
    writer.close()


async def test_who_never_publishes_is_closed(stage: Stage, monkeypatch):
    monkeypatch.setattr(front, "PUBLISH_S", 0.05)
    reader, writer = await knock(stage)
    writer.write(b"\x03" + bytes(1536 * 2))
    assert len(await closed(reader)) == 1 + 1536 * 2
    writer.close()


async def test_one_address_holds_few_doors(stage: Stage):
    held = [await knock(stage) for _ in range(front.MOST_FROM_ONE)]
    for reader, writer in held:  # the server has seen them all
        writer.write(b"\x03" + bytes(1536))
        await asyncio.wait_for(reader.readexactly(1), DEADLINE_S)
    reader, writer = await knock(stage)
    assert await closed(reader) == b""
    for _, each in [*held, (reader, writer)]:
        each.close()
