"""`livehall migrate`, and `prepare`, which `serve` runs before its children."""

import asyncio
import sys

import click
import msgspec

from livehall.cli.entry import settings
from livehall.server import logging
from livehall.server.database import migrate as bring_up_to_date
from livehall.server.settings import Settings


@click.command()
def migrate() -> None:
    """Bring the database up to date; harmless to repeat."""
    configured = settings()
    logging.configure(configured.log, "migrate")
    asyncio.run(bring_up_to_date(configured))
    click.echo("The database is up to date.")


@click.command(hidden=True)
@click.option("--demo", is_flag=True)
def prepare(demo: bool) -> None:
    """Migrate; with --demo also make the demonstration hall and print its links as JSON."""
    configured = settings()
    logging.configure(configured.log, "prepare")
    asyncio.run(_prepare(configured, demo=demo))


async def _prepare(configured: Settings, *, demo: bool) -> None:
    await bring_up_to_date(configured)
    if demo:
        from livehall.cli.demo import demo_hall  # needs most of the core, which a plain start does not

        sys.stdout.buffer.write(msgspec.json.encode(await demo_hall(configured)))
