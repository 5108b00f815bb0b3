"""`livehall plan`: how much an organization may have."""

import asyncio
from collections.abc import Sequence

import click
import msgspec

from livehall.cli.entry import settings
from livehall.core.people import store
from livehall.core.people.model import Plan, Quotas
from livehall.core.people.plans import FEATURES, PutPlan, all_plans, assign, put
from livehall.core.people.rules import slug_of
from livehall.core.sessions import plans as _sessions_follow
from livehall.kernel.actor import SYSTEM
from livehall.kernel.faults import invalid
from livehall.server.database import desk_of, migrate
from livehall.server.settings import Settings

assert _sessions_follow, "importing it has sessions follow the plan"


@click.group()
def plan() -> None:
    """Plans: quotas and features of organizations. Without a plan there is no limit."""


@plan.command(name="put")
@click.argument("code")
@click.option("--name", help="For people; the code when absent.")
@click.option("--rooms", type=int, help="How many rooms.")
@click.option("--presets", type=int, help="How many presets.")
@click.option("--concurrent-sessions", type=int, help="How many in backstage or live at a time.")
@click.option("--session-minutes", type=int, help="How long one may be on air.")
@click.option("--stage-size", type=int, help="People on stage besides the host.")
@click.option("--viewers", type=int, help="Viewers of one session at a time.")
@click.option("--storage-bytes", type=int, help="What is kept of recordings.")
@click.option("--recording-minutes", type=int, help="What is recorded in a calendar month.")
@click.option("--module", "modules", type=click.Choice(FEATURES), multiple=True, help="Only these features.")
@click.option("--without", type=click.Choice(FEATURES), multiple=True, help="Not these features.")
def put_plan(
    code: str, name: str | None, modules: Sequence[str], without: Sequence[str], **quotas: int | None
) -> None:
    """Make the plan CODE, or change it: what is not named has no limit."""
    cmd = PutPlan(
        code=code,
        name=name or code,
        quotas=msgspec.convert(quotas, Quotas),
        modules=tuple(modules),
        disabled_features=tuple(without),
    )
    click.echo(_line(asyncio.run(_put(settings(), cmd))))


@plan.command()
@click.argument("organization")
@click.argument("code", required=False)
def give(organization: str, code: str | None) -> None:
    """Have ORGANIZATION go by the plan CODE; without a code it has no limits."""
    asyncio.run(_give(settings(), organization, code))
    click.echo(f"{organization} goes by {code}." if code else f"{organization} has no limits.")


@plan.command(name="list")
def list_plans() -> None:
    """All plans, one a line."""
    for each in asyncio.run(_list(settings())):
        click.echo(_line(each))


async def _put(configured: Settings, cmd: PutPlan) -> Plan:
    await migrate(configured)
    async with desk_of(configured) as desk, desk.work(SYSTEM, origin="job") as work:
        return await put(work, cmd)


async def _give(configured: Settings, name: str, code: str | None) -> None:
    await migrate(configured)
    async with desk_of(configured) as desk, desk.work(SYSTEM, origin="job") as work:
        organization = await store.organization_by_slug(work, slug_of(name))
        if organization is None:
            raise invalid("organization", f"There is no organization called {name}.")
        await assign(work, organization, code)


async def _list(configured: Settings) -> Sequence[Plan]:
    async with desk_of(configured) as desk, desk.read(SYSTEM) as read:
        return await all_plans(read)


def _line(plan: Plan) -> str:
    quotas = [f"{name} {value}" for name, value in plan.quotas.items()]
    features = [f"only {', '.join(plan.modules)}"] if plan.modules else []
    features += [f"without {', '.join(plan.disabled_features)}"] if plan.disabled_features else []
    return f"{plan.code}\t{plan.name}\t{'; '.join([*quotas, *features]) or 'no limits'}"
