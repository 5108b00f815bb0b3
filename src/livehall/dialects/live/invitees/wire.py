"""What speakers, invited people and linked groups look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.invitees import inviting, ops, rules
from livehall.core.invitees.fields import MOST_AT_ONCE, Biography, FirstName, JobTitle, LastName
from livehall.core.invitees.ops import Query
from livehall.core.participants.model import ParticipantRole, Registration, Rsvp
from livehall.core.people.fields import Email
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import UserResponse, Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageQuery, PageSize, Pagination

Notify = Annotated[bool, Meta(description="Send a letter; default false.")]
Highlighted = Annotated[bool, Meta(description="Shown before others; default false.")]
Search = Annotated[str, Meta(max_length=200, description="In names and address.")]
Mark = Literal["accepted", "invited", "declined"]


class InviteeFields(Request, kw_only=True):
    """One of `user_id` and `email`; names of members are known."""

    user_id: Annotated[Uuid, Meta(description="A member of the organization.")] | UnsetType = UNSET
    email: Annotated[Email, Meta(description="A member, or anybody else.")] | UnsetType = UNSET
    first_name: FirstName | None = None
    last_name: LastName | None = None
    title: JobTitle | None = None
    biography: Biography | None = None

    def invitee(self) -> inviting.Invitee:
        return inviting.Invitee(
            account_id=None if self.user_id is UNSET else self.user_id.lower(),
            email=None if self.email is UNSET else self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            title=self.title,
            biography=self.biography,
        )


class InvitePersonRequest(InviteeFields, kw_only=True):
    role: ParticipantRole = "viewer"
    is_highlighted: Highlighted = False
    notify: Notify = False

    def command(self, session_id: str) -> inviting.Invite:
        return inviting.Invite(
            session_id=session_id,
            people=[self.invitee()],
            role=self.role,
            is_highlighted=self.is_highlighted,
            notify=self.notify,
        )


Many = Annotated[list[InviteeFields], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class InvitePeopleRequest(Request, kw_only=True):
    people: Many
    role: ParticipantRole = "viewer"
    notify: Notify = False

    def command(self, session_id: str) -> inviting.Invite:
        return inviting.Invite(
            session_id=session_id,
            people=[each.invitee() for each in self.people],
            role=self.role,
            notify=self.notify,
        )


HostRights = Annotated[bool, Meta(description="The speaker may do what the host may; default false.")]


class InviteSpeakerRequest(InviteeFields, kw_only=True):
    is_highlighted: Highlighted = False
    grant_host_rights: HostRights = False
    notify: Notify = False

    def command(self, session_id: str) -> inviting.Invite:
        return inviting.Invite(
            session_id=session_id,
            people=[self.invitee()],
            role="co_host" if self.grant_host_rights else "speaker",
            is_highlighted=self.is_highlighted,
            notify=self.notify,
        )


class InviteSpeakersRequest(Request, kw_only=True):
    people: Many
    is_highlighted: Highlighted = False
    grant_host_rights: HostRights = False
    notify: Notify = False

    def command(self, session_id: str) -> inviting.Invite:
        return inviting.Invite(
            session_id=session_id,
            people=[each.invitee() for each in self.people],
            role="co_host" if self.grant_host_rights else "speaker",
            is_highlighted=self.is_highlighted,
            notify=self.notify,
        )


class UpdatePersonRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears. Who was asked may change `rsvp` alone."""

    role: ParticipantRole | UnsetType = UNSET
    is_highlighted: bool | UnsetType = UNSET
    first_name: FirstName | UnsetType | None = UNSET
    last_name: LastName | UnsetType | None = UNSET
    title: JobTitle | UnsetType | None = UNSET
    biography: Biography | UnsetType | None = UNSET
    rsvp: Rsvp | UnsetType = UNSET

    def command(self) -> ops.UpdatePerson:
        return ops.UpdatePerson(
            role=self.role,
            is_highlighted=self.is_highlighted,
            first_name=self.first_name,
            last_name=self.last_name,
            title=self.title,
            biography=self.biography,
            rsvp=self.rsvp,
        )


