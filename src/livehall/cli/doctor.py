"""`livehall doctor`: what would keep a session from working here, each with its fix."""

import asyncio
import sys

import click

from livehall.cli.entry import settings
from livehall.server.diagnosis import Finding, examine
from livehall.server.settings import Settings

SIGNS = {"good": ("ok", "green"), "weak": ("weak", "yellow"), "bad": ("bad", "red")}


@click.command()
def doctor() -> None:
    """Find what would keep sessions from working, and how to mend it.

    Exits with 1 if something is bad."""
    findings = asyncio.run(_show(settings()))
    bad = sum(finding.grade == "bad" for finding in findings)
    weak = sum(finding.grade == "weak" for finding in findings)
    click.echo()
    if bad:
        click.secho(f"  {bad} of {len(findings)} would keep sessions from working.", fg="red")
        sys.exit(1)
    click.secho(
        f"  Ready to serve{f', with {weak} limits' if weak > 1 else ', with 1 limit' if weak else ''}.",
        fg="green",
    )


async def _show(configured: Settings) -> list[Finding]:
    found = []
    click.echo()
    async for finding in examine(configured):
        found.append(finding)
        sign, colour = SIGNS[finding.grade]
        click.echo(f"  {click.style(f'{sign:<5}', fg=colour)} {finding.subject:<16} {finding.text}")
        if finding.fix:
            click.echo(f"        {'':<15}→ {finding.fix}")
    return found
