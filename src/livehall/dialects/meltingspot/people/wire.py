"""What speakers and participants look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.insight.attending import Attendee
from livehall.core.invitees.fields import Biography, FirstName, JobTitle, LastName
from livehall.core.invitees.inviting import Invitee
from livehall.core.invitees.ops import Shown
from livehall.core.participants.model import ParticipantRole
from livehall.core.people.fields import Email
from livehall.dialects.kit import Moment, Tolerant, moment
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, parse_id

Status = Literal["Accepted", "Invited", "Declined"]
Type = Literal["Participant", "Speaker", "Host"]
Member = Annotated[str, Meta(min_length=1, max_length=254, description="Address or member id.")]

STATUSES = {"Accepted": "accepted", "Invited": "invited", "Declined": "declined"}
STATUS: dict[str, Status] = {"accepted": "Accepted", "invited": "Invited", "declined": "Declined"}
TYPE: dict[ParticipantRole, Type] = {
    "viewer": "Participant",
    "moderator": "Participant",
    "speaker": "Speaker",
    "co_host": "Host",
}
ROLES: dict[str, tuple[ParticipantRole, ...]] = {
    name: tuple(ours for ours, theirs in TYPE.items() if theirs == name)
    for name in ("Participant", "Speaker", "Host")
}


def invitee(text: str, field: str = "member") -> Invitee:
    """Whom a text names: a member by id, or an address. Raises: Invalid."""
    if (account_id := parse_id(text)) is not None:
        return Invitee(account_id=account_id)
    return Invitee(email=address(text, field))


def address(text: str, field: str) -> str:
    """Raises: Invalid."""
    try:
        return msgspec.convert(text.strip(), Email)
    except msgspec.ValidationError as error:
        raise invalid(field, "Give an address, or the id of a member.") from error


def member_id(text: str | UnsetType, field: str) -> Id | None:
    """Raises: Invalid."""
    if text is UNSET:
        return None
    found = parse_id(text)
    if found is None:
        raise invalid(field, "There is no member with this id that you may see.")
    return found


class Inviting(Tolerant, kw_only=True, rename="camel"):
    invited_by_spot_member_id: str | UnsetType = UNSET
    with_email_notification: bool = False

    @property
    def inviter(self) -> Id | None:
        return member_id(self.invited_by_spot_member_id, "invitedBySpotMemberId")


class ParticipantInvite(Inviting, kw_only=True, rename="camel"):
    member: Member


class Members(Tolerant, kw_only=True, rename="camel"):
    spot_member_ids: tuple[str, ...] = ()
    emails: tuple[Email, ...] = ()

    def invitees(self) -> list[Invitee]:
        """Raises: Invalid."""
        found = [by_id(each) for each in self.spot_member_ids]
        found += [Invitee(email=each) for each in self.emails]
        if not found:
            raise invalid("members", "Name somebody by spotMemberIds or emails.", rule="required")
        return found


class ParticipantBulkInvite(Inviting, kw_only=True, rename="camel"):
    members: Members


class SpeakerMember(Tolerant, kw_only=True, rename="camel"):
    email: Email
    first_name: FirstName | UnsetType = UNSET
    last_name: LastName | UnsetType = UNSET
    title: JobTitle | UnsetType = UNSET
    biography: Biography | UnsetType = UNSET

    def invitee(self) -> Invitee:
        return Invitee(
            email=self.email,
            first_name=self.first_name or None,
            last_name=self.last_name or None,
            title=self.title or None,
            biography=self.biography or None,
        )


class Highlighting(Inviting, kw_only=True, rename="camel"):
    highlighted: bool = False
    grant_host_rights: bool = False

    @property
    def role(self) -> ParticipantRole:
        return "co_host" if self.grant_host_rights else "speaker"


class SpeakerInvite(Highlighting, kw_only=True, rename="camel"):
    member: SpeakerMember | Member


class SpeakerBulkInvite(Highlighting, kw_only=True, rename="camel"):
    spot_member_ids: list[str]


def by_id(text: str) -> Invitee:
    """Raises: Invalid."""
    return Invitee(account_id=member_id(text, "spotMemberIds"))


class ParticipantMetrics(msgspec.Struct, kw_only=True, rename="camel"):
    view_time: Annotated[int, Meta(description="Seconds.")] | None
    has_replayed: bool
    has_participated: bool


class Participant(msgspec.Struct, kw_only=True, rename="camel"):
    id: str
    live_id: str
    spot_member_id: Annotated[str, Meta(description="Of nobody's account: the id of the row itself.")]
    spot_member_email: str
    spot_member_firstname: str | None
    spot_member_lastname: str | None
    status: Status
    type: Type
    invited_at: Moment | None
    registered_at: Moment | None
    is_highlighted: bool
    metrics: ParticipantMetrics

    @classmethod
    def of(cls, shown: Shown, live_id: Id, seen: Attendee | None) -> Self:
        row = shown.participant
        has_attended = seen is not None and seen.has_attended
        return cls(
            id=row.id,
            live_id=live_id,
            spot_member_id=shown.account_id or row.id,
            spot_member_email=shown.address or "",
            spot_member_firstname=row.first_name,
            spot_member_lastname=row.last_name,
            status=STATUS[shown.status],
            type=TYPE[row.role],
            invited_at=moment(row.invited_at),
            registered_at=moment(row.registered_at),
            is_highlighted=row.is_highlighted,
            metrics=ParticipantMetrics(
                view_time=seen.live_s if seen is not None and has_attended else None,
                has_replayed=seen is not None and seen.has_replayed,
                has_participated=has_attended,
            ),
        )


class ParticipantList(msgspec.Struct, kw_only=True):
    items: list[Participant]
    total: Annotated[int, Meta(ge=0)]
