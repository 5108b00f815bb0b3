"""What the host does with registrations."""

import pytest

from livehall.core.registrations import handling
from livehall.core.registrations.faults import (
    AddressTaken,
    NoSuchAccess,
    RegistrationNotFound,
    WrongState,
)
from livehall.core.registrations.handling import Correct
from livehall.core.registrations.model import Said
from livehall.core.registrations.store import Query
from livehall.core.rooms.faults import RoomNotFound
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from livehall.kernel.work import Desk
from tests.core.registrations.conftest import FIELDS, guest_of
from tests.support.on_air import SEALING
from tests.support.people import a_person, actor_of
from tests.support.statements import Noted


async def people(door, *names, **more):
    return [
        (await door.register(f"{name}@example.org", first_name=name, **more)).participant for name in names
    ]


def emails(page):
    return [each.participant.email.partition("@")[0] for each in page.registrations]


async def test_the_list_is_searched_filtered_and_sorted(door):
    await door.define(fields=FIELDS)
    await people(door, "ada", "ben", answers={"company": "Acme", "news": True})
    (cleo,) = await people(door, "cleo", answers={"company": "Größe & Co"}, external_id="crm-7")
    await door.cancel(cleo.id)
    assert emails(await door.page(sort="email")) == ["ada", "ben", "cleo"]
    assert emails(await door.page(sort="-registered_at", limit=1)) == ["cleo"]
    assert (await door.page(limit=1)).total == 3
    assert emails(await door.page(search="BEN wolf")) == ["ben"]
    assert emails(await door.page(search="crm-7")) == ["cleo"]
    assert emails(await door.page(search="100%")) == []
    assert emails(await door.page(status="cancelled")) == ["cleo"]
    assert emails(await door.page(answers={"company": "Acme"}, sort="email")) == ["ada", "ben"]
    assert emails(await door.page(answers={"company": "Größe & Co"})) == ["cleo"]
    assert emails(await door.page(answers={"news": True, "company": "Acme"}, sort="-email")) == ["ben", "ada"]
    with pytest.raises(Invalid):
        await door.page(answers={"shoe": "42"})


async def test_the_list_tells_who_is_and_was_there(door, desk):
    await people(door, "ada", "ben", "cleo", actor=door.host)
    guests = {}
    for shown in (await door.page()).registrations:
        token = (await door.get(shown.participant.id)).token
        guests[shown.participant.first_name] = guest_of(await door.enter(token))
    await door.come(guests["ada"])
    await door.go(await door.come(guests["ben"]))
    for of_session in (False, True):
        assert emails(await door.page(presence="present", of_session=of_session)) == ["ada"]
        attended = await door.page(presence="attended", of_session=of_session, sort="email")
        assert emails(attended) == ["ada", "ben"]
        assert [each.seen.is_present for each in attended.registrations] == [True, False]
        assert emails(await door.page(presence="absent", of_session=of_session)) == ["cleo"]


async def test_only_those_who_handle_the_room_see_its_registrants(door, desk):
    (mia,) = await people(door, "mia")
    ben = actor_of(await a_person(desk, "ben@example.org", "host"))
    eve = actor_of(await a_person(desk, "eve@example.org", "owner", "Elsewhere"))
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    assert (await door.get(mia.id, admin)).token
    for stranger, fault in ((ben, Forbidden), (eve, RoomNotFound)):
        with pytest.raises(fault):
            await door.page(actor=stranger)
        with pytest.raises(RegistrationNotFound):
            await door.get(mia.id, stranger)
        with pytest.raises(RegistrationNotFound):
            await door.approve(mia.id, stranger)


async def test_approving_denying_and_cancelling_are_told_once(door):
    await door.define(approval="manual")
    ada, ben = await people(door, "ada", "ben")
    assert (await door.approve(ada.id)).participant.registration == "approved"
    assert (door.told(), door.events[0].notify) == (["RegistrationChanged"], True)
    await door.approve(ada.id)
    assert door.told() == []
    await door.deny(ben.id, notify=False)
    assert (door.events[0].registration, door.events[0].notify) == ("denied", False)
    await door.cancel(ada.id)
    with pytest.raises(WrongState):
        await door.approve(ada.id)
    with pytest.raises(WrongState):
        await door.resend(ben.id)


