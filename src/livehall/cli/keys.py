"""`livehall key`: API keys and signing secrets for machines of an organization."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import click
import msgspec

from livehall.cli.entry import settings
from livehall.core.people import clients, clients_store, ops, store
from livehall.core.people.clients import SCOPES, CreateClient, Made, Scope
from livehall.core.people.faults import ClientNotFound, PersonNotFound
from livehall.core.people.model import ApiClient, ClientKind, Person
from livehall.core.people.rules import clean_email
from livehall.engines.sealing import AesGcm
from livehall.engines.tokens.clients import new_key
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import rfc3339
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work
from livehall.server.database import desk_of, migrate
from livehall.server.secrets import load_secrets, rotate_oauth_key
from livehall.server.settings import Settings

MOST = 1000
KINDS: tuple[ClientKind, ...] = ("api_key", "oauth", "signing_secret")


@click.group()
def key() -> None:
    """API keys and signing secrets: each acts for one account, as a host or an administrator."""


@key.command()
@click.argument("email")
@click.option("--name", default="API key", show_default=True, help="For people.")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="api_key",
    show_default=True,
    help="`api_key` is sent with each call; `oauth` is exchanged for access tokens, as in the Voilà API; "
    "`signing_secret` signs the tokens of the Sourceloop API.",
)
@click.option("--issuer", help="`iss` of the tokens of a signing secret; its client id where none is given.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="Besides reading.")
@click.option("--days", type=click.IntRange(1, 3650), help="Until it expires; never when absent.")
@click.option("--organization", metavar="NAME", help="Needed where there are several.")
def add(
    email: str,
    name: str,
    kind: ClientKind,
    issuer: str | None,
    scopes: Sequence[str],
    days: int | None,
    organization: str | None,
) -> None:
    """Make a key that acts for EMAIL, and print it; it is not shown again."""
    cmd = CreateClient(
        name=name, kind=kind, issuer=issuer, scopes=msgspec.convert(tuple(scopes), tuple[Scope, ...])
    )
    made = asyncio.run(_add(settings(), email, cmd, days, organization))
    signs = f" It signs tokens of the issuer {made.client.issuer}." if made.client.issuer else ""
    click.echo(f"{made.client.client_id} acts for {email}.{signs}")
    click.echo(f"Its {_word(made.client)}, shown this once:\n{made.secret}")


@key.command(name="list")
@click.option("--organization", metavar="NAME", help="Needed where there are several.")
def list_keys(organization: str | None) -> None:
    """The keys in force, one a line."""
    for each in asyncio.run(_list(settings(), organization)):
        used = rfc3339(each.last_used_at) if each.last_used_at else "never used"
        click.echo(f"{each.client_id}\t{each.kind}\t{each.name}\t{','.join(each.scopes) or 'read'}\t{used}")


@key.command()
@click.argument("client_id")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 720),
    default=0,
    show_default=True,
    help="For how long the old one lives on.",
)
@click.option("--organization", metavar="NAME", help="Needed where there are several.")
def rotate(client_id: str, overlap_hours: int, organization: str | None) -> None:
    """Give the key CLIENT_ID (`lhc_…`) a new secret, and print it; it is not shown again."""
    made = asyncio.run(_rotate(settings(), client_id, timedelta(hours=overlap_hours), organization))
    click.echo(f"{client_id} has a new {_word(made.client)}, shown this once:\n{made.secret}")


@key.command()
@click.argument("client_id")
@click.option("--organization", metavar="NAME", help="Needed where there are several.")
def revoke(client_id: str, organization: str | None) -> None:
    """End the key CLIENT_ID (`lhc_…`) for good."""
    asyncio.run(_revoke(settings(), client_id, organization))
    click.echo(f"{client_id} is revoked.")


@key.command(name="rotate-signing-key")
def rotate_signing_key() -> None:
    """Make a new key that signs the access tokens of OAuth clients.

    The server takes it at its next start. Tokens that the old one signed hold until they expire.
    """
    rotate_oauth_key(settings().data, new_key)
    click.echo("There is a new signing key. Restart the server; the old key still checks what it signed.")


async def _add(
    configured: Settings, email: str, cmd: CreateClient, days: int | None, organization: str | None
) -> Made:
    sealing = _sealing(configured)
    await migrate(configured)
    async with desk_of(configured) as desk, desk.work(SYSTEM, origin="job") as work:
        where = await ops.default_organization(work, organization)
        person = await _member(work, email, where.id)
        if person.role == "viewer":
            raise Forbidden("A key acts for a host or an administrator; a viewer has none.")
        cmd = msgspec.structs.replace(cmd, expires_at=work.now + timedelta(days=days) if days else None)
        return await clients.make(work, sealing, where.id, person.id, cmd)


async def _list(configured: Settings, organization: str | None) -> list[ApiClient]:
    async with desk_of(configured) as desk, desk.work(SYSTEM, origin="job") as work:
        where = await ops.default_organization(work, organization)
        return (await clients_store.page(work, where.id, MOST, 0))[0]


async def _revoke(configured: Settings, client_id: str, organization: str | None) -> None:
    async with desk_of(configured) as desk, desk.work(SYSTEM, origin="job") as work:
        where = await ops.default_organization(work, organization)
        await clients.end(work, where.id, (await _known(work, where.id, client_id)).id)


async def _rotate(configured: Settings, client_id: str, overlap: timedelta, organization: str | None) -> Made:
    sealing = _sealing(configured)
    async with desk_of(configured) as desk, desk.work(SYSTEM, origin="job") as work:
        where = await ops.default_organization(work, organization)
        known = await _known(work, where.id, client_id)
        held = await clients_store.hold(work, known.id, where.id)
        return await clients.renew(work, sealing, held or known, overlap)


async def _known(work: Work, organization_id: Id, client_id: str) -> ApiClient:
    for each in (await clients_store.page(work, organization_id, MOST, 0))[0]:
        if each.client_id == client_id:
            return each
    raise ClientNotFound(f"There is no key {client_id} in force.")


def _sealing(configured: Settings) -> AesGcm:
    return AesGcm(load_secrets(configured.data).at_rest_key)


def _word(client: ApiClient) -> str:
    return {"api_key": "key", "oauth": "client secret", "signing_secret": "signing secret"}[client.kind]


async def _member(work: Work, email: str, organization_id: Id) -> Person:
    members = await store.memberships_of(work, clean_email(email))
    found = [each for each in members if each.organization_id == organization_id]
    if not found:
        raise PersonNotFound(f"Nobody here has the address {email}. Add them: livehall account add {email}")
    return found[0]
