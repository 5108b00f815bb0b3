"""The token endpoint (V1–V8)."""

from livehall.core.people import oauth
from livehall.core.people.oauth import BadClient, BadGrant, BadScope
from livehall.core.ports.tokens import ClientTokens
from livehall.dialects.kit import FORM, Answer, Call, Read
from livehall.dialects.kit import oauth as rfc
from livehall.dialects.voila.api import voila
from livehall.dialects.voila.sign_in import SCOPE
from livehall.dialects.voila.tokens import wire


@voila.route(
    "POST", "/oauth2/token", operation="issueToken", tag="auth", access="none", bases=("",),
    takes=wire.TokenRequest, takes_media=FORM, security=["basicClient"], statuses=rfc.STATUSES,
    problem=rfc.OAuthError, problems={400: wire.TokenRefusal, 401: wire.TokenRefusal},
    raises=[BadClient, BadGrant, BadScope], answer=wire.TokenResponse,
    headers={200: ["Cache-Control"], 401: ["WWW-Authenticate"]},
)  # fmt: skip
async def issue_token(work: Read, tokens: ClientTokens, call: Call, body: rfc.TokenForm) -> Answer:
    """Exchange client credentials for an access token.

    Client id and secret travel as HTTP Basic; the form names the grant and the scope.
    """
    client = await oauth.client(work, *rfc.credentials(call))
    rfc.check_grant(body)
    if body.scope != SCOPE:
        raise BadScope(f"The scope is {SCOPE}.")
    token = await tokens.issue(oauth.claims(work, client, (SCOPE,)))
    seconds = int(oauth.LIFETIME.total_seconds())
    told = wire.TokenResponse(access_token=token, expires_in=seconds, token_type="Bearer")  # noqa: S106, RFC 6750
    return Answer(told, headers=rfc.NO_STORE)
