"""What attendees look like on the wire."""

from collections.abc import AsyncIterator
from typing import Annotated, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.insight.attending import Attendee as Seen
from livehall.core.participants.model import Participant
from livehall.core.people.fields import Email as Address
from livehall.core.registrations.fields import ExternalId
from livehall.core.registrations.model import Said
from livehall.core.registrations.ops import Person, Register
from livehall.dialects.kit import Moment, Tolerant, moment
from livehall.dialects.voila.ids import PATTERN, outside
from livehall.kernel.ids import Id

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Email = Annotated[str, Meta(extra_json_schema={"format": "email"})]  # of an answer
AttendeeId = Annotated[str, Meta(pattern=PATTERN)]
Seconds = Annotated[int, Meta(ge=0, description="Seconds.")]


class AttendeeCreate(Tolerant, rename="camel"):
    first_name: Name
    last_name: Name
    email: Address
    is_personal_data_sharing_accepted: Annotated[
        bool, Meta(description="Consent to the privacy terms. false is a legal value.")
    ]
    external_id: ExternalId | UnsetType = UNSET

    def command(self, program_id: Id) -> Register:
        """The partner has the link and writes to people itself."""
        person = Person(
            email=self.email,
            first_name=self.first_name,
            last_name=self.last_name,
            external_id=self.external_id or None,
            consent=Said(accepted=self.is_personal_data_sharing_accepted),
        )
        return Register(person=person, room_id=program_id, notify=False)


class Attendee(msgspec.Struct, kw_only=True, rename="camel"):
    """A person registered on a program, for all its sessions."""

    id: AttendeeId
    external_id: str | UnsetType = UNSET
    organization_id: str
    program_id: str
    created_at: Moment
    first_name: str
    last_name: str
    email: Email
    is_personal_data_sharing_accepted: bool
    access_link: Annotated[str, Meta(description="Personal link to the program.")]

    @classmethod
    def of(cls, row: Participant, link: str, path: dict[str, str]) -> Self:
        """`path`: the ids of tenant and program as they were sent."""
        return cls(
            id=outside(row.id),
            external_id=UNSET if row.external_id is None else row.external_id,
            organization_id=path["organizationId"],
            program_id=path["programId"],
            created_at=moment(row.registered_at or row.created_at),
            first_name=row.first_name or "",
            last_name=row.last_name or "",
            email=row.email or "",
            is_personal_data_sharing_accepted=bool(row.consent and row.consent["accepted"]),
            access_link=link,
        )


class AttendeeStatistics(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """How long somebody watched; overlapping views are counted once."""

    attendee_id: str
    email: Annotated[Email, Meta(description="Empty for who came without an address.")]
    live_watch_time: Seconds
    replay_watch_time: Seconds


async def statistics(parts: AsyncIterator[list[Seen]]) -> AsyncIterator[list[AttendeeStatistics]]:
    async for part in parts:
        yield [
            AttendeeStatistics(
                attendee_id=outside(row.id),
                email=row.email or "",
                live_watch_time=row.live_s,
                replay_watch_time=row.replay_s,
            )
            for row in part
        ]
