"""The token endpoint as RFC 6749 writes it, for every dialect that has one: a form in, its own errors out."""

import base64
import binascii
from typing import Annotated, Literal
from urllib.parse import unquote_plus

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.people.oauth import LIFETIME, BadClient, BadGrant, BadScope
from livehall.dialects.kit.answer import Answer
from livehall.dialects.kit.binding import Tolerant
from livehall.dialects.kit.body import TooLarge, Unreadable
from livehall.dialects.kit.call import Call
from livehall.dialects.kit.dialect import Problem
from livehall.kernel.faults import Fault, Invalid, Unauthenticated, Unavailable

GRANT = "client_credentials"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 §5.1
STATUSES: dict[type[Fault], int] = {Invalid: 400, Unreadable: 400, TooLarge: 400, Unauthenticated: 401}
"""Of the route of a token endpoint."""

Text = Annotated[str, Meta(max_length=2000)]
RefusalCode = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
]
"""What the caller has to mend (RFC 6749 §5.2)."""
ErrorCode = Literal[RefusalCode, "temporarily_unavailable"]


class TokenForm(Tolerant):
    """What a token endpoint reads; credentials in the form stand in for Basic."""

    grant_type: Text
    scope: Text = ""
    client_id: Text | None = None
    client_secret: Text | None = None


class TokenResponse(msgspec.Struct, kw_only=True):
    """An access token and how long it holds."""

    access_token: Annotated[str, Meta(description="RS256 JWT.")]
    expires_in: Annotated[int, Meta(description="Seconds.")] = int(LIFETIME.total_seconds())
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105, the word of RFC 6750
    scope: str | UnsetType = UNSET


class OAuthError(msgspec.Struct, kw_only=True):
    """What went wrong (RFC 6749 §5.2)."""

    error: ErrorCode
    error_description: str


def credentials(call: Call, form: TokenForm | None = None) -> tuple[str, str]:
    """Client id and secret, of the `Authorization` header or the form. Raises: BadClient."""
    header = call.headers.get("authorization")
    if header is None:
        if form is None or form.client_id is None or form.client_secret is None:
            raise BadClient("Send client id and secret as HTTP Basic.")
        return form.client_id, form.client_secret
    scheme, _, coded = header.partition(" ")
    try:
        text = base64.b64decode(coded.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise BadClient("Send client id and secret as HTTP Basic.") from error
    name, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise BadClient("Send client id and secret as HTTP Basic.")
    name, secret = unquote_plus(name), unquote_plus(secret)  # RFC 6749 §2.3.1
    if "\0" in name:
        raise BadClient
    return name, secret


def check_grant(form: TokenForm) -> None:
    """Raises: BadGrant."""
    if form.grant_type != GRANT:
        raise BadGrant


def shape(problem: Problem) -> Answer:
    """The error of a token endpoint."""
    fault = problem.fault
    code: ErrorCode = "invalid_request"
    headers = dict(NO_STORE)
    if isinstance(fault, Unauthenticated):
        code = "invalid_client"
        headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    elif isinstance(fault, BadGrant):
        code = "unsupported_grant_type"
    elif isinstance(fault, BadScope):
        code = "invalid_scope"
    elif isinstance(fault, Unavailable) or problem.status >= 500:
        code = "temporarily_unavailable"
    return Answer(OAuthError(error=code, error_description=fault.text), headers=headers)
