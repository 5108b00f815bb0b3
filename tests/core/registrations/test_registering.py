"""Registering, the registrant's own page, and coming in."""

import pytest

from livehall.core.participants import store as participants
from livehall.core.people import ops as people
from livehall.core.registrations import ops
from livehall.core.registrations.faults import (
    NoSuchAccess,
    NotApproved,
    RegistrationClosed,
    RegistrationFull,
    SignInInstead,
)
from livehall.core.registrations.model import Said
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import staff
from livehall.core.sessions.faults import RegistrationRequired
from livehall.core.sessions.standings import expectation
from livehall.kernel.actor import ANONYMOUS, Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from livehall.kernel.work import Desk
from tests.core.registrations.conftest import FIELDS, Door, guest_of
from tests.support.people import a_person, actor_of
from tests.support.statements import Noted


async def a_guest(desk, name="ghost") -> Actor:
    async with desk.work(ANONYMOUS) as work:
        signed_in = await people.register_viewer(work, people.RegisterViewer(username=name))
    return guest_of(signed_in)


async def test_the_host_defines_the_form_and_anybody_reads_it(door, desk):
    form = await door.define(mode="required", approval="manual", fields=FIELDS, capacity=2)
    shown = await door.form()
    assert shown.form == form
    assert (shown.places_left, shown.is_open) == (2, True)
    ben = actor_of(await a_person(desk, "ben@example.org", "viewer"))
    with pytest.raises(Forbidden):
        async with desk.work(ben) as work:
            await ops.define(work, door.session.room_id, form)
    with pytest.raises(Conflict):
        async with desk.work(door.host) as work:
            await ops.define(work, door.session.room_id, form, expected_revision=0)


async def test_who_registers_first_gets_the_link_and_a_repeat_by_the_public_gets_none(door):
    first = await door.register(language="de", source={"utm_source": "spring"})
    row = first.participant
    assert (first.is_new, row.registration, row.email) == (True, "approved", "mia@example.org")
    assert (row.name, row.source, row.language) == ("Mia Wolf", {"utm_source": "spring"}, "de")
    assert door.told() == ["ParticipantRegistered"]
    again = await door.register("  MIA@example.org ", first_name="Eve")
    assert (again.is_new, again.token, again.participant) == (False, None, row)
    assert door.told() == ["ConfirmationWanted"]
    await door.register()
    assert door.told() == []  # one mail an hour


async def test_v23_the_host_s_software_gets_the_same_link_again(door):
    first = await door.register(actor=door.host)
    again = await door.register(actor=door.host)
    assert (again.participant.id, again.token) == (first.participant.id, first.token)
    assert door.told() == []
    other = await door.register("leo@example.org", actor=door.host)
    assert other.token != first.token


async def test_with_confirmed_addresses_the_link_goes_by_mail_alone(door):
    await door.define(confirms_address=True)
    assert (await door.register()).token is None
    assert (await door.register(actor=door.host)).token is not None


async def test_a_member_who_registers_themselves_gets_their_link_again(door, desk):
    ben = actor_of(await a_person(desk, "ben@example.org", "viewer"))
    first = await door.register("ben@example.org", actor=ben)
    assert (await door.register("ben@example.org", actor=ben)).token == first.token


async def test_the_public_registers_while_it_is_open_and_the_host_at_any_time(door, desk):
    await door.define(mode="none")
    with pytest.raises(RegistrationClosed):
        await door.register()
    assert (await door.register(actor=door.host)).is_new
    async with desk.work(door.host) as work:
        await sessions.end(work, door.session.id)
    await door.define()
    with pytest.raises(RegistrationClosed):
        await door.register("leo@example.org", for_session=True)
    assert (await door.register("leo@example.org")).is_new  # for the room's other sessions


async def test_names_answers_and_consent_are_asked_of_the_public(door):
    await door.define(fields=FIELDS, consent={"text": "We keep it.", "version": "1"})
    good = {"answers": {"company": "Acme"}, "consent": Said(accepted=True, version="1")}
    other = Said(accepted=True, version="0")
    for bad in ({"first_name": " "}, {"answers": {}}, {"consent": Said()}, {"consent": other}):
        with pytest.raises(Invalid):
            await door.register(**{**good, **bad})
    row = (await door.register(**good)).participant
    assert row.answers == {"company": "Acme"}
    assert row.consent is not None
    assert (row.consent["accepted"], row.consent["version"]) == (True, "1")


