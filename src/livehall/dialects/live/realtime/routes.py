"""A realtime token of one's own; and the proxies of a Centrifugo beside us: the questions that our own hub
asks its gate in the process.

Refusals are HTTP 200 with `error` or `disconnect`; other statuses mean a failure of ours.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from livehall.core.ports.realtime import Connected, Refused
from livehall.core.ports.tokens import Tokens
from livehall.dialects.kit import Answer, Call
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.attendance.wire import RealtimeAccess
from livehall.dialects.live.realtime import own, wire
from livehall.dialects.live.realtime.gate import LiveGate
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, Unauthenticated
from livehall.kernel.work import Desk


class InvalidSignature(Unauthenticated):
    code = "invalid_signature"
    message = "The proxy secret is wrong."


class ProxySecret(msgspec.Struct, frozen=True):
    """What a Centrifugo presents in `X-Proxy-Secret`."""

    value: str

    def check(self, call: Call) -> None:
        """Raises: InvalidSignature."""
        if not hmac.compare_digest(call.headers.get("x-proxy-secret", "").encode(), self.value.encode()):
            raise InvalidSignature


@api.route(
    "POST", "/realtime/token", operation="createRealtimeToken", tag="Centrifugo", access="viewer", status=201,
    raises=[Forbidden], answer=RealtimeAccess,
)  # fmt: skip
async def create_realtime_token(
    desk: Desk, tokens: Tokens, addresses: Addresses, actor: Actor, call: Call
) -> Answer:
    """Make a realtime token of one's own, bound to no session.

    Opens `user:` and, for hosts and administrators, `library:` and `org:`. 10 minutes to connect with;
    prolonged as long as the right exists.
    """
    if actor.kind != "account" or actor.session_id is not None:
        raise Forbidden("A person makes one, signed in for more than one session.")
    async with desk.read(actor) as read:
        channels = await own.channels_of(read)
        token = tokens.issue(own.claims_of(actor, read.now))
    url = addresses.realtime_url(call.origin)
    return Answer(
        RealtimeAccess(url=url, token=token, channels=channels), headers={"Cache-Control": "no-store"}
    )


@api.route(
    "POST", "/centrifugo/connect", operation="centrifugoConnect", tag="Centrifugo", access="none",
    raises=[InvalidSignature], plain=True, security=["proxySecret"], limited=False,
)  # fmt: skip
async def centrifugo_connect(
    call: Call, secret: ProxySecret, gate: LiveGate, body: wire.CentrifugoConnectRequest
) -> wire.CentrifugoConnectResponse:
    """Decide who a realtime connection belongs to."""
    secret.check(call)
    token = body.data.get("token", "")
    try:
        connected = await gate.connect(token if isinstance(token, str) else "?")
    except Refused as refused:
        if refused.disconnect:
            return wire.CentrifugoConnectResponse(disconnect=_disconnect(refused))
        return wire.CentrifugoConnectResponse(error=_error(refused))
    result: dict[str, Any] = {
        "user": connected.user,
        "info": dict(connected.info),
        "meta": dict(connected.meta),
        "subs": {channel: {} for channel in connected.channels},
    }
    if connected.expires_at is not None:
        result["expire_at"] = connected.expires_at
    return wire.CentrifugoConnectResponse(result=result)


@api.route(
    "POST", "/centrifugo/subscribe", operation="centrifugoSubscribe", tag="Centrifugo", access="none",
    raises=[InvalidSignature], plain=True, security=["proxySecret"], limited=False,
)  # fmt: skip
async def centrifugo_subscribe(
    call: Call, secret: ProxySecret, gate: LiveGate, body: wire.CentrifugoSubscribeRequest
) -> wire.CentrifugoSubscribeResponse:
    """Decide whether a connection may listen to a channel."""
    secret.check(call)
    try:
        subscribed = await gate.subscribe(_who(body.user, body.meta), body.channel)
    except Refused as refused:
        if refused.disconnect:
            return wire.CentrifugoSubscribeResponse(disconnect=_disconnect(refused))
        return wire.CentrifugoSubscribeResponse(error=_error(refused))
    result: dict[str, Any] = {"data": msgspec.Raw(subscribed.data)}
    if subscribed.expires_at is not None:
        result["expire_at"] = subscribed.expires_at
    return wire.CentrifugoSubscribeResponse(result=result)


@api.route(
    "POST", "/centrifugo/refresh", operation="centrifugoRefresh", tag="Centrifugo", access="none",
    raises=[InvalidSignature], plain=True, security=["proxySecret"], limited=False,
)  # fmt: skip
async def centrifugo_refresh(
    call: Call, secret: ProxySecret, gate: LiveGate, body: wire.CentrifugoRefreshRequest
) -> wire.CentrifugoRefreshResponse:
    """Prolong a realtime connection, or let it lapse."""
    secret.check(call)
    return _refreshed(await gate.refresh(_texts(body.meta), body.user))


@api.route(
    "POST", "/centrifugo/sub-refresh", operation="centrifugoSubRefresh", tag="Centrifugo", access="none",
    raises=[InvalidSignature], plain=True, security=["proxySecret"], limited=False,
)  # fmt: skip
async def centrifugo_sub_refresh(
    call: Call, secret: ProxySecret, gate: LiveGate, body: wire.CentrifugoSubRefreshRequest
) -> wire.CentrifugoRefreshResponse:
    """Prolong a subscription, or let it lapse."""
    secret.check(call)
    return _refreshed(await gate.refresh_subscription(_who(body.user, body.meta), body.channel))


def _who(user: str, meta: Mapping[str, Any]) -> Connected:
    return Connected(user=user, meta=_texts(meta))


def _texts(meta: Mapping[str, Any]) -> dict[str, str]:
    """What we gave with the connect came back; anything else in it is not ours."""
    return {name: value for name, value in meta.items() if isinstance(value, str)}


def _error(refused: Refused) -> wire.CentrifugoError:
    return wire.CentrifugoError(code=refused.code, message=refused.reason)


def _disconnect(refused: Refused) -> wire.CentrifugoDisconnect:
    return wire.CentrifugoDisconnect(code=refused.code, reason=refused.reason)


def _refreshed(expires_at: int | None) -> wire.CentrifugoRefreshResponse:
    result = {"expired": True} if expires_at is None else {"expire_at": expires_at}
    return wire.CentrifugoRefreshResponse(result=result)
