"""Use cases of the bearers of a personal link: their own page, their consent, coming in by the link."""

import msgspec

from livehall.core.participants.events import tell_answer
from livehall.core.participants.model import Participant
from livehall.core.people import ops as accounts
from livehall.core.people import privacy
from livehall.core.people import store as people
from livehall.core.people.ops import SignedIn
from livehall.core.people.rules import digest
from livehall.core.registrations import consents, ops, places, rules, store
from livehall.core.registrations.events import tell_corrected
from livehall.core.registrations.faults import (
    NoSuchAccess,
    NotApproved,
    RegistrationNotFound,
    SignInInstead,
    WrongState,
)
from livehall.core.registrations.model import Agreed, Registrant, Said, form_of
from livehall.core.sessions.model import Session
from livehall.kernel.ids import new_id
from livehall.kernel.work import Work

MOST_SESSIONS = 50  # on the registrant's own page


class OwnPage(msgspec.Struct, frozen=True, kw_only=True):
    registrant: Registrant
    sessions: list[Session]
    is_outdated: bool  # they agreed to what does not hold any more


async def page(work: Work, token: str) -> OwnPage:
    """What the bearer of a personal link sees: their registration, and the sessions that are not over.

    Raises: NoSuchAccess.
    """
    found = await by_token(work, token)
    is_outdated = bool(await consents.outdated(work, found.place.room, [found.participant]))
    if found.place.session is not None:
        sessions = [found.place.session]
    else:
        sessions = await store.upcoming(work, found.place.room.id, MOST_SESSIONS)
    return OwnPage(registrant=found, sessions=sessions, is_outdated=is_outdated)


async def consent(work: Work, token: str) -> Agreed:
    """What the bearer of a personal link agreed to. Raises: NoSuchAccess."""
    return await consents.agreed(work, await by_token(work, token))


async def agree_again(work: Work, token: str, said: Said) -> Agreed:
    """The bearer of a personal link agrees to what holds by now. The same again changes nothing.

    Raises: NoSuchAccess, WrongState (the registration does not hold), Invalid. Emits: RegistrationCorrected.
    """
    found = await by_token(work, token)
    place = await places.hold(work, found.place)
    row = await store.hold(work, found.participant.id)
    if row is None:
        raise NoSuchAccess
    if row.registration not in rules.COUNTING:
        raise WrongState("This registration does not hold; register anew.")
    terms = await privacy.terms_of(work, row.organization_id)
    given = rules.consent_of(form_of(place.room).consent, terms, said, work.now, is_trusted=False)
    held = await consents.agreed(work, Registrant(participant=row, place=place))
    if held.is_outdated or not rules.is_same(given, held.consent):
        row = await store.change(work, row.id, {"consent": msgspec.to_builtins(given)})
        tell_corrected(work, row, ["consent"])
    return await consents.agreed(work, Registrant(participant=row, place=place))


async def cancel(work: Work, token: str) -> Participant:
    """Raises: NoSuchAccess, WrongState (it was denied). Emits: RegistrationChanged, ParticipantAnswered."""
    found = await by_token(work, token)
    await places.hold(work, found.place)
    row = await store.hold(work, found.participant.id)
    if row is None:
        raise NoSuchAccess
    if row.registration is None:  # was invited, and never registered
        declined = await store.change(work, row.id, {"rsvp": "declined"})
        tell_answer(work, row, declined)
        return declined
    return await ops.move(work, row, "cancel", notify=False)


async def enter(work: Work, token: str) -> SignedIn:
    """Trade a personal link for a sign-in that is this person's alone; each browser is a device of its own.

    The account is made at the first use, and has neither address nor password. It is never that of a member,
    whose rights a link must not give.

    Raises: NoSuchAccess, NotApproved, SignInInstead, AccountDisabled. Emits: MemberAdded.
    """
    found = await by_token(work, token)
    await places.hold(work, found.place)
    row = await store.hold(work, found.participant.id)
    if row is None:
        raise NoSuchAccess
    if not row.is_expected:
        raise NotApproved(WORDS[row.registration or "cancelled"])
    if row.account_id is None:
        if row.role in ops.STAFF:
            raise SignInInstead
        guest = await accounts.add_guest(work, row.organization_id, row.name or "Guest")
        row = await store.change(work, row.id, {"account_id": guest.id})
    assert row.account_id is not None
    person = await people.person(work, row.account_id, row.organization_id)
    if person is None or not person.is_guest:
        raise SignInInstead
    return await accounts.sign_in(work, person, visitor_key=new_id())


WORDS = {
    "pending": "The host has not approved this registration yet.",
    "denied": "The host has not approved this registration.",
    "cancelled": "This registration was cancelled.",
}


async def by_token(work: Work, token: str) -> Registrant:
    """Raises: NoSuchAccess."""
    row = await store.by_token(work, digest(token))
    if row is None:
        raise NoSuchAccess
    try:
        place = await places.of_participant(work, row.room_id, row.session_id)
    except RegistrationNotFound as error:
        raise NoSuchAccess from error
    return Registrant(participant=row, place=place)
