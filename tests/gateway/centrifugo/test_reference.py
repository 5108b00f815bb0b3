"""The same words to our door and to a server on Centrifugo's own library: the same answers."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from livehall.core.ports.realtime import Publication
from tests.support.gotools import GoMissing, build
from tests.support.needs import REASON
from tests.support.realtime import DEADLINE, Hall, a_hall

SOURCE = Path(__file__).parents[2] / "support" / "centrifuge_reference"
CHAT = "chat:1"
CONNECT = '{"id":1,"connect":{}}'
SUBSCRIBE = '{"id":2,"subscribe":{"channel":"chat:1"}}'
OWN = {"client", "version", "epoch", "ping", "pong", "time"}  # differ by nature

SCRIPTS = {
    "connect": [CONNECT],
    "connect_twice": [CONNECT, '{"id":2,"connect":{}}'],
    "subscribe_first": [SUBSCRIBE],
    "pong_first": ["{}"],
    "subscribe": [CONNECT, SUBSCRIBE],
    "subscribe_twice": [CONNECT, SUBSCRIBE, '{"id":3,"subscribe":{"channel":"chat:1"}}'],
    "unsubscribe_and_return": [
        CONNECT,
        SUBSCRIBE,
        '{"id":3,"unsubscribe":{"channel":"chat:1"}}',
        '{"id":4,"subscribe":{"channel":"chat:1"}}',
    ],
    "unsubscribe_from_nothing": [CONNECT, '{"id":2,"unsubscribe":{"channel":"chat:2"}}'],
    "several_in_a_frame": [CONNECT + "\n" + SUBSCRIBE],
    "pong_without_ping": [CONNECT, "{}"],
    "no_number": [CONNECT, '{"subscribe":{"channel":"chat:1"}}'],
    "no_method": [CONNECT, '{"id":2}'],
    "unknown_method": [CONNECT, '{"id":2,"dance":{}}'],
    "no_json": [CONNECT, "nonsense"],
    "asynchronous_message": [CONNECT, '{"send":{"data":{}}}'],
    "recover": [
        CONNECT,
        '{"id":2,"subscribe":{"channel":"chat:1","recover":true,"epoch":"EPOCH","offset":1}}',
    ],
    "recover_nothing_missed": [
        CONNECT,
        '{"id":2,"subscribe":{"channel":"chat:1","recover":true,"epoch":"EPOCH","offset":3}}',
    ],
    "recover_without_an_epoch": [
        CONNECT,
        '{"id":2,"subscribe":{"channel":"chat:1","recover":true,"offset":1}}',
    ],
    "recover_from_another_epoch": [
        CONNECT,
        '{"id":2,"subscribe":{"channel":"chat:1","recover":true,"epoch":"other","offset":1}}',
    ],
    "reject_another_epoch": [
        CONNECT,
        '{"id":2,"subscribe":{"channel":"chat:1","recover":true,"epoch":"other","offset":1,"flag":2}}',
    ],
}


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    """The address of the reference server."""
    try:
        program = build(SOURCE, ".", "centrifuge-reference")
    except GoMissing as why:
        reason = f"{REASON}go ({why}; install Go)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}: in CI a missing service is a failure", pytrace=False)
        pytest.skip(reason)
    with subprocess.Popen([str(program)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        for number in (1, 2, 3):
            publication = {"channel": CHAT, "data": {"n": number}}
            httpx.post(f"http://{address}/api/publish", json=publication).raise_for_status()
        yield address
        process.terminate()


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    """Ours, in the same state: three publications."""
    async with a_hall() as hall:
        hall.gate.channel(CHAT, top=3)
        hall.gate.journal[CHAT] = [Publication(data=b'{"n":%d}' % each, position=each) for each in (1, 2, 3)]
        yield hall


async def converse(url: str, script: list[str]) -> list[Any]:
    """Say the lines one after the other; what is answered, and the close if there is one."""
    async with connect(url, proxy=None) as socket:
        epoch, answers = await _epoch(url, script), []
        for text in script:
            answers_due = text.count('"id"')
            with suppress(ConnectionClosed):
                await socket.send(text.replace("EPOCH", epoch))
                while answers_due or '"id"' not in text:
                    async with asyncio.timeout(DEADLINE):
                        lines = str(await socket.recv()).strip().split("\n")
                    answers += [_comparable(json.loads(line)) for line in lines]
                    answers_due -= len(lines)
        if socket.close_code is not None:
            answers.append((socket.close_code, socket.close_reason))
        return answers


async def _epoch(url: str, script: list[str]) -> str:
    if not any("EPOCH" in text for text in script):
        return ""
    async with connect(url, proxy=None) as socket:
        await socket.send(CONNECT)
        await socket.recv()
        await socket.send(SUBSCRIBE)
        return str(json.loads(await socket.recv())["subscribe"]["epoch"])


def _comparable(value: Any) -> Any:
    """Without what differs by nature, and the times that Centrifugo's publications carry."""
    if isinstance(value, dict):
        return {key: _comparable(each) for key, each in value.items() if key not in OWN}
    return [_comparable(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SCRIPTS)
async def test_our_answers_are_those_of_centrifugo(name: str, hall: Hall, reference: str) -> None:
    theirs = await converse(f"ws://{reference}/connection/websocket", SCRIPTS[name])
    assert await converse(hall.url, SCRIPTS[name]) == theirs
