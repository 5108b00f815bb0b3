"""The operation of TURN servers."""

from collections.abc import Callable

import msgspec

from livehall.dialects.kit import Answer
from livehall.dialects.live.api import api
from livehall.dialects.live.relays.wire import IceServerResponse, IceServersResponse
from livehall.kernel.actor import Actor

NO_STORE = {"Cache-Control": "no-store"}


class Relays(msgspec.Struct, frozen=True):
    """Makes credentials; the composition root knows the secret."""

    issue: Callable[[str], tuple[tuple[str, ...], str, str] | None]  # for whom -> URLs, name, password
    lifetime_s: int


@api.route(
    "GET", "/ice-servers", operation="listIceServers", tag="Sessions", access="viewer",
    answer=IceServersResponse,
)  # fmt: skip
async def list_ice_servers(relays: Relays, actor: Actor) -> Answer:
    """TURN servers with short-lived credentials.

    For a client of your own that is no LiveKit SDK; those get theirs when they connect.
    """
    issued = relays.issue(actor.id or "guest")
    servers: tuple[IceServerResponse, ...] = ()
    if issued is not None:
        urls, username, credential = issued
        servers = (IceServerResponse(urls=urls, username=username, credential=credential),)
    return Answer(IceServersResponse(ice_servers=servers, ttl_seconds=relays.lifetime_s), headers=NO_STORE)
