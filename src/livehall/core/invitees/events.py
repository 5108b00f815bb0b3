"""Facts about invited people and linked groups. Addresses are read from the rows, never from the journal."""

from typing import ClassVar, Literal

from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class PersonEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "participant"
    audit: ClassVar[bool] = True
    participant_id: Id
    session_id: Id
    room_id: Id
    role: str


class PersonInvited(PersonEvent, frozen=True, kw_only=True, tag="person.invited"):
    """Somebody is asked to a session, or in a higher role than before."""


class PersonChanged(PersonEvent, frozen=True, kw_only=True, tag="person.changed"):
    """`changed`: names of what is different now."""

    changed: list[str]


class PersonWithdrawn(PersonEvent, frozen=True, kw_only=True, tag="person.withdrawn"):
    """Somebody is no longer asked to a session."""


class InvitationAddressed(Event, frozen=True, kw_only=True, tag="invitation.addressed"):
    """A letter is due: to a participant, or to an account that a group brought along.

    The session is not in `session_id`: letters have a line of their own, in which nothing else waits.
    """

    subject: ClassVar[str] = "recipient"
    recipient_id: Id  # participant, or account
    of_session: Id
    is_group: bool  # whether a group was asked, and not the person
    occasion: Literal["invitation", "cancellation"] = "invitation"
    invited_by: Id | None = None  # the account that asked, where that is not the event's actor


class GroupsLinked(Event, frozen=True, kw_only=True, tag="groups.linked"):
    """Groups may come to what is named; `session_id` None: to the library."""

    subject: ClassVar[str] = "group"
    audit: ClassVar[bool] = True
    group_ids: list[Id]
    library_id: Id | None = None
    room_id: Id | None = None
    session_id: Id | None = None
    notify: bool = False  # with a letter to each of their members


class GroupsUnlinked(GroupsLinked, frozen=True, kw_only=True, tag="groups.unlinked"):
    """And no longer."""
