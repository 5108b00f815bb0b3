"""What follows from the stage's events and from those of people and settings, after their commit."""

from collections.abc import Mapping, Sequence

from livehall.core.audience import store as audience
from livehall.core.ports.media import MediaRooms
from livehall.core.sessions import places
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.places import LeftReason
from livehall.core.stage import seating, steps
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk

STAFF = ("co_host", "moderator")


def reactions(desk: Desk, media: MediaRooms) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off. Each is harmless when repeated."""

    async def settle_person(entry: Entry) -> None:
        """C17: their open connections may publish at once what they may now, and nothing else."""
        if entry.session_id is not None:
            await steps.settle(desk, media, entry.session_id, {entry.data["account_id"]})

    async def settle_all(entry: Entry) -> None:
        if entry.session_id is not None:
            await steps.settle(desk, media, entry.session_id)

    async def end_viewing(entry: Entry) -> None:
        if entry.session_id is not None:
            await steps.end_viewing(desk, media, entry.session_id, entry.data["account_id"])

    async def give_up(entry: Entry) -> None:
        """Who has left the session by their last connection has left the stage, and asks no more."""
        account_id = entry.actor_id if entry.actor_kind == "account" else None
        if entry.session_id is None or account_id is None:
            return
        async with desk.read(SYSTEM) as read:
            is_there = await audience.open_of(read, entry.session_id, account_id)
        if not is_there:
            await _close(desk, entry.session_id, account_id, "left")

    async def step_down(entry: Entry) -> None:
        """Who is dismissed from the staff goes on as a viewer, and not on stage."""
        was, role = entry.data["previous_role"], entry.data["role"]
        if entry.session_id is not None and was in STAFF and role not in STAFF:
            await _close(desk, entry.session_id, entry.data["account_id"], "removed")

    async def take_seat(entry: Entry) -> None:
        """In a meeting everybody who is let in is on stage."""
        if entry.session_id is None:
            return
        async with desk.work(SYSTEM, origin="job") as work:
            try:
                at = await seating.held(work, await sessions.get(work, entry.session_id))
                await seating.seat_all(work, at, entry.data["account_id"])
            except SessionNotFound:
                return

    async def clear(entry: Entry) -> None:
        """A stage that is switched off has nobody on it, and nobody asks for it."""
        if entry.session_id is not None and not entry.data["effective_stage_enabled"]:
            await _clear(desk, entry.session_id)

    return {
        "stage.joined": [settle_person],
        "stage.left": [settle_person],
        "stage.permissions": [settle_person],
        "publishing.refused": [settle_person],
        "participant.role": [step_down, settle_person],
        "session.settings": [clear, settle_all],
        "speaker.connected": [end_viewing],
        "visitor.left": [give_up],
        "meeting.entered": [take_seat],
    }


async def _close(desk: Desk, session_id: Id, account_id: Id, reason: LeftReason) -> None:
    """Close what one person has on the stage, seat and requests."""
    async with desk.work(SYSTEM, origin="job") as work:
        try:
            session = (await seating.held(work, await sessions.get(work, session_id))).session
        except SessionNotFound:
            return
        seat = (await places.of_person(work, {session_id}, account_id)).get(session_id)
        if seat is not None:
            await seating.unseat(work, session, seat, reason)
        else:
            await seating.drop(work, session, account_id, "withdrawn" if reason == "left" else "expired")


async def _clear(desk: Desk, session_id: Id) -> None:
    async with desk.work(SYSTEM, origin="job") as work:
        try:
            at = await seating.held(work, await sessions.get(work, session_id))
        except SessionNotFound:
            return
        if not at.settings.stage_enabled:  # it may have been switched on again
            await seating.clear(work, at.session)