async def test_the_link_is_sent_again_on_request(door):
    (mia,) = await people(door, "mia")
    for _ in range(2):
        await door.resend(mia.id)
        assert door.told() == ["ConfirmationWanted"]


async def test_a_correction_keeps_what_it_does_not_name(door):
    await door.define(fields=FIELDS)
    (mia,) = await people(door, "mia", answers={"company": "Acme", "diet": "veg"})
    row = (await door.correct(mia.id, last_name="Lang", answers={"diet": "all"})).participant
    assert (row.name, row.answers) == ("mia Lang", {"company": "Acme", "diet": "all"})
    assert (row.revision, door.events[0].changed) == (mia.revision + 1, ["answers", "last_name"])
    await door.correct(mia.id, last_name="Lang")
    assert door.told() == []


async def test_another_address_gets_another_link_and_the_old_one_opens_nothing(door):
    mia = await door.register()
    await door.enter(mia.token)
    await door.register("leo@example.org")
    with pytest.raises(AddressTaken):
        await door.correct(mia.participant.id, email="LEO@example.org")
    row = (await door.correct(mia.participant.id, email="maria@example.org")).participant
    assert (row.email, row.account_id) == ("maria@example.org", None)
    assert door.told() == ["RegistrationCorrected", "ConfirmationWanted"]
    with pytest.raises(NoSuchAccess):
        await door.own_page(mia.token)
    assert await door.own_page((await door.get(row.id)).token)


CSV = """email,first_name,last_name,company
ada@example.org,Ada,Lovelace,Acme
nobody,No,Body,Acme
mia@example.org,Mia,Wolf,Acme
leo@example.org,Leo,Long,Acme
"""


async def test_an_import_says_first_what_it_would_do_and_then_does_it(door, desk):
    await door.define(fields=FIELDS, approval="manual")
    mia = await door.register(answers={"company": "Acme"})
    leo = await door.register("leo@example.org", answers={"company": "Acme"})
    await door.deny(leo.participant.id)
    expected = [("created", 2), ("refused", 3), ("unchanged", 4), ("renewed", 5)]
    for dry_run in (True, False):
        found = await door.take(CSV, dry_run=dry_run)
        assert [(each.outcome, each.number) for each in found] == expected
        assert found[1].problem == "email: This is no address."
        assert (await door.page(status="approved")).total == (0 if dry_run else 2)
    assert (await door.get(mia.participant.id)).participant.registration == "pending"
    assert [each.outcome for each in await door.take(CSV)] == [
        "unchanged",
        "refused",
        "unchanged",
        "unchanged",
    ]
    ben = actor_of(await a_person(desk, "ben@example.org", "host"))
    with pytest.raises(Forbidden):
        await door.take(CSV, ben)


async def test_an_import_fills_the_places_there_are(door):
    await door.define(capacity=120)
    csv = "email\n" + "".join(f"p{number}@example.org\n" for number in range(130))
    for dry_run in (True, False):
        found = await door.take(csv, dry_run=dry_run)
        assert [each.outcome for each in found].count("created") == 120
        assert found[-1].problem == "All places are taken."
    assert (await door.page()).total == 120


async def test_a_list_costs_the_same_for_any_number_of_people(door, desk):
    costs = []
    for names in (("ada",), ("ben", "cleo", "dora")):
        for row in await people(door, *names, actor=door.host, consent=Said(accepted=True)):
            await door.enter((await door.get(row.id)).token)
        noted = Noted(desk.database)
        async with Desk(noted, clock=desk.clock).read(door.host) as read:
            await handling.page(read, door.session.room_id, None, Query(search="wolf", status="approved"))
        costs.append(len(noted.read_statements))
    assert costs == [5, 5]


async def test_who_saw_another_state_changes_nothing(door, desk):
    (mia,) = await people(door, "mia")
    with pytest.raises(Conflict):
        async with desk.work(door.host) as work:
            await handling.correct(work, SEALING, mia.id, Correct(first_name="M"), expected_revision=99)
