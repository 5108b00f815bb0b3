"""The dialect: where it is found, its order of checks, its statuses and its errors."""

import msgspec

from livehall.dialects.kit import Answer, Dialect, Problem, Rate, oauth
from livehall.dialects.kit.body import TooLarge, Unreadable
from livehall.dialects.kit.dialect import Internal
from livehall.dialects.voila import ids
from livehall.dialects.voila.sign_in import SCOPE, SignIn, permit
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

DESCRIPTION = """Partner access to one tenant: register attendees, read who watched, chatted and asked.

A tenant is an organization of the hall, a program one of its rooms. Ids in paths are the 27-character ones of
this API, or the UUIDs that the pages of the hall show; `organizationId` and `programId` come back as they
were sent. Clients must ignore unknown members of answers; unknown members of bodies are ignored.
"""

STATUSES: dict[type[Fault], int] = {
    Unreadable: 400,
    TooLarge: 400,
    Invalid: 400,
    Conflict: 400,  # what cannot be now: this API knows no 409
    Gone: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Limited: 429,
    Fault: 500,
    Unavailable: 503,
}


class Error(msgspec.Struct, kw_only=True):
    """What went wrong."""

    message: str
    code: str


def shape(problem: Problem) -> Error | Answer:
    if problem.route is not None and problem.route.problem is oauth.OAuthError:
        return oauth.shape(problem)
    fault = problem.fault
    details = "; ".join(f"{detail.field}: {detail.message}" for detail in fault.details)
    return Error(message=details or fault.text, code=fault.code)


voila = Dialect(
    name="voila",
    title="Voilà-compatible partner API",
    version="1.0.0",
    description=DESCRIPTION,
    prefix="/voila",
    bases=("/v1", ""),  # V12
    ids=ids.FORM,
    sign_in=SignIn,
    permit=permit,
    order=("rate", "sign_in", "permission", "path", "media_type", "syntax", "schema"),  # V14
    rates=[Rate(per_minute=1200, burst=300)],
    statuses=STATUSES,
    shape=shape,
    problem=Error,
    always=(Forbidden, Invalid, Internal),
    security_schemes={
        "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "basicClient": {"type": "http", "scheme": "basic", "description": "base64(client_id:client_secret)"},
        "clientCredentials": {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": "/voila/oauth2/token",
                    "scopes": {SCOPE: "Partner access to one tenant."},
                }
            },
        },
    },
    security=["bearerAuth", {"clientCredentials": [SCOPE]}],
)
