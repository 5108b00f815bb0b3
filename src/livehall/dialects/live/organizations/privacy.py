"""What an organization says of data: operations and wire."""

from datetime import timedelta
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.core.people import fields, privacy
from livehall.core.people.faults import OrganizationNotFound
from livehall.core.people.privacy import Retention
from livehall.core.rooms import ops as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.dialects.kit import Answer, IfMatch, Moment, Read, Request, moment
from livehall.dialects.live.api import api
from livehall.dialects.live.auth.wire import Uuid
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.work import Work

TAG = "Privacy"

Kind = Literal[
    "registrations",
    "attendance",
    "chat",
    "questions",
    "polls",
    "recordings",
    "deleted_recordings",
    "history",
    "audit",
    "webhook_deliveries",
    "exports",
]
Version = Annotated[
    fields.TermsVersion,
    Meta(description="Absent: counted up where address or text change; needed after one that is no number."),
]
KEPT: tuple[Kind, ...] = ("registrations", "attendance", "chat", "questions", "polls", "recordings")


class PrivacyQuery(msgspec.Struct, kw_only=True):
    organization_id: Annotated[Uuid | None, Meta(description="Whose; default the caller's own.")] = None
    room_id: Annotated[Uuid | None, Meta(description="Of the organization of this room.")] = None


class PrivacyPolicyRequest(Request, kw_only=True):
    """Replaces the terms as a whole; with neither address nor text there are none."""

    terms_url: fields.TermsUrl | None = None
    text: fields.TermsText | None = None
    version: Version | None = None


class KindOfData(msgspec.Struct, kw_only=True):
    """How long the server keeps what."""

    kind: Annotated[
        Kind,
        Meta(
            description="`deleted_recordings`: files, since the deletion. `history`: the record of what has "
            "happened, and mails that went out. `audit`: the record of privileged acts. "
            "`webhook_deliveries`: what was sent to the organization's software. `exports`: files that were "
            "asked for."
        ),
    ]
    days: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="Removed by itself after so many; null: nothing removes it by itself."),
    ]


class PrivacyPolicyResponse(msgspec.Struct, kw_only=True):
    organization_id: Uuid
    organization: Annotated[str, Meta(description="Its name.")]
    terms_url: str | None
    text: str | None
    version: Annotated[str | None, Meta(description="Of the terms; null: there are none.")]
    since: Annotated[Moment | None, Meta(description="When the terms were given this version.")]
    retention: Annotated[
        list[KindOfData], Meta(description="As the operator has set it; every organization has the same.")
    ]

    @classmethod
    def of(cls, found: privacy.Policy, retention: Retention) -> Self:
        terms = found.terms
        return cls(
            organization_id=found.organization.id,
            organization=found.organization.name,
            terms_url=terms.url,
            text=terms.text,
            version=terms.version,
            since=moment(terms.since),
            retention=retention_of(retention),
        )


def retention_of(kept: Retention) -> list[KindOfData]:
    removed: dict[Kind, timedelta] = {
        "deleted_recordings": kept.deleted_recordings,
        "history": kept.history,
        "audit": kept.audit,
        "webhook_deliveries": kept.webhook_deliveries,
        "exports": kept.exports,
    }
    return [KindOfData(kind=kind, days=None) for kind in KEPT] + [
        KindOfData(kind=kind, days=after.days) for kind, after in removed.items()
    ]


@api.route(
    "GET", "/privacy/policy", operation="getPrivacyPolicy", tag=TAG, access="public",
    raises=[OrganizationNotFound, RoomNotFound], answer=PrivacyPolicyResponse,
)  # fmt: skip
async def get_privacy_policy(work: Read, retention: Retention, query: PrivacyQuery) -> Answer:
    """The terms of an organization, and how long the server keeps what.

    Of the organization that is named, or whose room is; else of the caller's own; else of the only one there
    is. Registrants agree to the text of the form of their room, while these terms hold.
    """
    organization_id = query.organization_id
    if query.room_id is not None:
        organization_id = await rooms.organization_of(work, query.room_id)
        if query.organization_id not in (None, organization_id):
            raise RoomNotFound
    return _answer(await privacy.policy(work, organization_id), retention)


@api.route(
    "PUT", "/privacy/policy", operation="setPrivacyPolicy", tag=TAG, access="admin", scope="admin",
    raises=[Forbidden, Conflict], answer=PrivacyPolicyResponse,
)  # fmt: skip
async def set_privacy_policy(
    work: Work, retention: Retention, if_match: IfMatch, body: PrivacyPolicyRequest
) -> Answer:
    """Say what the terms of the organization are, under which version.

    Other words never stand under the same version. Registrants who agreed while others held are asked again:
    their consent is `is_outdated`. For how long data is kept is the operator's to say.
    """
    cmd = privacy.SetTerms(url=body.terms_url, text=body.text, version=body.version)
    return _answer(await privacy.set_terms(work, cmd, if_match), retention)


def _answer(found: privacy.Policy, retention: Retention) -> Answer:
    return Answer(PrivacyPolicyResponse.of(found, retention), revision=found.organization.revision)
