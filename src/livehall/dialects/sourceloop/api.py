"""The dialect: where it is found, its order of checks (L1), its statuses and its errors."""

from livehall.dialects.kit import Dialect, Rate
from livehall.dialects.kit.body import TooLarge, Unreadable, WrongMediaType
from livehall.dialects.kit.dialect import Internal
from livehall.dialects.sourceloop.errors import (
    ArchiveGone,
    BadRequest,
    Error,
    ProviderFailed,
    ValidationError,
    shape,
)
from livehall.dialects.sourceloop.sign_in import SignIn
from livehall.kernel.faults import (
    Conflict,
    Fault,
    Forbidden,
    Gone,
    Invalid,
    Limited,
    NotFound,
    Unauthenticated,
    Unavailable,
)

DESCRIPTION = """Meetings by link: made, moved and ended by a customer's own server.

It signs its bearer tokens itself (HS256), with a signing secret of the hall whose issuer they name.
`permissions` in the token names what it may do, one name for each operation. A meeting's `token` is one of
LiveKit's: connect with any LiveKit client to the hall's own address.
"""

STATUSES: dict[type[Fault], int] = {
    Unreadable: 400,
    BadRequest: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    WrongMediaType: 415,
    Invalid: 422,
    Limited: 429,
    Fault: 500,
    Gone: 500,
    ArchiveGone: 500,
    ProviderFailed: 500,
    Unavailable: 503,
}

sourceloop = Dialect(
    name="sourceloop",
    title="Sourceloop-compatible video conferencing service",
    version="1.0.0",
    description=DESCRIPTION,
    prefix="/sourceloop",
    wrong_method=404,  # L2
    sign_in=SignIn,
    order=("rate", "media_type", "syntax", "schema", "path", "sign_in", "permission"),  # L1
    rates=[Rate(per_minute=6000, burst=1500)],
    statuses=STATUSES,
    shape=shape,
    problem=Error,
    problems={422: ValidationError},
    always=(Forbidden, Internal),
    security_schemes={
        "HTTPBearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "HS256; the permissions claim lists permission names.",
        }
    },
    security=["HTTPBearer"],
)