class ListPeopleQuery(msgspec.Struct, kw_only=True):
    search: Search = ""
    email: Annotated[str, Meta(max_length=254, description="The whole address.")] | None = None
    role: tuple[ParticipantRole, ...] = ()
    status: tuple[Mark, ...] = ()
    attended: Annotated[bool, Meta(description="Was there while it was live.")] | None = None
    present: Annotated[bool, Meta(description="Is there now.")] | None = None
    replayed: Annotated[bool, Meta(description="Watched the replay, five seconds at least.")] | None = None
    page: PageNumber = 1
    limit: PageSize = 20

    def query(self) -> Query:
        return Query(
            search=self.search,
            equal={"email": self.email.strip().lower()} if self.email is not None else {},
            roles=self.role,
            statuses=self.status,
            attended=self.attended,
            present=self.present,
            replayed=self.replayed,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class PersonResponse(msgspec.Struct, kw_only=True):
    """Somebody's standing towards a session, whether or not they ever come."""

    id: Uuid
    session_id: Annotated[Uuid, Meta(description="Null: of all sessions of the room.")] | None
    user_id: Uuid | None
    user: UserResponse | None
    email: str | None
    first_name: str | None
    last_name: str | None
    role: ParticipantRole
    status: rules.Status
    rsvp: Rsvp | None
    registration: Registration | None
    is_highlighted: bool
    title: str | None
    biography: str | None
    invited_at: Moment | None
    registered_at: Moment | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: ops.Shown) -> Self:
        row = shown.participant
        return cls(
            id=row.id,
            session_id=row.session_id,
            user_id=shown.account_id,
            user=UserResponse.of(shown.person, private=True) if shown.person else None,
            email=shown.address,
            first_name=row.first_name,
            last_name=row.last_name,
            role=row.role,
            status=shown.status,
            rsvp=row.rsvp,
            registration=row.registration,
            is_highlighted=row.is_highlighted,
            title=row.title,
            biography=row.biography,
            invited_at=moment(row.invited_at),
            registered_at=moment(row.registered_at),
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
        )


class PeopleListResponse(msgspec.Struct, kw_only=True):
    people: list[PersonResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, query: ListPeopleQuery) -> Self:
        return cls(
            people=[PersonResponse.of(each) for each in found.people],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class InvitedPerson(msgspec.Struct, kw_only=True):
    """What became of one of many. `unchanged`: asked before, in this role or a higher one; or the host."""

    outcome: Literal["invited", "unchanged"]
    person: PersonResponse | None

    @classmethod
    def of(cls, invited: inviting.Invited) -> Self:
        return cls(
            outcome="invited" if invited.is_new else "unchanged",
            person=PersonResponse.of(invited.shown) if invited.shown else None,
        )


class InvitedPeopleResponse(msgspec.Struct, kw_only=True):
    results: list[InvitedPerson]

    @classmethod
    def of(cls, found: list[inviting.Invited]) -> Self:
        return cls(results=[InvitedPerson.of(each) for each in found])


class SpeakerResponse(msgspec.Struct, kw_only=True):
    """A speaker as everybody may know them."""

    id: Uuid
    name: str
    first_name: str | None
    last_name: str | None
    title: str | None
    biography: str | None
    is_highlighted: bool
    has_host_rights: bool

    @classmethod
    def of(cls, shown: ops.Shown) -> Self:
        row = shown.participant
        return cls(
            id=row.id,
            name=row.name or (shown.person.name if shown.person else ""),
            first_name=row.first_name,
            last_name=row.last_name,
            title=row.title,
            biography=row.biography,
            is_highlighted=row.is_highlighted,
            has_host_rights=row.role == "co_host",
        )


class SpeakersResponse(msgspec.Struct, kw_only=True):
    speakers: list[SpeakerResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, query: PageQuery) -> Self:
        return cls(
            speakers=[SpeakerResponse.of(each) for each in found.people],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


GroupIds = Annotated[list[Uuid], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class LinkGroupRequest(Request, kw_only=True):
    group_id: Uuid


class LinkGroupsRequest(Request, kw_only=True):
    group_ids: GroupIds
    notify: Annotated[bool, Meta(description="A letter to every member; default false.")] = False

    def ids(self) -> list[str]:
        return [each.lower() for each in self.group_ids]


class UnlinkGroupsRequest(Request, kw_only=True):
    group_ids: GroupIds

    def ids(self) -> list[str]:
        return [each.lower() for each in self.group_ids]
