"""The three events of this API (M41), of facts that the core tells.

One change may be several facts (somebody is asked, and their role is another; a live is moved, and its title
is another): they have one key, so that it is told once. Whoever is taken off a live is told of no more: this
API has no event for it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET

from livehall.core.ports.webhooks import Message, Occasion
from livehall.core.webhooks import facts
from livehall.core.webhooks.facts import AboutPerson, AboutSession
from livehall.dialects.meltingspot.hooks.wire import (
    TYPES,
    LiveEvent,
    Member,
    Named,
    NamedLive,
    ParticipantEvent,
    Standing,
    Type,
)
from livehall.dialects.meltingspot.people.wire import STATUS
from livehall.dialects.meltingspot.values import STATUS as LIVE_STATUS
from livehall.kernel.journal import Entry
from livehall.kernel.work import Work

OF_PEOPLE = frozenset(
    {
        "participant.registered", "participant.registration", "participant.corrected", "participant.role",
        "participant.rsvp", "person.invited", "person.changed",
    }
)  # fmt: skip
OF_LIVES = frozenset(
    {
        "session.updated", "session.rescheduled", "session.started", "session.live", "session.ended",
        "session.cancelled",
    }
)  # fmt: skip
SOMEBODY = "01973c2e-0000-7000-8000-000000000000"


class MeltingspotWriter:
    """`core.ports.webhooks.Writer` in the words of this API."""

    @property
    def types(self) -> Mapping[str, str]:
        return TYPES

    @property
    def sources(self) -> Collection[str]:
        return OF_PEOPLE | OF_LIVES

    async def write(self, work: Work, entry: Entry) -> Sequence[Message]:
        if entry.type in OF_LIVES:
            about = await facts.of_session(work, entry)
            return [_live(about, entry.occurred_at)] if about is not None else []
        return [_participant(each, entry.occurred_at) for each in await facts.of_person(work, entry)]

    def sample(self, type: str, occasion: Occasion) -> bytes:
        at, spot = (
            int(occasion.at.timestamp()),
            Named(id=occasion.organization_id, name=occasion.organization),
        )
        if type == "live.updated":
            live = NamedLive(id=SOMEBODY, name="A live", status="Planned")
            return msgspec.json.encode(LiveEvent(live=live, occurred_at=at, spot=spot, test=True))
        member = Member(
            id=SOMEBODY, status="Invited", email="somebody@example.org", firstname="Some", lastname="Body"
        )
        event = ParticipantEvent(
            live=Named(id=SOMEBODY, name="A live"),
            live_participant=Standing(status="Invited"),
            member=member,
            occurred_at=at,
            spot=spot,
            test=True,
        )
        return msgspec.json.encode(event)


def _live(about: AboutSession, at: datetime) -> Message:
    session = about.session
    event = LiveEvent(
        live=NamedLive(id=session.id, name=session.title, status=LIVE_STATUS[session.status]),
        occurred_at=int(at.timestamp()),
        spot=_spot(about),
    )
    return _message("live.updated", event, session.id, at)


def _participant(about: AboutPerson, at: datetime) -> Message:
    row, status = about.shown.participant, STATUS[about.shown.status]
    event = ParticipantEvent(
        live=Named(id=about.session.id, name=about.session.title),
        live_participant=Standing(status=status),
        member=Member(
            id=about.shown.account_id or row.id,
            status=status,
            email=about.shown.address or UNSET,
            firstname=row.first_name or UNSET,
            lastname=row.last_name or UNSET,
            title=row.title or UNSET,
        ),
        occurred_at=int(at.timestamp()),
        spot=_spot(about),
    )
    kind: Type = "live.participant.created" if about.is_new else "live.participant.updated"
    return _message(kind, event, f"{row.id}_{about.session.id}", at)


def _message(type: Type, event: LiveEvent | ParticipantEvent, subject: str, at: datetime) -> Message:
    return Message(
        type=type, body=msgspec.json.encode(event), key=f"{subject}_{round(at.timestamp() * 1000)}"
    )


def _spot(about: AboutPerson | AboutSession) -> Named:
    return Named(id=about.organization.id, name=about.organization.name)
