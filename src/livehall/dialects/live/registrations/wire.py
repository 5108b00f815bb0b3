"""What registrations look like on the wire."""

from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.participants.model import Participant, Registration
from livehall.core.people.fields import Email, TermsVersion
from livehall.core.registrations import consents, fields, handling, links, ops, steps
from livehall.core.registrations.model import Said
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageSize, Pagination
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

Answers = Annotated[
    dict[fields.FieldId, str | bool],
    Meta(max_length=fields.MOST_FIELDS, description="By ids of the form's fields; a box is true or false."),
]
Source = Annotated[
    dict[str, str],
    Meta(max_length=fields.MOST_LABELS, description="Where the person came from, as `utm_source`."),
]
Link = Annotated[str, Meta(description="The personal link.", extra_json_schema={"format": "uri"})]
Number = Annotated[int, Meta(ge=0)]


class ConsentGiven(Request, kw_only=True):
    accepted: bool
    version: Annotated[
        fields.ConsentVersion | None, Meta(description="Of the text that the person read.")
    ] = None
    terms_version: Annotated[
        TermsVersion | None, Meta(description="Of the organization's terms that the person read.")
    ] = None

    def said(self) -> Said:
        return Said(accepted=self.accepted, version=self.version, terms_version=self.terms_version)


class RegisterRequest(Request, kw_only=True):
    """The room's host and its software may leave out what the form asks of others."""

    email: Email
    first_name: fields.FirstName | None = None
    last_name: fields.LastName | None = None
    display_name: fields.DisplayName | None = None
    external_id: fields.ExternalId | None = None
    answers: Answers = msgspec.field(default_factory=dict)
    consent: ConsentGiven | None = None
    source: Source = msgspec.field(default_factory=dict)
    language: Annotated[
        fields.Language | None, Meta(description="Of mails; default the first of `Accept-Language`.")
    ] = None
    notify: Annotated[
        bool, Meta(description="Confirm by mail; default true. Only the host and its software choose.")
    ] = True

    def command(
        self, *, room_id: Id | None = None, session_id: Id | None = None, language: str | None
    ) -> ops.Register:
        person = ops.Person(
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            display_name=self.display_name,
            external_id=self.external_id,
            answers=self.answers,
            consent=self.consent.said() if self.consent is not None else Said(),
            source=self.source,
            language=self.language or language,
        )
        return ops.Register(person=person, room_id=room_id, session_id=session_id, notify=self.notify)


class ConsentResponse(msgspec.Struct, kw_only=True):
    accepted: bool
    version: Annotated[str | None, Meta(description="Of the form's text.")]
    terms_version: Annotated[str | None, Meta(description="Of the organization's terms that held then.")]
    at: Moment
    is_outdated: Annotated[bool, Meta(description="To another text, or under other terms, than today.")]


class RegisteredResponse(msgspec.Struct, kw_only=True):
    """`id`, `access_link` and `registered_at` are null where the link goes by mail alone."""

    id: Uuid | None
    room_id: Uuid
    session_id: Annotated[Uuid | None, Meta(description="Null: all sessions of the room.")]
    status: Registration
    email: str
    first_name: str | None
    last_name: str | None
    external_id: str | None
    access_link: Link | None
    registered_at: Moment | None

    @classmethod
    def of(cls, found: ops.Registered, said: RegisterRequest, origin: str) -> Self:
        row, token = found.participant, found.token
        knows = token is not None
        return cls(
            id=row.id if knows else None,
            room_id=found.place.room.id,
            session_id=found.place.session.id if found.place.session is not None else None,
            status=found.registration,
            email=row.email or said.email,
            first_name=row.first_name if knows else said.first_name,
            last_name=row.last_name if knows else said.last_name,
            external_id=row.external_id if knows else said.external_id,
            access_link=links.address(origin, token) if token is not None else None,
            registered_at=moment(row.registered_at) if knows else None,
        )


class RegistrationResponse(msgspec.Struct, kw_only=True):
    """A registration as the host sees it. `access_link` is not in lists."""

    id: Uuid
    room_id: Uuid
    session_id: Uuid | None
    status: Registration
    email: str | None
    first_name: str | None
    last_name: str | None
    display_name: str | None
    external_id: str | None
    answers: dict[str, str | bool]
    consent: ConsentResponse | None
    source: dict[str, str]
    language: str | None
    presence: handling.Presence
    first_seen_at: Moment | None
    access_link: Link | None
    registered_at: Moment
    updated_at: Moment
    revision: Number

    @classmethod
    def of(cls, shown: handling.Shown, origin: str) -> Self:
        row = shown.participant
        assert row.registration is not None
        assert row.registered_at is not None
        presence: handling.Presence = "absent"
        if shown.seen is not None:
            presence = "present" if shown.seen.is_present else "attended"
        return cls(
            id=row.id,
            room_id=row.room_id,
            session_id=row.session_id,
            status=row.registration,
            email=row.email,
            first_name=row.first_name,
            last_name=row.last_name,
            display_name=row.display_name,
            external_id=row.external_id,
            answers=row.answers,
            consent=consent_of(row, is_outdated=shown.is_outdated),
            source=row.source,
            language=row.language,
            presence=presence,
            first_seen_at=moment(shown.seen.since) if shown.seen is not None else None,
            access_link=links.address(origin, shown.token) if shown.token is not None else None,
            registered_at=moment(row.registered_at),
            updated_at=moment(row.updated_at),
            revision=row.revision,
        )


