"""What the token endpoint takes and gives, as the document says it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from livehall.dialects.kit.oauth import RefusalCode


class TokenRequest(msgspec.Struct, kw_only=True):
    grant_type: Literal["client_credentials"]
    scope: Literal["voila/partner_access"]


class TokenResponse(msgspec.Struct, kw_only=True):
    access_token: Annotated[str, Meta(description="RS256 JWT.")]
    expires_in: Annotated[int, Meta(description="Seconds.")]
    token_type: Literal["Bearer"]


class TokenRefusal(msgspec.Struct, kw_only=True):
    """What the caller has to mend (RFC 6749 §5.2)."""

    error: RefusalCode
    error_description: str
