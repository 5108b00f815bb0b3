"""The form of a room, as it is kept in `room.registration`. Registrants are rows of `participant`."""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, Text

from livehall.core.participants.model import Consent, Participant
from livehall.core.people.privacy import Terms
from livehall.core.rooms.model import Room
from livehall.core.sessions.model import Session
from livehall.kernel.db import Instant, Json, Key, metadata
from livehall.kernel.ids import Id

Mode = Literal["none", "optional", "required"]
Approval = Literal["auto", "manual"]
FieldKind = Literal["text", "choice", "checkbox", "country", "hidden"]


class Option(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    label: str


class Wording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field in another language; `options`: labels by value."""

    label: str
    options: dict[str, str] = {}


class FormField(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question beside name and address. `options`: of a choice."""

    id: str
    kind: FieldKind
    label: str
    required: bool = False
    options: list[Option] = []
    translations: dict[str, Wording] = {}


class ConsentWanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    text: str
    version: str
    required: bool = True
    translations: dict[str, str] = {}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says to the text of a form. `accepted`: None when nothing was asked or answered.

    `version` of the text, and `terms_version` of the organization's terms, that they read; None: what holds.
    """

    accepted: bool | None = None
    version: str | None = None
    terms_version: str | None = None


replaced_consent = Table(
    "replaced_consent",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("room_id", Key, nullable=False),
    Column("version", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("translations", Json, nullable=False),  # by language
    Column("replaced_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="replaced_consent_room"
    ),
)
Index(
    "replaced_consent_of",
    replaced_consent.c.room_id,
    replaced_consent.c.version,
    replaced_consent.c.replaced_at,
)


class ReplacedConsent(msgspec.Struct, frozen=True):
    """A text that the form of a room once asked to agree to."""

    id: Id
    organization_id: Id
    room_id: Id
    version: str
    text: str
    translations: dict[str, str]
    replaced_at: datetime


class Form(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`mode`: whether one can, and must, register. `fields` stand in their order.

    `confirms_address`: who registers gets the personal link by mail alone, so that nobody gets it who does
    not read the mail of that address. `closes_at`: for the public; the host may register people later.
    """

    mode: Mode = "none"
    approval: Approval = "auto"
    fields: list[FormField] = []
    capacity: int | None = None
    closes_at: datetime | None = None
    consent: ConsentWanted | None = None
    confirms_address: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody registers: all sessions of a room, or one of them."""

    room: Room
    session: Session | None

    @property
    def scope_id(self) -> str:
        return self.session.id if self.session is not None else self.room.id

    @property
    def scope_ids(self) -> set[str]:
        """With the wider ones."""
        return {self.room.id, self.scope_id}


class Registrant(msgspec.Struct, frozen=True, kw_only=True):
    """One registration with its place."""

    participant: Participant
    place: Place


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """What a registrant agreed to, or not. `text`: None without a consent, or when it was to no text of ours.

    `is_asked`: the form asks for the consent to this text today. `is_outdated`: they agreed to another text
    than today's, or while other terms held. `present` and `terms`: what is asked, and what holds, today.
    """

    registrant: Registrant
    consent: Consent | None
    text: str | None
    translations: dict[str, str]
    is_asked: bool
    is_outdated: bool
    present: ConsentWanted | None
    terms: Terms


def form_of(room: Room) -> Form:
    return msgspec.convert(room.registration, Form)