async def test_when_all_places_are_taken_nobody_else_gets_one(door):
    await door.define(capacity=1)
    mia = await door.register()
    for of_session in (False, True):
        with pytest.raises(RegistrationFull):
            await door.register("leo@example.org", for_session=of_session)
    assert (await door.register()).is_new is False
    assert ((await door.form()).places_left, (await door.form()).is_open) == (0, False)
    await door.cancel(mia.participant.id)
    assert (await door.register("leo@example.org")).is_new


async def test_who_registered_for_all_sessions_is_registered_for_each(door):
    wide = await door.register()
    narrow = await door.register(for_session=True, actor=door.host)
    assert (narrow.participant.id, narrow.token) == (wide.participant.id, wide.token)
    leo = await door.register("leo@example.org", for_session=True)
    assert leo.participant.session_id == door.session.id
    wider = await door.register("leo@example.org")
    assert wider.participant.session_id is None
    assert (await door.page(of_session=True)).total == 2  # each address once


async def test_who_cancelled_or_was_denied_begins_anew_with_the_same_row(door):
    await door.define(approval="manual")
    mia = await door.register()
    assert mia.participant.registration == "pending"
    await door.deny(mia.participant.id)
    again = await door.register(first_name="Maria")
    assert (again.participant.id, again.participant.registration) == (mia.participant.id, "pending")
    assert (again.participant.first_name, again.token) == ("Maria", None)
    assert door.told() == ["ParticipantRegistered"]
    await door.define()
    await door.cancel(mia.participant.id)
    assert (await door.register()).participant.registration == "approved"


async def test_registering_changes_the_row_of_one_who_was_appointed_i6(door, desk):
    async with desk.work(door.host) as work:
        await staff.appoint(
            work, staff.Appoint(session_id=door.session.id, role="moderator", email="mia@example.org")
        )
    mia = await door.register(for_session=True)
    assert (mia.participant.role, mia.participant.registration) == ("moderator", "approved")
    with pytest.raises(SignInInstead):  # a link does not give the rights of the staff
        await door.enter(await door.link_of(mia))
    async with desk.read(door.host) as read:
        found = await participants.find(read, door.session.id, None, "mia@example.org")
    assert len(found) == 1


async def test_the_link_shows_the_own_page_and_cancels(door):
    mia = await door.register()
    page = await door.own_page(mia.token)
    assert page.registrant.participant.id == mia.participant.id
    assert [each.id for each in page.sessions] == [door.session.id]
    await door.cancel_own(mia.token)
    assert door.told() == ["RegistrationChanged"]
    assert (await door.own_page(mia.token)).registrant.participant.registration == "cancelled"
    await door.cancel_own(mia.token)
    assert door.told() == []
    with pytest.raises(NoSuchAccess):
        await door.own_page("no-such-token")


async def test_the_link_is_traded_for_a_guest_who_is_this_person_alone(door):
    await door.define(mode="required")
    mia = await door.register()
    first, second = await door.enter(mia.token), await door.enter(mia.token)
    assert first.person.id == second.person.id
    assert (first.person.is_guest, first.person.email, first.person.name) == (True, None, "Mia Wolf")
    assert first.visitor_key != second.visitor_key  # each browser is a device of its own
    joined = await door.join(guest_of(first))
    assert (joined.admission, joined.name) == ("admitted", "Mia Wolf")


async def test_entry_is_for_those_whose_registration_is_approved(door, desk):
    await door.define(mode="required", approval="manual")
    mia = await door.register()
    ghost = await a_guest(desk)
    with pytest.raises(NotApproved):
        await door.enter(mia.token)
    for token in (None, mia.token, "nonsense"):
        with pytest.raises(RegistrationRequired):
            await door.join(ghost, access_token=token)
    await door.approve(mia.participant.id)
    assert (await door.join(ghost, access_token=mia.token)).admission == "admitted"
    assert (await door.get(mia.participant.id)).participant.account_id == ghost.id  # is this person now
    assert (await door.join(ghost)).admission == "admitted"
    await door.cancel(mia.participant.id)
    for token in (None, mia.token):
        with pytest.raises(RegistrationRequired):
            await door.join(ghost, access_token=token)
    with pytest.raises(NotApproved):
        await door.enter(mia.token)