def consent_of(row: Participant, *, is_outdated: bool) -> ConsentResponse | None:
    consent = consents.consent_of(row)
    if consent is None:
        return None
    return ConsentResponse(
        accepted=consent.accepted,
        version=consent.version,
        terms_version=consent.terms_version,
        at=moment(consent.at),
        is_outdated=is_outdated,
    )


AnswerWanted = Annotated[
    str,
    Meta(
        max_length=2100,
        pattern="^[a-z][a-z0-9_]*:",
        description="`field:value`, as `diet:veg`; may be repeated.",
    ),
]


class ListRegistrationsQuery(msgspec.Struct, kw_only=True):
    page: PageNumber = 1
    limit: PageSize = 20
    search: Annotated[str, Meta(max_length=200, description="Words in names, address or external id.")] = ""
    status: Annotated[Registration, Meta(description="Only these.")] | None = None
    presence: (
        Annotated[handling.Presence, Meta(description="Who is there now, was there, or never was.")] | None
    ) = None
    answers: tuple[AnswerWanted, ...] = ()
    sort: Annotated[handling.Sort, Meta(description="Order; default `-registered_at`.")] = "-registered_at"

    def query(self) -> handling.Query:
        """Raises: Invalid."""
        pairs = [each.partition(":")[::2] for each in self.answers]
        if len(dict(pairs)) != len(pairs):
            raise invalid("answers", "Name each field once.", rule="unique")
        return handling.Query(
            search=self.search,
            status=self.status,
            presence=self.presence,
            answers=dict(pairs),
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class RegistrationListResponse(msgspec.Struct, kw_only=True):
    registrations: list[RegistrationResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: handling.Page, query: ListRegistrationsQuery, origin: str) -> Self:
        return cls(
            registrations=[RegistrationResponse.of(each, origin) for each in found.registrations],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class UpdateRegistrationRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears. Answers that are not named stay too."""

    email: Email | UnsetType = UNSET
    first_name: fields.FirstName | UnsetType | None = UNSET
    last_name: fields.LastName | UnsetType | None = UNSET
    display_name: fields.DisplayName | UnsetType | None = UNSET
    external_id: fields.ExternalId | UnsetType | None = UNSET
    answers: Answers | UnsetType = UNSET

    def command(self) -> handling.Correct:
        given: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        return handling.Correct(**given)


class DenyRequest(Request, kw_only=True):
    notify: Annotated[bool, Meta(description="Tell the person by mail; default true.")] = True


class ImportRequest(Request, kw_only=True):
    csv: Annotated[
        str,
        Meta(
            max_length=1_000_000,
            description="First line: `email` and others of `first_name`, `last_name`, `display_name`, "
            "`external_id`, `language`, `consent`, and ids of the form's fields. Comma or semicolon.",
        ),
    ]
    dry_run: Annotated[bool, Meta(description="Only report what would happen; default false.")] = False
    approve: Annotated[bool, Meta(description="Nobody of the file needs approval; default true.")] = True
    notify: Annotated[bool, Meta(description="Send everybody their link; default false.")] = False

    def command(self, room_id: Id) -> steps.Import:
        return steps.Import(
            room_id=room_id, csv=self.csv, dry_run=self.dry_run, approves=self.approve, notify=self.notify
        )


class ImportedLine(msgspec.Struct, kw_only=True):
    line: Number
    email: str
    outcome: steps.Outcome
    problem: str | None
    registration_id: Uuid | None


class ImportResponse(msgspec.Struct, kw_only=True):
    """`renewed`: had cancelled, was denied, or had been invited only."""

    dry_run: bool
    created: Number
    renewed: Number
    unchanged: Number
    refused: Number
    lines: list[ImportedLine]

    @classmethod
    def of(cls, results: list[steps.Result], *, dry_run: bool) -> Self:
        number = dict.fromkeys(("created", "renewed", "unchanged", "refused"), 0)
        for each in results:
            number[each.outcome] += 1
        lines = [
            ImportedLine(
                line=each.number,
                email=each.email,
                outcome=each.outcome,
                problem=each.problem,
                registration_id=each.participant_id,
            )
            for each in results
        ]
        return cls(dry_run=dry_run, lines=lines, **number)
