"""TURN credentials are short-lived and bound to one place in a room, and lead to the media server only."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aioice import stun, turn
from livekit.protocol import rtc

from livehall.media.net.ice import binding_request
from livehall.media.net.turn import TurnServers
from livehall.media.serve import MediaServer
from livehall.media.settings import SettingsInvalid
from tests.media.conftest import DEADLINE_S, Hooks, Stage, settings
from tests.media.test_browser import Tab, tabs
from tests.support.coturn import ELSEWHERE, MEDIA, Coturn, coturn

pytestmark = pytest.mark.media
__all__ = ["tabs"]  # a fixture


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with coturn(tmp_path_factory.mktemp("coturn")) as running:
        yield running


@pytest.fixture
async def stage(hooks: Hooks, tmp_path: Path, relay: Coturn) -> AsyncIterator[Stage]:
    changes = {"turn_urls": relay.urls, "turn_secret": relay.secret}
    async with MediaServer(settings(hooks, tmp_path, **changes)) as server, AsyncExitStack() as stack:
        yield Stage(server, stack, hooks)


class Relayed(asyncio.DatagramProtocol):
    """What comes through an allocation, or what became of what was sent."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes | Exception] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self.heard.put_nowait(exc)


async def allocate(relay: Coturn, offered: rtc.ICEServer) -> tuple[turn.TurnTransport, Relayed]:
    server = ("127.0.0.1", relay.port)
    return await turn.create_turn_endpoint(Relayed, server, offered.username, offered.credential)


async def test_what_a_client_gets_leads_to_the_media_server_and_to_nobody_else(stage: Stage, relay: Coturn):
    bob = await stage.viewer()
    (offered,) = next(said.join for said in bob.signals if said.WhichOneof("message") == "join").ice_servers
    transport, protocol = await allocate(relay, offered)
    try:
        check = binding_request(bob.path._remote, bob.path.party.ufrag)
        transport.sendto(check, (MEDIA, stage.server.udp_port))
        answer = await asyncio.wait_for(protocol.heard.get(), DEADLINE_S)
        assert isinstance(answer, bytes)
        assert stun.parse_message(answer).message_class == stun.Class.RESPONSE

        for elsewhere in (ELSEWHERE, "192.0.2.1", "169.254.169.254", "10.0.0.1"):
            transport.sendto(check, (elsewhere, stage.server.udp_port))
            refused = await asyncio.wait_for(protocol.heard.get(), DEADLINE_S)
            assert isinstance(refused, stun.TransactionFailed)
            assert refused.response.attributes["ERROR-CODE"][0] == 403
    finally:
        transport.close()


async def test_credentials_end_and_cannot_be_made_up(relay: Coturn):
    def offered(secret: str, lifetime_s: int) -> rtc.ICEServer:
        (one,) = TurnServers(relay.urls, secret, lifetime_s).offered_to("RM_1.PA_1")
        return one

    transport, _ = await allocate(relay, offered(relay.secret, 60))
    transport.close()
    longer = offered(relay.secret, 60)
    longer.username = f"{int(time.time()) + 6000}:RM_1.PA_1"
    for wrong in (offered(relay.secret, -10), offered("another", 60), longer):
        with pytest.raises(stun.TransactionFailed) as failure:
            await allocate(relay, wrong)
        assert failure.value.response.attributes["ERROR-CODE"][0] == 401


async def test_every_place_in_a_room_has_credentials_of_its_own(stage: Stage):
    bob, eve = await stage.viewer("bob"), await stage.viewer("eve", room="other")
    seen = {}
    for client, room in ((bob, "hall"), (eve, "other")):
        (join,) = [said.join for said in client.signals if said.WhichOneof("message") == "join"]
        (one,) = join.ice_servers
        ends, _, holder = one.username.partition(":")
        assert holder == f"{stage.server.rooms.find(room).sid}.{client.participant.sid}"
        assert 0 < int(ends) - time.time() <= 600
        seen[one.username] = one.credential
    assert len(seen) == len(set(seen.values())) == 2


async def test_nobody_is_sent_to_third_parties(hooks: Hooks, tmp_path: Path):
    async with MediaServer(settings(hooks, tmp_path)) as server, AsyncExitStack() as stack:
        bob = await Stage(server, stack, hooks).viewer()
    (join,) = [said.join for said in bob.signals if said.WhichOneof("message") == "join"]
    assert not join.ice_servers


@pytest.mark.parametrize(
    "changes", [{"turn_urls": ("turn:h",)}, {"turn_urls": ("stun:h",), "turn_secret": "s"}]
)
def test_turn_without_its_secret_or_by_another_scheme_is_refused(changes: dict, hooks: Hooks, tmp_path: Path):
    with pytest.raises(SettingsInvalid, match="turn"):
        settings(hooks, tmp_path, **changes).check()


@pytest.mark.browser
@pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])
async def test_chromium_that_may_only_be_relayed_publishes_and_watches(
    tabs: list[Tab], stage: Stage, relay: Coturn, single: bool
):
    host, guest = tabs
    options = {
        "room": {"singlePeerConnection": single},
        "connect": {"rtcConfig": {"iceTransportPolicy": "relay"}},
    }
    await host.join("host", camera=True, microphone=True, **options)
    await guest.join("guest", **options)
    sums = await guest.decodes(40)

    assert sums["sound"] > 0
    people = stage.server.rooms.find("hall").participants.values()
    ports = {person.receiving.transport.destination.address[1] for person in people}
    assert all(49160 <= port <= 49960 for port in ports)  # the relay's own, as its configuration says
