"""What a plan does to sessions: limits that they carry, and the end of their minutes."""

import pytest

from livehall.core.people import ops, plans
from livehall.core.people.model import Quotas
from livehall.core.people.plans import FEATURES, PutPlan, withheld
from livehall.core.sessions import jobs, store
from livehall.core.sessions.plans import limits_of
from livehall.core.sessions.rights import ROLES, rights_of, settings_of
from livehall.kernel.actor import SYSTEM
from livehall.kernel.faults import Invalid
from tests.support.on_air import a_session, end, on_air
from tests.support.people import a_person, actor_of


@pytest.fixture
async def host(desk):
    return actor_of(await a_person(desk))


async def go_by(desk, code="small", **fields):
    async with desk.work(SYSTEM) as work:
        await plans.put(work, PutPlan(code=code, name=code, **fields))
        await plans.assign(work, await ops.default_organization(work), code)


async def read(desk, session):
    async with desk.read(SYSTEM) as work:
        return await store.get(work, session.id)


async def test_a_session_ends_when_the_minutes_of_its_plan_are_over(desk, host, hands):
    await go_by(desk, quotas=Quotas(session_minutes=30))
    session = await on_air(desk, host)
    hands.forward(minutes=29)
    await jobs.sweep_overdue(desk)
    assert (await read(desk, session)).status == "live"
    hands.forward(minutes=1)
    await jobs.sweep_overdue(desk)
    ended = await read(desk, session)
    assert (ended.status, ended.end_reason) == ("ended", "quota")


async def test_sessions_follow_a_changed_plan_until_they_are_over(desk, host):
    over = await end(desk, await on_air(desk, host))
    live, planned = await on_air(desk, host), await a_session(desk, host)
    await go_by(desk, disabled_features=("chat",))
    assert (await read(desk, over)).plan_limits is None
    for session in (live, planned):
        assert settings_of(await read(desk, session)).chat_enabled is False
    async with desk.work(SYSTEM) as work:
        await plans.assign(work, await ops.default_organization(work), None)
    for session in (live, planned):
        assert (await read(desk, session)).plan_limits is None


async def test_a_changed_plan_is_told_to_open_sessions(desk, host):
    session = await on_air(desk, host)
    async with desk.work(SYSTEM) as work:
        await plans.put(work, PutPlan(code="quiet", name="Quiet", disabled_features=("chat",)))
        await plans.assign(work, await ops.default_organization(work), "quiet")
        told = [event for event in work.events if getattr(event, "session_id", None) == session.id]
    (settings,) = told
    assert settings.effective_chat_enabled is False
    assert settings.permissions["host"]["chat.send"] is False


@pytest.mark.parametrize(
    ("limit", "stage_size", "effective"), [(0, None, 0), (0, 3, 3), (2, 3, 2), (5, 3, 3), (4, None, 4)]
)
async def test_the_stage_has_the_smaller_of_two_limits(desk, host, limit, stage_size, effective):
    await go_by(desk, quotas=Quotas(stage_size=stage_size))
    session = await a_session(desk, host)
    async with desk.work(host) as work:
        await store.note(work, session.id, {"join_limit_override": limit})
    assert settings_of(await read(desk, session)).max_join_limit == effective


async def test_a_plan_without_seats_has_no_stage(desk, host):
    await go_by(desk, quotas=Quotas(stage_size=0))
    settings = settings_of(await read(desk, await a_session(desk, host)))
    assert settings.stage_enabled is False
    assert not any("stage.manage" in rights_of(settings, standing) for standing in ROLES.values())


def test_modules_name_what_a_plan_has():
    assert withheld(None) == frozenset()
    assert limits_of(None) is None
    assert set(FEATURES) == {"chat", "chat_files", "polls", "questions", "stage", "recording", "screen_share"}


@pytest.mark.parametrize(
    "fields", [{"code": "No code"}, {"quotas": Quotas(rooms=-1)}, {"modules": ("telepathy",)}]
)
async def test_a_plan_that_cannot_be_is_refused(desk, fields):
    async with desk.work(SYSTEM) as work:
        with pytest.raises(Invalid):
            await plans.put(work, PutPlan(**{"code": "small", "name": "Small", **fields}))


async def test_an_unknown_plan_is_refused(desk):
    async with desk.work(SYSTEM) as work:
        with pytest.raises(Invalid):
            await plans.assign(work, await ops.default_organization(work), "none")
