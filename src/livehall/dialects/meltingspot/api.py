"""The dialect: where it is found, its order of checks, its statuses and its errors."""

import msgspec

from livehall.dialects.kit import Dialect, Paging, Problem, Quota
from livehall.dialects.kit.body import TooLarge, Unreadable
from livehall.dialects.meltingspot.hooks.wire import WEBHOOKS
from livehall.dialects.meltingspot.sign_in import SignIn, key_of, permit
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

DESCRIPTION = """Lives of a Spot: lists with filters and figures, groups, speakers, participants.

A Spot is the organization of the key. Dates come in as Unix seconds and go out as ISO 8601 in UTC; durations
are whole seconds. Filters are `field[operator]=value` and hold together. Clients must ignore unknown members
of answers; unknown members of bodies are ignored.
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
DAY_S = 24 * 60 * 60
WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
         405: "Method Not Allowed", 429: "Too Many Requests"}  # fmt: skip

NAMES = {  # what the use cases name, in the members of this API
    "host_id": "spotMemberHostId",
    "scheduled_start_time": "startDate",
    "scheduled_end_time": "endDate",
    "external_url": "videoUrl",
    "replay_url": "replayVideoUrl",
    "user_id": "member",
    "invited_by": "invitedBySpotMemberId",
    "first_name": "firstName",
    "last_name": "lastName",
    "group_ids": "groupIds",
    "metadata": "enableBreakoutRooms",
}
IN_BULK = {  # where whom to invite is not one `member`
    "inviteLiveSpeakers": {"user_id": "spotMemberIds", "people": "spotMemberIds"},
    "inviteLiveParticipants": {
        "user_id": "members.spotMemberIds",
        "spotMemberIds": "members.spotMemberIds",
        "people": "members",
    },
}


class Error(msgspec.Struct, kw_only=True):
    """What went wrong; one text for each problem where there are several."""

    statusCode: int  # noqa: N815  # the member's name
    message: str | list[str]
    error: str | msgspec.UnsetType = msgspec.UNSET


def shape(problem: Problem) -> Error:
    fault = problem.fault
    names = NAMES | (IN_BULK.get(problem.route.operation, {}) if problem.route is not None else {})
    details = [
        f"{names.get(detail.field, detail.field)}: {detail.message}" if detail.field else detail.message
        for detail in fault.details
    ]
    return Error(
        statusCode=problem.status,
        message=details or fault.text,
        error=WORDS.get(problem.status, msgspec.UNSET),
    )


def rates_of(per_10_s: int, per_day: int) -> list[Quota]:
    """How often a key may call (M3); 0 is no limit."""
    quotas = ((per_10_s, 10), (per_day, DAY_S))
    return [Quota(calls=calls, seconds=seconds, is_divided=True) for calls, seconds in quotas if calls]


meltingspot = Dialect(
    name="meltingspot",
    title="MeltingSpot-compatible lives API",
    version="1.0.0",
    description=DESCRIPTION,
    prefix="/meltingspot",
    sign_in=SignIn,
    permit=permit,
    order=("rate", "sign_in", "permission", "media_type", "syntax", "schema", "path"),
    rates=rates_of(100, 50_000),
    credential=key_of,
    paging=Paging(usual=20, most=500, nullable=True),
    statuses=STATUSES,
    shape=shape,
    problem=Error,
    always=(Forbidden,),
    security_schemes={
        "secretKey": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The bare secret key.",
        },
        "bearerKey": {"type": "http", "scheme": "bearer", "description": "The same key behind Bearer."},
    },
    security=["secretKey", "bearerKey"],
    webhooks=WEBHOOKS,
)
