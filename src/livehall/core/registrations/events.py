"""Facts about registrations. Addresses and answers are read from the row, and never stand in the journal."""

from typing import ClassVar

from livehall.core.participants.model import Participant, Registration
from livehall.kernel.ids import Id
from livehall.kernel.work import Event, Work


class ParticipantRegistered(Event, frozen=True, kw_only=True, tag="participant.registered"):
    """`notify`: whether the person is told by mail. `session_id`: None for all sessions of the room."""

    subject: ClassVar[str] = "participant"
    noted: ClassVar[bool] = True
    participant_id: Id
    room_id: Id
    session_id: Id | None
    name: str
    registration: Registration
    notify: bool


class RegistrationChanged(Event, frozen=True, kw_only=True, tag="participant.registration"):
    """Approved, denied or cancelled."""

    subject: ClassVar[str] = "participant"
    audit: ClassVar[bool] = True
    participant_id: Id
    room_id: Id
    session_id: Id | None
    registration: Registration
    previous: Registration
    notify: bool


class RegistrationCorrected(Event, frozen=True, kw_only=True, tag="participant.corrected"):
    """`changed`: names of what is different now."""

    subject: ClassVar[str] = "participant"
    audit: ClassVar[bool] = True
    participant_id: Id
    room_id: Id
    session_id: Id | None
    changed: list[str]


class ConfirmationWanted(Event, frozen=True, kw_only=True, tag="participant.confirmation"):
    """The mail with the personal link is wanted again."""

    subject: ClassVar[str] = "participant"
    participant_id: Id
    room_id: Id
    session_id: Id | None


class RegistrationFormChanged(Event, frozen=True, kw_only=True, tag="room.registration"):
    subject: ClassVar[str] = "room"
    audit: ClassVar[bool] = True
    room_id: Id
    mode: str


class RegistrationsImported(Event, frozen=True, kw_only=True, tag="registrations.imported"):
    """A file was taken in, so many of its lines."""

    subject: ClassVar[str] = "room"
    audit: ClassVar[bool] = True
    room_id: Id
    people: int


def tell_registered(work: Work, row: Participant, *, notify: bool) -> None:
    """Emits: ParticipantRegistered."""
    assert row.registration is not None
    work.emit(
        ParticipantRegistered(
            organization_id=row.organization_id,
            participant_id=row.id,
            room_id=row.room_id,
            session_id=row.session_id,
            name=row.name,
            registration=row.registration,
            notify=notify,
        )
    )


def tell_corrected(work: Work, row: Participant, changed: list[str]) -> None:
    """Emits: RegistrationCorrected."""
    work.emit(
        RegistrationCorrected(
            organization_id=row.organization_id,
            participant_id=row.id,
            room_id=row.room_id,
            session_id=row.session_id,
            changed=changed,
        )
    )
