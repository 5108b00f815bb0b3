"""Operations of OAuth. Answers and errors are RFC 6749's, without the envelope, as its clients expect."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from livehall.core.people import oauth
from livehall.core.people.bearers import Bearers
from livehall.core.people.oauth import BadClient, BadGrant, BadScope
from livehall.core.ports.tokens import BadToken, ClientTokens, ExpiredToken
from livehall.dialects.kit import FORM, Answer, Call, Read, Tolerant
from livehall.dialects.kit import oauth as rfc
from livehall.dialects.live.api import api
from livehall.dialects.live.oauth import wire
from livehall.dialects.live.sign_in import AUDIENCE
from livehall.kernel.actor import Actor
from livehall.kernel.work import Work

TAG = "OAuth"
BASIC = ("basicClient",)


class RevokeForm(Tolerant):
    token: Annotated[str, Meta(max_length=4096)]
    client_id: rfc.Text | None = None
    client_secret: rfc.Text | None = None


class JsonWebKeySet(msgspec.Struct, kw_only=True):
    """Public keys (RFC 7517 §5), the one that signs now first."""

    keys: list[dict[str, str]]


@api.route(
    "POST", "/oauth/token", operation="issueClientToken", tag=TAG, access="none", plain=True,
    takes_media=FORM, security=BASIC, statuses=rfc.STATUSES, problem=rfc.OAuthError,
    raises=[BadClient, BadGrant, BadScope], answer=rfc.TokenResponse,
)  # fmt: skip
async def issue_client_token(work: Read, tokens: ClientTokens, call: Call, body: rfc.TokenForm) -> Answer:
    """Exchange a client's credentials for an access token (RFC 6749 §4.4).

    Id and secret travel as HTTP Basic or in the form. The token has the scopes named, or all that the client
    has; it is sent as `Authorization: Bearer` and acts like an API key with these scopes.
    """
    client = await oauth.client(work, *rfc.credentials(call, body))
    rfc.check_grant(body)
    claims = oauth.claims(work, client, oauth.granted(client, body.scope), AUDIENCE)
    token = await tokens.issue(claims)
    return Answer(rfc.TokenResponse(access_token=token, scope=" ".join(claims.scopes)), headers=rfc.NO_STORE)


@api.route(
    "POST", "/oauth/revoke", operation="revokeClientToken", tag=TAG, access="none", plain=True,
    takes_media=FORM, security=BASIC, statuses=rfc.STATUSES, problem=rfc.OAuthError, raises=[BadClient],
)  # fmt: skip
async def revoke_client_token(
    work: Work, tokens: ClientTokens, bearers: Bearers, call: Call, body: RevokeForm
) -> Response:
    """End an access token before its time (RFC 7009).

    What is no token of this client is answered alike.
    """
    form = rfc.TokenForm(grant_type="", client_id=body.client_id, client_secret=body.client_secret)
    client = await oauth.client(work, *rfc.credentials(call, form))
    try:
        claims = await tokens.read(body.token)
    except (BadToken, ExpiredToken):
        return Response(headers=rfc.NO_STORE)
    await oauth.revoke(work, client, claims)
    bearers.forget()
    return Response(headers=rfc.NO_STORE)


@api.route(
    "GET", "/.well-known/jwks.json", operation="getJsonWebKeys", tag=TAG, access="none", plain=True,
    answer=JsonWebKeySet,
)  # fmt: skip
async def get_json_web_keys(tokens: ClientTokens) -> Answer:
    """The public keys that access tokens of OAuth clients are checked with."""
    found = JsonWebKeySet(keys=msgspec.convert((await tokens.keys())["keys"], list[dict[str, str]]))
    return Answer(found, headers={"Cache-Control": "public, max-age=300"})


@api.route("GET", "/whoami", operation="whoAmI", tag=TAG, access="viewer", machines=True)
async def who_am_i(actor: Actor) -> wire.Caller:
    """Whom a credential stands for: the test of a token or key."""
    return wire.Caller.of(actor)
