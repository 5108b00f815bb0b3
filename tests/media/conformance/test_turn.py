"""Media through a TURN server, with the credentials that a client gets when it joins."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from livekit import rtc
from livekit.protocol import models

from livehall.media.client.receiver import LightClient
from tests.media.conformance import servers
from tests.media.conformance.case import Case
from tests.media.conformance.people import DEADLINE_S
from tests.support.coturn import Coturn, coturn
from tests.support.needs import need

pytestmark = pytest.mark.media

LIFETIME_S = 600  # of credentials
RELAYED = rtc.RoomOptions(
    rtc_config=rtc.RtcConfiguration(ice_transport_type=rtc.IceTransportType.TRANSPORT_RELAY)
)


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with coturn(tmp_path_factory.mktemp("coturn")) as running:
        yield running


@pytest.fixture(scope="module", params=["ours", pytest.param("livekit", marks=pytest.mark.livekit)])
def server(
    request: pytest.FixtureRequest, turn: Coturn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[servers.Server]:
    """The two servers, with a TURN server beside them."""
    if request.param == "ours":
        settings = {"turn_urls": turn.urls, "turn_secret": turn.secret, "turn_lifetime_s": LIFETIME_S}
        with servers.ours(tmp_path_factory.mktemp("media"), **settings) as own:
            yield own
        return
    one = {"host": "127.0.0.1", "port": turn.port, "secret": turn.secret, "ttl": LIFETIME_S}
    with servers.livekit(
        need("livekit"), turn_servers=[{**one, "protocol": kind} for kind in ("udp", "tcp")]
    ) as real:
        yield real


@pytest.fixture
async def case(server: servers.Server) -> AsyncIterator[Case]:
    async with AsyncExitStack() as stack:
        yield Case(server, stack)


async def test_credentials_come_with_join_and_anew_with_reconnect(case: Case, turn: Coturn):
    bob = LightClient(case.server.signal_url, case.token("bob"))
    try:
        await bob.connect(DEADLINE_S)
        (join,) = [said.join for said in bob.signals if said.WhichOneof("message") == "join"]
        await bob.until(lambda: bob.participant.state == models.ParticipantInfo.ACTIVE)
        await bob.drop_signalling()
        await bob.join(resume=True)
        await bob.until(lambda: any(said.WhichOneof("message") == "reconnect" for said in bob.signals))
    finally:
        await bob.vanish()
    (again,) = [said.reconnect for said in bob.signals if said.WhichOneof("message") == "reconnect"]
    for offered in (join.ice_servers, again.ice_servers):
        relays = [one for one in offered if one.urls[0].startswith("turn")]
        assert {url for one in relays for url in one.urls} == set(turn.urls)
        for one in relays:
            ends, _, holder = one.username.partition(":")
            assert abs(int(ends) - time.time() - LIFETIME_S) < 30
            assert bob.participant.sid in holder
            assert one.credential


@pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])
async def test_media_and_data_are_relayed(case: Case, single: bool):
    options = rtc.RoomOptions(rtc_config=RELAYED.rtc_config, single_peer_connection=single)
    alice = await case.join("alice", options=options)
    bob = await case.join("bob", options=options)
    await alice.film()
    await alice.speak()
    await bob.until(lambda: sum(map(len, bob.pictures.values())) > 10)
    await bob.until(lambda: sum(bob.sounds.values()) > 20)
    await alice.me.publish_data(b"relayed")
    ((packet,),) = [await bob.until_told("data_received")]
    assert packet.data == b"relayed"
