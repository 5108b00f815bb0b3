"""Use cases of people, on both databases."""

import asyncio

import pytest

from livehall.core.people import ops, steps, store
from livehall.core.people.faults import (
    AccountDisabled,
    AlreadyExists,
    CodeExpired,
    InvalidCredentials,
    TokenReused,
)
from livehall.engines.passwords import ArgonPasswords
from livehall.kernel.actor import ANONYMOUS
from livehall.kernel.faults import Forbidden, Invalid
from tests.support.people import a_person, actor_of


@pytest.fixture
def passwords():
    engine = ArgonPasswords()
    yield engine
    engine.close()


async def with_password(desk, passwords, email="ada@example.org"):
    kept = await passwords.hash("correct horse")
    async with desk.work(ANONYMOUS) as work:
        organization = await ops.default_organization(work)
        return await ops.add_member(work, organization, email, "host", kept)


async def test_the_first_organization_is_founded_once(desk):
    async with desk.work(ANONYMOUS) as work:
        first = await ops.default_organization(work)
    async with desk.work(ANONYMOUS) as work:
        assert await ops.default_organization(work) == first


async def test_a_second_organization_comes_by_its_name_c27(desk):
    ada = await a_person(desk)
    bob = await a_person(desk, "bob@example.org", organization="Élan Vital")
    assert ada.organization_id != bob.organization_id
    async with desk.work(ANONYMOUS) as work:
        with pytest.raises(Invalid):
            await ops.default_organization(work)


async def test_adding_a_member_again_changes_the_role_only(desk):
    first = await a_person(desk, role="viewer")
    again = await a_person(desk, "ADA@example.org ", role="admin")
    assert (again.id, again.role) == (first.id, "admin")


async def test_a_password_signs_in_and_a_wrong_one_does_not(desk, passwords):
    ada = await with_password(desk, passwords)
    login = steps.Login(email="Ada@Example.org", password="correct horse")
    assert (await steps.log_in(desk, passwords, ANONYMOUS, login)).person.id == ada.id
    for email, password in (("ada@example.org", "wrong"), ("nobody@example.org", "correct horse")):
        with pytest.raises(InvalidCredentials):
            await steps.log_in(desk, passwords, ANONYMOUS, steps.Login(email=email, password=password))


async def test_an_account_without_password_cannot_sign_in_by_one(desk, passwords):
    await a_person(desk)
    with pytest.raises(InvalidCredentials):
        await steps.log_in(desk, passwords, ANONYMOUS, steps.Login(email="ada@example.org", password=""))


async def test_a_refresh_token_rotates(desk):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        first = await ops.sign_in(work, ada)
    second = await steps.refresh(desk, ANONYMOUS, first.refresh_token)
    assert second.family_id == first.family_id
    assert second.refresh_token != first.refresh_token


async def test_a_spent_refresh_token_revokes_its_family(desk):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        first = await ops.sign_in(work, ada)
    second = await steps.refresh(desk, ANONYMOUS, first.refresh_token)
    with pytest.raises(TokenReused):
        await steps.refresh(desk, ANONYMOUS, first.refresh_token)
    with pytest.raises(InvalidCredentials):
        await steps.refresh(desk, ANONYMOUS, second.refresh_token)


async def test_two_refreshes_at_once_have_one_winner(desk):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        first = await ops.sign_in(work, ada)
    results = await asyncio.gather(
        *(steps.refresh(desk, ANONYMOUS, first.refresh_token) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["SignedIn", "TokenReused"]


async def test_a_refresh_token_expires(desk, hands):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        first = await ops.sign_in(work, ada)
    hands.forward(days=31)
    with pytest.raises(InvalidCredentials):
        await steps.refresh(desk, ANONYMOUS, first.refresh_token)


async def test_a_viewer_is_registered_without_address(desk):
    ada = await a_person(desk)
    async with desk.work(ANONYMOUS) as work:
        viewer = await ops.register_viewer(work, ops.RegisterViewer(username="  Li  "))
    assert (viewer.person.username, viewer.person.role) == ("Li", "viewer")
    assert viewer.person.organization_id == ada.organization_id
    assert viewer.device_token
    assert viewer.visitor_key


async def test_a_known_address_cannot_be_registered_again(desk):
    await a_person(desk)
    async with desk.work(ANONYMOUS) as work:
        with pytest.raises(AlreadyExists):
            await ops.register_viewer(work, ops.RegisterViewer(username="x", email="ADA@example.org"))


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a" * 101])
async def test_a_name_must_be_readable(desk, name):
    await a_person(desk)
    async with desk.work(ANONYMOUS) as work:
        with pytest.raises(Invalid):
            await ops.register_viewer(work, ops.RegisterViewer(username=name))


async def test_a_code_is_traded_once(desk):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        code = await ops.make_code(work, ops.MakeCode())
    async with desk.work(ANONYMOUS) as work:
        assert (await ops.exchange(work, code.code)).person.id == ada.id
    async with desk.work(ANONYMOUS) as work:
        with pytest.raises(CodeExpired):
            await ops.exchange(work, code.code)


async def test_a_code_is_good_for_a_minute(desk, hands):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        code = await ops.make_code(work, ops.MakeCode())
    hands.forward(seconds=60)
    async with desk.work(ANONYMOUS) as work:
        with pytest.raises(CodeExpired):
            await ops.exchange(work, code.code)


async def test_an_administrator_provisions_a_person_of_their_own_system_once(desk):
    boss = await a_person(desk, "boss@example.org", "admin")
    wanted = ops.MakeCode(external_user_id="crm-7", username="Li")
    people = []
    for _ in range(2):
        async with desk.work(actor_of(boss)) as work:
            code = await ops.make_code(work, wanted)
        async with desk.work(ANONYMOUS) as work:
            people.append((await ops.exchange(work, code.code)).person)
    assert people[0].id == people[1].id != boss.id
    assert people[0].external_user_id == "crm-7"


async def test_a_host_makes_no_codes_for_others(desk):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        with pytest.raises(Forbidden):
            await ops.make_code(work, ops.MakeCode(external_user_id="crm-7"))


async def test_signing_out_ends_the_family(desk):
    ada = await a_person(desk)
    async with desk.work(actor_of(ada)) as work:
        first = await ops.sign_in(work, ada)
    async with desk.work(actor_of(ada)) as work:
        await ops.sign_out(work, family_id=first.family_id, refresh_token=None, everywhere=False)
        assert await store.signed_in(work, ada.id, ada.organization_id, first.family_id) is None
        assert await store.signed_in(work, ada.id, ada.organization_id, None) == ada
    with pytest.raises(InvalidCredentials):
        await steps.refresh(desk, ANONYMOUS, first.refresh_token)


async def test_signing_out_with_somebody_elses_token_ends_nothing(desk):
    ada, bob = await a_person(desk), await a_person(desk, "bob@example.org")
    async with desk.work(actor_of(ada)) as work:
        hers = await ops.sign_in(work, ada)
    async with desk.work(actor_of(bob)) as work:
        await ops.sign_out(work, family_id=None, refresh_token=hers.refresh_token, everywhere=False)
    assert (await steps.refresh(desk, ANONYMOUS, hers.refresh_token)).person.id == ada.id


async def test_a_disabled_person_gets_no_sign_in(desk):
    ada = await a_person(desk)
    off = type(ada)(*(False if name == "is_active" else getattr(ada, name) for name in ada.__struct_fields__))
    async with desk.work(actor_of(ada)) as work:
        with pytest.raises(AccountDisabled):
            await ops.sign_in(work, off)
