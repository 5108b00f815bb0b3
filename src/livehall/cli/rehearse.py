"""`livehall rehearse`: a session with robots, before the one with people."""

import asyncio
import importlib.util
import logging
import sys

import click

from livehall.cli.accounts import token_of
from livehall.cli.entry import settings
from livehall.core.people import ops
from livehall.kernel.actor import SYSTEM
from livehall.server.database import desk_of
from livehall.server.diagnosis.machine import is_running
from livehall.server.process import StartError

NEEDED = ("livekit.rtc", "numpy")
ORGANIZATION, HOST = "Rehearsal", "rehearsal@livehall.invalid"  # RFC 2606: nobody has this address


@click.command()
@click.option(
    "--viewers", type=click.IntRange(1, 2000), default=10, show_default=True, help="Robots that watch."
)
@click.option("--seconds", type=click.IntRange(5, 86_400), default=20, show_default=True, help="With all in.")
@click.option("--url", help="A server elsewhere; the one on this machine when absent.")
@click.option(
    "--token", "given", metavar="TOKEN", envvar="REHEARSE_TOKEN", help="A host's token, with --url."
)
def rehearse(viewers: int, seconds: int, url: str | None, given: str | None) -> None:
    """Play a session with robots.

    Exits with 1 if a person in their place would have complained."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        raise StartError("Rehearsals need more than the server does. Run: pip install 'livehall[rehearse]'")
    from livehall.cli.rehearsal.door import Refused
    from livehall.cli.rehearsal.play import play
    from livehall.cli.rehearsal.verdict import figures, troubles

    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # its remarks; the figures say what they mean
    address, token = _where(url, given)
    click.echo(f"\n  Rehearsal at {address}: {viewers} viewers, {seconds} s\n")
    try:
        outcome = asyncio.run(play(address, token, viewers, seconds, lambda text: click.echo(f"  {text}")))
    except Refused as error:
        click.secho(f"\n  It could not begin: {error}", fg="red")
        sys.exit(1)
    click.echo()
    for name, text in figures(outcome):
        click.echo(f"  {name:<18}{text}")
    found = troubles(outcome)
    click.echo()
    if found:
        click.secho(f"  {len(found)} complaints:", fg="red")
        for text in found[:20]:
            click.echo(f"    {text}")
        sys.exit(1)
    click.secho("  Clean: everybody saw, heard, read and was counted.", fg="green")


def _where(url: str | None, token: str | None) -> tuple[str, str]:
    """Address and a host's token: those given, else of the server that runs here."""
    if url is not None:
        if token is None:
            raise click.UsageError("--url needs --token, of a host there (livehall token EMAIL).")
        return url, token
    configured = settings()
    if not is_running(configured):
        raise StartError(
            f"No server runs with the data in {configured.data}. Run livehall serve, or give --url."
        )
    return configured.public_url, token or asyncio.run(_own_host())


async def _own_host() -> str:
    """A token of the rehearsal's own host, in an organization of its own."""
    configured = settings()
    async with desk_of(configured) as desk:
        async with desk.work(SYSTEM, origin="job") as work:
            where = await ops.default_organization(work, ORGANIZATION)
            person = await ops.add_member(work, where, HOST, "host")
        return token_of(person, configured, desk)