async def test_a_member_is_known_by_the_address_that_they_registered_with(door, desk):
    await door.define(mode="required")
    ben = actor_of(await a_person(desk, "ben@example.org", "viewer"))
    with pytest.raises(RegistrationRequired):
        await door.join(ben)
    row = (await door.register("ben@example.org")).participant
    assert (await door.join(ben)).admission == "admitted"
    await door.enter((await door.get(row.id)).token)  # somebody comes by the link as well
    assert (await door.join(ben)).admission == "admitted"
    with pytest.raises(RegistrationRequired):  # guests choose their address themselves
        await door.join(await a_guest(desk))


async def test_a_link_of_one_session_opens_no_other_one(door, desk, host):
    await door.define(mode="required")
    mia = await door.register(for_session=True)
    async with desk.work(host) as work:
        await sessions.end(work, door.session.id)
        other = await sessions.create(
            work, sessions.CreateSession(room_id=door.session.room_id, title="Another")
        )
    assert [each.id for each in (await door.own_page(mia.token)).sessions] == [door.session.id]
    async with desk.read(guest_of(await door.enter(mia.token))) as read:
        shown = await sessions.get(read, other.session.id)
        known = await expectation(read, shown.session, shown.room.room, mia.token)
    assert (known.registration, known.has_link) == (None, False)


async def test_an_appointed_registrant_signs_in_and_does_not_come_by_an_old_link(door, desk):
    mia = await door.register(for_session=True)
    guest = guest_of(await door.enter(mia.token))
    async with desk.work(door.host) as work:
        member = await staff.appoint(
            work, staff.Appoint(session_id=door.session.id, role="co_host", email="mia@example.org")
        )
    assert member.participant.account_id is None
    assert (await door.join(guest)).scene.standing.role == "viewer"
    with pytest.raises(SignInInstead):
        await door.enter(mia.token)
    async with desk.work(door.host) as work:
        with pytest.raises(staff.ParticipantNotFound):
            await staff.dismiss(work, door.session.id, "co_host", guest.id)


async def test_one_who_is_dismissed_stays_registered(door, desk):
    mia = await door.register(for_session=True)
    guest = guest_of(await door.enter(mia.token))
    async with desk.work(door.host) as work:
        await staff.appoint(
            work, staff.Appoint(session_id=door.session.id, role="moderator", account_id=guest.id)
        )
    assert (await door.join(guest)).scene.standing.role == "moderator"
    async with desk.work(door.host) as work:
        await staff.dismiss(work, door.session.id, "moderator", guest.id)
    row = (await door.get(mia.participant.id)).participant
    assert (row.role, row.registration) == ("viewer", "approved")


async def test_an_account_is_one_participant_of_a_scope_only_i6(door, desk):
    mia, leo = await door.register(), await door.register("leo@example.org")
    guest = guest_of(await door.enter(mia.token))
    await door.define(mode="required")
    assert (await door.join(guest, access_token=leo.token)).admission == "admitted"
    assert (await door.get(leo.participant.id)).participant.account_id is None
    async with desk.work(door.host) as work:
        with pytest.raises(Duplicate):
            await participants.bind(work, leo.participant.id, guest.id)


async def test_entering_an_open_room_asks_nothing_of_registrations(door, desk):
    ghost = await a_guest(desk)
    await door.join(ghost)
    asked_nothing = await statements(door, desk, ghost)
    await door.define(mode="required")
    guest = guest_of(await door.enter((await door.register()).token))
    await door.join(guest)
    assert await statements(door, desk, guest) == asked_nothing + 1


async def statements(door, desk, actor):
    """What joining again costs."""
    noted = Noted(desk.database)
    again = Door(Desk(noted, clock=desk.clock), door.host, door.session)
    await again.join(actor)
    return len(noted.write_statements)
