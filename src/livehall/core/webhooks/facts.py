"""What is behind a row of the journal, for those who write it down in their own words."""

import msgspec

from livehall.core.invitees import ops as invitees
from livehall.core.invitees import store as invitees_store
from livehall.core.invitees.ops import Shown
from livehall.core.people import store as people
from livehall.core.people.model import Organization
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.core.webhooks import store
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Work

MOST_SESSIONS = 20  # of a room, that somebody is told to be registered for


class AboutSession(msgspec.Struct, frozen=True, kw_only=True):
    organization: Organization
    session: Session


class AboutPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's standing towards a session. `is_new`: the row was made with what is told."""

    organization: Organization
    session: Session
    shown: Shown
    is_new: bool


async def of_session(work: Work, entry: Entry) -> AboutSession | None:
    """None when it is not there any more."""
    organization = await _organization(work, entry)
    found = await sessions.by_ids(work, {entry.session_id or ""})
    if organization is None or entry.session_id not in found:
        return None
    return AboutSession(organization=organization, session=found[entry.session_id])


async def of_person(work: Work, entry: Entry) -> list[AboutPerson]:
    """One for each session that it is about: of a standing in a whole room, those that are not over."""
    organization = await _organization(work, entry)
    row = await invitees_store.get(work, entry.data["participant_id"])
    if organization is None or row is None:
        return []
    if row.session_id is None:
        about = await store.sessions_of(work, row.room_id, MOST_SESSIONS)
    else:
        about = list((await sessions.by_ids(work, {row.session_id})).values())
    told = []
    for session in about:
        (shown,) = await invitees.show(work, session, [row])
        is_new = row.created_at == entry.occurred_at
        told.append(AboutPerson(organization=organization, session=session, shown=shown, is_new=is_new))
    return told


async def _organization(work: Work, entry: Entry) -> Organization | None:
    return await people.organization_by_id(work, entry.organization_id or Id())
