"""The client SDKs of about a year ago, beside those of today: the basic cases."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from livekit import rtc

from tests.media.conformance import scripts
from tests.media.conformance.case import Case
from tests.media.conformance.people import Person
from tests.media.conformance.scripts import Pages
from tests.support import tabs
from tests.support.older import installed
from tests.support.waiting import eventually

pytestmark = [pytest.mark.media]

ROOT = Path(__file__).parents[3]
BOTH = pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])


# Python


@asynccontextmanager
async def older_person(case: Case, identity: str) -> AsyncIterator[None]:
    path = os.pathsep.join(map(str, (installed.python(), ROOT, os.environ.get("PYTHONPATH", ""))))
    command = ("-m", "tests.media.conformance.older_person", case.server.signal_url, case.token(identity))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env={**os.environ, "PYTHONPATH": path}, stdin=asyncio.subprocess.PIPE
    )
    try:
        yield
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def call(person: Person, method: str, payload: str = "") -> str:
    return await person.me.perform_rpc(destination_identity="older", method=method, payload=payload)


async def test_the_older_python_sdk_sees_hears_and_talks(case: Case):
    bob = await case.join("bob")
    await bob.film()
    await bob.speak()

    async def answer(asked: rtc.RpcInvocationData) -> str:
        return f"{asked.caller_identity}: {asked.payload}"

    bob.me.register_rpc_method("answer", answer)
    async with older_person(case, "older"):
        await bob.until(lambda: bob.pictures and bob.sounds)
        assert await call(bob, "ask", "how?") == "older: how?"

        async def seen() -> dict:
            return json.loads(await call(bob, "seen"))

        told = await eventually(
            seen,
            lambda told: min(told["pictures"], told["sounds"]) >= 5,
            within=15,
            what="pictures and sounds",
        )
        assert told["sdk"] == "1.0.23" != rtc.__version__
        await call(bob, "mute")
        await bob.until_told("track_muted")
        await call(bob, "unpublish")
        await bob.until_told("track_unpublished")
    await bob.until_told("participant_disconnected")


# JavaScript


@pytest.fixture(scope="module")
def older_page() -> Iterator[str]:
    with scripts.pages(installed.javascript()) as address:
        yield address


@pytest.fixture
async def older_pages(case: Case, chromium: tabs.Browser, older_page: str) -> AsyncIterator[Pages]:
    async with chromium.window() as window:
        yield Pages(case, window, older_page)


@BOTH
@pytest.mark.browser
async def test_the_older_livekit_client_sees_and_hears(pages: Pages, older_pages: Pages, single: bool):
    room = {"singlePeerConnection": single}
    older, bob = await older_pages.join("older", room=room), await pages.join("bob")
    assert await older.do("LivekitClient.version") == "2.16.1" != await bob.do("LivekitClient.version")
    for person in (older, bob):
        await person.do("it.draw(1280, 720, { simulcast: true }).then(() => it.hum()).then(() => 1)")
    for person, other in ((older, "bob"), (bob, "older")):
        await person.until_decodes(other)
        await person.until_hears(other)
    await older.do("it.seen('bob').setVideoQuality(0)")
    await older.until_width("bob", 320)
    await older.do("me.getTrackPublication('camera').mute().then(() => 1)")
    await bob.until_told("trackMuted", "camera", "older")
    await older.do("room.disconnect()")
    await bob.until_told("participantDisconnected", "older")


@BOTH
@pytest.mark.browser
async def test_the_older_livekit_client_talks(case: Case, pages: Pages, older_pages: Pages, single: bool):
    room = {"singlePeerConnection": single}
    older, bob = await older_pages.join("older", room=room), await case.join("bob")
    await older.until("it.remote('bob')")

    async def answer(asked: rtc.RpcInvocationData) -> str:
        return f"{asked.caller_identity}: {asked.payload}"

    bob.me.register_rpc_method("answer", answer)
    question = "me.performRpc({ destinationIdentity: 'bob', method: 'answer', payload: 'how?' })"
    assert await older.do(question) == "older: how?"
    await older.do("me.publishData(bytes('hello'), { reliable: true, topic: 't' })")
    (packet,) = await bob.until_told("data_received")
    assert (packet.data, packet.participant.identity, packet.topic) == (b"hello", "older", "t")
    await older.do(
        "room.registerTextStreamHandler('c', async (text) => { it.kept.text = await text.readAll() })"
    )
    await bob.me.send_text("long " * 5000, topic="c")
    assert await older.until("it.kept.text") == "long " * 5000


@BOTH
@pytest.mark.browser
@pytest.mark.parametrize("scenario", ["signal-reconnect", "full-reconnect"])
async def test_the_older_livekit_client_goes_on_after_a_reconnect(
    pages: Pages, older_pages: Pages, scenario: str, single: bool
):
    room = {"singlePeerConnection": single}
    older, bob = await older_pages.join("older", room=room), await pages.join("bob")
    for person in (older, bob):
        await person.do("it.draw(320, 180, { simulcast: false }).then(() => 1)")
    await older.until_decodes("bob")
    await older.do(f"room.simulateScenario('{scenario}')")
    await older.until_told("reconnected")
    await older.until_decodes("bob")
    await bob.until_decodes("older")
