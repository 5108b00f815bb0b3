"""What the bearers of a personal link send and are shown."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.core.participants.model import Registration
from livehall.core.registrations import fields, own
from livehall.core.registrations.model import Agreed
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.registrations import wire
from livehall.dialects.live.registrations.form import ConsentWanted, TermsShown, wanted_of


class AccessQuery(msgspec.Struct, kw_only=True):
    token: fields.AccessToken | None = None


class AccessLinkRequest(Request, kw_only=True):
    access_token: fields.AccessToken


class OwnSession(msgspec.Struct, kw_only=True):
    id: Uuid
    title: str
    description: str | None
    status: str
    scheduled_start_time: Moment | None
    scheduled_end_time: Moment | None
    timezone: str | None


class OwnRoom(msgspec.Struct, kw_only=True):
    id: Uuid
    title: str
    description: str | None


class OwnRegistrationResponse(msgspec.Struct, kw_only=True):
    """What a registrant sees of their registration."""

    id: Uuid
    status: Registration
    email: str | None
    first_name: str | None
    last_name: str | None
    display_name: str | None
    answers: dict[str, str | bool]
    consent: wire.ConsentResponse | None
    registered_at: Moment
    room: OwnRoom
    sessions: Annotated[list[OwnSession], Meta(description="Those that are not over, the next one first.")]
    covers: Annotated[
        Literal["room", "session"], Meta(description="All sessions of the room, or the one that is listed.")
    ]
    calendar_url: Annotated[wire.Link | None, Meta(description="Of the planned sessions; null when none is.")]

    @classmethod
    def of(cls, page: own.OwnPage, token: str, base: str) -> Self:
        """`base`: address of the API."""
        row, place = page.registrant.participant, page.registrant.place
        asked: Registration = "approved" if row.is_expected else "cancelled"  # who was invited, and not more
        has_plan = any(each.scheduled_start_at is not None for each in page.sessions)
        return cls(
            id=row.id,
            status=row.registration or asked,
            email=row.email,
            first_name=row.first_name,
            last_name=row.last_name,
            display_name=row.display_name,
            answers=row.answers,
            consent=wire.consent_of(row, is_outdated=page.is_outdated),
            registered_at=moment(row.registered_at or row.created_at),
            room=OwnRoom(id=place.room.id, title=place.room.title, description=place.room.description),
            sessions=[
                OwnSession(
                    id=each.id,
                    title=each.title,
                    description=each.description,
                    status=each.status,
                    scheduled_start_time=moment(each.scheduled_start_at),
                    scheduled_end_time=moment(each.scheduled_end_at),
                    timezone=each.timezone,
                )
                for each in page.sessions
            ],
            covers="room" if row.session_id is None else "session",
            calendar_url=f"{base}/registrations/self/calendar.ics?token={token}" if has_plan else None,
        )


class OwnConsentResponse(msgspec.Struct, kw_only=True):
    """What a registrant agreed to, and what they would agree to today.

    Of the former all is null, and `translations` empty, when nothing was asked of them.
    """

    registration_id: Uuid
    room: OwnRoom
    session_id: Annotated[Uuid | None, Meta(description="Null: all sessions of the room.")]
    accepted: Annotated[bool | None, Meta(description="False: did not agree.")]
    version: Annotated[str | None, Meta(description="Of the text.")]
    terms_version: Annotated[str | None, Meta(description="Of the organization's terms that held then.")]
    at: Moment | None
    text: Annotated[
        str | None,
        Meta(description="As it was then; null when the room's form never asked for this version."),
    ]
    translations: Annotated[dict[str, str], Meta(description="The same text by language.")]
    is_asked: Annotated[bool, Meta(description="The form asks for the consent to this text today.")]
    is_outdated: Annotated[
        bool, Meta(description="They agreed to another text, or under other terms, than today: ask again.")
    ]
    present: Annotated[ConsentWanted | None, Meta(description="What the form asks today.")]
    terms: Annotated[TermsShown | None, Meta(description="Those of today; null: there are none.")]

    @classmethod
    def of(cls, found: Agreed) -> Self:
        row, room, consent = found.registrant.participant, found.registrant.place.room, found.consent
        return cls(
            registration_id=row.id,
            room=OwnRoom(id=room.id, title=room.title, description=room.description),
            session_id=row.session_id,
            accepted=consent.accepted if consent is not None else None,
            version=consent.version if consent is not None else None,
            terms_version=consent.terms_version if consent is not None else None,
            at=moment(consent.at) if consent is not None else None,
            text=found.text,
            translations=found.translations,
            is_asked=found.is_asked,
            is_outdated=found.is_outdated,
            present=wanted_of(found.present),
            terms=TermsShown.of(found.terms),
        )
