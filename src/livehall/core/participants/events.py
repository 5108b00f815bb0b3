"""Facts about people's standing that several slices bring about."""

from typing import ClassVar

from livehall.core.participants.model import Participant, Rsvp
from livehall.kernel.ids import Id
from livehall.kernel.work import Event, Work


class ParticipantAnswered(Event, frozen=True, kw_only=True, tag="participant.rsvp"):
    """Somebody who was asked says whether they come. `session_id`: None for all sessions of the room."""

    subject: ClassVar[str] = "participant"
    noted: ClassVar[bool] = True
    participant_id: Id
    room_id: Id
    session_id: Id | None
    rsvp: Rsvp


def tell_answer(work: Work, before: Participant, after: Participant) -> None:
    """Emits: ParticipantAnswered; only for an answer that changed."""
    if after.rsvp is None or after.rsvp == before.rsvp:
        return
    work.emit(
        ParticipantAnswered(
            organization_id=after.organization_id,
            participant_id=after.id,
            room_id=after.room_id,
            session_id=after.session_id,
            rsvp=after.rsvp,
        )
    )
