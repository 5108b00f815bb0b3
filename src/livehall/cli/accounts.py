"""`livehall account add` and `livehall token`: the first people of a hall, and a way in for programs."""

import asyncio
import sys
from datetime import timedelta
from typing import get_args

import click

from livehall.cli.entry import settings
from livehall.core.people import ops, rules, store
from livehall.core.people.faults import PersonNotFound
from livehall.core.people.model import Person
from livehall.core.ports.tokens import Claims
from livehall.engines.passwords import ArgonPasswords
from livehall.engines.tokens import JwtTokens
from livehall.kernel.actor import SYSTEM, Role
from livehall.kernel.work import Desk
from livehall.server.database import desk_of, migrate
from livehall.server.secrets import load_secrets
from livehall.server.settings import Settings

LINK_LIFETIME = timedelta(hours=24)
TOKEN_LIFETIME = timedelta(hours=12)


@click.group()
def account() -> None:
    """People who may sign in."""


@account.command()
@click.argument("email")
@click.option("--role", type=click.Choice(get_args(Role)), default="owner", show_default=True)
@click.option("--organization", metavar="NAME", help="Made when there is none of this name.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
def add(email: str, role: Role, organization: str | None, password_stdin: bool) -> None:
    """Give EMAIL a role in an organization, and print a link that signs in once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    person, link = asyncio.run(_add(settings(), email, role, organization, password))
    click.echo(f"{person.email} is {role} now.")
    click.echo(f"\n  Sign in (once, within {LINK_LIFETIME // timedelta(hours=1)} hours):\n    {link}")


@click.command()
@click.argument("email")
def token(email: str) -> None:
    """Print an access token for EMAIL (12 hours) and nothing else."""
    click.echo(asyncio.run(_token(settings(), email)))


async def _add(
    configured: Settings, email: str, role: Role, organization: str | None, password: str | None
) -> tuple[Person, str]:
    if "@" not in email.strip("@ "):
        raise click.BadParameter(f"{email!r} is not an e-mail address.", param_hint="EMAIL")
    kept = await ArgonPasswords().hash(password) if password else None
    await migrate(configured)
    async with desk_of(configured) as desk:
        async with desk.work(SYSTEM, origin="job") as work:
            where = await ops.default_organization(work, organization)
            person = await ops.add_member(work, where, email, role, kept)
        return person, await sign_in_link(desk, configured, person)


async def sign_in_link(desk: Desk, configured: Settings, person: Person) -> str:
    """An address that signs this person in, once. The code is in the fragment, which no server ever sees.

    It lives longer than the codes of the API (60 s): it is for a person who reads it on a terminal.
    """
    async with desk.work(SYSTEM, origin="job") as work:
        made = await ops.code_for(work, person, lifetime=LINK_LIFETIME, label="sign-in link")
    return f"{configured.public_url}/#code={made.code}"


async def _token(configured: Settings, email: str) -> str:
    async with desk_of(configured) as desk:
        async with desk.read(SYSTEM) as read:
            members = await store.memberships_of(read, rules.clean_email(email))
        if not members:
            raise PersonNotFound(f"Nobody has the address {email}. Add them: livehall account add {email}")
        rules.check_active(members[0])
        return token_of(members[0], configured, desk)


def token_of(person: Person, configured: Settings, desk: Desk) -> str:
    """An access token for the primary API."""
    return JwtTokens(load_secrets(configured.data).token_key).issue(_claims(person, desk))


def _claims(person: Person, desk: Desk) -> Claims:
    return Claims(
        audience="api",
        expires_at=desk.clock() + TOKEN_LIFETIME,
        account_id=person.id,
        organization_id=person.organization_id,
        role=person.role,
        name=person.name,
    )
